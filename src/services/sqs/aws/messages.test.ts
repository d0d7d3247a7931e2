// Messages as the official client sends and receives them. It checks every MD5 that it gets.
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { refusalOf, sdk, serveSqs } from './testing/serve.ts';

const MIB = 1_048_576;

test('attributes are given as they are asked for, with a digest of those', async (t) => {
  const { client, QueueUrl } = await withQueue(t);
  const text = (StringValue: string) => ({ DataType: 'String', StringValue });
  await client.sendMessage({
    QueueUrl,
    MessageBody: 'msg',
    MessageAttributes: { General: text('Kenobi'), Hello: text('There'), 'Help.Me': text('Me') },
  });
  const asked = async (...MessageAttributeNames: string[]) => {
    const { Messages } = await client.receiveMessage({ QueueUrl, MessageAttributeNames, VisibilityTimeout: 0 });
    const { MessageAttributes, MD5OfMessageAttributes } = Messages?.[0] ?? {};
    return [Object.keys(MessageAttributes ?? {}).sort(), MD5OfMessageAttributes];
  };
  // The digests are AWS's, as clients have recorded them.
  const all = [['General', 'Hello', 'Help.Me'], '4c360f3fdafd970e05fae2f149d997f5'];
  assert.deepEqual(await asked('All'), all);
  assert.deepEqual(await asked('.*'), all);
  assert.deepEqual(await asked('Hel.*'), [['Hello', 'Help.Me'], '83fee93c1bcd8b9a5a923ffacdc636c7']);
  assert.deepEqual(await asked('Hello', 'General', 'x'), [['General', 'Hello'], 'fca026605781cb4126a1e9044df24232']);
  assert.deepEqual(await asked('x'), [[], undefined]);
  assert.deepEqual(await asked(), [[], undefined]);
});

test('attributes of the system are those that are asked for, under either name', async (t) => {
  const { client, QueueUrl } = await withQueue(t);
  await client.sendMessage({ QueueUrl, MessageBody: 'msg' });
  const old = await client.receiveMessage({ QueueUrl, AttributeNames: ['SenderId' as never], VisibilityTimeout: 0 });
  assert.deepEqual(old.Messages?.[0]?.Attributes, { SenderId: '123456789012' });
  const MessageSystemAttributeNames = ['ApproximateReceiveCount' as const];
  const now = await client.receiveMessage({ QueueUrl, MessageSystemAttributeNames });
  assert.deepEqual(now.Messages?.[0]?.Attributes, { ApproximateReceiveCount: '2' });
});

