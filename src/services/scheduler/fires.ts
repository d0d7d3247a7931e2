import type { Delivery } from '../../delivery/delivery.ts';
import { limitedRetry } from '../../delivery/retry.ts';
import type { Sender } from '../../delivery/sender.ts';
import { Undeliverable } from '../../delivery/undeliverable.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import { processorLoad } from '../../lib/processor-load.ts';
import { type Dispatcher, openDispatcher, type Verdict } from '../../store/dispatcher.ts';
import type { QueueMessage } from '../../store/queue.ts';
import type { SqliteFile } from '../../store/sqlite/sqlite-file.ts';
import { queueIn, type SharedQueue } from '../../store/sqlite/sqlite-queue.ts';
import { deadLetter, type Failure, reasonOf } from './dead-letter.ts';
import { executionIdOf, inputOf, type Occasion } from './occasion.ts';
import type { CountFires } from './open-scheduler.ts';
import { outgoingOf } from './outgoing.ts';
import { type Schedule, type ScheduleTarget, scheduleArn } from './schedule.ts';

export interface FiresOptions {
  /** Has `QUEUE_TABLE`. */
  readonly file: SqliteFile;
  readonly clock: Clock;
  readonly log: Logger;
  readonly random: () => number;
  readonly deliver: Delivery['deliver'];
  readonly count: CountFires;
  /** The last fire of a schedule that is to be deleted then has been delivered, or given up. */
  readonly onCompleted: (schedule: { id: number; arn: string; modifiedMs: number }) => Promise<void>;
}

/** Fires that are delivered at once, over all targets. */
const SLOTS = 64;
const ATTEMPT_MS_MAX = 60_000;
/** A dead-letter queue that cannot be reached is tried for as long as AWS tries a target. */
const DEAD_LETTER_RETRIES = { retriesMax: 185, ageMsMax: 86_400_000 };

/** What of a fire is kept beside its input. */
interface Kept {
  readonly schedule: { readonly id: number; readonly modifiedMs: number };
  readonly isCompleted: boolean;
  readonly occasion: Occasion;
  readonly target: Omit<ScheduleTarget, 'input'>;
  readonly hasInput: boolean;
  readonly windowMs: number;
  /** Made at this stage. */
  readonly attempts: number;
  /** Why the target did not get it, once that is certain: then its dead-letter queue does. */
  readonly failure?: Failure;
}

/** Fires that were written down, on their way to their targets: at least once each, with the retries that their schedule says. */
export class Fires implements AsyncDisposable {
  readonly #options: FiresOptions;
  readonly #queue: SharedQueue;
  /** undefined: what waits cannot be read, which is in the log. */
  readonly #dispatcher: Promise<Dispatcher | undefined>;
  readonly #written = new Map<string, number>();

