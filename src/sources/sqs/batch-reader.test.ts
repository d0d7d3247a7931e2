import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualClock } from '../../lib/testing/manual-clock.ts';
import type { Settings } from '../mapping.ts';
import { type Batch, BatchReader } from './batch-reader.ts';
import type { QueueMessage, SourceQueues } from './source-queues.ts';

const never = new AbortController().signal;

test('it reads for all places at once, as soon as it knows how large messages are', async () => {
  const { next, asked, put } = opened({ batchSize: 10 });
  put(10);
  assert.equal(sizeOf(await next(5)), 10);
  put(60);
  assert.deepEqual([sizeOf(await next(5)), sizeOf(await next(4)), sizeOf(await next(3))], [10, 10, 10]);
  assert.deepEqual(asked, [10, 50]);
});

test('of large messages it reads no more than one event holds', async () => {
  const { next, asked, put } = opened({ batchSize: 10 }, 'x'.repeat(300_000));
  put(60);
  assert.equal(sizeOf(await next(5)), 10);
  assert.equal(sizeOf(await next(5)), 10);
  assert.deepEqual(asked, [10, 20]);
});

test('where messages have an order, or are waited for, it reads for one batch', async () => {
  for (const fifo of [true, false]) {
    const { next, asked, put } = opened(fifo ? { batchSize: 2 } : { batchSize: 2, batchWindowMs: 1_000 }, 'x', fifo);
    put(8);
    for (let count = 0; count < 3; count += 1) assert.equal(sizeOf(await next(5)), 2);
    assert.deepEqual(asked, [2, 2, 2]);
  }
});

test('an event is never larger than an event may be; the rest comes next, and of a queue in order it is given back', async () => {
  for (const fifo of [false, true]) {
    const { next, put, released } = opened({ batchSize: 10 }, 'x'.repeat(1_000_000), fifo);
    put(10);
    const first = await next(1);
    assert.equal(sizeOf(first), 6);
    assert.ok((first?.records.join(',').length ?? 0) <= 6 * 1024 * 1024);
    assert.deepEqual(released, fifo ? ['7', '8', '9', '10'].slice(0, released.length) : []);
    assert.equal(released.length > 0, fifo);
    if (!fifo) assert.equal((await next(1))?.messages[0]?.id, '7');
  }
});

test('what it holds until others may have it again is forgotten', async () => {
  const { next, put, clock, reader, released } = opened({ batchSize: 1 });
  put(3);
  assert.equal((await next(3))?.messages[0]?.id, '1');
  clock.advance(29_000);
  assert.equal((await next(3))?.messages[0]?.id, '2');
  clock.advance(1_000);
  put(1);
  assert.equal((await next(3))?.messages[0]?.id, '4');
  await reader.giveBack();
  assert.deepEqual(released, []);
});

const sizeOf = (batch: Batch | undefined) => batch?.messages.length;

function opened(settings: Partial<Settings>, body = 'x', fifo = false) {
  const clock = manualClock(0);
  const waiting: QueueMessage[] = [];
  const asked: number[] = [];
  const released: string[] = [];
  let last = 0;
  const queues: SourceQueues = {
    find: async () => ({ visibilityMs: 30_000 }),
    async receive(_, { countMax }) {
      asked.push(countMax);
      return waiting.splice(0, countMax);
    },
    delete: async () => {},
    async release(_, messages) {
      released.push(...messages.map(({ id }) => id));
    },
  };
  const reader = new BatchReader({
    ...{ queues, clock, count: () => {} },
    arn: `arn:aws:sqs:eu-west-1:123456789012:orders${fifo ? '.fifo' : ''}`,
    settings: { batchSize: 10, batchWindowMs: 0, ...settings },
  });
  return {
    clock,
    reader,
    asked,
    released,
    next: (places: number) => reader.next(places, never),
    put: (count: number) => {
      for (let at = 0; at < count; at += 1) {
        last += 1;
        const rest = { bodyMd5: '', system: {}, attributes: {}, attributesMd5: undefined };
        waiting.push({ id: String(last), receiptHandle: String(last), body, ...rest });
      }
    },
  };
}
