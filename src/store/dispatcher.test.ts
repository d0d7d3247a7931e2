import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openLog } from '../lib/log.ts';
import { type ManualClock, manualClock } from '../lib/testing/manual-clock.ts';
import { turns, until } from '../lib/testing/turns.ts';
import { type Dispatcher, type DispatcherOptions, openDispatcher, type Verdict } from './dispatcher.ts';
import type { Queue, QueueMessage } from './queue.ts';
import { openSqliteQueue } from './sqlite/sqlite-queue.ts';

const SETTLED: Verdict = { kind: 'settled' };

test('what is put is worked on, once, and then gone', async (t) => {
  const { put, begun, end, queue } = await bench(t);
  await put('a', 'one');
  await until(() => begun.length === 1);
  assert.deepEqual(begun.map(textOf), ['one']);
  end(begun[0]);
  await until(async () => (await queue.groups()).length === 0);
  assert.equal(begun.length, 1);
});

test('what the queue held before is worked on, too', async (t) => {
  const { begun } = await bench(t, { before: ['one', 'two'] });
  await until(() => begun.length === 2);
});

test('a delayed message waits for its time', async (t) => {
  const { put, begun, clock } = await bench(t);
  await put('a', 'late', clock.nowMs() + 60_000);
  await turns();
  clock.advance(59_999);
  await turns();
  assert.equal(begun.length, 0);
  clock.advance(1);
  await until(() => begun.length === 1);
});

test('a postponed message comes again with its state, when it is due', async (t) => {
  const { put, begun, end, clock } = await bench(t);
  await put('a', 'one');
  await until(() => begun.length === 1);
  end(begun[0], { kind: 'postponed', dueMs: clock.nowMs() + 1_000, state: 'again' });
  await turns();
  clock.advance(999);
  await turns();
  assert.equal(begun.length, 1);
  clock.advance(1);
  await until(() => begun.length === 2);
  assert.equal(begun[1]?.message.state, 'again');
});

test('a flood of one group takes half of the slots, and leaves the next group the half of the rest', async (t) => {
  const { put, begun } = await bench(t, { slots: 16, before: Array.from({ length: 40 }, (_, at) => `${at}`) });
  await until(() => begun.length >= 8);
  await turns();
  assert.equal(begun.length, 8);
  await put('other', 'mine');
  await until(() => begun.some(({ message }) => message.group === 'other'));
});

test('while messages are late, more of a group are worked on at once; on a busy machine they are not', async (t) => {
  for (const [busy, expected] of [
    [false, 32],
    [true, 16],
  ] as const) {
    const texts = Array.from({ length: 200 }, (_, at) => `${at}`);
    const { begun, clock } = await bench(t, { before: texts, isBusy: () => busy });
    await until(() => begun.length >= 16);
    await turns();
    assert.equal(begun.length, 16);
    for (let tenth = 0; tenth < 30; tenth += 1) {
      clock.advance(100);
      await turns();
    }
    // Half of 64 places are the most for one group.
    assert.equal(begun.length, expected);
  }
});

test('on a busy machine more at once are worked on only of what takes long, and one more in a second', async (t) => {
  const texts = Array.from({ length: 200 }, (_, at) => `${at}`);
  const { begun, end, clock } = await bench(t, { before: texts, isBusy: () => true });
  await until(() => begun.length === 16);
  clock.advance(60_000);
  end(begun[0]);
  await until(() => begun.length === 17);
  for (let tenth = 0; tenth < 30; tenth += 1) {
    clock.advance(100);
    await turns();
  }
  const more = begun.length - 17;
  assert.ok(more >= 3 && more <= 5, `${more}`);
});

test('a group is never worked on more often at once than it may be', async (t) => {
  const { put, begun, end } = await bench(t, { limitOf: (group) => (group === 'one' ? 1 : undefined) });
  for (const text of ['a', 'b', 'c']) await put('one', text);
  for (const count of [1, 2, 3]) {
    await until(() => begun.length === count);
    await turns();
    assert.equal(begun.length, count);
    end(begun[count - 1]);
  }
});

test('after a throttle the others of the group wait a second, and those of another group do not', async (t) => {
  const { put, begun, end, clock } = await bench(t, { limitOf: () => 1 });
  await put('a', 'one');
  await put('a', 'two');
  await until(() => begun.length === 1);
  end(begun[0], { kind: 'postponed', dueMs: clock.nowMs() + 5_000, state: '', throttled: true });
  await turns();
  clock.advance(999);
  await put('b', 'other');
  await until(() => begun.length === 2);
  assert.equal(begun.map(textOf)[1], 'other');
  clock.advance(1);
  await until(() => begun.length === 3);
  assert.equal(begun.map(textOf)[2], 'two');
});

