import { isUtf8 } from 'node:buffer';
import { JSON_DEPTH_MAX, jsonFlaw } from '../lib/json-flaw.ts';

/** AWS: payload of a synchronous invocation, in bytes (lambda-facts 4.1). */
export const PAYLOAD_BYTES_MAX = 6 * 1024 * 1024;
/** AWS: payload of an asynchronous invocation, in bytes (lambda-facts 4.1). */
export const EVENT_BYTES_MAX = 1024 * 1024;

/** What a request without a body means (lambda-facts 6.1). */
export const EMPTY_EVENT = Buffer.from('{}');

/**
 * Why these bytes are no JSON text, in the words of AWS's parser as far as they are known; undefined when they are.
 * They are looked at only, and nothing is built from them.
 */
export function jsonFault(payload: Buffer): string | undefined {
  if (!isUtf8(payload)) return utf8Fault(payload);
  const flaw = jsonFlaw(payload);
  if (flaw === undefined) return undefined;
  if (flaw === 'too-deep') return DEPTH_FAULT;
  // To find where it goes wrong takes a second walk, which a caller must not make long.
  return payload.length > LOCATED_BYTES_MAX ? 'The text is no valid JSON' : syntaxFault(payload.toString());
}

// Not seen on AWS, whose own limit is not documented: Jackson's words (StreamReadConstraints.validateNestingDepth, 2.16).
const DEPTH_FAULT = `Document nesting depth (${JSON_DEPTH_MAX + 1}) exceeds the maximum allowed (${JSON_DEPTH_MAX}, from \`StreamReadConstraints.getMaxNestingDepth()\`)`;

/** Longer texts are refused without saying where they are wrong. */
const LOCATED_BYTES_MAX = 64 * 1024;
const SOURCE = '[Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled)';
const EXPECTED = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";

function utf8Fault(payload: Buffer): string {
  for (let at = 0; at < payload.length; at += 1) {
    const byte = payload[at] as number; // SAFE: at < length.
    if (byte < 0x80) continue;
    const length =
      byte >= 0xf0 && byte < 0xf8 ? 4 : byte >= 0xe0 && byte < 0xf0 ? 3 : byte >= 0xc2 && byte < 0xe0 ? 2 : 0;
    const hex = `0x${byte.toString(16)}`;
    if (length === 0)
      return `Invalid UTF-8 start byte ${hex}\n at ${SOURCE}; line: ${lineColumn(payload.toString('latin1', 0, at))}]`;
    if (!isUtf8(payload.subarray(at, at + length))) {
      return `Invalid UTF-8 middle byte 0x${(payload[at + 1] ?? 0).toString(16)}\n at ${SOURCE}; line: ${lineColumn(payload.toString('latin1', 0, at + 1))}]`;
    }
    at += length - 1;
  }
  return 'Invalid UTF-8';
}

/** Of a word that is shown: an answer must not be as long as the event. Jackson, whose words these are, cuts there too. */
const WORD_LENGTH_MAX = 256;

// biome-ignore lint/suspicious/noControlCharactersInRegex: SAFE: JSON forbids these characters in a string, so the pattern has to name them.
const TEXT = /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*"/;
const CLOSING: Readonly<Record<string, string>> = { '{': '}', '[': ']' };
const TOKEN = new RegExp(
  `(?:([{}[\\],:])|(${TEXT.source})|(-?(?:0|[1-9]\\d*)(?:\\.\\d+)?(?:[eE][+-]?\\d+)?|true|false|null))`,
  'y',
);

/**
 * Finds where a text that is known to be no JSON goes wrong. Walks its tokens with what may follow each: a value, what
 * comes behind a value, a key (or the end of an object), or the colon behind a key.
 */
function syntaxFault(text: string): string {
  if (text.trim() === '') return `No content to map due to end-of-input\n at ${SOURCE}; line: ${lineColumn(text)}]`;
  const open: string[] = [];
  let next: 'value' | 'first' | 'behind' | 'key' | 'first-key' | 'colon' = 'value';
  let at = 0;
  for (;;) {
    let start = at;
    while (start < text.length && ' \t\r\n'.includes(text.charAt(start))) start += 1;
    if (start >= text.length) return endOfInput(text);
    TOKEN.lastIndex = start;
    const token = TOKEN.exec(text);
    if (token === null) return unexpected(text, start);
    const mark = token[1];
    const isValue = next === 'value' || next === 'first';
    const isKey = next === 'key' || next === 'first-key';
    if (isValue && mark === undefined) next = 'behind';
    else if (isValue && (mark === '{' || mark === '[')) {
      open.push(mark);
      next = mark === '{' ? 'first-key' : 'first';
    } else if (isKey && token[2] !== undefined) next = 'colon';
    else if (next === 'colon' && mark === ':') next = 'value';
    else if (next === 'behind' && mark === ',' && open.length > 0) next = open.at(-1) === '{' ? 'key' : 'value';
    else if (
      mark !== undefined &&
      mark === CLOSING[open.at(-1) ?? ''] &&
      ['behind', 'first', 'first-key'].includes(next)
    ) {
      open.pop();
      next = 'behind';
    } else return unexpected(text, start);
    at = TOKEN.lastIndex;
  }
}

function unexpected(text: string, at: number): string {
  const character = text.charAt(at);
  const word = /^[A-Za-z_$][\w$]*/.exec(text.slice(at));
  if (word !== null) {
    const shown = word[0].length > WORD_LENGTH_MAX ? `${word[0].slice(0, WORD_LENGTH_MAX)}...` : word[0];
    return `Unrecognized token '${shown}': was expecting ${EXPECTED}\n at ${SOURCE}; line: ${lineColumn(text.slice(0, at + word[0].length))}]`;
  }
  return `Unexpected character ('${character}' (code ${character.charCodeAt(0)})): expected a valid value ${EXPECTED}\n at ${SOURCE}; line: ${lineColumn(text.slice(0, at))}]`;
}

function endOfInput(text: string): string {
  return `Unexpected end-of-input\n at ${SOURCE}; line: ${lineColumn(text)}]`;
}

function lineColumn(before: string): string {
  const lines = before.split('\n');
  return `${lines.length}, column: ${(lines.at(-1) ?? '').length + 1}`;
}
