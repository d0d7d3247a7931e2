// What queues promise, on a clock that the tests move.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { generator } from '../../lib/testing/random.ts';
import { pass, until } from '../../lib/testing/turns.ts';
import type { ReceivedMessage } from './message.ts';
import { type QueuePlace, queueArn } from './queue.ts';
import type { Queues } from './queues.ts';
import { type SqsRefusal, SqsRefused } from './refusal.ts';
import { DEAD, FIFO, HERE, NOON, openForTest, QUEUE } from './testing/fixture.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

describe('visibility', () => {
  test('what was received is hidden until its time is over, then comes again under another handle', async (t) => {
    const { queues, clock } = await made(t);
    await send(queues, QUEUE, 'a');
    const [first] = await receive(queues, QUEUE);
    clock.advance(30 * SECOND_MS - 1);
    assert.deepEqual(await bodies(queues, QUEUE), []);
    clock.advance(1);
    const [again] = await receive(queues, QUEUE);
    assert.deepEqual([first?.receiveCount, again?.receiveCount, again?.body], [1, 2, 'a']);
    assert.deepEqual([again?.firstReceivedMs, again?.id], [NOON, first?.id]);
    assert.notEqual(again?.receiptHandle, first?.receiptHandle);
  });

  test('an old handle deletes nothing, as AWS documents; the last one does', async (t) => {
    const { queues, clock } = await made(t);
    await send(queues, QUEUE, 'a');
    const [first] = await receive(queues, QUEUE, { visibilityMs: 0 });
    const [second] = await receive(queues, QUEUE, { visibilityMs: SECOND_MS });
    assert.deepEqual(await queues.deleteMessages(QUEUE, [handle(first)]), [undefined]);
    clock.advance(SECOND_MS);
    assert.equal(queues.counts(QUEUE).visible, 1);
    // Also after its time, as long as nobody else has received it.
    assert.deepEqual(await queues.deleteMessages(QUEUE, [handle(second)]), [undefined]);
    assert.deepEqual(queues.counts(QUEUE), { visible: 0, inFlight: 0, delayed: 0 });
  });

  test('it is made longer and shorter, up to twelve hours in all', async (t) => {
    const { queues, clock } = await made(t);
    await send(queues, QUEUE, 'a');
    const [message] = await receive(queues, QUEUE);
    const change = (visibilityMs: number) =>
      queues.changeVisibility(QUEUE, [{ handle: handle(message), visibilityMs }]);
    assert.deepEqual(await change(60 * SECOND_MS), [undefined]);
    clock.advance(59 * SECOND_MS);
    assert.deepEqual(await bodies(queues, QUEUE), []);
    assert.deepEqual(kindsOf(await change(43_200 * SECOND_MS - 58 * SECOND_MS)), ['invisible-too-long']);
    assert.deepEqual(await change(43_200 * SECOND_MS - 59 * SECOND_MS), [undefined]);
    assert.deepEqual(await change(0), [undefined]);
    assert.deepEqual(await bodies(queues, QUEUE), ['a']);
    // By now another receive has it.
    assert.deepEqual(kindsOf(await change(0)), ['not-there']);
  });

  test('handles of nobody and of other queues are invalid', async (t) => {
    const { queues } = await made(t);
    await queues.create(DEAD, {});
    await send(queues, DEAD, 'a');
    const [message] = await receive(queues, DEAD);
    const damaged = `${handle(message).slice(0, -5)}AAAA=`;
    const refused = await queues.deleteMessages(QUEUE, [handle(message), damaged, '', 'AQEB', '\u0000']);
    assert.deepEqual(kindsOf(refused), Array(5).fill('handle-invalid'));
  });

  test('so many messages are in flight, and no more, however they come to an end', async (t) => {
    const { queues, clock } = openForTest(t, { inFlightMax: 5 });
    await queues.create(QUEUE, {});
    await queues.create(FIFO, { fifo: true });
    await send(queues, QUEUE, ...Array(9).fill('x'));
    const received = await receive(queues, QUEUE);
    assert.equal(received.length, 5);
    await refusedAs(receive(queues, QUEUE), 'too-many-in-flight');
    await queues.deleteMessages(QUEUE, received.slice(0, 1).map(handle));
    assert.equal((await receive(queues, QUEUE)).length, 1);
    // Who waits is not refused, and FIFO queues refuse nobody.
    const waiting = receive(queues, QUEUE, { waitMs: 20 * SECOND_MS });
    await turn();
    await queues.changeVisibility(QUEUE, [{ handle: handle(received[1]), visibilityMs: 0 }]);
    assert.equal((await waiting).length, 1);
    await sendInOrder(queues, 'g', ...Array(6).fill('x'));
    await sendInOrder(queues, 'h', 'y');
    assert.equal((await receive(queues, FIFO)).length, 5);
    assert.deepEqual(await bodies(queues, FIFO), []);
    clock.advance(30 * SECOND_MS);
    assert.equal((await receive(queues, QUEUE)).length, 5);
  });
});

