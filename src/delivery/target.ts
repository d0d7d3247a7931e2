import type { Arn } from './arn.ts';
import type { Message } from './message.ts';
import type { Sender } from './sender.ts';

/**
 * What one service does so that things can be delivered to its resources; `server` hands one in for each service. Policies
 * are checked, and retries are made, by who calls it (`openDelivery`), never in here.
 */
export interface Target {
  /** What a policy must allow: `sqs:SendMessage`. */
  readonly action: string;
  /** The queue, topic, bucket or function; undefined if there is none. Called for each delivery. */
  find(arn: Arn): Promise<FoundTarget | undefined> | FoundTarget | undefined;
  /**
   * Delivers once; what has been resolved is durable. Rejects with `Undeliverable`; any other error counts as an outage,
   * after which it is tried again.
   */
  deliver(arn: Arn, message: Message, from: Sender, signal: AbortSignal): Promise<void>;
}

export interface FoundTarget {
  /** Who owns it: a bucket's ARN does not say. */
  readonly account: string;
  /** The statements of its resource policy, each as JSON; empty without a policy. undefined: whoever keeps it decides. */
  readonly policy: readonly string[] | undefined;
  /** What policies name, where that is not the ARN: a log group's statements name its streams. */
  readonly resource?: string | undefined;
}
