import { BlockList, isIP, isIPv6 } from 'node:net';
import { JsonFlaw, jsonTokens, placeOf, type Token, toldFlaw } from './json-tokens.ts';

// What a filter policy says (Amazon SNS Developer Guide, Message filtering). The order in which flaws are found, and how
// they are told, follow what AWS has answered (recorded by public client suites).

/** All of these hold. */
export type FilterPolicy = readonly Condition[];

export type Condition =
  | { readonly kind: 'values'; readonly key: string; readonly patterns: readonly Pattern[] }
  | { readonly kind: 'nested'; readonly key: string; readonly policy: FilterPolicy }
  | { readonly kind: 'or'; readonly policies: readonly FilterPolicy[] };

export type Pattern =
  | { readonly kind: 'equals'; readonly value: Scalar }
  | { readonly kind: 'anything-but'; readonly values: ReadonlySet<Scalar> }
  | { readonly kind: 'anything-but-prefix'; readonly prefixes: readonly string[] }
  | { readonly kind: 'prefix' | 'suffix' | 'equals-ignore-case'; readonly text: string }
  | { readonly kind: 'numeric'; readonly tests: readonly NumericTest[] }
  | { readonly kind: 'exists'; readonly wanted: boolean }
  | { readonly kind: 'cidr'; readonly contains: (address: string) => boolean };

type Scalar = string | number | boolean | null;

export interface NumericTest {
  readonly operator: '<' | '<=' | '>' | '>=' | '=';
  readonly bound: number;
}

/** Why a text is no filter policy, as AWS says it; with where, if AWS tells. */
export class FilterPolicyFlaw extends Error {}

/** A policy on attributes has no properties within properties; told without naming the policy. */
export class NestedInAttributes extends Error {}

const KEYS_MAX = 5;
const COMBINATIONS_MAX = 150;
const BYTES_MAX = 256 * 1024;
const NUMBER_MAX = 1e9;

/** Reads a policy. Throws `FilterPolicyFlaw`. */
export function readFilterPolicy(json: string): FilterPolicy {
  return new Reader(json).read();
}

/** Throws `FilterPolicyFlaw` or `NestedInAttributes` unless this is a policy for the scope, within AWS's limits. */
export function assertFilterPolicy(json: string, scope: 'MessageAttributes' | 'MessageBody'): void {
  const policy = readFilterPolicy(json);
  if (policy.length > KEYS_MAX) throw new FilterPolicyFlaw(`Filter policy can not have more than ${KEYS_MAX} keys`);
  if (scope === 'MessageAttributes' && isNested(policy)) throw new NestedInAttributes();
  if (combinations(policy, 1, 1) > COMBINATIONS_MAX) throw new FilterPolicyFlaw('Filter policy is too complex');
}

function isNested(policy: FilterPolicy): boolean {
  return policy.some(
    (condition) => condition.kind === 'nested' || (condition.kind === 'or' && condition.policies.some(isNested)),
  );
}

/** Values of each key, times how deep it stands, multiplied; alternatives are added (Filter policy constraints). */
function combinations(policy: FilterPolicy, depth: number, sofar: number): number {
  let count = sofar;
  for (const condition of policy) {
    if (condition.kind === 'values') count *= condition.patterns.length * depth;
    else if (condition.kind === 'nested') count = combinations(condition.policy, depth + 1, count);
    else count = condition.policies.reduce((sum, one) => sum + combinations(one, depth, count), 0);
  }
  return count;
}

class Reader {
  readonly #json: string;
  readonly #tokens: readonly Token[];
  #at = -1;
  /** How far AWS's parser would have read by now. */
  #readTo = 0;

  constructor(json: string) {
    this.#json = json;
    if (Buffer.byteLength(json) > BYTES_MAX)
      throw new FilterPolicyFlaw(`Filter policy is longer than ${BYTES_MAX} bytes`);
    try {
      this.#tokens = jsonTokens(json);
    } catch (error) {
      if (!(error instanceof JsonFlaw)) throw error;
      throw new FilterPolicyFlaw(toldFlaw(json, error));
    }
  }

  read(): FilterPolicy {
    const first = this.#next();
    if (first.kind !== 'open-object') throw this.#flaw('Filter is not an object');
    return this.#members();
  }

