import type { Head, Now } from './function.ts';
import { Refused } from './refusal.ts';

const TAGS_MAX = 50; // AWS: per function (lambda-facts 15.1).

/** Throws `Refused` if there would be more than 50. */
export function mergeTags(
  current: Readonly<Record<string, string>>,
  added: Readonly<Record<string, string>>,
): Record<string, string> {
  const tags = { ...current, ...added };
  if (Object.keys(tags).length > TAGS_MAX) throw new Refused({ kind: 'too-many-tags' });
  return tags;
}

export function tag(head: Head, added: Readonly<Record<string, string>>, now: Now): Head {
  return withTags(head, mergeTags(head.tags, added), now);
}

/** Keys that are not there are nothing to complain about. */
export function untag(head: Head, keys: readonly string[], now: Now): Head {
  const gone = new Set(keys);
  return withTags(head, Object.fromEntries(Object.entries(head.tags).filter(([key]) => !gone.has(key))), now);
}

/** Tagging changes the function's revision (lambda-facts 5.3). */
function withTags(head: Head, tags: Record<string, string>, now: Now): Head {
  return { ...head, tags, latest: { ...head.latest, revisionId: now.uuid() } };
}
