import { createRequire } from 'node:module';
import type { SNSClient } from '@aws-sdk/client-sns';
import type { Message, MessageAttribute } from '../message.ts';
import type { Target } from '../target.ts';
import { Undeliverable } from '../undeliverable.ts';
import { ANSWER_MS_MAX, NoRemoteQueue, type RemoteOptions, remoteSqs } from './remote-sqs.ts';

type SnsSdk = typeof import('@aws-sdk/client-sns');

/** A queue or topic at another endpoint: who may send to it is decided there. */
const DECIDED_THERE = { policy: undefined };

/** Queues at another endpoint, sent to by the official client, which is loaded with the first delivery. */
export function remoteQueueTarget(options: RemoteOptions): Target & Disposable {
  const sqs = remoteSqs(options);
  const { answerMsMax = ANSWER_MS_MAX } = options;
  return {
    action: 'sqs:SendMessage',
    find: ({ text, account }) =>
      sqs
        .at(text, async () => ({ account, ...DECIDED_THERE }))
        .catch((error) => {
          if (error instanceof NoRemoteQueue) return undefined;
          throw undeliverable(error);
        }),
    deliver: ({ text, resource }, message, _from, signal) =>
      sqs
        .at(text, async (client, QueueUrl, { SendMessageCommand }) => {
          const { body, traceHeader, groupId: MessageGroupId, deduplicationId } = message;
          const command = new SendMessageCommand({
            QueueUrl,
            MessageBody: body.toString('utf8'),
            MessageAttributes: attributesOf(message),
            MessageSystemAttributes:
              traceHeader === undefined
                ? undefined
                : { AWSTraceHeader: { DataType: 'String', StringValue: traceHeader } },
            MessageGroupId,
            // Queues that know no order refuse it.
            MessageDeduplicationId: resource.endsWith('.fifo') ? deduplicationId : undefined,
          });
          await client.send(command, { abortSignal: AbortSignal.any([signal, AbortSignal.timeout(answerMsMax)]) });
        })
        .catch((error) => {
          throw undeliverable(error);
        }),
    [Symbol.dispose]: () => sqs[Symbol.dispose](),
  };
}

/** Topics at another endpoint, published to by the official client, which is loaded with the first delivery. */
export function remoteTopicTarget(options: RemoteOptions): Target & Disposable {
  const { endpoint, credentials, answerMsMax = ANSWER_MS_MAX } = options;
  let loaded: SnsSdk | undefined;
  const clients = new Map<string, SNSClient>();
  const sdk = () => {
    loaded ??= createRequire(import.meta.url)('@aws-sdk/client-sns') as SnsSdk;
    return loaded;
  };
  const clientOf = (region: string): SNSClient => {
    const client = clients.get(region) ?? new (sdk().SNSClient)({ endpoint, region, credentials });
    clients.set(region, client);
    return client;
  };
  return {
    action: 'sns:Publish',
    async find({ text, region, account }) {
      const command = new (sdk().GetTopicAttributesCommand)({ TopicArn: text });
      try {
        await clientOf(region).send(command, { abortSignal: AbortSignal.timeout(answerMsMax) });
      } catch (error) {
        if (error instanceof Error && NO_SUCH_TOPIC.includes(error.name)) return undefined;
        // Who may publish need not be let see the topic's attributes.
        if (!isRefusal(error)) throw error;
      }
      return { account, ...DECIDED_THERE };
    },
    async deliver({ text, region, resource }, message, _from, signal) {
      const { body, subject: Subject, groupId, deduplicationId } = message;
      const isOrdered = resource.endsWith('.fifo');
      const command = new (sdk().PublishCommand)({
        TopicArn: text,
        Message: body.toString('utf8'),
        Subject,
        MessageAttributes: attributesOf(message),
        MessageGroupId: isOrdered ? groupId : undefined,
        MessageDeduplicationId: isOrdered ? deduplicationId : undefined,
      });
      try {
        const abortSignal = AbortSignal.any([signal, AbortSignal.timeout(answerMsMax)]);
        await clientOf(region).send(command, { abortSignal });
      } catch (error) {
        throw undeliverable(error);
      }
    },
    [Symbol.dispose]: () => {
      for (const client of clients.values()) client.destroy();
    },
  };
}

const NO_SUCH_TOPIC = ['NotFound', 'NotFoundException'];

function attributesOf({ attributes }: Message) {
  if (attributes === undefined) return undefined;
  const written = Object.entries(attributes).map(([name, attribute]) => [name, attributeOf(attribute)]);
  return Object.fromEntries(written) as Record<string, ReturnType<typeof attributeOf>>;
}

function attributeOf({ type: DataType, value }: MessageAttribute) {
  return DataType.startsWith('Binary')
    ? { DataType, BinaryValue: Buffer.from(value, 'base64') }
    : { DataType, StringValue: value };
}

/** What the other endpoint says of the request itself is its answer; everything else may pass. */
function undeliverable(error: unknown): unknown {
  if (error instanceof NoRemoteQueue) return new Undeliverable('no-such-target', error.message, { cause: error });
  if (!(error instanceof Error) || !isRefusal(error)) return error;
  if (NO_SUCH_TOPIC.includes(error.name)) return new Undeliverable('no-such-target', error.message, { cause: error });
  const kind = /AccessDenied|AuthorizationError/.test(error.name) ? 'denied' : 'refused';
  return new Undeliverable(kind, `${error.name}: ${error.message}`, { cause: error });
}

/** Keys and clocks can be put right, and too many requests pass: those are tried again. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error) || !('$fault' in error) || error.$fault !== 'client') return false;
  return !/Throttl|TooManyRequests|Signature|Token|Expired|Credentials|RequestTimeout/.test(error.name);
}
