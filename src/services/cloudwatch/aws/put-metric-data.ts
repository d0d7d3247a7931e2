import type { MetricDatum, PutMetricDataInput } from '@aws-sdk/client-cloudwatch';
import type { Handlers } from '../../../wire/service.ts';
import type { CloudWatch } from '../cloudwatch.ts';
import type { Sample } from '../metric-store.ts';
import { addStatistics, addValue, emptySketch, type Sketch } from '../sketch.ts';
import {
  checkDimensions,
  checkMetricName,
  checkNamespace,
  checkUnit,
  dimensionsFromAws,
  Flaws,
  unitFromAws,
} from './parameters.ts';

type Client = typeof import('@aws-sdk/client-cloudwatch');

/** AWS's limits (API reference, PutMetricData). */
const DATA_MAX = 1_000;
const VALUES_MAX = 150;
const VALUE_MAX = 2 ** 360;
const PAST_MS_MAX = 14 * 86_400_000;
const FUTURE_MS_MAX = 2 * 3_600_000;

export function putMetricDataHandlers(cloudWatch: () => CloudWatch): Handlers<Client> {
  return {
    async PutMetricData(input, { account, region }) {
      const nowMs = cloudWatch().nowMs();
      const { Namespace: namespace = '', data } = checked(input, nowMs);
      await cloudWatch().record(
        { account, region },
        data.map((datum) => sampleOf(namespace, datum, nowMs)),
      );
      return {};
    },
  };
}

/** All data of a request. An entity tells observability tools what the values are about: nobody reads it here. */
function checked(input: PutMetricDataInput, nowMs: number): { Namespace: string | undefined; data: MetricDatum[] } {
  const flaws = new Flaws();
  const { Namespace, MetricData = [], EntityMetricData = [] } = input;
  checkNamespace(flaws, Namespace);
  // AWS's own services put theirs by other ways.
  if (Namespace?.startsWith('AWS/')) flaws.invalid(`The value ${Namespace} for parameter Namespace is invalid.`);
  const data = [...MetricData, ...EntityMetricData.flatMap((one) => one.MetricData ?? [])];
  if (data.length === 0) flaws.missing('MetricData');
  flaws.size('MetricData', data, DATA_MAX);
  flaws.throwIfAny();
  for (const [at, datum] of data.entries()) checkDatum(flaws, `MetricData.member.${at + 1}`, datum, nowMs);
  flaws.throwIfAny();
  return { Namespace, data };
}

function checkDatum(flaws: Flaws, path: string, datum: MetricDatum, nowMs: number): void {
  checkMetricName(flaws, `${path}.MetricName`, datum.MetricName);
  checkDimensions(flaws, `${path}.Dimensions`, datum.Dimensions ?? []);
  checkUnit(flaws, `${path}.Unit`, datum.Unit);
  const atMs = datum.Timestamp?.getTime() ?? nowMs;
  // NaN, of a date that is none, is on neither side.
  if (!(atMs >= nowMs - PAST_MS_MAX && atMs <= nowMs + FUTURE_MS_MAX))
    flaws.invalid(`The parameter ${path}.Timestamp must specify a time within the past two weeks.`);
  const { StorageResolution: resolution } = datum;
  if (resolution !== undefined && resolution !== 1 && resolution !== 60)
    flaws.invalid(`The parameter ${path}.StorageResolution must be a value in the set [ 1, 60 ].`);
  checkValues(flaws, path, datum);
}

function checkValues(flaws: Flaws, path: string, { Value, Values, Counts, StatisticValues }: MetricDatum): void {
  const given = [
    ...(Value === undefined ? [] : ['Value']),
    ...(Values === undefined ? [] : ['Values']),
    ...(StatisticValues === undefined ? [] : ['StatisticValues']),
  ];
  const [first, second] = given;
  if (first === undefined)
    flaws.noneOf(
      `At least one of the parameters ${path}.Value, ${path}.Values or ${path}.StatisticValues must be specified.`,
    );
  else if (second !== undefined)
    flaws.combination(
      `The parameters ${path}.${first} and ${path}.${second} are mutually exclusive and you have specified both.`,
    );
  checkNumbers(flaws, `${path}.Value`, Value === undefined ? [] : [Value]);
  if (Values !== undefined) {
    if (Values.length === 0) flaws.missing(`${path}.Values`);
    flaws.size(`${path}.Values`, Values, VALUES_MAX);
    checkNumbers(flaws, `${path}.Values`, Values);
    if (Counts !== undefined && Counts.length !== Values.length)
      flaws.invalid(`The parameters ${path}.Values and ${path}.Counts must be of the same size.`);
    for (const count of Counts ?? []) {
      if (!(count > 0) || count > VALUE_MAX)
        flaws.invalid(`The value ${count} for parameter ${path}.Counts is invalid.`);
    }
  }
  if (StatisticValues !== undefined) checkSet(flaws, `${path}.StatisticValues`, StatisticValues);
}

function checkSet(flaws: Flaws, path: string, set: NonNullable<MetricDatum['StatisticValues']>): void {
  const { SampleCount, Sum, Minimum, Maximum } = set;
  for (const [name, value] of Object.entries({ Maximum, Minimum, SampleCount, Sum })) {
    if (value === undefined) flaws.missing(`${path}.${name}`);
    else checkNumbers(flaws, `${path}.${name}`, [value]);
  }
  if (SampleCount !== undefined && SampleCount < 0)
    flaws.invalid(`The parameter ${path}.SampleCount must be greater than 0.`);
  if (SampleCount === 0) flaws.invalid(`The parameter ${path}.SampleCount must not equal 0.`);
  if (Maximum !== undefined && Minimum !== undefined && Maximum < Minimum)
    flaws.invalid(`The parameter ${path}.Maximum must be greater than ${path}.Minimum.`);
}

function checkNumbers(flaws: Flaws, path: string, values: readonly number[]): void {
  for (const value of values) {
    if (!(Math.abs(value) <= VALUE_MAX)) flaws.invalid(`The value ${value} for parameter ${path} is invalid.`);
  }
}

function sampleOf(namespace: string, datum: MetricDatum, nowMs: number): Sample {
  return {
    metric: { namespace, name: datum.MetricName ?? '', dimensions: dimensionsFromAws(datum.Dimensions) },
    unit: unitFromAws(datum.Unit),
    atMs: datum.Timestamp?.getTime() ?? nowMs,
    resolutionS: datum.StorageResolution === 1 ? 1 : 60,
    sketch: sketchOf(datum),
  };
}

function sketchOf({ Value, Values, Counts, StatisticValues }: MetricDatum): Sketch {
  const sketch = emptySketch();
  if (Value !== undefined) addValue(sketch, Value);
  for (const [at, value] of (Values ?? []).entries()) addValue(sketch, value, Counts?.[at] ?? 1);
  if (StatisticValues !== undefined) {
    const { SampleCount: count = 0, Sum: sum = 0, Minimum: min = 0, Maximum: max = 0 } = StatisticValues;
    addStatistics(sketch, { count, sum, min, max });
  }
  return sketch;
}
