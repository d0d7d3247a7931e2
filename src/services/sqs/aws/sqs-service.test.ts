// The Simple Queue Service as the official client sees it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NOON } from '../testing/fixture.ts';
import { refusalOf, serveSqs } from './testing/serve.ts';

test('a message goes on in the trace of the request that has sent it, unless its sender names another one', async (t) => {
  const { client } = await serveSqs(t);
  const { QueueUrl } = await client.createQueue({ QueueName: 'traced' });
  const ofRequest = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a87bd80c:3';
  const named = 'Root=1-5759e988-000000000000000000000000';
  let header = ofRequest;
  client.middlewareStack.add(
    (send) => (args) => {
      (args.request as { headers: Record<string, string> }).headers['X-Amzn-Trace-Id'] = header;
      return send(args);
    },
    { step: 'build' },
  );
  const MessageSystemAttributes = { AWSTraceHeader: { DataType: 'String', StringValue: named } } as const;
  const sent = await client.sendMessage({ QueueUrl, MessageBody: 'one' });
  assert.equal(sent.MD5OfMessageSystemAttributes, undefined);
  await client.sendMessageBatch({
    QueueUrl,
    Entries: [
      { Id: 'two', MessageBody: 'two' },
      { Id: 'three', MessageBody: 'three', MessageSystemAttributes },
    ],
  });
  for (header of ['no trace', `${ofRequest}${'0'.repeat(1_024)}`, `${ofRequest}\u00e4`]) {
    await client.sendMessage({ QueueUrl, MessageBody: 'none' });
  }
  const ask = { QueueUrl, MaxNumberOfMessages: 10, MessageSystemAttributeNames: ['All' as const] };
  const { Messages = [] } = await client.receiveMessage(ask);
  const traces = Messages.map(({ Body, Attributes }) => [Body, Attributes?.AWSTraceHeader]);
  assert.deepEqual(traces, [
    ['one', ofRequest],
    ['two', ofRequest],
    ['three', named],
    ...Array.from({ length: 3 }, () => ['none', undefined]),
  ]);
});

test('a message is sent, received with its attributes, and deleted', async (t) => {
  const { client, endpoint } = await serveSqs(t);
  const { QueueUrl } = await client.createQueue({ QueueName: 'orders' });
  assert.equal(QueueUrl, `${endpoint}/123456789012/orders`);
  const sent = await client.sendMessage({
    QueueUrl,
    MessageBody: 'eins ✓',
    MessageAttributes: {
      weight: { DataType: 'Number.float', StringValue: '1.5' },
      colour: { DataType: 'String', StringValue: 'grün' },
      seal: { DataType: 'Binary', BinaryValue: Uint8Array.of(0, 255, 7) },
    },
    MessageSystemAttributes: {
      AWSTraceHeader: { DataType: 'String', StringValue: 'Root=1-5759e988-bd862e3fe1be46a994272793' },
    },
  });
  assert.match(sent.MessageId ?? '', /^[0-9a-f-]{36}$/);
  const { Messages = [] } = await client.receiveMessage({
    QueueUrl,
    MessageAttributeNames: ['All'],
    MessageSystemAttributeNames: ['All'],
  });
  const [{ ReceiptHandle, ...message } = {}] = Messages;
  assert.deepEqual(message, {
    MessageId: sent.MessageId,
    Body: 'eins ✓',
    MD5OfBody: sent.MD5OfMessageBody,
    MD5OfMessageAttributes: sent.MD5OfMessageAttributes,
    MessageAttributes: {
      weight: { DataType: 'Number.float', StringValue: '1.5' },
      colour: { DataType: 'String', StringValue: 'grün' },
      seal: { DataType: 'Binary', BinaryValue: Uint8Array.of(0, 255, 7) },
    },
    Attributes: {
      SenderId: '123456789012',
      SentTimestamp: String(NOON),
      ApproximateReceiveCount: '1',
      ApproximateFirstReceiveTimestamp: String(NOON),
      AWSTraceHeader: 'Root=1-5759e988-bd862e3fe1be46a994272793',
    },
  });
  assert.match(ReceiptHandle ?? '', /^AQEB/);
  await client.deleteMessage({ QueueUrl, ReceiptHandle });
  await client.deleteMessage({ QueueUrl, ReceiptHandle });
  assert.deepEqual(await refusalOf(client.deleteMessage({ QueueUrl, ReceiptHandle: 'x' })), {
    name: 'ReceiptHandleIsInvalid',
    status: 404,
    message: 'The input receipt handle "x" is not a valid receipt handle.',
  });
});
