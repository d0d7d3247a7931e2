import { ENTITY_ID_BYTES, entityId } from '../../identity/index.ts';
import type { Accounts } from './iam.ts';
import { AWS_ACCOUNT, type Policy, type PolicyVersion, parsePolicyArn, policyArn } from './policy.ts';
import { assertPermissionsPolicy, countedCharacters } from './policy-document.ts';
import { IamRefused } from './refusal.ts';
import type { Role } from './role.ts';
import { newTags, type Tag, withoutTags, withTags } from './tags.ts';

export interface NewPolicy {
  readonly account: string;
  readonly name: string;
  readonly path: string;
  readonly document: string;
  readonly description: string | undefined;
  readonly tags: readonly Tag[];
}

/** How many roles of an account use a policy. */
export interface PolicyUse {
  readonly attached: number;
  readonly asBoundary: number;
}

/**
 * Managed policies, by ARN, as one account sees them: its own and AWS's. Another account's are refused as
 * `not-your-policy`, and so is a change of AWS's.
 */
export interface Policies {
  create(policy: NewPolicy): Promise<Policy>;
  find(account: string, arn: string): Policy;
  /** Its default version's. */
  document(account: string, arn: string): string;
  /** By name. */
  list(account: string, scope: 'customer' | 'aws'): Policy[];
  /** Of every policy that the account's roles use, by ARN. */
  uses(account: string): ReadonlyMap<string, PolicyUse>;
  /** Refused while it is used, or has versions beside its default. */
  delete(account: string, arn: string): Promise<void>;
  tag(account: string, arn: string, tags: readonly Tag[]): Promise<void>;
  untag(account: string, arn: string, keys: readonly string[]): Promise<void>;
  createVersion(
    account: string,
    arn: string,
    version: { document: string; becomesDefault: boolean },
  ): Promise<{ policy: Policy; version: PolicyVersion }>;
  /** `versionId`: `v1`. */
  findVersion(account: string, arn: string, versionId: string): { policy: Policy; version: PolicyVersion };
  setDefaultVersion(account: string, arn: string, versionId: string): Promise<void>;
  deleteVersion(account: string, arn: string, versionId: string): Promise<void>;
  /** The roles that use it. */
  roles(account: string, arn: string): { attached: Role[]; asBoundary: Role[] };
  /** Throws `IamRefused` unless a role of the account may have it. */
  assertAttachable(account: string, arn: string): void;
  /** The same for a permissions boundary. */
  assertBoundary(account: string, arn: string): void;
}

// IAM and STS quotas, IAM User Guide: what a new account has.
const POLICIES_MAX = 1_500;
const VERSIONS_MAX = 5;
const CHARACTERS_MAX = 6_144;

