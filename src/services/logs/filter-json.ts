import {
  compare,
  type FilterValue,
  isValidComparison,
  parseComparison,
  parseQuoted,
  parseValue,
  skipBlanks,
} from './filter-value.ts';

/** One step from a JSON value to one inside it; `undefined` is the wildcard. */
type Step = { readonly kind: 'key'; readonly key?: string } | { readonly kind: 'element'; readonly index?: number };
type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Test = (root: Json) => boolean;

// AWS's quotas for wildcards in selectors and for regular expressions in one pattern.
const WILDCARDS_PER_SELECTOR_MAX = 1;
const WILDCARDS_PER_PATTERN_MAX = 3;
const REGEXES_PER_PATTERN_MAX = 2;

/** Deeper parentheses than a person writes; keeps the parser's own stack bounded. */
const DEPTH_MAX = 50;

export interface JsonPattern {
  readonly test: (message: string) => boolean;
  /** What the pattern's own selectors find in a line, by selector; objects, lists and nulls are left out. */
  readonly values: (message: string) => Record<string, string>;
}

/**
 * `{ $.a = 1 && … }`, or undefined when the pattern is malformed. A property that is missing, or that is an object or a list,
 * matches no comparison at all, not even `!=` (AWS: "the filter pattern won't match the log format").
 */
export function jsonPattern(pattern: string): JsonPattern | undefined {
  const parser = new Parser(pattern, 1);
  const test = parser.pattern();
  if (!test) return undefined;
  return {
    test: (message) => {
      const root = parseJson(message);
      return root !== undefined && test(root);
    },
    values: (message) => {
      const root = parseJson(message) ?? null;
      const found = [...parser.selectors].map(([text, steps]) => [text, scalarAt(root, steps)] as const);
      return Object.fromEntries(found.filter((entry): entry is [string, string] => entry[1] !== undefined));
    },
  };
}

/** What a selector such as `$.request.bytes` finds in a line, as text; undefined when it is malformed. */
export function jsonSelector(selector: string): ((message: string) => string | undefined) | undefined {
  const steps = new Parser(selector, 0).wholeSelector();
  return (
    steps &&
    ((message) => {
      const root = parseJson(message);
      return root === undefined ? undefined : scalarAt(root, steps);
    })
  );
}

function scalarAt(root: Json, steps: readonly Step[]): string | undefined {
  const [node] = select(root, steps);
  return typeof node === 'object' || node === undefined ? undefined : String(node);
}

class Parser {
  readonly #source: string;
  #at: number;
  #depth = 0;
  #wildcards = 0;
  #regexes = 0;
  /** Those of the pattern, by their text. */
  readonly selectors = new Map<string, readonly Step[]>();

  constructor(source: string, at: number) {
    this.#source = source;
    this.#at = at;
  }

  /** The source as one selector. */
  wholeSelector(): Step[] | undefined {
    const steps = this.#selector();
    return steps && this.#at === this.#source.length ? steps : undefined;
  }

