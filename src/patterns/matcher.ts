import type { Condition, Field, NumericTest, Pattern, Scalar, TextTest } from './pattern.ts';
import { wildcardTest } from './wildcard.ts';

/** Whether a parsed event is one that the pattern asks for. */
export type Matcher = (event: unknown) => boolean;

/** Of an object, or of what stands where one was expected; `event` is the whole. */
type Test = (item: unknown, event: unknown) => boolean;
type LeafTest = (leaf: unknown) => boolean;

/**
 * Makes the pattern's evaluation, once for many events. What stands in a list is as good as what stands alone; fields of
 * one object of the pattern must be found in one and the same element of such a list. A value that is a symbol is there,
 * but like nothing.
 */
export function matcherOf(pattern: Pattern): Matcher {
  const test = objectTest(pattern, []);
  return (event) => test(event, event);
}

function objectTest(pattern: Pattern, path: readonly string[]): Test {
  const tests = pattern.map((field) => fieldTest(field, path));
  const [only] = tests;
  // Most patterns have many objects with one field each.
  const all: Test =
    only !== undefined && tests.length === 1 ? only : (item, event) => tests.every((test) => test(item, event));
  return (item, event) => {
    if (!Array.isArray(item)) return all(item, event);
    const objects = flat(item).filter(isObject);
    // Without an object none of its fields is there, which is what a pattern may ask for.
    return objects.length === 0 ? all(undefined, event) : objects.some((object) => all(object, event));
  };
}

function fieldTest(field: Field, path: readonly string[]): Test {
  if (field.kind === 'or') {
    const some = field.alternatives.map((pattern) => objectTest(pattern, path));
    return (item, event) => some.some((test) => test(item, event));
  }
  const { key } = field;
  const inner = [...path, key];
  if (field.kind === 'nested') {
    const test = objectTest(field.pattern, inner);
    return (item, event) => test(member(item, key), event);
  }
  const leafTest = leafTestOf(field.conditions);
  if (!field.conditions.some((condition) => condition.kind === 'exists' && !condition.wanted))
    return (item) => someLeaf(member(item, key), leafTest);
  // A field is absent if the event has it nowhere, in no element of a list either.
  return (item, event) => someLeaf(member(item, key), leafTest) || !hasLeaf(event, inner, 0);
}

function leafTestOf(conditions: readonly Condition[]): LeafTest {
  const values = new Set<unknown>();
  const tests: LeafTest[] = [];
  for (const condition of conditions) {
    if (condition.kind === 'equals') values.add(condition.value);
    else if (condition.kind === 'exists') {
      if (condition.wanted) return () => true;
    } else tests.push(conditionTest(condition));
  }
  if (tests.length === 0) return (leaf) => values.has(leaf);
  return (leaf) => values.has(leaf) || tests.some((test) => test(leaf));
}

function conditionTest(condition: Exclude<Condition, { kind: 'equals' | 'exists' }>): LeafTest {
  switch (condition.kind) {
    case 'text': {
      const test = textTest(condition.test);
      return (leaf) => typeof leaf === 'string' && test(leaf);
    }
    case 'numeric':
      return (leaf) => typeof leaf === 'number' && condition.tests.every((test) => compares(leaf, test));
    case 'cidr':
      return (leaf) => typeof leaf === 'string' && condition.contains(leaf);
    case 'anything-but':
      // SAFE: what is in no set of scalars need not be one.
      return (leaf) => typeof leaf !== 'symbol' && !condition.values.has(leaf as Scalar);
    case 'anything-but-text': {
      const tests = condition.tests.map(textTest);
      return (leaf) => typeof leaf !== 'symbol' && !(typeof leaf === 'string' && tests.some((test) => test(leaf)));
    }
  }
}

function textTest({ kind, text }: TextTest): (leaf: string) => boolean {
  switch (kind) {
    case 'prefix':
      return (leaf) => leaf.startsWith(text);
    case 'suffix':
      return (leaf) => leaf.endsWith(text);
    case 'wildcard':
      return wildcardTest(text);
  }
  const lower = text.toLowerCase();
  switch (kind) {
    case 'prefix-ignore-case':
      return (leaf) => leaf.toLowerCase().startsWith(lower);
    case 'suffix-ignore-case':
      return (leaf) => leaf.toLowerCase().endsWith(lower);
    case 'equals-ignore-case':
      return (leaf) => leaf.toLowerCase() === lower;
  }
}

function compares(value: number, { operator, bound }: NumericTest): boolean {
  switch (operator) {
    case '<':
      return value < bound;
    case '<=':
      return value <= bound;
    case '>':
      return value > bound;
    case '>=':
      return value >= bound;
    case '=':
      return value === bound;
  }
}

/** Objects are no leaves, and an empty list has none. */
function someLeaf(value: unknown, test: LeafTest): boolean {
  if (value === undefined) return false;
  return Array.isArray(value) ? someOfList(value, test, LISTS_MAX) : !isObject(value) && test(value);
}

function someOfList(list: readonly unknown[], test: LeafTest, depthMax: number): boolean {
  return list.some((item) => {
    if (Array.isArray(item)) return depthMax > 0 && someOfList(item, test, depthMax - 1);
    return !isObject(item) && test(item);
  });
}

function hasLeaf(value: unknown, path: readonly string[], depth: number): boolean {
  const key = path[depth];
  if (key === undefined) return someLeaf(value, () => true);
  if (Array.isArray(value)) return flat(value).some((item) => isObject(item) && hasLeaf(item, path, depth));
  const inner = member(value, key);
  return inner !== undefined && hasLeaf(inner, path, depth + 1);
}

/** Deeper than anybody means: an event of brackets alone must not exhaust the stack. */
const LISTS_MAX = 100;
const flat = (list: readonly unknown[]): unknown[] => list.flat(LISTS_MAX);

function member(item: unknown, key: string): unknown {
  return isObject(item) && Object.hasOwn(item, key) ? item[key] : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
