import {
  type Comparison,
  compare,
  type FilterValue,
  isValidComparison,
  parseComparison,
  parseValue,
  skipBlanks,
} from './filter-value.ts';

type FieldTest = (text: string) => boolean;

interface Field {
  /** Empty: any field. */
  readonly name: string;
  readonly test: FieldTest;
}

const REGEXES_PER_PATTERN_MAX = 2; // AWS: two for each delimited pattern.

export interface FieldsPattern {
  readonly test: (message: string) => boolean;
  /** The words of a line that matches, by `$` and the name of the field, or the number of the word if it has none. */
  readonly values: (message: string) => Record<string, string>;
  /** As in `values`. */
  readonly names: ReadonlySet<string>;
}

/**
 * `[ip, user, ..., status = 4*, bytes]`, or undefined when the pattern is malformed. Without an ellipsis the last field takes
 * the rest of the line: AWS's own example `[w1=ERROR, w2]` matches lines of seven words.
 */
export function fieldsPattern(pattern: string): FieldsPattern | undefined {
  const parser = new Parser(pattern);
  const parsed = parser.fields();
  if (!parsed) return undefined;
  const ellipsis = parsed.indexOf('...');
  if (ellipsis !== parsed.lastIndexOf('...')) return undefined;
  const fields = parsed.filter((field) => field !== '...');
  const wordsOf = (message: string) => splitFields(message, ellipsis === -1 ? fields.length : undefined);
  /** The word of a field: those behind the ellipsis are counted from the end. */
  const placeOf = (index: number, count: number) =>
    ellipsis !== -1 && index >= ellipsis ? index + count - fields.length : index;
  return {
    test: (message) => {
      const words = wordsOf(message);
      if (words.length < fields.length) return false;
      return fields.every(({ test }, index) => test(words[placeOf(index, words.length)] ?? ''));
    },
    values: (message) => {
      const words = wordsOf(message);
      const names = new Map(fields.map(({ name }, index) => [placeOf(index, words.length), name]));
      return Object.fromEntries(words.map((word, place) => [`$${names.get(place) || place + 1}`, word]));
    },
    names: new Set(fields.map(({ name }, index) => `$${name || index + 1}`)),
  };
}

/** The words of a line; what stands in brackets or double quotes is one word. At `countMax` words the last one is the rest. */
export function splitFields(message: string, countMax: number = Number.POSITIVE_INFINITY): string[] {
  const line = message.trimEnd();
  const words: string[] = [];
  const word = /\s*(?:\[([^\]]*)\](?=\s|$)|"([^"]*)"(?=\s|$)|(\S+))/y;
  while (word.lastIndex < line.length) {
    const start = word.lastIndex;
    const match = word.exec(line);
    if (!match) break;
    words.push(match[1] ?? match[2] ?? match[3] ?? '');
    if (words.length === countMax && word.lastIndex < line.length) {
      words[countMax - 1] = line.slice(start).trimStart();
      break;
    }
  }
  return words;
}

class Parser {
  readonly #source: string;
  #at = 1;
  #regexes = 0;

  constructor(source: string) {
    this.#source = source;
  }

  fields(): (Field | '...')[] | undefined {
    const fields: (Field | '...')[] = [];
    do {
      const field = this.#field();
      if (!field) return undefined;
      fields.push(field);
    } while (this.#take(','));
    const complete = this.#take(']') && this.#at === this.#source.length;
    return complete && this.#regexes <= REGEXES_PER_PATTERN_MAX ? fields : undefined;
  }

  #field(): Field | '...' | undefined {
    if (this.#take('...')) return '...';
    const name = this.#name();
    // A field without a name is any field: AWS's example ends in `status_code=4*,]`.
    if (name === '') return { name, test: () => true };
    const first = this.#comparison();
    if (first === 'none') return { name, test: () => true };
    const test = first === 'malformed' ? undefined : this.#conditions(name, first);
    return test && { name, test };
  }

  /** `a = 1 && a != 2 || a = 3`: AND binds closer than OR, and all of it is about the one field. */
  #conditions(name: string, first: FieldTest): FieldTest | undefined {
    const alternatives: FieldTest[][] = [[first]];
    for (;;) {
      const sign = this.#take('&&') ? '&&' : this.#take('||') ? '||' : undefined;
      if (!sign) break;
      // Seen on AWS: `status_code = 4* && bytes > 1000` in one field is an invalid pattern.
      if (this.#name() !== name) return undefined;
      const test = this.#comparison();
      if (typeof test === 'string') return undefined;
      if (sign === '||') alternatives.push([test]);
      else alternatives[alternatives.length - 1]?.push(test);
    }
    return (text) => alternatives.some((tests) => tests.every((test) => test(text)));
  }

  #comparison(): FieldTest | 'none' | 'malformed' {
    const sign = parseComparison(this.#source, skipBlanks(this.#source, this.#at));
    if (!sign) return 'none';
    const right = parseValue(this.#source, skipBlanks(this.#source, sign.end));
    if (!right || !isValidComparison(sign.comparison, right.value)) return 'malformed';
    this.#at = right.end;
    if (right.value.kind === 'regex') this.#regexes += 1;
    return fieldTest(sign.comparison, right.value);
  }

  #name(): string {
    this.#at = skipBlanks(this.#source, this.#at);
    const name = /^[A-Za-z0-9_-]*/.exec(this.#source.slice(this.#at))?.[0] ?? '';
    this.#at += name.length;
    return name;
  }

  #take(sign: string): boolean {
    const at = skipBlanks(this.#source, this.#at);
    if (!this.#source.startsWith(sign, at)) return false;
    this.#at = at + sign.length;
    return true;
  }
}

function fieldTest(comparison: Comparison, value: FilterValue): FieldTest {
  return (text) => compare(text, comparison, value);
}
