// What is kept of many values: their number, sum and extremes exactly, and how they are distributed: exactly while they are
// few, and beyond that in buckets that grow with the values, as AWS does (its agent publishes "SEH1" histograms). Two of them
// make a third one, so minutes become hours without another look at the values. Buckets follow DDSketch with uniform collapse:
// at level n two values share a bucket if they differ by less than about 2^(n-1) percent; when there are too many buckets,
// each two neighbours become one. A bucket is kept as the value in its middle, which falls into the same bucket again.

/** Different values, or buckets, that one sketch keeps: at most 8 KiB of it. */
export const DISTINCT_MAX = 512;
const GROWTH = 1.01;
const GROWTH_LOG = Math.log(GROWTH);

export interface Sketch {
  count: number;
  sum: number;
  min: number;
  max: number;
  /** undefined: some of it came as a set of statistics, of which nobody knows how its values are distributed. */
  distribution: Distribution | undefined;
}

export interface Distribution {
  /** 0: the values themselves. */
  level: number;
  readonly counts: Map<number, number>;
}

export function emptySketch(): Sketch {
  return {
    count: 0,
    sum: 0,
    min: Number.POSITIVE_INFINITY,
    max: Number.NEGATIVE_INFINITY,
    distribution: { level: 0, counts: new Map() },
  };
}

/** `count` times the same value. */
export function addValue(sketch: Sketch, value: number, count = 1): void {
  sketch.count += count;
  sketch.sum += value * count;
  if (value < sketch.min) sketch.min = value;
  if (value > sketch.max) sketch.max = value;
  if (sketch.distribution !== undefined) addTo(sketch.distribution, value, count);
}

/**
 * A set of statistics of values that nobody tells. AWS: percentiles are there if all of them must have been the same, "Min and
 * Max are equal, and Sum is equal to Min multiplied by SampleCount".
 */
export function addStatistics(sketch: Sketch, set: { count: number; sum: number; min: number; max: number }): void {
  if (set.min === set.max && set.sum === set.min * set.count) return addValue(sketch, set.min, set.count);
  merge(sketch, { ...set, distribution: undefined });
}

/** Adds what the other has seen. */
export function merge(sketch: Sketch, other: Readonly<Sketch>): void {
  sketch.count += other.count;
  sketch.sum += other.sum;
  sketch.min = Math.min(sketch.min, other.min);
  sketch.max = Math.max(sketch.max, other.max);
  if (sketch.distribution === undefined) return;
  if (other.distribution === undefined) {
    sketch.distribution = undefined;
    return;
  }
  raise(sketch.distribution, other.distribution.level);
  for (const [value, count] of other.distribution.counts) addTo(sketch.distribution, value, count);
}

/** As it is stored. Nothing for values that are all the same, which the extremes tell, and for sets of statistics. */
export function packed({ min, max, distribution }: Readonly<Sketch>): Uint8Array | null {
  if (distribution === undefined || min === max) return null;
  const numbers = new Float64Array(1 + distribution.counts.size * 2);
  numbers[0] = distribution.level;
  let at = 1;
  for (const [value, count] of distribution.counts) {
    numbers[at] = value;
    numbers[at + 1] = count;
    at += 2;
  }
  return new Uint8Array(numbers.buffer);
}

export function unpacked(
  summary: { count: number; sum: number; min: number; max: number },
  stored: Uint8Array | null,
): Sketch {
  const { count, sum, min, max } = summary;
  if (stored === null) {
    const counts = new Map([[min, count]]);
    return { count, sum, min, max, distribution: min === max ? { level: 0, counts } : undefined };
  }
  // A copy, since what SQLite answers need not begin where a number may.
  const numbers = new Float64Array(stored.slice().buffer);
  const counts = new Map<number, number>();
  for (let at = 1; at + 1 < numbers.length; at += 2) counts.set(numbers[at] ?? 0, numbers[at + 1] ?? 0);
  return { count, sum, min, max, distribution: { level: numbers[0] ?? 0, counts } };
}

function addTo(distribution: Distribution, value: number, count: number): void {
  const { counts, level } = distribution;
  const kept = level === 0 ? value : middleOf(value, level);
  counts.set(kept, (counts.get(kept) ?? 0) + count);
  while (counts.size > DISTINCT_MAX) raise(distribution, distribution.level + 1);
}

function raise(distribution: Distribution, level: number): void {
  if (level <= distribution.level) return;
  distribution.level = level;
  const before = [...distribution.counts];
  distribution.counts.clear();
  for (const [value, count] of before) {
    const kept = middleOf(value, level);
    distribution.counts.set(kept, (distribution.counts.get(kept) ?? 0) + count);
  }
}

/** The middle of the value's bucket: bucket i of level n reaches from g^(i-1), exclusive, to g^i, where g is 1.01^(2^n). */
function middleOf(value: number, level: number): number {
  if (value === 0) return 0;
  const growth = GROWTH ** (2 ** level);
  const index = Math.ceil(Math.log(Math.abs(value)) / (GROWTH_LOG * 2 ** level));
  const middle = (2 * growth ** index) / (growth + 1);
  return value < 0 ? -middle : middle;
}
