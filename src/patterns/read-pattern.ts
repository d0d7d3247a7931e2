import { isIP, isIPv6 } from 'node:net';
import { addressRange } from './address-range.ts';
import { JsonFlaw, jsonTokens, type Token } from './json-tokens.ts';
import {
  type Condition,
  type Field,
  isNumericOperator,
  type NumericTest,
  type Pattern,
  type Scalar,
  type TextTest,
} from './pattern.ts';
import { jsonFlaw, PatternFlaw, TokenReader } from './token-reader.ts';

/**
 * AWS counts the states in which a text can be at once, and does not say where it stops; it has refused a pattern with six
 * wildcards that differ in nothing ("Wildcard matching complexity", user guide).
 */
const WILDCARDS_MAX = 5;

/**
 * Reads a pattern as EventBridge does. The order in which flaws are found, their words and their places follow the public
 * `aws/event-ruler` and what AWS has answered (recorded by public client suites). A dot in a field's name joins two names,
 * as there ("JSON keys with dots"). Throws `PatternFlaw`.
 */
export function readPattern(json: string): Pattern {
  let tokens: readonly Token[];
  try {
    tokens = jsonTokens(json);
  } catch (error) {
    if (!(error instanceof JsonFlaw)) throw error;
    throw jsonFlaw(json, error);
  }
  return new Reader(new TokenReader(json, tokens)).read();
}

class Reader {
  readonly #tokens: TokenReader;

  constructor(tokens: TokenReader) {
    this.#tokens = tokens;
  }