test('a delay hides new messages: the queue’s, or their own', async (t) => {
  const { queues, clock } = await made(t, { delayMs: 5 * SECOND_MS });
  await send(queues, QUEUE, 'late');
  await queues.send(QUEUE, [{ body: 'now', senderId: 'x', delayMs: 0 }]);
  await queues.send(QUEUE, [{ body: 'last', senderId: 'x', delayMs: 900 * SECOND_MS }]);
  assert.deepEqual(queues.counts(QUEUE), { visible: 1, inFlight: 0, delayed: 2 });
  assert.deepEqual(await bodies(queues, QUEUE), ['now']);
  clock.advance(5 * SECOND_MS);
  assert.deepEqual(await bodies(queues, QUEUE), ['late']);
  clock.advance(895 * SECOND_MS);
  assert.ok((await bodies(queues, QUEUE)).includes('last'));
});

test('messages die of age, in flight or not, and at once for whoever looks', async (t) => {
  const { queues, clock } = await made(t, { retentionMs: MINUTE_MS });
  await send(queues, QUEUE, 'a', 'b');
  const [held] = await receive(queues, QUEUE);
  clock.advance(MINUTE_MS - 1);
  assert.equal(queues.counts(QUEUE).visible, 2);
  clock.advance(2);
  assert.deepEqual(queues.counts(QUEUE), { visible: 0, inFlight: 0, delayed: 0 });
  assert.deepEqual(await bodies(queues, QUEUE), []);
  assert.deepEqual(await queues.deleteMessages(QUEUE, [handle(held)]), [undefined]);
});

test('a longer retention is for messages that are there already, too', async (t) => {
  const { queues, clock } = await made(t);
  await send(queues, QUEUE, 'a');
  await queues.configure(QUEUE, { retentionMs: 14 * DAY_MS });
  clock.advance(13 * DAY_MS);
  assert.deepEqual(await bodies(queues, QUEUE), ['a']);
});

describe('long polling', () => {
  test('a receive waits for what is sent, and nobody gets it twice', async (t) => {
    const { queues } = await made(t);
    const waiting = [
      receive(queues, QUEUE, { waitMs: 20 * SECOND_MS }),
      receive(queues, QUEUE, { waitMs: 20 * SECOND_MS }),
    ];
    await turn();
    await send(queues, QUEUE, 'a');
    assert.deepEqual(
      (await Promise.race(waiting)).map(({ body }) => body),
      ['a'],
    );
    await send(queues, QUEUE, 'b');
    const all = await Promise.all(waiting);
    assert.deepEqual(
      all.flat().map(({ body }) => body),
      ['a', 'b'],
    );
  });

  test('it wakes for what becomes visible, without being told', async (t) => {
    const { queues, clock } = await made(t);
    await send(queues, QUEUE, 'a');
    await receive(queues, QUEUE, { visibilityMs: 3 * SECOND_MS });
    const waiting = receive(queues, QUEUE, { waitMs: 20 * SECOND_MS });
    await turn();
    clock.advance(3 * SECOND_MS);
    assert.deepEqual(
      (await waiting).map(({ receiveCount }) => receiveCount),
      [2],
    );
  });

  test('it ends with nothing when its time is over, or whoever waits has left', async (t) => {
    const { queues, clock } = await made(t, { waitMs: 2 * SECOND_MS });
    const own = receive(queues, QUEUE);
    const leaving = new AbortController();
    const left = queues.receive(QUEUE, { countMax: 1, waitMs: 20 * SECOND_MS }, leaving.signal);
    await turn();
    leaving.abort();
    assert.deepEqual(await left, []);
    clock.advance(2 * SECOND_MS);
    assert.deepEqual(await own, []);
    // What comes later is for others, and whoever has left before being heard takes nothing.
    await send(queues, QUEUE, 'a');
    assert.deepEqual(await queues.receive(QUEUE, { countMax: 1 }, leaving.signal), []);
    assert.equal(queues.counts(QUEUE).visible, 1);
  });

  test('it ends when the queue is deleted, and when the service stops', async (t) => {
    const { queues } = await made(t);
    const deleted = receive(queues, QUEUE, { waitMs: 20 * SECOND_MS });
    await queues.create(DEAD, {});
    const stopped = receive(queues, DEAD, { waitMs: 20 * SECOND_MS });
    await turn();
    await queues.delete(QUEUE);
    await refusedAs(deleted, 'no-such-queue');
    queues.drain();
    assert.deepEqual(await stopped, []);
    assert.deepEqual(await receive(queues, DEAD, { waitMs: 20 * SECOND_MS }), []);
    await send(queues, DEAD, 'a');
    assert.deepEqual(await bodies(queues, DEAD), ['a']);
  });

  test('a group that becomes free wakes whoever waits', async (t) => {
    const { queues } = await made(t);
    await sendInOrder(queues, 'g', 'a', 'b');
    const [a] = await receive(queues, FIFO, { countMax: 1 });
    const waiting = receive(queues, FIFO, { waitMs: 20 * SECOND_MS });
    await turn();
    await queues.deleteMessages(FIFO, [handle(a)]);
    assert.deepEqual(
      (await waiting).map(({ body }) => body),
      ['b'],
    );
  });
});

