import { FUNCTIONS, toNumber, toText } from './functions.ts';
import type { BinarySign, Expression, Value } from './syntax.ts';

/** An event as a query knows it. */
export interface QueriedEvent {
  readonly timestampMs: number;
  readonly ingestedMs: number;
  readonly message: string;
  readonly stream: string;
  /** `account:group` */
  readonly log: string;
  readonly pointer: string;
}

/** Fields of times, whose values are written as dates. */
export const TIME_FIELDS: ReadonlySet<string> = new Set(['@timestamp', '@ingestionTime']);

/** One line of a query: what is known of an event, and what commands have added. */
export class Row {
  readonly #own = new Map<string, Value>();
  readonly #event: QueriedEvent | undefined;
  #json: ReadonlyMap<string, Value> | undefined;

  constructor(event?: QueriedEvent) {
    this.#event = event;
  }

  set(name: string, value: Value): void {
    this.#own.set(name, value);
  }

  get(name: string): Value {
    if (this.#own.has(name)) return this.#own.get(name);
    if (this.#event === undefined) return undefined;
    if (name.startsWith('@')) return this.#system(name, this.#event);
    this.#json ??= flat(this.#event.message);
    return this.#json.get(name);
  }

  #system(name: string, event: QueriedEvent): Value {
    switch (name) {
      case '@timestamp':
        return event.timestampMs;
      case '@ingestionTime':
        return event.ingestedMs;
      case '@message':
        return event.message;
      case '@logStream':
        return event.stream;
      case '@log':
        return event.log;
      case '@ptr':
        return event.pointer;
      default:
        return lambdaField(name, event.message);
    }
  }
}

export function evaluate(expression: Expression, row: Row): Value {
  switch (expression.kind) {
    case 'value':
      return expression.value;
    case 'field':
      return row.get(expression.name);
    case 'not':
      return !isTrue(evaluate(expression.of, row));
    case 'negative': {
      const number = toNumber(evaluate(expression.of, row));
      return number === undefined ? undefined : -number;
    }
    case 'like': {
      const value = evaluate(expression.of, row);
      return value !== undefined && expression.pattern.test(toText(value));
    }
    case 'in': {
      const value = evaluate(expression.of, row);
      return expression.list.some((one) => isEqual(value, evaluate(one, row)));
    }
    case 'call': {
      const args = expression.args.map((arg) => evaluate(arg, row));
      // `bin(5m)` is about the time of the event.
      if (expression.name === 'bin' && args.length === 1) args.unshift(row.get('@timestamp'));
      return FUNCTIONS.get(expression.name)?.(...args);
    }
    case 'binary':
      return binary(expression.sign, expression.left, expression.right, row);
  }
}

function binary(sign: BinarySign, leftSide: Expression, rightSide: Expression, row: Row): Value {
  if (sign === 'and') return isTrue(evaluate(leftSide, row)) && isTrue(evaluate(rightSide, row));
  if (sign === 'or') return isTrue(evaluate(leftSide, row)) || isTrue(evaluate(rightSide, row));
  const [left, right] = [evaluate(leftSide, row), evaluate(rightSide, row)];
  if (sign === '=') return isEqual(left, right);
  if (sign === '!=') return !isEqual(left, right);
  const [a, b] = [toNumber(left), toNumber(right)];
  if (a === undefined || b === undefined) return undefined;
  switch (sign) {
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return toNumber(a / b);
    case '%':
      return toNumber(a % b);
    case '^':
      return toNumber(a ** b);
  }
}

export function isTrue(value: Value): boolean {
  return value === true || value === 'true';
}

function isEqual(left: Value, right: Value): boolean {
  if (left === undefined || right === undefined) return left === right;
  const [a, b] = [toNumber(left), toNumber(right)];
  return a !== undefined && b !== undefined ? a === b : toText(left) === toText(right);
}

/** AWS discovers so many fields of an event. */
const FIELDS_MAX = 200;

/** The fields of a line of JSON, by their paths: `request.path`, `items.0.id`. */
export function flat(message: string): Map<string, Value> {
  const fields = new Map<string, Value>();
  if (!/^\s*[{[]/.test(message)) return fields;
  const add = (path: string, node: unknown): void => {
    if (fields.size >= FIELDS_MAX || node === null) return;
    if (typeof node !== 'object') {
      fields.set(path, typeof node === 'string' || typeof node === 'number' ? node : String(node));
      return;
    }
    for (const [key, inner] of Object.entries(node)) add(path === '' ? key : `${path}.${key}`, inner);
  };
  try {
    add('', JSON.parse(message));
  } catch {
    // Harmless: a line that is not JSON has no fields.
  }
  return fields;
}

/** What AWS discovers in the lines of functions: START, END and REPORT. Sizes are bytes. */
const LAMBDA_FIELDS: Readonly<Record<string, RegExp>> = {
  '@type': /^(START|END|REPORT)(?= RequestId: )/,
  '@requestId': /^(?:START|END|REPORT) RequestId: (\S+)/,
  '@duration': /^REPORT .*?\tDuration: ([\d.]+) ms/,
  '@billedDuration': /^REPORT .*?\tBilled Duration: ([\d.]+) ms/,
  '@initDuration': /^REPORT .*?\tInit Duration: ([\d.]+) ms/,
  '@memorySize': /^REPORT .*?\tMemory Size: (\d+) MB/,
  '@maxMemoryUsed': /^REPORT .*?\tMax Memory Used: (\d+) MB/,
};
export const LAMBDA_FIELD_NAMES: readonly string[] = Object.keys(LAMBDA_FIELDS);
const MEGABYTE_FIELDS = ['@memorySize', '@maxMemoryUsed'];

function lambdaField(name: string, message: string): Value {
  const found = Object.hasOwn(LAMBDA_FIELDS, name) ? LAMBDA_FIELDS[name]?.exec(message)?.[1] : undefined;
  return found !== undefined && MEGABYTE_FIELDS.includes(name) ? Number(found) * 1_000_000 : found;
}
