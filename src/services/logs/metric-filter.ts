import { jsonSelector } from './filter-json.ts';
import type { Pattern } from './filter-pattern.ts';
import type { FollowedEvent } from './followed-events.ts';
import type { Follower } from './follower-table.ts';
import type { MetricPoint } from './log-metrics.ts';

/** What a metric filter is set to. */
export interface MetricFilter {
  readonly pattern: string;
  readonly transformation: Transformation;
}

export interface Transformation {
  readonly namespace: string;
  readonly name: string;
  /** A number, `$.selector` of a JSON pattern, or `$field` of a pattern of fields. */
  readonly value: string;
  readonly unit: string | undefined;
  /** Told for a minute in which events came and none matched. */
  readonly defaultValue: number | undefined;
  /** By name, `$.selector` or `$field`. */
  readonly dimensions: Readonly<Record<string, string>>;
}

export function metricFilterOf({ settings }: Follower): MetricFilter {
  return JSON.parse(settings) as MetricFilter; // SAFE: only `LogFilters` writes the settings of this kind.
}

/** Reads a value out of a text that the pattern matches; undefined when it is not there. */
export type Reading = (message: string) => string | undefined;

/** What `metricValue`, or the value of a dimension, means with this pattern; undefined when it means nothing. */
export function readingOf(source: string, pattern: Pattern): Reading | undefined {
  if (!source.startsWith('$')) return () => source;
  if (pattern.kind === 'json') return jsonSelector(source);
  if (pattern.kind !== 'fields' || !pattern.names?.has(source)) return undefined;
  return (message) => pattern.values(message)[source];
}

/** The numbers that events give; one without a number, or without the value of a dimension, gives none, as on AWS. */
export function pointsOf(filter: MetricFilter, pattern: Pattern, events: readonly FollowedEvent[]): MetricPoint[] {
  const { transformation } = filter;
  const value = readingOf(transformation.value, pattern);
  const dimensions = Object.entries(transformation.dimensions).map(([name, source]) => ({
    name,
    read: readingOf(source, pattern),
  }));
  return events.flatMap(({ message, timestampMs }) => {
    const number = numberOf(value?.(message));
    const read = dimensions.map(({ name, read }) => ({ name, value: read?.(message) ?? '' }));
    if (number === undefined || read.some((dimension) => dimension.value === '')) return [];
    return [{ ...metricOf(transformation), dimensions: read, atMs: timestampMs, value: number }];
  });
}

export function metricOf({ namespace, name, unit }: Transformation): Pick<MetricPoint, 'namespace' | 'name' | 'unit'> {
  return { namespace, name, unit };
}

export function numberOf(text: string | undefined): number | undefined {
  const number = text === undefined || text.trim() === '' ? Number.NaN : Number(text);
  return Number.isFinite(number) ? number : undefined;
}
