import { processorLoad } from '../lib/processor-load.ts';
import { openDispatcher, type Verdict } from '../store/dispatcher.ts';
import type { QueueMessage } from '../store/queue.ts';
import { openSqliteQueue } from '../store/sqlite/sqlite-queue.ts';
import { deadLetterOf, type GivenUp } from './dead-letter.ts';
import type { Message } from './message.ts';
import type { Outbox, OutboxOptions, Posted } from './outbox.ts';
import { limitedRetry, retryDelayMs } from './retry.ts';

/** Deliveries that are made at once, over all targets. */
const SLOTS = 64;
const ATTEMPT_MS_MAX = 60_000;

/** What of a delivery is kept beside the message's body. */
interface Kept extends Omit<Posted, 'message'> {
  readonly message: Omit<Message, 'body'>;
  readonly postedMs: number;
  readonly attempts: number;
}

export type OutboxWorker = Pick<Outbox, 'post' | 'stop'> & AsyncDisposable;

/** Opens the file, and begins with what is in it. */
export async function openOutboxWorker(options: OutboxOptions): Promise<OutboxWorker> {
  const { path, delivery, clock, log, random, onGivenUp } = options;
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
      const fate = fateOf(kept, error, attempts, nowMs - kept.postedMs, random);
      if ('delayMs' in fate) {
        return { kind: 'postponed', dueMs: nowMs + fate.delayMs, state: JSON.stringify({ ...kept, attempts }) };
      }
      const { postedMs: _postedMs, attempts: _attempts, ...posted } = kept;
      const { arn, from, purpose } = posted;
      const letter = deadLetterOf({ ...posted, message }, { error, attempts, exhausted: fate.exhausted });
      // A crash before this is settled buries it once more.
      if (letter !== undefined) await post(letter);
      log.error({ err: error, target: arn, source: from.sourceArn, purpose, attempts }, 'a delivery has been given up');
      onGivenUp({ ...posted, message }, error);
      return { kind: 'settled' };
    }
  };

  await using opened = new AsyncDisposableStack();
  const queue = opened.use(openSqliteQueue(path, log));
  const dispatcher = opened.use(
    await openDispatcher({ queue, clock, log, slots: SLOTS, work, isBusy: processorLoad(clock) }),
  );
  const post = async ({ message: { body, ...message }, ...posted }: Posted): Promise<void> => {
    const postedMs = clock.nowMs();
    const kept: Kept = { ...posted, message, postedMs, attempts: 0 };
    const { once } = message;
    await queue.put({ group: posted.arn, dueMs: postedMs, state: JSON.stringify(kept), body, once });
    dispatcher.wake(posted.arn, postedMs);
  };
  const owned = opened.move();
  return {
    post,
    stop: dispatcher.stop,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function fateOf(
  { retries }: Kept,
  error: unknown,
  attempts: number,
  ageMs: number,
  random: () => number,
): { delayMs: number } | Pick<GivenUp, 'exhausted'> {
  if (retries !== undefined) return limitedRetry(error, attempts, ageMs, retries, random);
  const delayMs = retryDelayMs(error, attempts, ageMs);
  return delayMs === undefined ? { exhausted: undefined } : { delayMs };
}
