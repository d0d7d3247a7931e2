import type { Durability } from '../../store/sqlite/group-commit.ts';
import type { SqliteFile } from '../../store/sqlite/sqlite-file.ts';
import { type Dimension, dimensionsKey, dimensionsOfKey, type Metric, type Scope, type Unit } from './metric.ts';
import { LONGEST_KEPT_S, RESOLUTIONS, resolutionsFor } from './retention.ts';
import { merge, packed, type Sketch, unpacked } from './sketch.ts';

/** Values of one metric and unit within one second or minute. */
export interface Sample {
  readonly metric: Metric;
  readonly unit: Unit;
  readonly atMs: number;
  readonly resolutionS: 1 | 60;
  readonly sketch: Sketch;
}

/** Which values of a metric are asked for. Times are seconds since the epoch; periods begin at `fromS`. */
export interface SeriesQuery {
  readonly fromS: number;
  /** Exclusive. */
  readonly toS: number;
  readonly periodS: number;
  /** Whether percentiles are wanted, for which more has to be read. */
  readonly distribution: boolean;
}

/** By unit, and then by the begin of the period, in seconds. */
export type SeriesByUnit = ReadonlyMap<string, ReadonlyMap<number, Sketch>>;

export interface MetricFilter {
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  /** Those it must have; without a value any. */
  readonly dimensions: readonly { readonly name: string; readonly value: string | undefined }[];
  /** The last value came since then. */
  readonly activeSinceMs: number;
}

/** Metrics that are found without a look at the file, by the order of their last use. */
const KNOWN_MAX = 10_000;
/** How exactly the time of a metric's last value is kept: AWS tells it with 40 to 50 minutes of tolerance. */
const ACTIVE_STEP_S = 300;
/** Rows that become coarser in one transaction. */
const MOVED_MAX = 200;

export const METRICS_SCHEMA = `
  CREATE TABLE metrics (
    id INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,
    dimensions TEXT NOT NULL, active_s INTEGER NOT NULL, UNIQUE (account, region, namespace, name, dimensions)
  );
  CREATE TABLE points (
    metric INTEGER NOT NULL, resolution INTEGER NOT NULL, start INTEGER NOT NULL, unit TEXT NOT NULL,
    count REAL NOT NULL, sum REAL NOT NULL, min REAL NOT NULL, max REAL NOT NULL, distribution BLOB,
    PRIMARY KEY (metric, resolution, start, unit)
  ) WITHOUT ROWID;
`;

interface Row {
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  readonly distribution: Uint8Array | null;
}

interface PointRow extends Row {
  readonly start: number;
  readonly unit: string;
}

interface MetricRow {
  readonly id: number;
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: string;
}

/** Values of metrics in SQLite: a row for each metric, unit and second, minute, five minutes or hour that has any. */
export class MetricStore {
  readonly #file: SqliteFile;
  /** Ids and last times, by scope and metric. */
  readonly #known = new Map<string, { readonly id: number; activeS: number }>();

  constructor(file: SqliteFile) {
    this.#file = file;
  }

