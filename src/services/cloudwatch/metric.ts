/** Metrics, and the alarms that watch them, belong to an account and a region. */
export interface Scope {
  readonly account: string;
  readonly region: string;
}

export interface Dimension {
  readonly name: string;
  readonly value: string;
}

/** What tells a metric from all others of its scope. Each combination of dimensions is a metric of its own. */
export interface Metric {
  readonly namespace: string;
  readonly name: string;
  /** In any order; names differ. */
  readonly dimensions: readonly Dimension[];
}

/** AWS's units, in the order in which its errors name them. */
export const UNITS = [
  'Seconds',
  'Microseconds',
  'Milliseconds',
  'Bytes',
  'Kilobytes',
  'Megabytes',
  'Gigabytes',
  'Terabytes',
  'Bits',
  'Kilobits',
  'Megabits',
  'Gigabits',
  'Terabits',
  'Percent',
  'Count',
  'Bytes/Second',
  'Kilobytes/Second',
  'Megabytes/Second',
  'Gigabytes/Second',
  'Terabytes/Second',
  'Bits/Second',
  'Kilobits/Second',
  'Megabits/Second',
  'Gigabits/Second',
  'Terabits/Second',
  'Count/Second',
  'None',
] as const;

export type Unit = (typeof UNITS)[number];

/** Dimensions as one text, the same for every order in which they were given. */
export function dimensionsKey(dimensions: readonly Dimension[]): string {
  if (dimensions.length === 0) return '[]';
  const pairs = dimensions.map(({ name, value }) => [name, value] as const);
  return JSON.stringify(pairs.sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0)));
}

export function dimensionsOfKey(key: string): Dimension[] {
  // SAFE: written by `dimensionsKey`.
  return (JSON.parse(key) as [string, string][]).map(([name, value]) => ({ name, value }));
}
