import { own } from '../lib/own.ts';
import type { Entry } from './catalogue.ts';
import {
  functionArn,
  type Head,
  isNumber,
  isPublished,
  LATEST,
  type Now,
  type Policy,
  type Statement,
} from './function.ts';
import { aliasOf, versionAt } from './qualifier.ts';
import { Refused } from './refusal.ts';

export const POLICY_BYTES_MAX = 20_480; // AWS: "Function resource-based policy" quota.

/** A policy belongs to the unqualified function (undefined), to a version, or to an alias. */
export type PolicyOwner = string | undefined;

/** The policy document as AWS shows it. */
export function policyJson({ statements }: { readonly statements: readonly Statement[] }): string {
  return `{"Version":"2012-10-17","Id":"default","Statement":[${statements.map(({ json }) => json).join(',')}]}`;
}

/** Throws `Refused`: 404 of GetPolicy, which does not tell a missing policy from a missing version. */
export function policyOf(head: Head, owner: PolicyOwner): Policy {
  const policy = own(head.policies, keyOf(owner));
  if (policy === undefined) throw new Refused({ kind: 'nothing-to-show' });
  return policy;
}

/**
 * Adds a statement behind the others. `revisions.owner` is that of the function, version or alias itself: it is accepted as
 * long as there is no policy yet (lambda-facts 5.3). Throws `Refused`.
 */
export function addPermission(
  head: Head,
  owner: PolicyOwner,
  statement: Statement,
  revisions: { given: string | undefined; owner: string },
  now: Now,
): Head {
  const current = own(head.policies, keyOf(owner));
  const expected = current?.revisionId ?? revisions.owner;
  if (revisions.given !== undefined && revisions.given !== expected)
    throw new Refused({ kind: 'stale-policy-revision' });
  const statements = current?.statements ?? [];
  if (statements.some(({ id }) => id === statement.id))
    throw new Refused({ kind: 'statement-exists', id: statement.id });
  const policy = { revisionId: now.uuid(), statements: [...statements, statement] };
  const bytes = Buffer.byteLength(policyJson(policy));
  if (bytes > POLICY_BYTES_MAX) throw new Refused({ kind: 'policy-too-long', bytes, bytesMax: POLICY_BYTES_MAX });
  return { ...head, policies: { ...head.policies, [keyOf(owner)]: policy } };
}

/** Removes a statement; the policy goes with its last one. Throws `Refused`. */
export function removePermission(
  head: Head,
  owner: PolicyOwner,
  id: string,
  revisionId: string | undefined,
  now: Now,
): Head {
  const key = keyOf(owner);
  const { [key]: _, ...others } = head.policies;
  const current = own(head.policies, key);
  if (current === undefined) throw new Refused({ kind: 'no-policy' });
  if (!current.statements.some((statement) => statement.id === id))
    throw new Refused({ kind: 'no-such-statement', id });
  if (revisionId !== undefined && revisionId !== current.revisionId)
    throw new Refused({ kind: 'stale-policy-revision' });
  const statements = current.statements.filter((statement) => statement.id !== id);
  if (statements.length === 0) return { ...head, policies: others };
  return { ...head, policies: { ...others, [key]: { revisionId: now.uuid(), statements } } };
}

/** Throws `Refused` unless the qualifier names something that can have a policy (lambda-facts 11). */
export function assertPolicyOwner(head: Head, owner: PolicyOwner): void {
  if (owner === undefined) return;
  if (owner === LATEST) throw new Refused({ kind: 'no-policy-for-latest' });
  if (aliasOf(head, owner) !== undefined || isPublished(head, owner)) return;
  const arn = functionArn(head.key, owner);
  throw new Refused({ kind: isNumber(owner) || owner.includes('$') ? 'no-such-function' : 'no-such-alias', arn });
}

/** Of the function, version or alias that has the policy, or may have one. */
export function ownerRevision(entry: Entry, owner: PolicyOwner): string {
  const alias = owner === undefined ? undefined : aliasOf(entry.head, owner);
  return (alias ?? versionAt(entry, owner)).revisionId;
}

const keyOf = (owner: PolicyOwner): string => owner ?? '';
