// Functions that invoke themselves by what they send, with the official clients inside the function: each way is stopped
// after 16 rounds, and goes on where that is allowed.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SQS } from '@aws-sdk/client-sqs';
import { deploy, type Files } from './deploy.ts';
import { logged, logLines } from './logs.ts';
import { metricsOf } from './metrics.ts';
import { makeMapping, makeQueue, queueClient, type TestQueue } from './queues.ts';
import { s3Client, s3Sdk } from './s3.ts';
import { filesOfPackages } from './sdk-files.ts';
import { cleanUpOf, type LambdaClient, lambdaClient, lambdaSdk, patience, serve, type TestServer } from './server.ts';

const FARN = 'arn:aws:lambda:us-east-1:000000000000:function';
const TEXT =
  "Lambda has detected your function being invoked in a recursive loop with other Amazon Web Services resources and stopped your function's invocation.";
/** Where a function ends its loop by itself. */
const LAST = 19;

/** Sends on each number that it gets, plus one, to where it came from. */
const LOOP = `const { VIA: via, TARGET: target, AWS_LAMBDA_FUNCTION_NAME: name } = process.env;
const packages = { queue: 'sqs', topic: 'sns', bucket: 's3', event: 'lambda' };
const sdk = via === 'nothing' ? {} : require('@aws-sdk/client-' + packages[via]);
const settings = {
  region: process.env.AWS_REGION, endpoint: process.env.AWS_ENDPOINT_URL, forcePathStyle: true,
  // The root key's, since the function's role does not exist.
  credentials: { accessKeyId: process.env.KEY, secretAccessKey: process.env.SECRET },
};
const ways = {
  queue: {
    got: ({ Records }) => Records.map(({ body }) => Number(body)),
    send: (n) => new sdk.SQS(settings).sendMessage({ QueueUrl: target, MessageBody: String(n) }),
  },
  topic: {
    got: ({ Records }) => Records.map(({ Sns }) => Number(Sns.Message)),
    send: (n) => new sdk.SNS(settings).publish({ TopicArn: target, Message: String(n) }),
  },
  bucket: {
    got: ({ Records }) => Records.map(({ s3 }) => Number(s3.object.key)),
    send: (n) => new sdk.S3(settings).putObject({ Bucket: target, Key: String(n), Body: 'x' }),
  },
  event: {
    got: ({ n }) => [n],
    send: (n) => new sdk.Lambda(settings).invoke({
      FunctionName: name, InvocationType: 'Event', Payload: JSON.stringify({ n }),
    }),
  },
  nothing: { got: () => [], send: () => undefined },
};
exports.handler = async (event) => {
  for (const n of ways[via].got(event)) {
    console.log('round', n);
    if (n < ${LAST}) await ways[via].send(n + 1);
  }
  return process.env._X_AMZN_TRACE_ID;
};`;

