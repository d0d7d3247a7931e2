const HOUR_S = 3_600;
const DAY_S = 86_400;

/**
 * How finely values are kept, and for how long; then they are kept in the next coarser way. AWS ("Metrics retention"): periods
 * under a minute for 3 hours, a minute for 15 days, 5 minutes for 63 days, an hour for 455 days.
 */
export const RESOLUTIONS = [
  { seconds: 1, keptS: 3 * HOUR_S },
  { seconds: 60, keptS: 15 * DAY_S },
  { seconds: 300, keptS: 63 * DAY_S },
  { seconds: HOUR_S, keptS: 455 * DAY_S },
] as const;

export const LONGEST_KEPT_S = 455 * DAY_S;

/**
 * Which of them a question about periods of this length is answered from. Values that came once a minute answer shorter
 * periods, too (as AWS was recorded); what has become coarser than the period is left out, as AWS says.
 */
export function resolutionsFor(periodS: number): number[] {
  return RESOLUTIONS.map(({ seconds }) => seconds).filter((seconds) => seconds <= Math.max(periodS, 60));
}

/**
 * Where the first period begins. AWS (GetMetricData): a start within 15 days is rounded down to the minute, within 63 days to
 * five minutes, earlier to the hour; for periods under a minute to the period.
 */
export function firstPeriodS(startMs: number, periodS: number, nowMs: number): number {
  const ageS = (nowMs - startMs) / 1_000;
  const step = periodS < 60 ? periodS : ageS <= 15 * DAY_S ? 60 : ageS <= 63 * DAY_S ? 300 : HOUR_S;
  return Math.floor(startMs / 1_000 / step) * step;
}
