import { type Matcher, matcherOf } from './matcher.ts';
import { readPattern } from './read-pattern.ts';

/** The pattern of a rule or of a mapping, ready for many events. Throws `PatternFlaw`. */
export function eventMatcher(json: string): Matcher {
  return matcherOf(readPattern(json));
}

/** Deeper than any pattern asks. */
const DEPTH_MAX = 200;

/**
 * The event as patterns look at it: a field called `a.b` is the field `b` within `a`. Made once for many patterns, and the
 * event itself where no name has a dot.
 */
export function asMatched(event: unknown): unknown {
  return hasDots(event, 0) ? undotted(event, 0) : event;
}

function hasDots(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null || depth === DEPTH_MAX) return false;
  if (Array.isArray(value)) return value.some((item) => hasDots(item, depth + 1));
  for (const key in value) {
    // SAFE: the key is one of the object's own, which came from JSON.
    if (key.includes('.') || hasDots((value as Record<string, unknown>)[key], depth + 1)) return true;
  }
  return false;
}

function undotted(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || depth === DEPTH_MAX) return value;
  if (Array.isArray(value)) return value.map((item) => undotted(item, depth + 1));
  const object: Fields = Object.create(null);
  for (const [name, inner] of Object.entries(value)) {
    const keys = name.split('.', DEPTH_MAX);
    const last = keys.pop() ?? '';
    let at = object;
    for (const key of keys) at = at[key] = asFields(at[key]);
    at[last] = merged(at[last], undotted(inner, depth + 1));
  }
  return object;
}

type Fields = Record<string, unknown>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What stands beside the fields is a leaf of its own, and is given up for them only where both have one name. */
const asFields = (value: unknown): Fields => (isFields(value) ? value : Object.create(null));

function merged(one: unknown, other: unknown): unknown {
  if (one === undefined) return other;
  return isFields(one) && isFields(other) ? Object.assign(one, other) : [one, other].flat();
}
