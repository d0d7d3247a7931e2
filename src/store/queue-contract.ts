import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { NewMessage, Queue, Taken } from './queue.ts';

/** What every adapter of the queue port does. `open` opens an empty queue; `reopen` the same one after its holder's death. */
export function queueContract(name: string, open: () => Promise<{ queue: Queue; reopen: () => Promise<Queue> }>): void {
  describe(`${name} queue`, () => {
    test('messages come out in the order in which they fall due, and of those in the order in which they came', async () => {
      const { queue } = await open();
      await using _ = queue;
      for (const [text, dueMs] of [
        ['c', 30],
        ['a', 10],
        ['d', 30],
        ['b', 20],
      ] as const) {
        await queue.put(message(text, { dueMs }));
      }
      assert.deepEqual(textsOf(await take(queue, { nowMs: 30 })), ['a', 'b', 'c', 'd']);
    });

    test('what is not due yet is not given, but told', async () => {
      const { queue } = await open();
      await using _ = queue;
      await queue.put(message('now', { dueMs: 100 }));
      await queue.put(message('later', { dueMs: 101 }));
      const taken = await take(queue, { nowMs: 100 });
      assert.deepEqual(textsOf(taken), ['now']);
      assert.equal(taken.nextDueMs, 101);
      assert.deepEqual(await take(queue, { nowMs: 100 }), { messages: [], nextDueMs: 101 });
      assert.deepEqual(textsOf(await take(queue, { nowMs: 101 })), ['later']);
      assert.deepEqual(await take(queue, { nowMs: 101 }), { messages: [], nextDueMs: undefined });
    });

    test('a leased message is given to nobody else; a settled one never again', async () => {
      const { queue, reopen } = await open();
      await queue.put(message('one'));
      const [one] = (await take(queue)).messages;
      assert.ok(one);
      assert.deepEqual((await take(queue)).messages, []);
      await queue.settle(one.id);
      assert.deepEqual(await take(queue), { messages: [], nextDueMs: undefined });
      await queue[Symbol.asyncDispose]();
      await using again = await reopen();
      assert.deepEqual(await again.groups(), []);
    });

    test('what was put once is not put again, within the next minutes, in its group, after a crash too', async () => {
      const { queue, reopen } = await open();
      await queue.put({ ...message('one', { dueMs: 0 }), once: 'first' });
      await queue.put({ ...message('one again', { dueMs: 1 }), once: 'first' });
      const [one] = (await take(queue, { nowMs: 1 })).messages;
      assert.ok(one);
      await queue.settle(one.id);
      await queue[Symbol.asyncDispose]();
      await using again = await reopen();
      await again.put({ ...message('one at last', { dueMs: 60_000 }), once: 'first' });
      await again.put({ ...message('two', { dueMs: 60_001 }), once: 'second' });
      assert.deepEqual(textsOf(await take(again, { nowMs: 70_000 })), ['two']);
      await again.put({ ...message('an hour later', { dueMs: 3_600_000 }), once: 'first' });
      assert.deepEqual(textsOf(await take(again, { nowMs: 3_600_000 })), ['an hour later']);
    });

    test('a postponed message comes again at its time, with its new state and the same body', async () => {
      const { queue, reopen } = await open();
      await queue.put(message('one'));
      const [one] = (await take(queue)).messages;
      assert.ok(one);
      await queue.postpone(one.id, { dueMs: 500, state: 'second try' });
      assert.deepEqual(await take(queue, { nowMs: 499 }), { messages: [], nextDueMs: 500 });
      await queue[Symbol.asyncDispose]();
      await using again = await reopen();
      const [second] = (await take(again, { nowMs: 500 })).messages;
      assert.deepEqual([second?.state, second?.body.toString(), second?.dueMs], ['second try', 'one', 500]);
    });

    test('what was leased when its holder died comes again', async () => {
      const { queue, reopen } = await open();
      await queue.put(message('one', { state: 'first try' }));
      await take(queue);
      await queue[Symbol.asyncDispose]();
      await using again = await reopen();
      assert.deepEqual(await again.groups(), [{ group: 'g', dueMs: 0 }]);
      const [one] = (await take(again)).messages;
      assert.deepEqual([one?.state, one?.body.toString()], ['first try', 'one']);
    });

    test('groups have nothing to do with each other', async () => {
      const { queue } = await open();
      await using _ = queue;
      await queue.put(message('mine', { group: 'a', dueMs: 7 }));
      await queue.put(message('yours', { group: 'b', dueMs: 5 }));
      await queue.put(message('yours too', { group: 'b', dueMs: 6 }));
      assert.deepEqual(await queue.groups(), [
        { group: 'a', dueMs: 7 },
        { group: 'b', dueMs: 5 },
      ]);
      assert.deepEqual(textsOf(await take(queue, { group: 'a' })), ['mine']);
      assert.deepEqual(textsOf(await take(queue, { group: 'b' })), ['yours', 'yours too']);
    });

    test('no more than asked for are given, but always one', async () => {
      const { queue } = await open();
      await using _ = queue;
      for (const text of ['aaaa', 'bbbb', 'cccc', 'dddd']) await queue.put(message(text, { dueMs: 3 }));
      const two = await take(queue, { bytesMax: 8 });
      assert.deepEqual(textsOf(two), ['aaaa', 'bbbb']);
      assert.equal(two.nextDueMs, 3);
      assert.deepEqual(textsOf(await take(queue, { bytesMax: 1 })), ['cccc']);
      // A state counts, too: it may hold a large answer.
      await queue.put(message('b', { group: 'stateful', state: 'aaaa' }));
      await queue.put(message('b', { group: 'stateful', state: 'aaaa' }));
      assert.deepEqual(textsOf(await take(queue, { group: 'stateful', bytesMax: 9 })), ['b']);
      await queue.put(message('eeee', { dueMs: 3 }));
      assert.deepEqual(textsOf(await take(queue, { limit: 1 })), ['dddd']);
    });

    test('a body is kept byte for byte, also an empty one', async () => {
      const { queue } = await open();
      await using _ = queue;
      const body = Buffer.from(Array.from({ length: 300_000 }, (_, at) => at % 256));
      await queue.put({ ...message(''), body });
      await queue.put(message('', { dueMs: 1 }));
      const { messages } = await take(queue);
      assert.deepEqual(
        messages.map((one) => one.body),
        [body, Buffer.alloc(0)],
      );
    });

    test('many at once are all there', async () => {
      const { queue } = await open();
      await using _ = queue;
      const texts = Array.from({ length: 500 }, (_, at) => `message ${at}`);
      await Promise.all(texts.map((text) => queue.put(message(text))));
      const taken = await take(queue, { limit: 1_000 });
      assert.deepEqual(textsOf(taken), texts);
      await Promise.all(taken.messages.map(({ id }) => queue.settle(id)));
      assert.deepEqual(await queue.groups(), []);
    });
  });
}

function message(text: string, given: Partial<NewMessage> = {}): NewMessage {
  return { group: 'g', dueMs: 0, state: '', body: Buffer.from(text), ...given };
}

function take(
  queue: Queue,
  given: { group?: string; nowMs?: number; limit?: number; bytesMax?: number } = {},
): Promise<Taken> {
  const { group = 'g', nowMs = 1_000_000, limit = 100, bytesMax = 1_000_000 } = given;
  return queue.take(group, { nowMs, limit, bytesMax });
}

const textsOf = ({ messages }: Taken) => messages.map(({ body }) => body.toString());