describe('dead letters', () => {
  test('go to their queue after as many receives as it says, with id, count and age', async (t) => {
    const { queues, clock } = await made(t);
    await withDeadLetters(queues, 2);
    await send(queues, QUEUE, 'poison', 'good');
    for (let n = 0; n < 2; n += 1) {
      const received = await receive(queues, QUEUE, { visibilityMs: SECOND_MS });
      await queues.deleteMessages(QUEUE, received.filter(({ body }) => body === 'good').map(handle));
      clock.advance(SECOND_MS);
    }
    const waiting = receive(queues, DEAD, { waitMs: 20 * SECOND_MS });
    assert.deepEqual(await bodies(queues, QUEUE), []);
    const [dead] = await waiting;
    assert.deepEqual(
      [dead?.body, dead?.receiveCount, dead?.sentMs, dead?.deadLetterSourceArn],
      ['poison', 3, NOON, queueArn(QUEUE)],
    );
    // Its age counts from when it was sent.
    clock.advance(4 * DAY_MS);
    assert.deepEqual(queues.counts(DEAD), { visible: 0, inFlight: 0, delayed: 0 });
  });

  test('make room in a receive for what comes behind them', async (t) => {
    const { queues, clock } = await made(t);
    await withDeadLetters(queues, 1);
    await send(queues, QUEUE, ...Array(25).fill('poison'));
    for (let n = 0; n < 3; n += 1) await receive(queues, QUEUE, { countMax: 10, visibilityMs: SECOND_MS });
    clock.advance(SECOND_MS);
    await send(queues, QUEUE, 'good');
    assert.deepEqual(await bodies(queues, QUEUE), ['good']);
    assert.equal(queues.counts(DEAD).visible, 25);
  });

  test('stay where they are, and come again, when their queue has been deleted', async (t) => {
    const { queues } = await made(t);
    await withDeadLetters(queues, 1);
    await send(queues, QUEUE, 'a');
    await queues.delete(DEAD);
    for (let n = 1; n <= 3; n += 1) {
      assert.deepEqual((await receive(queues, QUEUE, { visibilityMs: 0 }))[0]?.receiveCount, n);
    }
  });

  test('of FIFO queues keep their order, and their age begins anew', async (t) => {
    const { queues, clock } = await made(t);
    const dead = { ...HERE, name: 'dead.fifo' };
    await queues.create(dead, { fifo: true });
    await queues.configure(FIFO, { redrive: { deadLetterArn: queueArn(dead), receivesMax: 1 } });
    await sendInOrder(queues, 'g', 'a', 'b', 'c');
    await receive(queues, FIFO, { countMax: 2, visibilityMs: SECOND_MS });
    clock.advance(SECOND_MS);
    assert.deepEqual(await bodies(queues, FIFO), ['c']);
    const received = await receive(queues, dead);
    assert.deepEqual(
      received.map(({ body, sentMs, group }) => [body, sentMs, group]),
      [
        ['a', NOON + SECOND_MS, 'g'],
        ['b', NOON + SECOND_MS, 'g'],
      ],
    );
  });

  test('are refused by queues of another type, owner or region, and by those that do not allow it', async (t) => {
    const { queues } = await made(t);
    const refused = async (target: QueuePlace, flaw: string) => {
      const redrive = { deadLetterArn: queueArn(target), receivesMax: 1 };
      await refusedAs(queues.configure(QUEUE, { redrive }), 'redrive-refused', { flaw });
    };
    await refused(DEAD, 'does-not-exist');
    await refused(FIFO, 'other-type');
    const stranger = { ...DEAD, account: '999999999999' };
    await queues.create(stranger, {});
    await refused(stranger, 'other-owner');
    const abroad = { ...DEAD, region: 'us-east-1' };
    await queues.create(abroad, {});
    await refused(abroad, 'other-region');
    await queues.create(DEAD, { redriveAllow: { kind: 'none' } });
    await refused(DEAD, 'not-allowed');
    await queues.configure(DEAD, { redriveAllow: { kind: 'queues', arns: [queueArn({ ...HERE, name: 'x' })] } });
    await refused(DEAD, 'not-allowed');
    await queues.configure(DEAD, { redriveAllow: { kind: 'queues', arns: [queueArn(QUEUE)] } });
    await queues.configure(QUEUE, { redrive: { deadLetterArn: queueArn(DEAD), receivesMax: 1 } });
    assert.deepEqual(
      queues.deadLetterSources(queueArn(DEAD), {}).map(({ place }) => place.name),
      ['orders'],
    );
  });
});

