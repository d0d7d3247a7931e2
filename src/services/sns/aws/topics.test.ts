import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCOUNT, REGION, refusal, type SnsServer, sdk, serveSns } from './testing/serve-sns.ts';

const arnOf = (name: string) => `arn:aws:sns:${REGION}:${ACCOUNT}:${name}`;
const invalid = (message: string) => ({
  name: 'InvalidParameterException',
  message: `Invalid parameter: ${message}`,
  status: 400,
});
const notYet = (what: string) => ({
  name: 'NotImplemented',
  message: `Lambent does not support ${what} yet.`,
  status: 501,
});

test('a new topic has AWS’s attributes', async (t) => {
  const server = await serveSns(t);
  const TopicArn = await create(server, 'news');
  const { Policy = '', EffectiveDeliveryPolicy = '', ...others } = await attributes(server, TopicArn);
  assert.deepEqual(others, {
    DisplayName: '',
    Owner: ACCOUNT,
    SubscriptionsConfirmed: '0',
    SubscriptionsDeleted: '0',
    SubscriptionsPending: '0',
    TopicArn,
  });
  const statement = JSON.parse(Policy).Statement[0];
  assert.deepEqual(statement.Condition, { StringEquals: { 'AWS:SourceOwner': ACCOUNT } });
  assert.equal(statement.Sid, '__default_statement_ID');
  assert.equal(JSON.parse(EffectiveDeliveryPolicy).http.defaultHealthyRetryPolicy.numRetries, 3);
});

test('a topic’s name has AWS’s form', async (t) => {
  const server = await serveSns(t);
  await create(server, 'a'.repeat(256));
  await create(server, `${'a'.repeat(251)}.fifo`, { FifoTopic: 'true' });
  for (const name of ['', 'a'.repeat(257), 'a b', 'a.b', 'ä', 'a/b', 'a:b', 'news.fifo']) {
    assert.deepEqual(await refusal(create(server, name)), invalid('Topic Name'), name);
  }
  assert.deepEqual(await refusal(create(server, 'news', { FifoTopic: 'true' })), invalid('Topic Name'));
});

test('making a topic twice is making it once, unless it would be another one', async (t) => {
  const server = await serveSns(t);
  const TopicArn = await create(server, 'news', { DisplayName: 'Value1' });
  assert.equal(await create(server, 'news'), TopicArn);
  assert.equal(await create(server, 'news', { DisplayName: 'Value1' }), TopicArn);
  const differs = invalid('Attributes Reason: Topic already exists with different attributes');
  assert.deepEqual(await refusal(create(server, 'news', { DisplayName: 'Value2' })), differs);
  assert.deepEqual(await refusal(create(server, 'news', { DisplayName: 'Value1', SignatureVersion: '2' })), differs);
  const fifo = { FifoTopic: 'true', ContentBasedDeduplication: 'true' };
  const inOrder = await create(server, 'news.fifo', fifo);
  assert.equal(await create(server, 'news.fifo', fifo), inOrder);
  assert.equal(await create(server, 'news.fifo', { FifoTopic: 'true' }), inOrder);
  assert.deepEqual(
    await refusal(create(server, 'news.fifo', { ...fifo, ContentBasedDeduplication: 'false' })),
    differs,
  );
  const tagged = server.client.send(new sdk.CreateTopicCommand({ Name: 'news', Tags: [{ Key: 'a', Value: 'b' }] }));
  assert.deepEqual(await refusal(tagged), invalid('Tags Reason: Topic already exists with different tags'));
});