describe('what no message may be is refused in AWS’s words', () => {
  test('its body', async (t) => {
    const { client, QueueUrl } = await withQueue(t);
    const refused = (MessageBody: string) => refusalOf(client.sendMessage({ QueueUrl, MessageBody }));
    assert.deepEqual(await refused(''), {
      name: 'MissingParameter',
      status: 400,
      message: 'The request must contain the parameter MessageBody.',
    });
    for (const body of ['\u0000', 'a\u001b', '\uffff', '\ud800x']) {
      assert.equal((await refused(body)).name, 'InvalidMessageContents', JSON.stringify(body));
    }
    for (const body of ['\t\n\r ', '\ue000', '\ufffd', '😀']) await client.sendMessage({ QueueUrl, MessageBody: body });
    const tooLong = 'One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes.';
    await client.sendMessage({ QueueUrl, MessageBody: 'ä'.repeat(MIB / 2) });
    assert.deepEqual(await refused(`${'ä'.repeat(MIB / 2)}a`), {
      name: 'InvalidParameterValue',
      status: 400,
      message: tooLong,
    });
    // Attributes count, too: six bytes of name, six of type and ten of value.
    const MessageAttributes = { colour: { DataType: 'String', StringValue: '0123456789' } };
    await client.sendMessage({ QueueUrl, MessageBody: 'a'.repeat(MIB - 22), MessageAttributes });
    const longer = { QueueUrl, MessageBody: 'a'.repeat(MIB - 21), MessageAttributes };
    assert.equal((await refusalOf(client.sendMessage(longer))).message, tooLong);
    await client.setQueueAttributes({ QueueUrl, Attributes: { MaximumMessageSize: '1024' } });
    assert.equal(
      (await refused('a'.repeat(1_025))).message,
      'One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes.',
    );
  });

  test('its attributes', async (t) => {
    const { client, QueueUrl } = await withQueue(t);
    const refused = async (MessageAttributes: Record<string, object>) =>
      (
        await refusalOf(
          client.sendMessage({ QueueUrl, MessageBody: 'a', MessageAttributes: MessageAttributes as never }),
        )
      ).message;
    const text = { DataType: 'String', StringValue: 'x' };
    const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`a${n}`, text]));
    assert.equal(await refused(many(11)), 'Number of message attributes [11] exceeds the allowed maximum [10].');
    await client.sendMessage({ QueueUrl, MessageBody: 'a', MessageAttributes: many(10) });
    assert.equal(
      await refused({ ErrorDetails: { DataType: 'String', StringValue: '' } }),
      "Message (user) attribute 'ErrorDetails' must contain a non-empty value of type 'String'.",
    );
    assert.match(await refused({ a: { DataType: 'Text', StringValue: 'x' } }), /invalid message attribute type/);
    assert.match(await refused({ a: { StringValue: 'x' } }), /non-empty message attribute type/);
    assert.match(await refused({ a: { DataType: 'Number', StringValue: 'x' } }), /to a number/);
    assert.match(await refused({ a: { DataType: 'Binary', StringValue: 'x' } }), /non-empty value of type 'Binary'/);
    assert.match(await refused({ a: { DataType: 'String', StringValue: '\u0001' } }), /Invalid characters/);
    assert.match(await refused({ 'a b': text }), /can contain A-Z/);
    for (const name of ['AWS.x', 'amazon.x', '.x', 'x.', 'x..y'])
      assert.match(await refused({ [name]: text }), /reserved/);
    assert.match(await refused({ ['a'.repeat(257)]: text }), /shorter than 256/);
    await client.sendMessage({ QueueUrl, MessageBody: 'a', MessageAttributes: { ['a'.repeat(256)]: text } });
  });

  test('its numbers and ids', async (t) => {
    const { client, QueueUrl } = await withQueue(t);
    const messageOf = async (call: Promise<unknown>) => (await refusalOf(call)).message;
    assert.equal(
      await messageOf(client.sendMessage({ QueueUrl, MessageBody: 'a', DelaySeconds: 901 })),
      'Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.',
    );
    assert.equal(
      await messageOf(client.receiveMessage({ QueueUrl, MaxNumberOfMessages: 11 })),
      'Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.',
    );
    assert.equal(
      await messageOf(client.receiveMessage({ QueueUrl, WaitTimeSeconds: 21 })),
      'Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.',
    );
    await refusalOf(client.receiveMessage({ QueueUrl, MaxNumberOfMessages: 0 }));
    assert.equal(
      await messageOf(client.receiveMessage({ QueueUrl, VisibilityTimeout: 43_201 })),
      'Value 43201 for parameter VisibilityTimeout is invalid. Reason: Must be >= 0 and <= 43200, if provided.',
    );
    await client.receiveMessage({ QueueUrl, VisibilityTimeout: 43_200, MaxNumberOfMessages: 10 });
    assert.equal(
      await messageOf(client.sendMessage({ QueueUrl, MessageBody: 'a', MessageDeduplicationId: 'd' })),
      'Value d for parameter MessageDeduplicationId is invalid. Reason: The request includes a parameter that is not valid for this queue type.',
    );
    for (const MessageGroupId of ['', 'a b', 'ä', 'a'.repeat(129)]) {
      await refusalOf(client.sendMessage({ QueueUrl, MessageBody: 'a', MessageGroupId }));
    }
    // Fair queues: a group is no order here, and is passed on.
    await client.sendMessage({ QueueUrl, MessageBody: 'a', MessageGroupId: 'a'.repeat(128) });
    const { Messages } = await client.receiveMessage({ QueueUrl, MessageSystemAttributeNames: ['All'] });
    assert.equal(Messages?.[0]?.Attributes?.MessageGroupId, 'a'.repeat(128));
    assert.equal(Messages?.[0]?.Attributes?.SequenceNumber, undefined);
  });
});