  #members(): FilterPolicy {
    const conditions: Condition[] = [];
    for (let token = this.#next(); token.kind === 'name'; token = this.#next()) {
      conditions.push(
        token.text === '$or' && this.#isAlternatives() ? this.#alternatives() : this.#condition(token.text),
      );
    }
    return conditions;
  }

  #condition(key: string): Condition {
    const token = this.#next();
    if (token.kind === 'open-object') return { kind: 'nested', key, policy: this.#members() };
    if (token.kind !== 'open-array') throw this.#flaw(`"${key}" must be an object or an array`);
    const patterns: Pattern[] = [];
    for (let value = this.#next(); value.kind !== 'close-array'; value = this.#next()) {
      patterns.push(this.#pattern(value));
    }
    if (patterns.length === 0) throw this.#flaw('Empty arrays are not allowed');
    return { kind: 'values', key, patterns };
  }

  /** Whether the value is a list of two or more objects, none of which is a pattern; else `$or` is a key like others. */
  #isAlternatives(): boolean {
    let at = this.#at + 1;
    if (this.#tokens[at]?.kind !== 'open-array') return false;
    let count = 0;
    for (at += 1; this.#tokens[at]?.kind === 'open-object'; at += 1) {
      const first = this.#tokens[at + 1];
      if (first?.kind !== 'name' || OPERATORS.includes(first.text)) return false;
      count += 1;
      for (let depth = 0; ; at += 1) {
        const kind = this.#tokens[at]?.kind;
        if (kind === 'open-object' || kind === 'open-array') depth += 1;
        if (kind === 'close-object' || kind === 'close-array') depth -= 1;
        if (depth === 0) break;
      }
    }
    return count >= 2 && this.#tokens[at]?.kind === 'close-array';
  }

  #alternatives(): Condition {
    this.#next();
    const policies: FilterPolicy[] = [];
    while (this.#next().kind === 'open-object') policies.push(this.#members());
    return { kind: 'or', policies };
  }

  #pattern(token: Token): Pattern {
    if (token.kind === 'string' || token.kind === 'number' || token.kind === 'word') {
      return { kind: 'equals', value: this.#scalar(token) };
    }
    if (token.kind !== 'open-object') throw this.#flaw('Match value must be String, number, true, false, or null');
    const name = this.#next();
    if (name.kind !== 'name') throw this.#flaw('Empty objects are not allowed');
    const pattern = this.#matchType(name.text);
    if (this.#next().kind !== 'close-object') throw this.#flaw('Only one key allowed in match expression');
    return pattern;
  }

  #matchType(type: string): Pattern {
    const value = this.#next();
    switch (type) {
      case 'prefix':
      case 'suffix':
      case 'equals-ignore-case':
        return { kind: type, text: this.#string(value, type) };
      case 'anything-but':
        return this.#anythingBut(value);
      case 'numeric':
        return this.#numeric(value);
      case 'exists':
        if (typeof value.value !== 'boolean') throw this.#flaw('exists match pattern must be either true or false.');
        return { kind: 'exists', wanted: value.value };
      case 'cidr':
        // AWS calls it so here as well.
        return { kind: 'cidr', contains: cidr(this.#string(value, 'prefix')) };
      default:
        throw this.#flaw(`Unrecognized match type ${type}`);
    }
  }

  #anythingBut(token: Token): Pattern {
    if (token.kind === 'open-object') return this.#anythingButPattern();
    if (token.kind === 'string' || token.kind === 'number')
      return { kind: 'anything-but', values: new Set([this.#scalar(token)]) };
    if (token.kind !== 'open-array')
      throw this.#flaw('Value of anything-but must be an array or single string/number value.');
    const values: Scalar[] = [];
    for (let value = this.#next(); value.kind !== 'close-array'; value = this.#next()) {
      if (value.kind !== 'string' && value.kind !== 'number')
        throw this.#flaw('Inside anything but list, start|null|boolean is not supported.');
      const scalar = this.#scalar(value);
      if (values.length > 0 && typeof values[0] !== typeof scalar)
        throw this.#flaw(
          'Inside anything but list, either all values are number or string, mixed type is not supported',
        );
      values.push(scalar);
    }
    if (values.length === 0) throw this.#flaw('Empty arrays are not allowed');
    return { kind: 'anything-but', values: new Set(values) };
  }

  /** Recorded: `suffix`, which exists by itself, is not supported here. */
  #anythingButPattern(): Pattern {
    const name = this.#next();
    if (name.kind !== 'name') throw this.#flaw('Empty objects are not allowed');
    if (name.text !== 'prefix') throw this.#flaw(`Unsupported anything-but pattern: ${name.text}`);
    const prefix = this.#string(this.#next(), 'prefix');
    if (this.#next().kind !== 'close-object') throw this.#flaw('Only one key allowed in match expression');
    return { kind: 'anything-but-prefix', prefixes: [prefix] };
  }

  #numeric(opening: Token): Pattern {
    if (opening.kind !== 'open-array') throw this.#flaw('Value of numeric must be an array.');
    const first = this.#next();
    if (first.kind !== 'string') throw this.#flaw(`Invalid member in numeric match: ${first.text}`);
    const operator = this.#read(first);
    const value = this.#next();
    if (!isOperator(operator)) throw this.#flaw(`Unrecognized numeric range operator: ${operator}`);
    const tests = [{ operator, bound: this.#bound(value, operator === '=' ? 'equals' : operator) }];
    const next = this.#next();
    if (next.kind === 'close-array') return { kind: 'numeric', tests };
    // A range begins at its bottom.
    if (operator !== '>' && operator !== '>=') throw this.#flaw('Too many elements in numeric expression');
    if (next.kind !== 'string') throw this.#flaw(`Bad value in numeric range: ${next.text}`);
    const second = this.#read(next);
    if (second !== '<' && second !== '<=') throw this.#flaw(`Bad numeric range operator: ${second}`);
    tests.push({ operator: second, bound: this.#bound(this.#next(), second) });
    if (this.#next().kind !== 'close-array') throw this.#flaw('Too many terms in numeric range expression');
    const [bottom, top] = tests;
    if (bottom !== undefined && top !== undefined && bottom.bound >= top.bound)
      throw this.#flaw('Bottom must be less than top');
    return { kind: 'numeric', tests };
  }

  #bound(token: Token, operator: string): number {
    if (typeof token.value !== 'number') throw this.#flaw(`Value of ${operator} must be numeric`);
    if (Math.abs(token.value) > NUMBER_MAX) throw this.#flaw('Value must be between -1.0E9 and 1.0E9, inclusive');
    return token.value;
  }

  #string(token: Token, type: string): string {
    if (token.kind !== 'string') throw this.#flaw(`${type} match pattern must be a string`);
    return this.#read(token);
  }

  #scalar(token: Token): Scalar {
    if (token.kind === 'string') this.#read(token);
    return token.value;
  }

  #next(): Token {
    this.#at += 1;
    const token = this.#tokens[this.#at];
    if (token === undefined) throw new Error('a filter policy was read beyond its end');
    this.#readTo = token.seenTo;
    return token;
  }

  #read(token: Token): string {
    this.#readTo = token.readTo;
    return token.text;
  }

  #flaw(message: string): FilterPolicyFlaw {
    const { line, column } = placeOf(this.#json, this.#readTo);
    return new FilterPolicyFlaw(
      `${message}\n at [Source: (String)"${this.#source()}"; line: ${line}, column: ${column}]`,
    );
  }

  /** Jackson shows so much of what it reads. */
  #source(): string {
    const left = this.#json.length - SOURCE_CHARACTERS_MAX;
    return left > 0 ? `${this.#json.slice(0, SOURCE_CHARACTERS_MAX)}"[truncated ${left} chars]` : this.#json;
  }
}

const SOURCE_CHARACTERS_MAX = 500;
const OPERATORS = ['prefix', 'suffix', 'equals-ignore-case', 'anything-but', 'numeric', 'exists', 'cidr'];

function isOperator(text: string): text is NumericTest['operator'] {
  return ['<', '<=', '>', '>=', '='].includes(text);
}

function cidr(text: string): (address: string) => boolean {
  const [network = '', bits, ...rest] = text.split('/');
  if (bits === undefined || rest.length > 0) throw new FilterPolicyFlaw("Malformed CIDR, one '/' required");
  if (!/^-?\d+$/.test(bits)) throw new FilterPolicyFlaw('Malformed CIDR, mask bits must be an integer');
  if (isIP(network) === 0) throw new FilterPolicyFlaw(`Nonstandard IP address: ${network}`);
  const family = isIPv6(network) ? 'ipv6' : 'ipv4';
  const bitsMax = family === 'ipv6' ? 128 : 32;
  if (Number(bits) < 0) throw new FilterPolicyFlaw('Malformed CIDR, mask bits must not be negative');
  if (Number(bits) > bitsMax) throw new FilterPolicyFlaw(`Malformed CIDR, mask bits must be <= ${bitsMax}`);
  const block = new BlockList();
  block.addSubnet(network, Number(bits), family);
  return (address) => isIP(address) !== 0 && block.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}
