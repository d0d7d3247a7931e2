import { isIP, isIPv6 } from 'node:net';
import { addressRange } from '../../patterns/address-range.ts';
import { JsonFlaw, jsonTokens, type Token, toldFlaw } from '../../patterns/json-tokens.ts';
import {
  type Condition,
  type Field,
  isNumericOperator,
  type NumericTest,
  type Pattern,
  type Scalar,
} from '../../patterns/pattern.ts';
import { PatternFlaw, TokenReader } from '../../patterns/token-reader.ts';

// What a filter policy says (Amazon SNS Developer Guide, Message filtering): an older form of the patterns' language. The order in which flaws are found, and how
// they are told, follow what AWS has answered (recorded by public client suites).

/** A policy on attributes has no properties within properties; told without naming the policy. */
export class NestedInAttributes extends Error {}

const KEYS_MAX = 5;
const COMBINATIONS_MAX = 150;
const BYTES_MAX = 256 * 1024;
const NUMBER_MAX = 1e9;

/** Reads a policy. Throws `PatternFlaw`. */
export function readFilterPolicy(json: string): Pattern {
  return new Reader(json).read();
}

/** Throws `PatternFlaw` or `NestedInAttributes` unless this is a policy for the scope, within AWS's limits. */
export function assertFilterPolicy(json: string, scope: 'MessageAttributes' | 'MessageBody'): void {
  const policy = readFilterPolicy(json);
  if (policy.length > KEYS_MAX) throw new PatternFlaw(`Filter policy can not have more than ${KEYS_MAX} keys`);
  if (scope === 'MessageAttributes' && isNested(policy)) throw new NestedInAttributes();
  if (combinations(policy, 1, 1) > COMBINATIONS_MAX) throw new PatternFlaw('Filter policy is too complex');
}

function isNested(policy: Pattern): boolean {
  return policy.some((field) => field.kind === 'nested' || (field.kind === 'or' && field.alternatives.some(isNested)));
}

/** Values of each key, times how deep it stands, multiplied; alternatives are added (Filter policy constraints). */
function combinations(policy: Pattern, depth: number, sofar: number): number {
  let count = sofar;
  for (const field of policy) {
    if (field.kind === 'values') count *= field.conditions.length * depth;
    else if (field.kind === 'nested') count = combinations(field.pattern, depth + 1, count);
    else count = field.alternatives.reduce((sum, one) => sum + combinations(one, depth, count), 0);
  }
  return count;
}

class Reader {
  readonly #tokens: TokenReader;

  constructor(json: string) {
    if (Buffer.byteLength(json) > BYTES_MAX) throw new PatternFlaw(`Filter policy is longer than ${BYTES_MAX} bytes`);
    try {
      this.#tokens = new TokenReader(json, jsonTokens(json));
    } catch (error) {
      if (!(error instanceof JsonFlaw)) throw error;
      throw new PatternFlaw(toldFlaw(json, error));
    }
  }

  read(): Pattern {
    const first = this.#tokens.next();
    if (first.kind !== 'open-object') throw this.#tokens.flaw('Filter is not an object');
    return this.#members();
  }

  #members(): Pattern {
    const fields: Field[] = [];
    for (let token = this.#tokens.next(); token.kind === 'name'; token = this.#tokens.next()) {
      fields.push(token.text === '$or' && this.#isAlternatives() ? this.#alternatives() : this.#field(token.text));
    }
    return fields;
  }

  #field(key: string): Field {
    const token = this.#tokens.next();
    if (token.kind === 'open-object') return { kind: 'nested', key, pattern: this.#members() };
    if (token.kind !== 'open-array') throw this.#tokens.flaw(`"${key}" must be an object or an array`);
    const conditions: Condition[] = [];
    for (let value = this.#tokens.next(); value.kind !== 'close-array'; value = this.#tokens.next()) {
      conditions.push(this.#condition(value));
    }
    if (conditions.length === 0) throw this.#tokens.flaw('Empty arrays are not allowed');
    return { kind: 'values', key, conditions };
  }

  /** Whether the value is a list of two or more objects, none of which is a pattern; else `$or` is a key like others. */
  #isAlternatives(): boolean {
    const kindAt = (at: number) => this.#tokens.ahead(at)?.kind;
    if (kindAt(0) !== 'open-array') return false;
    let count = 0;
    let at = 1;
    for (; kindAt(at) === 'open-object'; at += 1) {
      const first = this.#tokens.ahead(at + 1);
      if (first?.kind !== 'name' || OPERATORS.includes(first.text)) return false;
      count += 1;
      for (let depth = 0; ; at += 1) {
        const kind = kindAt(at);
        if (kind === 'open-object' || kind === 'open-array') depth += 1;
        if (kind === 'close-object' || kind === 'close-array') depth -= 1;
        if (depth === 0) break;
      }
    }
    return count >= 2 && kindAt(at) === 'close-array';
  }

  #alternatives(): Field {
    this.#tokens.next();
    const alternatives: Pattern[] = [];
    while (this.#tokens.next().kind === 'open-object') alternatives.push(this.#members());
    return { kind: 'or', alternatives };
  }