test('a FIFO queue tells sequence numbers, group and deduplication, and takes a message once', async (t) => {
  const { client } = await serveSqs(t);
  const { QueueUrl } = await client.createQueue({ QueueName: 'a.fifo', Attributes: { FifoQueue: 'true' } });
  const message = { QueueUrl, MessageBody: 'x', MessageGroupId: 'g', MessageDeduplicationId: 'd' };
  const first = await client.sendMessage(message);
  const again = await client.sendMessage(message);
  assert.match(first.SequenceNumber ?? '', /^\d{20}$/);
  assert.deepEqual([again.MessageId, again.SequenceNumber], [first.MessageId, first.SequenceNumber]);
  const other = await client.sendMessage({ ...message, MessageDeduplicationId: 'e' });
  assert.ok((other.SequenceNumber ?? '') > (first.SequenceNumber ?? ''));
  const { Messages = [] } = await client.receiveMessage({
    QueueUrl,
    MaxNumberOfMessages: 10,
    MessageSystemAttributeNames: ['All'],
  });
  assert.deepEqual(
    Messages.map(({ Attributes }) => [
      Attributes?.MessageGroupId,
      Attributes?.MessageDeduplicationId,
      Attributes?.SequenceNumber,
    ]),
    [
      ['g', 'd', first.SequenceNumber],
      ['g', 'e', other.SequenceNumber],
    ],
  );
  const messageOf = async (more: object) => (await refusalOf(client.sendMessage({ ...message, ...more }))).message;
  assert.equal(
    await messageOf({ DelaySeconds: 2 }),
    'Value 2 for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for this queue type.',
  );
  assert.equal(
    await messageOf({ MessageGroupId: undefined }),
    'The request must contain the parameter MessageGroupId.',
  );
  assert.equal(
    await messageOf({ MessageDeduplicationId: undefined }),
    'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
  );
});

test('a handle that is over, damaged or of another queue says so', async (t) => {
  const { client, QueueUrl, clock } = await withQueue(t);
  await client.sendMessage({ QueueUrl, MessageBody: 'x' });
  const { Messages } = await client.receiveMessage({ QueueUrl });
  const ReceiptHandle = Messages?.[0]?.ReceiptHandle;
  const change = (VisibilityTimeout: number) =>
    client.changeMessageVisibility({ QueueUrl, ReceiptHandle, VisibilityTimeout });
  await change(10);
  assert.equal(
    (await refusalOf(change(43_201))).message,
    'Value 43201 for parameter VisibilityTimeout is invalid. Reason: VisibilityTimeout must be an integer between 0 and 43200.',
  );
  clock.advance(1_000);
  assert.equal(
    (await refusalOf(change(43_200))).message,
    'Value 43200 for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the message is beyond the limit [43200 seconds]',
  );
  clock.advance(9_000);
  // Recorded: its time is over, and nobody else has it.
  await change(10);
  await client.deleteMessage({ QueueUrl, ReceiptHandle });
  assert.deepEqual(await refusalOf(change(10)), {
    name: 'InvalidParameterValue',
    status: 400,
    message: `Value ${ReceiptHandle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.`,
  });
  const other = await client.createQueue({ QueueName: 'other' });
  assert.deepEqual(await refusalOf(client.deleteMessage({ QueueUrl: other.QueueUrl, ReceiptHandle })), {
    name: 'ReceiptHandleIsInvalid',
    status: 404,
    message: `The input receipt handle "${ReceiptHandle}" is not a valid receipt handle.`,
  });
});

