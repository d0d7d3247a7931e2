import type { Clock } from '../../lib/clock.ts';

/** A receive that waits for messages. */
export interface Poll<Request, Result> {
  readonly request: Request;
  readonly promise: Promise<Result | undefined>;
  readonly resolve: (result: Result | undefined) => void;
  readonly reject: (error: unknown) => void;
  /** Takes its timer and its listener back. */
  readonly dispose: () => void;
}

/**
 * Receives that wait, by queue, first come, first served. Nobody looks while nothing happens: `wake` tells that a queue
 * may have something, and `hiddenUntil` when it will have.
 */
export class LongPolls<Request, Result> {
  readonly #clock: Clock;
  readonly #serve: (queueId: number) => void;
  readonly #polls = new Map<number, Set<Poll<Request, Result>>>();
  readonly #timers = new Map<number, Disposable>();
  readonly #woken = new Set<number>();

  /** `serve` answers whom it can, by `take` and then the poll itself. */
  constructor(clock: Clock, serve: (queueId: number) => void) {
    this.#clock = clock;
    this.#serve = serve;
  }

  /** Waits until somebody serves it, undefined when `waitMs` is over or the signal aborts. */
  add(queueId: number, request: Request, waitMs: number, signal: AbortSignal): Poll<Request, Result> {
    const { promise, resolve, reject } = Promise.withResolvers<Result | undefined>();
    const leave = () => {
      this.#remove(queueId, poll);
      resolve(undefined);
    };
    const timer = this.#clock.after(waitMs, leave);
    signal.addEventListener('abort', leave, { once: true });
    const dispose = () => {
      timer[Symbol.dispose]();
      signal.removeEventListener('abort', leave);
    };
    const poll = { request, promise, resolve, reject, dispose };
    const polls = this.#polls.get(queueId) ?? new Set();
    this.#polls.set(queueId, polls.add(poll));
    if (signal.aborted) leave();
    return poll;
  }

  /** Those that wait for a queue, in their order. */
  waiting(queueId: number): Poll<Request, Result>[] {
    return [...(this.#polls.get(queueId) ?? [])];
  }

  /** From now on it is the caller's to answer. */
  take(queueId: number, poll: Poll<Request, Result>): void {
    this.#remove(queueId, poll);
  }

  /** Something of this queue may be received now. Many calls of one turn are one. */
  wake(queueId: number): void {
    if (!this.#polls.has(queueId) || this.#woken.has(queueId)) return;
    this.#woken.add(queueId);
    queueMicrotask(() => {
      this.#woken.delete(queueId);
      this.#serve(queueId);
    });
  }

  /** Wakes at that time, instead of one told before. */
  hiddenUntil(queueId: number, ms: number | undefined): void {
    this.#timers.get(queueId)?.[Symbol.dispose]();
    this.#timers.delete(queueId);
    if (ms === undefined || !this.#polls.has(queueId)) return;
    const waitMs = Math.max(1, ms - this.#clock.nowMs());
    this.#timers.set(
      queueId,
      this.#clock.after(waitMs, () => {
        this.#timers.delete(queueId);
        this.wake(queueId);
      }),
    );
  }

  /** Everybody gets nothing. */
  close(): void {
    for (const [queueId, polls] of this.#polls) {
      for (const poll of polls) {
        this.#remove(queueId, poll);
        poll.resolve(undefined);
      }
    }
  }

  #remove(queueId: number, poll: Poll<Request, Result>): void {
    poll.dispose();
    const polls = this.#polls.get(queueId);
    polls?.delete(poll);
    if (polls?.size !== 0) return;
    this.#polls.delete(queueId);
    this.#timers.get(queueId)?.[Symbol.dispose]();
    this.#timers.delete(queueId);
  }
}
