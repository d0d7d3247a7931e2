import { type JsonFlaw, placeOf, type Token } from './json-tokens.ts';

/** Why a text is no pattern, as AWS says it; with where, if AWS tells. */
export class PatternFlaw extends Error {}

/** Jackson, AWS's own parser, shows so much of what it reads. */
const SOURCE_CHARACTERS_MAX = 500;

/** Goes through the tokens of a pattern, and knows how far AWS's parser would have read by now. */
export class TokenReader {
  readonly #json: string;
  readonly #tokens: readonly Token[];
  #at = -1;
  #readTo = 0;

  constructor(json: string, tokens: readonly Token[]) {
    this.#json = json;
    this.#tokens = tokens;
  }

  next(): Token {
    this.#at += 1;
    const token = this.#tokens[this.#at];
    if (token === undefined) throw new Error('a pattern was read beyond its end');
    this.#readTo = token.seenTo;
    return token;
  }

  /** The token that comes after so many others; undefined behind the end. */
  ahead(count: number): Token | undefined {
    return this.#tokens[this.#at + 1 + count];
  }

  /** The text of the latest token. */
  read(token: Token): string {
    this.#readTo = token.readTo;
    return token.text;
  }

  flaw(message: string): PatternFlaw {
    return new PatternFlaw(`${message}\n at ${sourceAt(this.#json, this.#readTo)}`);
  }
}

/** As AWS says that a text is no JSON. */
export function jsonFlaw(json: string, { message, at }: JsonFlaw): PatternFlaw {
  return new PatternFlaw(`${message}\n at ${sourceAt(json, at)}`);
}

function sourceAt(json: string, at: number): string {
  const { line, column } = placeOf(json, at);
  const left = json.length - SOURCE_CHARACTERS_MAX;
  const source = left > 0 ? `${json.slice(0, SOURCE_CHARACTERS_MAX)}"[truncated ${left} chars]` : json;
  return `[Source: (String)"${source}"; line: ${line}, column: ${column}]`;
}
