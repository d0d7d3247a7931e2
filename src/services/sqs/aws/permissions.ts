import { AwsError } from '../../../wire/aws-error.ts';
import type { Handlers } from '../../../wire/service.ts';
import { queueArn } from '../queue.ts';
import type { Queues } from '../queues.ts';
import { given, invalidValue, missingParameter } from './errors.ts';
import { parseObject, STATEMENTS_MAX, tooManyStatements } from './queue-attributes.ts';
import { ownQueue } from './queue-url.ts';
import { SHARED } from './shared-queue.ts';

type Client = typeof import('@aws-sdk/client-sqs');

const ACTIONS_MAX = 7;

export function permissionHandlers(queues: () => Queues): Handlers<Client> {
  return {
    async AddPermission({ QueueUrl, Label, AWSAccountIds = [], Actions = [] }, context) {
      const place = ownQueue(context, QueueUrl, 'AddPermission');
      const label = given(Label, 'Label');
      if (!/^[\w-]{1,80}$/.test(label)) {
        throw invalidValue(
          label,
          'Label',
          'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length',
        );
      }
      if (AWSAccountIds.length === 0) throw missingParameter('AWSAccountIds');
      if (Actions.length === 0) throw missingParameter('Actions');
      for (const account of AWSAccountIds) {
        if (!/^\d{12}$/.test(account)) {
          throw invalidValue(`[${AWSAccountIds.join(', ')}]`, 'PrincipalId', 'Unable to verify.');
        }
      }
      checkActions(Actions);

      const arn = queueArn(place);
      const policy = policyOf(queues().get(place).settings.policy, arn);
      if (policy.Statement.some((statement) => isLabelled(statement, label))) {
        throw invalidValue(label, 'Label', 'Already exists.');
      }
      if (policy.Statement.length >= STATEMENTS_MAX) throw tooManyStatements(policy.Statement.length + 1);
      const statement = {
        Sid: label,
        Effect: 'Allow',
        Principal: { AWS: single(AWSAccountIds.map((account) => `arn:aws:iam::${account}:root`)) },
        Action: single(Actions.map((action) => `SQS:${action}`)),
        Resource: arn,
      };
      const next = { ...policy, Statement: [...policy.Statement, statement] };
      await queues().configure(place, { policy: JSON.stringify(next) });
      return {};
    },

    async RemovePermission({ QueueUrl, Label }, context) {
      const place = ownQueue(context, QueueUrl, 'RemovePermission');
      const label = given(Label, 'Label');
      const policy = policyOf(queues().get(place).settings.policy, queueArn(place));
      const left = policy.Statement.filter((statement) => !isLabelled(statement, label));
      if (left.length === policy.Statement.length) throw invalidValue(label, 'Label', "can't find label.");
      const next = left.length === 0 ? undefined : JSON.stringify({ ...policy, Statement: left });
      await queues().configure(place, { policy: next });
      return {};
    },
  };
}

function checkActions(actions: readonly string[]): void {
  const unknown = actions.find((action) => !SHARED.includes(action));
  if (unknown !== undefined) {
    throw invalidValue(`SQS:${unknown}`, 'ActionName', 'Only the queue owner is allowed to invoke this action.');
  }
  if (actions.length > ACTIONS_MAX) {
    throw new AwsError('OverLimit', `${actions.length} Actions were found, maximum allowed is ${ACTIONS_MAX}.`);
  }
}

type Policy = Readonly<Record<string, unknown>> & { readonly Statement: readonly unknown[] };

/** The queue's policy, or an empty one as AWS begins it. */
function policyOf(text: string | undefined, arn: string): Policy {
  const policy = text === undefined ? undefined : parseObject(text);
  if (policy === undefined) return { Version: '2008-10-17', Id: `${arn}/SQSDefaultPolicy`, Statement: [] };
  return { ...policy, Statement: [policy.Statement ?? []].flat() };
}

function isLabelled(statement: unknown, label: string): boolean {
  return typeof statement === 'object' && statement !== null && 'Sid' in statement && statement.Sid === label;
}

/** AWS writes a list of one as its only element. */
function single(texts: readonly string[]): string | readonly string[] {
  return texts.length === 1 ? (texts[0] ?? '') : texts;
}
