import { type Alarm, type AlarmState, alarmArn, type WatchedQuery } from './alarm.ts';
import { timestamp } from './alarm-reason.ts';
import type { HistoryItem } from './alarm-store.ts';

/** As AWS's were recorded. */
export function stateChange({ name, settings, state }: Alarm, before: AlarmState): HistoryItem {
  return {
    ...{ alarm: name, kind: settings.kind, type: 'StateUpdate', atMs: state.updatedMs },
    summary: `Alarm updated from ${before.value} to ${state.value}`,
    data: JSON.stringify({ version: '1.0', oldState: told(before), newState: told(state) }),
  };
}

export function configurationChange(alarm: Alarm, change: 'Create' | 'Update' | 'Delete'): HistoryItem {
  const { name, settings, configuredMs } = alarm;
  const changed = change === 'Delete' ? 'deleted' : `${change.toLowerCase()}d`;
  return {
    ...{ alarm: name, kind: settings.kind, type: 'ConfigurationUpdate', atMs: configuredMs },
    summary: `Alarm "${name}" ${changed}`,
    data: JSON.stringify({ version: '1.0', type: change, [`${changed}Alarm`]: configuration(alarm) }),
  };
}

const told = ({ value, reason, reasonData }: AlarmState) => ({
  stateValue: value,
  stateReason: reason,
  ...(reasonData === undefined ? {} : { stateReasonData: JSON.parse(reasonData) as unknown }),
});

function configuration(alarm: Alarm): object {
  const { settings, name, configuredMs } = alarm;
  const common = {
    alarmName: name,
    alarmArn: alarmArn(alarm),
    alarmDescription: settings.description,
    alarmConfigurationUpdatedTimestamp: timestamp(configuredMs),
    actionsEnabled: settings.actionsEnabled,
    okActions: settings.actions.OK,
    alarmActions: settings.actions.ALARM,
    insufficientDataActions: settings.actions.INSUFFICIENT_DATA,
  };
  if (settings.kind === 'composite') return { ...common, alarmRule: settings.rule };
  const { watched, evaluationPeriods, datapointsToAlarm, threshold, comparison, missing, lowSampleCount } = settings;
  return {
    ...common,
    ...(watched.kind === 'metric'
      ? {
          metricName: watched.metric.name,
          namespace: watched.metric.namespace,
          statistic: watched.statistic,
          dimensions: watched.metric.dimensions,
          period: watched.periodS,
          unit: watched.unit,
        }
      : { metrics: watched.queries.map(queryConfiguration) }),
    ...{ evaluationPeriods, datapointsToAlarm, threshold, comparisonOperator: comparison },
    ...{ treatMissingData: missing, evaluateLowSampleCountPercentile: lowSampleCount },
  };
}

function queryConfiguration(query: WatchedQuery): object {
  const { id, label, isReturned } = query;
  if (query.kind === 'expression') return { id, label, expression: query.text, returnData: isReturned };
  const { metric, periodS, statistic, unit } = query;
  const stat = {
    metric: { namespace: metric.namespace, metricName: metric.name, dimensions: metric.dimensions },
    ...{ period: periodS, stat: statistic, unit },
  };
  return { id, label, metricStat: stat, returnData: isReturned };
}