describe('FIFO queues', () => {
  test('hand out a group in its order, one batch at a time, and other groups meanwhile', async (t) => {
    const { queues, clock } = await made(t);
    await sendInOrder(queues, 'g', 'g1', 'g2', 'g3');
    await sendInOrder(queues, 'h', 'h1');
    const first = await receive(queues, FIFO, { countMax: 2 });
    assert.deepEqual(
      first.map(({ body }) => body),
      ['g1', 'g2'],
    );
    assert.deepEqual(await bodies(queues, FIFO), ['h1']);
    await queues.deleteMessages(FIFO, [handle(first[0])]);
    assert.deepEqual(await bodies(queues, FIFO), []);
    await queues.deleteMessages(FIFO, [handle(first[1])]);
    assert.deepEqual(await bodies(queues, FIFO), ['g3']);
    clock.advance(30 * SECOND_MS);
    assert.deepEqual((await bodies(queues, FIFO)).sort(), ['g3', 'h1']);
  });

  test('begin a group anew with the first that was not deleted', async (t) => {
    const { queues, clock } = await made(t);
    await sendInOrder(queues, 'g', 'a', 'b', 'c');
    const received = await receive(queues, FIFO);
    await queues.deleteMessages(FIFO, [handle(received[1])]);
    clock.advance(30 * SECOND_MS);
    assert.deepEqual(await bodies(queues, FIFO), ['a', 'c']);
  });

  test('are locked while one of the group is in flight, also when the first is visible again', async (t) => {
    const { queues } = await made(t);
    await sendInOrder(queues, 'g', 'a', 'b');
    const received = await receive(queues, FIFO);
    await queues.changeVisibility(FIFO, [{ handle: handle(received[0]), visibilityMs: 0 }]);
    assert.deepEqual(await bodies(queues, FIFO), []);
    await queues.changeVisibility(FIFO, [{ handle: handle(received[1]), visibilityMs: 0 }]);
    assert.deepEqual(await bodies(queues, FIFO), ['a', 'b']);
  });

  test('take a message once within five minutes, also when it has been deleted since', async (t) => {
    const { queues, clock } = await made(t);
    const message = { body: 'a', senderId: 'x', group: 'g', deduplicationId: 'one' };
    const [first] = await queues.send(FIFO, [message]);
    const [received] = await receive(queues, FIFO);
    await queues.deleteMessages(FIFO, [handle(received)]);
    clock.advance(5 * MINUTE_MS - 1);
    assert.deepEqual(await queues.send(FIFO, [{ ...message, group: 'h', body: 'other' }]), [first]);
    assert.equal(queues.counts(FIFO).visible, 0);
    clock.advance(1);
    const [later] = await queues.send(FIFO, [message]);
    assert.notDeepEqual(later, first);
    assert.equal(queues.counts(FIFO).visible, 1);
  });

  test('tell messages apart by their bodies, or within their groups, where they are set so', async (t) => {
    const { queues } = await made(t);
    const message = { body: 'a', senderId: 'x', group: 'g' };
    assert.deepEqual(kindsOf(await queues.send(FIFO, [message])), ['deduplication-id-missing']);
    await queues.configure(FIFO, { deduplicatesContent: true });
    await queues.send(FIFO, [message, message, { ...message, group: 'h' }]);
    assert.equal(queues.counts(FIFO).visible, 1);
    const scoped = { ...HERE, name: 'scoped.fifo' };
    await queues.create(scoped, { fifo: true, deduplicatesContent: true, deduplicationScope: 'messageGroup' });
    await queues.send(scoped, [message, message, { ...message, group: 'h' }]);
    assert.equal(queues.counts(scoped).visible, 2);
  });

  test('need a group, and know no delay but their own, which is for all that nobody has received', async (t) => {
    const { queues, clock } = await made(t);
    const message = { body: 'a', senderId: 'x', group: 'g', deduplicationId: '1' };
    const refused = await queues.send(FIFO, [
      { ...message, group: undefined },
      { ...message, delayMs: SECOND_MS },
    ]);
    assert.deepEqual(kindsOf(refused), ['group-missing', 'delay-refused']);
    await queues.send(FIFO, [{ ...message, delayMs: 0 }]);
    await queues.configure(FIFO, { delayMs: 10 * SECOND_MS });
    assert.deepEqual(await bodies(queues, FIFO), []);
    clock.advance(10 * SECOND_MS);
    assert.deepEqual(await bodies(queues, FIFO), ['a']);
  });

  test('hand out no message before its delay is over, behind others that may come', async (t) => {
    const { queues, clock } = await made(t);
    await queues.configure(FIFO, { delayMs: 5 * SECOND_MS });
    await sendInOrder(queues, 'g', 'a');
    clock.advance(3 * SECOND_MS);
    await sendInOrder(queues, 'g', 'b');
    clock.advance(2 * SECOND_MS);
    const [a, ...more] = await receive(queues, FIFO);
    assert.deepEqual([a?.body, more], ['a', []]);
    await queues.deleteMessages(FIFO, [handle(a)]);
    clock.advance(3 * SECOND_MS - 1);
    assert.deepEqual(await bodies(queues, FIFO), []);
    clock.advance(1);
    assert.deepEqual(await bodies(queues, FIFO), ['b']);
  });

  test('give the same messages again to whoever asks with the same id, while all are held', async (t) => {
    const { queues, clock } = await made(t);
    await sendInOrder(queues, 'g', 'a', 'b');
    await sendInOrder(queues, 'h', 'c');
    const ask = { countMax: 2, attemptId: 'try' };
    const first = await receive(queues, FIFO, ask);
    clock.advance(20 * SECOND_MS);
    const again = await receive(queues, FIFO, ask);
    assert.deepEqual(again.map(handle), first.map(handle));
    // Hidden anew.
    clock.advance(29 * SECOND_MS);
    assert.deepEqual(await bodies(queues, FIFO), ['c']);
    await queues.deleteMessages(FIFO, [handle(first[0])]);
    assert.deepEqual(await receive(queues, FIFO, ask), []);
    clock.advance(SECOND_MS);
    assert.deepEqual(
      (await receive(queues, FIFO, ask)).map(({ body }) => body),
      ['b'],
    );
  });

  test('refuse handles whose time is over', async (t) => {
    const { queues, clock } = await made(t);
    await sendInOrder(queues, 'g', 'a');
    const [message] = await receive(queues, FIFO);
    clock.advance(30 * SECOND_MS);
    assert.deepEqual(kindsOf(await queues.deleteMessages(FIFO, [handle(message)])), ['handle-expired']);
    const change = { handle: handle(message), visibilityMs: 0 };
    assert.deepEqual(kindsOf(await queues.changeVisibility(FIFO, [change])), ['handle-expired']);
  });
});