  pattern(): Test | undefined {
    const test = this.#any();
    if (!test || !this.#take('}') || this.#at !== this.#source.length) return undefined;
    return this.#wildcards <= WILDCARDS_PER_PATTERN_MAX && this.#regexes <= REGEXES_PER_PATTERN_MAX ? test : undefined;
  }

  #any(): Test | undefined {
    return this.#joined(
      '||',
      () => this.#all(),
      (tests) => (root) => tests.some((test) => test(root)),
    );
  }

  #all(): Test | undefined {
    return this.#joined(
      '&&',
      () => this.#condition(),
      (tests) => (root) => tests.every((test) => test(root)),
    );
  }

  #joined(sign: string, next: () => Test | undefined, join: (tests: Test[]) => Test): Test | undefined {
    const tests: Test[] = [];
    do {
      const test = next();
      if (!test) return undefined;
      tests.push(test);
    } while (this.#take(sign));
    return join(tests);
  }

  #condition(): Test | undefined {
    if (this.#take('(')) {
      this.#depth += 1;
      const test = this.#depth <= DEPTH_MAX ? this.#any() : undefined;
      this.#depth -= 1;
      return this.#take(')') ? test : undefined;
    }
    const steps = this.#selector();
    if (!steps) return undefined;
    if (this.#takeWords('NOT', 'EXISTS')) return (root) => select(root, steps).length === 0;
    if (this.#takeWords('IS', 'NULL')) return (root) => select(root, steps).includes(null);
    if (this.#takeWords('IS', 'TRUE')) return (root) => select(root, steps).includes(true);
    if (this.#takeWords('IS', 'FALSE')) return (root) => select(root, steps).includes(false);
    return this.#comparison(steps);
  }

  #comparison(steps: Step[]): Test | undefined {
    const sign = parseComparison(this.#source, skipBlanks(this.#source, this.#at));
    const right = sign && parseValue(this.#source, skipBlanks(this.#source, sign.end));
    if (!sign || !right || sign.comparison === '=!' || !isValidComparison(sign.comparison, right.value))
      return undefined;
    this.#at = right.end;
    if (right.value.kind === 'regex') this.#regexes += 1;
    return (root) => select(root, steps).some((node) => matches(node, sign.comparison, right.value));
  }

  #selector(): Step[] | undefined {
    const from = skipBlanks(this.#source, this.#at);
    if (!this.#take('$')) return undefined;
    const steps: Step[] = [];
    for (;;) {
      const step = this.#step();
      if (step === 'malformed') return undefined;
      if (!step) break;
      steps.push(step);
    }
    const wildcards = steps.filter((step) => (step.kind === 'key' ? step.key : step.index) === undefined).length;
    this.#wildcards += wildcards;
    if (steps.length === 0 || wildcards > WILDCARDS_PER_SELECTOR_MAX) return undefined;
    this.selectors.set(this.#source.slice(from, this.#at), steps);
    return steps;
  }

  #step(): Step | 'malformed' | undefined {
    const rest = this.#source.slice(this.#at);
    const named = /^\.(?:(\*)|([A-Za-z0-9_-]+))/.exec(rest);
    if (named) return this.#advance(named[0], { kind: 'key', key: named[2] });
    const element = /^\.?\[(?:(\*)|(\d{1,9}))\]/.exec(rest);
    if (element) {
      return this.#advance(element[0], {
        kind: 'element',
        index: element[2] === undefined ? undefined : Number(element[2]),
      });
    }
    const quoted = /^\.?\['([^']+)'\]/.exec(rest);
    if (quoted) return this.#advance(quoted[0], { kind: 'key', key: quoted[1] });
    const doubleQuoted = /^\.?\[(?=")/.exec(rest);
    const text = doubleQuoted && parseQuoted(rest, doubleQuoted[0].length);
    if (text && rest[text.end] === ']') {
      return this.#advance(rest.slice(0, text.end + 1), { kind: 'key', key: text.text });
    }
    return /^[.[]/.test(rest) ? 'malformed' : undefined;
  }

  #advance(text: string, step: Step): Step {
    this.#at += text.length;
    return step;
  }

  #take(sign: string): boolean {
    const at = skipBlanks(this.#source, this.#at);
    if (!this.#source.startsWith(sign, at)) return false;
    this.#at = at + sign.length;
    return true;
  }

  #takeWords(first: string, second: string): boolean {
    const words = new RegExp(`^\\s+${first}\\s+${second}(?![A-Za-z0-9_])`, 'i').exec(this.#source.slice(this.#at));
    if (words) this.#at += words[0].length;
    return words !== null;
  }
}

function select(root: Json, steps: readonly Step[]): Json[] {
  let nodes = [root];
  for (const step of steps) nodes = nodes.flatMap((node) => children(node, step));
  return nodes;
}

function children(node: Json, step: Step): Json[] {
  if (typeof node !== 'object' || node === null) return [];
  if (step.kind === 'element') {
    if (!Array.isArray(node)) return [];
    return step.index === undefined ? node : node.slice(step.index, step.index + 1);
  }
  if (Array.isArray(node)) return [];
  if (step.key === undefined) return Object.values(node);
  const child = Object.hasOwn(node, step.key) ? node[step.key] : undefined;
  return child === undefined ? [] : [child];
}

function matches(node: Json, comparison: Parameters<typeof compare>[1], value: FilterValue): boolean {
  if (typeof node === 'boolean') return compare(String(node), comparison, value);
  return (typeof node === 'string' || typeof node === 'number') && compare(node, comparison, value);
}

function parseJson(message: string): Json | undefined {
  // Cheap first look: most lines of a function are not JSON, and a thrown SyntaxError costs microseconds.
  if (!/^\s*[{[]/.test(message)) return undefined;
  try {
    return JSON.parse(message) as Json; // SAFE: JSON.parse makes nothing else.
  } catch {
    return undefined; // Harmless: a line that is not JSON matches no JSON pattern.
  }
}
