import { type Expression, nextDueMs, type Origin } from './expression.ts';

/** How far back the latest time is looked for, one after the other: most schedules are due within a day. */
const HORIZONS_MS = [3_600_000, 86_400_000, 32 * 86_400_000, 370 * 86_400_000];

/**
 * The last time that is due from `fromMs` to `untilMs`, both inclusive; `fromMs` must be one. Looks back from the end, since
 * a schedule of every minute has half a million of them in a year.
 */
export function latestDueMs(
  expression: Expression,
  origin: Origin,
  { fromMs, untilMs }: { fromMs: number; untilMs: number },
): number {
  for (const horizonMs of HORIZONS_MS) {
    const startMs = untilMs - horizonMs;
    if (startMs <= fromMs) break;
    const latestMs = lastAfter(expression, origin, startMs, untilMs);
    if (latestMs !== undefined) return latestMs;
  }
  return lastAfter(expression, origin, fromMs, untilMs) ?? fromMs;
}

function lastAfter(expression: Expression, origin: Origin, afterMs: number, untilMs: number): number | undefined {
  let latestMs: number | undefined;
  let nextMs = nextDueMs(expression, origin, afterMs);
  while (nextMs !== undefined && nextMs <= untilMs) {
    latestMs = nextMs;
    nextMs = nextDueMs(expression, origin, nextMs);
  }
  return latestMs;
}
