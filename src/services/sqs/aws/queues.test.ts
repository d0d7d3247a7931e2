// Queues themselves, as the official client sees them: attributes, tags, lists, permissions.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NOON } from '../testing/fixture.ts';
import { refusalOf, serveSqs } from './testing/serve.ts';

const ARN = 'arn:aws:sqs:eu-west-1:123456789012';
type Client = Awaited<ReturnType<typeof serveSqs>>['client'];

test('a new queue has all attributes of AWS with its defaults', async (t) => {
  const { client, clock } = await serveSqs(t);
  const { QueueUrl } = await client.createQueue({ QueueName: 'orders' });
  clock.advance(61_000);
  await client.setQueueAttributes({ QueueUrl, Attributes: { DelaySeconds: '1' } });
  const standard = {
    QueueArn: `${ARN}:orders`,
    ApproximateNumberOfMessages: '0',
    ApproximateNumberOfMessagesNotVisible: '0',
    ApproximateNumberOfMessagesDelayed: '0',
    CreatedTimestamp: String(NOON / 1000),
    LastModifiedTimestamp: String(NOON / 1000 + 61),
    VisibilityTimeout: '30',
    MaximumMessageSize: '1048576',
    MessageRetentionPeriod: '345600',
    DelaySeconds: '1',
    ReceiveMessageWaitTimeSeconds: '0',
    SqsManagedSseEnabled: 'true',
  };
  assert.deepEqual(await attributesOf(client, QueueUrl, ['All']), standard);
  assert.deepEqual(await attributesOf(client, QueueUrl, ['DelaySeconds', 'Policy']), { DelaySeconds: '1' });
  assert.deepEqual(await attributesOf(client, QueueUrl, undefined), {});
  const fifo = await client.createQueue({ QueueName: 'steps.fifo', Attributes: { FifoQueue: 'true' } });
  assert.deepEqual(await attributesOf(client, fifo.QueueUrl, ['All']), {
    ...standard,
    QueueArn: `${ARN}:steps.fifo`,
    CreatedTimestamp: standard.LastModifiedTimestamp,
    DelaySeconds: '0',
    FifoQueue: 'true',
    ContentBasedDeduplication: 'false',
    DeduplicationScope: 'queue',
    FifoThroughputLimit: 'perQueue',
  });
});

test('counts are of messages that are visible, in flight and delayed', async (t) => {
  const { client } = await serveSqs(t);
  const { QueueUrl } = await client.createQueue({ QueueName: 'orders' });
  for (const MessageBody of ['a', 'b', 'c']) await client.sendMessage({ QueueUrl, MessageBody });
  await client.sendMessage({ QueueUrl, MessageBody: 'd', DelaySeconds: 900 });
  await client.receiveMessage({ QueueUrl });
  const { ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible, ApproximateNumberOfMessagesDelayed } =
    await attributesOf(client, QueueUrl, ['All']);
  assert.deepEqual(
    [ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible, ApproximateNumberOfMessagesDelayed],
    ['2', '1', '1'],
  );
});

test('every attribute is taken at both ends of its range, and refused beyond them', async (t) => {
  const { client } = await serveSqs(t);
  const { QueueUrl } = await client.createQueue({ QueueName: 'orders' });
  const ranges = {
    VisibilityTimeout: [0, 43_200],
    MaximumMessageSize: [1_024, 1_048_576],
    MessageRetentionPeriod: [60, 1_209_600],
    DelaySeconds: [0, 900],
    ReceiveMessageWaitTimeSeconds: [0, 20],
  };
  for (const [name, [min = 0, max = 0]] of Object.entries(ranges)) {
    for (const value of [min, max]) {
      await client.setQueueAttributes({ QueueUrl, Attributes: { [name]: String(value) } });
      assert.deepEqual(await attributesOf(client, QueueUrl, [name]), { [name]: String(value) });
    }
    for (const value of [min - 1, max + 1, 'x', '1.5', '']) {
      const Attributes = { [name]: String(value) };
      assert.deepEqual(await refusalOf(client.setQueueAttributes({ QueueUrl, Attributes })), {
        name: 'InvalidAttributeValue',
        status: 400,
        message: `Invalid value for the parameter ${name}.`,
      });
    }
  }
  const unknown = { Colour: 'red' } as object;
  assert.deepEqual(await refusalOf(client.setQueueAttributes({ QueueUrl, Attributes: unknown })), {
    name: 'InvalidAttributeName',
    status: 400,
    message: 'Unknown Attribute Colour.',
  });
  assert.equal((await refusalOf(attributesOf(client, QueueUrl, ['Colour']))).name, 'InvalidAttributeName');
});

