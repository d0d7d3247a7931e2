// Topics of the whole server, seen from outside: queues and functions that subscribe, and what is left after kill -9.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import type { SNSClient } from '@aws-sdk/client-sns';
import type { SQS } from '@aws-sdk/client-sqs';
import { runLambent } from '../scripts/server-process.ts';
import { noting } from '../src/wire/testing/seen-answers.ts';
import { awsCli } from './aws-cli.ts';
import { pythonWithBoto3 } from './boto3.ts';
import { deploy } from './deploy.ts';
import { logged } from './logs.ts';
import { makeQueue, queueClient, type TestQueue } from './queues.ts';
import {
  addAccount,
  cleanUpOf,
  type LambdaClient,
  lambdaClient,
  lambdaSdk,
  serve,
  type TestServer,
  temporaryDirectory,
} from './server.ts';

const require = createRequire(import.meta.url);
const sdk = require('@aws-sdk/client-sns') as typeof import('@aws-sdk/client-sns');

const LOGGER = `export const handler = async (event) => {
  console.log('record', JSON.stringify(event.Records[0]));
};`;

test('a relay for mail that cannot be one ends the start, and says what to write', async (t) => {
  const dataDir = await temporaryDirectory(cleanUpOf(t));
  const start = ['serve', '--port', '0', '--data-dir', dataDir];
  const { code, stderr } = await runLambent([...start, '--smtp-relay', 'smtp://mail.example.com']);
  assert.equal(code, 1);
  assert.match(stderr, /append \?from=news@example.com to its URL/);
});