test('attributes are set, told, and refused', async (t) => {
  const server = await serveSns(t);
  const TopicArn = await create(server, 'news.fifo', { FifoTopic: 'true', SignatureVersion: '2' });
  const set = (AttributeName: string, AttributeValue: string, arn = TopicArn) =>
    server.client.send(new sdk.SetTopicAttributesCommand({ TopicArn: arn, AttributeName, AttributeValue }));
  const values = {
    DisplayName: 'News',
    SignatureVersion: '1',
    TracingConfig: 'PassThrough',
    ContentBasedDeduplication: 'true',
    FifoThroughputScope: 'MessageGroup',
  };
  for (const [name, value] of Object.entries(values)) await set(name, value);
  assert.partialDeepStrictEqual(await attributes(server, TopicArn), { ...values, FifoTopic: 'true' });
  assert.deepEqual(await refusal(set('FifoTopic', 'false')), invalid('AttributeName'));
  assert.deepEqual(await refusal(set('Colour', 'red')), invalid('AttributeName'));
  assert.deepEqual(await refusal(set('DisplayName', 'a'.repeat(101))), invalid('DisplayName'));
  assert.deepEqual(await refusal(set('SignatureVersion', '3')), invalid('SignatureVersion'));
  assert.deepEqual(
    await refusal(set('ContentBasedDeduplication', 'yes')),
    invalid('ContentBasedDeduplication: Invalid value [yes]. Must be true or false.'),
  );
  const standard = await create(server, 'news');
  assert.deepEqual(
    await refusal(set('ContentBasedDeduplication', 'true', standard)),
    invalid('Content-based deduplication can only be set for FIFO topics'),
  );
  assert.deepEqual(await refusal(set('Policy', 'none')), invalid('Policy Error: null'));
  const nested = (principal: string) =>
    set('Policy', `{"Statement":[{"Effect":"Allow","Principal":{"AWS":${principal}},"Action":"sns:Publish"}]}`);
  assert.deepEqual(await refusal(nested('['.repeat(9_000) + ']'.repeat(9_000))), invalid('Policy Error: null'));
  assert.deepEqual(
    await refusal(create(server, 'other', { Colour: 'red' })),
    invalid('Attributes Reason: Unknown attribute: Colour'),
  );
});

test('what is not there yet says so', async (t) => {
  const server = await serveSns(t);
  const TopicArn = await create(server, 'news');
  const set = (AttributeName: string, AttributeValue: string) =>
    refusal(server.client.send(new sdk.SetTopicAttributesCommand({ TopicArn, AttributeName, AttributeValue })));
  const cases = [
    ['KmsMasterKeyId', 'alias/aws/sns', 'encryption of topics with a key of KMS (KmsMasterKeyId)'],
    ['TracingConfig', 'Active', 'tracing of topics (TracingConfig Active)'],
    ['ArchivePolicy', '{"MessageRetentionPeriod":"30"}', 'archives of topics (ArchivePolicy)'],
    ['SQSSuccessFeedbackSampleRate', '100', 'delivery status logs of topics (SQSSuccessFeedbackSampleRate)'],
  ] as const;
  for (const [name, value, what] of cases) assert.deepEqual(await set(name, value), notYet(what));
  const subscribe = (Protocol: string, Endpoint: string) =>
    refusal(server.client.send(new sdk.SubscribeCommand({ TopicArn, Protocol, Endpoint })));
  assert.deepEqual(await subscribe('sms', '+15551234567'), notYet('subscriptions by sms'));
  assert.deepEqual(await subscribe('application', 'arn'), notYet('subscriptions by application'));
  assert.deepEqual(await subscribe('firehose', 'arn'), notYet('subscriptions by firehose'));
  const platform = server.client.send(new sdk.ListPlatformApplicationsCommand({}));
  assert.deepEqual(await refusal(platform), notYet("sns's operation ListPlatformApplications"));
});

test('topics are listed a hundred at a time, each account’s and region’s own', async (t) => {
  const server = await serveSns(t);
  const names = Array.from({ length: 205 }, (_, at) => `topic-${String(at).padStart(3, '0')}`);
  await Promise.all(names.map((name) => create(server, name)));
  const found: (string | undefined)[] = [];
  const sizes: number[] = [];
  for await (const { Topics = [] } of sdk.paginateListTopics({ client: server.client }, {})) {
    sizes.push(Topics.length);
    found.push(...Topics.map(({ TopicArn }) => TopicArn));
  }
  assert.deepEqual(sizes, [100, 100, 5]);
  assert.deepEqual(found.sort(), names.map(arnOf));
  for (const where of [{ account: '999999999999' }, { region: 'eu-west-1' }]) {
    assert.deepEqual((await server.clientOf(where).send(new sdk.ListTopicsCommand({}))).Topics ?? [], []);
  }
  const bad = server.client.send(new sdk.ListTopicsCommand({ NextToken: 'none' }));
  assert.deepEqual(await refusal(bad), invalid('NextToken'));
});