test('policies and redrive are kept, told, and taken away again by an empty text', async (t) => {
  const { client } = await serveSqs(t);
  const { QueueUrl } = await client.createQueue({ QueueName: 'orders' });
  await client.createQueue({ QueueName: 'dead' });
  const given = {
    Policy: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"sqs:*","Resource":"*"}]}',
    RedrivePolicy: `{"deadLetterTargetArn":"${ARN}:dead","maxReceiveCount":"3"}`,
    RedriveAllowPolicy: `{"redrivePermission":"byQueue","sourceQueueArns":["${ARN}:x"]}`,
  };
  const names = Object.keys(given);
  await client.setQueueAttributes({ QueueUrl, Attributes: given });
  const told = { ...given, RedrivePolicy: `{"deadLetterTargetArn":"${ARN}:dead","maxReceiveCount":3}` };
  assert.deepEqual(await attributesOf(client, QueueUrl, names), told);
  await client.setQueueAttributes({ QueueUrl, Attributes: Object.fromEntries(names.map((name) => [name, ''])) });
  assert.deepEqual(await attributesOf(client, QueueUrl, names), {});
});

test('a redrive policy says what is wrong with it', async (t) => {
  const { client } = await serveSqs(t);
  const { QueueUrl } = await client.createQueue({ QueueName: 'orders' });
  const target = `"deadLetterTargetArn":"${ARN}:dead"`;
  const noMap = await refusalOf(client.setQueueAttributes({ QueueUrl, Attributes: { RedrivePolicy: 'x' } }));
  assert.equal(
    noMap.message,
    'Invalid value for the parameter RedrivePolicy. Reason: Redrive policy is not a valid JSON map.',
  );
  const cases: [string, string][] = [
    [
      `{${target},"maxReceiveCount":1,"x":1}`,
      'Only following attributes are supported: [maxReceiveCount, deadLetterTargetArn].',
    ],
    [`{${target}}`, 'Redrive policy does not contain mandatory attribute: maxReceiveCount.'],
    ['{"maxReceiveCount":1}', 'Redrive policy does not contain mandatory attribute: deadLetterTargetArn.'],
    [
      `{${target},"maxReceiveCount":0}`,
      'Invalid value for maxReceiveCount: 0, valid values are from 1 to 1000 both inclusive.',
    ],
    [
      `{${target},"maxReceiveCount":1001}`,
      'Invalid value for maxReceiveCount: 1001, valid values are from 1 to 1000 both inclusive.',
    ],
    [
      `{${target},"maxReceiveCount":{"toString":1}}`,
      'Invalid value for maxReceiveCount: null, valid values are from 1 to 1000 both inclusive.',
    ],
    ['{"deadLetterTargetArn":"dummy","maxReceiveCount":42}', 'Invalid value for deadLetterTargetArn.'],
    [`{${target},"maxReceiveCount":1000}`, 'Dead letter target does not exist.'],
  ];
  for (const [RedrivePolicy, reason] of cases) {
    const refused = await refusalOf(client.setQueueAttributes({ QueueUrl, Attributes: { RedrivePolicy } }));
    assert.equal(refused.name, 'InvalidParameterValue');
    assert.equal(refused.message.replace(/^Value .* for parameter RedrivePolicy is invalid\. Reason: /, ''), reason);
  }
});

