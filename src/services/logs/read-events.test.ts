import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generator } from '../../lib/testing/random.ts';
import { cutChunks, encodeChunk } from './chunk.ts';
import type { StoredChunk } from './log-store.ts';
import { comparePositions, parsePosition, positionText } from './position.ts';
import { type Direction, readPage, type StoredEvent } from './read-events.ts';

const WHOLE = { fromMs: 0, untilMs: Number.MAX_SAFE_INTEGER, keep: () => true };
const UNLIMITED = { countMax: 1_000_000, bytesMax: 1e9, scanUnitsMax: 1e9 };

test('pages of any size, in both directions, add up to all events in order', () => {
  const seed = Number(process.env.SEED ?? 20260301);
  const random = generator(seed);
  for (let round = 0; round < 30; round += 1) {
    const chunks = randomChunks(random);
    const all = readPage(chunks, { ...WHOLE, ...UNLIMITED, direction: 'forward' }).events;
    assert.equal(
      all.length,
      chunks.reduce((count, { events }) => count + JSON.parse(events)[0].length, 0),
    );
    const inOrder = all.toSorted((a, b) => comparePositions(a.position, b.position));
    assert.deepEqual(all, inOrder, `SEED=${seed}`);
    const limits = { ...UNLIMITED, countMax: 1 + Math.floor(random() * 20) };
    assert.deepEqual(pages(chunks, 'forward', limits), all, `SEED=${seed}`);
    assert.deepEqual(pages(chunks, 'backward', limits).toReversed(), all, `SEED=${seed}`);
  }
});

test('a page ends before it grows over its bytes, but holds one event at least', () => {
  const chunks = chunksOf([1, 2, 3], ['x'.repeat(74), 'y'.repeat(74), 'z'.repeat(74)]);
  const page = (bytesMax: number) =>
    readPage(chunks, { ...WHOLE, ...UNLIMITED, direction: 'forward', bytesMax }).events.length;
  assert.equal(page(1), 1);
  assert.equal(page(199), 1);
  assert.equal(page(200), 2);
  assert.equal(page(300), 3);
});

test('a page ends after it has looked at enough, although it kept nothing', () => {
  const chunks = chunksOf([1, 2, 3], ['x'.repeat(74), 'y'.repeat(74), 'z'.repeat(74)]);
  const keep = (text: string) => text.startsWith('z');
  const first = readPage(chunks, { ...WHOLE, ...UNLIMITED, direction: 'forward', keep, scanUnitsMax: 150 });
  assert.deepEqual([first.events.length, first.next?.timestampMs], [0, 3]);
  const second = readPage(chunks, { ...WHOLE, ...UNLIMITED, direction: 'forward', keep, start: first.next });
  assert.deepEqual([second.events.length, second.next], [1, undefined]);
});

test('the start of the time range is in it, the end is not', () => {
  const chunks = chunksOf([1, 2, 3, 4], ['a', 'b', 'c', 'd']);
  const range = { ...WHOLE, ...UNLIMITED, fromMs: 2, untilMs: 4 };
  const read = (direction: Direction) => readPage(chunks, { ...range, direction }).events.map(({ message }) => message);
  assert.deepEqual(read('forward'), ['b', 'c']);
  assert.deepEqual(read('backward'), ['c', 'b']);
});

test('a position is 56 digits, whose order is that of the events', () => {
  const positions = [
    { timestampMs: 0, chunk: 0, index: 0 },
    { timestampMs: 9, chunk: 100, index: 3 },
    { timestampMs: 10, chunk: 2, index: 10 },
    { timestampMs: 10, chunk: 10, index: 9 },
  ];
  const written = positions.map(positionText);
  assert.deepEqual(written.toSorted(), written);
  assert.deepEqual(written.map(parsePosition), positions);
  for (const text of written) assert.equal(text.length, 56);
  assert.equal(parsePosition('not-a-position'), undefined);
  assert.equal(parsePosition(`3${'9'.repeat(55)}`), undefined);
});

function pages(chunks: readonly StoredChunk[], direction: Direction, limits: typeof UNLIMITED): StoredEvent[] {
  const events: StoredEvent[] = [];
  let start: StoredEvent['position'] | undefined;
  const key = direction === 'forward' ? 'firstMs' : 'lastMs';
  const sign = direction === 'forward' ? 1 : -1;
  const ordered = chunks.toSorted((a, b) => sign * (a[key] - b[key]));
  do {
    const page = readPage(ordered, { ...WHOLE, ...limits, direction, start });
    events.push(...page.events);
    start = page.next;
  } while (start);
  return events;
}

/** Chunks by their first events, as the store hands them out, many of them overlapping. */
function randomChunks(random: () => number): StoredChunk[] {
  const below = (max: number) => Math.floor(random() * max);
  const chunks = Array.from({ length: 1 + below(12) }, (_, id) => {
    const timestampsMs = Array.from({ length: 1 + below(15) }, () => 1_000 + below(40)).sort((a, b) => a - b);
    return chunkOf(
      id,
      timestampsMs,
      timestampsMs.map((_, index) => `${id}/${index}`),
    );
  });
  return chunks.sort((a, b) => a.firstMs - b.firstMs);
}

function chunksOf(timestampsMs: number[], messages: string[]): StoredChunk[] {
  return [chunkOf(1, timestampsMs, messages)];
}

function chunkOf(id: number, timestampsMs: number[], messages: string[]): StoredChunk {
  const [chunk] = cutChunks(timestampsMs, messages);
  assert.ok(chunk);
  const [firstMs = 0, lastMs = 0] = [timestampsMs[0], timestampsMs.at(-1)];
  return {
    ...{ id, groupId: 1, stream: 'stream', firstMs, lastMs, ingestedMs: 0 },
    bytes: chunk.bytes,
    events: encodeChunk(chunk),
  };
}
