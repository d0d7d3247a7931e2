import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PublishBatchRequestEntry, PublishCommandInput } from '@aws-sdk/client-sns';
import { Undeliverable } from '../../../delivery/undeliverable.ts';
import { manualClock } from '../../../lib/testing/manual-clock.ts';
import { ACCOUNT, REGION, refusal, type SnsServer, sdk, serveSns, until } from './testing/serve-sns.ts';

const QUEUE = `arn:aws:sqs:${REGION}:${ACCOUNT}:orders`;
const FIFO_QUEUE = `${QUEUE}.fifo`;
const KIB = 1_024;

const invalid = (message: string) => ({
  name: 'InvalidParameterException',
  message: `Invalid parameter: ${message}`,
  status: 400,
});
const badAttribute = (message: string) => ({ name: 'InvalidParameterValueException', message, status: 400 });

/** What AWS answers (recorded by public client suites, but for those that differ only in what they name). */
const REFUSED: readonly (readonly [what: string, input: Partial<PublishCommandInput>, answer: object])[] = [
  ['an empty message', { Message: '' }, invalid('Empty message')],
  ['an empty subject', { Subject: '' }, invalid('Subject')],
  ['a subject of 101 characters', { Subject: 'a'.repeat(101) }, invalid('Subject')],
  ['a subject with a line break', { Subject: 'a\nb' }, invalid('Subject')],
  ['a message of 256 KiB and a byte', { Message: 'a'.repeat(256 * KIB + 1) }, invalid('Message too long')],
  [
    'JSON without a default',
    { Message: '{"sqs":"a"}', MessageStructure: 'json' },
    invalid('Message Structure - No default entry in JSON message body'),
  ],
  [
    'what is no JSON',
    { Message: '{', MessageStructure: 'json' },
    invalid('Message Structure - JSON message body failed to parse'),
  ],
  [
    'a deduplication id',
    { MessageDeduplicationId: 'a' },
    invalid(
      'MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type',
    ),
  ],
  ['an ARN of another region', { TopicArn: `arn:aws:sns:eu-west-1:${ACCOUNT}:news` }, invalid('TopicArn')],
  [
    'an ARN with two elements',
    { TopicArn: 'arn:aws' },
    invalid('TopicArn Reason: An ARN must have at least 6 elements, not 2'),
  ],
  ['no ARN', { TopicArn: 'news' }, invalid('TopicArn Reason: An ARN must have at least 6 elements, not 1')],
  [
    'nothing to publish to',
    { TopicArn: undefined },
    invalid('TopicArn or TargetArn Reason: no value for required parameter'),
  ],
  [
    'an endpoint that is not there',
    { TopicArn: undefined, TargetArn: `arn:aws:sns:${REGION}:${ACCOUNT}:endpoint/ADM/app/1` },
    invalid('TargetArn Reason: No endpoint found for the target arn specified'),
  ],
];

const ATTRIBUTES: readonly (readonly [name: string, value: object, answer: object])[] = [
  [
    'attr1',
    { DataType: 'String', StringValue: '' },
    badAttribute(
      "The message attribute 'attr1' must contain non-empty message attribute value for message attribute type 'String'.",
    ),
  ],
  [
    'attr1',
    { StringValue: 'a' },
    {
      name: 'ValidationError',
      message:
        "1 validation error detected: Value null at 'messageAttributes.attr1.member.dataType' failed to satisfy constraint: Member must not be null",
      status: 400,
    },
  ],
  [
    'attr1',
    { DataType: 'String', BinaryValue: Buffer.from('a') },
    badAttribute("The message attribute 'attr1' with type 'String' must use field 'String'."),
  ],
  [
    'attr1',
    { DataType: 'Number', BinaryValue: Buffer.from('a') },
    badAttribute("The message attribute 'attr1' with type 'Number' must use field 'String'."),
  ],
  [
    'attr1',
    { DataType: 'Binary', StringValue: 'a' },
    badAttribute("The message attribute 'attr1' with type 'Binary' must use field 'Binary'."),
  ],
  [
    'attr1',
    { DataType: 'Text', StringValue: 'a' },
    badAttribute(
      "The message attribute 'attr1' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.",
    ),
  ],
  [
    'a'.repeat(256),
    { DataType: 'String', StringValue: 'a' },
    badAttribute('Length of message attribute name must be less than 256 bytes.'),
  ],
  [
    '^attr',
    { DataType: 'String', StringValue: 'a' },
    badAttribute(
      "Invalid non-alphanumeric character '#x5E' was found in the message attribute name. Can only include alphanumeric characters, hyphens, underscores, or dots.",
    ),
  ],
  [
    '.attr',
    { DataType: 'String', StringValue: 'a' },
    badAttribute("Invalid message attribute name starting with character '.' was found."),
  ],
  [
    'attr.',
    { DataType: 'String', StringValue: 'a' },
    badAttribute("Invalid message attribute name ending with character '.' was found."),
  ],
  [
    'at..tr',
    { DataType: 'String', StringValue: 'a' },
    badAttribute("Message attribute name can not have successive '.' character."),
  ],
];

