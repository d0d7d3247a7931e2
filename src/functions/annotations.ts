import type { Editing } from './editing.ts';
import { type FunctionKey, functionArn, type Head, type Permission, type Policy } from './function.ts';
import {
  addPermission,
  assertPolicyOwner,
  deletePolicy,
  ownerRevision,
  type PolicyDocument,
  policyOf,
  putPolicy,
  removePermission,
} from './permissions.ts';
import { Refused } from './refusal.ts';
import { tag, untag } from './tags.ts';

/** What is kept with a function and changes nothing of how it runs: its tags and its policies. */
export interface Annotations {
  tag(key: FunctionKey, tags: Readonly<Record<string, string>>): Promise<void>;
  untag(key: FunctionKey, keys: readonly string[]): Promise<void>;
  policy(key: FunctionKey, qualifier: string | undefined): Policy;
  /** Puts a whole policy in place of what there was. `revisionId`: the policy that must be there. */
  putPolicy(
    key: FunctionKey,
    qualifier: string | undefined,
    document: PolicyDocument,
    revisionId: string | undefined,
  ): Promise<Policy>;
  /** Deletes the policy that must be there. */
  deletePolicy(key: FunctionKey, qualifier: string | undefined, revisionId: string | undefined): Promise<void>;
  addPermission(
    key: FunctionKey,
    qualifier: string | undefined,
    permission: Permission,
    revisionId: string | undefined,
  ): Promise<void>;
  removePermission(
    key: FunctionKey,
    qualifier: string | undefined,
    id: string,
    revisionId: string | undefined,
  ): Promise<void>;
}

export function annotations({ catalogue, find, now, inTurn }: Editing): Annotations {
  const changeHead = (key: FunctionKey, decide: (head: Head) => Head): Promise<void> =>
    inTurn(key, async () => {
      await catalogue.commit({ head: decide(find(key).head), versions: [] });
    });

  return {
    tag: (key, tags) => changeHead(key, (head) => tag(head, tags, now())),
    untag: (key, keys) => changeHead(key, (head) => untag(head, keys, now())),
    policy(key, qualifier) {
      const entry = catalogue.get(key);
      if (entry === undefined) throw new Refused({ kind: 'nothing-to-show' });
      return policyOf(entry.head, qualifier);
    },
    putPolicy: (key, qualifier, document, revisionId) =>
      inTurn(key, async () => {
        const { head } = find(key);
        assertPolicyOwner(head, qualifier);
        const changed = putPolicy(head, qualifier, document, revisionId, now());
        return policyOf((await catalogue.commit({ head: changed, versions: [] })).head, qualifier);
      }),
    deletePolicy: (key, qualifier, revisionId) =>
      inTurn(key, async () => {
        const entry = catalogue.get(key);
        if (entry === undefined) throw new Refused({ kind: 'nothing-to-show' });
        await catalogue.commit({ head: deletePolicy(entry.head, qualifier, revisionId), versions: [] });
      }),
    addPermission: (key, qualifier, permission, given) =>
      inTurn(key, async () => {
        const entry = find(key);
        assertPolicyOwner(entry.head, qualifier);
        const revisions = { given, owner: ownerRevision(entry, qualifier) };
        await catalogue.commit({
          head: addPermission(entry.head, qualifier, permission, revisions, now()),
          versions: [],
        });
      }),
    removePermission: (key, qualifier, id, revisionId) =>
      inTurn(key, async () => {
        const entry = catalogue.get(key);
        if (entry === undefined) {
          throw new Refused({ kind: 'no-policy-of-missing-function', arn: functionArn(key, qualifier) });
        }
        assertPolicyOwner(entry.head, qualifier);
        const head = removePermission(entry.head, qualifier, id, revisionId, now());
        await catalogue.commit({ head, versions: [] });
      }),
  };
}
