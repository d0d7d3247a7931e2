import type { RetryLimits } from './outbox.ts';
import { Undeliverable } from './undeliverable.ts';

const DELAY_MS_MIN = 1_000;
const DELAY_MS_MAX = 300_000;
/** AWS does not document for how long it goes on; asynchronous events themselves live for six hours by default. */
export const DELIVERY_AGE_MS_MAX = 6 * 3_600_000;

/**
 * The one rule of retries, for all that is delivered: only what may pass is tried again, after 1 s and then twice as long
 * each time, at most 5 min, for six hours. `attempts` have been made, the first one `ageMs` ago. undefined: give up.
 */
export function retryDelayMs(error: unknown, attempts: number, ageMs: number): number | undefined {
  if (error instanceof Undeliverable && error.kind !== 'unavailable') return undefined;
  const delayMs = Math.min(DELAY_MS_MAX, DELAY_MS_MIN * 2 ** (attempts - 1));
  return ageMs + delayMs > DELIVERY_AGE_MS_MAX ? undefined : delayMs;
}

/** So that 185 retries, AWS's most, take about the 24 hours that are its longest. */
const LIMITED_DELAY_MS_MAX = 600_000;

/**
 * The same with limits of a target's own (EventBridge's retry policy: exponential back-off with jitter). Half of the wait is
 * random, so that what failed together does not come back together. Answers what has been exhausted, if anything.
 */
export function limitedRetry(
  error: unknown,
  attempts: number,
  ageMs: number,
  { retriesMax, ageMsMax }: RetryLimits,
  random: () => number,
): { delayMs: number } | { exhausted: 'MaximumRetryAttempts' | 'MaximumEventAgeInSeconds' | undefined } {
  if (error instanceof Undeliverable && error.kind !== 'unavailable') return { exhausted: undefined };
  if (attempts > retriesMax) return { exhausted: 'MaximumRetryAttempts' };
  const ceilingMs = Math.min(LIMITED_DELAY_MS_MAX, DELAY_MS_MIN * 2 ** (attempts - 1));
  const delayMs = Math.ceil(ceilingMs / 2 + (random() * ceilingMs) / 2);
  return ageMs + delayMs > ageMsMax ? { exhausted: 'MaximumEventAgeInSeconds' } : { delayMs };
}
