import { type Alarm, type Comparison, type MetricSettings, periodOf, type WatchedQuery } from './alarm.ts';
import type { Criteria, Datapoint } from './evaluate-alarm.ts';
import { readExpression } from './math/expression.ts';
import type { MetricStore } from './metric-store.ts';
import { type Asked, type MetricSource, type Query, readMetric, runQueries } from './query.ts';
import { parseStatistic } from './statistic.ts';

/** Beyond the periods that it evaluates, an alarm looks at so many earlier ones: in AWS's examples two more than three. */
const EARLIER_PERIODS = 2;
/** Values that come once a minute are to be found by alarms with shorter periods, too. */
const MINUTE_S = 60;

const COMPARE: Readonly<Record<Comparison, (value: number, threshold: number) => boolean>> = {
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  GreaterThanThreshold: (value, threshold) => value > threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
};

export function criteriaOf(settings: MetricSettings): Criteria {
  const { evaluationPeriods, datapointsToAlarm = evaluationPeriods, missing = 'missing', threshold } = settings;
  const compare = COMPARE[settings.comparison];
  return { evaluationPeriods, datapointsToAlarm, missing, isBreaching: (value) => compare(value, threshold) };
}

/**
 * The values of the periods that an alarm looks at, the oldest first. The last period has just ended: as AWS does, it ends with
 * a full minute, or ten seconds where periods are shorter than a minute, whatever its length.
 */
export function datapointsOf(
  { account, region, settings }: Alarm<MetricSettings>,
  store: Pick<MetricStore, 'series' | 'list'>,
  nowMs: number,
): Datapoint[] {
  const periodS = periodOf(settings);
  const stepS = periodS < MINUTE_S ? 10 : MINUTE_S;
  const earlier = periodS < MINUTE_S ? Math.ceil(MINUTE_S / periodS) : EARLIER_PERIODS;
  const count = settings.evaluationPeriods + earlier;
  const toS = Math.floor(nowMs / 1_000 / stepS) * stepS;
  const fromS = toS - count * periodS;
  const asked: Asked = { store, scope: { account, region }, startOf: () => fromS, toS, nowMs };
  const { points, counts } = valuesOf(settings, asked);
  return Array.from({ length: count }, (_, at) => {
    const atS = fromS + at * periodS;
    return { atS, value: points.get(atS), count: counts?.get(atS) };
  });
}

interface Values {
  readonly points: ReadonlyMap<number, number>;
  readonly counts?: ReadonlyMap<number, number>;
}

function valuesOf({ watched }: MetricSettings, asked: Asked): Values {
  if (watched.kind === 'metric') {
    const { series, counts } = readMetric(asked, sourceOf(watched));
    return { points: series.points, counts };
  }
  const [result] = runQueries(asked, watched.queries.map(queryOf));
  return { points: result?.series.points ?? new Map() };
}

/** A query as it was checked when the alarm was put. */
function queryOf(query: WatchedQuery): Query {
  const { id, label, isReturned } = query;
  if (query.kind === 'metric') return { id, label, isReturned, kind: 'metric', source: sourceOf(query) };
  return { id, label, isReturned, kind: 'expression', expression: readExpression(query.text), text: query.text };
}

function sourceOf(
  watched: Extract<WatchedQuery, { kind: 'metric' }> | Extract<MetricSettings['watched'], { kind: 'metric' }>,
): MetricSource {
  const { metric, periodS, statistic: statisticText, unit } = watched;
  const statistic = parseStatistic(statisticText);
  if (statistic === undefined) throw new Error(`an alarm was kept with the statistic ${statisticText}, which is none`);
  return { metric, periodS, statistic, statisticText, unit };
}

/**
 * Whether a percentile is of too few values to tell anything. AWS (PutMetricAlarm, EvaluateLowSampleCountPercentile): there have
 * to be ten beyond it, 10/(1-p) for the upper half and 10/p for the lower one.
 */
export function isLowSample(
  { watched, lowSampleCount }: MetricSettings,
  evaluated: readonly { count?: number | undefined }[],
): boolean {
  if (lowSampleCount !== 'ignore' || watched.kind !== 'metric') return false;
  const statistic = parseStatistic(watched.statistic);
  if (statistic?.kind !== 'percentile') return false;
  const part = statistic.percent / 100;
  const needed = 10 / (part >= 0.5 ? 1 - part : part);
  return evaluated.some(({ count = 0 }) => count < needed);
}