describe('batches', () => {
  test('answer each entry by itself', async (t) => {
    const { client, QueueUrl } = await withQueue(t, { MaximumMessageSize: '1024' });
    const sent = await client.sendMessageBatch({
      QueueUrl,
      Entries: [
        { Id: 'good', MessageBody: 'a', MessageAttributes: { n: { DataType: 'Number', StringValue: '-1.5e3' } } },
        { Id: 'long', MessageBody: 'a'.repeat(1_025) },
        { Id: 'late', MessageBody: 'b', DelaySeconds: 901 },
        { Id: 'odd', MessageBody: '\u0002' },
      ],
    });
    assert.deepEqual(
      sent.Successful?.map(({ Id }) => Id),
      ['good'],
    );
    assert.deepEqual(sent.Failed?.map(({ Id, Code, SenderFault }) => [Id, Code, SenderFault]).sort(), [
      ['late', 'InvalidParameterValue', true],
      ['long', 'InvalidParameterValue', true],
      ['odd', 'InvalidMessageContents', true],
    ]);
    const { Messages = [] } = await client.receiveMessage({ QueueUrl });
    const ReceiptHandle = Messages[0]?.ReceiptHandle;
    const Entries = [
      { Id: 'good', ReceiptHandle, VisibilityTimeout: 5 },
      { Id: 'bad', ReceiptHandle: 'x', VisibilityTimeout: 5 },
    ];
    const changed = await client.changeMessageVisibilityBatch({ QueueUrl, Entries });
    const deleted = await client.deleteMessageBatch({ QueueUrl, Entries });
    for (const { Successful, Failed } of [changed, deleted]) {
      assert.deepEqual(Successful, [{ Id: 'good' }]);
      assert.deepEqual(Failed, [
        {
          Id: 'bad',
          SenderFault: true,
          Code: 'ReceiptHandleIsInvalid',
          Message: 'The input receipt handle "x" is not a valid receipt handle.',
        },
      ]);
    }
  });

  test('are refused as a whole for their size and their ids', async (t) => {
    const { client, QueueUrl } = await withQueue(t);
    const ids = (...Ids: string[]) =>
      Ids.map((Id) => ({ Id, ReceiptHandle: 'x', MessageBody: 'x', VisibilityTimeout: 1 }));
    const many = (count: number) => ids(...Array.from({ length: count }, (_, n) => `i${n}`));
    for (const [action, call] of Object.entries({
      SendMessage: (Entries: ReturnType<typeof ids>) => client.sendMessageBatch({ QueueUrl, Entries }),
      DeleteMessage: (Entries: ReturnType<typeof ids>) => client.deleteMessageBatch({ QueueUrl, Entries }),
      ChangeMessageVisibility: (Entries: ReturnType<typeof ids>) =>
        client.changeMessageVisibilityBatch({ QueueUrl, Entries }),
    })) {
      await call(many(10));
      assert.deepEqual(await refusalOf(call(many(11))), {
        name: 'TooManyEntriesInBatchRequest',
        status: 400,
        message: 'Maximum number of entries per request are 10. You have sent 11.',
      });
      assert.deepEqual(await refusalOf(call([])), {
        name: 'EmptyBatchRequest',
        status: 400,
        message: `There should be at least one ${action}BatchRequestEntry in the request.`,
      });
      assert.equal((await refusalOf(call(ids('a', 'b', 'a')))).name, 'BatchEntryIdsNotDistinct');
      assert.equal(
        (await refusalOf(call(ids('a', '')))).message,
        `The request must contain the parameter ${action}BatchRequestEntry.2.Id.`,
      );
      assert.equal(
        (await refusalOf(call(undefined as never))).message,
        'The request must contain the parameter Entries.',
      );
      for (const id of [' ', 'a:b', 'a'.repeat(81)]) {
        assert.equal((await refusalOf(call(ids(id)))).name, 'InvalidBatchEntryId');
      }
    }
    const half = 'a'.repeat(MIB / 2);
    const Entries = [
      { Id: 'a', MessageBody: half },
      { Id: 'b', MessageBody: half },
    ];
    assert.equal((await client.sendMessageBatch({ QueueUrl, Entries })).Successful?.length, 2);
    assert.deepEqual(
      await refusalOf(client.sendMessageBatch({ QueueUrl, Entries: [...Entries, { Id: 'c', MessageBody: 'x' }] })),
      {
        name: 'BatchRequestTooLong',
        status: 400,
        message: 'Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes.',
      },
    );
  });

  test('to FIFO queues keep their order, and are refused as a whole where an entry has no group', async (t) => {
    const { client } = await serveSqs(t);
    const { QueueUrl } = await client.createQueue({
      QueueName: 'a.fifo',
      Attributes: { FifoQueue: 'true', ContentBasedDeduplication: 'true' },
    });
    const entries = ['c', 'a', 'b'].map((text) => ({ Id: text, MessageBody: text, MessageGroupId: 'g' }));
    const { Successful = [] } = await client.sendMessageBatch({ QueueUrl, Entries: entries });
    const numbers = Successful.map(({ SequenceNumber }) => SequenceNumber);
    assert.deepEqual(numbers, numbers.toSorted());
    const { Messages = [] } = await client.receiveMessage({ QueueUrl, MaxNumberOfMessages: 10 });
    assert.deepEqual(
      Messages.map(({ Body }) => Body),
      ['c', 'a', 'b'],
    );
    const Entries = [...entries, { Id: 'x', MessageBody: 'x' }];
    assert.deepEqual(await refusalOf(client.sendMessageBatch({ QueueUrl, Entries })), {
      name: 'InvalidParameterValue',
      status: 400,
      message: 'The request must contain the parameter MessageGroupId.',
    });
  });
});

