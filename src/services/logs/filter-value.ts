import { filterRegex } from './filter-regex.ts';

/** The right side of a comparison in a JSON or space-delimited filter pattern. */
export type FilterValue =
  | { readonly kind: 'number'; readonly number: number; readonly text: string }
  /** `*` stands for any text. */
  | { readonly kind: 'text'; readonly parts: readonly string[] }
  | { readonly kind: 'regex'; readonly test: (text: string) => boolean };

export const COMPARISONS = ['<=', '>=', '!=', '=!', '=', '<', '>'] as const;
export type Comparison = (typeof COMPARISONS)[number];

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/** Bare texts; AWS wants quotes around everything else, though its own examples show `123.123.*` and `*.html*` bare. */
const BARE = /^[A-Za-z0-9_.*+\-/]+/;

/** Reads a value that begins at `at`; undefined when none does. */
export function parseValue(source: string, at: number): { value: FilterValue; end: number } | undefined {
  if (source[at] === '"') {
    const quoted = parseQuoted(source, at);
    return quoted && { value: textValue(quoted.text), end: quoted.end };
  }
  if (source[at] === '%') {
    const end = source.indexOf('%', at + 1);
    const test = end === -1 ? undefined : filterRegex(source.slice(at + 1, end));
    return test && { value: { kind: 'regex', test }, end: end + 1 };
  }
  const bare = BARE.exec(source.slice(at))?.[0];
  if (bare === undefined) return undefined;
  const value: FilterValue = NUMBER.test(bare) ? { kind: 'number', number: Number(bare), text: bare } : textValue(bare);
  return { value, end: at + bare.length };
}

/** Reads a quoted text with `\"` and `\\` inside. */
export function parseQuoted(source: string, at: number): { text: string; end: number } | undefined {
  const match = /^"((?:[^"\\]|\\.)*)"/s.exec(source.slice(at));
  return match ? { text: (match[1] ?? '').replace(/\\(["\\])/g, '$1'), end: at + match[0].length } : undefined;
}

/** Reads a comparison sign; `=!` is what AWS's older examples write for `!=`. */
export function parseComparison(source: string, at: number): { comparison: Comparison; end: number } | undefined {
  const comparison = COMPARISONS.find((sign) => source.startsWith(sign, at));
  return comparison && { comparison, end: at + comparison.length };
}

/** Order is for numbers only. */
export function isValidComparison(comparison: Comparison, value: FilterValue): boolean {
  return value.kind === 'number' || !['<', '>', '<=', '>='].includes(comparison);
}

/** Compares a number or a text of a log event with a pattern's value. */
export function compare(actual: string | number, comparison: Comparison, value: FilterValue): boolean {
  switch (comparison) {
    case '=':
      return equals(actual, value);
    case '!=':
    case '=!':
      return !equals(actual, value);
  }
  const number = typeof actual === 'number' ? actual : NUMBER.test(actual) ? Number(actual) : Number.NaN;
  if (value.kind !== 'number') return false;
  switch (comparison) {
    case '<':
      return number < value.number;
    case '>':
      return number > value.number;
    case '<=':
      return number <= value.number;
    case '>=':
      return number >= value.number;
  }
}

export function skipBlanks(source: string, at: number): number {
  let end = at;
  while (/\s/.test(source[end] ?? '')) end += 1;
  return end;
}

function equals(actual: string | number, value: FilterValue): boolean {
  switch (value.kind) {
    case 'number':
      if (typeof actual === 'number') return actual === value.number;
      return actual === value.text || (NUMBER.test(actual) && Number(actual) === value.number);
    case 'text':
      return matchesParts(String(actual), value.parts);
    case 'regex':
      return value.test(String(actual));
  }
}

function textValue(text: string): FilterValue {
  return { kind: 'text', parts: text.split('*') };
}

/** Does `text` consist of the parts, in order, with anything between them? */
function matchesParts(text: string, parts: readonly string[]): boolean {
  const first = parts[0] ?? '';
  if (parts.length === 1) return text === first;
  const last = parts[parts.length - 1] ?? '';
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return at <= text.length - last.length;
}
