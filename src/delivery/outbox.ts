import { createRequire } from 'node:module';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import { openLate } from '../store/open-late.ts';
import type { Delivery } from './delivery.ts';
import type { Message } from './message.ts';
import type { Sender } from './sender.ts';

const require = createRequire(import.meta.url);
const worker = () => require('./outbox-worker.ts') as typeof import('./outbox-worker.ts');

/** What is to be delivered for somebody who cannot wait for it. */
export interface Posted {
  readonly arn: string;
  readonly message: Message;
  readonly from: Sender;
  /** What it is, for whoever is told that it was given up. */
  readonly purpose: DeliveryPurpose;
  /** How often and for how long it is tried again, where its owner says so; otherwise by `retryDelayMs`. */
  readonly retries?: RetryLimits | undefined;
  /** Where it goes when it is given up, beside the log. */
  readonly deadLetters?: DeadLetters | undefined;
}

export type DeliveryPurpose = 'destination' | 'dead-letter' | 'notification' | 'rule';

/** Beside the first attempt; whichever is reached first ends it. */
export interface RetryLimits {
  readonly retriesMax: number;
  readonly ageMsMax: number;
}

/** A queue whose messages have the same body, and say why it was not delivered. */
export interface DeadLetters {
  readonly arn: string;
  /** What the message says beside the reason: of which rule and target it is. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** Takes deliveries in, and makes them one by one; nothing that was taken is lost without a word. */
export interface Outbox extends AsyncDisposable {
  /** Durable once it has resolved; delivered then, at least once, with retries by `retryDelayMs`. */
  post(posted: Posted): Promise<void>;
  /** Takes up what a former process has left. Opens nothing if there never was anything. */
  resume(): Promise<void>;
  /** Begins no more deliveries; what waits stays for the next start. */
  stop(): void;
}

export interface OutboxOptions {
  /** Of its SQLite file, which is opened when it is first needed. */
  readonly path: string;
  readonly delivery: Delivery;
  readonly clock: Clock;
  readonly log: Logger;
  readonly random: () => number;
  /** Told of each delivery that will not be made; it is in the log already. */
  readonly onGivenUp: (posted: Posted, error: unknown) => void;
}

/** Its code is loaded, too, when something is first posted. */
export function openOutbox(options: OutboxOptions): Outbox {
  const late = openLate(options.path, async () => worker().openOutboxWorker(options));
  return {
    post: async (posted) => (await late.get()).post(posted),
    resume: late.resume,
    stop: late.stop,
    [Symbol.asyncDispose]: () => late[Symbol.asyncDispose](),
  };
}