  /** Adds to what is there. Durable once it has resolved, unless it is only `written`. */
  async record(scope: Scope, samples: readonly Sample[], durability: Durability = 'synced'): Promise<void> {
    try {
      await this.#file.write(() => {
        for (const sample of samples) this.#add(scope, sample);
      }, durability);
    } catch (error) {
      // What has been undone had ids.
      this.#known.clear();
      throw error;
    }
  }

  /** What is there of a metric within a time; empty if there is no such metric. */
  series(scope: Scope, metric: Metric, query: SeriesQuery): SeriesByUnit {
    const id = this.#find(scope, metric)?.id;
    const byUnit = new Map<string, Map<number, Sketch>>();
    if (id === undefined) return byUnit;
    for (const resolution of resolutionsFor(query.periodS)) {
      for (const row of this.#rows(id, resolution, query)) {
        const start = query.fromS + Math.floor((row.start - query.fromS) / query.periodS) * query.periodS;
        const ofUnit = byUnit.get(row.unit) ?? new Map<number, Sketch>();
        byUnit.set(row.unit, ofUnit);
        const sketch = unpacked(row, row.distribution);
        const known = ofUnit.get(start);
        if (known === undefined) ofUnit.set(start, sketch);
        else merge(known, sketch);
      }
    }
    return byUnit;
  }

  /** Metrics in the order of their names, behind the one that `after` names; at most `countMax`. */
  list(
    scope: Scope,
    filter: MetricFilter,
    after: { metric: Metric } | undefined,
    countMax: number,
  ): { metric: Metric; isLast: boolean }[] {
    const { namespace, name, dimensions, activeSinceMs } = filter;
    const conditions = ['account = ?', 'region = ?', 'active_s >= ?'];
    const values: (string | number)[] = [scope.account, scope.region, Math.floor(activeSinceMs / 1_000)];
    const add = (condition: string, ...more: string[]) => {
      conditions.push(condition);
      values.push(...more);
    };
    if (namespace !== undefined) add('namespace = ?', namespace);
    if (name !== undefined) add('name = ?', name);
    if (after !== undefined) {
      const { metric } = after;
      add('(namespace, name, dimensions) > (?, ?, ?)', metric.namespace, metric.name, dimensionsKey(metric.dimensions));
    }
    const rows = this.#file
      .sql(
        `SELECT id, namespace, name, dimensions FROM metrics WHERE ${conditions.join(' AND ')}
       ORDER BY namespace, name, dimensions`,
      )
      .iterate(...values) as unknown as Iterable<MetricRow>; // SAFE: the columns that are asked for.
    const found: { metric: Metric; isLast: boolean }[] = [];
    for (const row of rows) {
      const metric = { namespace: row.namespace, name: row.name, dimensions: dimensionsOfKey(row.dimensions) };
      if (!dimensions.every((wanted) => has(metric.dimensions, wanted))) continue;
      const last = found.at(-1);
      if (last !== undefined) last.isLast = false;
      if (found.length === countMax) break;
      found.push({ metric, isLast: true });
    }
    return found;
  }

  /** Metrics of all scopes, for whoever goes through all of them. */
  idsAfter(id: number, countMax: number): number[] {
    const rows = this.#file.sql('SELECT id FROM metrics WHERE id > ? ORDER BY id LIMIT ?').all(id, countMax);
    return rows.map((row) => Number(row.id));
  }

  /**
   * Makes what has become old coarser, and forgets what is older than anything is kept; a part of it at a time. Answers
   * whether there is more to do for this metric.
   */
  age(id: number, nowMs: number): Promise<boolean> {
    return this.#file.write(() => {
      const nowS = Math.floor(nowMs / 1_000);
      const hasMore = RESOLUTIONS.some(({ seconds, keptS }, at) => {
        return this.#move(id, seconds, RESOLUTIONS[at + 1]?.seconds, nowS - keptS) === MOVED_MAX;
      });
      if (!hasMore) this.#forget(id, nowS - LONGEST_KEPT_S);
      return hasMore;
    }, 'written');
  }

  #move(id: number, fromS: number, toS: number | undefined, beforeS: number): number {
    const old = this.#file
      .sql(
        `SELECT start, unit, count, sum, min, max, distribution FROM points
       WHERE metric = ? AND resolution = ? AND start < ? ORDER BY start LIMIT ?`,
      )
      .all(id, fromS, beforeS, MOVED_MAX) as unknown as PointRow[]; // SAFE: the columns that are asked for.
    for (const row of old) {
      if (toS !== undefined) this.#merge(id, toS, row.start, row.unit, unpacked(row, row.distribution));
      this.#file
        .sql('DELETE FROM points WHERE metric = ? AND resolution = ? AND start = ? AND unit = ?')
        .run(...[id, fromS, row.start, row.unit]);
    }
    return old.length;
  }

  #forget(id: number, beforeS: number): void {
    const { changes } = this.#file
      .sql('DELETE FROM metrics WHERE id = ? AND active_s < ? AND NOT EXISTS (SELECT 1 FROM points WHERE metric = ?)')
      .run(id, beforeS, id);
    if (changes === 0) return;
    for (const [key, known] of this.#known) if (known.id === id) this.#known.delete(key);
  }

  #add(scope: Scope, { metric, unit, atMs, resolutionS, sketch }: Sample): void {
    const atS = Math.floor(atMs / 1_000);
    const known = this.#find(scope, metric) ?? this.#create(scope, metric, atS);
    if (atS - known.activeS >= ACTIVE_STEP_S) {
      this.#file.sql('UPDATE metrics SET active_s = ? WHERE id = ?').run(atS, known.id);
      known.activeS = atS;
    }
    this.#merge(known.id, resolutionS, atS, unit, sketch);
  }

  #merge(id: number, resolutionS: number, atS: number, unit: string, sketch: Readonly<Sketch>): void {
    const start = Math.floor(atS / resolutionS) * resolutionS;
    const before = this.#file
      .sql(
        `SELECT count, sum, min, max, distribution FROM points
       WHERE metric = ? AND resolution = ? AND start = ? AND unit = ?`,
      )
      .get(id, resolutionS, start, unit) as unknown as Row | undefined; // SAFE: the columns that are asked for.
    let whole: Readonly<Sketch> = sketch;
    if (before !== undefined) {
      const merged = unpacked(before, before.distribution);
      merge(merged, sketch);
      whole = merged;
    }
    this.#file
      .sql('INSERT OR REPLACE INTO points VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)')
      .run(...[id, resolutionS, start, unit, whole.count, whole.sum, whole.min, whole.max, packed(whole)]);
  }

  #rows(id: number, resolution: number, { fromS, toS, periodS, distribution }: SeriesQuery): Iterable<PointRow> {
    // SAFE: the columns of a point in both.
    if (distribution) {
      return this.#file
        .sql(
          `SELECT start, unit, count, sum, min, max, distribution FROM points
         WHERE metric = ? AND resolution = ? AND start >= ? AND start < ?`,
        )
        .iterate(id, resolution, fromS, toS) as unknown as Iterable<PointRow>;
    }
    return this.#file
      .sql(
        // Numbers come to SQLite with a fraction, which would make the division one, too.
        `SELECT (start - CAST(? AS INTEGER)) / CAST(? AS INTEGER) AS period, MIN(start) AS start, unit, SUM(count) AS count, SUM(sum) AS sum, MIN(min) AS min,
         MAX(max) AS max, NULL AS distribution
       FROM points WHERE metric = ? AND resolution = ? AND start >= ? AND start < ? GROUP BY period, unit`,
      )
      .iterate(...[fromS, periodS, id, resolution, fromS, toS]) as unknown as Iterable<PointRow>;
  }

  #find(scope: Scope, metric: Metric): { readonly id: number; activeS: number } | undefined {
    const key = keyOf(scope, metric);
    const known = this.#known.get(key);
    if (known !== undefined) {
      // Behind the others: what is used least is dropped first.
      this.#known.delete(key);
      this.#known.set(key, known);
      return known;
    }
    const row = this.#file
      .sql(
        `SELECT id, active_s FROM metrics
       WHERE account = ? AND region = ? AND namespace = ? AND name = ? AND dimensions = ?`,
      )
      .get(...identity(scope, metric));
    return row === undefined ? undefined : this.#remember(key, Number(row.id), Number(row.active_s));
  }

  #create(scope: Scope, metric: Metric, activeS: number): { readonly id: number; activeS: number } {
    const { lastInsertRowid } = this.#file
      .sql('INSERT INTO metrics (account, region, namespace, name, dimensions, active_s) VALUES (?, ?, ?, ?, ?, ?)')
      .run(...identity(scope, metric), activeS);
    return this.#remember(keyOf(scope, metric), Number(lastInsertRowid), activeS);
  }

  #remember(key: string, id: number, activeS: number) {
    const known = { id, activeS };
    this.#known.set(key, known);
    if (this.#known.size > KNOWN_MAX) this.#known.delete(this.#known.keys().next().value ?? '');
    return known;
  }
}

function has(dimensions: readonly Dimension[], wanted: { name: string; value: string | undefined }): boolean {
  return dimensions.some(
    ({ name, value }) => name === wanted.name && (wanted.value === undefined || wanted.value === value),
  );
}

const identity = ({ account, region }: Scope, { namespace, name, dimensions }: Metric) =>
  [account, region, namespace, name, dimensionsKey(dimensions)] as const;

const keyOf = (scope: Scope, metric: Metric): string => identity(scope, metric).join('\n');
