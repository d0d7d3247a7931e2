import type { Sketch } from './sketch.ts';

export const SIMPLE_STATISTICS = ['SampleCount', 'Average', 'Sum', 'Minimum', 'Maximum'] as const;
export type SimpleStatistic = (typeof SIMPLE_STATISTICS)[number];

/** What is asked of the values of a period ("CloudWatch statistics definitions" of AWS's guide). */
export type Statistic =
  | { readonly kind: 'simple'; readonly name: SimpleStatistic }
  | { readonly kind: 'percentile'; readonly percent: number }
  /** Of the values within both bounds: their mean, mean with the others moved to the bounds, number, or sum. */
  | { readonly kind: 'trimmed-mean' | 'winsorized-mean' | 'trimmed-count' | 'trimmed-sum'; readonly within: Bounds }
  /** How many percent of the values are within both bounds. */
  | { readonly kind: 'rank'; readonly within: Extract<Bounds, { by: 'value' }> };

/** The lower one is exclusive, the upper one inclusive. */
type Bounds =
  | { readonly by: 'percent'; readonly from: number; readonly to: number }
  | { readonly by: 'value'; readonly from: number; readonly to: number };

const KINDS = { tm: 'trimmed-mean', wm: 'winsorized-mean', tc: 'trimmed-count', ts: 'trimmed-sum' } as const;
const NUMBER = String.raw`\d+(?:\.\d{1,10})?`;
const SHORT = new RegExp(`^(p|tm|wm|tc|ts)(${NUMBER})$`);
const RANGE = new RegExp(String.raw`^(TM|WM|TC|TS|PR)\((-?${NUMBER})?(%)?:(-?${NUMBER})?(%)?\)$`);

/** `Sum`, `p99.9`, `tm90`, `TM(10%:90%)`, `PR(:300)`, `IQM`; undefined for what is no statistic. */
export function parseStatistic(text: string): Statistic | undefined {
  const simple = SIMPLE_STATISTICS.find((name) => name === text);
  if (simple !== undefined) return { kind: 'simple', name: simple };
  if (/^IQM$/i.test(text)) return { kind: 'trimmed-mean', within: { by: 'percent', from: 25, to: 75 } };
  return parseShort(text) ?? parseRange(text);
}

function parseShort(text: string): Statistic | undefined {
  const [, kind, number] = SHORT.exec(text) ?? [];
  const percent = Number(number);
  if (kind === undefined || percent > 100) return undefined;
  if (kind === 'p') return { kind: 'percentile', percent };
  // SAFE: the pattern lets only these through.
  return { kind: KINDS[kind as keyof typeof KINDS], within: { by: 'percent', from: 0, to: percent } };
}

function parseRange(text: string): Statistic | undefined {
  const [, name, low, lowPercent, high, highPercent] = RANGE.exec(text) ?? [];
  if (name === undefined || (low === undefined && high === undefined)) return undefined;
  const isPercent = lowPercent !== undefined || highPercent !== undefined;
  // Where one bound has a percent sign, so must the other, if it is there.
  if (
    isPercent &&
    ((low !== undefined && lowPercent === undefined) || (high !== undefined && highPercent === undefined))
  )
    return undefined;
  if ((low === undefined && lowPercent !== undefined) || (high === undefined && highPercent !== undefined))
    return undefined;
  if (isPercent) {
    const within = { by: 'percent', from: Number(low ?? 0), to: Number(high ?? 100) } as const;
    if (name === 'PR' || within.from < 0 || within.to > 100 || within.from >= within.to) return undefined;
    return { kind: KINDS[name.toLowerCase() as keyof typeof KINDS], within }; // SAFE: the pattern lets only these through.
  }
  const from = low === undefined ? Number.NEGATIVE_INFINITY : Number(low);
  const to = high === undefined ? Number.POSITIVE_INFINITY : Number(high);
  if (from >= to) return undefined;
  const within = { by: 'value', from, to } as const;
  if (name === 'PR') return { kind: 'rank', within };
  return { kind: KINDS[name.toLowerCase() as keyof typeof KINDS], within }; // SAFE: as above.
}

