import type { MetricDataQuery, PutCompositeAlarmInput, PutMetricAlarmInput } from '@aws-sdk/client-cloudwatch';
import { parseArn } from '../../../delivery/arn.ts';
import { AwsError } from '../../../wire/aws-error.ts';
import {
  COMPARISONS,
  type CompositeSettings,
  type MetricSettings,
  TREATMENTS,
  type WatchedMetric,
  type WatchedQuery,
} from '../alarm.ts';
import { BadRule, readRule } from '../alarm-rule.ts';
import { parseStatistic } from '../statistic.ts';
import { dimensionsFromAws } from './parameters.ts';
import { queriesFromAws } from './queries.ts';

/** Of a metric alarm all periods that it looks at: a day, with periods of an hour and more seven days (PutMetricAlarm). */
const WATCHED_S_MAX = 86_400;
const WATCHED_LONG_S_MAX = 7 * 86_400;
const SHORT_PERIODS_S = [10, 20, 30];

/** Parameters of alarms that are not on a threshold of a metric. */
const NOT_YET = [
  'ThresholdMetricId',
  'EvaluationCriteria',
  'EvaluationInterval',
  'EvaluationWindow',
  'WarmUpConfiguration',
  'ActionConfiguration',
] as const;

/** Throws AWS's refusals. */
export function metricSettings(input: PutMetricAlarmInput): MetricSettings {
  const notYet = NOT_YET.find((name) => Reflect.get(input, name) !== undefined);
  if (notYet !== undefined) throw unsupported(`${notYet} of alarms`);
  const { EvaluationPeriods, DatapointsToAlarm, Threshold, EvaluateLowSampleCountPercentile: low } = input;
  const comparison = COMPARISONS.find((one) => one === input.ComparisonOperator);
  if (input.ComparisonOperator === undefined) throw mustNotBeNull('ComparisonOperator');
  if (comparison === undefined)
    throw unsupported(`the comparison ${input.ComparisonOperator}, which needs anomaly detection,`);
  if (EvaluationPeriods === undefined) throw mustNotBeNull('EvaluationPeriods');
  if (Threshold === undefined) throw mustNotBeNull('Threshold');
  const missing = TREATMENTS.find((one) => one === input.TreatMissingData);
  if (input.TreatMissingData !== undefined && missing === undefined) {
    throw invalid(
      `The value ${input.TreatMissingData} is not supported for TreatMissingData parameter. Supported values are [breaching, notBreaching, ignore, missing].`,
    );
  }
  const lowSampleCount = low === 'evaluate' || low === 'ignore' ? low : undefined;
  if (low !== undefined && lowSampleCount === undefined) {
    throw invalid(
      `Option ${low} is not supported. Supported options for parameter EvaluateLowSampleCountPercentile are evaluate and ignore.`,
    );
  }
  if (DatapointsToAlarm !== undefined && DatapointsToAlarm > EvaluationPeriods)
    throw invalid('DatapointsToAlarm must be less than or equal to EvaluationPeriods.');
  const watched =
    input.Metrics === undefined || input.Metrics.length === 0 ? single(input) : math(input, input.Metrics);
  assertWatchable(watched.kind === 'metric' ? [watched] : watched.queries, EvaluationPeriods);
  return {
    ...{ kind: 'metric', ...common(input), watched, evaluationPeriods: EvaluationPeriods },
    ...{ datapointsToAlarm: DatapointsToAlarm, threshold: Threshold, comparison, missing, lowSampleCount },
  };
}

/** Throws AWS's refusals. */
export function compositeSettings(input: PutCompositeAlarmInput): CompositeSettings {
  if (input.ActionsSuppressor !== undefined) throw unsupported('suppressors of actions');
  const rule = input.AlarmRule ?? '';
  try {
    readRule(rule);
  } catch (error) {
    if (!(error instanceof BadRule)) throw error;
    throw invalid(`AlarmRule is not valid: ${error.message}`);
  }
  return { kind: 'composite', ...common(input), rule };
}