test('what cannot be published is refused in AWS’s words', async (t) => {
  const server = await serveSns(t);
  const TopicArn = await topic(server, 'news');
  const publish = (input: Partial<PublishCommandInput>) =>
    refusal(server.client.send(new sdk.PublishCommand({ TopicArn, Message: 'hello', ...input })));
  for (const [what, input, answer] of REFUSED) assert.deepEqual(await publish(input), answer, what);
  for (const [name, value, answer] of ATTRIBUTES) {
    // SAFE: what the types forbid is what is tried here.
    const MessageAttributes = { [name]: value } as PublishCommandInput['MessageAttributes'];
    assert.deepEqual(await publish({ MessageAttributes }), answer, JSON.stringify(value));
  }
  const sms = await refusal(server.client.send(new sdk.PublishCommand({ PhoneNumber: '+15551234567', Message: 'a' })));
  assert.deepEqual(sms, {
    name: 'NotImplemented',
    message: 'Lambent does not support text messages to phones yet.',
    status: 501,
  });
});

test('the largest message goes through, and attributes count', async (t) => {
  const server = await serveSns(t);
  const TopicArn = await topic(server, 'news');
  await subscribe(server, TopicArn, QUEUE, { RawMessageDelivery: 'true' });
  await server.client.send(
    new sdk.PublishCommand({ TopicArn, Message: 'a'.repeat(256 * KIB), Subject: 'a'.repeat(100) }),
  );
  await until('it has arrived', () => server.delivered.length === 1);
  assert.equal(server.delivered[0]?.message.body.length, 256 * KIB);
  const MessageAttributes = { a: { DataType: 'String', StringValue: 'b' } };
  const fits = { TopicArn, Message: 'a'.repeat(256 * KIB - 8), MessageAttributes };
  await server.client.send(new sdk.PublishCommand(fits));
  const tooLong = server.client.send(new sdk.PublishCommand({ ...fits, Message: `${fits.Message}a` }));
  assert.deepEqual(await refusal(tooLong), invalid('Message too long'));
});

test('attributes arrive as they were sent, raw or in the document', async (t) => {
  const server = await serveSns(t);
  const TopicArn = await topic(server, 'news');
  await subscribe(server, TopicArn, QUEUE, { RawMessageDelivery: 'true' });
  await subscribe(server, TopicArn, `${QUEUE}-2`);
  await server.client.send(
    new sdk.PublishCommand({
      TopicArn,
      Message: 'hello',
      MessageAttributes: {
        text: { DataType: 'String', StringValue: 'ü' },
        list: { DataType: 'String.Array', StringValue: '["a",1]' },
        count: { DataType: 'Number.int', StringValue: '7' },
        bytes: { DataType: 'Binary', BinaryValue: Buffer.from([2, 3, 4]) },
      },
    }),
  );
  await until('both have it', () => server.delivered.length === 2);
  const of = (arn: string) => server.delivered.find((one) => one.arn === arn)?.message;
  assert.equal(of(QUEUE)?.body.toString(), 'hello');
  assert.deepEqual(of(QUEUE)?.attributes, {
    text: { type: 'String', value: 'ü' },
    list: { type: 'String.Array', value: '["a",1]' },
    count: { type: 'Number.int', value: '7' },
    bytes: { type: 'Binary', value: 'AgME' },
  });
  assert.deepEqual(JSON.parse(of(`${QUEUE}-2`)?.body.toString() ?? '').MessageAttributes, {
    text: { Type: 'String', Value: 'ü' },
    list: { Type: 'String.Array', Value: '["a",1]' },
    count: { Type: 'Number.int', Value: '7' },
    bytes: { Type: 'Binary', Value: 'AgME' },
  });
});