describe('moves out of dead-letter queues', () => {
  test('bring messages back to where they came from, as new ones', async (t) => {
    const { queues, clock } = await made(t);
    await withDeadLetters(queues, 1);
    await send(queues, QUEUE, ...Array.from({ length: 250 }, (_, n) => `m${n}`));
    await receive(queues, QUEUE, { countMax: 250, visibilityMs: SECOND_MS });
    clock.advance(SECOND_MS);
    await receive(queues, QUEUE);
    await queues.moves.start(queueArn(DEAD), {});
    await until(() => queues.moves.list(queueArn(DEAD), 1)[0]?.state === 'completed');
    const [move] = queues.moves.list(queueArn(DEAD), 10);
    assert.deepEqual([move?.moved, move?.toMove, move?.state], [250, 250, 'completed']);
    assert.equal(queues.counts(DEAD).visible, 0);
    const [message] = await receive(queues, QUEUE);
    assert.deepEqual(
      [message?.body, message?.receiveCount, message?.sentMs, message?.deadLetterSourceArn],
      ['m0', 1, clock.nowMs(), undefined],
    );
  });

  test('go elsewhere at a limited speed, can be cancelled, and are one at a time', async (t) => {
    const { queues, clock } = await made(t);
    await withDeadLetters(queues, 1);
    await queues.create({ ...HERE, name: 'rescue' }, {});
    await send(queues, DEAD, ...Array(10).fill('x'));
    const destinationArn = queueArn({ ...HERE, name: 'rescue' });
    const id = await queues.moves.start(queueArn(DEAD), { destinationArn, perSecondMax: 2 });
    await refusedAs(queues.moves.start(queueArn(DEAD), {}), 'move-is-running');
    await until(() => queues.counts({ ...HERE, name: 'rescue' }).visible === 1);
    clock.advance(500);
    await until(() => queues.counts({ ...HERE, name: 'rescue' }).visible === 2);
    assert.equal(await queues.moves.cancel(id, queueArn(DEAD)), 2);
    await refusedAs(queues.moves.cancel(id, queueArn(DEAD)), 'move-is-over');
    clock.advance(SECOND_MS);
    await until(() => queues.moves.list(queueArn(DEAD), 1)[0]?.state === 'cancelled');
    assert.equal(queues.counts(DEAD).visible, 8);
    await refusedAs(queues.moves.cancel('x', queueArn(DEAD)), 'no-such-move');
  });

  test('leave what comes into the queue after they began', async (t) => {
    const { queues, clock } = await made(t);
    await withDeadLetters(queues, 1);
    const rescue = { ...HERE, name: 'rescue' };
    await queues.create(rescue, {});
    await send(queues, DEAD, 'a', 'b');
    await queues.moves.start(queueArn(DEAD), { destinationArn: queueArn(rescue), perSecondMax: 1 });
    await until(() => queues.counts(rescue).visible === 1);
    await send(queues, DEAD, 'later');
    for (let second = 0; second < 5; second += 1) await pass(clock, SECOND_MS);
    await until(() => queues.moves.list(queueArn(DEAD), 1)[0]?.state === 'completed');
    assert.deepEqual(await bodies(queues, DEAD), ['later']);
    assert.equal(queues.counts(rescue).visible, 2);
  });

  test('fail when nobody knows where a message came from, or its destination has gone', async (t) => {
    const { queues } = await made(t);
    await withDeadLetters(queues, 1);
    await send(queues, DEAD, 'direct');
    await queues.moves.start(queueArn(DEAD), {});
    await until(() => queues.moves.list(queueArn(DEAD), 1)[0]?.state === 'failed');
    assert.equal(queues.moves.list(queueArn(DEAD), 1)[0]?.failure, 'CouldNotDetermineMessageSource');
    assert.equal(queues.counts(DEAD).visible, 1);
    await refusedAs(queues.moves.start(queueArn(QUEUE), {}), 'not-a-dead-letter-queue');
    await refusedAs(queues.moves.start(queueArn({ ...HERE, name: 'x' }), {}), 'no-such-source');
    const away = { destinationArn: queueArn({ ...HERE, name: 'x' }) };
    await refusedAs(queues.moves.start(queueArn(DEAD), away), 'no-such-destination');
    const other = { destinationArn: queueArn(FIFO) };
    await refusedAs(queues.moves.start(queueArn(DEAD), other), 'destination-of-other-type');
  });

  test('go on after a restart', async (t) => {
    const before = await made(t);
    await withDeadLetters(before.queues, 1);
    await send(before.queues, DEAD, 'a', 'b', 'c');
    await before.queues.create({ ...HERE, name: 'rescue' }, {});
    const destinationArn = queueArn({ ...HERE, name: 'rescue' });
    await before.queues.moves.start(queueArn(DEAD), { destinationArn, perSecondMax: 1 });
    await until(() => before.queues.counts(DEAD).visible === 2);
    before.queues.close();
    const { queues, clock } = openForTest(t, { dataDir: before.dataDir });
    for (let n = 0; queues.counts(DEAD).visible > 0; n += 1) {
      assert.ok(n < 1_000);
      await turn();
      clock.advance(SECOND_MS);
    }
    assert.equal(queues.counts({ ...HERE, name: 'rescue' }).visible, 3);
  });

  test('go on when what could not be written can be, and have failed when it never can', async (t) => {
    const { queues, clock, dataDir } = await made(t);
    await withDeadLetters(queues, 1);
    const rescue = { ...HERE, name: 'rescue' };
    await queues.create(rescue, {});
    await send(queues, DEAD, 'a', 'b', 'c');
    const saboteur = new DatabaseSync(join(dataDir, 'queues.db'));
    t.after(() => saboteur.close());
    const breakInserts = () =>
      saboteur.exec("CREATE TRIGGER broken BEFORE INSERT ON messages BEGIN SELECT RAISE(ABORT, 'no'); END");
    const isOver = () => queues.moves.list(queueArn(DEAD), 1)[0]?.state !== 'running';
    const tryFor = async (minutes: number) => {
      for (let second = 0; second < minutes * 60 && !isOver(); second += 1) await pass(clock, SECOND_MS);
    };

    breakInserts();
    await queues.moves.start(queueArn(DEAD), { destinationArn: queueArn(rescue) });
    await tryFor(5);
    assert.deepEqual([isOver(), queues.counts(DEAD).visible], [false, 3]);
    saboteur.exec('DROP TRIGGER broken');
    await tryFor(1);
    assert.equal(queues.moves.list(queueArn(DEAD), 1)[0]?.state, 'completed');
    assert.equal(queues.counts(rescue).visible, 3);

    await send(queues, DEAD, 'd');
    breakInserts();
    await queues.moves.start(queueArn(DEAD), { destinationArn: queueArn(rescue) });
    await tryFor(15);
    const [failed] = queues.moves.list(queueArn(DEAD), 1);
    assert.deepEqual([failed?.state, failed?.failure, failed?.moved], ['failed', 'InternalFailure', 0]);
    assert.equal(queues.counts(DEAD).visible, 1);
    saboteur.exec('DROP TRIGGER broken');
    await queues.moves.start(queueArn(DEAD), { destinationArn: queueArn(rescue) });
    await until(isOver);
    assert.equal(queues.counts(rescue).visible, 4);
  });
});

