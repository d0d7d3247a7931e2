import { PipeRefused } from './refusal.ts';

const TAGS_MAX = 50; // AWS: of a resource ("Tagging best practices").

/** Throws `PipeRefused` if there would be more than 50, or one whose key AWS keeps for itself. */
export function mergeTags(
  current: Readonly<Record<string, string>>,
  added: Readonly<Record<string, string>>,
): Record<string, string> {
  if (Object.keys(added).some((key) => /^aws:/i.test(key))) throw new PipeRefused({ kind: 'reserved-tag' });
  const tags = { ...current, ...added };
  if (Object.keys(tags).length > TAGS_MAX) throw new PipeRefused({ kind: 'too-many-tags', max: TAGS_MAX });
  return tags;
}
