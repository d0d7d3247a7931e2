import { BlockList, isIP } from 'node:net';
import { withVariables } from './policy-variable.ts';
import { matchesWildcard } from './wildcard.ts';

/** Of a statement's conditions. `unknown`: it cannot be told here. */
export type Answer = 'yes' | 'no' | 'unknown';

/** What is known of a request, by condition keys in lower case: `aws:sourcearn`. */
export type ConditionContext = Readonly<Record<string, string>>;

/**
 * Whether all conditions of a statement hold (AWS JSON policy elements: Condition operators). An operator that is not known
 * here, or a key that nothing is known of, makes the answer `unknown` unless another condition fails.
 */
export function conditionsHold(condition: unknown, context: ConditionContext): Answer {
  if (condition === undefined) return 'yes';
  if (!isRecord(condition)) return 'unknown';
  const answers = Object.entries(condition).flatMap(([operator, keys]): Answer[] =>
    isRecord(keys) ? Object.entries(keys).map(([key, value]) => holds(operator, key, value, context)) : ['unknown'],
  );
  if (answers.includes('no')) return 'no';
  return answers.includes('unknown') ? 'unknown' : 'yes';
}

/** Both are what they should be: numbers, times, addresses; otherwise it answers false. */
type Compare = (given: string, wanted: string) => boolean;

const equal: Compare = (given, wanted) => given === wanted;
const like: Compare = (given, wanted) => matchesWildcard(wanted, given);
const equalInAnyCase: Compare = (given, wanted) => given.toLowerCase() === wanted.toLowerCase();
/** Each of the six parts of an ARN by itself, so that a star in one of them does not reach into the next. */
const arnLike: Compare = (given, wanted) => {
  const parts = arnParts(given);
  const patterns = arnParts(wanted);
  return parts.length === patterns.length && parts.every((part, at) => matchesWildcard(patterns[at] ?? '', part));
};

/** Of numbers, and of times in ISO 8601 or in seconds of the epoch. */
const ordered =
  (read: (text: string) => number, holds: (given: number, wanted: number) => boolean): Compare =>
  (given, wanted) =>
    holds(read(given), read(wanted));
const timeOf = (text: string): number => (/^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text));
const ORDERS = {
  equals: (one: number, other: number) => one === other,
  lessthan: (one: number, other: number) => one < other,
  lessthanequals: (one: number, other: number) => one <= other,
  greaterthan: (one: number, other: number) => one > other,
  greaterthanequals: (one: number, other: number) => one >= other,
};
/** `wanted`: an address, or `203.0.113.0/24`. */
const isWithin: Compare = (given, wanted) => {
  const [address = '', bits] = wanted.split('/');
  const family = isIP(address);
  if (family === 0 || isIP(given) === 0) return false;
  const longest = family === 4 ? 32 : 128;
  const prefix = bits === undefined ? longest : Number(bits);
  if (!Number.isInteger(prefix) || prefix < 0 || prefix > longest) return false;
  const block = new BlockList();
  block.addSubnet(address, prefix, family === 4 ? 'ipv4' : 'ipv6');
  return block.check(given, isIP(given) === 4 ? 'ipv4' : 'ipv6');
};

const OPERATORS: Readonly<Record<string, Compare>> = {
  ...Object.fromEntries(Object.entries(ORDERS).map(([name, holds]) => [`numeric${name}`, ordered(Number, holds)])),
  ...Object.fromEntries(Object.entries(ORDERS).map(([name, holds]) => [`date${name}`, ordered(timeOf, holds)])),
  ipaddress: isWithin,
  stringequals: equal,
  stringlike: like,
  stringequalsignorecase: equalInAnyCase,
  bool: equalInAnyCase,
  // AWS: "ArnEquals and ArnLike behave identically."
  arnequals: arnLike,
  arnlike: arnLike,
};

function holds(operator: string, key: string, wanted: unknown, context: ConditionContext): Answer {
  const name = operator.toLowerCase().replace(/ifexists$/, '');
  const positive = name.replace('not', '');
  const compare = Object.hasOwn(OPERATORS, positive) ? OPERATORS[positive] : undefined;
  const given = Object.hasOwn(context, key.toLowerCase()) ? context[key.toLowerCase()] : undefined;
  if (compare === undefined || given === undefined) return 'unknown';
  const values = [wanted].flat();
  if (values.some((one) => typeof one === 'object')) return 'unknown';
  const texts = values.map((one) => withVariables(String(one), context));
  const isAnyEqual = texts.some((text) => text !== undefined && compare(given, text));
  if (!isAnyEqual && texts.includes(undefined)) return 'unknown';
  return isAnyEqual === (positive === name) ? 'yes' : 'no';
}

function arnParts(arn: string): string[] {
  const parts = arn.split(':');
  return [...parts.slice(0, 5), parts.slice(5).join(':')];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
