import type { Message } from '../../delivery/message.ts';
import type { Posted } from '../../delivery/outbox.ts';
import { type Alarm, type AlarmState, alarmArn, type MetricSettings, type WatchedQuery } from './alarm.ts';
import { timestamp } from './alarm-reason.ts';
import type { Dimension, Metric } from './metric.ts';
import { regionName } from './region-name.ts';

/** AWS's limit of a topic's subject. */
const SUBJECT_LENGTH_MAX = 100;

/** An alarm whose state has just changed. */
export interface Transition {
  readonly alarm: Alarm;
  readonly before: AlarmState;
}

/** A delivery as it is kept until the outbox has it: `Posted` with its body as a text. */
export type KeptAction = Omit<Posted, 'message'> & Pick<Message, 'subject' | 'event'> & { readonly body: string };

/** What is to be told to whom: topics and functions are actions, and the account's default bus hears of every change. */
export function actionsOf({ alarm, before }: Transition, id: string): KeptAction[] {
  const { settings, state } = alarm;
  const bus = busEvent(alarm, before, id);
  if (!settings.actionsEnabled) return [bus];
  const actions = settings.actions[state.value].map((arn): KeptAction => {
    const posted = { arn, from: senderOf(alarm, arn), purpose: 'notification' } as const;
    if (arn.includes(':lambda:')) return { ...posted, body: JSON.stringify(functionEvent(alarm, before, id)) };
    return { ...posted, body: JSON.stringify(topicMessage(alarm, before)), subject: subjectOf(alarm) };
  });
  return [...actions, bus];
}

export function postedOf({ body, subject, event, ...posted }: KeptAction): Posted {
  return { ...posted, message: { body: Buffer.from(body), subject, event } };
}

/** AWS ("Alarm events and EventBridge"): an event for each change of state, whether actions are enabled or not. */
function busEvent(alarm: Alarm, before: AlarmState, id: string): KeptAction {
  const { account, region, state } = alarm;
  const sourceArn = alarmArn(alarm);
  const detailType = 'CloudWatch Alarm State Change';
  return {
    arn: `arn:aws:events:${region}:${account}:event-bus/default`,
    from: { kind: 'service', service: 'monitoring.amazonaws.com', sourceArn, sourceAccount: account },
    purpose: 'notification',
    body: JSON.stringify(alarmData(alarm, before, id)),
    event: { source: 'aws.cloudwatch', detailType, resources: [sourceArn], timeMs: state.updatedMs },
  };
}

/** Functions let in another principal than topics do (PutMetricAlarm, "lambda.alarms.cloudwatch.amazonaws.com"). */
function senderOf(alarm: Alarm, arn: string): Posted['from'] {
  return {
    kind: 'service',
    service: arn.includes(':lambda:') ? 'lambda.alarms.cloudwatch.amazonaws.com' : 'cloudwatch.amazonaws.com',
    sourceArn: alarmArn(alarm),
    sourceAccount: alarm.account,
    // By it a topic's own policy lets in the alarms of its account.
    sourceOwner: alarm.account,
  };
}

/** `ALARM: "too slow" in US East (N. Virginia)`; a long name is cut, so that a topic takes it. */
function subjectOf({ name, region, state }: Alarm): string {
  const place = `" in ${regionName(region)}`;
  const begin = `${state.value}: "`;
  const left = SUBJECT_LENGTH_MAX - begin.length - place.length;
  // Subjects are ASCII.
  const plain = name.replace(/[^\x20-\x7e]/g, '?');
  return `${begin}${plain.length > left ? `${plain.slice(0, left - 3)}...` : plain}${place}`;
}

/** As AWS's were recorded. */
function topicMessage(alarm: Alarm, before: AlarmState): object {
  const { settings, state } = alarm;
  const isComposite = settings.kind === 'composite';
  return {
    AlarmName: alarm.name,
    AlarmDescription: settings.description ?? null,
    AWSAccountId: alarm.account,
    AlarmConfigurationUpdatedTimestamp: timestamp(alarm.configuredMs),
    ...(isComposite ? { AlarmRule: settings.rule } : {}),
    NewStateValue: state.value,
    NewStateReason: state.reason,
    StateChangeTime: timestamp(state.updatedMs),
    Region: regionName(alarm.region),
    AlarmArn: alarmArn(alarm),
    OldStateValue: before.value,
    OKActions: settings.actions.OK,
    AlarmActions: settings.actions.ALARM,
    InsufficientDataActions: settings.actions.INSUFFICIENT_DATA,
    ...(isComposite ? {} : { Trigger: triggerOf(settings) }),
  };
}

