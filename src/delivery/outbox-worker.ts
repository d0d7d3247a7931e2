import { processorLoad } from '../lib/processor-load.ts';
import { openDispatcher, type Verdict } from '../store/dispatcher.ts';
import type { QueueMessage } from '../store/queue.ts';
import { openSqliteQueue } from '../store/sqlite/sqlite-queue.ts';
import type { Message } from './message.ts';
import type { DeliveryPurpose, Outbox, OutboxOptions } from './outbox.ts';
import { retryDelayMs } from './retry.ts';
import type { Sender } from './sender.ts';

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

export type OutboxWorker = Pick<Outbox, 'post' | 'stop'> & AsyncDisposable;

/** Opens the file, and begins with what is in it. */
export async function openOutboxWorker(options: OutboxOptions): Promise<OutboxWorker> {
  const { path, delivery, clock, log, onGivenUp } = options;
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

  await using opened = new AsyncDisposableStack();
  const queue = opened.use(openSqliteQueue(path));
  const dispatcher = opened.use(
    await openDispatcher({ queue, clock, log, slots: SLOTS, work, isBusy: processorLoad(clock) }),
  );
  const owned = opened.move();
  return {
    async post({ arn, message: { body, ...message }, from, purpose }) {
      const postedMs = clock.nowMs();
      const kept: Kept = { arn, message, from, purpose, postedMs, attempts: 0 };
      await queue.put({ group: arn, dueMs: postedMs, state: JSON.stringify(kept), body });
      dispatcher.wake(arn, postedMs);
    },
    stop: dispatcher.stop,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
