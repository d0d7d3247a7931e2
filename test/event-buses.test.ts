// Event buses of the whole server, from outside: the official clients put events, and functions, queues and topics get them.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { EventBridge } from '@aws-sdk/client-eventbridge';
import type { SQS } from '@aws-sdk/client-sqs';
import { noting } from '../src/wire/testing/seen-answers.ts';
import { awsCli } from './aws-cli.ts';
import { pythonWithBoto3 } from './boto3.ts';
import { deploy } from './deploy.ts';
import { addRule, eventsClient, letEventsIn, received } from './event-buses.ts';
import { logged } from './logs.ts';
import { makeQueue, queueClient } from './queues.ts';
import { s3Client, s3Sdk } from './s3.ts';
import {
  addAccount,
  cleanUpOf,
  lambdaClient,
  lambdaSdk,
  serve,
  type TestServer,
  temporaryDirectory,
} from './server.ts';

const snsSdk = createRequire(import.meta.url)('@aws-sdk/client-sns') as typeof import('@aws-sdk/client-sns');
const logsSdk = createRequire(import.meta.url)(
  '@aws-sdk/client-cloudwatch-logs',
) as typeof import('@aws-sdk/client-cloudwatch-logs');
const OTHER = '111122223333';

describe('an event bus', () => {
  const cleanUp = cleanUpOf({ after });
  let server: TestServer;
  let events: EventBridge;
  let sqs: SQS;

  before(async () => {
    server = await serve(cleanUp, { args: ['--pool', '1'] });
    events = eventsClient(cleanUp, server);
    sqs = queueClient(cleanUp, server);
  });

  const put = (Source: string, detail: object) =>
    events.putEvents({ Entries: [{ Source, DetailType: 'test', Detail: JSON.stringify(detail) }] });

  test('invokes a function that lets the rule in, and no other', async () => {
    const lambda = lambdaClient(cleanUp, server);
    const index = "export const handler = async (event) => console.log('got', event.source, event.detail.sum);";
    await deploy(lambda, { name: 'told', runtime: 'nodejs24.x', files: { 'index.mjs': index } });
    const Arn = 'arn:aws:lambda:us-east-1:000000000000:function:told';
    const dead = await makeQueue(sqs, 'dead-of-function');
    await letEventsIn(sqs, dead);
    const target = { Arn, DeadLetterConfig: { Arn: dead.arn } };
    const SourceArn = await addRule(events, { Name: 'allowed', pattern: { source: ['shop.allowed'] } }, target);
    await addRule(events, { Name: 'stranger', pattern: { source: ['shop.stranger'] } }, target);
    const { AddPermissionCommand } = lambdaSdk();
    const permission = { Action: 'lambda:InvokeFunction', Principal: 'events.amazonaws.com', SourceArn };
    await lambda.send(new AddPermissionCommand({ FunctionName: 'told', StatementId: 'rule', ...permission }));
    await put('shop.stranger', { sum: 1 });
    await put('shop.allowed', { sum: 2 });
    await logged(server, 'told', 'got shop.allowed 2');
    const [letter] = await received(sqs, dead, 1);
    const { ERROR_CODE, RULE_ARN, TARGET_ARN, RETRY_ATTEMPTS } = letter?.MessageAttributes ?? {};
    assert.equal(ERROR_CODE?.StringValue, 'NO_PERMISSIONS');
    assert.equal(RULE_ARN?.StringValue, 'arn:aws:events:us-east-1:000000000000:rule/stranger');
    assert.deepEqual([TARGET_ARN?.StringValue, RETRY_ATTEMPTS?.StringValue], [Arn, '0']);
    assert.equal(JSON.parse(letter?.Body ?? '').detail.sum, 1);
  });

  test('sends to queues and topics, in order where the queue has one', async () => {
    const queue = await makeQueue(sqs, 'plain');
    const ordered = await makeQueue(sqs, 'ordered.fifo');
    const ofTopic = await makeQueue(sqs, 'of-topic');
    for (const one of [queue, ordered]) await letEventsIn(sqs, one);
    const sns = new snsSdk.SNS(
      noting({
        endpoint: server.env.AWS_ENDPOINT_URL ?? '',
        region: 'us-east-1',
        credentials: {
          accessKeyId: server.env.AWS_ACCESS_KEY_ID ?? '',
          secretAccessKey: server.env.AWS_SECRET_ACCESS_KEY ?? '',
        },
      }),
    );
    cleanUp.defer(async () => sns.destroy());
    const { TopicArn = '' } = await sns.createTopic({ Name: 'told' });
    const letIn = (service: string, Action: string, Resource: string) =>
      JSON.stringify({ Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action, Resource }] });
    await sns.setTopicAttributes({
      TopicArn,
      AttributeName: 'Policy',
      AttributeValue: letIn('events.amazonaws.com', 'sns:Publish', TopicArn),
    });
    const Policy = letIn('sns.amazonaws.com', 'sqs:SendMessage', ofTopic.arn);
    await sqs.setQueueAttributes({ QueueUrl: ofTopic.url, Attributes: { Policy } });
    await sns.subscribe({
      TopicArn,
      Protocol: 'sqs',
      Endpoint: ofTopic.arn,
      Attributes: { RawMessageDelivery: 'true' },
    });
    const pattern = { source: ['shop.queues'] };
    await addRule(events, { Name: 'plain', pattern }, { Arn: queue.arn });
    await addRule(events, { Name: 'ordered', pattern }, { Arn: ordered.arn, SqsParameters: { MessageGroupId: 'one' } });
    await addRule(events, { Name: 'topic', pattern }, { Arn: TopicArn, InputPath: '$.detail' });
    await put('shop.queues', { sum: 1 });
    const [plain] = await received(sqs, queue, 1);
    assert.equal(JSON.parse(plain?.Body ?? '').detail.sum, 1);
    const [inOrder] = await received(sqs, ordered, 1);
    assert.equal(inOrder?.Attributes?.MessageGroupId, 'one');
    const [published] = await received(sqs, ofTopic, 1);
    assert.equal(published?.Body, '{"sum":1}');
  });

  test('takes events of another account that its policy names', async () => {
    const queue = await makeQueue(sqs, 'shared');
    await letEventsIn(sqs, queue);
    const { EventBusArn } = await events.createEventBus({ Name: 'shared' });
    await addRule(events, { Name: 'all', EventBusName: 'shared', pattern: { account: [OTHER] } }, { Arn: queue.arn });
    const theirs = eventsClient(cleanUp, await addAccount(server, OTHER));
    const entry = { Source: 'shop', DetailType: 'order', Detail: '{}', EventBusName: EventBusArn };
    const refused = await theirs.putEvents({ Entries: [entry] });
    assert.equal(refused.Entries?.[0]?.ErrorCode, 'AccessDeniedException');
    const permission = { StatementId: 'them', Action: 'events:PutEvents', Principal: OTHER };
    await events.putPermission({ EventBusName: 'shared', ...permission });
    const { Entries } = await theirs.putEvents({ Entries: [entry] });
    // By a rule of theirs, too: their default bus sends it on to ours.
    await addRule(theirs, { Name: 'on', pattern: { source: ['shop.on'] } }, { Arn: EventBusArn ?? '' });
    await theirs.putEvents({ Entries: [{ ...entry, Source: 'shop.on', EventBusName: undefined }] });
    const messages = await received(sqs, queue, 2);
    const told = messages.map(({ Body = '' }) => JSON.parse(Body));
    assert.ok(told.some(({ id }) => id === Entries?.[0]?.EventId));
    assert.deepEqual(told.map(({ source }) => source).sort(), ['shop', 'shop.on']);
  });

  test('writes events to a log group that the account’s policy opens to it', async () => {
    const settings = { endpoint: server.env.AWS_ENDPOINT_URL ?? '', region: 'us-east-1' };
    const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } = server.env;
    const logs = new logsSdk.CloudWatchLogs(noting({ ...settings, credentials: { accessKeyId, secretAccessKey } }));
    cleanUp.defer(async () => logs.destroy());
    const logGroupName = '/aws/events/all';
    await logs.createLogGroup({ logGroupName });
    const Arn = `arn:aws:logs:us-east-1:000000000000:log-group:${logGroupName}`;
    const dead = await makeQueue(sqs, 'dead-of-logs');
    await letEventsIn(sqs, dead);
    const target = { Arn, DeadLetterConfig: { Arn: dead.arn } };
    await addRule(events, { Name: 'logged', pattern: { source: ['shop.logged'] } }, target);
    await put('shop.logged', { sum: 2 });
    const [letter] = await received(sqs, dead, 1);
    assert.equal(letter?.MessageAttributes?.ERROR_CODE?.StringValue, 'NO_PERMISSIONS');
    const Statement = {
      Effect: 'Allow',
      Principal: { Service: ['events.amazonaws.com', 'delivery.logs.amazonaws.com'] },
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: 'arn:aws:logs:us-east-1:000000000000:log-group:/aws/events/*:*',
    };
    const policyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [Statement] });
    await logs.putResourcePolicy({ policyName: 'events', policyDocument });
    await put('shop.logged', { sum: 3 });
    await put('shop.logged', { sum: 4 });
    const sums = async () => {
      const { events: lines = [] } = await logs.filterLogEvents({ logGroupName });
      return lines.map(({ message = '' }) => JSON.parse(message).detail.sum).sort();
    };
    // The test's own limit ends it.
    while ((await sums()).length < 2) await sleep(50);
    assert.deepEqual(await sums(), [3, 4]);
  });

  test('is told how asynchronous invocations have ended', async () => {
    const lambda = lambdaClient(cleanUp, server);
    const index =
      'export const handler = async ({ fails }) => { if (fails) throw new Error(fails); return { sum: 7 }; };';
    await deploy(lambda, { name: 'doubtful', runtime: 'nodejs24.x', files: { 'index.mjs': index } });
    const queue = await makeQueue(sqs, 'ends');
    await letEventsIn(sqs, queue);
    await addRule(events, { Name: 'ends', pattern: { source: ['lambda'] } }, { Arn: queue.arn });
    const { InvokeCommand, PutFunctionEventInvokeConfigCommand } = lambdaSdk();
    const Destination = 'arn:aws:events:us-east-1:000000000000:event-bus/default';
    await lambda.send(
      new PutFunctionEventInvokeConfigCommand({
        FunctionName: 'doubtful',
        MaximumRetryAttempts: 0,
        DestinationConfig: { OnSuccess: { Destination }, OnFailure: { Destination } },
      }),
    );
    for (const event of [{}, { fails: 'badly' }]) {
      const invocation = { FunctionName: 'doubtful', InvocationType: 'Event', Payload: JSON.stringify(event) } as const;
      await lambda.send(new InvokeCommand(invocation));
    }
    const told = (await received(sqs, queue, 2)).map(({ Body = '' }) => JSON.parse(Body));
    const ofType = (type: string) => told.find((event) => event['detail-type'] === type);
    const success = ofType('Lambda Function Invocation Result - Success');
    assert.deepEqual(success.resources, [
      Destination,
      'arn:aws:lambda:us-east-1:000000000000:function:doubtful:$LATEST',
    ]);
    assert.deepEqual(success.detail.responsePayload, { sum: 7 });
    const failure = ofType('Lambda Function Invocation Result - Failure');
    assert.equal(failure.detail.requestContext.condition, 'RetriesExhausted');
    assert.equal(failure.detail.responsePayload.errorMessage, 'badly');
  });

  test('is told of the objects of buckets that are to tell it', async () => {
    const queue = await makeQueue(sqs, 'objects');
    await letEventsIn(sqs, queue);
    await addRule(events, { Name: 'objects', pattern: { source: ['aws.s3'] } }, { Arn: queue.arn });
    const s3 = s3Client(cleanUp, server);
    const Bucket = 'told-by-bus';
    const Key = 'a b/ä.txt';
    const { CreateBucketCommand, DeleteObjectCommand, PutObjectCommand, PutObjectTaggingCommand } = s3Sdk();
    const { GetBucketNotificationConfigurationCommand, PutBucketNotificationConfigurationCommand } = s3Sdk();
    await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(new PutObjectCommand({ Bucket, Key: 'untold', Body: 'x' }));
    const NotificationConfiguration = { EventBridgeConfiguration: {} };
    await s3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }));
    const { EventBridgeConfiguration } = await s3.send(new GetBucketNotificationConfigurationCommand({ Bucket }));
    assert.deepEqual(EventBridgeConfiguration, {});
    const { ETag = '' } = await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'hello' }));
    await s3.send(new PutObjectTaggingCommand({ Bucket, Key, Tagging: { TagSet: [{ Key: 'a', Value: 'b' }] } }));
    await s3.send(new DeleteObjectCommand({ Bucket, Key }));
    const told = (await received(sqs, queue, 3)).map(({ Body = '' }) => JSON.parse(Body));
    const ofType = (type: string) => told.find((event) => event['detail-type'] === type);
    const created = ofType('Object Created');
    assert.deepEqual(created.resources, [`arn:aws:s3:::${Bucket}`]);
    const { 'request-id': requestId, object, ...detail } = created.detail;
    assert.match(requestId, /./);
    assert.match(object.sequencer, /^[0-9A-F]+$/);
    assert.deepEqual(
      { ...object, sequencer: '' },
      { key: Key, size: 5, etag: ETag.replaceAll('"', ''), sequencer: '' },
    );
    const source = { requester: '000000000000', 'source-ip-address': '127.0.0.1' };
    assert.deepEqual(detail, { version: '0', bucket: { name: Bucket }, ...source, reason: 'PutObject' });
    assert.equal(ofType('Object Deleted').detail['deletion-type'], 'Permanently Deleted');
    assert.equal(ofType('Object Tags Added').detail.object.key, Key);
  });

  test('works with boto3 and with the AWS CLI', async () => {
    const env = { ...process.env, ...server.env };
    const python = await pythonWithBoto3(env);
    const { stdout } = await promisify(execFile)(python, [join(import.meta.dirname, 'boto3-buses.py')], { env });
    const seen = JSON.parse(stdout);
    assert.deepEqual(seen.details, [{ total: 7 }]);
    assert.deepEqual(seen.failed, ['MalformedDetail']);
    assert.deepEqual(seen.rules, ['boto3']);
    assert.match(seen.refused, /^InvalidEventPatternException: Event pattern is not valid\. Reason: "source" must be/);
    const cli = await awsCli(env, 'events');
    assert.equal((await cli('describe-event-bus')).Name, 'default');
    await cli('put-rule', '--name', 'by-cli', '--event-pattern', '{"source":["cli"]}');
    const entries = JSON.stringify([{ Source: 'cli', DetailType: 'typed', Detail: '{"a":1}' }]);
    assert.equal((await cli('put-events', '--entries', entries)).FailedEntryCount, 0);
    const tried = await cli(
      ...['test-event-pattern', '--event-pattern', '{"source":[{"prefix":"c"}]}', '--event'],
      '{"id":"1","account":"1","source":"cli","time":"2026-11-21T00:00:00Z","region":"r","detail-type":"t"}',
    );
    assert.equal(tried.Result, true);
  });
});

