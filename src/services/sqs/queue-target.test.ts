import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { parseArn } from '../../delivery/arn.ts';
import type { Message } from '../../delivery/message.ts';
import type { Sender } from '../../delivery/sender.ts';
import { Undeliverable } from '../../delivery/undeliverable.ts';
import { queueArn } from './queue.ts';
import { queueTarget } from './queue-target.ts';
import { FIFO, HERE, openForTest, QUEUE } from './testing/fixture.ts';

const FROM: Sender = { kind: 'service', service: 'sns.amazonaws.com', sourceArn: 'arn:aws:sns:x', sourceAccount: '1' };

test('what is delivered lies in the queue, with attributes, trace and order', async (t) => {
  const { queues, deliver } = await target(t);
  const attributes = { colour: { type: 'String', value: 'red' } };
  await deliver(QUEUE, { body: Buffer.from('ä'), attributes, traceHeader: 'Root=1', deduplicationId: '1' });
  await deliver(FIFO, { body: Buffer.from('b'), groupId: 'g', deduplicationId: '1' });
  const signal = new AbortController().signal;
  const [plain] = await queues.receive(QUEUE, { countMax: 1 }, signal);
  assert.deepEqual(
    [plain?.body, plain?.attributes, plain?.traceHeader, plain?.senderId],
    ['ä', attributes, 'Root=1', 'sns.amazonaws.com'],
  );
  const [ordered] = await queues.receive(FIFO, { countMax: 1 }, signal);
  assert.deepEqual([ordered?.body, ordered?.group, ordered?.deduplicationId], ['b', 'g', '1']);
});

test('what is to be delivered once is taken once, and what is named otherwise besides', async (t) => {
  const { queues, deliver } = await target(t);
  for (const once of ['1', '1', '2', undefined, undefined])
    await deliver(QUEUE, { body: Buffer.from(`${once}`), once });
  const got = await queues.receive(QUEUE, { countMax: 10 }, new AbortController().signal);
  assert.deepEqual(got.map(({ body }) => body).sort(), ['1', '2', 'undefined', 'undefined']);
});

test('a queue is found with the statements of its policy', async (t) => {
  const { queues, find } = await target(t);
  assert.deepEqual(await find(queueArn(QUEUE)), { account: HERE.account, policy: [] });
  await queues.configure(QUEUE, { policy: '{"Statement":{"Effect":"Deny","Principal":"*"}}' });
  assert.deepEqual((await find(queueArn(QUEUE)))?.policy, ['{"Effect":"Deny","Principal":"*"}']);
  assert.equal(await find(queueArn({ ...QUEUE, name: 'gone' })), undefined);
});

test('what a queue never takes is refused for good', async (t) => {
  const { deliver } = await target(t);
  const kindOf = (place: typeof QUEUE, message: Message) =>
    deliver(place, message).then(
      () => 'delivered',
      (error: unknown) => (error instanceof Undeliverable ? error.kind : error),
    );
  assert.equal(await kindOf({ ...QUEUE, name: 'gone' }, { body: Buffer.from('a') }), 'no-such-target');
  assert.equal(await kindOf(QUEUE, { body: Buffer.from('') }), 'refused');
  assert.equal(await kindOf(QUEUE, { body: Buffer.from('a\u0000') }), 'refused');
  assert.equal(await kindOf(QUEUE, { body: Buffer.alloc(1_048_577, 'a') }), 'refused');
  assert.equal(await kindOf(QUEUE, { body: Buffer.alloc(1_048_576, 'a') }), 'delivered');
  assert.equal(await kindOf(FIFO, { body: Buffer.from('a'), deduplicationId: '1' }), 'refused');
});

async function target(t: TestContext) {
  const { queues, core } = openForTest(t);
  await queues.create(QUEUE, {});
  await queues.create(FIFO, { fifo: true });
  const { find, deliver } = queueTarget(core);
  const arnOf = (text: string) => {
    const arn = parseArn(text);
    assert.ok(arn);
    return arn;
  };
  return {
    queues,
    find: async (text: string) => find(arnOf(text)),
    deliver: (place: typeof QUEUE, message: Message) =>
      deliver(arnOf(queueArn(place)), message, FROM, AbortSignal.timeout(60_000)),
  };
}
