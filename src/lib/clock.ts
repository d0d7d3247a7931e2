import { setTimeout as sleepFor } from 'node:timers/promises';

/** Time as a port, so that tests own it. Wall time for what people read, monotonic time for what is measured. */
export interface Clock {
  /** Milliseconds since the epoch, as people and AWS's timestamps count them. */
  nowMs(): number;
  /** Milliseconds of a clock that never jumps; only differences mean anything. */
  monotonicMs(): number;
  /** Resolves after `ms`, never earlier; rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `then` once after `ms`, never earlier, unless disposed first. Never keeps the process alive by itself. */
  after(ms: number, then: () => void): Disposable;
}

/** Node takes what is longer, 25 days, for a millisecond. */
const TIMER_MS_MAX = 2 ** 31 - 1;

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  async sleep(ms, signal) {
    const endMs = performance.now() + ms;
    try {
      // At least once: who sleeps lets others go on. Again, where a timer was early, as Node's are by up to a millisecond.
      for (let leftMs = ms; ; ) {
        await sleepFor(Math.min(leftMs, TIMER_MS_MAX), undefined, { signal, ref: true });
        leftMs = endMs - performance.now();
        if (leftMs <= 0) return;
      }
    } catch (error) {
      // Node has an error of its own, with the reason as its cause.
      signal?.throwIfAborted();
      throw error;
    }
  },
  after: (ms, then) => {
    const endMs = performance.now() + ms;
    const look = () => {
      const leftMs = endMs - performance.now();
      if (leftMs <= 0) return then();
      timer = setTimeout(look, Math.min(leftMs, TIMER_MS_MAX));
      timer.unref();
    };
    let timer = setTimeout(look, Math.min(ms, TIMER_MS_MAX));
    timer.unref();
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
};

/** Waits for `ms`, or until the signal aborts, whichever is first: whoever calls looks at the signal. */
export async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  try {
    await clock.sleep(ms, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