describe('a function that invokes itself', () => {
  const cleanUp = cleanUpOf({ after });
  const sdk = lambdaSdk();
  let server: TestServer;
  let lambda: LambdaClient;
  let sqs: SQS;
  let files: Files;
  before(async () => {
    server = await serve(cleanUp);
    lambda = lambdaClient(cleanUp, server);
    sqs = queueClient(cleanUp, server);
    files = {
      'index.js': LOOP,
      ...filesOfPackages(['sqs', 'sns', 's3', 'lambda'].map((name) => `@aws-sdk/client-${name}`)),
    };
  });

  const keys = () => ({ KEY: server.env.AWS_ACCESS_KEY_ID ?? '', SECRET: server.env.AWS_SECRET_ACCESS_KEY ?? '' });
  const loop = (name: string, VIA: string, TARGET: string) =>
    deploy(lambda, {
      name,
      runtime: 'nodejs24.x',
      timeoutS: 10,
      memoryMb: 256,
      files,
      variables: { VIA, TARGET, ...keys() },
    });
  const allow = (FunctionName: string) =>
    lambda.send(new sdk.PutFunctionRecursionConfigCommand({ FunctionName, RecursiveLoop: 'Allow' }));
  const letIn = (FunctionName: string, Principal: string, SourceArn: string) =>
    lambda.send(
      new sdk.AddPermissionCommand({
        ...{ FunctionName, Principal, SourceArn },
        ...{ StatementId: 'source', Action: 'lambda:InvokeFunction', SourceAccount: '000000000000' },
      }),
    );
  /** The numbers that the function has got, once it has logged this one. */
  const rounds = async (name: string, last: number) => {
    await logged(server, name, `round ${last}`);
    const lines = await logLines(server, name, 'round');
    return lines.map((line) => Number(/round (\d+)/.exec(line)?.[1])).sort((one, other) => one - other);
  };
  const topics = () => {
    const { SNS } = createRequire(import.meta.url)('@aws-sdk/client-sns') as typeof import('@aws-sdk/client-sns');
    const { env } = server;
    const sns = new SNS({
      endpoint: env.AWS_ENDPOINT_URL ?? '',
      region: env.AWS_REGION ?? '',
      credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID ?? '', secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '' },
    });
    cleanUp.defer(() => sns.destroy());
    return sns;
  };
  const next = async ({ url: QueueUrl }: TestQueue) => {
    for (;;) {
      const ask = { QueueUrl, WaitTimeSeconds: 5, MessageAttributeNames: ['All'] };
      const [message] = (await sqs.receiveMessage(ask)).Messages ?? [];
      if (message !== undefined) return message;
    }
  };
  const dropped = async (name: string) =>
    new RegExp(`lambent_recursive_invocations_dropped_total{[^}]*"${name}"[^}]*} (\\d+)`).exec(
      await metricsOf(server),
    )?.[1];

  test('through a queue is stopped after 16 rounds, and the message comes to the dead-letter queue', async () => {
    const dead = await makeQueue(sqs, 'loop-dead');
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 1 });
    const queue = await makeQueue(sqs, 'loop', { VisibilityTimeout: '10', RedrivePolicy });
    await loop('by-queue', 'queue', queue.url);
    await makeMapping(lambda, { FunctionName: 'by-queue', EventSourceArn: queue.arn });
    await sqs.sendMessage({ QueueUrl: queue.url, MessageBody: '0' });
    assert.equal((await next(dead)).Body, '16');
    assert.deepEqual(await rounds('by-queue', 15), upTo(15));
    assert.equal(await dropped('by-queue'), '1');
    assert.match(server.process.logged(), /invokes itself in a loop and was stopped/);
  });

  test('through a queue goes on where that is allowed', async () => {
    const queue = await makeQueue(sqs, 'allowed', { VisibilityTimeout: '10' });
    await loop('allowed', 'queue', queue.url);
    await allow('allowed');
    await makeMapping(lambda, { FunctionName: 'allowed', EventSourceArn: queue.arn });
    await sqs.sendMessage({ QueueUrl: queue.url, MessageBody: '0' });
    assert.deepEqual([...new Set(await rounds('allowed', LAST))], upTo(LAST));
    assert.equal(await dropped('allowed'), undefined);
  });

  test('through a topic is stopped after 16 rounds, and the event comes to the dead-letter queue', async () => {
    const sns = topics();
    const { TopicArn = '' } = await sns.createTopic({ Name: 'loop' });
    await loop('by-topic', 'topic', TopicArn);
    const dead = await makeQueue(sqs, 'topic-dead');
    const FunctionName = 'by-topic';
    const DeadLetterConfig = { TargetArn: dead.arn };
    await lambda.send(new sdk.UpdateFunctionConfigurationCommand({ FunctionName, DeadLetterConfig }));
    await sdk.waitUntilFunctionUpdatedV2(patience(lambda), { FunctionName });
    await letIn(FunctionName, 'sns.amazonaws.com', TopicArn);
    await sns.subscribe({ TopicArn, Protocol: 'lambda', Endpoint: `${FARN}:by-topic` });
    await sns.publish({ TopicArn, Message: '0' });
    const { Body = '', MessageAttributes } = await next(dead);
    assert.equal(JSON.parse(Body).Records[0].Sns.Message, '16');
    assert.equal(MessageAttributes?.ErrorCode?.StringValue, '400');
    assert.equal(MessageAttributes?.ErrorMessage?.StringValue, TEXT);
    assert.deepEqual(await rounds('by-topic', 15), upTo(15));
    assert.equal(await dropped('by-topic'), '1');
  });

  test('through a bucket is stopped after 16 rounds, and the failure is told to its destination', async () => {
    const s3 = s3Client(cleanUp, server);
    const { CreateBucketCommand, PutBucketNotificationConfigurationCommand, PutObjectCommand } = s3Sdk();
    await s3.send(new CreateBucketCommand({ Bucket: 'loop' }));
    await loop('by-bucket', 'bucket', 'loop');
    const failures = await makeQueue(sqs, 'bucket-failures');
    await lambda.send(
      new sdk.PutFunctionEventInvokeConfigCommand({
        FunctionName: 'by-bucket',
        DestinationConfig: { OnFailure: { Destination: failures.arn } },
      }),
    );
    await letIn('by-bucket', 's3.amazonaws.com', 'arn:aws:s3:::loop');
    await s3.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket: 'loop',
        NotificationConfiguration: {
          LambdaFunctionConfigurations: [{ LambdaFunctionArn: `${FARN}:by-bucket`, Events: ['s3:ObjectCreated:*'] }],
        },
      }),
    );
    await s3.send(new PutObjectCommand({ Bucket: 'loop', Key: '0', Body: 'x' }));
    const record = JSON.parse((await next(failures)).Body ?? '');
    assert.equal(record.requestPayload.Records[0].s3.object.key, '16');
    assert.equal(record.requestContext.approximateInvokeCount, 0);
    assert.equal(record.responsePayload, undefined);
    assert.deepEqual(await rounds('by-bucket', 15), upTo(15));
  });

  test('asynchronously is stopped after 16 rounds; where it is told of that again, nobody is told once more', async () => {
    await loop('by-event', 'event', '');
    const sns = topics();
    const { TopicArn = '' } = await sns.createTopic({ Name: 'told-again' });
    await letIn('by-event', 'sns.amazonaws.com', TopicArn);
    await sns.subscribe({ TopicArn, Protocol: 'lambda', Endpoint: `${FARN}:by-event` });
    await lambda.send(
      new sdk.PutFunctionEventInvokeConfigCommand({
        FunctionName: 'by-event',
        DestinationConfig: { OnFailure: { Destination: TopicArn } },
      }),
    );
    const start = { FunctionName: 'by-event', InvocationType: 'Event', Payload: '{"n":0}' } as const;
    await lambda.send(new sdk.InvokeCommand(start));
    while ((await dropped('by-event')) !== '2') await sleep(50);
    while (!server.process.logged().includes('of its own loop')) await sleep(20);
    assert.deepEqual(await rounds('by-event', 15), upTo(15));
  });

  test('and waits for the answer gets RecursiveInvocationException in the seventeenth round', async () => {
    await loop('direct', 'nothing', '');
    let trace: string | undefined;
    const client = lambdaClient(cleanUp, server, { maxAttempts: 1 });
    client.middlewareStack.add(
      (send) => (args) => {
        const request = args.request as { headers: Record<string, string> };
        if (trace !== undefined) request.headers['x-amzn-trace-id'] = trace;
        return send(args);
      },
      { step: 'build' },
    );
    const round = async () => {
      const { Payload } = await client.send(new sdk.InvokeCommand({ FunctionName: 'direct' }));
      return JSON.parse(Buffer.from(Payload ?? []).toString()) as string;
    };
    for (let count = 1; count <= 16; count += 1) {
      trace = await round();
      assert.match(trace, new RegExp(`^Root=1-[^;]+;Parent=[^;]+;Sampled=0;Lineage=[0-9a-f]{8}:${count}$`));
    }
    const isRefused = (error: unknown) => {
      assert.ok(error instanceof sdk.RecursiveInvocationException);
      assert.deepEqual([error.$metadata.httpStatusCode, error.message, error.Type], [400, TEXT, 'User']);
      return true;
    };
    await assert.rejects(round(), isRefused);
    await assert.rejects(client.send(new sdk.InvokeWithResponseStreamCommand({ FunctionName: 'direct' })), isRefused);
    await allow('direct');
    assert.match(await round(), /:17$/);
    trace = undefined;
    assert.match(await round(), /:1$/);
  });
});

const upTo = (last: number) => Array.from({ length: last + 1 }, (_, at) => at);
