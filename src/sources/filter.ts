import { BlockList, isIP } from 'node:net';

/** Whether an item is for the function. */
export type Filter = (item: unknown) => boolean;

type Condition = (leaf: unknown) => boolean;

/**
 * Evaluates patterns (JSON each, and known to be patterns: `isFilterPattern`) as EventBridge does: an item matches if it
 * matches any of them; without patterns every item does. Rules: "Filter rule syntax" of Lambda's guide, and lambda-facts 13.6.
 */
export function filterOf(patterns: readonly string[] | undefined): Filter {
  if (patterns === undefined || patterns.length === 0) return () => true;
  const filters = patterns.map((json) => patternOf(JSON.parse(json)));
  return (item) => filters.some((matches) => matches(item));
}

/** All fields must match, within one and the same element where the item has a list of objects. */
function patternOf(pattern: Readonly<Record<string, unknown>>): Filter {
  const fields = Object.entries(pattern).map(([name, field]) => fieldOf(name, field));
  const matchesObject: Filter = (item) => fields.every((matches) => matches(item));
  return (item) => (Array.isArray(item) && item.length > 0 ? leavesOf(item).some(matchesObject) : matchesObject(item));
}

function fieldOf(name: string, field: unknown): Filter {
  if (!Array.isArray(field)) {
    const matches = patternOf(field as Record<string, unknown>); // SAFE: what is no list in a pattern is a pattern.
    return (item) => matches(member(item, name));
  }
  if (name === '$or' && field.length > 1 && field.every(isAlternative)) {
    const some = field.map(patternOf);
    return (item) => some.some((matches) => matches(item));
  }
  const conditions = field.map(conditionOf);
  return (item) => {
    const leaves = leavesOf(member(item, name)).filter((leaf) => !isPlain(leaf));
    return conditions.some((condition) => condition(leaves));
  };
}

/** A pattern, and not a condition: a field that happens to be called `$or` may have those. */
function isAlternative(pattern: unknown): pattern is Record<string, unknown> {
  if (!isPlain(pattern) || 'numeric' in pattern || 'anything-but' in pattern) return false;
  return Object.values(pattern).every((field) => Array.isArray(field) || isPlain(field));
}

type OfLeaves = (leaves: readonly unknown[]) => boolean;

function conditionOf(condition: unknown): OfLeaves {
  if (!isPlain(condition)) return (leaves) => leaves.includes(condition);
  const [operator, operand] = Object.entries(condition)[0] ?? [];
  if (operator === 'exists') return (leaves) => leaves.length > 0 === operand;
  const test = operatorOf(operator ?? '', operand);
  return (leaves) => leaves.some(test);
}

function operatorOf(operator: string, operand: unknown): Condition {
  switch (operator) {
    case 'numeric':
      return numeric(operand as unknown[]); // SAFE, here and below: the pattern was checked before it was stored.
    case 'anything-but':
      return anythingBut(operand);
    case 'cidr':
      return cidr(operand as string);
    default:
      return textual(operator, operand);
  }
}

function textual(operator: string, operand: unknown): Condition {
  if (isPlain(operand)) {
    const wanted = lower(operand['equals-ignore-case'] as string);
    return (leaf) =>
      typeof leaf === 'string' &&
      (operator === 'prefix' ? lower(leaf).startsWith(wanted) : lower(leaf).endsWith(wanted));
  }
  const wanted = operand as string;
  switch (operator) {
    case 'prefix':
      return (leaf) => typeof leaf === 'string' && leaf.startsWith(wanted);
    case 'suffix':
      return (leaf) => typeof leaf === 'string' && leaf.endsWith(wanted);
    case 'equals-ignore-case':
      return (leaf) => typeof leaf === 'string' && lower(leaf) === lower(wanted);
    default:
      return wildcard(wanted);
  }
}

