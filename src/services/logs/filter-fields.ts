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

const REGEXES_PER_PATTERN_MAX = 2; // AWS: two for each delimited pattern.

/**
 * A test for `[ip, user, ..., status = 4*, bytes]`, or undefined when the pattern is malformed. Without an ellipsis the
 * last field takes the rest of the line: AWS's own example `[w1=ERROR, w2]` matches lines of seven words.
 */
export function fieldsFilter(pattern: string): ((message: string) => boolean) | undefined {
  const parser = new Parser(pattern);
  const fields = parser.fields();
  if (!fields) return undefined;
  const ellipsis = fields.indexOf('...');
  if (ellipsis !== fields.lastIndexOf('...')) return undefined;
  const tests = fields.filter((field) => field !== '...');
  return (message) => {
    const words = ellipsis === -1 ? splitFields(message, tests.length) : splitFields(message);
    if (words.length < tests.length) return false;
    const skipped = words.length - tests.length;
    return tests.every((test, index) =>
      test(words[ellipsis !== -1 && index >= ellipsis ? index + skipped : index] ?? ''),
    );
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

  fields(): (FieldTest | '...')[] | undefined {
    const fields: (FieldTest | '...')[] = [];
    do {
      const field = this.#field();
      if (!field) return undefined;
      fields.push(field);
    } while (this.#take(','));
    const complete = this.#take(']') && this.#at === this.#source.length;
    return complete && this.#regexes <= REGEXES_PER_PATTERN_MAX ? fields : undefined;
  }

  #field(): FieldTest | '...' | undefined {
    if (this.#take('...')) return '...';
    const name = this.#name();
    if (name === '') return () => true; // A field without a name is any field: AWS's example ends in `status_code=4*,]`.
    const first = this.#comparison();
    if (first === 'none') return () => true;
    if (first === 'malformed') return undefined;
    return this.#conditions(name, first);
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
