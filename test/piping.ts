// What the tests of pipes share: the official client, pipes that run, and what comes out of a queue.
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CreatePipeRequest, DescribePipeResponse, Pipes } from '@aws-sdk/client-pipes';
import type { Message, SQS } from '@aws-sdk/client-sqs';
import { noting } from '../src/wire/testing/seen-answers.ts';
import type { TestQueue } from './queues.ts';
import { ROLE, type TestServer } from './server.ts';

const require = createRequire(import.meta.url);

/** The official client, set up with the exports alone. */
export function pipesClient(cleanUp: AsyncDisposableStack, { env }: Pick<TestServer, 'env'>): Pipes {
  const sdk = require('@aws-sdk/client-pipes') as typeof import('@aws-sdk/client-pipes');
  const client = new sdk.Pipes(
    noting({
      endpoint: env.AWS_ENDPOINT_URL ?? '',
      region: env.AWS_REGION ?? '',
      credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID ?? '', secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '' },
    }),
  );
  cleanUp.defer(() => client.destroy());
  return client;
}

export type PipeRequest = Omit<CreatePipeRequest, 'RoleArn'> & { readonly RoleArn?: string };

/** Makes a pipe and waits until nothing is under way with it. */
export async function makePipe(pipes: Pipes, request: PipeRequest): Promise<DescribePipeResponse> {
  await pipes.createPipe({ RoleArn: ROLE, ...request });
  return await settledPipe(pipes, request.Name);
}

/** Looks until nothing is under way with the pipe. The test's own limit ends it. */
export async function settledPipe(pipes: Pipes, Name: string | undefined): Promise<DescribePipeResponse> {
  for (;;) {
    const found = await pipes.describePipe({ Name });
    if (found.CurrentState === 'RUNNING' || !found.CurrentState?.endsWith('ING')) return found;
    await sleep(20);
  }
}

/** Receives and deletes until so many different messages have come, in the order of their coming. The test's own limit ends it. */
export async function received(sqs: SQS, { url: QueueUrl }: TestQueue, count: number): Promise<Message[]> {
  const messages = new Map<string | undefined, Message>();
  while (messages.size < count) {
    const { Messages = [] } = await sqs.receiveMessage({
      ...{ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1, MessageSystemAttributeNames: ['All'] },
    });
    for (const message of Messages) {
      messages.set(message.MessageId, message);
      await sqs.deleteMessage({ QueueUrl, ReceiptHandle: message.ReceiptHandle });
    }
  }
  return [...messages.values()];
}

export const bodiesOf = (messages: readonly Message[]): string[] => messages.map(({ Body = '' }) => Body).sort();