test('with MessageStructure json each protocol gets its own text, and the others the default', async (t) => {
  const server = await serveSns(t);
  const TopicArn = await topic(server, 'news');
  await subscribe(server, TopicArn, QUEUE);
  const function_ = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:resize`;
  await server.client.send(new sdk.SubscribeCommand({ TopicArn, Protocol: 'lambda', Endpoint: function_ }));
  const Message = JSON.stringify({ default: 'for all', sqs: 'for queues' });
  await server.client.send(new sdk.PublishCommand({ TopicArn, Message, MessageStructure: 'json' }));
  await until('both have it', () => server.delivered.length === 2);
  const of = (arn: string) =>
    JSON.parse(server.delivered.find((one) => one.arn === arn)?.message.body.toString() ?? '');
  assert.equal(of(QUEUE).Message, 'for queues');
  assert.equal(of(function_).Records[0].Sns.Message, 'for all');
});

test('a function gets the event that AWS sends', async (t) => {
  const server = await serveSns(t);
  const TopicArn = await topic(server, 'news');
  const Endpoint = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:resize`;
  const { SubscriptionArn } = await server.client.send(
    new sdk.SubscribeCommand({ TopicArn, Protocol: 'lambda', Endpoint }),
  );
  await server.client.send(new sdk.PublishCommand({ TopicArn, Message: 'hello' }));
  await until('it has it', () => server.delivered.length === 1);
  const event = JSON.parse(server.delivered[0]?.message.body.toString() ?? '');
  const { Sns, ...record } = event.Records[0];
  assert.deepEqual(record, { EventSource: 'aws:sns', EventVersion: '1.0', EventSubscriptionArn: SubscriptionArn });
  assert.deepEqual(Object.keys(Sns).sort(), [
    'Message',
    'MessageAttributes',
    'MessageId',
    'Signature',
    'SignatureVersion',
    'SigningCertUrl',
    'Subject',
    'Timestamp',
    'TopicArn',
    'Type',
    'UnsubscribeUrl',
  ]);
  assert.equal(Sns.Subject, null);
  assert.deepEqual(Sns.MessageAttributes, {});
});

test('X-Ray’s header of a publish goes on to queues', async (t) => {
  const server = await serveSns(t);
  const TopicArn = await topic(server, 'news');
  await subscribe(server, TopicArn, QUEUE);
  const traced = new sdk.PublishCommand({ TopicArn, Message: 'hello' });
  const header = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1';
  traced.middlewareStack.add(
    (next) => (args) => {
      // SAFE: in this step a request of HTTP has been built.
      (args.request as { headers: Record<string, string> }).headers['X-Amzn-Trace-Id'] = header;
      return next(args);
    },
    { step: 'build' },
  );
  await server.client.send(traced);
  await until('it has it', () => server.delivered.length === 1);
  assert.equal(server.delivered[0]?.message.traceHeader, header);
});

test('a filter policy lets through what it says', async (t) => {
  const server = await serveSns(t);
  const TopicArn = await topic(server, 'news');
  const arn = await subscribe(server, TopicArn, QUEUE, {
    RawMessageDelivery: 'true',
    FilterPolicy: '{"kind":["order"]}',
  });
  const publish = (Message: string, kind: string) =>
    server.client.send(
      new sdk.PublishCommand({
        TopicArn,
        Message,
        MessageAttributes: { kind: { DataType: 'String', StringValue: kind } },
      }),
    );
  await publish('one', 'refund');
  await publish('two', 'order');
  const set = (AttributeName: string, AttributeValue: string) =>
    server.client.send(
      new sdk.SetSubscriptionAttributesCommand({ SubscriptionArn: arn, AttributeName, AttributeValue }),
    );
  await set('FilterPolicyScope', 'MessageBody');
  await publish('{"kind":"refund"}', 'order');
  await publish('{"kind":"order"}', 'refund');
  await set('FilterPolicy', '');
  await publish('last', 'refund');
  await until('all have arrived', () => server.delivered.length === 3);
  assert.deepEqual(
    server.delivered.map(({ message }) => message.body.toString()),
    ['two', '{"kind":"order"}', 'last'],
  );
});