describe('topics of the whole server', () => {
  const cleanUp = cleanUpOf({ after });
  let server: TestServer;
  let sns: SNSClient;
  let sqs: SQS;
  let lambda: LambdaClient;
  before(async () => {
    server = await serve(cleanUp);
    assert.equal(existsSync(join(server.dataDir, 'sns.db')), false, 'nothing is opened before somebody asks');
    sns = snsClient(cleanUp, server);
    sqs = queueClient(cleanUp, server);
    lambda = lambdaClient(cleanUp, server);
  });

  test('a queue gets messages once its policy lets the topic in, and the dead-letter queue before', async () => {
    const TopicArn = await topic('policies');
    const dead = await makeQueue(sqs, 'policies-dead');
    await letIn(dead, TopicArn);
    const queue = await makeQueue(sqs, 'policies');
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn });
    await subscribe(TopicArn, 'sqs', queue.arn, { RedrivePolicy });
    await publish(TopicArn, 'too early');
    assert.equal(JSON.parse(await received(dead)).Message, 'too early');
    await letIn(queue, TopicArn);
    await publish(TopicArn, 'in time');
    assert.equal(JSON.parse(await received(queue)).Message, 'in time');
  });

  test('a function gets AWS’s event once its policy lets the topic in', async () => {
    const TopicArn = await topic('to-function');
    await deploy(lambda, { name: 'listener', runtime: 'nodejs24.x', files: { 'index.mjs': LOGGER } });
    await lambda.send(
      new (lambdaSdk().AddPermissionCommand)({
        FunctionName: 'listener',
        StatementId: 'topic',
        Action: 'lambda:InvokeFunction',
        Principal: 'sns.amazonaws.com',
        SourceArn: TopicArn,
      }),
    );
    const arn = await subscribe(TopicArn, 'lambda', 'arn:aws:lambda:us-east-1:000000000000:function:listener');
    await publish(TopicArn, 'wake up');
    const record = JSON.parse((await logged(server, 'listener', 'wake up')).replace(/^.*?\{/s, '{'));
    assert.equal(record.EventSource, 'aws:sns');
    assert.equal(record.EventSubscriptionArn, arn);
    assert.equal(record.Sns.TopicArn, TopicArn);
  });

  test('a topic in order feeds a queue in order, once each', async () => {
    const { TopicArn = '' } = await sns.send(
      new sdk.CreateTopicCommand({ Name: 'order.fifo', Attributes: { FifoTopic: 'true' } }),
    );
    const queue = await makeQueue(sqs, 'order.fifo');
    await letIn(queue, TopicArn);
    await subscribe(TopicArn, 'sqs', queue.arn, { RawMessageDelivery: 'true' });
    const texts = Array.from({ length: 12 }, (_, at) => `message ${at}`);
    for (const Message of [...texts, ...texts]) {
      const ids = { MessageGroupId: 'a', MessageDeduplicationId: Message.replace(' ', '-') };
      await sns.send(new sdk.PublishCommand({ TopicArn, Message, ...ids }));
    }
    const got: string[] = [];
    while (got.length < texts.length) got.push(await received(queue));
    assert.deepEqual(got, texts);
  });

  test('another account publishes when the topic’s policy lets it', async () => {
    const TopicArn = await topic('shared');
    const other = snsClient(cleanUp, await addAccount(server, '111122223333'));
    const send = () => other.send(new sdk.PublishCommand({ TopicArn, Message: 'hello' }));
    await assert.rejects(send(), { name: 'AuthorizationErrorException' });
    const ActionName = ['Publish'];
    await sns.send(
      new sdk.AddPermissionCommand({ TopicArn, Label: 'friend', AWSAccountId: ['111122223333'], ActionName }),
    );
    await send();
  });

  test('boto3 makes a topic, filters, publishes and checks signatures', async () => {
    const env = { ...process.env, ...server.env };
    const python = await pythonWithBoto3(env);
    const { stdout } = await promisify(execFile)(python, [join(import.meta.dirname, 'boto3-sns.py')], { env });
    assert.deepEqual(JSON.parse(stdout), {
      messages: ['order'],
      verified: [true],
      forged: [false],
      tags: [{ Key: 'a', Value: 'b' }],
      batch: ['0', '1', '2'],
      refused: ['NotFound', 'Topic does not exist'],
    });
  });

  test('the AWS CLI makes a topic, subscribes, publishes and takes it away', async () => {
    const aws = await awsCli({ ...process.env, ...server.env }, 'sns');
    const { TopicArn } = await aws('create-topic', '--name', 'by-cli');
    const queue = await makeQueue(sqs, 'by-cli');
    await letIn(queue, TopicArn);
    const subscription = ['--topic-arn', TopicArn, '--protocol', 'sqs', '--notification-endpoint', queue.arn];
    const { SubscriptionArn } = await aws('subscribe', ...subscription, '--attributes', 'RawMessageDelivery=true');
    const { MessageId } = await aws('publish', '--topic-arn', TopicArn, '--message', 'from the command line');
    assert.match(MessageId, /^[0-9a-f-]{36}$/);
    assert.equal(await received(queue), 'from the command line');
    const { Subscriptions } = await aws('list-subscriptions-by-topic', '--topic-arn', TopicArn);
    assert.equal(Subscriptions[0].SubscriptionArn, SubscriptionArn);
    await aws('unsubscribe', '--subscription-arn', SubscriptionArn);
    await aws('delete-topic', '--topic-arn', TopicArn);
    const { Topics } = await aws('list-topics');
    assert.ok(!Topics.some((one: { TopicArn: string }) => one.TopicArn === TopicArn));
  });

  test('what was published is delivered after kill -9, without anybody asking for topics', async () => {
    const TopicArn = await topic('killed');
    const queue = await makeQueue(sqs, 'killed');
    await letIn(queue, TopicArn);
    await subscribe(TopicArn, 'sqs', queue.arn, { RawMessageDelivery: 'true' });
    const texts = Array.from({ length: 50 }, (_, at) => `message ${at}`);
    await Promise.all(texts.map((text) => publish(TopicArn, text)));
    await server.process.kill();
    const again = await serve(cleanUp, { dataDir: server.dataDir });
    const reader = queueClient(cleanUp, again);
    const { QueueUrl } = await reader.getQueueUrl({ QueueName: 'killed' });
    const got = new Set<string | undefined>();
    while (got.size < texts.length) {
      const { Messages = [] } = await reader.receiveMessage({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 });
      for (const { Body } of Messages) got.add(Body);
    }
    assert.deepEqual([...got].sort(), texts.sort());
  });

  async function topic(Name: string): Promise<string> {
    return (await sns.send(new sdk.CreateTopicCommand({ Name }))).TopicArn ?? '';
  }

  async function subscribe(
    TopicArn: string,
    Protocol: string,
    Endpoint: string,
    Attributes: Record<string, string> = {},
  ): Promise<string> {
    const { SubscriptionArn = '' } = await sns.send(
      new sdk.SubscribeCommand({ TopicArn, Protocol, Endpoint, Attributes }),
    );
    return SubscriptionArn;
  }

  async function publish(TopicArn: string, Message: string): Promise<void> {
    await sns.send(new sdk.PublishCommand({ TopicArn, Message }));
  }

  async function letIn({ url, arn }: TestQueue, topicArn: string): Promise<void> {
    const statement = {
      Effect: 'Allow',
      Principal: { Service: 'sns.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: arn,
      Condition: { ArnEquals: { 'aws:SourceArn': topicArn } },
    };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    await sqs.setQueueAttributes({ QueueUrl: url, Attributes: { Policy } });
  }

  /** Waits for one message of the queue, and takes it out. */
  async function received({ url: QueueUrl }: TestQueue): Promise<string> {
    for (;;) {
      const { Messages = [] } = await sqs.receiveMessage({ QueueUrl, WaitTimeSeconds: 5 });
      const [message] = Messages;
      if (message === undefined) continue;
      await sqs.deleteMessage({ QueueUrl, ReceiptHandle: message.ReceiptHandle });
      return message.Body ?? '';
    }
  }
});

function snsClient(cleanUp: AsyncDisposableStack, { env }: TestServer): SNSClient {
  const client = new sdk.SNSClient(
    noting({
      endpoint: env.AWS_ENDPOINT_URL ?? '',
      region: env.AWS_REGION ?? '',
      credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID ?? '', secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '' },
    }),
  );
  cleanUp.defer(async () => client.destroy());
  return client;
}
