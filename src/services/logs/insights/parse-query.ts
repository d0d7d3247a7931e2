import { AGGREGATES, durationMs, FUNCTIONS } from './functions.ts';
import type { Aggregate, BinarySign, Command, Expression, Named } from './syntax.ts';
import { Malformed, type Token, type TokenKind, tokensOf, Unsupported } from './tokens.ts';

/** AWS's limits: what one query may ask for, and how long it may be nested without the parser's own stack growing. */
const LIMIT_MAX = 10_000;
const DEPTH_MAX = 50;

const NOT_YET = [
  'pattern',
  'diff',
  'anomaly',
  'unmask',
  'unnest',
  'join',
  'lookup',
  'filterindex',
  'source',
  'subquery',
];
/** From loosest to tightest. */
const LEVELS: readonly (readonly BinarySign[])[] = [
  ['or'],
  ['and'],
  ['=', '!=', '<', '<=', '>', '>='],
  ['+', '-'],
  ['*', '/', '%'],
  ['^'],
];
const COMPARING = 2;

/** Reads a query in the language of Logs Insights. Throws `Malformed`, and `Unsupported` for what is not there yet. */
export function parseQuery(query: string): Command[] {
  return new Parser(query).query();
}

class Parser {
  readonly #query: string;
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;
  /** Names of what `stats` has made. */
  readonly #made = new Set<string>();

  constructor(query: string) {
    this.#query = query;
    this.#tokens = tokensOf(query);
  }