describe('a receive that waits', () => {
  test('gets what is sent meanwhile', async (t) => {
    const { client, QueueUrl } = await withQueue(t);
    const waiting = client.receiveMessage({ QueueUrl, WaitTimeSeconds: 20 });
    await client.sendMessage({ QueueUrl, MessageBody: 'a' });
    assert.equal((await waiting).Messages?.[0]?.Body, 'a');
  });

  test('takes nothing when its client has left', async (t) => {
    const { client, QueueUrl, queues } = await withQueue(t);
    const leaving = new AbortController();
    const left = client.send(new sdk.ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }), {
      abortSignal: leaving.signal,
    });
    const refused = assert.rejects(left, { name: 'AbortError' });
    // The next one waits behind it, so that it is known to have arrived.
    await new Promise((resolve) => setTimeout(resolve, 100));
    leaving.abort();
    await refused;
    const next = client.receiveMessage({ QueueUrl, WaitTimeSeconds: 20 });
    await client.sendMessage({ QueueUrl, MessageBody: 'a' });
    assert.equal((await next).Messages?.[0]?.Body, 'a');
    const place = { account: '123456789012', region: 'eu-west-1', name: 'orders' };
    assert.deepEqual(queues.counts(place), { visible: 0, inFlight: 1, delayed: 0 });
  });
});