describe('the counts of a queue', () => {
  test('are those of its messages after each of what can happen to them, also when a write fails', async (t) => {
    const { queues, clock, dataDir } = await made(t);
    await withDeadLetters(queues, 1);
    const other = new DatabaseSync(join(dataDir, 'queues.db'));
    t.after(() => other.close());
    /** As another process counts them. */
    const counted = ({ name }: QueuePlace) =>
      other
        .prepare(
          `SELECT count(*) FILTER (WHERE visibleAtMs <= ?1) AS visible,
           count(*) FILTER (WHERE visibleAtMs > ?1 AND nonce IS NOT NULL) AS inFlight,
           count(*) FILTER (WHERE visibleAtMs > ?1 AND nonce IS NULL) AS delayed
           FROM messages WHERE queueId = (SELECT id FROM queues WHERE name = ?2)`,
        )
        .get(clock.nowMs(), name);
    const check = (step: string) => {
      for (const place of [QUEUE, DEAD]) assert.deepEqual({ ...queues.counts(place) }, { ...counted(place) }, step);
    };
    check('nothing');
    await send(queues, QUEUE, 'a', 'b', 'c', 'd');
    check('sent');
    const [first] = await receive(queues, QUEUE, { countMax: 3, visibilityMs: SECOND_MS });
    check('received');
    await queues.deleteMessages(QUEUE, [first?.receiptHandle ?? '', first?.receiptHandle ?? '']);
    check('deleted, twice');
    clock.advance(SECOND_MS);
    await receive(queues, QUEUE);
    check('buried');
    await queues.moves.start(queueArn(DEAD), {});
    await until(() => queues.moves.list(queueArn(DEAD), 1)[0]?.state === 'completed');
    check('moved back');
    other.exec("CREATE TRIGGER broken BEFORE DELETE ON messages BEGIN SELECT RAISE(ABORT, 'no'); END");
    const outcomes = await Promise.allSettled([send(queues, QUEUE, 'e'), queues.purge(QUEUE)]);
    assert.equal(outcomes[1].status, 'rejected');
    check('a purge that failed');
    other.exec('DROP TRIGGER broken');
    clock.advance(MINUTE_MS);
    await queues.purge(QUEUE);
    check('purged');
    assert.equal(queues.counts(QUEUE).visible, 0);
    await send(queues, QUEUE, 'f');
    check('sent again');
  });

  test('are kept for a moment where very many are hidden', async (t) => {
    const { queues, clock } = await made(t);
    const sent = (count: number) =>
      queues.send(QUEUE, Array(count).fill({ body: 'x', senderId: 'me', delayMs: 15 * MINUTE_MS }));
    await sent(9_999);
    assert.equal(queues.counts(QUEUE).delayed, 9_999);
    await sent(1);
    assert.equal(queues.counts(QUEUE).delayed, 10_000);
    await sent(1);
    assert.equal(queues.counts(QUEUE).delayed, 10_000);
    clock.advance(100);
    assert.equal(queues.counts(QUEUE).delayed, 10_001);
  });
});

