// Whether bytes are a JSON text (RFC 8259), told without building anything. `JSON.parse` takes up to 100 ms for a megabyte
// that somebody has thought up for it (a deep nest, a hundred thousand objects of different shapes), and fills the heap;
// this takes some milliseconds, whatever the bytes are.

/**
 * Levels of objects and lists in one another. AWS parses with Jackson, as its messages show, whose limit since 2.15 this is
 * (StreamReadConstraints.DEFAULT_MAX_DEPTH).
 */
export const JSON_DEPTH_MAX = 1_000;

export type JsonFlaw = 'malformed' | 'too-deep';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OBJECT = 0x7b;
const OBJECT_END = 0x7d;
const LIST = 0x5b;
const LIST_END = 0x5d;
const LITERALS: Readonly<Record<number, string>> = { 116: 'true', 102: 'false', 110: 'null' };

const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const U = 0x75;
const ESCAPED = classOf('"\\/bfnrtu');
const HEX = classOf('0123456789abcdefABCDEF');
const DIGIT = classOf('0123456789');
const EXPONENT = classOf('eE');
const SIGN = classOf('+-');
const SPACE = classOf(' \t\r\n');
/** What goes on within a string: not its end, no escape, no control character. */
const PLAIN = Uint8Array.from({ length: 256 }, (_, byte) =>
  Number(byte >= 0x20 && byte !== QUOTE && byte !== BACKSLASH),
);

/** Undefined: it is JSON. The bytes are UTF-8. */
export function jsonFlaw(bytes: Uint8Array): JsonFlaw | undefined {
  /** For each level that is open: OBJECT or LIST. */
  const open = new Uint8Array(JSON_DEPTH_MAX);
  let depth = 0;
  let at = skipSpace(bytes, 0);
  for (;;) {
    // Here a value begins.
    const first = bytes[at];
    if (first === OBJECT || first === LIST) {
      if (depth === JSON_DEPTH_MAX) return 'too-deep';
      open[depth] = first;
      depth += 1;
      at = skipSpace(bytes, at + 1);
      if (bytes[at] !== first + 2) {
        if (first === OBJECT) at = keyEnd(bytes, at);
        if (at === WRONG) return 'malformed';
        continue;
      }
      // It is empty: both ends stand two behind their beginnings, and are read below.
    } else {
      at = scalarEnd(bytes, at);
      if (at === WRONG) return 'malformed';
      at = skipSpace(bytes, at);
    }
    // Here one has ended: what follows closes more of them, or begins the next one.
    for (;;) {
      if (depth === 0) return at === bytes.length ? undefined : 'malformed';
      const within = open[depth - 1];
      const next = bytes[at];
      if (next === COMMA) break;
      if (next !== (within === OBJECT ? OBJECT_END : LIST_END)) return 'malformed';
      depth -= 1;
      at = skipSpace(bytes, at + 1);
    }
    at = skipSpace(bytes, at + 1);
    if (open[depth - 1] === OBJECT) at = keyEnd(bytes, at);
    if (at === WRONG) return 'malformed';
  }
}

/** What a text of somebody else means; undefined when it is no JSON, or nested deeper than others read it. */
export function parsedJson(text: string): { readonly value: unknown } | undefined {
  return jsonFlaw(Buffer.from(text)) === undefined ? { value: JSON.parse(text) } : undefined;
}

const WRONG = -1;

/** Behind a key and its colon, where the value begins. */
function keyEnd(bytes: Uint8Array, start: number): number {
  if (bytes[start] !== QUOTE) return WRONG;
  const end = stringEnd(bytes, start);
  if (end === WRONG) return WRONG;
  const at = skipSpace(bytes, end);
  return bytes[at] === COLON ? skipSpace(bytes, at + 1) : WRONG;
}

function scalarEnd(bytes: Uint8Array, start: number): number {
  const first = bytes[start];
  if (first === undefined) return WRONG;
  if (first === QUOTE) return stringEnd(bytes, start);
  const literal = LITERALS[first];
  if (literal === undefined) return numberEnd(bytes, start);
  for (let index = 1; index < literal.length; index += 1) {
    if (bytes[start + index] !== literal.charCodeAt(index)) return WRONG;
  }
  return start + literal.length;
}

function numberEnd(bytes: Uint8Array, start: number): number {
  const first = bytes[start] === MINUS ? start + 1 : start;
  let at = bytes[first] === ZERO ? first + 1 : digitsEnd(bytes, first);
  if (bytes[at] === DOT) at = digitsEnd(bytes, at + 1);
  if (at === WRONG || !isIn(EXPONENT, bytes[at])) return at;
  return digitsEnd(bytes, isIn(SIGN, bytes[at + 1]) ? at + 2 : at + 1);
}

/** There has to be one at least. */
function digitsEnd(bytes: Uint8Array, start: number): number {
  let at = start;
  while (isIn(DIGIT, bytes[at])) at += 1;
  return at === start ? WRONG : at;
}

function stringEnd(bytes: Uint8Array, start: number): number {
  for (let at = start + 1; ; ) {
    while (isIn(PLAIN, bytes[at])) at += 1;
    if (bytes[at] === QUOTE) return at + 1;
    if (bytes[at] !== BACKSLASH || !isIn(ESCAPED, bytes[at + 1])) return WRONG;
    if (bytes[at + 1] === U) {
      for (let digit = 2; digit < 6; digit += 1) if (!isIn(HEX, bytes[at + digit])) return WRONG;
      at += 4;
    }
    at += 2;
  }
}

function skipSpace(bytes: Uint8Array, start: number): number {
  let at = start;
  while (isIn(SPACE, bytes[at])) at += 1;
  return at;
}

/** Behind the last byte there is none, which is in no class. */
function isIn(bytes: Uint8Array, byte: number | undefined): boolean {
  return byte !== undefined && bytes[byte] === 1;
}

function classOf(characters: string): Uint8Array {
  const bytes = new Uint8Array(256);
  for (const character of characters) bytes[character.charCodeAt(0)] = 1;
  return bytes;
}
