import type { Tag } from '../tags.ts';

/** A document as IAM answers it: URL-encoded by RFC 3986 (IAM API reference, GetRole). */
export function encodedDocument(document: string): string {
  const hex = (character: string) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(document).replace(/[!'()*]/g, hex);
}

export function tagsFromAws(tags: readonly { Key?: string; Value?: string }[] | undefined): Tag[] {
  return (tags ?? []).map(({ Key = '', Value = '' }) => ({ key: Key, value: Value }));
}

export function tagsToAws(tags: readonly Tag[]): { Key: string; Value: string }[] {
  return tags.map(({ key, value }) => ({ Key: key, Value: value }));
}