test('a redrive allow policy says what is wrong with it', async (t) => {
  const { client } = await serveSqs(t);
  const { QueueUrl } = await client.createQueue({ QueueName: 'orders' });
  const messageOf = async (RedriveAllowPolicy: string) =>
    (await refusalOf(client.setQueueAttributes({ QueueUrl, Attributes: { RedriveAllowPolicy } }))).message;
  const unsupported =
    "Invalid value for the parameter RedriveAllowPolicy. Reason: Amazon SQS can't create the redrive allow policy, as it’s in an unsupported format.";
  for (const text of [
    'x',
    '{}',
    '{"redrivePermission":"all"}',
    '{"redrivePermission":"byQueue","sourceQueueArns":[1]}',
  ]) {
    assert.equal(await messageOf(text), unsupported);
  }
  const starts = (text: string) =>
    `Value ${text} for parameter RedriveAllowPolicy is invalid. Reason: Amazon SQS can't create the redrive allow policy. `;
  const none = '{"redrivePermission":"byQueue"}';
  assert.equal(
    await messageOf(none),
    `${starts(none)}When you specify the byQueue permission type, you must also specify one or more sourceQueueArns values.`,
  );
  const both = `{"redrivePermission":"denyAll","sourceQueueArns":["${ARN}:x"]}`;
  assert.equal(
    await messageOf(both),
    `${starts(both)}To specify one or more source queue ARNs, you must set redrivePermission to byQueue.`,
  );
  const sources = (count: number) =>
    JSON.stringify({ redrivePermission: 'byQueue', sourceQueueArns: Array(count).fill(`${ARN}:x`) });
  assert.equal(
    await messageOf(sources(11)),
    `${starts(sources(11))}The maximum number of source queue ARNs you can specify is 10.`,
  );
  await client.setQueueAttributes({ QueueUrl, Attributes: { RedriveAllowPolicy: sources(10) } });
});

test('a policy is taken by its form', async (t) => {
  const { client } = await serveSqs(t);
  const { QueueUrl } = await client.createQueue({ QueueName: 'orders' });
  const set = (Policy: object | string) =>
    client.setQueueAttributes({
      QueueUrl,
      Attributes: { Policy: typeof Policy === 'string' ? Policy : JSON.stringify(Policy) },
    });
  const statement = { Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: `${ARN}:orders` };
  await set({ Version: '2008-10-17', Id: 'x', Statement: statement });
  await set({ Version: '2012-10-17', Statement: Array(20).fill({ ...statement, Sid: 'a', Condition: {} }) });
  const wrong: (object | string)[] = [
    'badjson',
    [],
    { Version: '4532-10-17', Statement: statement },
    { Version: '2012-10-17', Statement: [] },
    { Version: '2012-10-17', Statement: [statement], Colour: 'red' },
    { Version: '2012-10-17', Statement: [{ ...statement, colour: 'red' }] },
    { Version: '2012-10-17', Statement: [{ ...statement, Effect: 'Maybe' }] },
    { Version: '2012-10-17', Statement: [{ ...statement, Action: undefined }] },
    JSON.stringify({ Statement: { ...statement, Principal: 'bomb' } }).replace(
      '"bomb"',
      '['.repeat(9_000) + ']'.repeat(9_000),
    ),
  ];
  for (const policy of wrong) {
    assert.equal((await refusalOf(set(policy))).message, 'Invalid value for the parameter Policy.');
  }
  assert.equal(
    (await refusalOf(set({ Statement: Array(21).fill(statement) }))).message,
    '21 statements were found in the submitted policy, max allowed is 20',
  );
});

