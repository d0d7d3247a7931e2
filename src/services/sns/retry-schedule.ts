/** When a delivery that has failed is tried again (Amazon SNS Developer Guide, Message delivery retries). */
export interface RetrySchedule {
  readonly immediate: number;
  readonly before: Phase;
  readonly backoff: { readonly count: number; readonly minMs: number; readonly maxMs: number; readonly kind: Backoff };
  readonly after: Phase;
}

/** So many attempts, each so long behind the one before. */
export interface Phase {
  readonly count: number;
  readonly ms: number;
}

export const BACKOFFS = ['linear', 'arithmetic', 'geometric', 'exponential'] as const;
export type Backoff = (typeof BACKOFFS)[number];

/** Queues and functions: 100,015 retries over 23 days. */
export const MANAGED: RetrySchedule = {
  immediate: 3,
  before: { count: 2, ms: 1_000 },
  backoff: { count: 10, minMs: 1_000, maxMs: 20_000, kind: 'exponential' },
  after: { count: 100_000, ms: 20_000 },
};

/** Mail: 50 retries over six hours. */
export const MAIL: RetrySchedule = {
  immediate: 0,
  before: { count: 2, ms: 10_000 },
  backoff: { count: 10, minMs: 10_000, maxMs: 600_000, kind: 'exponential' },
  after: { count: 38, ms: 600_000 },
};

/** The wait before retry `retry` (1, 2, …) in ms; undefined: there is none any more. */
export function retryDelayMs(schedule: RetrySchedule, retry: number): number | undefined {
  let left = retry;
  if (left <= schedule.immediate) return 0;
  left -= schedule.immediate;
  if (left <= schedule.before.count) return schedule.before.ms;
  left -= schedule.before.count;
  if (left <= schedule.backoff.count) return backoffMs(schedule.backoff, left);
  left -= schedule.backoff.count;
  return left <= schedule.after.count ? schedule.after.ms : undefined;
}

/** From the shortest to the longest wait in `count` steps; AWS names the curves and does not document their formulas. */
function backoffMs({ count, minMs, maxMs, kind }: RetrySchedule['backoff'], step: number): number {
  if (count === 1 || minMs >= maxMs) return minMs;
  const part = (step - 1) / (count - 1);
  switch (kind) {
    case 'linear':
      return minMs + (maxMs - minMs) * part;
    case 'arithmetic':
      return minMs + ((maxMs - minMs) * step * (step - 1)) / (count * (count - 1));
    case 'geometric':
      return minMs * (maxMs / minMs) ** part;
    case 'exponential':
      return Math.min(maxMs, minMs * 2 ** (step - 1));
  }
}

/** AWS applies jitter. Up to a tenth longer: a wait that was asked for is never cut short. */
export function jittered(ms: number, random: () => number): number {
  return Math.round(ms * (1 + 0.1 * random()));
}
