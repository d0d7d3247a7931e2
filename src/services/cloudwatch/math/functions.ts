import { BadExpression } from './expression.ts';
import {
  mapped,
  ofSeries,
  periodsOf,
  type Series,
  type Span,
  scalar,
  sortedPoints,
  timesOf,
  type Value,
} from './series.ts';

/** What a function is given: its values, or the bare words and texts that only some take. */
export type Given = Value | { readonly kind: 'word'; readonly text: string };

type MathFunction = (given: readonly Given[], span: Span, name: string) => Value;

type Fold = (values: readonly number[]) => number;

/** Of at least one value. */
const average: Fold = (values) => sum(values) / values.length;
const largest: Fold = (values) => values.reduce((one, other) => Math.max(one, other));
const smallest: Fold = (values) => values.reduce((one, other) => Math.min(one, other));

const SORTED_BY: Readonly<Record<string, Fold | undefined>> = { AVG: average, MAX: largest, MIN: smallest, SUM: sum };

/** Those that look at values alone. `METRICS` and `SEARCH`, which look at queries, are where the evaluator is. */
export const FUNCTIONS: Readonly<Record<string, MathFunction | undefined>> = {
  ABS: each(Math.abs),
  CEIL: each(Math.ceil),
  FLOOR: each(Math.floor),
  LOG: each(Math.log),
  LOG10: each(Math.log10),
  AVG: folded(average),
  MAX: folded(largest),
  MIN: folded(smallest),
  SUM: folded(sum),
  STDDEV: folded(deviation),
  DATAPOINT_COUNT: (given, _span, name) => {
    const value = only(given, name);
    if (value.kind === 'list') return ofSeries(across(value.list, (values) => values.length));
    return scalar(seriesIn(value, name).points.size);
  },
  METRIC_COUNT: (given, _span, name) => scalar(listIn(only(given, name)).length),
  PERIOD: (given, _span, name) => scalar(seriesIn(only(given, name), name).periodS),
  DIFF: overTime((before, value) => value - before),
  DIFF_TIME: overTime((_before, _value, seconds) => seconds),
  RATE: overTime((before, value, seconds) => (value - before) / seconds),
  RUNNING_SUM: perSeries((series) => {
    let total = 0;
    return mapped(series, (value) => {
      total += value;
      return total;
    });
  }),
  EPOCH: perSeries((series) => mapped(series, (_value, atS) => atS)),
  MINUTE: calendar((date) => date.getUTCMinutes()),
  HOUR: calendar((date) => date.getUTCHours()),
  DAY: calendar((date) => date.getUTCDay() || 7),
  DATE: calendar((date) => date.getUTCDate()),
  MONTH: calendar((date) => date.getUTCMonth() + 1),
  YEAR: calendar((date) => date.getUTCFullYear()),
  FIRST: (given, _span, name) => ofSeries(member(listIn(only(given, name)), 0, name)),
  LAST: (given, _span, name) => ofSeries(member(listIn(only(given, name)), -1, name)),
  SLICE: ([list, from, to, ...more], _span, name) => {
    if (list === undefined || from === undefined || more.length > 0) throw wrong(name);
    const start = numberIn(from, name);
    const all = listIn(list);
    if (to === undefined) return ofSeries(member(all, start, name));
    return { kind: 'list', list: all.slice(start, numberIn(to, name)) };
  },
  SORT: ([list, by, order, count, ...more], _span, name) => {
    if (list === undefined || by?.kind !== 'word' || order?.kind !== 'word' || more.length > 0) throw wrong(name);
    const fold = SORTED_BY[by.text];
    const direction = order.text === 'ASC' ? 1 : order.text === 'DESC' ? -1 : undefined;
    if (fold === undefined || direction === undefined) throw wrong(name);
    const rank = ({ points }: Series) => (points.size === 0 ? Number.NEGATIVE_INFINITY : fold([...points.values()]));
    const sorted = [...listIn(list)].sort((one, other) => (rank(one) - rank(other)) * direction);
    return { kind: 'list', list: count === undefined ? sorted : sorted.slice(0, numberIn(count, name)) };
  },
  REMOVE_EMPTY: (given, _span, name) => ({
    kind: 'list',
    list: listIn(only(given, name)).filter(({ points }) => points.size > 0),
  }),
  FILL: ([value, filler, ...more], span, name) => {
    if (value === undefined || filler === undefined || more.length > 0) throw wrong(name);
    return perSeries((series) => filled(series, filler, span, name))([value], span, name);
  },
  IF: ([condition, yes, no, ...more], _span, name) => {
    if (condition === undefined || yes === undefined || more.length > 0) throw wrong(name);
    return chosen(condition, yes, no, name);
  },
  TIME_SERIES: (given, span, name) => {
    const value = numberIn(only(given, name), name);
    const points = new Map(periodsOf(span, 60).map((atS) => [atS, value]));
    return ofSeries({ label: name, periodS: 60, points });
  },
};

/** The series of a value, of which a number is none. */
export function listIn(value: Given): readonly Series[] {
  if (value.kind === 'list') return value.list;
  if (value.kind === 'series') return [value.series];
  throw new BadExpression('Expected an array of time series');
}

function seriesIn(value: Given, name: string): Series {
  if (value.kind !== 'series') throw wrong(name);
  return value.series;
}

function numberIn(value: Given, name: string): number {
  if (value.kind !== 'scalar') throw wrong(name);
  return value.value;
}