  #condition(token: Token): Condition {
    if (token.kind === 'string' || token.kind === 'number' || token.kind === 'word') {
      return { kind: 'equals', value: this.#scalar(token) };
    }
    if (token.kind !== 'open-object')
      throw this.#tokens.flaw('Match value must be String, number, true, false, or null');
    const name = this.#tokens.next();
    if (name.kind !== 'name') throw this.#tokens.flaw('Empty objects are not allowed');
    const condition = this.#matchType(name.text);
    if (this.#tokens.next().kind !== 'close-object')
      throw this.#tokens.flaw('Only one key allowed in match expression');
    return condition;
  }

  #matchType(type: string): Condition {
    const value = this.#tokens.next();
    switch (type) {
      case 'prefix':
      case 'suffix':
      case 'equals-ignore-case':
        return { kind: 'text', test: { kind: type, text: this.#string(value, type) } };
      case 'anything-but':
        return this.#anythingBut(value);
      case 'numeric':
        return this.#numeric(value);
      case 'exists':
        if (typeof value.value !== 'boolean')
          throw this.#tokens.flaw('exists match pattern must be either true or false.');
        return { kind: 'exists', wanted: value.value };
      case 'cidr':
        // AWS calls it so here as well.
        return { kind: 'cidr', contains: cidr(this.#string(value, 'prefix')) };
      default:
        throw this.#tokens.flaw(`Unrecognized match type ${type}`);
    }
  }

  #anythingBut(token: Token): Condition {
    if (token.kind === 'open-object') return this.#anythingButText();
    if (token.kind === 'string' || token.kind === 'number')
      return { kind: 'anything-but', values: new Set([this.#scalar(token)]) };
    if (token.kind !== 'open-array')
      throw this.#tokens.flaw('Value of anything-but must be an array or single string/number value.');
    const values: Scalar[] = [];
    for (let value = this.#tokens.next(); value.kind !== 'close-array'; value = this.#tokens.next()) {
      if (value.kind !== 'string' && value.kind !== 'number')
        throw this.#tokens.flaw('Inside anything but list, start|null|boolean is not supported.');
      const scalar = this.#scalar(value);
      if (values.length > 0 && typeof values[0] !== typeof scalar)
        throw this.#tokens.flaw(
          'Inside anything but list, either all values are number or string, mixed type is not supported',
        );
      values.push(scalar);
    }
    if (values.length === 0) throw this.#tokens.flaw('Empty arrays are not allowed');
    return { kind: 'anything-but', values: new Set(values) };
  }

  /** Recorded: `suffix`, which exists by itself, is not supported here. */
  #anythingButText(): Condition {
    const name = this.#tokens.next();
    if (name.kind !== 'name') throw this.#tokens.flaw('Empty objects are not allowed');
    if (name.text !== 'prefix') throw this.#tokens.flaw(`Unsupported anything-but pattern: ${name.text}`);
    const prefix = this.#string(this.#tokens.next(), 'prefix');
    if (this.#tokens.next().kind !== 'close-object')
      throw this.#tokens.flaw('Only one key allowed in match expression');
    return { kind: 'anything-but-text', tests: [{ kind: 'prefix', text: prefix }] };
  }

  #numeric(opening: Token): Condition {
    if (opening.kind !== 'open-array') throw this.#tokens.flaw('Value of numeric must be an array.');
    const first = this.#tokens.next();
    if (first.kind !== 'string') throw this.#tokens.flaw(`Invalid member in numeric match: ${first.text}`);
    const operator = this.#tokens.read(first);
    const value = this.#tokens.next();
    if (!isNumericOperator(operator)) throw this.#tokens.flaw(`Unrecognized numeric range operator: ${operator}`);
    const tests: NumericTest[] = [{ operator, bound: this.#bound(value, operator === '=' ? 'equals' : operator) }];
    const next = this.#tokens.next();
    if (next.kind === 'close-array') return { kind: 'numeric', tests };
    // A range begins at its bottom.
    if (operator !== '>' && operator !== '>=') throw this.#tokens.flaw('Too many elements in numeric expression');
    if (next.kind !== 'string') throw this.#tokens.flaw(`Bad value in numeric range: ${next.text}`);
    const second = this.#tokens.read(next);
    if (second !== '<' && second !== '<=') throw this.#tokens.flaw(`Bad numeric range operator: ${second}`);
    tests.push({ operator: second, bound: this.#bound(this.#tokens.next(), second) });
    if (this.#tokens.next().kind !== 'close-array')
      throw this.#tokens.flaw('Too many terms in numeric range expression');
    const [bottom, top] = tests;
    if (bottom !== undefined && top !== undefined && bottom.bound >= top.bound)
      throw this.#tokens.flaw('Bottom must be less than top');
    return { kind: 'numeric', tests };
  }

  #bound(token: Token, operator: string): number {
    if (typeof token.value !== 'number') throw this.#tokens.flaw(`Value of ${operator} must be numeric`);
    if (Math.abs(token.value) > NUMBER_MAX)
      throw this.#tokens.flaw('Value must be between -1.0E9 and 1.0E9, inclusive');
    return token.value;
  }

  #string(token: Token, type: string): string {
    if (token.kind !== 'string') throw this.#tokens.flaw(`${type} match pattern must be a string`);
    return this.#tokens.read(token);
  }

  #scalar(token: Token): Scalar {
    if (token.kind === 'string') this.#tokens.read(token);
    return token.value;
  }
}

const OPERATORS = ['prefix', 'suffix', 'equals-ignore-case', 'anything-but', 'numeric', 'exists', 'cidr'];

function cidr(text: string): (address: string) => boolean {
  const [network = '', bits, ...rest] = text.split('/');
  if (bits === undefined || rest.length > 0) throw new PatternFlaw("Malformed CIDR, one '/' required");
  if (!/^-?\d+$/.test(bits)) throw new PatternFlaw('Malformed CIDR, mask bits must be an integer');
  if (isIP(network) === 0) throw new PatternFlaw(`Nonstandard IP address: ${network}`);
  const bitsMax = isIPv6(network) ? 128 : 32;
  if (Number(bits) < 0) throw new PatternFlaw('Malformed CIDR, mask bits must not be negative');
  if (Number(bits) > bitsMax) throw new PatternFlaw(`Malformed CIDR, mask bits must be <= ${bitsMax}`);
  return addressRange(network, Number(bits));
}
