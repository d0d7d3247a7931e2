import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { frameReader, writeFrame } from './frames.ts';

const LIMIT = 100;

test('frames come out whole, however the stream is cut', () => {
  const bytes = wire([16, 'a'], [20, ''], [19, 'x'.repeat(LIMIT)]);
  for (let step = 1; step <= bytes.length; step += 1) {
    assert.deepEqual(read(bytes, step), [
      [16, 'a', 1],
      [20, '', 0],
      [19, 'x'.repeat(LIMIT), LIMIT],
    ]);
  }
});

test('a frame over the limit is skipped and told by its size, and the next one is read', () => {
  const bytes = wire([19, 'x'.repeat(LIMIT + 1)], [17, 'ok']);
  for (const step of [1, 3, 7, LIMIT, bytes.length]) {
    assert.deepEqual(read(bytes, step), [
      [19, undefined, LIMIT + 1],
      [17, 'ok', 2],
    ]);
  }
});

test('a long frame is written as it is, in one piece or several', () => {
  const long = 'y'.repeat(40_000);
  const seen: number[] = [];
  frameReader(100_000, {
    onFrame: (_type, payload) => seen.push(payload?.length ?? -1),
    onPiece: () => assert.fail(),
    onGarbage: assert.fail,
  })(wire([19, long]));
  assert.deepEqual(seen, [40_000]);
});

test('what no guest sends ends the reading, however long it claims to be', () => {
  const bytes = Buffer.concat([wire([17, '']), Buffer.alloc(50, 0xff), wire([19, 'late'])]);
  for (const step of [1, 5, bytes.length]) assert.deepEqual(read(bytes, step), [[17, '', 0], 'garbage']);
});

test('a stream is handed on as it comes, of whatever length, and the frames around it whole', () => {
  const text = 'abc'.repeat(LIMIT);
  const bytes = wire([22, '{}'], [23, text], [23, ''], [23, 'end'], [24, ''], [17, 'next']);
  for (let step = 1; step <= bytes.length; step += 1) {
    const seen = read(bytes, step);
    const pieces = seen.filter((one): one is ['piece', string] => Array.isArray(one) && one[0] === 'piece');
    assert.equal(pieces.map(([, piece]) => piece).join(''), `${text}end`);
    assert.ok(pieces.every(([, piece]) => piece.length > 0 && piece.length <= step));
    assert.deepEqual(seen.slice(0, 2), [[22, '{}', 2], pieces[0]]);
    assert.deepEqual(
      seen.filter((one) => !pieces.includes(one as ['piece', string])),
      [
        [22, '{}', 2],
        [24, '', 0],
        [17, 'next', 4],
      ],
    );
  }
});

function wire(...frames: [number, string][]): Buffer {
  const stream = new PassThrough();
  for (const [type, text] of frames) writeFrame(stream, type, [Buffer.from(text)]);
  const parts: Buffer[] = [];
  for (let part = stream.read() as Buffer | null; part !== null; part = stream.read() as Buffer | null)
    parts.push(part);
  return Buffer.concat(parts);
}

function read(bytes: Buffer, step: number): unknown[] {
  const seen: unknown[] = [];
  const push = frameReader(LIMIT, {
    onFrame: (type, payload, length) => seen.push([type, payload?.toString(), length]),
    onPiece: (piece) => seen.push(['piece', piece.toString()]),
    onGarbage: () => seen.push('garbage'),
  });
  for (let at = 0; at < bytes.length; at += step) push(bytes.subarray(at, at + step));
  return seen;
}
