import type { KeyStart } from './version-table.ts';

export interface ListQuery {
  readonly prefix: string;
  /** Keys with the same text up to its first place behind the prefix are one common prefix. Undefined: none are. */
  readonly delimiter: string | undefined;
  readonly start: KeyStart;
  /** Of items and common prefixes together. */
  readonly countMax: number;
}

export interface Listed<Item> {
  readonly items: readonly Item[];
  readonly prefixes: readonly string[];
  /** Undefined: that was all. */
  readonly next: { readonly start: KeyStart; readonly last: { item: Item } | { prefix: string } } | undefined;
}

/**
 * One page of a walk through keys in order of their UTF-8 bytes. `walk` begins anew behind each common prefix, so a page
 * costs as much as it shows, however many keys a prefix holds.
 */
export function list<Item extends { readonly key: string }>(
  walk: (start: KeyStart) => Iterable<Item>,
  query: ListQuery,
): Listed<Item> {
  const { prefix, delimiter, countMax } = query;
  const items: Item[] = [];
  const prefixes: string[] = [];
  let last: { item: Item } | { prefix: string } | undefined;
  let start: KeyStart | undefined = clamped(query);
  while (start !== undefined) {
    const from: KeyStart = start;
    start = undefined;
    for (const item of walk(from)) {
      if (!item.key.startsWith(prefix)) break;
      if (items.length + prefixes.length >= countMax) {
        return { items, prefixes, next: last && { start: startBehind(last), last } };
      }
      const common = commonPrefix(item.key, prefix, delimiter);
      if (common === undefined) {
        items.push(item);
        last = { item };
        continue;
      }
      prefixes.push(common);
      last = { prefix: common };
      start = behindAll(common);
      break;
    }
  }
  return { items, prefixes, next: undefined };
}

/** Where a list goes on that ended with, or was told to begin after, this text: a common prefix is left as a whole. */
export function startAfter(marker: string, prefix: string, delimiter: string | undefined): KeyStart {
  if (commonPrefix(marker, prefix, delimiter) !== marker) return { kind: 'after', key: marker };
  return behindAll(marker) ?? { kind: 'after', key: marker };
}

function startBehind(last: { item: { key: string } } | { prefix: string }): KeyStart {
  if ('item' in last) return { kind: 'after', key: last.item.key };
  return behindAll(last.prefix) ?? { kind: 'after', key: last.prefix };
}

/** Nothing before the prefix is of interest. */
function clamped({ prefix, delimiter, start }: ListQuery): KeyStart {
  if (isBefore(start.key, prefix)) return { kind: 'at', key: prefix };
  return start.kind === 'at' ? start : startAfter(start.key, prefix, delimiter);
}

function commonPrefix(key: string, prefix: string, delimiter: string | undefined): string | undefined {
  if (delimiter === undefined || delimiter === '' || !key.startsWith(prefix)) return undefined;
  const at = key.indexOf(delimiter, prefix.length);
  return at < 0 ? undefined : key.slice(0, at + delimiter.length);
}

/** The first text behind all that begin so, in order of code points, which is that of UTF-8 bytes. Undefined: none is. */
function behindAll(prefix: string): KeyStart | undefined {
  const points = [...prefix];
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    const point = last.codePointAt(0) ?? 0;
    if (point === 0x10ffff) continue;
    // Surrogates are no characters.
    const next = point === 0xd7ff ? 0xe000 : point + 1;
    return { kind: 'at', key: points.join('') + String.fromCodePoint(next) };
  }
  return undefined;
}

/** In the order of UTF-8, which is not that of JavaScript's strings. */
export function isBefore(a: string, b: string): boolean {
  return Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0;
}
