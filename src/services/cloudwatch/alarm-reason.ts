import type { Comparison, MetricSettings, StateValue } from './alarm.ts';
import { periodOf } from './alarm.ts';
import type { Evaluation } from './evaluate-alarm.ts';

type Decided = Extract<Evaluation, { kind: 'decided' }>;

const WORDS: Readonly<Record<Comparison, string>> = {
  GreaterThanOrEqualToThreshold: 'greater than or equal to',
  GreaterThanThreshold: 'greater than',
  LessThanThreshold: 'less than',
  LessThanOrEqualToThreshold: 'less than or equal to',
};

/** AWS tells so many values at most. */
const TOLD_MAX = 5;

/** Why an alarm's state is what it is, in AWS's words as they were recorded. */
export function reasonOf(
  settings: MetricSettings,
  decided: Decided,
  isBreaching: (value: number) => boolean,
  before: StateValue,
): string {
  const { state, evaluated, filled } = decided;
  const { evaluationPeriods, datapointsToAlarm, missing, threshold, comparison } = settings;
  if (state === 'INSUFFICIENT_DATA') return `Insufficient Data: ${datapoints(filled)} ${was(filled)} unknown.`;
  const treated = missing === 'breaching' ? 'Breaching' : 'NonBreaching';
  const fill = `${filled} missing datapoint${filled === 1 ? ' was' : 's were'} treated as [${treated}]`;
  if (evaluated.length === 0) {
    const periods = `${evaluationPeriods} period${evaluationPeriods === 1 ? '' : 's'}`;
    return `Threshold Crossed: no datapoints were received for ${periods} and ${fill}.`;
  }
  const decisive = evaluated.filter(({ value }) => isBreaching(value) === (state === 'ALARM'));
  const told = decisive.length === 0 ? evaluated : decisive;
  const values = told.slice(0, TOLD_MAX).map(({ atS, value }) => `${double(value)} (${dateText(atS)})`);
  const list = `[${values.join(', ')}${told.length > TOLD_MAX ? ', ...' : ''}]`;
  const is = `${was(told.length)} ${decisive.length > 0 && state === 'OK' ? 'not ' : ''}${WORDS[comparison]}`;
  const crossed = `${is} the threshold (${double(threshold)})`;
  const isFilled = filled > 0 && (missing === 'breaching' || missing === 'notBreaching');
  const also = isFilled ? ` and ${fill}` : '';
  if (datapointsToAlarm === undefined)
    return `Threshold Crossed: ${datapoints(told.length)} ${list} ${crossed}${also}.`;
  const least = state === 'ALARM' ? datapointsToAlarm : evaluationPeriods - datapointsToAlarm + 1;
  const from = before === 'INSUFFICIENT_DATA' ? (state === 'ALARM' ? 'OK' : 'ALARM') : before;
  return `Threshold Crossed: ${told.length} out of the last ${evaluationPeriods} datapoints ${list} ${crossed}${also} (minimum ${datapoints(least)} for ${from} -> ${state} transition).`;
}

/** JSON, as AWS's StateReasonData. */
export function reasonDataOf(settings: MetricSettings, { evaluated, filled }: Decided, nowMs: number): string {
  const { watched, threshold } = settings;
  const oldest = evaluated.at(-1);
  const newestS = Math.floor(nowMs / 60_000) * 60;
  const points = evaluated.map(({ atS, value, count }) => ({
    timestamp: timestamp(atS * 1_000),
    ...(count === undefined ? {} : { sampleCount: count }),
    value,
  }));
  const periodS = periodOf(settings);
  const unknown = Array.from({ length: filled }, (_, at) => ({
    timestamp: timestamp((newestS - (at + 1) * periodS) * 1_000),
  }));
  return JSON.stringify({
    version: '1.0',
    queryDate: timestamp(nowMs),
    ...(oldest === undefined ? {} : { startDate: timestamp(oldest.atS * 1_000) }),
    ...(watched.kind === 'metric' ? { unit: watched.unit, statistic: watched.statistic } : {}),
    period: periodS,
    recentDatapoints: evaluated.map(({ value }) => value).reverse(),
    threshold,
    evaluatedDatapoints: [...points, ...unknown],
  });
}

/** `2024-01-03T17:30:00.123+0000` */
export function timestamp(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '+0000');
}

const was = (count: number) => (count === 1 ? 'was' : 'were');
const datapoints = (count: number) => `${count} datapoint${count === 1 ? '' : 's'}`;

/** A number as Java prints it. */
function double(value: number): string {
  const size = Math.abs(value);
  if (value !== 0 && (size < 1e-3 || size >= 1e7)) {
    const [digits = '', power = ''] = value.toExponential().split('e');
    return `${digits.includes('.') ? digits : `${digits}.0`}E${Number(power)}`;
  }
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

/** `26/02/26 10:12:00` */
function dateText(atS: number): string {
  const [year = '', month, day] = new Date(atS * 1_000).toISOString().slice(0, 10).split('-');
  return `${day}/${month}/${year.slice(2)} ${new Date(atS * 1_000).toISOString().slice(11, 19)}`;
}
