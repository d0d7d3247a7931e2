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
  frameReader(100_000, { onFrame: (_type, payload) => seen.push(payload?.length ?? -1), onGarbage: assert.fail })(
    wire([19, long]),
  );
  assert.deepEqual(seen, [40_000]);
});

test('what no guest sends ends the reading, however long it claims to be', () => {
  const bytes = Buffer.concat([wire([17, '']), Buffer.alloc(50, 0xff), wire([19, 'late'])]);
  for (const step of [1, 5, bytes.length]) assert.deepEqual(read(bytes, step), [[17, '', 0], 'garbage']);
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
    onGarbage: () => seen.push('garbage'),
  });
  for (let at = 0; at < bytes.length; at += step) push(bytes.subarray(at, at + step));
  return seen;
}