test('what PutEvents has acknowledged is delivered after kill -9', async (t) => {
  const cleanUp = cleanUpOf(t);
  const dataDir = await temporaryDirectory(cleanUp);
  const start = () => serve(cleanUp, { dataDir, args: ['--pool', '0'] });
  let server = await start();
  const sqs = queueClient(cleanUp, server);
  const queue = await makeQueue(sqs, 'all');
  await letEventsIn(sqs, queue);
  const events = eventsClient(cleanUp, server);
  await addRule(events, { Name: 'all', pattern: { source: ['shop'] } }, { Arn: queue.arn });
  const acknowledged = new Set<string>();
  const entry = { Source: 'shop', DetailType: 'order', Detail: '{}' };
  const sending = Array.from({ length: 4 }, async () => {
    for (;;) {
      const { Entries = [] } = await events.putEvents({ Entries: Array(5).fill(entry) });
      for (const { EventId = '' } of Entries) acknowledged.add(EventId);
      // In the middle of what others have under way.
      if (acknowledged.size >= 200) await server.process.kill();
    }
  });
  await Promise.allSettled(sending);
  server = await start();
  const again = queueClient(cleanUp, server);
  const { QueueUrl: url = '' } = await again.getQueueUrl({ QueueName: 'all' });
  const told = new Set<string>();
  while (acknowledged.difference(told).size > 0) {
    for (const { Body = '' } of await received(again, { ...queue, url }, 1)) told.add(JSON.parse(Body).id);
  }
  assert.ok(acknowledged.size >= 200);
});
