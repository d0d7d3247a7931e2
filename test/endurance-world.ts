// What the endurance test sets up once, in the server's first life: functions that note what they have done, and everything
// that can invoke them.
import { createRequire } from 'node:module';
import type { SNS } from '@aws-sdk/client-sns';
import type { SQS } from '@aws-sdk/client-sqs';
import { noting } from '../src/wire/testing/seen-answers.ts';
import { deploy } from './deploy.ts';
import { makeMapping, makeQueue, queueClient, type TestQueue } from './queues.ts';
import { type S3Client, s3Client, s3Sdk } from './s3.ts';
import { type LambdaClient, lambdaClient, lambdaSdk, type TestServer } from './server.ts';

const require = createRequire(import.meta.url);

export const BUCKET = 'endurance';
/** Batches of one mapping at once, and messages in a batch. */
export const MAPPING_CONCURRENCY = 2;
export const MAPPING_BATCH = 5;
/** Events of the function at once. */
export const EVENT_CONCURRENCY = 6;
/** A message is hidden for as long as its function may take, so that what a kill interrupted is soon tried again. */
const QUEUE_TIMEOUT_S = 5;
const RECEIVES_MAX = 3;

/** What a function has done, in a message of the queue of notes: durable there before the function says that it is done. */
export interface Note {
  readonly kind: 'event' | 'topic' | 'object' | 'work' | 'ordered';
  /** Of this run of the function. */
  readonly run: string;
  readonly beganMs: number;
  readonly done: readonly DoneMessage[];
}

export interface DoneMessage {
  readonly id: string;
  /** The rest is of messages of queues only. */
  readonly messageId?: string;
  readonly receives?: number;
}

/** A client of the platform in the least code, since the function's package has none, and what notes by it. */
const NOTING = `
import { createHash, createHmac } from 'node:crypto';
const { AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
const hmac = (key, text) => createHmac('sha256', key).update(text).digest();
const hash = (text) => createHash('sha256').update(text).digest('hex');
const note = async (what) => {
  const { host } = new URL(AWS_ENDPOINT_URL);
  const body = JSON.stringify({ QueueUrl: AWS_ENDPOINT_URL + process.env.NOTES, MessageBody: JSON.stringify(what) });
  const date = new Date().toISOString().replace(/[:-]|\\.\\d{3}/g, '');
  const scope = [date.slice(0, 8), AWS_REGION, 'sqs', 'aws4_request'];
  const signed = { host, 'x-amz-date': date, 'x-amz-security-token': AWS_SESSION_TOKEN, 'x-amz-target': 'AmazonSQS.SendMessage' };
  const names = Object.keys(signed).join(';');
  const lines = Object.entries(signed).map(([name, value]) => name + ':' + value + '\\n').join('');
  const text = ['AWS4-HMAC-SHA256', date, scope.join('/'), hash(['POST', '/', '', lines, names, hash(body)].join('\\n'))];
  const signature = createHmac('sha256', scope.reduce(hmac, 'AWS4' + AWS_SECRET_ACCESS_KEY)).update(text.join('\\n'));
  const authorization = 'AWS4-HMAC-SHA256 Credential=' + AWS_ACCESS_KEY_ID + '/' + scope.join('/') +
    ', SignedHeaders=' + names + ', Signature=' + signature.digest('hex');
  const headers = { ...signed, authorization, 'content-type': 'application/x-amz-json-1.0' };
  const answer = await fetch(AWS_ENDPOINT_URL, { method: 'POST', headers, body });
  if (!answer.ok) throw new Error('not noted: ' + answer.status + ' ' + (await answer.text()));
};
`;

const EVENTS = `${NOTING}
export const handler = async (event, { awsRequestId: run }) => {
  const [record] = event.Records ?? [];
  const [kind, id] = record?.Sns ? ['topic', record.Sns.Message] : record?.s3 ? ['object', record.s3.object.key] : ['event', event.id];
  await note({ kind, run, beganMs: Date.now(), done: [{ id }] });
};`;

/** Poison fails, and in a queue in order all that comes behind it in its group does. */
const WORKER = `${NOTING}
export const handler = async ({ Records }, { awsRequestId: run }) => {
  const beganMs = Date.now();
  const poisoned = new Set();
  const failed = Records.filter(({ body, attributes: { MessageGroupId: group } }) => {
    const fails = body.startsWith('poison') || (group !== undefined && poisoned.has(group));
    if (fails) poisoned.add(group);
    return fails;
  });
  const done = Records.filter((record) => !failed.includes(record)).map(({ body: id, messageId, attributes }) => 
    ({ id, messageId, receives: Number(attributes.ApproximateReceiveCount) }));
  const kind = Records[0].attributes.MessageGroupId === undefined ? 'work' : 'ordered';
  if (done.length > 0) await note({ kind, run, beganMs, done });
  return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
};`;

