import type {
  AlarmHistoryItem,
  CompositeAlarm,
  MetricAlarm,
  MetricDataQuery,
  StandardUnit,
  Statistic,
} from '@aws-sdk/client-cloudwatch';
import { type Alarm, alarmArn, type CompositeSettings, type MetricSettings, type WatchedQuery } from '../alarm.ts';
import type { HistoryItem } from '../alarm-store.ts';
import type { Metric } from '../metric.ts';
import { SIMPLE_STATISTICS } from '../statistic.ts';
import { dimensionsToAws } from './parameters.ts';

export function metricAlarmToAws(alarm: Alarm<MetricSettings>): MetricAlarm {
  const { settings } = alarm;
  const { evaluationPeriods, datapointsToAlarm, threshold, comparison, missing, lowSampleCount } = settings;
  return {
    ...common(alarm),
    ...watchedToAws(settings),
    EvaluationPeriods: evaluationPeriods,
    DatapointsToAlarm: datapointsToAlarm,
    Threshold: threshold,
    ComparisonOperator: comparison,
    TreatMissingData: missing,
    EvaluateLowSampleCountPercentile: lowSampleCount,
  };
}

export function compositeAlarmToAws(alarm: Alarm<CompositeSettings>): CompositeAlarm {
  return { ...common(alarm), AlarmRule: alarm.settings.rule };
}

export function historyToAws({ alarm, kind, type, atMs, summary, data }: HistoryItem): AlarmHistoryItem {
  return {
    AlarmName: alarm,
    AlarmType: kind === 'metric' ? 'MetricAlarm' : 'CompositeAlarm',
    Timestamp: new Date(atMs),
    HistoryItemType: type,
    HistorySummary: summary,
    HistoryData: data,
  };
}

function common(alarm: Alarm) {
  const { settings, state } = alarm;
  return {
    AlarmName: alarm.name,
    AlarmArn: alarmArn(alarm),
    AlarmDescription: settings.description,
    AlarmConfigurationUpdatedTimestamp: new Date(alarm.configuredMs),
    ActionsEnabled: settings.actionsEnabled,
    OKActions: [...settings.actions.OK],
    AlarmActions: [...settings.actions.ALARM],
    InsufficientDataActions: [...settings.actions.INSUFFICIENT_DATA],
    StateValue: state.value,
    StateReason: state.reason,
    StateReasonData: state.reasonData,
    StateUpdatedTimestamp: new Date(state.updatedMs),
    StateTransitionedTimestamp: new Date(state.transitionedMs),
  };
}

function watchedToAws({ watched }: MetricSettings): Partial<MetricAlarm> {
  if (watched.kind === 'math') return { Metrics: watched.queries.map(queryToAws) };
  const { metric, periodS, statistic, unit } = watched;
  const simple = SIMPLE_STATISTICS.find((name) => name === statistic);
  return {
    ...metricToAws(metric),
    Period: periodS,
    Unit: unit as StandardUnit | undefined, // SAFE: it was checked when the alarm was put.
    ...(simple === undefined ? { ExtendedStatistic: statistic } : { Statistic: simple satisfies Statistic }),
  };
}

function queryToAws(query: WatchedQuery): MetricDataQuery {
  const common = { Id: query.id, Label: query.label, ReturnData: query.isReturned };
  if (query.kind === 'expression') return { ...common, Expression: query.text, Period: query.periodS };
  const { metric, periodS, statistic, unit } = query;
  const Unit = unit as StandardUnit | undefined; // SAFE: it was checked when the alarm was put.
  return { ...common, MetricStat: { Metric: metricToAws(metric), Period: periodS, Stat: statistic, Unit } };
}

const metricToAws = ({ namespace, name, dimensions }: Metric) => ({
  Namespace: namespace,
  MetricName: name,
  Dimensions: dimensionsToAws(dimensions),
});