  query(): Command[] {
    const commands: Command[] = [];
    do commands.push(this.#command());
    while (this.#take('|'));
    if (this.#next.kind !== 'end') this.#unexpected();
    return commands;
  }

  #command(): Command {
    const name = this.#expect('word');
    switch (name.text.toLowerCase()) {
      case 'fields':
        return { kind: 'fields', fields: this.#named() };
      case 'display':
        return { kind: 'display', fields: this.#named() };
      case 'filter':
        return { kind: 'filter', condition: this.#expression() };
      case 'dedup':
        return { kind: 'dedup', by: this.#named() };
      case 'limit':
        return { kind: 'limit', count: this.#limit() };
      case 'sort':
        return { kind: 'sort', keys: this.#list(() => this.#sortKey()) };
      case 'stats':
        return this.#stats();
      case 'parse':
        return this.#parse();
      default:
        if (NOT_YET.includes(name.text.toLowerCase())) throw new Unsupported(`the query command ${name.text}`);
        throw new Malformed(`unexpected symbol found ${name.text}`, name);
    }
  }

  #limit(): number {
    const token = this.#expect('number');
    const count = Number(token.text);
    if (!Number.isInteger(count) || count < 1 || count > LIMIT_MAX)
      throw new Malformed(`limit must be from 1 to ${LIMIT_MAX}`, token);
    return count;
  }

  #sortKey(): { expression: Expression; sign: 1 | -1 } {
    const expression = this.#expression();
    if (this.#takeWord('desc')) return { expression, sign: -1 };
    this.#takeWord('asc');
    return { expression, sign: 1 };
  }

  #stats(): Command {
    const aggregates = this.#list(() => this.#aggregate());
    const by = this.#takeWord('by') ? this.#named() : [];
    for (const { name } of [...by, ...aggregates]) this.#made.add(name);
    return { kind: 'stats', aggregates, by };
  }

  #aggregate(): Aggregate {
    const { start } = this.#next;
    const name = this.#expect('word');
    if (!AGGREGATES.has(name.text.toLowerCase())) throw new Malformed(`${name.text} is no function of stats`, name);
    const args = this.#arguments();
    const text = this.#textFrom(start);
    return { name: this.#alias() ?? text, function: name.text.toLowerCase(), args };
  }

  #parse(): Command {
    const isSource = ['word', 'field'].includes(this.#next.kind);
    const of: Expression = isSource
      ? { kind: 'field', name: this.#advance().text }
      : { kind: 'field', name: '@message' };
    const token = this.#advance();
    if (token.kind === 'regex') {
      const pattern = regexOf(token);
      return {
        kind: 'parse',
        of,
        pattern,
        names: [...token.text.matchAll(/\(\?<(\w+)>/g)].map(([, name = '']) => name),
      };
    }
    if (token.kind !== 'text') this.#unexpected(token);
    const names = this.#takeWord('as') ? this.#list(() => this.#advance().text) : [];
    const parts = token.text.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    if (parts.length - 1 !== names.length) throw new Malformed('the number of wildcards and of fields differ', token);
    // Lazy between what stands fixed; the last one takes the rest.
    const source = parts.map(
      (part, index) => part + (index === parts.length - 1 ? '' : isLastWild(parts, index) ? '(.*)' : '(.*?)'),
    );
    return { kind: 'parse', of, pattern: new RegExp(source.join(''), 's'), names };
  }

  #named(): Named[] {
    return this.#list(() => {
      const { start } = this.#next;
      const expression = this.#expression();
      const text = expression.kind === 'field' ? expression.name : this.#textFrom(start);
      return { expression, name: this.#alias() ?? text };
    });
  }

  #alias(): string | undefined {
    return this.#takeWord('as') ? this.#advance().text : undefined;
  }

  #expression(level = 0): Expression {
    const signs = LEVELS[level];
    if (signs === undefined) return this.#unary();
    if (level === COMPARING && this.#takeWord('not')) return { kind: 'not', of: this.#expression(level) };
    let left = this.#expression(level + 1);
    for (;;) {
      if (level === COMPARING) left = this.#membership(left);
      const sign = signs.find((known) => this.#take(known) || this.#takeWord(known));
      if (sign === undefined) return left;
      left = { kind: 'binary', sign, left, right: this.#expression(level + 1) };
    }
  }

  /** `like`, `not like`, `=~`, `in`, `not in`. */
  #membership(of: Expression): Expression {
    const isNot = this.#isWord('not') && ['like', 'in'].includes(this.#tokens[this.#at + 1]?.text.toLowerCase() ?? '');
    if (isNot) this.#advance();
    const found = this.#positive(of);
    return isNot ? { kind: 'not', of: found } : found;
  }

  #positive(of: Expression): Expression {
    if (this.#takeWord('like') || this.#take('=~')) {
      const token = this.#advance();
      if (token.kind === 'regex') return { kind: 'like', of, pattern: regexOf(token) };
      if (token.kind !== 'text') this.#unexpected(token);
      return { kind: 'call', name: 'strcontains', args: [of, { kind: 'value', value: token.text }] };
    }
    if (!this.#takeWord('in')) return of;
    this.#expectSign('[');
    const list = this.#take(']') ? [] : this.#list(() => this.#expression());
    if (list.length > 0) this.#expectSign(']');
    return { kind: 'in', of, list };
  }

  #unary(): Expression {
    this.#depth += 1;
    if (this.#depth > DEPTH_MAX) throw new Malformed('the query is nested too deeply', this.#next);
    try {
      if (this.#take('-')) return { kind: 'negative', of: this.#unary() };
      if (this.#take('(')) {
        const inner = this.#expression();
        this.#expectSign(')');
        return inner;
      }
      return this.#primary();
    } finally {
      this.#depth -= 1;
    }
  }

  #primary(): Expression {
    const token = this.#advance();
    switch (token.kind) {
      case 'number':
        return { kind: 'value', value: Number(token.text) };
      case 'duration':
        return { kind: 'value', value: durationMs(token.text) };
      case 'text':
        return { kind: 'value', value: token.text };
      case 'field':
        return { kind: 'field', name: token.text };
      case 'word':
        if (!this.#isSign('(')) return literalOf(token.text) ?? { kind: 'field', name: token.text };
        return this.#call(token);
      default:
        return this.#unexpected(token);
    }
  }

  #call(name: Token): Expression {
    const args = this.#arguments();
    const text = this.#textFrom(name.start);
    // `stats count(*) by bin(5m) | sort bin(5m)`: what has been made already is meant by its text.
    if (this.#made.has(text)) return { kind: 'field', name: text };
    if (!FUNCTIONS.has(name.text.toLowerCase())) throw new Malformed(`${name.text} is no function`, name);
    return { kind: 'call', name: name.text.toLowerCase(), args };
  }

  #arguments(): Expression[] {
    this.#expectSign('(');
    // `count(*)`
    if (this.#take('*')) {
      this.#expectSign(')');
      return [];
    }
    if (this.#take(')')) return [];
    const args = this.#list(() => this.#expression());
    this.#expectSign(')');
    return args;
  }

  #list<One>(read: () => One): One[] {
    const all: One[] = [];
    do all.push(read());
    while (this.#take(','));
    return all;
  }

  get #next(): Token {
    return this.#tokens[this.#at] as Token; // SAFE: nobody advances beyond the end, which is a token.
  }

  #advance(): Token {
    const token = this.#next;
    if (token.kind === 'end') return this.#unexpected(token);
    this.#at += 1;
    return token;
  }

  #isSign(text: string): boolean {
    return this.#next.kind === 'sign' && this.#next.text === text;
  }

  #isWord(text: string): boolean {
    return this.#next.kind === 'word' && this.#next.text.toLowerCase() === text;
  }

  #take(text: string): boolean {
    if (!this.#isSign(text)) return false;
    this.#at += 1;
    return true;
  }

  #takeWord(text: string): boolean {
    if (!this.#isWord(text)) return false;
    this.#at += 1;
    return true;
  }

  #expect(kind: TokenKind): Token {
    return this.#next.kind === kind ? this.#advance() : this.#unexpected();
  }

  #expectSign(text: string): void {
    if (!this.#take(text)) this.#unexpected();
  }

  #textFrom(start: number): string {
    return this.#query.slice(start, this.#tokens[this.#at - 1]?.end ?? start);
  }

  #unexpected(token: Token = this.#next): never {
    throw new Malformed(
      token.kind === 'end' ? 'the query ends too soon' : `unexpected symbol found ${token.text}`,
      token,
    );
  }
}

const isLastWild = (parts: readonly string[], index: number): boolean =>
  index === parts.length - 2 && parts.at(-1) === '';

function literalOf(text: string): Expression | undefined {
  return text === 'true' || text === 'false' ? { kind: 'value', value: text === 'true' } : undefined;
}

function regexOf(token: Token): RegExp {
  // `(?i)` at the start is how AWS's own examples ignore case.
  const isAnyCase = token.text.startsWith('(?i)') || token.flags === 'i';
  try {
    return new RegExp(token.text.replace(/^\(\?i\)/, ''), isAnyCase ? 'is' : 's');
  } catch {
    throw new Malformed('invalid regular expression', token);
  }
}