describe('queues', () => {
  test('are made once; again with the same settings is no error, with others is one', async (t) => {
    const { queues } = await made(t, { delayMs: 1_000 });
    assert.equal((await queues.create(QUEUE, {})).settings.delayMs, 1_000);
    assert.equal((await queues.create(QUEUE, { delayMs: 1_000 })).createdMs, NOON);
    await refusedAs(queues.create(QUEUE, { delayMs: 2_000 }), 'queue-differs', { setting: 'delayMs' });
  });

  test('leave their name and everything else behind for 60 seconds', async (t) => {
    const { queues, clock } = await made(t);
    await send(queues, QUEUE, 'old');
    const [old] = await receive(queues, QUEUE, { visibilityMs: 0 });
    await queues.delete(QUEUE);
    await refusedAs(send(queues, QUEUE, 'x'), 'no-such-queue');
    clock.advance(MINUTE_MS - 1);
    await refusedAs(queues.create(QUEUE, {}), 'deleted-recently');
    clock.advance(1);
    await queues.create(QUEUE, {});
    assert.deepEqual(await bodies(queues, QUEUE), []);
    assert.deepEqual(kindsOf(await queues.deleteMessages(QUEUE, [handle(old)])), ['handle-invalid']);
  });

  test('are purged of everything, once a minute', async (t) => {
    const { queues, clock } = await made(t);
    await send(queues, QUEUE, ...Array(1_500).fill('a'));
    const [held] = await receive(queues, QUEUE, { countMax: 1 });
    await sendInOrder(queues, 'g', 'c');
    await queues.purge(QUEUE);
    await queues.purge(FIFO);
    assert.deepEqual(queues.counts(QUEUE), { visible: 0, inFlight: 0, delayed: 0 });
    assert.deepEqual(await bodies(queues, FIFO), []);
    assert.deepEqual(await queues.deleteMessages(QUEUE, [handle(held)]), [undefined]);
    clock.advance(MINUTE_MS - 1);
    await refusedAs(queues.purge(QUEUE), 'purged-recently');
    clock.advance(1);
    await queues.purge(QUEUE);
  });

  test('of other accounts and regions are apart', async (t) => {
    const { queues } = await made(t);
    const elsewhere = { ...QUEUE, region: 'us-east-1' };
    const stranger = { ...QUEUE, account: '999999999999' };
    await queues.create(elsewhere, {});
    await queues.create(stranger, {});
    await send(queues, QUEUE, 'mine');
    assert.deepEqual([await bodies(queues, elsewhere), await bodies(queues, stranger)], [[], []]);
    assert.equal(queues.list(HERE, {}).length, 2);
  });

  test('and messages that have gone leave nothing behind in the file', async (t) => {
    const { queues, clock, dataDir } = await made(t, { retentionMs: MINUTE_MS });
    await queues.create(DEAD, {});
    await send(queues, DEAD, ...Array(2_500).fill('x'));
    await send(queues, QUEUE, ...Array(1_500).fill('x'));
    await sendInOrder(queues, 'g', 'a', 'b');
    await queues.delete(DEAD);
    await queues.delete(FIFO);
    const file = new DatabaseSync(join(dataDir, 'queues.db'), { readOnly: true });
    t.after(() => file.close());
    const rows = () =>
      ['messages', 'groups', 'deduplications', 'removedQueues', 'deletedQueues'].map((table) =>
        Number(file.prepare(`SELECT count(*) AS count FROM ${table}`).get()?.count),
      );
    assert.deepEqual(rows().slice(0, 1), [4_002]);
    // Nobody asks for any of it.
    await until(() => {
      clock.advance(SECOND_MS);
      return rows().every((count) => count === 0);
    });
  });

  test('keep what their ten last moves were', async (t) => {
    const { queues, clock } = await made(t);
    await withDeadLetters(queues, 1);
    for (let n = 0; n < 12; n += 1) {
      clock.advance(1);
      await queues.moves.start(queueArn(DEAD), {});
      await until(() => queues.moves.list(queueArn(DEAD), 1)[0]?.state === 'completed');
    }
    const started = queues.moves.list(queueArn(DEAD), 100).map(({ startedMs }) => startedMs - NOON);
    assert.deepEqual(started, [12, 11, 10, 9, 8, 7, 6, 5, 4, 3]);
  });
});

