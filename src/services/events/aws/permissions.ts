import type { Condition } from '@aws-sdk/client-eventbridge';
import { isWithinPolicyLevels } from '../../../identity/index.ts';
import type { Handlers } from '../../../wire/service.ts';
import { type Bus, busArn } from '../bus.ts';
import type { Buses } from '../buses.ts';
import { EventsRefused } from '../refusal.ts';
import { reachedBus } from './access.ts';
import { invalid } from './words.ts';

type Client = typeof import('@aws-sdk/client-eventbridge');
type Statement = Readonly<Record<string, unknown>>;

export function permissionHandlers(buses: () => Buses): Handlers<Client> {
  return {
    async PutPermission(input, context) {
      const { EventBusName, Policy, Action, Principal, StatementId, Condition } = input;
      const key = reachedBus(buses(), EventBusName, 'PutPermission', context);
      if (Policy !== undefined) {
        const policy = checkedPolicy(Policy);
        await buses().changeBus(key, () => ({ policy }));
        return {};
      }
      if (Action === undefined || Principal === undefined || StatementId === undefined)
        throw invalid('Parameter(s) Action, Principal and StatementId, or Policy, must be specified.');
      if (Action !== 'events:PutEvents') throw invalid("Provided value in parameter 'action' is not supported.");
      const added = {
        Sid: StatementId,
        Effect: 'Allow',
        Principal: Principal === '*' ? '*' : { AWS: `arn:aws:iam::${Principal}:root` },
        Action,
        Resource: busArn(key),
        ...conditionOf(Condition),
      };
      await buses().changeBus(key, (bus) =>
        withStatements([...statementsOf(bus).filter(({ Sid }) => Sid !== StatementId), added]),
      );
      return {};
    },

    async RemovePermission({ EventBusName, StatementId, RemoveAllPermissions }, context) {
      const key = reachedBus(buses(), EventBusName, 'RemovePermission', context);
      await buses().changeBus(key, (bus) => {
        if (RemoveAllPermissions === true) return { policy: undefined };
        const statements = statementsOf(bus);
        const left = statements.filter(({ Sid }) => Sid !== StatementId);
        if (left.length === statements.length) throw new EventsRefused({ kind: 'no-such-statement' });
        return withStatements(left);
      });
      return {};
    },
  };
}

function conditionOf(condition: Condition | undefined) {
  if (condition === undefined) return {};
  const { Type = '', Key = '', Value = '' } = condition;
  // AWS knows no other yet (API reference, Condition).
  if (Type !== 'StringEquals' || Key !== 'aws:PrincipalOrgID')
    throw invalid('Condition supports StringEquals of aws:PrincipalOrgID only.');
  return { Condition: { [Type]: { [Key]: Value } } };
}

function statementsOf({ policy }: Bus): Statement[] {
  if (policy === undefined) return [];
  // SAFE: a policy is kept only if its statements are objects.
  const { Statement } = JSON.parse(policy) as { Statement: Statement | Statement[] };
  return [Statement].flat();
}

function withStatements(statements: readonly Statement[]): { policy: string | undefined } {
  if (statements.length === 0) return { policy: undefined };
  return { policy: JSON.stringify({ Version: '2012-10-17', Statement: statements }) };
}

/** The policy as it is kept. Throws unless it is one. */
function checkedPolicy(json: string): string {
  const flaw = invalid('Parameter Policy is not valid. Reason: The policy is malformed.');
  let policy: unknown;
  try {
    policy = JSON.parse(json);
  } catch (cause) {
    throw Object.assign(flaw, { cause });
  }
  if (!isObject(policy)) throw flaw;
  const statements = [policy.Statement].flat();
  if (statements.length === 0 || !statements.every(isStatement)) throw flaw;
  return json;
}

function isStatement(statement: unknown): boolean {
  if (!isObject(statement)) return false;
  const { Effect, Action, NotAction, Principal, NotPrincipal } = statement;
  return (
    (Effect === 'Allow' || Effect === 'Deny') &&
    (Action ?? NotAction) !== undefined &&
    (Principal ?? NotPrincipal) !== undefined &&
    isWithinPolicyLevels(statement)
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
