import type { Metric, Scope } from './metric.ts';

/** In the order in which AWS's errors name them. */
export const STATES = ['INSUFFICIENT_DATA', 'ALARM', 'OK'] as const;
export type StateValue = (typeof STATES)[number];

export const COMPARISONS = [
  'GreaterThanOrEqualToThreshold',
  'GreaterThanThreshold',
  'LessThanThreshold',
  'LessThanOrEqualToThreshold',
] as const;
export type Comparison = (typeof COMPARISONS)[number];

/** What a period without values counts as. `missing` and `ignore` differ in what all periods without values come to. */
export const TREATMENTS = ['breaching', 'notBreaching', 'ignore', 'missing'] as const;
export type Treatment = (typeof TREATMENTS)[number];

export interface AlarmState {
  readonly value: StateValue;
  readonly reason: string;
  /** JSON. */
  readonly reasonData?: string | undefined;
  /** Of the last change of any of these. */
  readonly updatedMs: number;
  /** Of the last change of the value. */
  readonly transitionedMs: number;
}

interface CommonSettings {
  readonly description?: string | undefined;
  readonly actionsEnabled: boolean;
  /** ARNs of topics and functions, by the state that they are told of. */
  readonly actions: Readonly<Record<StateValue, readonly string[]>>;
}

export interface WatchedMetric {
  readonly kind: 'metric';
  readonly metric: Metric;
  readonly periodS: number;
  readonly statistic: string;
  readonly unit?: string | undefined;
}

/** One of the queries of an alarm on metric math. */
export type WatchedQuery = {
  readonly id: string;
  readonly label?: string | undefined;
  readonly isReturned: boolean;
} & (WatchedMetric | { readonly kind: 'expression'; readonly text: string; readonly periodS?: number | undefined });

export interface MetricSettings extends CommonSettings {
  readonly kind: 'metric';
  readonly watched: WatchedMetric | { readonly kind: 'math'; readonly queries: readonly WatchedQuery[] };
  readonly evaluationPeriods: number;
  /** Of them, how many must breach: all, unless it is given. */
  readonly datapointsToAlarm?: number | undefined;
  readonly threshold: number;
  readonly comparison: Comparison;
  readonly missing?: Treatment | undefined;
  /** Of percentiles of few values. */
  readonly lowSampleCount?: 'evaluate' | 'ignore' | undefined;
}

export interface CompositeSettings extends CommonSettings {
  readonly kind: 'composite';
  readonly rule: string;
}

export type AlarmSettings = MetricSettings | CompositeSettings;

export interface Alarm<Settings extends AlarmSettings = AlarmSettings> extends Scope {
  readonly name: string;
  readonly settings: Settings;
  readonly state: AlarmState;
  readonly tags: Readonly<Record<string, string>>;
  readonly configuredMs: number;
}

export const isMetricAlarm = (alarm: Alarm): alarm is Alarm<MetricSettings> => alarm.settings.kind === 'metric';

export const isComposite = (alarm: Alarm): alarm is Alarm<CompositeSettings> => alarm.settings.kind === 'composite';

export function alarmArn({ account, region, name }: Scope & { readonly name: string }): string {
  return `arn:aws:cloudwatch:${region}:${account}:alarm:${name}`;
}

/** The length of a period that the alarm watches, in seconds. */
export function periodOf({ watched }: MetricSettings): number {
  if (watched.kind === 'metric') return watched.periodS;
  return Math.max(1, ...watched.queries.map(({ periodS = 0 }) => periodS));
}

/** AWS: alarms are evaluated each minute, those with periods under a minute every ten seconds, those across days every hour. */
export const INTERVALS_S = [10, 60, 3_600] as const;

/** How often an alarm is evaluated; 0: whenever another alarm changes. */
export function intervalOf(settings: AlarmSettings): number {
  if (settings.kind === 'composite') return 0;
  const periodS = periodOf(settings);
  if (periodS < 60) return 10;
  return periodS * settings.evaluationPeriods > 86_400 ? 3_600 : 60;
}
