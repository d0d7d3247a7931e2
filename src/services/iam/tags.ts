import { IamRefused } from './refusal.ts';

export interface Tag {
  readonly key: string;
  readonly value: string;
}

const TAGS_MAX = 50; // IAM and STS quotas, IAM User Guide.

/** The tags of a new entity, sorted by key. Throws `IamRefused` for keys that differ in case alone. */
export function newTags(tags: readonly Tag[]): Tag[] {
  return withTags([], tags);
}

/**
 * Adds tags, or changes the values of those with the same key; sorted by key, as IAM lists them. Keys are told apart
 * without regard to case. Throws `IamRefused`.
 */
export function withTags(before: readonly Tag[], added: readonly Tag[]): Tag[] {
  const names = new Set(added.map(({ key }) => key.toLowerCase()));
  if (names.size < added.length) throw new IamRefused({ kind: 'duplicate-tags' });
  const kept = before.filter(({ key }) => !names.has(key.toLowerCase()));
  const all = [...kept, ...added].sort((one, other) => (one.key < other.key ? -1 : 1));
  if (all.length > TAGS_MAX) throw new IamRefused({ kind: 'too-many-tags' });
  return all;
}

/** Keys that are not there are left out in silence. */
export function withoutTags(before: readonly Tag[], keys: readonly string[]): Tag[] {
  const names = new Set(keys.map((key) => key.toLowerCase()));
  return before.filter(({ key }) => !names.has(key.toLowerCase()));
}