describe('FIFO and standard queues', () => {
  test('are told apart by name and attribute', async (t) => {
    const { client } = await serveSqs(t);
    const refused = async (QueueName: string, Attributes?: Record<string, string>) =>
      (await refusalOf(client.createQueue({ QueueName, Attributes }))).message;
    const fifoName =
      'The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.';
    const name = 'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length';
    assert.equal(await refused('a', { FifoQueue: 'true' }), fifoName);
    assert.equal(await refused(`${'a'.repeat(76)}.fifo`, { FifoQueue: 'true' }), fifoName);
    await client.createQueue({ QueueName: `${'a'.repeat(75)}.fifo`, Attributes: { FifoQueue: 'true' } });
    assert.equal(await refused('a.fifo'), name);
    assert.equal(await refused('a'.repeat(81)), name);
    await client.createQueue({ QueueName: 'a'.repeat(80) });
    assert.equal(await refused('a b'), name);
    assert.equal(await refused('a', { FifoQueue: 'false' }), 'Unknown Attribute FifoQueue.');
    assert.equal(
      await refused('a', { ContentBasedDeduplication: 'true' }),
      'You can specify the ContentBasedDeduplication only when FifoQueue is set to true.',
    );
    const throughput = { FifoQueue: 'true', FifoThroughputLimit: 'perMessageGroupId' };
    assert.match(await refused('a.fifo', throughput), /^Invalid value for the parameter FifoThroughputLimit\./);
    await client.createQueue({
      QueueName: 'b.fifo',
      Attributes: { ...throughput, DeduplicationScope: 'messageGroup' },
    });
  });

  test('stay what they are', async (t) => {
    const { client } = await serveSqs(t);
    const { QueueUrl } = await client.createQueue({ QueueName: 'a' });
    const fifo = (await client.createQueue({ QueueName: 'a.fifo', Attributes: { FifoQueue: 'true' } })).QueueUrl;
    const change = async (url: string | undefined, FifoQueue: string) =>
      (await refusalOf(client.setQueueAttributes({ QueueUrl: url, Attributes: { FifoQueue } }))).message;
    assert.equal(await change(QueueUrl, 'true'), 'Unknown Attribute FifoQueue.');
    assert.equal(
      await change(fifo, 'false'),
      'Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.',
    );
    await client.setQueueAttributes({ QueueUrl: fifo, Attributes: { FifoQueue: 'true' } });
  });
});

test('a queue is created again only as it is', async (t) => {
  const { client, clock } = await serveSqs(t);
  const first = await client.createQueue({ QueueName: 'a', Attributes: { DelaySeconds: '1' } });
  const again = await client.createQueue({ QueueName: 'a', Attributes: { DelaySeconds: '1' } });
  assert.equal(again.QueueUrl, first.QueueUrl);
  assert.equal((await client.createQueue({ QueueName: 'a' })).QueueUrl, first.QueueUrl);
  assert.deepEqual(await refusalOf(client.createQueue({ QueueName: 'a', Attributes: { DelaySeconds: '2' } })), {
    name: 'QueueNameExists',
    status: 400,
    message: 'A queue already exists with the same name and a different value for attribute DelaySeconds',
  });
  await client.deleteQueue({ QueueUrl: first.QueueUrl });
  assert.deepEqual(await refusalOf(client.createQueue({ QueueName: 'a' })), {
    name: 'QueueDeletedRecently',
    status: 400,
    message: 'You must wait 60 seconds after deleting a queue before you can create another with the same name.',
  });
  clock.advance(60_000);
  await client.createQueue({ QueueName: 'a' });
});

test('keys of KMS are refused, since nothing would be encrypted with them', async (t) => {
  const { client } = await serveSqs(t);
  const refused = await refusalOf(client.createQueue({ QueueName: 'a', Attributes: { KmsMasterKeyId: 'alias/a' } }));
  assert.equal(refused.name, 'InvalidAttributeValue');
  await client.createQueue({ QueueName: 'a', Attributes: { KmsMasterKeyId: '', SqsManagedSseEnabled: 'false' } });
});

