/** A query that is none. Offsets are places in its text. */
export class Malformed extends Error {
  readonly start: number;
  readonly end: number;

  constructor(message: string, { start, end }: { start: number; end: number }) {
    super(message);
    this.start = start;
    this.end = end;
  }
}

/** What Insights has and Lambent has not, yet. */
export class Unsupported extends Error {}

export type TokenKind = 'word' | 'field' | 'text' | 'regex' | 'number' | 'duration' | 'sign' | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** Of texts and quoted fields what stands between the quotes; of expressions the source between the slashes. */
  readonly text: string;
  /** Of expressions: `i`. */
  readonly flags?: string;
  readonly start: number;
  readonly end: number;
}

const BLANK = /(?:\s+|#[^\n]*)+/y;
const DURATION =
  /\d+(?:\.\d+)?(?:ms|msec|millisecond|s|sec|second|m|min|minute|h|hr|hour|d|day|w|week|mo|mon|month|q|quarter|y|yr|year)s?\b/y;
const NUMBER = /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
/** Dots lead into JSON; `@` begins what CloudWatch itself knows of an event. */
const WORD = /[@A-Za-z_][\w.@]*/y;
const SIGN = /=~|!=|<=|>=|[=<>()[\],|+\-*/%^]/y;

/** The words of a query. An expression `/…/` is read as one where a value must stand: a slash also divides. */
export function tokensOf(query: string): Token[] {
  const tokens: Token[] = [];
  for (let at = skip(query, 0); at < query.length; at = skip(query, at)) {
    const token = readToken(query, at, tokens);
    tokens.push(token);
    at = token.end;
  }
  tokens.push({ kind: 'end', text: '', start: query.length, end: query.length });
  return tokens;
}

function readToken(query: string, at: number, before: readonly Token[]): Token {
  const character = query[at] ?? '';
  if (character === '"' || character === "'") return quoted(query, at, character, 'text');
  if (character === '`') return quoted(query, at, character, 'field');
  if (character === '/' && isValueWanted(before)) return regex(query, at);
  const found =
    match(DURATION, query, at, 'duration') ??
    match(NUMBER, query, at, 'number') ??
    match(WORD, query, at, 'word') ??
    match(SIGN, query, at, 'sign');
  if (!found) throw new Malformed(`unexpected symbol found ${character}`, { start: at, end: at + 1 });
  return found;
}

/** Behind a field a slash divides, but for the field that `parse` reads. */
function isValueWanted(before: readonly Token[]): boolean {
  const [last, first] = [before.at(-1), before.at(-2)];
  if (last === undefined) return false;
  if (last.kind === 'sign') return last.text !== ')' && last.text !== ']';
  const isField = last.kind === 'word' || last.kind === 'field';
  return isWord(last, 'like') || isWord(last, 'parse') || (isField && isWord(first, 'parse'));
}

const isWord = (token: Token | undefined, text: string): boolean =>
  token?.kind === 'word' && token.text.toLowerCase() === text;

function quoted(query: string, at: number, quote: string, kind: TokenKind): Token {
  let text = '';
  for (let end = at + 1; end < query.length; end += 1) {
    if (query[end] === quote) return { kind, text, start: at, end: end + 1 };
    const isEscape = query[end] === '\\' && (query[end + 1] === quote || query[end + 1] === '\\');
    if (isEscape) end += 1;
    text += query[end];
  }
  throw new Malformed('a quote is not closed', { start: at, end: query.length });
}

function regex(query: string, at: number): Token {
  for (let end = at + 1; end < query.length; end += 1) {
    if (query[end] === '\\') end += 1;
    else if (query[end] === '/') {
      const flags = query[end + 1] === 'i' && !/\w/.test(query[end + 2] ?? '') ? 'i' : '';
      return { kind: 'regex', text: query.slice(at + 1, end), flags, start: at, end: end + 1 + flags.length };
    }
  }
  throw new Malformed('a regular expression is not closed', { start: at, end: query.length });
}

function match(pattern: RegExp, query: string, at: number, kind: TokenKind): Token | undefined {
  pattern.lastIndex = at;
  const text = pattern.exec(query)?.[0];
  return text === undefined ? undefined : { kind, text, start: at, end: at + text.length };
}

function skip(query: string, at: number): number {
  BLANK.lastIndex = at;
  return at + (BLANK.exec(query)?.[0].length ?? 0);
}