function triggerOf(settings: MetricSettings): object {
  const { watched, evaluationPeriods, datapointsToAlarm, comparison, threshold, missing, lowSampleCount } = settings;
  const criteria = {
    EvaluationPeriods: evaluationPeriods,
    ...(datapointsToAlarm === undefined ? {} : { DatapointsToAlarm: datapointsToAlarm }),
    ComparisonOperator: comparison,
    Threshold: threshold,
    TreatMissingData: missing ?? 'missing',
    EvaluateLowSampleCountPercentile: lowSampleCount ?? '',
  };
  if (watched.kind === 'math') {
    const Period = Math.max(...watched.queries.map(({ periodS = 0 }) => periodS));
    return { Period, ...criteria, Metrics: watched.queries.map(triggerQuery) };
  }
  const { metric, statistic, unit, periodS } = watched;
  const isExtended = !/^(SampleCount|Average|Sum|Minimum|Maximum)$/.test(statistic);
  return {
    MetricName: metric.name,
    Namespace: metric.namespace,
    ...(isExtended
      ? { StatisticType: 'ExtendedStatistic', ExtendedStatistic: statistic }
      : { StatisticType: 'Statistic', Statistic: statistic.replace(/(?<=[a-z])[A-Z]/, '_$&').toUpperCase() }),
    Unit: unit ?? null,
    Dimensions: metric.dimensions.map(({ name, value }) => ({ value, name })),
    Period: periodS,
    ...criteria,
  };
}

function triggerQuery(query: WatchedQuery): object {
  const common = {
    Id: query.id,
    ...(query.label === undefined ? {} : { Label: query.label }),
    ReturnData: query.isReturned,
  };
  if (query.kind === 'expression') return { Expression: query.text, ...common };
  const { metric, periodS, statistic, unit } = query;
  const Metric = {
    Dimensions: metric.dimensions.map(({ name, value }) => ({ value, name })),
    MetricName: metric.name,
    Namespace: metric.namespace,
  };
  const MetricStat = { Metric, Period: periodS, Stat: statistic, ...(unit === undefined ? {} : { Unit: unit }) };
  return { ...common, MetricStat };
}

/** As AWS's were recorded. `id`: of the metric of an alarm on a single one, which has none of its own. */
function functionEvent(alarm: Alarm, before: AlarmState, id: string): object {
  return {
    source: 'aws.cloudwatch',
    alarmArn: alarmArn(alarm),
    accountId: alarm.account,
    time: timestamp(alarm.state.updatedMs),
    region: alarm.region,
    alarmData: alarmData(alarm, before, id),
  };
}

/** Also the detail of the event that a bus gets. */
function alarmData(alarm: Alarm, before: AlarmState, id: string): object {
  return {
    alarmName: alarm.name,
    state: stateData(alarm.state),
    previousState: stateData(before),
    configuration: configurationData(alarm, id),
  };
}

function stateData({ value, reason, reasonData, updatedMs }: AlarmState): object {
  return { value, reason, ...(reasonData === undefined ? {} : { reasonData }), timestamp: timestamp(updatedMs) };
}

function configurationData({ settings }: Alarm, id: string): object {
  const description = settings.description === undefined ? {} : { description: settings.description };
  if (settings.kind === 'composite') return { ...description, alarmRule: settings.rule };
  const { watched } = settings;
  const queries: readonly WatchedQuery[] =
    watched.kind === 'math' ? watched.queries : [{ ...watched, id, isReturned: true }];
  return { ...description, metrics: queries.map(metricData) };
}

function metricData(query: WatchedQuery): object {
  const { id, label, isReturned } = query;
  const common = { id, ...(label === undefined ? {} : { label }), returnData: isReturned };
  if (query.kind === 'expression') return { ...common, expression: query.text };
  const { metric, periodS, statistic, unit } = query;
  const stat = { metric: named(metric), period: periodS, stat: statistic, ...(unit === undefined ? {} : { unit }) };
  return { ...common, metricStat: stat };
}

const named = ({ namespace, name, dimensions }: Metric) => ({ namespace, name, dimensions: asMap(dimensions) });

const asMap = (dimensions: readonly Dimension[]) =>
  Object.fromEntries(dimensions.map(({ name, value }) => [name, value]));