function common(input: PutMetricAlarmInput | PutCompositeAlarmInput) {
  const { OKActions = [], AlarmActions = [], InsufficientDataActions = [] } = input;
  for (const arn of [...OKActions, ...AlarmActions, ...InsufficientDataActions]) assertAction(arn);
  return {
    description: input.AlarmDescription,
    actionsEnabled: input.ActionsEnabled ?? true,
    actions: { OK: OKActions, ALARM: AlarmActions, INSUFFICIENT_DATA: InsufficientDataActions },
  };
}

/** AWS does not look whether what is to be told is there. */
function assertAction(text: string): void {
  const arn = parseArn(text);
  if (arn === undefined) throw invalid(`Invalid arn syntax: ${text}`);
  if (arn.service !== 'sns' && arn.service !== 'lambda') throw unsupported(`the action ${text}`);
}

function single(input: PutMetricAlarmInput): WatchedMetric {
  const { MetricName, Namespace, Statistic, ExtendedStatistic, Period, Unit, Dimensions } = input;
  if (MetricName === undefined) throw mustNotBeNull('MetricName');
  if (Namespace === undefined) throw mustNotBeNull('Namespace');
  if (Period === undefined) throw mustNotBeNull('Period');
  const statistic = Statistic ?? ExtendedStatistic;
  if (statistic === undefined || (Statistic !== undefined && ExtendedStatistic !== undefined))
    throw invalid('Exactly one of Statistic and ExtendedStatistic must be specified.');
  if (
    parseStatistic(statistic) === undefined ||
    (Statistic === undefined && parseStatistic(statistic)?.kind === 'simple')
  ) {
    throw new AwsError(
      'InvalidParameterValueException',
      `The value ${statistic} for parameter ExtendedStatistic is not supported.`,
    );
  }
  const metric = { namespace: Namespace, name: MetricName, dimensions: dimensionsFromAws(Dimensions) };
  return { kind: 'metric', metric, periodS: Period, statistic, unit: Unit };
}

function math(input: PutMetricAlarmInput, Metrics: MetricDataQuery[]) {
  for (const name of [
    'MetricName',
    'Namespace',
    'Dimensions',
    'Period',
    'Unit',
    'Statistic',
    'ExtendedStatistic',
  ] as const) {
    if (input[name] !== undefined) throw invalid(`${name} should not be set if list of Metrics is set.`);
  }
  const flaws: string[] = [];
  const queries = queriesFromAws(Metrics, flaws, 'Metrics').map((query, at): WatchedQuery => {
    const { id, label, isReturned } = query;
    if (query.kind === 'expression')
      return { id, label, isReturned, kind: 'expression', text: query.text, periodS: Metrics[at]?.Period };
    const { metric, periodS, statisticText, unit } = query.source;
    return { id, label, isReturned, kind: 'metric', metric, periodS, statistic: statisticText, unit };
  });
  if (flaws.length > 0) throw invalid(flaws.map((flaw) => `${flaw}\n`).join(''));
  if (queries.filter(({ isReturned }) => isReturned).length !== 1)
    throw invalid('Exactly one element of the metrics list should return data.');
  return { kind: 'math', queries } as const;
}

function assertWatchable(metrics: readonly (WatchedMetric | WatchedQuery)[], evaluationPeriods: number): void {
  for (const { periodS } of metrics) {
    if (periodS === undefined) continue;
    if (!SHORT_PERIODS_S.includes(periodS) && periodS % 60 !== 0)
      throw invalid('Period must be 10, 20, 30 or a multiple of 60');
    const watchedS = periodS * evaluationPeriods;
    const [max, days] = periodS >= 3_600 ? [WATCHED_LONG_S_MAX, '7 days'] : [WATCHED_S_MAX, 'a day'];
    if (watchedS > max) {
      throw invalid(
        `Metrics cannot be checked across more than ${days} (EvaluationPeriods * Period must be <= ${max}).`,
      );
    }
  }
}

const invalid = (text: string) => new AwsError('ValidationException', text);
const mustNotBeNull = (name: string) => invalid(`${name} must not be null`);
const unsupported = (what: string) => new AwsError('NotImplemented', `Lambent does not support ${what} yet.`);
