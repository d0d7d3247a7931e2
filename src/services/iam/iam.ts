import type { KnownRole } from '../../identity/index.ts';
import type { Clock } from '../../lib/clock.ts';
import { serial } from '../../lib/serial.ts';
import type { Records } from '../../store/records.ts';
import { awsPolicies } from './aws-policies.ts';
import { openEntityTable } from './entity-table.ts';
import { type Policies, policiesOf } from './policies.ts';
import type { Policy } from './policy.ts';
import { parseRoleArn, type Role, roleArn } from './role.ts';
import { type Roles, rolesOf } from './roles.ts';

/**
 * Roles and managed policies of all accounts; an account's are the same in every region. Methods throw `IamRefused` for
 * what AWS has an answer to, and other errors for outages.
 */
export interface Iam {
  readonly roles: Roles;
  readonly policies: Policies;
  /** The role that an ARN names: account, path and the very letters of its name. */
  roleOfArn(arn: string): Role | undefined;
  /** The role of this name with what it may do; undefined: the account has none. */
  knownRole(account: string, name: string): KnownRole | undefined;
}

export interface IamOptions {
  readonly records: Records;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
}

/** What roles and policies share. */
export interface Accounts {
  readonly roles: Awaited<ReturnType<typeof openEntityTable<Role>>>;
  readonly policies: Awaited<ReturnType<typeof openEntityTable<Policy>>>;
  readonly awsPolicies: ReadonlyMap<string, Policy>;
  readonly randomBytes: (count: number) => Uint8Array;
  /** Now, in milliseconds, as IAM keeps times: whole seconds. */
  readonly secondMs: () => number;
  /** Runs one change of an account after the other: an attachment must not cross the deletion of its policy. */
  readonly oneAtATime: <T>(account: string, change: () => Promise<T>) => Promise<T>;
}

/** Reads all roles and policies from the store. */
export async function openIam({ records, clock, randomBytes }: IamOptions): Promise<Iam> {
  const accounts: Accounts = {
    roles: await openEntityTable<Role>(records, 'iam-role/'),
    policies: await openEntityTable<Policy>(records, 'iam-policy/'),
    awsPolicies: awsPolicies(),
    randomBytes,
    secondMs: () => Math.floor(clock.nowMs() / 1_000) * 1_000,
    oneAtATime: serial(),
  };
  const policies = policiesOf(accounts);
  return {
    roles: rolesOf(accounts, policies),
    policies,
    knownRole: (account, name) => {
      const role = accounts.roles.find(account, name);
      return role && withPermissions(role, (arn) => policies.document(account, arn));
    },
    roleOfArn: (arn) => {
      const named = parseRoleArn(arn);
      const role = named === undefined ? undefined : accounts.roles.find(named.account, named.name);
      return role !== undefined && roleArn(role) === arn ? role : undefined;
    },
  };
}

function withPermissions(role: Role, documentOf: (policyArn: string) => string): KnownRole {
  const { inlinePolicies, attachedArns, boundaryArn, tags } = role;
  return {
    arn: roleArn(role),
    documents: [...inlinePolicies.map(({ document }) => document), ...attachedArns.map(documentOf)],
    boundary: boundaryArn === undefined ? undefined : documentOf(boundaryArn),
    tags: Object.fromEntries(tags.map(({ key, value }) => [key, value])),
  };
}
