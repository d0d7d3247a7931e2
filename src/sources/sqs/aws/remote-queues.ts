import { createRequire } from 'node:module';
import type { Message, SQSClient } from '@aws-sdk/client-sqs';
import { parseArn } from '../../../delivery/arn.ts';
import { NoSuchQueue, type QueueMessage, type SourceQueues } from '../source-queues.ts';

type Sdk = typeof import('@aws-sdk/client-sqs');

/** AWS: entries of a batch, and messages of one receive. */
const BATCH_MAX = 10;
/** Batches of one call of ours that are under way at once. */
const AT_ONCE_MAX = 10;
const WAIT_SECONDS_MAX = 20;
/** Of an endpoint that takes a connection and then says nothing: who changes a mapping waits for its reader to end. */
const ANSWER_MS_MAX = 20_000;
const NO_SUCH_QUEUE = ['QueueDoesNotExist', 'AWS.SimpleQueueService.NonExistentQueue'];

export interface RemoteQueuesOptions {
  /** Of an API that speaks SQS's protocol. */
  readonly endpoint: string;
  /** undefined: the SDK looks for them where it always does, in the environment first. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
  /** How long one request may take, with the SDK's attempts at it; a receive may wait for messages besides. */
  readonly answerMsMax?: number | undefined;
}

/** Queues at another endpoint, read by the official client, which is loaded when the first of them is. */
export function remoteQueues(options: RemoteQueuesOptions): SourceQueues & Disposable {
  const { endpoint, credentials, answerMsMax = ANSWER_MS_MAX } = options;
  const inTime = () => ({ abortSignal: AbortSignal.timeout(answerMsMax) });
  let loaded: Sdk | undefined;
  const clients = new Map<string, SQSClient>();
  const urls = new Map<string, string>();
  const sdk = () => {
    loaded ??= createRequire(import.meta.url)('@aws-sdk/client-sqs') as Sdk;
    return loaded;
  };
  const clientOf = (region: string): SQSClient => {
    const client =
      clients.get(region) ??
      // The URL that a queue tells may be one by which only others reach it.
      new (sdk().SQSClient)({ endpoint, region, credentials, useQueueUrlAsEndpoint: false });
    clients.set(region, client);
    return client;
  };

  /** Runs what needs a queue's URL. Throws `NoSuchQueue`. */
  const at = async <Result>(
    text: string,
    work: (client: SQSClient, url: string, sdk: Sdk) => Promise<Result>,
  ): Promise<Result> => {
    const arn = parseArn(text);
    if (arn === undefined) throw new NoSuchQueue(`${text} is no queue`);
    const client = clientOf(arn.region);
    try {
      let url = urls.get(text);
      if (url === undefined) {
        const named = { QueueName: arn.resource, QueueOwnerAWSAccountId: arn.account };
        url = (await client.send(new (sdk().GetQueueUrlCommand)(named), inTime())).QueueUrl ?? '';
        urls.set(text, url);
      }
      return await work(client, url, sdk());
    } catch (error) {
      if (!(error instanceof Error) || !NO_SUCH_QUEUE.includes(error.name)) throw error;
      urls.delete(text);
      throw new NoSuchQueue(`the queue ${text} does not exist`, { cause: error });
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
      sdk: Sdk,
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
    [Symbol.dispose]: () => {
      for (const client of clients.values()) client.destroy();
    },
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
