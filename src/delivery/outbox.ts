import { existsSync } from 'node:fs';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import { type Dispatcher, openDispatcher, type Verdict } from '../store/dispatcher.ts';
import type { Queue, QueueMessage } from '../store/queue.ts';
import { openSqliteQueue } from '../store/sqlite/sqlite-queue.ts';
import type { Delivery } from './delivery.ts';
import type { Message } from './message.ts';
import { retryDelayMs } from './retry.ts';
import type { Sender } from './sender.ts';

/** What is to be delivered for somebody who cannot wait for it. */
export interface Posted {
  readonly arn: string;
  readonly message: Message;
  readonly from: Sender;
  /** What it is, for whoever is told that it was given up. */
  readonly purpose: DeliveryPurpose;
}

export type DeliveryPurpose = 'destination' | 'dead-letter' | 'notification';

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
  /** Told of each delivery that will not be made; it is in the log already. */
  readonly onGivenUp: (posted: Posted, error: unknown) => void;
}

/** Deliveries that are made at once, over all targets. */
const SLOTS = 64;
const ATTEMPT_MS_MAX = 60_000;

/** What of a delivery is kept beside the message's body. */
interface Kept {
  readonly arn: string;
  readonly message: Omit<Message, 'body'>;
  readonly from: Sender;
  readonly purpose: DeliveryPurpose;
  readonly postedMs: number;
  readonly attempts: number;
}

export function openOutbox({ path, delivery, clock, log, onGivenUp }: OutboxOptions): Outbox {
  let opening: Promise<{ queue: Queue; dispatcher: Dispatcher }> | undefined;
  let isStopped = false;

  const work = async ({ state, body }: QueueMessage, signal: AbortSignal): Promise<Verdict> => {
    const kept = JSON.parse(state) as Kept; // SAFE: written by `post`.
    const message = { ...kept.message, body };
    try {
      const attempt = AbortSignal.any([signal, AbortSignal.timeout(ATTEMPT_MS_MAX)]);
      await delivery.deliver(kept.arn, message, kept.from, attempt);
      return { kind: 'settled' };
    } catch (error) {
      signal.throwIfAborted();
      const attempts = kept.attempts + 1;
      const nowMs = clock.nowMs();
      const delayMs = retryDelayMs(error, attempts, nowMs - kept.postedMs);
      if (delayMs !== undefined) {
        return { kind: 'postponed', dueMs: nowMs + delayMs, state: JSON.stringify({ ...kept, attempts }) };
      }
      const { arn, from, purpose } = kept;
      log.error({ err: error, target: arn, source: from.sourceArn, purpose, attempts }, 'a delivery has been given up');
      onGivenUp({ arn, message, from, purpose }, error);
      return { kind: 'settled' };
    }
  };

  const open = () => {
    opening ??= (async () => {
      const queue = openSqliteQueue(path);
      return { queue, dispatcher: await openDispatcher({ queue, clock, log, slots: SLOTS, work }) };
    })();
    // The next one who needs it tries again.
    opening.catch(() => {
      opening = undefined;
    });
    return opening;
  };

  return {
    async post({ arn, message: { body, ...message }, from, purpose }) {
      const { queue, dispatcher } = await open();
      const postedMs = clock.nowMs();
      const kept: Kept = { arn, message, from, purpose, postedMs, attempts: 0 };
      await queue.put({ group: arn, dueMs: postedMs, state: JSON.stringify(kept), body });
      dispatcher.wake(arn, postedMs);
    },
    async resume() {
      if (!isStopped && existsSync(path)) await open();
    },
    stop() {
      isStopped = true;
      // SAFE: what could not be opened has nothing to stop.
      opening?.then(({ dispatcher }) => dispatcher.stop()).catch(() => {});
    },
    async [Symbol.asyncDispose]() {
      isStopped = true;
      // SAFE: what could not be opened has nothing to close; whoever opened it was told.
      const opened = await opening?.catch(() => undefined);
      await opened?.dispatcher[Symbol.asyncDispose]();
      await opened?.queue[Symbol.asyncDispose]();
    },
  };
}
