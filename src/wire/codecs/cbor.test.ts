import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeCbor, encodeCbor } from './cbor.ts';
import { Malformed } from './malformed.ts';

// Examples of RFC 8949, appendix A.
test('integers', () => {
  reads('00', 0);
  reads('17', 23);
  reads('1818', 24);
  reads('1903e8', 1_000);
  reads('1a000f4240', 1_000_000);
  reads('1b000000e8d4a51000', 1_000_000_000_000);
  reads('20', -1);
  reads('3903e7', -1_000);
});
test('floats of each width', () => {
  reads('f90000', 0);
  reads('f98000', -0);
  reads('f93e00', 1.5);
  reads('f90001', 2 ** -24);
  reads('f90400', 0.00006103515625);
  reads('f9fc00', Number.NEGATIVE_INFINITY);
  reads('f97e00', Number.NaN);
  reads('fa47c35000', 100_000);
  reads('fb3ff199999999999a', 1.1);
});
test('simple values, undefined as null', () => {
  reads('f4', false);
  reads('f5', true);
  reads('f6', null);
  reads('f7', null);
});
test('texts and bytes, of known and unknown length', () => {
  reads('62c3bc', 'ü');
  reads('7f657374726561646d696e67ff', 'streaming');
  reads('4401020304', Buffer.from([1, 2, 3, 4]));
  reads('5f42010243030405ff', Buffer.from([1, 2, 3, 4, 5]));
});
test('lists and maps, of known and unknown length', () => {
  reads('8301820203820405', [1, [2, 3], [4, 5]]);
  reads('9f018202039f0405ffff', [1, [2, 3], [4, 5]]);
  reads('a26161016162820203', { a: 1, b: [2, 3] });
  reads('bf61610161629f0203ffff', { a: 1, b: [2, 3] });
});
test('times', () => {
  reads('c11a514b67b0', new Date('2013-03-21T20:04:00Z'));
  reads('c1fb41d452d9ec200000', new Date('2013-03-21T20:04:00.500Z'));
});
test('what is written is read again, whatever its size', () => {
  for (const length of [0, 23, 24, 255, 256, 65_535, 65_536]) {
    const value = { text: 'x'.repeat(length), list: Array(length).fill(length), bytes: Buffer.alloc(length, 7) };
    assert.deepEqual(decodeCbor(encodeCbor(value)), value);
  }
});
test('a part of a larger buffer is written alone', () => {
  assert.deepEqual(encodeCbor(Buffer.from('abcd').subarray(1, 3)), Buffer.from('426263', 'hex'));
});
for (const [title, hex] of [
  ['nothing', ''],
  ['a break alone', 'ff'],
  ['a break as an element', '8201ff'],
  ['a break as a value', 'a16161ff'],
  ['a key that is no text', 'a10101'],
  ['a key without a value', 'bf6161ff'],
  ['bytes among texts', '7f4101ff'],
  ['a reserved length', '1c'],
  ['a reserved simple value', 'fc'],
  ['a list that claims more than there is', '9a05f5e100'],
  ['a map that claims more than there is', 'bb7fffffffffffffff'],
  ['a text that claims more than there is', '7b7fffffffffffffff'],
  ['a time that is a text', 'c16161'],
  ['a time that no calendar has', 'c1fb7fefffffffffffff'],
  ['two values', '0000'],
] as const) {
  test(`refuses ${title}`, () => assert.throws(() => decodeCbor(Buffer.from(hex, 'hex')), Malformed));
}

function reads(hex: string, value: unknown): void {
  assert.deepStrictEqual(decodeCbor(Buffer.from(hex, 'hex')), value);
}