  constructor(options: FiresOptions) {
    const { file, clock, log } = options;
    this.#options = options;
    this.#queue = queueIn(file);
    const work = (message: QueueMessage, signal: AbortSignal) => this.#work(message, signal);
    this.#dispatcher = openDispatcher({
      queue: this.#queue,
      clock,
      log,
      slots: SLOTS,
      work,
      isBusy: processorLoad(clock),
    }).catch((error: unknown) => {
      log.error({ err: error }, 'the fires of schedules cannot be read');
      return undefined;
    });
  }

  /** Within a transaction of the file; `wake` follows once that is on the disk. */
  putWithin(schedule: Schedule, scheduledMs: number, isLast: boolean): void {
    const { account, region, settings, id, modifiedMs } = schedule;
    const arn = scheduleArn(schedule);
    const { input, ...target } = settings.target;
    const kept: Kept = {
      schedule: { id, modifiedMs },
      isCompleted: isLast && settings.isDeletedAfterwards,
      occasion: {
        group: schedule.group,
        account,
        region,
        scheduleArn: arn,
        scheduledMs,
        executionId: executionIdOf(schedule, arn, scheduledMs),
      },
      target,
      hasInput: input !== undefined,
      windowMs: (settings.windowMinutes ?? 0) * 60_000,
      attempts: 0,
    };
    const dueMs = this.#options.clock.nowMs();
    this.#queue.putWithin({ group: target.arn, dueMs, state: JSON.stringify(kept), body: Buffer.from(input ?? '') });
    this.#written.set(target.arn, dueMs);
  }

  wake(): void {
    const written = [...this.#written];
    this.#written.clear();
    this.#dispatcher.then((dispatcher) => {
      for (const [group, dueMs] of written) dispatcher?.wake(group, dueMs);
    });
  }

  stop(): void {
    this.#dispatcher.then((dispatcher) => dispatcher?.stop());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    const dispatcher = await this.#dispatcher;
    await dispatcher?.[Symbol.asyncDispose]();
  }

  async #work({ state, body }: QueueMessage, signal: AbortSignal): Promise<Verdict> {
    const kept = JSON.parse(state) as Kept; // SAFE: written by `putWithin` or `#again`.
    const { occasion, target } = kept;
    const input = inputOf(kept.hasInput ? body.toString() : undefined, occasion, kept.attempts + 1);
    const count = (name: Parameters<CountFires>[0]) => this.#options.count(name, occasion);
    try {
      if (kept.failure === undefined) count('InvocationAttemptCount');
      await this.#attempt(kept, Buffer.from(input), AbortSignal.any([signal, AbortSignal.timeout(ATTEMPT_MS_MAX)]));
      if (kept.failure !== undefined) count('InvocationsSentToDeadLetterCount');
    } catch (error) {
      signal.throwIfAborted();
      if (kept.failure === undefined) count('TargetErrorCount');
      const next = this.#afterFailure(kept, error);
      if (next?.kind === 'again') return next.verdict;
      count(kept.failure === undefined ? 'InvocationDroppedCount' : 'InvocationsFailedToBeSentToDeadLetterCount');
      if (next?.kind === 'dead') return next.verdict;
      const { scheduleArn: schedule, executionId } = occasion;
      const what = { schedule, executionId, target: target.arn, attempts: kept.attempts + 1 };
      this.#options.log.error({ err: error, ...what }, 'a fire of a schedule has been given up');
    }
    const { id, modifiedMs } = kept.schedule;
    // A crash before it is settled delivers it once more; the schedule is gone then, as it should be.
    if (kept.isCompleted) await this.#options.onCompleted({ id, arn: occasion.scheduleArn, modifiedMs });
    return { kind: 'settled' };
  }

  async #attempt(
    { occasion, target, failure, windowMs, attempts }: Kept,
    body: Buffer,
    signal: AbortSignal,
  ): Promise<void> {
    const { deliver, clock } = this.#options;
    const { account: sourceAccount, scheduleArn: sourceArn, scheduledMs } = occasion;
    const from: Sender = { kind: 'role', roleArn: target.roleArn, sourceArn, sourceAccount };
    if (failure !== undefined) {
      const { deadLetterArn } = target;
      const letter = { ...deadLetter(body, target.arn, occasion, failure), once: `${occasion.executionId} dead` };
      if (deadLetterArn !== undefined) await deliver(deadLetterArn, letter, from, signal);
      return;
    }
    if (attempts === 0 && clock.nowMs() - scheduledMs - windowMs > target.retries.ageMsMax)
      throw new TooLate(
        `Lambent was not running at ${new Date(scheduledMs).toISOString()}, nor for as long as its schedule lets it be late`,
      );
    for (const [at, { arn, message }] of outgoingOf(target, body.toString(), occasion).entries())
      await deliver(arn, { ...message, once: `${occasion.executionId} ${at}` }, from, signal);
  }

  /** `dead`: the dead-letter queue is next. undefined: it is given up for good. */
  #afterFailure(kept: Kept, error: unknown): { kind: 'again' | 'dead'; verdict: Verdict } | undefined {
    const { clock, random } = this.#options;
    const nowMs = clock.nowMs();
    const attempts = kept.attempts + 1;
    const ageMs = nowMs - kept.occasion.scheduledMs - kept.windowMs;
    const limits = kept.failure === undefined ? kept.target.retries : DEAD_LETTER_RETRIES;
    const fate =
      error instanceof TooLate
        ? ({ exhausted: 'MaximumEventAgeInSeconds' } as const)
        : limitedRetry(error, attempts, kept.failure === undefined ? ageMs : 0, limits, random);
    if ('delayMs' in fate) return { kind: 'again', verdict: again({ ...kept, attempts }, nowMs + fate.delayMs) };
    if (kept.failure !== undefined || kept.target.deadLetterArn === undefined) return undefined;
    const failure = { ...reasonOf(error, kept.target.arn), exhausted: fate.exhausted, retries: kept.attempts };
    return { kind: 'dead', verdict: again({ ...kept, attempts: 0, failure }, nowMs) };
  }
}

function again(kept: Kept, dueMs: number): Verdict {
  return { kind: 'postponed', dueMs, state: JSON.stringify(kept) };
}

/** So late that its schedule does not want it any more. */
class TooLate extends Undeliverable {
  constructor(message: string) {
    super('unavailable', message);
  }
}
