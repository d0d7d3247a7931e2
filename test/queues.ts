// What the tests of queues and their mappings share: the official client of a server's queues, and mappings that settle.
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CreateEventSourceMappingRequest } from '@aws-sdk/client-lambda';
import type { CreateQueueRequest, SQS } from '@aws-sdk/client-sqs';
import { noting } from '../src/wire/testing/seen-answers.ts';
import { type LambdaClient, lambdaSdk, type TestServer } from './server.ts';

const require = createRequire(import.meta.url);

/** The official client, set up with the exports alone. */
export function queueClient(cleanUp: AsyncDisposableStack, { env }: Pick<TestServer, 'env'>): SQS {
  const { SQS: Client } = sqsSdk();
  const client = new Client(
    noting({
      endpoint: env.AWS_ENDPOINT_URL ?? '',
      region: env.AWS_REGION ?? '',
      credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID ?? '', secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '' },
    }),
  );
  cleanUp.defer(async () => client.destroy());
  return client;
}

/** Loaded when first used, since it takes a while. */
export function sqsSdk(): typeof import('@aws-sdk/client-sqs') {
  return require('@aws-sdk/client-sqs') as typeof import('@aws-sdk/client-sqs');
}

export interface TestQueue {
  readonly url: string;
  readonly arn: string;
}

export async function makeQueue(
  sqs: SQS,
  name: string,
  attributes: CreateQueueRequest['Attributes'] = {},
): Promise<TestQueue> {
  const fifo = name.endsWith('.fifo') ? { FifoQueue: 'true', ContentBasedDeduplication: 'true' } : {};
  const { QueueUrl: url = '' } = await sqs.createQueue({ QueueName: name, Attributes: { ...fifo, ...attributes } });
  const { Attributes } = await sqs.getQueueAttributes({ QueueUrl: url, AttributeNames: ['QueueArn'] });
  return { url, arn: Attributes?.QueueArn ?? '' };
}

/** Sends bodies, ten at a time; of a FIFO queue all to one group. */
export async function sendAll(sqs: SQS, { url }: TestQueue, bodies: readonly string[], group?: string): Promise<void> {
  for (let from = 0; from < bodies.length; from += 10) {
    const { Failed } = await sqs.sendMessageBatch({
      QueueUrl: url,
      Entries: bodies.slice(from, from + 10).map((MessageBody, at) => ({
        Id: String(at),
        MessageBody,
        MessageGroupId: group,
      })),
    });
    if (Failed !== undefined && Failed.length > 0) throw new Error(`not sent: ${JSON.stringify(Failed)}`);
  }
}

/** Messages that can be received, and those that somebody works on. */
export async function countsOf(sqs: SQS, { url }: TestQueue): Promise<{ visible: number; inFlight: number }> {
  const { Attributes = {} } = await sqs.getQueueAttributes({ QueueUrl: url, AttributeNames: ['All'] });
  return {
    visible: Number(Attributes.ApproximateNumberOfMessages),
    inFlight: Number(Attributes.ApproximateNumberOfMessagesNotVisible),
  };
}

/** Makes a mapping and waits until it is enabled, or disabled if that was asked for. Answers its UUID. */
export async function makeMapping(client: LambdaClient, request: CreateEventSourceMappingRequest): Promise<string> {
  const { CreateEventSourceMappingCommand } = lambdaSdk();
  const { UUID = '' } = await client.send(new CreateEventSourceMappingCommand(request));
  await mappingIn(client, UUID, request.Enabled === false ? 'Disabled' : 'Enabled');
  return UUID;
}

/** Looks until the mapping is in this state. The test's own limit ends it. */
export async function mappingIn(client: LambdaClient, UUID: string, state: 'Enabled' | 'Disabled') {
  const { GetEventSourceMappingCommand } = lambdaSdk();
  for (;;) {
    const found = await client.send(new GetEventSourceMappingCommand({ UUID }));
    if (found.State === state) return found;
    await sleep(20);
  }
}
