import type { Datapoint, GetMetricStatisticsInput, StandardUnit } from '@aws-sdk/client-cloudwatch';
import type { Handlers } from '../../../wire/service.ts';
import type { CloudWatch } from '../cloudwatch.ts';
import { firstPeriodS } from '../retention.ts';
import type { Sketch } from '../sketch.ts';
import { needsDistribution, parseStatistic, SIMPLE_STATISTICS, type Statistic, statisticOf } from '../statistic.ts';
import { checkDimensions, checkMetricName, checkNamespace, checkUnit, dimensionsFromAws, Flaws } from './parameters.ts';

type Client = typeof import('@aws-sdk/client-cloudwatch');

/** AWS's limit of one answer (API reference, GetMetricStatistics). */
const DATAPOINTS_MAX = 1_440;
const EXTENDED_MAX = 10;

export function getMetricStatisticsHandlers(cloudWatch: () => CloudWatch): Handlers<Client> {
  return {
    async GetMetricStatistics(input, { account, region }) {
      const nowMs = cloudWatch().nowMs();
      const asked = checked(input);
      const { namespace, name, fromMs, toMs, periodS, statistics } = asked;
      await cloudWatch().settle();
      const byUnit = cloudWatch().store.series(
        { account, region },
        { namespace, name, dimensions: dimensionsFromAws(input.Dimensions) },
        {
          fromS: firstPeriodS(fromMs, periodS, nowMs),
          toS: Math.ceil(toMs / 1_000),
          periodS,
          distribution: statistics.some(({ statistic }) => needsDistribution(statistic)),
        },
      );
      const Datapoints = [...byUnit]
        .filter(([unit]) => input.Unit === undefined || unit === input.Unit)
        .flatMap(([unit, sketches]) => [...sketches].map(([atS, sketch]) => datapoint(atS, unit, sketch, statistics)));
      return { Label: name, Datapoints };
    },
  };
}

interface NamedStatistic {
  readonly text: string;
  readonly statistic: Statistic;
}

function checked(input: GetMetricStatisticsInput) {
  const flaws = new Flaws();
  const { Namespace, MetricName, Dimensions = [], StartTime, EndTime, Period, Unit } = input;
  const { Statistics: simple, ExtendedStatistics: extended } = input;
  checkNamespace(flaws, Namespace);
  checkMetricName(flaws, 'MetricName', MetricName);
  checkDimensions(flaws, 'Dimensions', Dimensions);
  checkUnit(flaws, 'Unit', Unit);
  if (StartTime === undefined) flaws.missing('StartTime');
  if (EndTime === undefined) flaws.missing('EndTime');
  checkPeriod(flaws, Period);
  const statistics = checkedStatistics(flaws, simple, extended);
  flaws.throwIfAny();
  const fromMs = StartTime?.getTime() ?? 0;
  const toMs = EndTime?.getTime() ?? 0;
  const periodS = Period ?? 60;
  if (!(fromMs < toMs)) flaws.invalid('The parameter StartTime must be less than the parameter EndTime.');
  const datapoints = Math.floor((toMs - fromMs) / 1_000 / periodS);
  if (datapoints > DATAPOINTS_MAX) {
    flaws.combination(
      `You have requested up to ${datapoints} datapoints, which exceeds the limit of ${DATAPOINTS_MAX}. You may reduce the datapoints requested by increasing Period, or decreasing the time range.`,
    );
  }
  flaws.throwIfAny();
  return { namespace: Namespace ?? '', name: MetricName ?? '', fromMs, toMs, periodS, statistics };
}

function checkPeriod(flaws: Flaws, period: number | undefined): void {
  if (period === undefined) flaws.missing('Period');
  else if (period < 0) flaws.invalid('The parameter Period must be greater than 0.');
  else if (period === 0) flaws.invalid('The parameter Period must not equal 0.');
  else if (![1, 5, 10, 20, 30].includes(period) && period % 60 !== 0)
    flaws.invalid('The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.');
}

function checkedStatistics(
  flaws: Flaws,
  simple: readonly string[] | undefined,
  extended: readonly string[] | undefined,
): NamedStatistic[] {
  if ((simple ?? []).length === 0 && (extended ?? []).length === 0)
    flaws.noneOf('At least one of the parameters Statistics and ExtendedStatistics must be specified.');
  flaws.size('Statistics', simple ?? [], SIMPLE_STATISTICS.length);
  flaws.size('ExtendedStatistics', extended ?? [], EXTENDED_MAX);
  for (const [at, name] of (simple ?? []).entries())
    flaws.oneOf(`Statistics.member.${at + 1}`, name, SIMPLE_STATISTICS);
  const statistics: NamedStatistic[] = [];
  for (const text of [...(simple ?? []), ...(extended ?? [])]) {
    const statistic = parseStatistic(text);
    if (statistic !== undefined) statistics.push({ text, statistic });
    else if (extended?.includes(text))
      flaws.invalid(`The value ${text} for parameter ExtendedStatistics is not supported.`);
  }
  return statistics;
}

function datapoint(atS: number, unit: string, sketch: Sketch, statistics: readonly NamedStatistic[]): Datapoint {
  const point: Datapoint = { Timestamp: new Date(atS * 1_000), Unit: unit as StandardUnit }; // SAFE: kept as it was checked.
  for (const { text, statistic } of statistics) {
    const value = statisticOf(statistic, sketch);
    if (value === undefined) continue;
    if (statistic.kind === 'simple') point[statistic.name] = value;
    else point.ExtendedStatistics = { ...point.ExtendedStatistics, [text]: value };
  }
  return point;
}