export interface Clients {
  readonly lambda: LambdaClient;
  readonly sqs: SQS;
  readonly sns: SNS;
  readonly s3: S3Client;
}

export interface World {
  readonly notes: TestQueue;
  readonly work: TestQueue;
  readonly ordered: TestQueue;
  readonly dead: TestQueue;
  readonly orderedDead: TestQueue;
  readonly fan: TestQueue;
  readonly topicArn: string;
}

export function clientsOf(cleanUp: AsyncDisposableStack, server: TestServer): Clients {
  const { SNS: Client } = require('@aws-sdk/client-sns') as typeof import('@aws-sdk/client-sns');
  const sns = new Client(
    noting({
      endpoint: server.env.AWS_ENDPOINT_URL ?? '',
      region: server.env.AWS_REGION ?? '',
      credentials: {
        accessKeyId: server.env.AWS_ACCESS_KEY_ID ?? '',
        secretAccessKey: server.env.AWS_SECRET_ACCESS_KEY ?? '',
      },
      maxAttempts: 1,
    }),
  );
  cleanUp.defer(() => sns.destroy());
  return {
    lambda: lambdaClient(cleanUp, server, { maxAttempts: 1 }),
    sqs: queueClient(cleanUp, server),
    sns,
    s3: s3Client(cleanUp, server),
  };
}

export async function makeWorld({ lambda, sqs, sns, s3 }: Clients): Promise<World> {
  const { AddPermissionCommand, PutFunctionConcurrencyCommand } = lambdaSdk();
  const { CreateBucketCommand, PutBucketNotificationConfigurationCommand } = s3Sdk();
  const notes = await makeQueue(sqs, 'notes');
  const variables = { NOTES: '/000000000000/notes' };
  const common = { runtime: 'nodejs24.x', variables };
  await deploy(lambda, { ...common, name: 'events', timeoutS: 30, files: { 'index.mjs': EVENTS } });
  await deploy(lambda, { ...common, name: 'worker', timeoutS: QUEUE_TIMEOUT_S, files: { 'index.mjs': WORKER } });
  await lambda.send(
    new PutFunctionConcurrencyCommand({ FunctionName: 'events', ReservedConcurrentExecutions: EVENT_CONCURRENCY }),
  );
  for (const service of ['sns', 's3']) {
    await lambda.send(
      new AddPermissionCommand({
        FunctionName: 'events',
        StatementId: service,
        Action: 'lambda:InvokeFunction',
        Principal: `${service}.amazonaws.com`,
      }),
    );
  }

  const mapped = async (name: string, deadName: string) => {
    const dead = await makeQueue(sqs, deadName);
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: RECEIVES_MAX });
    const queue = await makeQueue(sqs, name, { VisibilityTimeout: String(QUEUE_TIMEOUT_S), RedrivePolicy });
    await makeMapping(lambda, {
      FunctionName: 'worker',
      EventSourceArn: queue.arn,
      BatchSize: MAPPING_BATCH,
      ScalingConfig: { MaximumConcurrency: MAPPING_CONCURRENCY },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
    return { queue, dead };
  };
  const plain = await mapped('work', 'dead');
  const inOrder = await mapped('ordered.fifo', 'dead.fifo');

  const fan = await makeQueue(sqs, 'fan', { Policy: openToTopics('fan') });
  const { TopicArn: topicArn = '' } = await sns.createTopic({ Name: 'news' });
  const functionArn = 'arn:aws:lambda:us-east-1:000000000000:function:events';
  const Attributes = { RawMessageDelivery: 'true' };
  await sns.subscribe({ TopicArn: topicArn, Protocol: 'sqs', Endpoint: fan.arn, Attributes });
  await sns.subscribe({ TopicArn: topicArn, Protocol: 'lambda', Endpoint: functionArn });

  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  const told = { LambdaFunctionArn: functionArn, Events: ['s3:ObjectCreated:*' as const] };
  await s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket: BUCKET,
      NotificationConfiguration: { LambdaFunctionConfigurations: [told] },
    }),
  );
  return {
    ...{ notes, work: plain.queue, dead: plain.dead, ordered: inOrder.queue, orderedDead: inOrder.dead },
    ...{ fan, topicArn },
  };
}

function openToTopics(queueName: string): string {
  const Resource = `arn:aws:sqs:us-east-1:000000000000:${queueName}`;
  const Principal = { Service: 'sns.amazonaws.com' };
  const Statement = { Effect: 'Allow', Principal, Action: 'sqs:SendMessage', Resource };
  return JSON.stringify({ Version: '2012-10-17', Statement });
}