  read(): Pattern {
    if (this.#next().kind !== 'open-object') throw this.#flaw('Filter is not an object');
    return this.#fields('outside');
  }

  /** `place`: names of operators are no fields inside `$or`. */
  #fields(place: 'outside' | 'in-or'): Pattern {
    const fields: Field[] = [];
    for (let token = this.#next(); token.kind === 'name'; token = this.#next()) {
      const name = token.text;
      if (name === '$or') {
        fields.push(this.#or());
        continue;
      }
      if (place === 'in-or' && RESERVED_IN_OR.has(name))
        throw this.#flaw(`${name} is Ruler reserved fieldName which cannot be used inside $or.`);
      fields.push(joined(name.split('.'), (key) => this.#field(key, name, place)));
    }
    if (fields.length === 0) throw this.#flaw('Empty objects are not allowed');
    return fields;
  }

  #field(key: string, name: string, place: 'outside' | 'in-or'): Field {
    const { kind } = this.#next();
    if (kind === 'open-object') return { kind: 'nested', key, pattern: this.#fields(place) };
    if (kind !== 'open-array') throw this.#flaw(`"${name}" must be an object or an array`);
    const conditions: Condition[] = [];
    for (let token = this.#next(); token.kind !== 'close-array'; token = this.#next()) {
      conditions.push(this.#condition(token));
    }
    if (conditions.length === 0) throw this.#flaw('Empty arrays are not allowed');
    return { kind: 'values', key, conditions };
  }

  #or(): Field {
    if (this.#next().kind !== 'open-array') throw this.#flaw('It must be an Array followed with $or.');
    const alternatives: Pattern[] = [];
    for (let token = this.#next(); token.kind !== 'close-array'; token = this.#next()) {
      if (token.kind !== 'open-object') throw this.#flaw('Only JSON object is allowed in array of $or relationship.');
      alternatives.push(this.#fields('in-or'));
    }
    if (alternatives.length < 2) throw this.#flaw('There must have at least 2 Objects in $or relationship.');
    return { kind: 'or', alternatives };
  }

  #condition(token: Token): Condition {
    if (token.kind === 'open-object') return this.#operation();
    if (!['string', 'number', 'word'].includes(token.kind))
      throw this.#flaw('Match value must be String, number, true, false, or null');
    const value = this.#scalar(token);
    // One address has many forms.
    if (typeof value === 'string' && isIPv6(value)) return { kind: 'cidr', contains: addressRange(value, 128) };
    return { kind: 'equals', value };
  }

  #operation(): Condition {
    const name = this.#next();
    if (name.kind !== 'name') throw this.#flaw('Match expression name not found');
    const operator = name.text;
    switch (operator) {
      case 'exactly':
        return this.#only({ kind: 'equals', value: this.#string('exact match pattern must be a string') });
      case 'prefix':
      case 'suffix':
        return this.#beginningOrEnd(operator);
      case 'equals-ignore-case':
      case 'wildcard': {
        const text = this.#string(`${operator} match pattern must be a string`);
        if (operator === 'wildcard') this.#assertWildcard(text);
        return this.#only({ kind: 'text', test: { kind: operator, text } });
      }
      case 'anything-but':
        return this.#anythingBut();
      case 'numeric':
        return this.#numeric();
      case 'exists': {
        const { value } = this.#next();
        if (typeof value !== 'boolean') throw this.#flaw('exists match pattern must be either true or false.');
        return this.#only({ kind: 'exists', wanted: value });
      }
      case 'cidr':
        // AWS calls it so here as well.
        return this.#only({ kind: 'cidr', contains: cidr(this.#string('prefix match pattern must be a string')) });
      default:
        // AWS's parser has looked at the value when it says this.
        throw this.#flaw(`Unrecognized match type ${operator}`);
    }
  }

  #beginningOrEnd(operator: 'prefix' | 'suffix'): Condition {
    const token = this.#next();
    if (token.kind !== 'open-object') {
      if (token.kind !== 'string') throw this.#flaw(`${operator} match pattern must be a string`);
      return this.#only({ kind: 'text', test: { kind: operator, text: this.#tokens.read(token) } });
    }
    const name = this.#next();
    const told = operator === 'prefix' ? 'Prefix' : 'Suffix';
    if (name.kind !== 'name') throw this.#flaw(`${told} expression name not found`);
    if (name.text !== 'equals-ignore-case') throw this.#flaw(`Unsupported ${operator} pattern: ${name.text}`);
    const text = this.#string('equals-ignore-case match pattern must be a string');
    this.#only(undefined);
    return this.#only({ kind: 'text', test: { kind: `${operator}-ignore-case`, text } });
  }

  #anythingBut(): Condition {
    let token = this.#next();
    let kind: TextTest['kind'] | undefined;
    if (token.kind === 'open-object') {
      const name = this.#next();
      if (name.kind !== 'name') throw this.#flaw('Anything-But expression name not found');
      if (!isExcludable(name.text)) throw this.#flaw(`Unsupported anything-but pattern: ${name.text}`);
      kind = name.text;
      token = this.#next();
    }
    if (!['open-array', 'string', 'number'].includes(token.kind))
      throw this.#flaw('Value of anything-but must be an array or single string/number value.');
    const condition: Condition =
      kind === undefined
        ? { kind: 'anything-but', values: this.#excludedValues(token) }
        : { kind: 'anything-but-text', tests: this.#excludedTexts(kind, token) };
    if (this.#next().kind !== 'close-object') throw this.#tooMany();
    if (kind !== undefined && this.#next().kind !== 'close-object') throw this.#tooMany();
    return condition;
  }

  #excludedValues(first: Token): ReadonlySet<Scalar> {
    if (first.kind !== 'open-array') return new Set([this.#scalar(first)]);
    const values = this.#list((token) => {
      if (token.kind !== 'string' && token.kind !== 'number')
        throw this.#flaw('Inside anything but list, start|null|boolean is not supported.');
      return this.#scalar(token);
    });
    if (new Set(values.map((value) => typeof value)).size !== 1)
      throw this.#flaw('Inside anything but list, either all values are number or string, mixed type is not supported');
    return new Set(values);
  }

  #excludedTexts(kind: TextTest['kind'], first: Token): readonly TextTest[] {
    const read = (token: Token): TextTest => {
      if (token.kind !== 'string') throw this.#flaw(NOT_A_TEXT[kind] ?? 'prefix/suffix match pattern must be a string');
      const text = this.#tokens.read(token);
      if (text === '' && (kind === 'prefix' || kind === 'suffix')) throw this.#flaw('Null prefix/suffix not allowed');
      if (kind === 'wildcard') this.#assertWildcard(text);
      return { kind, text };
    };
    return first.kind === 'open-array' ? this.#list(read) : [read(first)];
  }

  /** AWS catches what is wrong in such a list, and tells where once more. */
  #list<T>(read: (token: Token) => T): T[] {
    const items: T[] = [];
    for (let token = this.#next(); token.kind !== 'close-array'; token = this.#next()) {
      try {
        items.push(read(token));
      } catch (error) {
        throw error instanceof PatternFlaw ? this.#flaw(error.message) : error;
      }
    }
    return items;
  }

  #numeric(): Condition {
    if (this.#next().kind !== 'open-array') throw this.#flaw('Value of numeric must be an array.');
    const first = this.#next();
    if (first.kind !== 'string') throw this.#flaw(`Invalid member in numeric match: ${first.text}`);
    const operator = this.#tokens.read(first);
    const value = this.#next();
    if (!isNumericOperator(operator)) throw this.#flaw(`Unrecognized numeric range operator: ${operator}`);
    const tests: NumericTest[] = [{ operator, bound: this.#bound(value, operator === '=' ? 'equals' : operator) }];
    const next = this.#next();
    if (next.kind !== 'close-array') {
      // A range begins at its bottom.
      if (operator !== '>' && operator !== '>=') throw this.#tooMany();
      tests.push(this.#top(next, tests[0]?.bound ?? 0));
    }
    if (this.#next().kind !== 'close-object') throw this.#tooMany();
    return { kind: 'numeric', tests };
  }

  #top(token: Token, bottom: number): NumericTest {
    if (token.kind !== 'string') throw this.#flaw(`Bad value in numeric range: ${token.text}`);
    const operator = this.#tokens.read(token);
    if (operator !== '<' && operator !== '<=') throw this.#flaw(`Bad numeric range operator: ${operator}`);
    const bound = this.#bound(this.#next(), operator);
    if (this.#next().kind !== 'close-array') throw this.#flaw('Too many terms in numeric range expression');
    if (bottom >= bound) throw this.#flaw('Bottom must be less than top');
    return { operator, bound };
  }

  #bound({ value }: Token, operator: string): number {
    if (typeof value !== 'number') throw this.#flaw(`Value of ${operator} must be numeric`);
    return value;
  }

  #assertWildcard(text: string): void {
    // AWS counts the bytes, behind the quote that it puts before them.
    const told = (what: string, at: number) => this.#flaw(`${what} at pos ${Buffer.byteLength(text.slice(0, at)) + 1}`);
    let wildcards = 0;
    for (let at = 0; at < text.length; at += 1) {
      if (text[at] === '\\') {
        if (text[at + 1] !== '*' && text[at + 1] !== '\\') throw told('Invalid escape character', at);
        at += 1;
      } else if (text[at] === '*') {
        wildcards += 1;
        if (text[at + 1] === '*') throw told('Consecutive wildcard characters', at);
      }
    }
    if (wildcards > WILDCARDS_MAX) throw new PatternFlaw(TOO_COMPLEX);
  }

  /** Ends an object that has one member only. */
  #only<T>(condition: T): T {
    if (this.#next().kind !== 'close-object') throw this.#flaw('Only one key allowed in match expression');
    return condition;
  }

  #string(otherwise: string): string {
    const token = this.#next();
    if (token.kind !== 'string') throw this.#flaw(otherwise);
    return this.#tokens.read(token);
  }

  #scalar(token: Token): Scalar {
    if (token.kind === 'string') this.#tokens.read(token);
    return token.value;
  }

  #next(): Token {
    return this.#tokens.next();
  }

  #flaw(message: string): PatternFlaw {
    return this.#tokens.flaw(message);
  }

