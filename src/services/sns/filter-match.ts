import type { MessageAttribute } from '../../delivery/message.ts';
import { parsedJson } from '../../lib/json-flaw.ts';
import { Recent } from '../../lib/recent.ts';
import { type Matcher, matcherOf } from '../../patterns/matcher.ts';
import { readFilterPolicy } from './filter-policy.ts';
import type { Notification } from './notification.ts';
import type { Subscription } from './subscription.ts';

const POLICIES_KEPT = 1_024;
const policies = new Recent<Matcher>(POLICIES_KEPT);

type Filtered = Pick<Notification, 'attributes' | 'text'>;

/** Whether the subscription's filter policy lets the message through. */
export function accepts({ settings }: Pick<Subscription, 'settings'>, notification: Filtered): boolean {
  const { filterPolicy: json, filterScope } = settings;
  if (json === undefined) return true;
  let policy = policies.get(json);
  if (policy === undefined) {
    policy = matcherOf(readFilterPolicy(json));
    policies.set(json, policy);
  }
  if (filterScope !== 'MessageBody') return policy(ofAttributes(notification.attributes));
  const body = bodyOf(notification);
  // What is no object has no properties that a policy could ask for.
  return isObject(body) && policy(body);
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

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What is no JSON is compared as what it is not: no policy on a body lets it through. */
function parse(text: string): unknown {
  return parsedJson(text)?.value;
}