test('a batch is published whole, or refused whole', async (t) => {
  const server = await serveSns(t);
  const TopicArn = await topic(server, 'news');
  await subscribe(server, TopicArn, QUEUE, { RawMessageDelivery: 'true' });
  const entries = (count: number, change: Partial<PublishBatchRequestEntry> = {}) =>
    Array.from({ length: count }, (_, at) => ({ Id: `id-${at}`, Message: `message ${at}`, ...change }));
  const send = (PublishBatchRequestEntries: PublishBatchRequestEntry[]) =>
    server.client.send(new sdk.PublishBatchCommand({ TopicArn, PublishBatchRequestEntries }));
  const { Successful, Failed } = await send(entries(10));
  assert.deepEqual(
    Successful?.map(({ Id }) => Id),
    entries(10).map(({ Id }) => Id),
  );
  assert.deepEqual(Failed ?? [], []);
  const cases: readonly (readonly [PublishBatchRequestEntry[], string, string])[] = [
    [entries(11), 'TooManyEntriesInBatchRequestException', 'The batch request contains more entries than permissible.'],
    [
      entries(2, { Id: 'a' }),
      'BatchEntryIdsNotDistinctException',
      'Two or more batch entries in the request have the same Id.',
    ],
    [
      entries(1, { Id: 'message.id' }),
      'InvalidBatchEntryIdException',
      'The Id of a batch entry in the batch request contains an impermissible character: message.id',
    ],
    [
      entries(1, { Id: 'a'.repeat(81) }),
      'InvalidBatchEntryIdException',
      `The Id of a batch entry in the batch request is too long: ${'a'.repeat(81)}`,
    ],
    [
      entries(2, { Message: 'a'.repeat(128 * KIB + 1) }),
      'BatchRequestTooLongException',
      'The length of all the messages put together is more than the limit.',
    ],
    [entries(1, { Message: '' }), 'InvalidParameterException', 'Invalid parameter: Empty message'],
  ];
  for (const [batch, name, message] of cases)
    assert.deepEqual(await refusal(send(batch)), { name, message, status: 400 });
  assert.equal((await refusal(send([]))).name, 'EmptyBatchRequestException');
  await send(entries(2, { Message: 'a'.repeat(128 * KIB) }));
  await until('the good ones have arrived', () => server.delivered.length === 12);
});

