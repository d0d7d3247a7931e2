// JSON as tokens that know where they stand: AWS tells the place of a flaw in a filter policy, as its own parser counts it.

export type TokenKind =
  | 'open-object'
  | 'close-object'
  | 'open-array'
  | 'close-array'
  | 'name'
  | 'string'
  | 'number'
  | 'word'
  | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** As it is told: the text of a string, a bracket, a number as written. */
  readonly text: string;
  /** Of strings, numbers and words. */
  readonly value: string | number | boolean | null;
  /** How far the text has been read when this token is looked at: of a string no further than its first quote, … */
  readonly seenTo: number;
  /** … and when its text is asked for. */
  readonly readTo: number;
}

/** No JSON: what was found instead, and where. */
export class JsonFlaw extends Error {
  /** How far the text was read. */
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

const WORDS: Readonly<Record<string, boolean | null>> = { true: true, false: false, null: null };
const A_VALUE = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";
const DEPTH_MAX = 500;

/** All tokens of one value, with `end` behind them. Throws `JsonFlaw`. */
export function jsonTokens(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;

  const skip = () => {
    while (' \t\r\n'.includes(text[at] ?? 'x')) at += 1;
  };
  const unexpected = (expectation: string): JsonFlaw => {
    const found = text[at];
    if (found === undefined) return new JsonFlaw('Unexpected end-of-input', at);
    return new JsonFlaw(`Unexpected character ('${found}' (code ${found.charCodeAt(0)})): ${expectation}`, at);
  };
  const add = (kind: TokenKind, from: number, value: Token['value'] = null) => {
    const written = text.slice(from, at);
    const isText = kind === 'string' || kind === 'name';
    const told = isText ? String(value) : written;
    tokens.push({ kind, text: told, value, seenTo: isText ? from + 1 : at, readTo: at });
  };

  const readString = (kind: 'string' | 'name') => {
    const from = at;
    at += 1;
    while (text[at] !== '"') {
      if (at >= text.length) throw new JsonFlaw('Unexpected end-of-input in a String value', at);
      at += text[at] === '\\' ? 2 : 1;
    }
    at += 1;
    try {
      add(kind, from, JSON.parse(text.slice(from, at)) as string);
    } catch {
      throw new JsonFlaw('Illegal character in a String value', at);
    }
  };

  const readValue = (depth: number): void => {
    if (depth > DEPTH_MAX) throw new JsonFlaw('Document nesting depth exceeds the maximum allowed', at);
    skip();
    const from = at;
    const first = text[at] ?? '';
    if (first === '{') return readMembers(depth);
    if (first === '[') return readElements(depth);
    if (first === '"') return readString('string');
    const number = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/.exec(text.slice(at, at + 400))?.[0];
    if (number !== undefined) {
      at += number.length;
      add('number', from, Number(number));
      return;
    }
    const word = /^[A-Za-z_$][\w$]*/.exec(text.slice(at, at + 400))?.[0];
    if (word === undefined) throw unexpected(`expected a valid value ${A_VALUE}`);
    at += word.length;
    const value = Object.hasOwn(WORDS, word) ? WORDS[word] : undefined;
    if (value === undefined) throw new JsonFlaw(`Unrecognized token '${word}': was expecting ${A_VALUE}`, at);
    add('word', from, value);
  };

  const readMembers = (depth: number) => {
    at += 1;
    add('open-object', at - 1);
    skip();
    for (let isFirst = true; text[at] !== '}'; isFirst = false) {
      if (!isFirst) {
        if (text[at] !== ',') throw unexpected('was expecting comma to separate Object entries');
        at += 1;
        skip();
      }
      if (text[at] !== '"') throw unexpected('was expecting double-quote to start field name');
      readString('name');
      const name = tokens.length - 1;
      skip();
      if (text[at] !== ':') throw unexpected('was expecting a colon to separate field name and value');
      at += 1;
      readValue(depth + 1);
      // AWS's parser has looked at the value when it gives the name.
      const [named, value] = [tokens[name], tokens[name + 1]];
      if (named !== undefined && value !== undefined)
        tokens[name] = { ...named, seenTo: value.seenTo, readTo: value.seenTo };
      skip();
    }
    at += 1;
    add('close-object', at - 1);
  };

  const readElements = (depth: number) => {
    at += 1;
    add('open-array', at - 1);
    skip();
    for (let isFirst = true; text[at] !== ']'; isFirst = false) {
      if (!isFirst) {
        if (text[at] !== ',') throw unexpected('was expecting comma to separate Array entries');
        at += 1;
      }
      readValue(depth + 1);
      skip();
    }
    at += 1;
    add('close-array', at - 1);
  };

  readValue(0);
  skip();
  if (at < text.length) throw unexpected(`expected a valid value ${A_VALUE}`);
  add('end', at);
  return tokens;
}

/** Line and column of a place, both from 1. */
export function placeOf(text: string, at: number): { line: number; column: number } {
  const before = text.slice(0, at).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** As AWS says that a text is no JSON. */
export function toldFlaw(text: string, { message, at }: JsonFlaw): string {
  const { line, column } = placeOf(text, at);
  return `failed to parse JSON. ${message}\n at [Source: REDACTED (\`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION\` disabled); line: ${line}, column: ${column}]`;
}
