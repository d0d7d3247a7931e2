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

const OPERATORS: Readonly<Record<string, Compare>> = {
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
  const isAnyEqual = values.some((one) => compare(given, String(one)));
  return isAnyEqual === (positive === name) ? 'yes' : 'no';
}

function arnParts(arn: string): string[] {
  const parts = arn.split(':');
  return [...parts.slice(0, 5), parts.slice(5).join(':')];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
