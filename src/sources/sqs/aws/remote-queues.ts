import type { Message, SQSClient } from '@aws-sdk/client-sqs';
import {
  ANSWER_MS_MAX,
  NoRemoteQueue,
  type RemoteOptions,
  type RemoteSqs,
  remoteSqs,
  type SqsSdk,
} from '../../../delivery/aws/remote-sqs.ts';
import { NoSuchQueue, type QueueMessage, type SourceQueues } from '../source-queues.ts';

/** AWS: entries of a batch, and messages of one receive. */
const BATCH_MAX = 10;
/** Batches of one call of ours that are under way at once. */
const AT_ONCE_MAX = 10;
const WAIT_SECONDS_MAX = 20;

/** Queues at another endpoint, read by the official client, which is loaded when the first of them is. */
export function remoteQueues(options: RemoteOptions): SourceQueues & Disposable {
  const { answerMsMax = ANSWER_MS_MAX } = options;
  const sqs = remoteSqs(options);
  const inTime = () => ({ abortSignal: AbortSignal.timeout(answerMsMax) });
  const at: RemoteSqs['at'] = async (arn, work) => {
    try {
      return await sqs.at(arn, work);
    } catch (error) {
      throw error instanceof NoRemoteQueue ? new NoSuchQueue(error.message, { cause: error }) : error;
    }
  };
  /** Acts on messages by SQS's batches. Throws when one of them was not done, and that was not its sender's mistake. */
  const inBatches = (
    arn: string,
    messages: readonly QueueMessage[],
    act: (
      client: SQSClient,
      url: string,
      entries: { Id: string; ReceiptHandle: string }[],
      sdk: SqsSdk,
    ) => Promise<Answer>,
  ) =>
    at(arn, async (client, url, loadedSdk) => {
      const batches = Array.from({ length: Math.ceil(messages.length / BATCH_MAX) }, (_, index) =>
        messages
          .slice(index * BATCH_MAX, (index + 1) * BATCH_MAX)
          .map(({ receiptHandle }, entry) => ({ Id: String(entry), ReceiptHandle: receiptHandle })),
      );
      for (let from = 0; from < batches.length; from += AT_ONCE_MAX) {
        const answers = batches.slice(from, from + AT_ONCE_MAX).map((entries) => act(client, url, entries, loadedSdk));
        // What is the sender's mistake is a handle of a message that has gone, or that somebody else has received since.
        const failed = (await Promise.all(answers)).flatMap(({ Failed = [] }) => Failed);
        const other = failed.find(({ SenderFault }) => SenderFault !== true);
        if (other !== undefined) throw new Error(`${other.Code}: ${other.Message ?? 'the queue did not say why'}`);
      }
    });

  return {
    async find(arn) {
      try {
        return await at(arn, async (client, url, { GetQueueAttributesCommand }) => {
          const asked = { QueueUrl: url, AttributeNames: ['VisibilityTimeout' as const] };
          const { Attributes } = await client.send(new GetQueueAttributesCommand(asked), inTime());
          return { visibilityMs: Number(Attributes?.VisibilityTimeout ?? 30) * 1_000 };
        });
      } catch (error) {
        if (error instanceof NoSuchQueue) return undefined;
        throw error;
      }
    },
    receive: (arn, { countMax, waitMs }, signal) =>
      at(arn, async (client, url, { ReceiveMessageCommand }) => {
        // Rounded up: a wait of no second would be asked for again and again.
        const waitSeconds = Math.min(WAIT_SECONDS_MAX, Math.ceil(waitMs / 1_000));
        const command = new ReceiveMessageCommand({
          QueueUrl: url,
          MaxNumberOfMessages: Math.min(countMax, BATCH_MAX),
          WaitTimeSeconds: waitSeconds,
          MessageAttributeNames: ['All'],
          MessageSystemAttributeNames: ['All'],
          // The same for endpoints that know only the older name.
          AttributeNames: ['All'],
        });
        try {
          const limit = AbortSignal.timeout(waitSeconds * 1_000 + answerMsMax);
          const { Messages = [] } = await client.send(command, { abortSignal: AbortSignal.any([signal, limit]) });
          return Messages.map(sourceMessage);
        } catch (error) {
          // What the other side has handed out in this moment is visible again when its timeout is over.
          if (signal.aborted) return [];
          throw error;
        }
      }),
    delete: (arn, messages) =>
      inBatches(arn, messages, (client, QueueUrl, Entries, { DeleteMessageBatchCommand }) =>
        client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }), inTime()),
      ),
    release: (arn, messages) =>
      inBatches(arn, messages, (client, QueueUrl, entries, { ChangeMessageVisibilityBatchCommand }) => {
        const Entries = entries.map((entry) => ({ ...entry, VisibilityTimeout: 0 }));
        return client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }), inTime());
      }),
    [Symbol.dispose]: () => sqs[Symbol.dispose](),
  };
}

interface Answer {
  readonly Failed?: readonly { Code: string | undefined; Message?: string; SenderFault: boolean | undefined }[];
}

function sourceMessage(message: Message): QueueMessage {
  const { MessageId = '', ReceiptHandle = '', Body = '', MD5OfBody = '', MD5OfMessageAttributes } = message;
  const attributes = Object.entries(message.MessageAttributes ?? {}).map(([name, attribute]) => {
    const { DataType: type = 'String', StringValue = '', BinaryValue } = attribute;
    const value = BinaryValue === undefined ? StringValue : Buffer.from(BinaryValue).toString('base64');
    return [name, { type, value }];
  });
  return {
    id: MessageId,
    receiptHandle: ReceiptHandle,
    body: Body,
    bodyMd5: MD5OfBody,
    system: message.Attributes ?? {},
    attributes: Object.fromEntries(attributes),
    attributesMd5: MD5OfMessageAttributes,
  };
}
