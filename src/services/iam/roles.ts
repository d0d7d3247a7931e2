import { ENTITY_ID_BYTES, entityId } from '../../identity/index.ts';
import type { Accounts } from './iam.ts';
import type { Policies } from './policies.ts';
import { assertPermissionsPolicy, countedCharacters } from './policy-document.ts';
import { IamRefused } from './refusal.ts';
import type { InlinePolicy, Role } from './role.ts';
import { newTags, type Tag, withoutTags, withTags } from './tags.ts';
import { assertTrustPolicy } from './trust-document.ts';

export interface NewRole {
  readonly account: string;
  readonly name: string;
  readonly path: string;
  readonly trustPolicy: string;
  readonly description: string | undefined;
  readonly sessionSecondsMax: number;
  readonly boundaryArn: string | undefined;
  readonly tags: readonly Tag[];
}

/** Roles and what belongs to them. A role that is not there is refused as `no-such-role`. */
export interface Roles {
  create(role: NewRole): Promise<Role>;
  find(account: string, name: string): Role;
  /** All of an account, by name. */
  list(account: string): Role[];
  /** What is undefined stays as it is. */
  update(
    account: string,
    name: string,
    changed: Pick<Partial<Role>, 'description' | 'sessionSecondsMax'>,
  ): Promise<Role>;
  setTrustPolicy(account: string, name: string, document: string): Promise<void>;
  /** undefined: none. */
  setBoundary(account: string, name: string, policyArn: string | undefined): Promise<void>;
  /** Refused while the role has policies. */
  delete(account: string, name: string): Promise<void>;
  tag(account: string, name: string, tags: readonly Tag[]): Promise<void>;
  untag(account: string, name: string, keys: readonly string[]): Promise<void>;
  /** Adds an inline policy, or replaces that of the same name. */
  putPolicy(account: string, name: string, policy: InlinePolicy): Promise<void>;
  findPolicy(account: string, name: string, policyName: string): InlinePolicy;
  deletePolicy(account: string, name: string, policyName: string): Promise<void>;
  /** A policy that is attached already is a success. */
  attach(account: string, name: string, policyArn: string): Promise<void>;
  detach(account: string, name: string, policyArn: string): Promise<void>;
}

// IAM and STS quotas, IAM User Guide: what a new account has.
const ROLES_MAX = 1_000;
const ATTACHED_POLICIES_MAX = 10;
const TRUST_POLICY_CHARACTERS_MAX = 2_048;
const INLINE_CHARACTERS_MAX = 10_240;

export function rolesOf(accounts: Accounts, policies: Policies): Roles {
  const { roles, oneAtATime, secondMs, randomBytes } = accounts;

  const find = (account: string, name: string): Role => {
    const role = roles.find(account, name);
    if (role === undefined) throw new IamRefused({ kind: 'no-such-role', name });
    return role;
  };

  /** `decide` sees the role as it is when its turn comes. */
  const change = (account: string, name: string, decide: (role: Role) => Role): Promise<Role> =>
    oneAtATime(account, async () => {
      const role = find(account, name);
      const changed = decide(role);
      if (changed !== role) await roles.put(changed);
      return changed;
    });

  return {
    create: (role) =>
      oneAtATime(role.account, async () => {
        const tags = newTags(role.tags);
        assertTrust(role.trustPolicy);
        if (roles.find(role.account, role.name)) throw new IamRefused({ kind: 'role-exists', name: role.name });
        if (role.boundaryArn !== undefined) policies.assertBoundary(role.account, role.boundaryArn);
        if (roles.count(role.account) >= ROLES_MAX)
          throw new IamRefused({ kind: 'quota', quota: 'roles', max: ROLES_MAX });
        const created: Role = {
          ...role,
          id: entityId('AROA', randomBytes(ENTITY_ID_BYTES)),
          createdMs: secondMs(),
          tags,
          inlinePolicies: [],
          attachedArns: [],
        };
        await roles.put(created);
        return created;
      }),
    find,
    list: (account) => roles.list(account),
    update: (account, name, { description, sessionSecondsMax }) =>
      change(account, name, (role) => ({
        ...role,
        description: description ?? role.description,
        sessionSecondsMax: sessionSecondsMax ?? role.sessionSecondsMax,
      })),
    async setTrustPolicy(account, name, document) {
      await change(account, name, (role) => {
        assertTrust(document);
        return { ...role, trustPolicy: document };
      });
    },
    async setBoundary(account, name, arn) {
      await change(account, name, (role) => {
        if (arn !== undefined) policies.assertBoundary(account, arn);
        return { ...role, boundaryArn: arn };
      });
    },
    delete: (account, name) =>
      oneAtATime(account, async () => {
        const role = find(account, name);
        if (role.attachedArns.length > 0) throw new IamRefused({ kind: 'role-has-attached-policies' });
        if (role.inlinePolicies.length > 0) throw new IamRefused({ kind: 'role-has-inline-policies' });
        await roles.delete(role);
      }),
    async tag(account, name, tags) {
      await change(account, name, (role) => ({ ...role, tags: withTags(role.tags, tags) }));
    },
    async untag(account, name, keys) {
      await change(account, name, (role) => ({ ...role, tags: withoutTags(role.tags, keys) }));
    },
    async putPolicy(account, name, policy) {
      await change(account, name, (role) => {
        assertPermissionsPolicy(policy.document);
        const others = role.inlinePolicies.filter((other) => other.name !== policy.name);
        const inlinePolicies = [...others, policy].sort((one, other) => (one.name < other.name ? -1 : 1));
        const characters = inlinePolicies.reduce((sum, { document }) => sum + countedCharacters(document), 0);
        if (characters > INLINE_CHARACTERS_MAX)
          throw new IamRefused({
            kind: 'inline-policies-too-large',
            role: role.name,
            charactersMax: INLINE_CHARACTERS_MAX,
          });
        return { ...role, inlinePolicies };
      });
    },
    findPolicy: (account, name, policyName) => inlinePolicy(find(account, name), policyName),
    async deletePolicy(account, name, policyName) {
      await change(account, name, (role) => {
        const policy = inlinePolicy(role, policyName);
        return { ...role, inlinePolicies: role.inlinePolicies.filter((other) => other !== policy) };
      });
    },
    async attach(account, name, arn) {
      await change(account, name, (role) => {
        policies.assertAttachable(account, arn);
        if (role.attachedArns.includes(arn)) return role;
        if (role.attachedArns.length >= ATTACHED_POLICIES_MAX)
          throw new IamRefused({ kind: 'quota', quota: 'attached-policies', max: ATTACHED_POLICIES_MAX });
        return { ...role, attachedArns: [...role.attachedArns, arn] };
      });
    },
    async detach(account, name, arn) {
      await change(account, name, (role) => {
        if (!role.attachedArns.includes(arn)) throw new IamRefused({ kind: 'no-such-policy', arn });
        return { ...role, attachedArns: role.attachedArns.filter((other) => other !== arn) };
      });
    },
  };
}

function assertTrust(document: string): void {
  assertTrustPolicy(document);
  if (countedCharacters(document) > TRUST_POLICY_CHARACTERS_MAX)
    throw new IamRefused({ kind: 'quota', quota: 'trust-policy-characters', max: TRUST_POLICY_CHARACTERS_MAX });
}

function inlinePolicy(role: Role, name: string): InlinePolicy {
  const policy = role.inlinePolicies.find((one) => one.name === name);
  if (policy === undefined) throw new IamRefused({ kind: 'no-such-role-policy', name });
  return policy;
}