async function made(t: TestContext, settings: Parameters<Queues['create']>[1] = {}) {
  const opened = openForTest(t);
  await opened.queues.create(QUEUE, settings);
  await opened.queues.create(FIFO, { fifo: true });
  return opened;
}

async function withDeadLetters(queues: Queues, receivesMax: number): Promise<void> {
  await queues.create(DEAD, {});
  await queues.configure(QUEUE, { redrive: { deadLetterArn: queueArn(DEAD), receivesMax } });
}

async function send(queues: Queues, place: QueuePlace, ...texts: string[]): Promise<void> {
  const results = await queues.send(
    place,
    texts.map((body) => ({ body, senderId: 'sender' })),
  );
  assert.ok(results.every((result) => !(result instanceof SqsRefused)));
}

const random = generator(1);

async function sendInOrder(queues: Queues, group: string, ...texts: string[]): Promise<void> {
  const results = await queues.send(
    FIFO,
    texts.map((body) => ({ body, senderId: 'sender', group, deduplicationId: String(random()) })),
  );
  assert.ok(results.every((result) => !(result instanceof SqsRefused)));
}

function receive(queues: Queues, place: QueuePlace, ask: Partial<Parameters<Queues['receive']>[1]> = {}) {
  return queues.receive(place, { countMax: 10, ...ask }, new AbortController().signal);
}

async function bodies(queues: Queues, place: QueuePlace): Promise<string[]> {
  return (await receive(queues, place)).map(({ body }) => body);
}

function handle(message: ReceivedMessage | undefined): string {
  assert.ok(message, 'there is no message');
  return message.receiptHandle;
}

function kindsOf(results: readonly unknown[]): unknown[] {
  return results.map((result) => (result instanceof SqsRefused ? result.refusal.kind : 'taken'));
}

async function refusedAs(call: Promise<unknown>, kind: SqsRefusal['kind'], more: object = {}): Promise<void> {
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof SqsRefused, String(error));
    const { refusal } = error;
    assert.deepEqual({ ...refusal, ...more, kind }, refusal);
    return true;
  });
}
