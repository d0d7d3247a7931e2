import type { Tag } from './tags.ts';

/** A role of an account. A role's record holds all that belongs to it, so that no change of it can be half done. */
export interface Role {
  /** Twelve digits. */
  readonly account: string;
  /** Unique in its account whatever its letters' case, under every path. */
  readonly name: string;
  /** `/`, or `/service-role/`. */
  readonly path: string;
  /** `AROA…`: another one when a role of the same name is made anew. */
  readonly id: string;
  /** Whole seconds. */
  readonly createdMs: number;
  /** The document as it was given. */
  readonly trustPolicy: string;
  readonly description: string | undefined;
  /** How long a session may be, at most. */
  readonly sessionSecondsMax: number;
  readonly boundaryArn: string | undefined;
  readonly tags: readonly Tag[];
  readonly inlinePolicies: readonly InlinePolicy[];
  /** Managed policies, in the order in which they were attached. */
  readonly attachedArns: readonly string[];
}

export interface InlinePolicy {
  readonly name: string;
  readonly document: string;
}

export function roleArn({ account, path, name }: Pick<Role, 'account' | 'path' | 'name'>): string {
  return `arn:aws:iam::${account}:role${path}${name}`;
}

export interface RoleName {
  readonly account: string;
  readonly path: string;
  readonly name: string;
}

/** What a role's ARN names; undefined for any other text. */
export function parseRoleArn(arn: string): RoleName | undefined {
  const [, account, path, name] = /^arn:aws[a-zA-Z-]*:iam::(\d{12}):role(\/(?:.*\/)?)([^/]+)$/.exec(arn) ?? [];
  return account === undefined || path === undefined || name === undefined ? undefined : { account, path, name };
}