test('dead letters are told with their source, and moved back', async (t) => {
  const { client, QueueUrl, clock } = await withQueue(t);
  const ARN = 'arn:aws:sqs:eu-west-1:123456789012';
  const dead = (await client.createQueue({ QueueName: 'dead' })).QueueUrl;
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: `${ARN}:dead`, maxReceiveCount: 1 });
  await client.setQueueAttributes({ QueueUrl, Attributes: { RedrivePolicy } });
  const { MessageId } = await client.sendMessage({ QueueUrl, MessageBody: 'poison' });
  await client.receiveMessage({ QueueUrl, VisibilityTimeout: 1 });
  clock.advance(1_000);
  assert.equal((await client.receiveMessage({ QueueUrl })).Messages, undefined);
  const { Messages } = await client.receiveMessage({
    QueueUrl: dead,
    MessageSystemAttributeNames: ['All'],
    VisibilityTimeout: 0,
  });
  const [letter] = Messages ?? [];
  assert.equal(letter?.MessageId, MessageId);
  assert.equal(letter?.Attributes?.DeadLetterQueueSourceArn, `${ARN}:orders`);

  const refused = async (input: object) => refusalOf(client.startMessageMoveTask(input as { SourceArn: string }));
  assert.equal(
    (await refused({ SourceArn: `${ARN}:orders` })).message,
    'Source queue must be configured as a Dead Letter Queue.',
  );
  assert.deepEqual(await refused({ SourceArn: `${ARN}:nothing` }), {
    name: 'ResourceNotFoundException',
    status: 404,
    message: "The resource that you specified for the SourceArn parameter doesn't exist.",
  });
  assert.match((await refused({ SourceArn: 'dead' })).message, /^You must use this format to specify the SourceArn/);
  await refused({ SourceArn: `${ARN}:dead`, MaxNumberOfMessagesPerSecond: 501 });

  const started = await client.startMessageMoveTask({ SourceArn: `${ARN}:dead`, MaxNumberOfMessagesPerSecond: 1 });
  const cancel = () => client.cancelMessageMoveTask({ TaskHandle: started.TaskHandle });
  const list = async () => (await client.listMessageMoveTasks({ SourceArn: `${ARN}:dead`, MaxResults: 10 })).Results;
  await waitFor(async () => (await list())?.[0]?.ApproximateNumberOfMessagesMoved === 1);
  assert.deepEqual(await list(), [
    {
      TaskHandle: started.TaskHandle,
      Status: 'RUNNING',
      SourceArn: `${ARN}:dead`,
      MaxNumberOfMessagesPerSecond: 1,
      ApproximateNumberOfMessagesMoved: 1,
      ApproximateNumberOfMessagesToMove: 1,
      StartedTimestamp: clock.nowMs(),
    },
  ]);
  assert.deepEqual((await cancel()).ApproximateNumberOfMessagesMoved, 1);
  assert.equal((await refusalOf(cancel())).name, 'UnsupportedOperation');
  clock.advance(1_000);
  await waitFor(async () => (await list())?.[0]?.Status === 'CANCELLED');
  const TaskHandle = Buffer.from(JSON.stringify({ taskId: 'x', sourceArn: `${ARN}:dead` })).toString('base64');
  assert.equal((await refusalOf(client.cancelMessageMoveTask({ TaskHandle }))).message, 'Task does not exist.');
  assert.equal(
    (await refusalOf(client.cancelMessageMoveTask({ TaskHandle: 'foobared' }))).message,
    'Value for parameter TaskHandle is invalid.',
  );
  const back = await client.receiveMessage({ QueueUrl, MessageSystemAttributeNames: ['All'] });
  assert.equal(back.Messages?.[0]?.Body, 'poison');
  assert.equal(back.Messages?.[0]?.Attributes?.ApproximateReceiveCount, '1');
});

async function withQueue(t: TestContext, Attributes: Record<string, string> = {}) {
  const served = await serveSqs(t);
  const { QueueUrl } = await served.client.createQueue({ QueueName: 'orders', Attributes });
  return { ...served, QueueUrl };
}

async function waitFor(isSo: () => Promise<boolean>): Promise<void> {
  for (let n = 0; !(await isSo()); n += 1) assert.ok(n < 30_000, 'it does not happen');
}
