import type { IdentityVerdict } from './identity-policy.ts';
import { namesAccount, namesCaller } from './policy-principal.ts';

// Who may assume a role by its trust policy. Only what names somebody is decided here: of conditions, the external id.

export interface TrustCaller {
  readonly account: string;
  /** `arn:aws:iam::<account>:root`, or `arn:aws:sts::<account>:assumed-role/<role>/<session>`. */
  readonly arn: string;
  /** What the caller's own policies say to assuming the role. */
  readonly permission: IdentityVerdict;
  readonly externalId: string | undefined;
}

type Statement = Readonly<Record<string, unknown>>;

/**
 * Whether the trust policy of a role of `roleAccount` lets the caller assume it; a statement that denies wins. An allowing
 * statement with any condition but `sts:ExternalId` lets nobody in, since whether it holds is not known here.
 * `document`: JSON of a trust policy that IAM has taken.
 */
export function trustsCaller(document: string, roleAccount: string, caller: TrustCaller): boolean {
  if (caller.permission === 'denied' || caller.permission === 'out-of-bounds') return false;
  const statements = assumeStatements(document).filter((statement) => concerns(statement, roleAccount, caller));
  if (statements.some(({ Effect, Condition }) => Effect === 'Deny' && holds(Condition, caller) !== 'no')) return false;
  return statements.some(({ Effect, Condition }) => Effect === 'Allow' && holds(Condition, caller) === 'yes');
}

/** Whether a service (`lambda.amazonaws.com`) may assume the role. Conditions are left aside. */
export function trustsService(document: string, service: string): boolean {
  const statements = assumeStatements(document).filter(({ Principal }) =>
    Principal === '*' ? true : namesOf(Principal, 'Service').includes(service),
  );
  if (statements.some(({ Effect, Condition }) => Effect === 'Deny' && Condition === undefined)) return false;
  return statements.some(({ Effect }) => Effect === 'Allow');
}

function assumeStatements(document: string): Statement[] {
  // SAFE: IAM stores no document without this form.
  const { Statement } = JSON.parse(document) as { Statement: Statement | Statement[] };
  return [Statement].flat().filter(({ Action }) => [Action].flat().some((one) => isAssumeRole(String(one))));
}

function isAssumeRole(action: string): boolean {
  return /^sts:assumerole\*?$/i.test(action);
}

function concerns({ Effect, Principal }: Statement, roleAccount: string, caller: TrustCaller): boolean {
  const names = Principal === '*' ? ['*'] : namesOf(Principal, 'AWS');
  const isNamed = namesCaller(names, caller.arn);
  if (Effect === 'Deny' || caller.permission === 'allowed') return isNamed || namesAccount(names, caller.account);
  // A policy of the role's own account that names a session, or its role, grants by itself; another account's must be
  // met by permissions of the caller (policy evaluation logic, IAM User Guide).
  return isNamed && caller.account === roleAccount;
}

function namesOf(principal: unknown, type: 'AWS' | 'Service'): string[] {
  // SAFE: IAM stores no document with another form of principals.
  const names = (principal as Readonly<Record<string, unknown>>)[type];
  return names === undefined ? [] : [names].flat().map(String);
}

function holds(condition: unknown, { externalId }: TrustCaller): 'yes' | 'no' | 'unknown' {
  if (condition === undefined) return 'yes';
  // SAFE: IAM stores no document with another form of conditions.
  const operators = Object.entries(condition as Readonly<Record<string, Readonly<Record<string, unknown>>>>);
  const keys = operators.flatMap(([operator, values]) =>
    Object.entries(values).map(([key, value]) => ({ operator, key, value })),
  );
  const known = keys.filter(
    ({ operator, key }) => operator === 'StringEquals' && key.toLowerCase() === 'sts:externalid',
  );
  const differs = known.some(({ value }) => !(externalId !== undefined && [value].flat().includes(externalId)));
  if (differs) return 'no';
  return known.length === keys.length ? 'yes' : 'unknown';
}
