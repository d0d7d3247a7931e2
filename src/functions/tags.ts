import type { Head, Now } from './function.ts';
import { Refused } from './refusal.ts';

const TAGS_MAX = 50; // AWS: per function (lambda-facts 15.1).

/** AWS keeps these for its own services (its guide to tagging), and tells them apart without regard to case. */
const RESERVED = /^aws:/i;

/** Throws `Refused` if there would be more than 50, or one whose key is reserved. */
export function mergeTags(
  current: Readonly<Record<string, string>>,
  added: Readonly<Record<string, string>>,
): Record<string, string> {
  if (Object.keys(added).some((key) => RESERVED.test(key))) throw new Refused({ kind: 'reserved-tag' });
  const tags = { ...current, ...added };
  if (Object.keys(tags).length > TAGS_MAX) throw new Refused({ kind: 'too-many-tags' });
  return tags;
}

export function tag(head: Head, added: Readonly<Record<string, string>>, now: Now): Head {
  return withTags(head, mergeTags(head.tags, added), now);
}

/** Keys that are not there are nothing to complain about. */
export function untag(head: Head, keys: readonly string[], now: Now): Head {
  return withTags(head, withoutTags(head.tags, keys), now);
}

export function withoutTags(tags: Readonly<Record<string, string>>, keys: readonly string[]): Record<string, string> {
  const gone = new Set(keys);
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !gone.has(key)));
}

/** Tagging changes the function's revision (lambda-facts 5.3). */
function withTags(head: Head, tags: Record<string, string>, now: Now): Head {
  return { ...head, tags, latest: { ...head.latest, revisionId: now.uuid() } };
}
