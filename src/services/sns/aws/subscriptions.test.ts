import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCOUNT, REGION, refusal, type SnsServer, sdk, serveSns, until } from './testing/serve-sns.ts';

const QUEUE = `arn:aws:sqs:${REGION}:${ACCOUNT}:orders`;
const FUNCTION = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:resize`;
const DEAD = JSON.stringify({ deadLetterTargetArn: `arn:aws:sqs:${REGION}:${ACCOUNT}:dead` });
const invalid = (message: string) => ({
  name: 'InvalidParameterException',
  message: `Invalid parameter: ${message}`,
  status: 400,
});
const NO_SUBSCRIPTION = { name: 'NotFoundException', message: 'Subscription does not exist', status: 404 };

test('a subscription has AWS’s attributes', async (t) => {
  const server = await serveSns(t);
  const TopicArn = await topic(server);
  const SubscriptionArn = await subscribe(server, TopicArn, { Attributes: { RedrivePolicy: DEAD } });
  assert.deepEqual(await attributes(server, SubscriptionArn), {
    ConfirmationWasAuthenticated: 'true',
    Endpoint: QUEUE,
    Owner: ACCOUNT,
    PendingConfirmation: 'false',
    Protocol: 'sqs',
    RawMessageDelivery: 'false',
    RedrivePolicy: DEAD,
    SubscriptionArn,
    SubscriptionPrincipal: `arn:aws:iam::${ACCOUNT}:root`,
    TopicArn,
  });
  await set(server, SubscriptionArn, 'FilterPolicy', '{"a":["b"]}');
  assert.partialDeepStrictEqual(await attributes(server, SubscriptionArn), {
    FilterPolicy: '{"a":["b"]}',
    FilterPolicyScope: 'MessageAttributes',
  });
});

test('subscribing twice is subscribing once, unless it would be otherwise', async (t) => {
  const server = await serveSns(t);
  const TopicArn = await topic(server);
  const again = (Attributes: Record<string, string>) => subscribe(server, TopicArn, { Attributes });
  const arn = await again({ RawMessageDelivery: 'True' });
  assert.equal(await subscribe(server, TopicArn, {}), arn);
  assert.equal(await again({}), arn);
  assert.equal(await again({ RawMessageDelivery: 'true' }), arn);
  assert.equal(await again({ RawMessageDelivery: 'true', FilterPolicyScope: 'MessageAttributes' }), arn);
  assert.equal(await again({ FilterPolicyScope: 'MessageAttributes' }), arn);
  assert.deepEqual(
    await refusal(again({ RawMessageDelivery: 'false', FilterPolicyScope: 'MessageBody' })),
    invalid('Attributes Reason: Subscription already exists with different attributes'),
  );
});

test('endpoints have the form of their protocol', async (t) => {
  const server = await serveSns(t);
  const TopicArn = await topic(server);
  const cases = [
    ['carrier-pigeon', 'loft', 'Amazon SNS does not support this protocol string: carrier-pigeon'],
    ['http', 'https://127.0.0.1/', 'Endpoint must match the specified protocol'],
    ['https', 'http://127.0.0.1/', 'Endpoint must match the specified protocol'],
    ['sqs', 'http://127.0.0.1:4566/queue', 'SQS endpoint ARN'],
    ['sqs', FUNCTION, 'SQS endpoint ARN'],
    ['lambda', QUEUE, 'Lambda endpoint ARN'],
    ['email', 'nobody', 'Email address'],
    [
      'sqs',
      `${QUEUE}.fifo`,
      'Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics',
    ],
  ] as const;
  for (const [Protocol, Endpoint, message] of cases) {
    assert.deepEqual(await refusal(subscribe(server, TopicArn, { Protocol, Endpoint })), invalid(message), Endpoint);
  }
  const mail = await refusal(subscribe(server, TopicArn, { Protocol: 'email', Endpoint: 'ada@example.com' }));
  assert.equal(mail.name, 'NotImplemented');
  assert.match(mail.message, /--smtp-relay/);
});

test('topics in order take queues of both kinds, and dead-letter queues that fit', async (t) => {
  const server = await serveSns(t);
  const { TopicArn = '' } = await server.client.send(
    new sdk.CreateTopicCommand({ Name: 'news.fifo', Attributes: { FifoTopic: 'true' } }),
  );
  await subscribe(server, TopicArn, { Attributes: { RedrivePolicy: DEAD } });
  const arn = await subscribe(server, TopicArn, { Endpoint: `${QUEUE}.fifo` });
  assert.deepEqual(
    await refusal(set(server, arn, 'RedrivePolicy', DEAD)),
    invalid('RedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic.'),
  );
  await set(server, arn, 'RedrivePolicy', DEAD.replace(':dead', ':dead.fifo'));
});

test('attributes that are wrong are refused in AWS’s words', async (t) => {
  const server = await serveSns(t);
  const TopicArn = await topic(server);
  const arn = await subscribe(server, TopicArn, {});
  const redacted =
    'at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 2]';
  const noJson = `failed to parse JSON. Unexpected character ('i' (code 105)): was expecting double-quote to start field name\n ${redacted}`;
  const cases = [
    ['Colour', 'red', 'AttributeName'],
    ['RawMessageDelivery', 'test-ValUe', 'RawMessageDelivery: Invalid value [test-ValUe]. Must be true or false.'],
    ['RawMessageDelivery', '', 'RawMessageDelivery: Invalid value []. Must be true or false.'],
    ['RedrivePolicy', '{"deadLetterTargetArn":"fake-arn"}', 'RedrivePolicy: deadLetterTargetArn is an invalid arn'],
    ['RedrivePolicy', '{invalidjson}', `RedrivePolicy: ${noJson}`],
    ['FilterPolicy', '{invalidjson}', `FilterPolicy: ${noJson}`],
    [
      'FilterPolicyScope',
      'RandomValue',
      'FilterPolicyScope: Invalid value [RandomValue]. Please use either MessageBody or MessageAttributes',
    ],
    [
      'FilterPolicy',
      '{"a":{"b":["c"]}}',
      'Filter policy scope MessageAttributes does not support nested filter policy',
    ],
    ['DeliveryPolicy', '{}', 'DeliveryPolicy: Delivery protocol [sqs] does not support delivery policies.'],
  ] as const;
  for (const [name, value, message] of cases) {
    assert.deepEqual(await refusal(set(server, arn, name, value)), invalid(message), `${name} ${value}`);
  }
  const raw = subscribe(server, TopicArn, {
    Protocol: 'lambda',
    Endpoint: FUNCTION,
    Attributes: { RawMessageDelivery: 'true' },
  });
  assert.deepEqual(
    await refusal(raw),
    invalid('Attributes Reason: Delivery protocol [lambda] does not support raw message delivery.'),
  );
  const wrong = subscribe(server, TopicArn, {
    Endpoint: `${QUEUE}-2`,
    Attributes: { RawMessageDelivery: 'wrongvalue' },
  });
  assert.deepEqual(
    await refusal(wrong),
    invalid('Attributes Reason: RawMessageDelivery: Invalid value [wrongvalue]. Must be true or false.'),
  );
});

test('a subscription that is gone, or never was, is told so', async (t) => {
  const server = await serveSns(t);
  const TopicArn = await topic(server);
  const SubscriptionArn = await subscribe(server, TopicArn, {});
  const unsubscribe = (arn: string) => server.client.send(new sdk.UnsubscribeCommand({ SubscriptionArn: arn }));
  await unsubscribe(SubscriptionArn);
  await unsubscribe(SubscriptionArn);
  assert.deepEqual(await refusal(attributes(server, SubscriptionArn)), NO_SUBSCRIPTION);
  assert.deepEqual(await refusal(set(server, SubscriptionArn, 'RawMessageDelivery', 'true')), NO_SUBSCRIPTION);
  const told = await server.client.send(new sdk.GetTopicAttributesCommand({ TopicArn }));
  assert.equal(told.Attributes?.SubscriptionsDeleted, '1');
  const cases = [
    ['random', 'SubscriptionArn Reason: An ARN must have at least 6 elements, not 1'],
    [`arn:aws:sns:${REGION}:random`, 'SubscriptionArn Reason: An ARN must have at least 6 elements, not 5'],
    [`arn:aws:sns:${REGION}:${ACCOUNT}:random`, 'SubscriptionId'],
    ['', 'SubscriptionArn Reason: no value for required parameter'],
  ] as const;
  for (const [arn, message] of cases) assert.deepEqual(await refusal(unsubscribe(arn)), invalid(message), arn);
});

test('subscriptions are listed a hundred at a time', async (t) => {
  const server = await serveSns(t);
  const TopicArn = await topic(server);
  const endpoints = Array.from({ length: 101 }, (_, at) => `${QUEUE}-${String(at).padStart(3, '0')}`);
  await Promise.all(endpoints.map((Endpoint) => subscribe(server, TopicArn, { Endpoint })));
  const lists = {
    all: sdk.paginateListSubscriptions({ client: server.client }, {}),
    ofTopic: sdk.paginateListSubscriptionsByTopic({ client: server.client }, { TopicArn }),
  };
  for (const pages of Object.values(lists)) {
    const found = (await Array.fromAsync(pages)).map(({ Subscriptions = [] }) => Subscriptions);
    assert.deepEqual(
      found.map((page) => page.length),
      [100, 1],
    );
    assert.deepEqual(
      found
        .flat()
        .map(({ Endpoint }) => Endpoint)
        .sort(),
      endpoints,
    );
  }
});

test('a queue of another account is asked first, and its owner may subscribe it without', async (t) => {
  const server = await serveSns(t);
  const other = server.clientOf({ account: '999999999999' });
  const TopicArn = await topic(server);
  const Endpoint = `arn:aws:sqs:${REGION}:999999999999:orders`;
  const pending = await server.client.send(new sdk.SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint }));
  assert.equal(pending.SubscriptionArn, 'pending confirmation');
  await until('it is asked', () => server.delivered.length === 1);
  const { Type, Token } = JSON.parse(server.delivered[0]?.message.body.toString() ?? '');
  assert.equal(Type, 'SubscriptionConfirmation');
  const { SubscriptionArn } = await other.send(new sdk.ConfirmSubscriptionCommand({ TopicArn, Token }));
  assert.equal((await attributes(server, SubscriptionArn ?? '')).PendingConfirmation, 'false');
  await server.client.send(
    new sdk.AddPermissionCommand({ TopicArn, Label: 'a', AWSAccountId: ['999999999999'], ActionName: ['Subscribe'] }),
  );
  const own = await other.send(new sdk.SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: `${Endpoint}-2` }));
  assert.match(own.SubscriptionArn ?? '', /[0-9a-f-]{36}$/);
  const { Subscriptions = [] } = await other.send(new sdk.ListSubscriptionsCommand({}));
  assert.deepEqual(
    Subscriptions.map((one) => one.Endpoint),
    [`${Endpoint}-2`],
  );
  const stranger = server.clientOf({ account: '888888888888' });
  const told = stranger.send(new sdk.GetSubscriptionAttributesCommand({ SubscriptionArn }));
  assert.equal((await refusal(told)).name, 'AuthorizationErrorException');
});

test('a topic has at most 200 filter policies, and one in order at most 100 subscriptions', async (t) => {
  const server = await serveSns(t);
  const TopicArn = await topic(server);
  const Attributes = { FilterPolicy: '{"a":["b"]}' };
  const filtered = (at: number) => subscribe(server, TopicArn, { Endpoint: `${QUEUE}-${at}`, Attributes });
  await Promise.all(Array.from({ length: 200 }, (_, at) => filtered(at)));
  assert.equal((await refusal(filtered(200))).name, 'FilterPolicyLimitExceededException');
  const { TopicArn: fifo = '' } = await server.client.send(
    new sdk.CreateTopicCommand({ Name: 'news.fifo', Attributes: { FifoTopic: 'true' } }),
  );
  const inOrder = (at: number) => subscribe(server, fifo, { Endpoint: `${QUEUE}-${at}` });
  await Promise.all(Array.from({ length: 100 }, (_, at) => inOrder(at)));
  assert.equal((await refusal(inOrder(100))).name, 'SubscriptionLimitExceededException');
});

async function topic({ client }: SnsServer): Promise<string> {
  return (await client.send(new sdk.CreateTopicCommand({ Name: 'news' }))).TopicArn ?? '';
}

interface Wanted {
  readonly Protocol?: string;
  readonly Endpoint?: string;
  readonly Attributes?: Record<string, string>;
}

async function subscribe({ client }: SnsServer, TopicArn: string, wanted: Wanted): Promise<string> {
  const { SubscriptionArn = '' } = await client.send(
    new sdk.SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: QUEUE, ...wanted }),
  );
  return SubscriptionArn;
}

function set({ client }: SnsServer, SubscriptionArn: string, AttributeName: string, AttributeValue: string) {
  return client.send(new sdk.SetSubscriptionAttributesCommand({ SubscriptionArn, AttributeName, AttributeValue }));
}

async function attributes({ client }: SnsServer, SubscriptionArn: string): Promise<Record<string, string>> {
  return (await client.send(new sdk.GetSubscriptionAttributesCommand({ SubscriptionArn }))).Attributes ?? {};
}