test('a URL finds its queue under every address, and under no other name', async (t) => {
  const { client, endpoint, clientFor } = await serveSqs(t);
  const { QueueUrl } = await client.createQueue({ QueueName: 'orders' });
  assert.equal((await client.getQueueUrl({ QueueName: 'orders' })).QueueUrl, QueueUrl);
  await client.sendMessage({ QueueUrl, MessageBody: 'a' });
  const count = async (url: string) =>
    (await attributesOf(client, url, ['ApproximateNumberOfMessages'])).ApproximateNumberOfMessages;
  const path = '/123456789012/orders';
  for (const url of [
    `https://sqs.eu-west-1.amazonaws.com${path}`,
    `https://eu-west-1.queue.amazonaws.com${path}`,
    `http://localhost:4566${path}`,
    `${endpoint}/queue/eu-west-1${path}`,
    `${endpoint}${path}/`,
    path,
    'orders',
  ]) {
    assert.equal(await count(url), '1', url);
  }
  const missing = {
    name: 'QueueDoesNotExist',
    status: 400,
    message: 'The specified queue does not exist.',
  };
  assert.deepEqual(await refusalOf(count(`https://sqs.us-east-1.amazonaws.com${path}`)), missing);
  assert.deepEqual(await refusalOf(count(`${endpoint}/123456789012/other`)), missing);
  assert.deepEqual(await refusalOf(client.getQueueUrl({ QueueName: 'other' })), missing);
  assert.deepEqual(await refusalOf(count(`${endpoint}/orders`)), {
    name: 'InvalidAddress',
    status: 404,
    message: `The address ${endpoint}/orders is not valid for this endpoint.`,
  });
  const stranger = clientFor('999999999999');
  assert.equal((await stranger.listQueues({})).QueueUrls, undefined);
});

test('queues are listed by name, page by page, and by prefix; sources of dead letters too', async (t) => {
  const { client, endpoint, queues } = await serveSqs(t);
  assert.deepEqual((await client.listQueues({})).QueueUrls, undefined);
  const { QueueUrl } = await client.createQueue({ QueueName: 'dead' });
  const redrive = { deadLetterArn: `${ARN}:dead`, receivesMax: 1 };
  const names = Array.from({ length: 1_005 }, (_, n) => `q-${String(n).padStart(4, '0')}`);
  const place = { account: '123456789012', region: 'eu-west-1' };
  await Promise.all(names.map((name) => queues.create({ ...place, name }, { redrive })));
  const urls = names.map((name) => `${endpoint}/123456789012/${name}`);
  const all = await client.listQueues({ QueueNamePrefix: 'q-' });
  assert.deepEqual([all.QueueUrls, all.NextToken], [urls.slice(0, 1_000), undefined]);
  assert.equal((await client.listQueues({})).QueueUrls?.[0], QueueUrl);
  const first = await client.listQueues({ QueueNamePrefix: 'q-', MaxResults: 1_000 });
  const second = await client.listQueues({ QueueNamePrefix: 'q-', MaxResults: 1_000, NextToken: first.NextToken });
  assert.deepEqual([...(first.QueueUrls ?? []), ...(second.QueueUrls ?? [])], urls);
  assert.equal(second.NextToken, undefined);
  const sources = await client.listDeadLetterSourceQueues({ QueueUrl, MaxResults: 1_000 });
  const rest = await client.listDeadLetterSourceQueues({ QueueUrl, MaxResults: 5, NextToken: sources.NextToken });
  assert.deepEqual([...(sources.queueUrls ?? []), ...(rest.queueUrls ?? [])], urls);
  for (const wrong of [
    { MaxResults: 0 },
    { MaxResults: 1_001 },
    { NextToken: 'x' },
    { MaxResults: 1, NextToken: '!' },
  ]) {
    assert.equal((await refusalOf(client.listQueues(wrong))).name, 'InvalidParameterValue');
    assert.equal(
      (await refusalOf(client.listDeadLetterSourceQueues({ ...wrong, QueueUrl }))).name,
      'InvalidParameterValue',
    );
  }
});