/** Whether numbers, sums and extremes suffice. */
export function needsDistribution({ kind }: Statistic): boolean {
  return kind !== 'simple';
}

/** undefined if it cannot be told, because nobody knows how the values are distributed, or if there are none. */
export function statisticOf(statistic: Statistic, sketch: Readonly<Sketch>): number | undefined {
  if (sketch.count <= 0) return undefined;
  switch (statistic.kind) {
    case 'simple':
      return simpleValue(statistic.name, sketch);
    case 'percentile': {
      const ranked = ranks(sketch);
      return ranked && valueAt(ranked, Math.max(1, Math.ceil((statistic.percent / 100) * sketch.count)));
    }
    case 'rank': {
      const ranked = ranks(sketch);
      return ranked && (sumOf(ranked, statistic.within).count / sketch.count) * 100;
    }
    default: {
      const ranked = ranks(sketch);
      return ranked && trimmed(statistic, ranked, sketch.count);
    }
  }
}

function simpleValue(name: SimpleStatistic, { count, sum, min, max }: Readonly<Sketch>): number {
  switch (name) {
    case 'SampleCount':
      return count;
    case 'Average':
      return sum / count;
    case 'Sum':
      return sum;
    case 'Minimum':
      return min;
    case 'Maximum':
      return max;
  }
}

type Ranked = readonly (readonly [value: number, count: number])[];

/** The middles of outer buckets lie beyond the outermost values; those are known. */
function ranks({ distribution, min, max }: Readonly<Sketch>): Ranked | undefined {
  if (distribution === undefined) return undefined;
  return [...distribution.counts]
    .map(([value, count]) => [Math.min(max, Math.max(min, value)), count] as const)
    .sort(([one], [other]) => one - other);
}

/** The value at a place from 1 to the number of values. */
function valueAt(ranked: Ranked, place: number): number {
  let before = 0;
  for (const [value, count] of ranked) {
    before += count;
    if (before >= place) return value;
  }
  return ranked.at(-1)?.[0] ?? 0;
}

function trimmed(
  { kind, within }: Exclude<Statistic, { kind: 'simple' | 'percentile' | 'rank' }>,
  ranked: Ranked,
  total: number,
): number | undefined {
  const places = within.by === 'percent' ? placesOf(within, total) : undefined;
  const { count, sum } = places === undefined ? sumOf(ranked, within) : sumOfPlaces(ranked, places);
  switch (kind) {
    case 'trimmed-count':
      return count;
    case 'trimmed-sum':
      return sum;
    case 'trimmed-mean':
      return count === 0 ? undefined : sum / count;
    case 'winsorized-mean': {
      const low = places === undefined ? within.from : valueAt(ranked, places.from + 1);
      const high = places === undefined ? within.to : valueAt(ranked, Math.max(1, places.to));
      return ranked.reduce((moved, [value, times]) => moved + Math.min(high, Math.max(low, value)) * times, 0) / total;
    }
  }
}

/** Between which places, from 0 to the number of values, the values of a range of percents are. */
function placesOf({ from, to }: Bounds, total: number): { from: number; to: number } {
  return { from: Math.floor((from / 100) * total), to: Math.floor((to / 100) * total) };
}

function sumOfPlaces(ranked: Ranked, places: { from: number; to: number }): { count: number; sum: number } {
  let before = 0;
  let count = 0;
  let sum = 0;
  for (const [value, times] of ranked) {
    const taken = Math.max(0, Math.min(before + times, places.to) - Math.max(before, places.from));
    before += times;
    count += taken;
    sum += taken * value;
  }
  return { count, sum };
}

function sumOf(ranked: Ranked, { from, to }: Bounds): { count: number; sum: number } {
  let count = 0;
  let sum = 0;
  for (const [value, times] of ranked) {
    if (value <= from || value > to) continue;
    count += times;
    sum += times * value;
  }
  return { count, sum };
}
