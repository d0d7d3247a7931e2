import { setTimeout as sleepFor } from 'node:timers/promises';

/** Time as a port, so that tests own it. Wall time for what people read, monotonic time for what is measured. */
export interface Clock {
  /** Milliseconds since the epoch, as people and AWS's timestamps count them. */
  nowMs(): number;
  /** Milliseconds of a clock that never jumps; only differences mean anything. */
  monotonicMs(): number;
  /** Resolves after `ms`; rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `then` once after `ms`, unless disposed first. Never keeps the process alive by itself. */
  after(ms: number, then: () => void): Disposable;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  async sleep(ms, signal) {
    try {
      await sleepFor(ms, undefined, { signal, ref: true });
    } catch (error) {
      // Node has an error of its own, with the reason as its cause.
      signal?.throwIfAborted();
      throw error;
    }
  },
  after: (ms, then) => {
    const timer = setTimeout(then, ms);
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