export function policiesOf(accounts: Accounts): Policies {
  const { roles, policies, awsPolicies, oneAtATime, secondMs, randomBytes } = accounts;

  /** The account's own, or AWS's; undefined for one that is not there. */
  const look = (account: string, arn: string): Policy | undefined => {
    const named = parsePolicyArn(arn);
    if (named === undefined) throw new IamRefused({ kind: 'not-an-arn', arn });
    if (named.account !== account && named.account !== AWS_ACCOUNT)
      throw new IamRefused({ kind: 'not-your-policy', arn });
    const policy =
      named.account === AWS_ACCOUNT ? awsPolicies.get(named.name) : policies.find(named.account, named.name);
    return policy !== undefined && policyArn(policy) === arn ? policy : undefined;
  };

  const find = (account: string, arn: string): Policy => {
    const policy = look(account, arn);
    if (policy === undefined) throw new IamRefused({ kind: 'no-such-policy', arn });
    return policy;
  };

  const findOwn = (account: string, arn: string): Policy => {
    if (parsePolicyArn(arn)?.account === AWS_ACCOUNT) throw new IamRefused({ kind: 'not-your-policy', arn });
    return find(account, arn);
  };

  /** `decide` sees the policy as it is when its turn comes. */
  const change = (account: string, arn: string, decide: (policy: Policy) => Policy): Promise<Policy> =>
    oneAtATime(account, async () => {
      const changed = decide(findOwn(account, arn));
      await policies.put(changed);
      return changed;
    });

  const findVersion = (account: string, arn: string, versionId: string) => {
    const policy = look(account, arn);
    const version = policy?.versions.find(({ number }) => `v${number}` === versionId);
    if (policy === undefined || version === undefined)
      throw new IamRefused({ kind: 'no-such-version', arn, version: versionId });
    return { policy, version };
  };

  const rolesWith = (account: string, arn: string) => {
    const all = roles.list(account);
    return {
      attached: all.filter(({ attachedArns }) => attachedArns.includes(arn)),
      asBoundary: all.filter(({ boundaryArn }) => boundaryArn === arn),
    };
  };

  return {
    create: (policy) =>
      oneAtATime(policy.account, async () => {
        const { account, name, path, document, description } = policy;
        const tags = newTags(policy.tags);
        assertDocument(document);
        if (policies.find(account, name)) throw new IamRefused({ kind: 'policy-exists', name });
        if (policies.count(account) >= POLICIES_MAX)
          throw new IamRefused({ kind: 'quota', quota: 'policies', max: POLICIES_MAX });
        const nowMs = secondMs();
        const created: Policy = {
          account,
          name,
          path,
          id: entityId('ANPA', randomBytes(ENTITY_ID_BYTES)),
          createdMs: nowMs,
          updatedMs: nowMs,
          description,
          tags,
          versions: [{ number: 1, document, createdMs: nowMs }],
          defaultVersion: 1,
          lastVersion: 1,
        };
        await policies.put(created);
        return created;
      }),
    find,
    document: (account, arn) => {
      const { versions, defaultVersion } = find(account, arn);
      const version = versions.find(({ number }) => number === defaultVersion);
      if (version === undefined) throw new Error(`the policy ${arn} has no default version`);
      return version.document;
    },
    list: (account, scope) => (scope === 'aws' ? [...awsPolicies.values()] : policies.list(account)),
    uses: (account) => usesBy(roles.list(account)),
    delete: (account, arn) =>
      oneAtATime(account, async () => {
        const policy = findOwn(account, arn);
        const { attached, asBoundary } = rolesWith(account, arn);
        if (attached.length + asBoundary.length > 0) throw new IamRefused({ kind: 'policy-attached' });
        if (policy.versions.length > 1) throw new IamRefused({ kind: 'policy-has-versions' });
        await policies.delete(policy);
      }),
    async tag(account, arn, tags) {
      await change(account, arn, (policy) => ({ ...policy, tags: withTags(policy.tags, tags) }));
    },
    async untag(account, arn, keys) {
      await change(account, arn, (policy) => ({ ...policy, tags: withoutTags(policy.tags, keys) }));
    },
    async createVersion(account, arn, { document, becomesDefault }) {
      const version = { number: 0, document, createdMs: secondMs() };
      const policy = await change(account, arn, (before) => {
        assertDocument(document);
        if (before.versions.length >= VERSIONS_MAX)
          throw new IamRefused({ kind: 'too-many-versions', countMax: VERSIONS_MAX });
        const number = before.lastVersion + 1;
        return {
          ...before,
          updatedMs: version.createdMs,
          versions: [...before.versions, { ...version, number }],
          defaultVersion: becomesDefault ? number : before.defaultVersion,
          lastVersion: number,
        };
      });
      return { policy, version: { ...version, number: policy.lastVersion } };
    },
    findVersion,
    async setDefaultVersion(account, arn, versionId) {
      findVersion(account, arn, versionId); // A policy that is not there is told as a version that is not there.
      await change(account, arn, (policy) => ({
        ...policy,
        defaultVersion: findVersion(account, arn, versionId).version.number,
      }));
    },
    async deleteVersion(account, arn, versionId) {
      findVersion(account, arn, versionId); // As above.
      await change(account, arn, (policy) => {
        const { version } = findVersion(account, arn, versionId);
        if (version.number === policy.defaultVersion) throw new IamRefused({ kind: 'default-version' });
        return { ...policy, versions: policy.versions.filter((other) => other !== version) };
      });
    },
    roles: (account, arn) => {
      find(account, arn);
      return rolesWith(account, arn);
    },
    assertAttachable(account, arn) {
      const policy = look(account, arn);
      if (policy === undefined) throw new IamRefused({ kind: 'nothing-to-attach', arn });
      if (isForServiceRoles(policy)) throw new IamRefused({ kind: 'only-for-service-roles' });
    },
    assertBoundary(account, arn) {
      if (parsePolicyArn(arn) === undefined) throw new IamRefused({ kind: 'not-a-boundary', arn });
      const policy = look(account, arn);
      if (policy === undefined || isForServiceRoles(policy)) throw new IamRefused({ kind: 'no-such-boundary', arn });
    },
  };
}

function assertDocument(document: string): void {
  assertPermissionsPolicy(document);
  if (countedCharacters(document) > CHARACTERS_MAX)
    throw new IamRefused({ kind: 'quota', quota: 'policy-characters', max: CHARACTERS_MAX });
}

function usesBy(roles: readonly Role[]): ReadonlyMap<string, PolicyUse> {
  const uses = new Map<string, PolicyUse>();
  const count = (arn: string, more: PolicyUse) => {
    const { attached, asBoundary } = uses.get(arn) ?? { attached: 0, asBoundary: 0 };
    uses.set(arn, { attached: attached + more.attached, asBoundary: asBoundary + more.asBoundary });
  };
  for (const { attachedArns, boundaryArn } of roles) {
    for (const arn of attachedArns) count(arn, { attached: 1, asBoundary: 0 });
    if (boundaryArn !== undefined) count(boundaryArn, { attached: 0, asBoundary: 1 });
  }
  return uses;
}

/** Those of AWS that only the roles which services make for themselves may have. */
function isForServiceRoles({ account, path }: Policy): boolean {
  return account === AWS_ACCOUNT && path.startsWith('/aws-service-role/');
}