test('work that fails is tried again', async (t) => {
  const { put, begun, clock } = await bench(t);
  await put('a', 'one');
  await until(() => begun.length === 1);
  begun[0]?.reject(new Error('a mistake of ours'));
  await turns();
  clock.advance(1_000);
  await until(() => begun.length === 2);
});

test('after a stop nothing begins; what was not ended is there at the next start', async (t) => {
  const { put, begun, end, queue, dispatcher } = await bench(t, { limitOf: () => 1 });
  await put('a', 'one');
  await put('a', 'two');
  await until(() => begun.length === 1);
  dispatcher.stop();
  end(begun[0]);
  await until(async () => textsOf(await left(queue)).join() === 'two');
  await turns();
  assert.equal(begun.length, 1);
});

test('what a stop finds half way out of the queue does not begin', async (t) => {
  const { begun, queue, dispatcher, clock } = await bench(t);
  await queue.put({ group: 'a', dueMs: clock.nowMs(), state: '', body: Buffer.from('one') });
  dispatcher.wake('a', clock.nowMs());
  dispatcher.stop();
  await turns();
  assert.equal(begun.length, 0);
  assert.deepEqual(await queue.groups(), [{ group: 'a', dueMs: clock.nowMs() }]);
});

test('work that goes on for too long at a stop is given up, and comes again', async (t) => {
  const { put, begun, queue, dispatcher } = await bench(t);
  await put('a', 'one');
  await until(() => begun.length === 1);
  const disposed = dispatcher[Symbol.asyncDispose]();
  begun[0]?.reject(new Error('the sandbox is gone'));
  await disposed;
  assert.deepEqual(await queue.groups(), [{ group: 'a', dueMs: 1_000_000 }]);
});

test('while the end of a message cannot be written, no other one is begun', async (t) => {
  let isBroken = true;
  const { put, begun, end, clock } = await bench(t, {
    limitOf: () => 1,
    around: (queue) => ({
      ...queue,
      settle: (id) => (isBroken ? Promise.reject(new Error('the disk is full')) : queue.settle(id)),
    }),
  });
  for (const text of ['one', 'two', 'three']) await put('a', text);
  // The second one begins before it is known that the first one's end cannot be written.
  for (const count of [1, 2]) {
    await until(() => begun.length === count);
    end(begun[count - 1]);
  }
  for (let second = 0; second < 3; second += 1) {
    await turns();
    clock.advance(1_000);
  }
  assert.equal(begun.length, 2);
  isBroken = false;
  await turns();
  clock.advance(1_000);
  await until(() => begun.length === 3);
});

interface Begun {
  readonly message: QueueMessage;
  readonly resolve: (verdict: Verdict) => void;
  readonly reject: (error: Error) => void;
}

/** A dispatcher whose work ends when the test says so. */
async function bench(
  t: TestContext,
  given: Partial<DispatcherOptions> & { before?: string[]; around?: (queue: Queue) => Queue } = {},
): Promise<{
  clock: ManualClock;
  queue: Queue;
  dispatcher: Dispatcher;
  begun: Begun[];
  put: (group: string, text: string, dueMs?: number) => Promise<void>;
  end: (begun: Begun | undefined, verdict?: Verdict) => void;
}> {
  const directory = await mkdtemp(join(tmpdir(), 'lambent-dispatcher-'));
  t.after(() => rm(directory, { recursive: true }));
  const clock = manualClock(1_000_000);
  const stored = openSqliteQueue(join(directory, 'queue.db'));
  const queue = given.around?.(stored) ?? stored;
  const begun: Begun[] = [];
  for (const text of given.before ?? []) await queue.put({ group: 'a', dueMs: 0, state: '', body: Buffer.from(text) });
  const dispatcher = await openDispatcher({
    queue,
    clock,
    log: openLog('silent'),
    slots: 64,
    isBusy: () => false,
    work: (message) => new Promise((resolve, reject) => begun.push({ message, resolve, reject })),
    ...given,
  });
  t.after(async () => {
    const disposed = dispatcher[Symbol.asyncDispose]();
    for (const { reject } of begun) reject(new Error('the test is over'));
    await disposed;
    await stored[Symbol.asyncDispose]();
  });
  return {
    clock,
    queue,
    dispatcher,
    begun,
    put: async (group, text, dueMs = clock.nowMs()) => {
      await queue.put({ group, dueMs, state: '', body: Buffer.from(text) });
      dispatcher.wake(group, dueMs);
    },
    end: (one, verdict = SETTLED) => one?.resolve(verdict),
  };
}

const textOf = ({ message }: Begun) => message.body.toString();
const left = (queue: Queue) => queue.take('a', { nowMs: Number.MAX_SAFE_INTEGER, limit: 100, bytesMax: 1e6 });
const textsOf = ({ messages }: Awaited<ReturnType<typeof left>>) => messages.map(({ body }) => body.toString());
