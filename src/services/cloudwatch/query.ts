import { evaluate, type Names } from './math/evaluate.ts';
import { BadExpression, type Expression } from './math/expression.ts';
import type { Series, Span, Value } from './math/series.ts';
import type { Metric, Scope } from './metric.ts';
import type { MetricStore } from './metric-store.ts';
import { CloudWatchRefused } from './refusal.ts';
import { firstPeriodS } from './retention.ts';
import { search } from './search.ts';
import type { Sketch } from './sketch.ts';
import { needsDistribution, type Statistic, statisticOf } from './statistic.ts';

/** A metric whose values are asked for. */
export interface MetricSource {
  readonly metric: Metric;
  readonly periodS: number;
  readonly statistic: Statistic;
  /** As it was asked for: `p99`. */
  readonly statisticText: string;
  /** Values of any unit without it. */
  readonly unit: string | undefined;
}

/** One question of several, to which expressions refer by its id. */
export type Query = {
  readonly id: string;
  readonly label: string | undefined;
  readonly isReturned: boolean;
} & (
  | { readonly kind: 'metric'; readonly source: MetricSource }
  | { readonly kind: 'expression'; readonly expression: Expression; readonly text: string }
);

export interface QueryResult {
  readonly query: Query;
  readonly series: Series;
  /** Units that the metric has values of, if they are several and none was asked for: only the first one's are told. */
  readonly units: readonly string[];
}

/** As all readers need them. */
export interface Asked {
  readonly store: Pick<MetricStore, 'series' | 'list'>;
  readonly scope: Scope;
  /** Where the first period of this length begins, in seconds. */
  startOf(periodS: number): number;
  /** Exclusive, in seconds. */
  readonly toS: number;
  readonly nowMs: number;
}

/** Between two times that are rounded as AWS rounds them. */
export function askedBetween(
  times: { readonly fromMs: number; readonly toMs: number; readonly nowMs: number },
  from: Pick<Asked, 'store' | 'scope'>,
): Asked {
  const { fromMs, toMs, nowMs } = times;
  const startOf = (periodS: number) => firstPeriodS(fromMs, periodS, nowMs);
  return { ...from, startOf, toS: Math.ceil(toMs / 1_000), nowMs };
}

/** The values of a metric, one for each period that has any, and how many values it stands for. */
export interface Answered {
  readonly series: Series;
  readonly counts: ReadonlyMap<number, number>;
  readonly units: readonly string[];
}

/** Reads one metric. Of several units the first by name is told, as AWS was recorded to do. */
export function readMetric(asked: Asked, source: MetricSource): Answered {
  const { metric, periodS, statistic, unit } = source;
  const byUnit = asked.store.series(asked.scope, metric, {
    ...{ fromS: asked.startOf(periodS), toS: asked.toS, periodS },
    distribution: needsDistribution(statistic),
  });
  const units = [...byUnit.keys()].sort();
  const wanted = unit ?? units[0];
  const sketches = wanted === undefined ? undefined : byUnit.get(wanted);
  const { points, counts } = pointsOf(sketches ?? new Map(), statistic);
  return { series: { label: metric.name, periodS, points }, counts, units: unit === undefined ? units : [] };
}

/**
 * The metrics of many queries, read one after another with other work in between: hundreds of them over weeks are millions of
 * rows. Rejects when the signal aborts.
 */
export async function readAhead(
  asked: Asked,
  queries: readonly Query[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Answered>> {
  const read = new Map<string, Answered>();
  for (const query of queries) {
    if (query.kind !== 'metric') continue;
    read.set(query.id, readMetric(asked, query.source));
    await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
  }
  return read;
}

/**
 * Answers the queries that are to be returned, in their order. `read`: metrics that have been read, by the ids of their
 * queries. Throws `CloudWatchRefused` for bad expressions.
 */
export function runQueries(
  asked: Asked,
  queries: readonly Query[],
  read: ReadonlyMap<string, Answered> = new Map(),
): QueryResult[] {
  const byId = new Map(queries.map((query) => [query.id, query]));
  const known = new Map<string, Value>();
  const units = new Map<string, readonly string[]>();
  const under = new Set<string>();
  const span = spanOf(asked, queries);

  const valueOfQuery = (id: string): Value => {
    const done = known.get(id);
    if (done !== undefined) return done;
    const query = byId.get(id);
    if (query === undefined) throw new BadExpression(`Undefined variable: ${id}`);
    if (under.has(id)) throw new BadExpression(`The expression refers to itself by ${id}`);
    under.add(id);
    const value = query.kind === 'metric' ? ofMetric(query.source, id) : evaluate(query.expression, names, span);
    under.delete(id);
    known.set(id, value);
    return value;
  };
  const ofMetric = (source: MetricSource, id: string): Value => {
    const answered = read.get(id) ?? readMetric(asked, source);
    units.set(id, answered.units);
    return { kind: 'series', series: answered.series };
  };
  const names: Names = {
    value: valueOfQuery,
    metrics: (part) =>
      queries
        .filter(({ kind, id }) => kind === 'metric' && (part === undefined || id.includes(part)))
        .map(({ id }) => valueOfQuery(id))
        .flatMap((value) => (value.kind === 'series' ? [value.series] : [])),
    search: (text, statistic, periodS) =>
      search(asked, text, statistic, periodS ?? 300).map((source) => readMetric(asked, source).series),
  };

  return queries
    .filter(({ isReturned }) => isReturned)
    .flatMap((query) => {
      try {
        const value = valueOfQuery(query.id);
        return returned(query, value).map((series) => ({ query, series, units: units.get(query.id) ?? [] }));
      } catch (error) {
        if (!(error instanceof BadExpression)) throw error;
        throw new CloudWatchRefused({ kind: 'bad-expression', id: query.id, reason: error.message });
      }
    });
}

/**
 * Data points that the expressions of one question may make, on their way too: `FILL` and `TIME_SERIES` make them of nothing,
 * and years of seconds would hold up everything else. Fifty times what one answer of AWS has.
 */
const MADE_POINTS_MAX = 5_040_000;

/** The times that an expression can be about: as its metrics are asked for. */
function spanOf({ startOf, toS }: Asked, queries: readonly Query[]): Span {
  const periods = queries.flatMap((query) => (query.kind === 'metric' ? [query.source.periodS] : []));
  let left = MADE_POINTS_MAX;
  const spend = (points: number) => {
    left -= points;
    if (left < 0) throw new BadExpression(`The expressions come to more than ${MADE_POINTS_MAX} data points`);
  };
  return { fromS: startOf(Math.min(60, ...periods)), toS, spend };
}

function returned(query: Query, value: Value): readonly Series[] {
  if (value.kind === 'list') return value.list;
  if (value.kind === 'scalar') throw new BadExpression('The expression must come to a time series, and is a number');
  return [query.kind === 'expression' ? { ...value.series, label: query.id } : value.series];
}

function pointsOf(sketches: ReadonlyMap<number, Sketch>, statistic: Statistic) {
  const points = new Map<number, number>();
  const counts = new Map<number, number>();
  for (const atS of [...sketches.keys()].sort((one, other) => one - other)) {
    const sketch = sketches.get(atS);
    const value = sketch && statisticOf(statistic, sketch);
    if (sketch === undefined || value === undefined) continue;
    points.set(atS, value);
    counts.set(atS, sketch.count);
  }
  return { points, counts };
}
