import { BadExpression } from './expression.ts';

/** Values by the begin of their period, in seconds since the epoch, in ascending order. */
export interface Series {
  readonly label: string;
  readonly periodS: number;
  readonly points: ReadonlyMap<number, number>;
}

/** What an expression comes to. */
export type Value =
  | { readonly kind: 'scalar'; readonly value: number }
  | { readonly kind: 'series'; readonly series: Series }
  | { readonly kind: 'list'; readonly list: readonly Series[] };

/** The times that are asked about; the end is exclusive. */
export interface Span {
  readonly fromS: number;
  readonly toS: number;
  /** Counts data points that are made for an answer. Throws `BadExpression` when they are more than one answer may cost. */
  spend(points: number): void;
}

export const scalar = (value: number): Value => ({ kind: 'scalar', value });
export const ofSeries = (series: Series): Value => ({ kind: 'series', series });

export function mapped(series: Series, change: (value: number, atS: number) => number | undefined): Series {
  const points = new Map<number, number>();
  for (const [atS, value] of series.points) {
    const changed = change(value, atS);
    // AWS: what cannot be computed, as a division by zero, is no data point.
    if (changed !== undefined && Number.isFinite(changed)) points.set(atS, changed);
  }
  return { ...series, points };
}

/** All times at which one of them has a value, ascending. */
export function timesOf(list: readonly Series[]): number[] {
  const times = new Set<number>();
  for (const { points } of list) for (const atS of points.keys()) times.add(atS);
  return [...times].sort((one, other) => one - other);
}

/** AWS's limit of data points in an answer: more than that nobody gets. */
const PERIODS_MAX = 100_800;

/** Of all periods of a span, whether there is a value or not. Throws `BadExpression` for too many. */
export function periodsOf({ fromS, toS }: Span, periodS: number): number[] {
  if ((toS - fromS) / periodS > PERIODS_MAX)
    throw new BadExpression(`There are more than ${PERIODS_MAX} periods to fill`);
  const times: number[] = [];
  for (let atS = fromS; atS < toS; atS += periodS) times.push(atS);
  return times;
}

export function sortedPoints(points: Iterable<readonly [number, number]>): Map<number, number> {
  return new Map([...points].sort(([one], [other]) => one - other));
}
