// What the tests of event buses share: the official client, and queues that say what came to them.
import { createRequire } from 'node:module';
import type { EventBridge, Target } from '@aws-sdk/client-eventbridge';
import type { SQS } from '@aws-sdk/client-sqs';
import { noting } from '../src/wire/testing/seen-answers.ts';
import type { TestQueue } from './queues.ts';
import type { TestServer } from './server.ts';

const require = createRequire(import.meta.url);

/** The official client, set up with the exports alone. */
export function eventsClient(cleanUp: AsyncDisposableStack, { env }: Pick<TestServer, 'env'>): EventBridge {
  const { EventBridge: Client } = eventsSdk();
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
export function eventsSdk(): typeof import('@aws-sdk/client-eventbridge') {
  return require('@aws-sdk/client-eventbridge') as typeof import('@aws-sdk/client-eventbridge');
}

/** Lets EventBridge send to the queue, for any rule. */
export async function letEventsIn(sqs: SQS, { url, arn }: TestQueue): Promise<void> {
  const Statement = [
    { Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: arn },
  ];
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  await sqs.setQueueAttributes({ QueueUrl: url, Attributes: { Policy } });
}

/** A rule with one target. Answers its ARN. */
export async function addRule(
  events: EventBridge,
  { Name, EventBusName, pattern }: { Name: string; EventBusName?: string; pattern: object },
  target: Omit<Target, 'Id'>,
): Promise<string> {
  const { RuleArn = '' } = await events.putRule({ Name, EventBusName, EventPattern: JSON.stringify(pattern) });
  await events.putTargets({ Rule: Name, EventBusName, Targets: [{ Id: 'one', ...target }] });
  return RuleArn;
}

/** Takes messages out of a queue until there are so many. The test's own limit ends it. */
export async function received(sqs: SQS, { url }: TestQueue, count: number) {
  const messages = [];
  while (messages.length < count) {
    const { Messages = [] } = await sqs.receiveMessage({
      QueueUrl: url,
      WaitTimeSeconds: 5,
      MaxNumberOfMessages: 10,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['All'],
    });
    messages.push(...Messages);
    for (const { ReceiptHandle } of Messages) await sqs.deleteMessage({ QueueUrl: url, ReceiptHandle });
  }
  return messages;
}