function numeric(bounds: readonly unknown[]): Condition {
  const tests: [string, number][] = [];
  for (let at = 0; at + 1 < bounds.length; at += 2) tests.push([String(bounds[at]), Number(bounds[at + 1])]);
  return (leaf) => typeof leaf === 'number' && tests.every(([operator, bound]) => compare(leaf, operator, bound));
}

function compare(value: number, operator: string, bound: number): boolean {
  if (operator === '<') return value < bound;
  if (operator === '<=') return value <= bound;
  if (operator === '>') return value > bound;
  return operator === '>=' ? value >= bound : value === bound;
}

/** The field must be there, and have a value that is none of these. */
function anythingBut(operand: unknown): Condition {
  if (!isPlain(operand)) {
    const excluded = new Set<unknown>(Array.isArray(operand) ? operand : [operand]);
    return (leaf) => !excluded.has(leaf);
  }
  const [operator = '', texts] = Object.entries(operand)[0] ?? [];
  const excluded = (Array.isArray(texts) ? texts : [texts]).map((text) => textual(operator, text));
  return (leaf) => !excluded.some((matches) => matches(leaf));
}

function cidr(range: string): Condition {
  const [address = '', bits = ''] = range.split('/');
  const version = isIP(address);
  const list = new BlockList();
  if (version !== 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128)) {
    list.addSubnet(address, Number(bits), version === 4 ? 'ipv4' : 'ipv6');
  }
  return (leaf) =>
    typeof leaf === 'string' && isIP(leaf) === version && list.check(leaf, version === 4 ? 'ipv4' : 'ipv6');
}

/**
 * `*` stands for any characters, `\*` and `\\` for themselves. In as many steps as pattern and text are long: the pattern
 * of a customer meets texts of anybody, a megabyte long, while all others wait.
 */
function wildcard(pattern: string): Condition {
  const pieces = [''];
  for (const [, escaped, star, plain] of pattern.matchAll(/\\([*\\])|(\*)|(.)/gsu)) {
    if (star === undefined) pieces.push(`${pieces.pop()}${escaped ?? plain}`);
    else pieces.push('');
  }
  const [first = '', ...others] = pieces;
  const last = others.pop();
  if (last === undefined) return (leaf) => leaf === first;
  const finders = others.map(finder);
  return (leaf) => {
    if (typeof leaf !== 'string' || leaf.length < first.length + last.length) return false;
    if (!leaf.startsWith(first) || !leaf.endsWith(last)) return false;
    let at = first.length;
    for (const find of finders) at = find(leaf, at);
    return at + last.length <= leaf.length;
  };
}

/**
 * Finds where a piece ends that begins at a place or behind it; Infinity: there is none. By Knuth, Morris and Pratt, since
 * `indexOf` takes as many steps as both lengths multiplied when a text is made for it.
 */
function finder(piece: string): (text: string, from: number) => number {
  // Of each beginning of the piece: how much of it, at most, also ends it.
  const borders: number[] = [0];
  for (let at = 1, same = 0; at < piece.length; at += 1) {
    while (same > 0 && piece[at] !== piece[same]) same = borders[same - 1] ?? 0;
    if (piece[at] === piece[same]) same += 1;
    borders.push(same);
  }
  return (text, from) => {
    if (piece === '') return from;
    let same = 0;
    for (let at = from; at < text.length; at += 1) {
      while (same > 0 && text[at] !== piece[same]) same = borders[same - 1] ?? 0;
      if (text[at] === piece[same]) same += 1;
      if (same === piece.length) return at + 1;
    }
    return Number.POSITIVE_INFINITY;
  };
}

/** Deeper than anybody means: an item of brackets alone must not exhaust the stack. */
const LISTS_MAX = 100;

/** The values of a field: those of a list, of lists within it too; none if the field is not there. */
function leavesOf(value: unknown): unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value.flat(LISTS_MAX) : [value];
}

function member(item: unknown, name: string): unknown {
  return isPlain(item) && Object.hasOwn(item, name) ? item[name] : undefined;
}

const lower = (text: string) => text.toLowerCase();
const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
