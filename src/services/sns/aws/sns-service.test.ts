import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ACCOUNT, REGION, refusal, sdk, serveSns, until } from './testing/serve-sns.ts';

const QUEUE = `arn:aws:sqs:${REGION}:${ACCOUNT}:orders`;

test('nothing is opened before the first request', async (t) => {
  const server = await serveSns(t);
  assert.equal(existsSync(join(server.dataDir, 'sns.db')), false);
  await server.client.send(new sdk.ListTopicsCommand({}));
  assert.equal(existsSync(join(server.dataDir, 'sns.db')), true);
});

test('a topic is made, listed, subscribed to, published to and deleted', async (t) => {
  const { client, delivered } = await serveSns(t);
  const { TopicArn } = await client.send(new sdk.CreateTopicCommand({ Name: 'news' }));
  assert.equal(TopicArn, `arn:aws:sns:${REGION}:${ACCOUNT}:news`);
  assert.deepEqual((await client.send(new sdk.ListTopicsCommand({}))).Topics, [{ TopicArn }]);
  const { SubscriptionArn } = await client.send(
    new sdk.SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: QUEUE }),
  );
  assert.match(SubscriptionArn ?? '', new RegExp(`^${TopicArn}:[0-9a-f-]{36}$`));
  const { MessageId } = await client.send(
    new sdk.PublishCommand({
      TopicArn,
      Message: 'Hällo',
      Subject: 'Greeting',
      MessageAttributes: { kind: { DataType: 'String', StringValue: 'a' } },
    }),
  );
  await until('the queue has it', () => delivered.length === 1);
  const [got] = delivered;
  assert.equal(got?.arn, QUEUE);
  assert.deepEqual(got?.sender, {
    kind: 'service',
    service: 'sns.amazonaws.com',
    sourceArn: TopicArn,
    sourceAccount: ACCOUNT,
  });
  const body = JSON.parse(got?.message.body.toString() ?? '');
  assert.partialDeepStrictEqual(body, {
    Type: 'Notification',
    MessageId,
    TopicArn,
    Subject: 'Greeting',
    Message: 'Hällo',
    SignatureVersion: '1',
    MessageAttributes: { kind: { Type: 'String', Value: 'a' } },
  });
  assert.deepEqual(Object.keys(body), [
    'Type',
    'MessageId',
    'TopicArn',
    'Subject',
    'Message',
    'Timestamp',
    'SignatureVersion',
    'Signature',
    'SigningCertURL',
    'UnsubscribeURL',
    'MessageAttributes',
  ]);
  await client.send(new sdk.DeleteTopicCommand({ TopicArn }));
  await client.send(new sdk.DeleteTopicCommand({ TopicArn }));
  assert.deepEqual((await client.send(new sdk.ListTopicsCommand({}))).Topics ?? [], []);
  assert.deepEqual(await refusal(client.send(new sdk.PublishCommand({ TopicArn, Message: 'late' }))), {
    name: 'NotFoundException',
    message: 'Topic does not exist',
    status: 404,
  });
});
