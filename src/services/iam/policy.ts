import type { Tag } from './tags.ts';

/** A managed policy with its versions: a customer's, or one that AWS provides. */
export interface Policy {
  /** Twelve digits, or `aws`. */
  readonly account: string;
  /** Unique in its account whatever its letters' case, under every path. */
  readonly name: string;
  readonly path: string;
  /** `ANPA…` */
  readonly id: string;
  /** Whole seconds. */
  readonly createdMs: number;
  /** When the newest version was created. */
  readonly updatedMs: number;
  readonly description: string | undefined;
  readonly tags: readonly Tag[];
  /** Oldest first; never empty. */
  readonly versions: readonly PolicyVersion[];
  readonly defaultVersion: number;
  /** Numbers are never given twice, not even after a version was deleted. */
  readonly lastVersion: number;
}

export interface PolicyVersion {
  readonly number: number;
  /** The document as it was given. */
  readonly document: string;
  readonly createdMs: number;
}

export const AWS_ACCOUNT = 'aws';

export function policyArn({ account, path, name }: Pick<Policy, 'account' | 'path' | 'name'>): string {
  return `arn:aws:iam::${account}:policy${path}${name}`;
}

/** What a managed policy's ARN names; undefined for any other text. */
export function parsePolicyArn(arn: string): { account: string; path: string; name: string } | undefined {
  const [, account, path, name] = /^arn:aws[a-zA-Z-]*:iam::(\d{12}|aws):policy(\/(?:.*\/)?)([^/]+)$/.exec(arn) ?? [];
  return account === undefined || path === undefined || name === undefined ? undefined : { account, path, name };
}