test('tags are added, replaced, taken away, and gone with the topic', async (t) => {
  const server = await serveSns(t);
  const { client } = server;
  const Tags = [
    { Key: 'k1', Value: 'v1' },
    { Key: 'k2', Value: 'v2' },
  ];
  const { TopicArn: ResourceArn } = await client.send(new sdk.CreateTopicCommand({ Name: 'news', Tags }));
  const listed = async () => (await client.send(new sdk.ListTagsForResourceCommand({ ResourceArn }))).Tags ?? [];
  assert.deepEqual(await listed(), Tags);
  await client.send(new sdk.UntagResourceCommand({ ResourceArn, TagKeys: ['k1'] }));
  await client.send(new sdk.TagResourceCommand({ ResourceArn, Tags: [{ Key: 'k2', Value: 'v2b' }] }));
  assert.deepEqual(await listed(), [{ Key: 'k2', Value: 'v2b' }]);
  const twice = [...Tags, { Key: 'k1', Value: 'v3' }];
  assert.deepEqual(
    await refusal(client.send(new sdk.TagResourceCommand({ ResourceArn, Tags: twice }))),
    invalid('Duplicated keys are not allowed.'),
  );
  const many = (count: number) => Array.from({ length: count }, (_, at) => ({ Key: `m${at}`, Value: '' }));
  await client.send(new sdk.TagResourceCommand({ ResourceArn, Tags: many(49) }));
  const tooMany = client.send(new sdk.TagResourceCommand({ ResourceArn, Tags: many(50) }));
  assert.equal((await refusal(tooMany)).name, 'TagLimitExceededException');
  await client.send(new sdk.DeleteTopicCommand({ TopicArn: ResourceArn }));
  assert.equal((await refusal(listed())).name, 'ResourceNotFoundException');
  await create(server, 'news');
  assert.deepEqual(await listed(), []);
});

test('permissions are added to the policy and taken from it, and let other accounts in', async (t) => {
  const server = await serveSns(t);
  const other = server.clientOf({ account: '999999999999' });
  const TopicArn = await create(server, 'news');
  const denied = await refusal(other.send(new sdk.PublishCommand({ TopicArn, Message: 'hello' })));
  assert.deepEqual(denied, {
    name: 'AuthorizationErrorException',
    message: `User: arn:aws:iam::999999999999:root is not authorized to perform: SNS:Publish on resource: ${TopicArn} because no resource-based policy allows the SNS:Publish action`,
    status: 403,
  });
  const missing = await refusal(other.send(new sdk.PublishCommand({ TopicArn: arnOf('none'), Message: 'hello' })));
  assert.equal(missing.name, 'AuthorizationErrorException', 'whether it exists is not told');
  const add = (change: object = {}) => {
    const AWSAccountId = ['999999999999'];
    const input = { TopicArn, Label: 'friends', AWSAccountId, ActionName: ['Publish'], ...change };
    return server.client.send(new sdk.AddPermissionCommand(input));
  };
  await add();
  await other.send(new sdk.PublishCommand({ TopicArn, Message: 'hello' }));
  const subscribing = other.send(
    new sdk.SubscribeCommand({ TopicArn, Protocol: 'http', Endpoint: 'http://127.0.0.1/' }),
  );
  assert.equal((await refusal(subscribing)).name, 'AuthorizationErrorException');
  const statements = async () => JSON.parse((await attributes(server, TopicArn)).Policy ?? '').Statement;
  assert.deepEqual((await statements())[1], {
    Sid: 'friends',
    Effect: 'Allow',
    Principal: { AWS: 'arn:aws:iam::999999999999:root' },
    Action: 'SNS:Publish',
    Resource: TopicArn,
  });
  assert.deepEqual(await refusal(add()), invalid('Statement already exists'));
  assert.deepEqual(
    await refusal(add({ Label: 'b', ActionName: ['Fly'] })),
    invalid('Policy statement action out of service scope!'),
  );
  await server.client.send(new sdk.RemovePermissionCommand({ TopicArn, Label: 'friends' }));
  assert.equal((await statements()).length, 1);
  const again = await refusal(other.send(new sdk.PublishCommand({ TopicArn, Message: 'hello' })));
  assert.equal(again.name, 'AuthorizationErrorException');
});

test('a policy that denies stops the owner, too', async (t) => {
  const server = await serveSns(t);
  const TopicArn = await create(server, 'news');
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Deny', Principal: '*', Action: 'sns:Publish', Resource: TopicArn }],
  });
  await server.client.send(
    new sdk.SetTopicAttributesCommand({ TopicArn, AttributeName: 'Policy', AttributeValue: Policy }),
  );
  const denied = await refusal(server.client.send(new sdk.PublishCommand({ TopicArn, Message: 'hello' })));
  assert.match(denied.message, /with an explicit deny in a resource-based policy$/);
});

async function create({ client }: SnsServer, Name: string, Attributes?: Record<string, string>): Promise<string> {
  return (await client.send(new sdk.CreateTopicCommand({ Name, Attributes }))).TopicArn ?? '';
}

async function attributes({ client }: SnsServer, TopicArn: string): Promise<Record<string, string>> {
  return (await client.send(new sdk.GetTopicAttributesCommand({ TopicArn }))).Attributes ?? {};
}
