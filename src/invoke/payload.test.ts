import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonFault } from './payload.ts';

test('any JSON value is accepted', () => {
  for (const text of ['{}', '[1]', '"é€😀"', '0', 'null', ' true ']) check(text, undefined);
});
test('a bare word is named', () => check('hello', /^Unrecognized token 'hello': was expecting/));
test('a character that starts no value is named, with its place', () =>
  check('{"a": ?}', /^Unexpected character \('\?' \(code 63\)\): expected a valid value .* line: 1, column: 7\]$/s));
test('a comma is not followed by the end, nor a key by a value', () => {
  check('[1,]', /^Unexpected character \('\]' \(code 93\)\): .* line: 1, column: 4\]$/s);
  check('{"a":1,}', /^Unexpected character \('\}' \(code 125\)\)/);
  check('{"a" 1}', /^Unexpected character \('1'/);
  check('[}', /^Unexpected character \('\}'/);
  check('1 2', /^Unexpected character \('2'/);
  check('1]', /^Unexpected character \('\]'/);
});
test('a long word is cut, and long white space is passed over', () => {
  check('a'.repeat(257), /^Unrecognized token 'a{256}\.\.\.': was expecting/);
  check('a'.repeat(256), /^Unrecognized token 'a{256}': was expecting/);
  check(`[${' '.repeat(20_000)}?]`, /^Unexpected character \('\?'/);
});
test('of a long text it is told only that it is no JSON', () =>
  check(`[${'1,'.repeat(40_000)}`, /^The text is no valid JSON$/));
test('a text that stops early is told as such', () => check('{"a":', /^Unexpected end-of-input/));
test('a nest of a thousand levels is accepted, one more is told in the words of Jackson', () => {
  check(`${'[{"a":'.repeat(500)}1${'}]'.repeat(500)}`, undefined);
  const deeper = `[${'[{"a":'.repeat(500)}1${'}]'.repeat(500)}]`;
  check(deeper, /^Document nesting depth \(1001\) exceeds the maximum allowed \(1000, from `StreamReadConstraints/);
  check('['.repeat(1024 * 1024), /^Document nesting depth \(1001\)/);
});
test('bytes that are no UTF-8 are named', () =>
  check(Buffer.from([0x22, 0x87, 0x22]), /^Invalid UTF-8 start byte 0x87/));
test('a broken sequence is named', () =>
  check(Buffer.from([0x22, 0xe2, 0x28, 0xa1, 0x22]), /^Invalid UTF-8 middle byte 0x28/));

function check(payload: string | Buffer, expected: RegExp | undefined) {
  const fault = jsonFault(Buffer.from(payload as string));
  if (expected === undefined) assert.equal(fault, undefined);
  else assert.match(fault ?? 'accepted', expected);
}
