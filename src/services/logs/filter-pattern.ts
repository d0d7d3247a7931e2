import { fieldsPattern } from './filter-fields.ts';
import { jsonPattern } from './filter-json.ts';
import { filterRegex } from './filter-regex.ts';
import { parseQuoted } from './filter-value.ts';

/**
 * A test for CloudWatch Logs' filter patterns, or undefined when the pattern is malformed. The syntax: AWS, "Filter
 * pattern syntax for metric filters, subscription filters, filter log events, and Live Tail". Case counts everywhere.
 */
export function filterPattern(pattern: string): ((message: string) => boolean) | undefined {
  return readPattern(pattern)?.test;
}

export interface Pattern {
  readonly kind: 'terms' | 'json' | 'fields';
  readonly test: (message: string) => boolean;
  /** False for the JSON of a list of texts if the test would take none of them; undefined if only the texts tell. */
  readonly mayHold?: ((json: string) => boolean) | undefined;
  /** What the pattern names in a text that it matches. */
  readonly values: (message: string) => Record<string, string>;
  /** Names of fields that `values` knows by their place; undefined of patterns that have none. */
  readonly names?: ReadonlySet<string>;
}

/** The same with all that is known of the pattern, and a first look at many events at once, which makes searches fast. */
export function readPattern(pattern: string): Pattern | undefined {
  const trimmed = pattern.trim();
  if (trimmed.startsWith('{')) {
    const json = jsonPattern(trimmed);
    return json && { kind: 'json', ...json };
  }
  if (trimmed.startsWith('[')) {
    const fields = fieldsPattern(trimmed);
    return fields && { kind: 'fields', ...fields };
  }
  const terms = parseTerms(trimmed);
  return terms && { kind: 'terms', test: termsFilter(terms), mayHold: termsGlance(terms), values: () => ({}) };
}

type Term = {
  readonly sign: '' | '?' | '-';
  readonly test: (message: string) => boolean;
  /** What every text has in it that passes the test. */
  readonly needle?: string;
};

/** Each term that must be there is there as it stands in JSON. */
function termsGlance(terms: readonly Term[]): Pattern['mayHold'] {
  const isEither = terms.length > 0 && terms.every(({ sign }) => sign === '?');
  const needles = terms.filter(({ sign }) => (isEither ? '?' : '') === sign).map(({ needle }) => needle);
  const known = needles
    .filter((needle) => needle?.isWellFormed() === true)
    .map((needle) => JSON.stringify(needle).slice(1, -1));
  if (isEither) return known.length === needles.length ? (json) => known.some((n) => json.includes(n)) : undefined;
  return known.length === 0 ? undefined : (json) => known.every((needle) => json.includes(needle));
}

function termsFilter(terms: readonly Term[]): (message: string) => boolean {
  const optional = terms.filter(({ sign }) => sign === '?');
  const included = terms.filter(({ sign }) => sign === '');
  const excluded = terms.filter(({ sign }) => sign === '-');
  // AWS: "If you combine "?" with other filter patterns, all question mark terms will be ignored."
  if (optional.length > 0 && optional.length === terms.length) {
    return (message) => optional.some(({ test }) => test(message));
  }
  return (message) => included.every(({ test }) => test(message)) && !excluded.some(({ test }) => test(message));
}

function parseTerms(pattern: string): Term[] | undefined {
  const terms: Term[] = [];
  let at = 0;
  while (at < pattern.length) {
    const blanks = /^\s+/.exec(pattern.slice(at))?.[0].length ?? 0;
    at += blanks;
    const sign = pattern[at] === '?' || pattern[at] === '-' ? pattern[at] : '';
    const term = parseTerm(pattern, at + (sign ?? '').length);
    if (!term || (terms.length > 0 && blanks === 0)) return undefined;
    terms.push({ ...term, sign: sign as Term['sign'] }); // SAFE: the line that sets it leaves nothing else.
    at = term.end;
  }
  return terms;
}

function parseTerm(pattern: string, at: number): (Omit<Term, 'sign'> & { end: number }) | undefined {
  if (pattern[at] === '"') {
    const quoted = parseQuoted(pattern, at);
    // Seen on AWS: `""` has no character in it and is refused, while `" "` stands for every event.
    if (!quoted || quoted.text === '') return undefined;
    const { text, end } = quoted;
    return text.trim() === ''
      ? { test: () => true, end }
      : { test: (message) => message.includes(text), needle: text, end };
  }
  if (pattern[at] === '%') {
    const end = pattern.indexOf('%', at + 1);
    const test = end === -1 ? undefined : filterRegex(pattern.slice(at + 1, end));
    return test && { test, end: end + 1 };
  }
  // AWS: "Enclose exact phrases and terms that include non-alphanumeric characters in double quotation marks".
  const word = /^[\p{L}\p{N}_]+/u.exec(pattern.slice(at))?.[0];
  return word === undefined
    ? undefined
    : { test: (message) => message.includes(word), needle: word, end: at + word.length };
}
