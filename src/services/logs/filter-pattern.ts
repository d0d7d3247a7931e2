import { fieldsFilter } from './filter-fields.ts';
import { jsonFilter } from './filter-json.ts';
import { filterRegex } from './filter-regex.ts';
import { parseQuoted } from './filter-value.ts';

/**
 * A test for CloudWatch Logs' filter patterns, or undefined when the pattern is malformed. The syntax: AWS, "Filter
 * pattern syntax for metric filters, subscription filters, filter log events, and Live Tail". Case counts everywhere.
 */
export function filterPattern(pattern: string): ((message: string) => boolean) | undefined {
  const trimmed = pattern.trim();
  if (trimmed.startsWith('{')) return jsonFilter(trimmed);
  if (trimmed.startsWith('[')) return fieldsFilter(trimmed);
  return termsFilter(trimmed);
}

type Term = { readonly sign: '' | '?' | '-'; readonly test: (message: string) => boolean };

function termsFilter(pattern: string): ((message: string) => boolean) | undefined {
  const terms = parseTerms(pattern);
  if (!terms) return undefined;
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
    terms.push({ sign: sign as Term['sign'], test: term.test }); // SAFE: the line that sets it leaves nothing else.
    at = term.end;
  }
  return terms;
}

function parseTerm(pattern: string, at: number): { test: Term['test']; end: number } | undefined {
  if (pattern[at] === '"') {
    const quoted = parseQuoted(pattern, at);
    // Seen on AWS: `""` has no character in it and is refused, while `" "` stands for every event.
    if (!quoted || quoted.text === '') return undefined;
    const { text, end } = quoted;
    return { test: text.trim() === '' ? () => true : (message) => message.includes(text), end };
  }
  if (pattern[at] === '%') {
    const end = pattern.indexOf('%', at + 1);
    const test = end === -1 ? undefined : filterRegex(pattern.slice(at + 1, end));
    return test && { test, end: end + 1 };
  }
  // AWS: "Enclose exact phrases and terms that include non-alphanumeric characters in double quotation marks".
  const word = /^[\p{L}\p{N}_]+/u.exec(pattern.slice(at))?.[0];
  return word === undefined ? undefined : { test: (message) => message.includes(word), end: at + word.length };
}