test('tags are added, replaced, listed and removed, up to fifty', async (t) => {
  const { client } = await serveSqs(t);
  const { QueueUrl } = await client.createQueue({ QueueName: 'a', tags: { team: 'red', stage: '' } });
  await client.tagQueue({ QueueUrl, Tags: { team: 'blue', owner: 'me' } });
  assert.deepEqual((await client.listQueueTags({ QueueUrl })).Tags, { team: 'blue', stage: '', owner: 'me' });
  await client.untagQueue({ QueueUrl, TagKeys: ['team', 'nothing'] });
  assert.deepEqual((await client.listQueueTags({ QueueUrl })).Tags, { stage: '', owner: 'me' });
  const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, 'v']));
  await client.tagQueue({ QueueUrl, Tags: many(48) });
  assert.equal(
    (await refusalOf(client.tagQueue({ QueueUrl, Tags: { more: 'v' } }))).message,
    'Too many tags added for queue a.',
  );
  for (const Tags of [{}, { ['k'.repeat(129)]: 'v' }, { k: 'v'.repeat(257) }]) {
    await refusalOf(client.tagQueue({ QueueUrl, Tags }));
  }
  await refusalOf(client.untagQueue({ QueueUrl, TagKeys: [] }));
});

test('a purge empties a queue, once a minute', async (t) => {
  const { client } = await serveSqs(t);
  const { QueueUrl } = await client.createQueue({ QueueName: 'a' });
  await client.sendMessage({ QueueUrl, MessageBody: 'x' });
  await client.purgeQueue({ QueueUrl });
  assert.equal((await client.receiveMessage({ QueueUrl })).Messages, undefined);
  assert.deepEqual(await refusalOf(client.purgeQueue({ QueueUrl })), {
    name: 'PurgeQueueInProgress',
    status: 403,
    message: 'Only one PurgeQueue operation on a is allowed every 60 seconds.',
  });
});