test('a topic in order keeps the order of each group, and leaves out what it has had', async (t) => {
  const clock = manualClock(Date.parse('2026-01-01T00:00:00Z'));
  const attempts: string[] = [];
  let isDown = true;
  const server = await serveSns(t, {
    clock,
    deliver: async ({ message }) => {
      attempts.push(message.body.toString());
      if (isDown && message.groupId === 'a') throw new Undeliverable('unavailable', 'not now');
    },
  });
  const TopicArn = await topic(server, 'news.fifo', { FifoTopic: 'true' });
  await subscribe(server, TopicArn, FIFO_QUEUE, { RawMessageDelivery: 'true' });
  const publish = (Message: string, MessageGroupId: string, MessageDeduplicationId: string) =>
    server.client.send(new sdk.PublishCommand({ TopicArn, Message, MessageGroupId, MessageDeduplicationId }));
  const first = await publish('a1', 'a', '1');
  const second = await publish('a2', 'a', '2');
  await publish('b1', 'b', '3');
  assert.match(first.SequenceNumber ?? '', /^\d{20}$/);
  assert.ok((second.SequenceNumber ?? '') > (first.SequenceNumber ?? ''));
  assert.deepEqual(
    (({ MessageId, SequenceNumber }) => ({ MessageId, SequenceNumber }))(await publish('other text', 'a', '1')),
    { MessageId: first.MessageId, SequenceNumber: first.SequenceNumber },
  );
  await until('the other group has its message', () => server.delivered.length === 1);
  assert.ok(!attempts.includes('a2'), 'the second waits for the first');
  isDown = false;
  // Three retries come at once; whichever is next is a second away at most.
  for (let step = 0; step < 3_000 && server.delivered.length < 3; step += 1) {
    clock.advance(1_000);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.deepEqual(
    server.delivered.map(({ message }) => message.body.toString()),
    ['b1', 'a1', 'a2'],
  );
  assert.deepEqual(
    server.delivered.map(({ message }) => [message.groupId, message.deduplicationId]),
    [
      ['b', '3'],
      ['a', '1'],
      ['a', '2'],
    ],
  );
  clock.advance(300_000);
  await publish('a1 again', 'a', '1');
  await until('five minutes later it is new', () => server.delivered.length === 4);
});

test('the document of a topic in order has a sequence number, and no signature', async (t) => {
  const server = await serveSns(t);
  const TopicArn = await topic(server, 'news.fifo', { FifoTopic: 'true', ContentBasedDeduplication: 'true' });
  await subscribe(server, TopicArn, FIFO_QUEUE);
  const { SequenceNumber } = await server.client.send(
    new sdk.PublishCommand({ TopicArn, Message: 'hello', Subject: 'Hi', MessageGroupId: 'a' }),
  );
  await until('it has it', () => server.delivered.length === 1);
  const document = JSON.parse(server.delivered[0]?.message.body.toString() ?? '');
  assert.equal(document.SequenceNumber, SequenceNumber);
  assert.deepEqual(Object.keys(document), [
    'Type',
    'MessageId',
    'SequenceNumber',
    'TopicArn',
    'Subject',
    'Message',
    'Timestamp',
    'UnsubscribeURL',
  ]);
});

test('a queue without order gets groups from topics without order alone', async (t) => {
  const server = await serveSns(t);
  const ordered = await topic(server, 'news.fifo', { FifoTopic: 'true', ContentBasedDeduplication: 'true' });
  const TopicArn = await topic(server, 'news');
  for (const arn of [ordered, TopicArn]) {
    await subscribe(server, arn, QUEUE, { RawMessageDelivery: 'true' });
    await server.client.send(new sdk.PublishCommand({ TopicArn: arn, Message: arn, MessageGroupId: 'a' }));
  }
  await until('both have arrived', () => server.delivered.length === 2);
  const groups = server.delivered.map(({ message }) => [message.body.toString(), message.groupId]);
  assert.deepEqual(Object.fromEntries(groups), { [ordered]: undefined, [TopicArn]: 'a' });
});

test('content is its own deduplication id where the topic says so', async (t) => {
  const server = await serveSns(t);
  const TopicArn = await topic(server, 'news.fifo', { FifoTopic: 'true' });
  const publish = (input: Partial<PublishCommandInput>) =>
    server.client.send(new sdk.PublishCommand({ TopicArn, Message: 'hello', ...input }));
  assert.deepEqual(await refusal(publish({})), invalid('The MessageGroupId parameter is required for FIFO topics'));
  assert.deepEqual(
    await refusal(publish({ MessageGroupId: 'a' })),
    invalid(
      'The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
    ),
  );
  await server.client.send(
    new sdk.SetTopicAttributesCommand({ TopicArn, AttributeName: 'ContentBasedDeduplication', AttributeValue: 'true' }),
  );
  const { MessageId } = await publish({ MessageGroupId: 'a' });
  assert.equal((await publish({ MessageGroupId: 'b' })).MessageId, MessageId);
  assert.notEqual((await publish({ MessageGroupId: 'a', Message: 'other' })).MessageId, MessageId);
  assert.notEqual((await publish({ MessageGroupId: 'a', MessageDeduplicationId: 'own' })).MessageId, MessageId);
});

test('a queue that is gone or closed gets nothing more: the dead-letter queue does', async (t) => {
  const dead = `arn:aws:sqs:${REGION}:${ACCOUNT}:dead`;
  for (const kind of ['no-such-target', 'denied', 'refused'] as const) {
    const tried: string[] = [];
    const server = await serveSns(t, {
      deliver: async ({ arn }) => {
        tried.push(arn);
        if (arn === QUEUE) throw new Undeliverable(kind, 'no');
      },
    });
    const TopicArn = await topic(server, 'news');
    await subscribe(server, TopicArn, QUEUE, {
      RawMessageDelivery: 'true',
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dead }),
    });
    const MessageAttributes = { count: { DataType: 'Number', StringValue: '111' } };
    await server.client.send(new sdk.PublishCommand({ TopicArn, Message: 'lost', MessageAttributes }));
    await until('it is in the dead-letter queue', () => server.delivered.length === 1);
    assert.deepEqual(tried, [QUEUE, dead]);
    assert.equal(server.delivered[0]?.message.body.toString(), 'lost');
    assert.deepEqual(server.delivered[0]?.message.attributes, { count: { type: 'Number', value: '111' } });
  }
});

async function topic({ client }: SnsServer, Name: string, Attributes?: Record<string, string>): Promise<string> {
  return (await client.send(new sdk.CreateTopicCommand({ Name, Attributes }))).TopicArn ?? '';
}

async function subscribe(
  { client }: SnsServer,
  TopicArn: string,
  Endpoint: string,
  Attributes?: Record<string, string>,
): Promise<string> {
  const { SubscriptionArn = '' } = await client.send(
    new sdk.SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint, Attributes }),
  );
  return SubscriptionArn;
}
