import { own } from '../lib/own.ts';
import type { Entry } from './catalogue.ts';
import {
  functionArn,
  type Head,
  isNumber,
  isPublished,
  LATEST,
  type Now,
  type Permission,
  type Policy,
} from './function.ts';
import { aliasOf, versionAt } from './qualifier.ts';
import { Refused } from './refusal.ts';

export const POLICY_BYTES_MAX = 20_480; // AWS: "Function resource-based policy" quota.

/** A policy without its revision. */
export type PolicyDocument = Pick<Policy, 'frame' | 'statements'>;

const PERMISSIONS_FRAME = { version: '2012-10-17', id: 'default' };

/** A policy belongs to the unqualified function (undefined), to a version, or to an alias. */
export type PolicyOwner = string | undefined;

/** The policy document as AWS shows it. */
export function policyJson({ frame = PERMISSIONS_FRAME, statements }: PolicyDocument): string {
  const members = [
    ...(frame.version === undefined ? [] : [`"Version":${JSON.stringify(frame.version)}`]),
    ...(frame.id === undefined ? [] : [`"Id":${JSON.stringify(frame.id)}`]),
    `"Statement":[${statements.map(({ json }) => json).join(',')}]`,
  ];
  return `{${members.join(',')}}`;
}

/** Throws `Refused`: 404 of GetPolicy, which does not tell a missing policy from a missing version. */
export function policyOf(head: Head, owner: PolicyOwner): Policy {
  const policy = own(head.policies, keyOf(owner));
  if (policy === undefined) throw new Refused({ kind: 'nothing-to-show' });
  return policy;
}

/**
 * Adds a permission behind the others. `revisions.owner` is that of the function, version or alias itself: it is accepted as
 * long as there is no policy yet (lambda-facts 5.3). Throws `Refused`.
 */
export function addPermission(
  head: Head,
  owner: PolicyOwner,
  permission: Permission,
  revisions: { given: string | undefined; owner: string },
  now: Now,
): Head {
  const current = own(head.policies, keyOf(owner));
  const expected = current?.revisionId ?? revisions.owner;
  if (revisions.given !== undefined && revisions.given !== expected)
    throw new Refused({ kind: 'stale-policy-revision' });
  const statements = current?.statements ?? [];
  if (statements.some(({ id }) => id === permission.id))
    throw new Refused({ kind: 'statement-exists', id: permission.id });
  return withPolicy(head, owner, { ...current, statements: [...statements, permission] }, now);
}

/**
 * Puts a whole policy in place of what there was. `revisionId`: the policy that must be there. Throws `Refused`.
 */
export function putPolicy(
  head: Head,
  owner: PolicyOwner,
  document: PolicyDocument,
  revisionId: string | undefined,
  now: Now,
): Head {
  if (revisionId !== undefined && revisionId !== own(head.policies, keyOf(owner))?.revisionId) {
    throw new Refused({ kind: 'stale-policy-revision' });
  }
  return withPolicy(head, owner, document, now);
}

/** The head without a policy that must be there. Throws `Refused`. */
export function deletePolicy(head: Head, owner: PolicyOwner, revisionId: string | undefined): Head {
  const current = policyOf(head, owner);
  if (revisionId !== undefined && revisionId !== current.revisionId) {
    throw new Refused({ kind: 'stale-policy-revision' });
  }
  const { [keyOf(owner)]: _, ...policies } = head.policies;
  return { ...head, policies };
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
  return { ...head, policies: { ...others, [key]: { ...current, revisionId: now.uuid(), statements } } };
}

function withPolicy(head: Head, owner: PolicyOwner, document: PolicyDocument, now: Now): Head {
  const bytes = Buffer.byteLength(policyJson(document));
  if (bytes > POLICY_BYTES_MAX) throw new Refused({ kind: 'policy-too-long', bytes, bytesMax: POLICY_BYTES_MAX });
  const policy: Policy = { ...document, revisionId: now.uuid() };
  return { ...head, policies: { ...head.policies, [keyOf(owner)]: policy } };
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
