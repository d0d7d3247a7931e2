// Where the ends of asynchronous invocations are told: queues, topics and buckets of this server, read by the official clients.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { deploy } from './deploy.ts';
import {
  addAccount,
  cleanUpOf,
  type LambdaClient,
  lambdaClient,
  lambdaSdk,
  patience,
  serve,
  type TestServer,
  until,
} from './server.ts';

const require = createRequire(import.meta.url);
const sqsSdk = require('@aws-sdk/client-sqs') as typeof import('@aws-sdk/client-sqs');
const snsSdk = require('@aws-sdk/client-sns') as typeof import('@aws-sdk/client-sns');
const s3Sdk = require('@aws-sdk/client-s3') as typeof import('@aws-sdk/client-s3');

const ACCOUNT = '000000000000';
const OTHER = '111122223333';
const FARN = `arn:aws:lambda:us-east-1:${ACCOUNT}:function`;
const QARN = `arn:aws:sqs:us-east-1:${ACCOUNT}`;

describe('the end of an asynchronous invocation is told', () => {
  const cleanUp = cleanUpOf({ after });
  const sdk = lambdaSdk();
  let server: TestServer;
  let lambda: LambdaClient;
  let queues: Queues;

  before(async () => {
    server = await serve(cleanUp, { env: { LAMBENT_EVENT_RETRY: '0.05' } });
    lambda = lambdaClient(cleanUp, server);
    queues = queuesOf(server);
    await deploy(lambda, {
      name: 'doubtful',
      runtime: 'nodejs24.x',
      files: {
        'index.mjs': `export const handler = async ({ fails, answer }) => {
  if (fails) throw new RangeError(fails);
  return answer;
};`,
      },
    });
  });

  const configure = async (settings: { onSuccess?: string; onFailure?: string; deadLetter?: string }) => {
    await lambda.send(
      new sdk.UpdateFunctionConfigurationCommand({
        FunctionName: 'doubtful',
        DeadLetterConfig: { TargetArn: settings.deadLetter ?? '' },
      }),
    );
    await sdk.waitUntilFunctionUpdatedV2(patience(lambda), { FunctionName: 'doubtful' });
    await lambda.send(
      new sdk.PutFunctionEventInvokeConfigCommand({
        FunctionName: 'doubtful',
        MaximumRetryAttempts: 1,
        DestinationConfig: {
          OnSuccess: { Destination: settings.onSuccess },
          OnFailure: { Destination: settings.onFailure },
        },
      }),
    );
  };
  const send = async (event: unknown) => {
    const command = new sdk.InvokeCommand({
      FunctionName: 'doubtful',
      InvocationType: 'Event',
      Payload: JSON.stringify(event),
    });
    return (await lambda.send(command)).$metadata.requestId ?? '';
  };

  test('to a queue on success, with the trace and without attributes', async () => {
    const queue = await queues.create('successes');
    await configure({ onSuccess: queue.arn });
    const requestId = await send({ answer: { sum: 7 } });
    const message = await queues.next(queue.url);
    const { timestamp: _, ...record } = JSON.parse(message.Body ?? '');
    assert.deepEqual(record, {
      version: '1.0',
      requestContext: {
        requestId,
        functionArn: `${FARN}:doubtful:$LATEST`,
        condition: 'Success',
        approximateInvokeCount: 1,
      },
      requestPayload: { answer: { sum: 7 } },
      responseContext: { statusCode: 200, executedVersion: '$LATEST' },
      responsePayload: { sum: 7 },
    });
    assert.equal(message.MessageAttributes, undefined);
    assert.match(message.Attributes?.AWSTraceHeader ?? '', /^Root=1-/);
  });

  test('to a queue on failure, and the event itself to the dead-letter queue', async () => {
    const failures = await queues.create('failures');
    const dead = await queues.create('dead');
    await configure({ onFailure: failures.arn, deadLetter: dead.arn });
    const requestId = await send({ fails: 'out of range' });
    const record = JSON.parse((await queues.next(failures.url)).Body ?? '');
    assert.equal(record.requestContext.condition, 'RetriesExhausted');
    assert.equal(record.requestContext.approximateInvokeCount, 2);
    assert.equal(record.responsePayload.errorMessage, 'out of range');

    const message = await queues.next(dead.url);
    assert.equal(message.Body, '{"fails":"out of range"}');
    assert.deepEqual(message.MessageAttributes, {
      ErrorCode: { DataType: 'Number', StringValue: '200' },
      ErrorMessage: { DataType: 'String', StringValue: 'out of range' },
      RequestID: { DataType: 'String', StringValue: requestId },
    });
  });

  test('to a topic, as a destination and as a dead-letter queue', async () => {
    const sns = new snsSdk.SNSClient(settingsOf(server));
    cleanUp.defer(() => sns.destroy());
    const inbox = await queues.create('inbox');
    const { TopicArn = '' } = await sns.send(new snsSdk.CreateTopicCommand({ Name: 'ends' }));
    await queues.letIn(inbox, {
      Principal: { Service: 'sns.amazonaws.com' },
      Condition: { ArnEquals: { 'aws:SourceArn': TopicArn } },
    });
    await sns.send(new snsSdk.SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: inbox.arn }));
    await configure({ onFailure: TopicArn, deadLetter: TopicArn });
    const requestId = await send({ fails: 'to a topic' });
    const notes = [await queues.next(inbox.url), await queues.next(inbox.url)].map(({ Body }) =>
      JSON.parse(Body ?? ''),
    );
    const record = notes.find(({ Message }) => Message.startsWith('{"version"'));
    const dead = notes.find((note) => note !== record);
    assert.equal(JSON.parse(record.Message).requestContext.requestId, requestId);
    assert.equal(dead.Message, '{"fails":"to a topic"}');
    assert.equal(dead.Subject, undefined);
    assert.deepEqual(dead.MessageAttributes, {
      ErrorCode: { Type: 'Number', Value: '200' },
      ErrorMessage: { Type: 'String', Value: 'to a topic' },
      RequestID: { Type: 'String', Value: requestId },
    });
  });

  test('to a bucket on failure, under a key that names function and time', async () => {
    const s3 = new s3Sdk.S3Client({ ...settingsOf(server), forcePathStyle: true });
    cleanUp.defer(() => s3.destroy());
    await s3.send(new s3Sdk.CreateBucketCommand({ Bucket: 'records' }));
    await configure({ onFailure: 'arn:aws:s3:::records' });
    const requestId = await send({ fails: 'to a bucket' });
    let key: string | undefined;
    for (let look = 0; look < 2_400 && key === undefined; look += 1) {
      const { Contents } = await s3.send(new s3Sdk.ListObjectsV2Command({ Bucket: 'records' }));
      key = Contents?.[0]?.Key;
      await pause();
    }
    assert.match(
      key ?? '',
      /^aws\/lambda\/async\/doubtful\/\d{4}\/\d\d\/\d\d\/\d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\d-[0-9a-f-]{36}$/,
    );
    const { Body } = await s3.send(new s3Sdk.GetObjectCommand({ Bucket: 'records', Key: key }));
    const record = JSON.parse((await Body?.transformToString()) ?? '');
    assert.equal(record.requestContext.requestId, requestId);
  });

  test('to a queue of another account only if that lets the role in', async () => {
    const theirs = queuesOf(await addAccount(server, OTHER));
    const closed = await theirs.create('closed');
    const open = await theirs.create('open');
    await theirs.letIn(open, { Principal: { AWS: `arn:aws:iam::${ACCOUNT}:role/test` } });
    await configure({ onSuccess: closed.arn });
    await send({ answer: 1 });
    await toldInLog(
      server,
      `"target":"${closed.arn}"`,
      'does not allow arn:aws:iam::000000000000:role/test to do sqs:SendMessage',
    );
    await configure({ onSuccess: open.arn });
    await send({ answer: 2 });
    assert.equal(JSON.parse((await theirs.next(open.url)).Body ?? '').responsePayload, 2);
    assert.equal(await theirs.count(closed.url), '0');
  });

  test('not to a queue that denies it, which is in the log', async () => {
    const queue = await queues.create('denying');
    await queues.letIn(queue, { Effect: 'Deny', Principal: '*' });
    await configure({ onSuccess: queue.arn });
    await send({ answer: 1 });
    await toldInLog(server, `"target":"${QARN}:denying"`, 'a delivery has been given up');
    assert.equal(await queues.count(queue.url), '0');
  });

  test('to queues and topics of another endpoint, where it was told to', async () => {
    const far = await serve(cleanUp, { args: ['--sandbox', 'process', '--pool', '0'] });
    const { AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = far.env;
    const near = await serve(cleanUp, {
      args: ['--service-endpoint', `sqs=${AWS_ENDPOINT_URL}`, '--service-endpoint', `sns=${AWS_ENDPOINT_URL}`],
      env: { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, LAMBENT_EVENT_RETRY: '0.05' },
    });
    const client = lambdaClient(cleanUp, near);
    const sns = new snsSdk.SNSClient(settingsOf(far));
    cleanUp.defer(() => sns.destroy());
    const theirs = queuesOf(far);
    const successes = await theirs.create('successes');
    const inbox = await theirs.create('inbox');
    const { TopicArn = '' } = await sns.send(new snsSdk.CreateTopicCommand({ Name: 'ends' }));
    await theirs.letIn(inbox, { Principal: { Service: 'sns.amazonaws.com' } });
    await sns.send(new snsSdk.SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: inbox.arn }));
    const code = 'export const handler = async ({ fails }) => { if (fails) throw new Error(fails); return "well"; };';
    await deploy(client, { name: 'near', runtime: 'nodejs24.x', files: { 'index.mjs': code } });
    const told = (OnSuccess: string, OnFailure: string) =>
      client.send(
        new sdk.PutFunctionEventInvokeConfigCommand({
          FunctionName: 'near',
          MaximumRetryAttempts: 0,
          DestinationConfig: { OnSuccess: { Destination: OnSuccess }, OnFailure: { Destination: OnFailure } },
        }),
      );
    const run = (event: object) => {
      const Payload = JSON.stringify(event);
      return client.send(new sdk.InvokeCommand({ FunctionName: 'near', InvocationType: 'Event', Payload }));
    };
    await told(successes.arn, TopicArn);
    await run({});
    assert.equal(JSON.parse((await theirs.next(successes.url)).Body ?? '').responsePayload, 'well');
    await run({ fails: 'far away' });
    const note = JSON.parse((await theirs.next(inbox.url)).Body ?? '');
    assert.equal(JSON.parse(note.Message).responsePayload.errorMessage, 'far away');
    await told(`${QARN}:nowhere`, `${TopicArn}-nowhere`);
    await run({});
    await toldInLog(near, `"target":"${QARN}:nowhere"`, 'does not exist');
    await run({ fails: 'nowhere' });
    await toldInLog(near, `"target":"${TopicArn}-nowhere"`, 'does not exist');
  });

  interface Queue {
    readonly arn: string;
    readonly url: string;
  }
  type Queues = ReturnType<typeof queuesOf>;

  function queuesOf(of: TestServer) {
    const sqs = new sqsSdk.SQSClient(settingsOf(of));
    cleanUp.defer(() => sqs.destroy());
    const attributesOf = (QueueUrl: string) =>
      sqs.send(new sqsSdk.GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
    return {
      create: async (QueueName: string): Promise<Queue> => {
        const { QueueUrl: url = '' } = await sqs.send(new sqsSdk.CreateQueueCommand({ QueueName }));
        return { url, arn: (await attributesOf(url)).Attributes?.QueueArn ?? '' };
      },
      letIn: async ({ url, arn }: Queue, statement: object) => {
        const whole = { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: arn, ...statement };
        const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [whole] });
        await sqs.send(new sqsSdk.SetQueueAttributesCommand({ QueueUrl: url, Attributes: { Policy } }));
      },
      /** Takes the next message out of a queue, and waits for it. */
      next: async (QueueUrl: string) => {
        for (let look = 0; look < 40; look += 1) {
          const { Messages } = await sqs.send(
            new sqsSdk.ReceiveMessageCommand({
              QueueUrl,
              WaitTimeSeconds: 3,
              MessageAttributeNames: ['All'],
              MessageSystemAttributeNames: ['All'],
            }),
          );
          const [message] = Messages ?? [];
          if (message === undefined) continue;
          await sqs.send(new sqsSdk.DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
          return message;
        }
        throw new Error(`no message came to ${QueueUrl}: ${of.process.logged()}`);
      },
      count: async (url: string) => (await attributesOf(url)).Attributes?.ApproximateNumberOfMessages,
    };
  }
});

/** Waits for a line of the server's log that holds both. */
async function toldInLog(server: TestServer, ...parts: string[]): Promise<void> {
  await until(`in the log: ${parts.join(' … ')}`, () => {
    const lines = server.process.logged().split('\n');
    return lines.some((line) => parts.every((part) => line.includes(part)));
  });
}

function settingsOf({ env }: TestServer) {
  return {
    endpoint: env.AWS_ENDPOINT_URL ?? '',
    region: env.AWS_REGION ?? '',
    credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID ?? '', secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '' },
  };
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 50));
