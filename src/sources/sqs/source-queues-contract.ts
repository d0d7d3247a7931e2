import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { SQS } from '@aws-sdk/client-sqs';
import { NoSuchQueue, type SourceQueues } from './source-queues.ts';

export interface OpenedQueues {
  readonly queues: SourceQueues;
  /** The official client of the same queues. */
  readonly sqs: SQS;
}

/** What pollers count on, whoever keeps the queues. Queues are of the region eu-west-1 and the account 123456789012. */
export function sourceQueuesContract(name: string, open: (t: TestContext) => Promise<OpenedQueues>): void {
  const arnOf = (queue: string) => `arn:aws:sqs:eu-west-1:123456789012:${queue}`;
  const never = new AbortController().signal;
  const made = async (t: TestContext, queue = 'orders', Attributes: Record<string, string> = {}) => {
    const opened = await open(t);
    const { QueueUrl = '' } = await opened.sqs.createQueue({ QueueName: queue, Attributes });
    const arn = arnOf(queue);
    return {
      ...opened,
      arn,
      url: QueueUrl,
      send: (MessageBody: string, more: object = {}) => opened.sqs.sendMessage({ QueueUrl, MessageBody, ...more }),
      receive: (countMax: number, waitMs = 0) => opened.queues.receive(arn, { countMax, waitMs }, never),
    };
  };
  const ids = (messages: readonly { readonly body: string }[]) => messages.map(({ body }) => body);

  describe(`${name} as pollers read them`, () => {
    test('a queue tells for how long it hides messages, one that is not there tells nothing', async (t) => {
      const { queues, arn } = await made(t, 'orders', { VisibilityTimeout: '45' });
      assert.deepEqual(await queues.find(arn), { visibilityMs: 45_000 });
      assert.equal(await queues.find(arnOf('nowhere')), undefined);
      assert.equal(await queues.find('orders'), undefined);
    });

    test('a message is received with all that was said of it, and then hidden', async (t) => {
      const { send, receive } = await made(t);
      const MessageAttributes = {
        kind: { DataType: 'String', StringValue: 'order' },
        seal: { DataType: 'Binary', BinaryValue: Buffer.from([1, 2]) },
      };
      const trace = { AWSTraceHeader: { DataType: 'String', StringValue: 'Root=1-5759e988-bd862e3fe1be46a994272793' } };
      const sent = await send('héllo', { MessageAttributes, MessageSystemAttributes: trace });
      const [message, ...others] = await receive(10);
      assert.deepEqual(others, []);
      assert.ok(message);
      const { receiptHandle, system, ...rest } = message;
      assert.deepEqual(rest, {
        id: sent.MessageId,
        body: 'héllo',
        bodyMd5: sent.MD5OfMessageBody,
        attributes: { kind: { type: 'String', value: 'order' }, seal: { type: 'Binary', value: 'AQI=' } },
        attributesMd5: sent.MD5OfMessageAttributes,
      });
      assert.ok(receiptHandle.length > 0);
      assert.equal(system.AWSTraceHeader, trace.AWSTraceHeader.StringValue);
      assert.equal(system.ApproximateReceiveCount, '1');
      assert.match(system.SentTimestamp ?? '', /^\d{13}$/);
      assert.deepEqual(await receive(10), []);
    });

    test('a receive waits for a message, and no longer than it may', async (t) => {
      const { send, receive, queues, arn } = await made(t);
      const waiting = receive(10, 20_000);
      await send('late');
      assert.deepEqual(ids(await waiting), ['late']);
      const leaving = new AbortController();
      const abandoned = queues.receive(arn, { countMax: 10, waitMs: 20_000 }, leaving.signal);
      leaving.abort();
      assert.deepEqual(await abandoned, []);
    });

    test('what was deleted never comes again, however many there are, and however often they are deleted', async (t) => {
      const { send, receive, queues, arn } = await made(t);
      for (let count = 0; count < 25; count += 1) await send(String(count));
      const received = [];
      for (let some = await receive(10); some.length > 0; some = await receive(10)) received.push(...some);
      assert.equal(received.length, 25);
      await queues.delete(arn, received);
      await queues.delete(arn, received);
      await queues.release(arn, received.slice(0, 1));
      assert.deepEqual(await receive(10), []);
    });

    test('what was released is visible at once, and received once more', async (t) => {
      const { send, receive, queues, arn } = await made(t);
      await send('again');
      await queues.release(arn, await receive(10));
      const [again] = await receive(10);
      assert.deepEqual([again?.body, again?.system.ApproximateReceiveCount], ['again', '2']);
    });

    test('a group comes in its order, and not before what was received of it is done', async (t) => {
      const { send, receive, queues, arn } = await made(t, 'orders.fifo', { FifoQueue: 'true' });
      for (const [body, group] of ['1a', '2a', '3a', '1b'].map((text): [string, string] => [text, text.slice(1)])) {
        await send(body, { MessageGroupId: group, MessageDeduplicationId: body });
      }
      const first = await receive(2);
      assert.deepEqual(ids(first), ['1a', '2a']);
      assert.equal(first[0]?.system.MessageGroupId, 'a');
      assert.ok(first[0]?.system.SequenceNumber);
      assert.deepEqual(ids(await receive(10)), ['1b']);
      await queues.delete(arn, first);
      assert.deepEqual(ids(await receive(10)), ['3a']);
    });

    test('a queue that is not there says so', async (t) => {
      const { queues, sqs, url, arn, send, receive } = await made(t);
      const nowhere = queues.receive(arnOf('nowhere'), { countMax: 1, waitMs: 0 }, never);
      await assert.rejects(nowhere, NoSuchQueue);
      await send('lost');
      const received = await receive(1);
      await sqs.deleteQueue({ QueueUrl: url });
      await assert.rejects(receive(1), NoSuchQueue);
      await assert.rejects(queues.delete(arn, received), NoSuchQueue);
    });
  });
}