describe('other accounts', () => {
  test('reach a queue only by what its permissions allow', async (t) => {
    const { client, clientFor } = await serveSqs(t);
    const stranger = clientFor('999999999999');
    const { QueueUrl } = await client.createQueue({ QueueName: 'a' });
    assert.deepEqual(await refusalOf(stranger.sendMessage({ QueueUrl, MessageBody: 'x' })), {
      name: 'AccessDenied',
      status: 403,
      message: `User: arn:aws:iam::999999999999:root is not authorized to perform: sqs:sendmessage on resource: ${ARN}:a because no resource-based policy allows the sqs:sendmessage action`,
    });
    await client.addPermission({
      QueueUrl,
      Label: 'send',
      AWSAccountIds: ['999999999999'],
      Actions: ['SendMessage', 'GetQueueUrl'],
    });
    await stranger.sendMessage({ QueueUrl, MessageBody: 'x' });
    await stranger.sendMessageBatch({ QueueUrl, Entries: [{ Id: '1', MessageBody: 'y' }] });
    const found = await stranger.getQueueUrl({ QueueName: 'a', QueueOwnerAWSAccountId: '123456789012' });
    assert.equal(found.QueueUrl, QueueUrl);
    await refusalOf(stranger.receiveMessage({ QueueUrl }));
    const { Messages } = await client.receiveMessage({ QueueUrl, MessageSystemAttributeNames: ['SenderId'] });
    assert.equal(Messages?.[0]?.Attributes?.SenderId, '999999999999');
    await client.removePermission({ QueueUrl, Label: 'send' });
    await refusalOf(stranger.sendMessage({ QueueUrl, MessageBody: 'x' }));
    // What a policy cannot give away.
    const everything = '{"Statement":{"Effect":"Allow","Principal":"*","Action":"sqs:*","Resource":"*"}}';
    await client.setQueueAttributes({ QueueUrl, Attributes: { Policy: everything } });
    await stranger.purgeQueue({ QueueUrl });
    for (const call of [
      stranger.deleteQueue({ QueueUrl }),
      stranger.setQueueAttributes({ QueueUrl, Attributes: { DelaySeconds: '1' } }),
      stranger.addPermission({ QueueUrl, Label: 'x', AWSAccountIds: ['999999999999'], Actions: ['*'] }),
      stranger.tagQueue({ QueueUrl, Tags: { a: 'b' } }),
    ]) {
      assert.equal((await refusalOf(call)).name, 'AccessDenied');
    }
  });

  test('are named in statements as AWS writes them', async (t) => {
    const { client } = await serveSqs(t);
    const { QueueUrl } = await client.createQueue({ QueueName: 'a' });
    const add = (Label: string, AWSAccountIds: string[], Actions: string[]) =>
      client.addPermission({ QueueUrl, Label, AWSAccountIds, Actions });
    await add('one', ['111111111111'], ['ReceiveMessage']);
    await add('two', ['111111111111', '222222222222'], ['*', 'SendMessage']);
    const { Policy = '' } = await attributesOf(client, QueueUrl, ['Policy']);
    assert.deepEqual(JSON.parse(Policy), {
      Version: '2008-10-17',
      Id: `${ARN}:a/SQSDefaultPolicy`,
      Statement: [
        {
          Sid: 'one',
          Effect: 'Allow',
          Principal: { AWS: 'arn:aws:iam::111111111111:root' },
          Action: 'SQS:ReceiveMessage',
          Resource: `${ARN}:a`,
        },
        {
          Sid: 'two',
          Effect: 'Allow',
          Principal: { AWS: ['arn:aws:iam::111111111111:root', 'arn:aws:iam::222222222222:root'] },
          Action: ['SQS:*', 'SQS:SendMessage'],
          Resource: `${ARN}:a`,
        },
      ],
    });
    const messageOf = async (call: Promise<unknown>) => (await refusalOf(call)).message;
    assert.equal(
      await messageOf(add('one', ['111111111111'], ['SendMessage'])),
      'Value one for parameter Label is invalid. Reason: Already exists.',
    );
    assert.equal(
      await messageOf(client.removePermission({ QueueUrl, Label: 'three' })),
      "Value three for parameter Label is invalid. Reason: can't find label.",
    );
    assert.equal(
      await messageOf(add('three', ['111111111111'], ['CreateQueue'])),
      'Value SQS:CreateQueue for parameter ActionName is invalid. Reason: Only the queue owner is allowed to invoke this action.',
    );
    assert.equal(
      await messageOf(add('three', ['me'], ['SendMessage'])),
      'Value [me] for parameter PrincipalId is invalid. Reason: Unable to verify.',
    );
    const eight = ['*', 'ChangeMessageVisibility', 'DeleteMessage', 'GetQueueAttributes'].concat([
      'GetQueueUrl',
      'PurgeQueue',
      'ReceiveMessage',
      'SendMessage',
    ]);
    assert.equal(await messageOf(add('three', ['111111111111'], eight)), '8 Actions were found, maximum allowed is 7.');
    await client.removePermission({ QueueUrl, Label: 'one' });
    await client.removePermission({ QueueUrl, Label: 'two' });
    assert.deepEqual(await attributesOf(client, QueueUrl, ['Policy']), {});
  });
});

async function attributesOf(client: Client, QueueUrl: string | undefined, names: readonly string[] | undefined) {
  const { Attributes } = await client.getQueueAttributes({
    QueueUrl,
    AttributeNames: names as Parameters<Client['getQueueAttributes']>[0]['AttributeNames'],
  });
  return Attributes ?? {};
}