  #tooMany(): PatternFlaw {
    return this.#flaw('Too many elements in numeric expression');
  }
}

/** `a.b` is `b` within `a`. */
function joined([key = '', ...others]: readonly string[], last: (key: string) => Field): Field {
  return others.length === 0 ? last(key) : { kind: 'nested', key, pattern: [joined(others, last)] };
}

const TOO_COMPLEX =
  'Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character';

const NOT_A_TEXT: Partial<Record<TextTest['kind'], string>> = {
  'equals-ignore-case': 'Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.',
  wildcard: 'wildcard match pattern must be a string',
};

const EXCLUDABLE = ['prefix', 'suffix', 'equals-ignore-case', 'wildcard'] as const;

function isExcludable(operator: string): operator is (typeof EXCLUDABLE)[number] {
  return (EXCLUDABLE as readonly string[]).includes(operator);
}

const RESERVED_IN_OR = new Set([
  'exactly',
  ...EXCLUDABLE,
  ...['anything-but', 'exists', 'numeric', 'cidr', '=', '<', '<=', '>', '>=', 'regex'],
  ...['not-wildcard', 'not-equals-ignore-case', 'date-after', 'date-on-or-after', 'date-before', 'date-on-or-before'],
  ...['in-date-range', 'ip-address-in-range', 'ip-address-not-in-range'],
]);

function cidr(text: string): (address: string) => boolean {
  const [network = '', bits, ...rest] = text.split('/');
  if (bits === undefined || rest.length > 0) throw new PatternFlaw("Malformed CIDR, one '/' required");
  if (!/^-?\d+$/.test(bits)) throw new PatternFlaw('Malformed CIDR, mask bits must be an integer');
  if (Number(bits) < 0) throw new PatternFlaw('Malformed CIDR, mask bits must not be negative');
  if (isIP(network) === 0) throw new PatternFlaw(`Nonstandard IP address: ${network}`);
  // event-ruler says so of 32 and 128 bits, too; AWS's own guide has patterns with them.
  const [version, bitsMax] = isIPv6(network) ? (['IPv6', 128] as const) : (['IPv4', 32] as const);
  if (Number(bits) > bitsMax) throw new PatternFlaw(`${version} mask bits must be < ${bitsMax}`);
  return addressRange(network, Number(bits));
}
