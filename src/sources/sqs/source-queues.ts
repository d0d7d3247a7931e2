/**
 * Queues as their pollers read them. Two adapters serve it: our own queue service, in process, and any endpoint that speaks
 * SQS's API. What fails is thrown; `NoSuchQueue` where the queue is not there.
 */
export interface SourceQueues {
  /** undefined: there is no such queue. */
  find(arn: string): Promise<SourceQueue | undefined>;
  /**
   * Up to `countMax` messages, which nobody else gets until the queue's visibility timeout is over. Waits up to `waitMs` for
   * the first one, and no longer than until the signal aborts: what was received by then is answered all the same. Of a FIFO
   * queue it reads the messages of a group in their order, and none of a group of which others are being worked on.
   */
  receive(arn: string, ask: { countMax: number; waitMs: number }, signal: AbortSignal): Promise<QueueMessage[]>;
  /** Deletes what was received; durable once it has resolved. What has gone already is no error. */
  delete(arn: string, messages: readonly QueueMessage[]): Promise<void>;
  /** Shows messages again at once that were received and not worked on. */
  release(arn: string, messages: readonly QueueMessage[]): Promise<void>;
}

export interface SourceQueue {
  /** For how long a message that was received is hidden from others. */
  readonly visibilityMs: number;
}

export interface QueueMessage {
  readonly id: string;
  readonly receiptHandle: string;
  readonly body: string;
  /** Hexadecimal, of the body. */
  readonly bodyMd5: string;
  /** What the queue says of the message, by SQS's names: `SentTimestamp`, `MessageGroupId`, … */
  readonly system: Readonly<Record<string, string>>;
  /** What the sender said of it. */
  readonly attributes: Readonly<Record<string, { readonly type: string; readonly value: string }>>;
  /** undefined without attributes. */
  readonly attributesMd5: string | undefined;
}

/**
 * Whether the policy of a queue of another account lets this role read it and delete what was read. Queues of the role's own
 * account are read without one.
 */
export type MayRead = (roleArn: string, functionName: string, queueArn: string) => boolean;

/** The most that SQS waits for messages. */
export const WAIT_MS_MAX = 20_000;

export class NoSuchQueue extends Error {
  override readonly name = 'NoSuchQueue';
}

/** Messages of one group come in their order; undefined for queues without groups. */
export const groupOf = (message: QueueMessage): string | undefined => message.system.MessageGroupId;

export const isFifo = (arn: string): boolean => arn.endsWith('.fifo');