function only(given: readonly Given[], name: string): Given {
  const [value] = given;
  if (value === undefined || given.length > 1) throw wrong(name);
  return value;
}

const wrong = (name: string) => new BadExpression(`Unsupported arguments of the function ${name}`);

function member(list: readonly Series[], at: number, name: string): Series {
  const found = list.at(at);
  if (found === undefined) throw new BadExpression(`The array given to ${name} has no such member`);
  return found;
}

/** The same for each series, or for a number. */
function each(change: (value: number) => number): MathFunction {
  return (given, span, name) => {
    const value = only(given, name);
    if (value.kind === 'scalar') return scalar(change(value.value));
    return perSeries((series) => mapped(series, change))(given, span, name);
  };
}

function perSeries(change: (series: Series) => Series): MathFunction {
  return (given, _span, name) => {
    const value = only(given, name);
    if (value.kind === 'list') return { kind: 'list', list: value.list.map(change) };
    return ofSeries(change(seriesIn(value, name)));
  };
}

/** AWS: of one series the result is a number, of several a series. */
function folded(fold: Fold): MathFunction {
  return (given, _span, name) => {
    const value = only(given, name);
    if (value.kind === 'scalar') return value;
    if (value.kind === 'list') return ofSeries(across(value.list, fold));
    const values = [...seriesIn(value, name).points.values()];
    return scalar(values.length === 0 ? Number.NaN : fold(values));
  };
}

/** At each time at which one of them has a value. */
function across(list: readonly Series[], fold: Fold): Series {
  const points = new Map<number, number>();
  for (const atS of timesOf(list)) {
    const values = list.flatMap((series) => series.points.get(atS) ?? []);
    points.set(atS, fold(values));
  }
  return { label: '', periodS: Math.max(...list.map(({ periodS }) => periodS), 1), points };
}

/** From each value and the one before it; the first one has none. */
function overTime(step: (before: number, value: number, seconds: number) => number): MathFunction {
  return perSeries((series) => {
    let last: { atS: number; value: number } | undefined;
    return mapped(series, (value, atS) => {
      const before = last;
      last = { atS, value };
      return before && step(before.value, value, atS - before.atS);
    });
  });
}

function calendar(part: (date: Date) => number): MathFunction {
  return perSeries((series) => mapped(series, (_value, atS) => part(new Date(atS * 1_000))));
}

function filled(series: Series, filler: Given, span: Span, name: string): Series {
  const times = periodsOf(span, series.periodS);
  if (filler.kind === 'series')
    return { ...series, points: fillWith(series, times, (atS) => filler.series.points.get(atS)) };
  if (filler.kind === 'scalar') return { ...series, points: fillWith(series, times, () => filler.value) };
  if (filler.kind !== 'word') throw wrong(name);
  if (filler.text !== 'REPEAT' && filler.text !== 'LINEAR') throw wrong(name);
  const known = [...series.points];
  // Both go through the times in their order, so that the values around one are found by a step at a time.
  let next = 0;
  const around = (atS: number) => {
    while ((known[next]?.[0] ?? Number.POSITIVE_INFINITY) < atS) next += 1;
    return { before: known[next - 1], behind: known[next] };
  };
  const fill = filler.text === 'REPEAT' ? repeated : between;
  return { ...series, points: fillWith(series, times, (atS) => fill(around(atS), atS)) };
}

function fillWith(
  { points }: Series,
  times: readonly number[],
  fill: (atS: number) => number | undefined,
): Map<number, number> {
  const whole = new Map(points);
  for (const atS of times) {
    if (points.has(atS)) continue;
    const value = fill(atS);
    if (value !== undefined) whole.set(atS, value);
  }
  return sortedPoints(whole);
}

type Point = readonly [atS: number, value: number];

const repeated = ({ before }: { before: Point | undefined }): number | undefined => before?.[1];

/** On the line between both; at the ends as the nearest one. */
function between(
  { before, behind }: { before: Point | undefined; behind: Point | undefined },
  atS: number,
): number | undefined {
  if (before === undefined || behind === undefined) return (before ?? behind)?.[1];
  return before[1] + ((behind[1] - before[1]) * (atS - before[0])) / (behind[0] - before[0]);
}

function chosen(condition: Given, yes: Given, no: Given | undefined, name: string): Value {
  const pick = (value: Given | undefined, atS: number): number | undefined => {
    if (value === undefined) return undefined;
    return value.kind === 'scalar' ? value.value : seriesIn(value, name).points.get(atS);
  };
  if (condition.kind === 'scalar') {
    const taken = condition.value !== 0 ? yes : no;
    if (taken === undefined) return ofSeries({ label: '', periodS: 60, points: new Map() });
    if (taken.kind === 'word') throw wrong(name);
    return taken;
  }
  if (condition.kind === 'list') {
    const list = condition.list.map((series) => chosen(ofSeries(series), yes, no, name));
    return { kind: 'list', list: list.map((value) => seriesIn(value, name)) };
  }
  const series = seriesIn(condition, name);
  return ofSeries(mapped(series, (value, atS) => pick(value !== 0 ? yes : no, atS)));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Of all values, not of a sample of them. */
function deviation(values: readonly number[]): number {
  const mean = sum(values) / values.length;
  return Math.sqrt(sum(values.map((value) => (value - mean) ** 2)) / values.length);
}
