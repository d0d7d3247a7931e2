import type { MessageAttribute } from '../../delivery/message.ts';
import { parsedJson } from '../../lib/json-flaw.ts';
import { Recent } from '../../lib/recent.ts';
import { type Condition, type FilterPolicy, type Pattern, readFilterPolicy } from './filter-policy.ts';
import type { Notification } from './notification.ts';
import type { Subscription } from './subscription.ts';

const POLICIES_KEPT = 1_024;
const policies = new Recent<FilterPolicy>(POLICIES_KEPT);

type Filtered = Pick<Notification, 'attributes' | 'text'>;

/** Whether the subscription's filter policy lets the message through. */
export function accepts({ settings }: Pick<Subscription, 'settings'>, notification: Filtered): boolean {
  const { filterPolicy: json, filterScope } = settings;
  if (json === undefined) return true;
  let policy = policies.get(json);
  if (policy === undefined) {
    policy = readFilterPolicy(json);
    policies.set(json, policy);
  }
  if (filterScope !== 'MessageBody') return holds(policy, ofAttributes(notification.attributes));
  const body = bodyOf(notification);
  // What is no object has no properties that a policy could ask for.
  return isObject(body) && holds(policy, body);
}

/** Read once, however many subscriptions ask. */
const bodies = new WeakMap<Filtered, { readonly value: unknown }>();

function bodyOf(notification: Filtered): unknown {
  let body = bodies.get(notification);
  if (body === undefined) {
    body = { value: parse(notification.text) };
    bodies.set(notification, body);
  }
  return body.value;
}

/** Attributes as the values that a policy compares with. */
function ofAttributes(attributes: Readonly<Record<string, MessageAttribute>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, { type, value }]) => {
      if (type === 'String.Array') return [name, parse(value) ?? value];
      if (type === 'Number' || type.startsWith('Number.')) return [name, Number(value)];
      // Binary attributes are not compared (Developer Guide): they are there, and like nothing.
      return [name, type === 'Binary' || type.startsWith('Binary.') ? UNLIKE_ANYTHING : value];
    }),
  );
}

const UNLIKE_ANYTHING = Symbol('a binary value');

/** Every key has a value that matches; of the alternatives of `$or`, one holds. Arrays of objects: one of them fits. */
export function holds(policy: FilterPolicy, properties: Readonly<Record<string, unknown>>): boolean {
  return policy.every((condition) => conditionHolds(condition, properties));
}

function conditionHolds(condition: Condition, properties: Readonly<Record<string, unknown>>): boolean {
  if (condition.kind === 'or') return condition.policies.some((policy) => holds(policy, properties));
  const value = Object.hasOwn(properties, condition.key) ? properties[condition.key] : undefined;
  if (condition.kind === 'nested') return nestedHolds(condition.policy, value);
  const values = leavesOf(value);
  return condition.patterns.some((pattern) => patternHolds(pattern, values));
}

/** Deeper than any policy asks: a message of brackets must not exhaust the stack. */
const ARRAYS_MAX = 20;

function nestedHolds(policy: FilterPolicy, value: unknown): boolean {
  const objects = [value].flat(ARRAYS_MAX).filter(isObject);
  // Without an object none of its properties is there, which is what a policy may ask for.
  return objects.length === 0 ? holds(policy, {}) : objects.some((one) => holds(policy, one));
}

/** The values that are compared: an array stands for its members; objects have none. undefined: it is not there. */
function leavesOf(value: unknown): readonly unknown[] | undefined {
  if (value === undefined) return undefined;
  const leaves = [value].flat(ARRAYS_MAX).filter((leaf) => !isObject(leaf));
  return leaves.length === 0 ? undefined : leaves;
}

function patternHolds(pattern: Pattern, values: readonly unknown[] | undefined): boolean {
  if (pattern.kind === 'exists') return (values !== undefined) === pattern.wanted;
  if (values === undefined) return false;
  return values.some((value) => valueMatches(pattern, value));
}

function valueMatches(pattern: Exclude<Pattern, { kind: 'exists' }>, value: unknown): boolean {
  switch (pattern.kind) {
    case 'equals':
      return value === pattern.value;
    case 'anything-but':
      return typeof value !== 'symbol' && !pattern.values.has(value as string);
    case 'anything-but-prefix':
      return typeof value === 'string' && !pattern.prefixes.some((prefix) => value.startsWith(prefix));
    case 'prefix':
      return typeof value === 'string' && value.startsWith(pattern.text);
    case 'suffix':
      return typeof value === 'string' && value.endsWith(pattern.text);
    case 'equals-ignore-case':
      return typeof value === 'string' && value.toLowerCase() === pattern.text.toLowerCase();
    case 'numeric':
      return typeof value === 'number' && pattern.tests.every((test) => compares(value, test));
    case 'cidr':
      return typeof value === 'string' && pattern.contains(value);
  }
}

function compares(value: number, { operator, bound }: { operator: string; bound: number }): boolean {
  switch (operator) {
    case '<':
      return value < bound;
    case '<=':
      return value <= bound;
    case '>':
      return value > bound;
    case '>=':
      return value >= bound;
    default:
      return value === bound;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What is no JSON is compared as what it is not: no policy on a body lets it through. */
function parse(text: string): unknown {
  return parsedJson(text)?.value;
}
