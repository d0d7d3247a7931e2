import { createRequire } from 'node:module';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { parseArn } from '../arn.ts';

export type SqsSdk = typeof import('@aws-sdk/client-sqs');

/** Of an endpoint that takes a connection and then says nothing: who changes a mapping waits for its reader to end. */
export const ANSWER_MS_MAX = 20_000;
const NO_SUCH_QUEUE = ['QueueDoesNotExist', 'AWS.SimpleQueueService.NonExistentQueue'];

export interface RemoteOptions {
  /** Of an API that speaks the service's protocol. */
  readonly endpoint: string;
  /** undefined: the SDK looks for them where it always does, in the environment first. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
  /** How long one request may take, with the SDK's attempts at it; a receive may wait for messages besides. */
  readonly answerMsMax?: number | undefined;
}

/** The other endpoint says that it has no such queue. */
export class NoRemoteQueue extends Error {
  override readonly name = 'NoRemoteQueue';
}

export interface RemoteSqs extends Disposable {
  /** Runs what needs a queue's URL. Throws `NoRemoteQueue`. */
  at<Result>(arn: string, work: (client: SQSClient, url: string, sdk: SqsSdk) => Promise<Result>): Promise<Result>;
}

/** SQS at another endpoint, by the official client, which is loaded when the first queue is asked for. */
export function remoteSqs({ endpoint, credentials, answerMsMax = ANSWER_MS_MAX }: RemoteOptions): RemoteSqs {
  let loaded: SqsSdk | undefined;
  const clients = new Map<string, SQSClient>();
  const urls = new Map<string, string>();
  const sdk = () => {
    loaded ??= createRequire(import.meta.url)('@aws-sdk/client-sqs') as SqsSdk;
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
  return {
    async at(text, work) {
      const arn = parseArn(text);
      if (arn === undefined) throw new NoRemoteQueue(`${text} is no queue`);
      const client = clientOf(arn.region);
      try {
        let url = urls.get(text);
        if (url === undefined) {
          const named = { QueueName: arn.resource, QueueOwnerAWSAccountId: arn.account };
          const abortSignal = AbortSignal.timeout(answerMsMax);
          url = (await client.send(new (sdk().GetQueueUrlCommand)(named), { abortSignal })).QueueUrl ?? '';
          urls.set(text, url);
        }
        return await work(client, url, sdk());
      } catch (error) {
        if (!(error instanceof Error) || !NO_SUCH_QUEUE.includes(error.name)) throw error;
        urls.delete(text);
        throw new NoRemoteQueue(`the queue ${text} does not exist`, { cause: error });
      }
    },
    [Symbol.dispose]: () => {
      for (const client of clients.values()) client.destroy();
    },
  };
}
