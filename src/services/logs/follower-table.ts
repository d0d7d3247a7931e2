import type { SqliteFile } from '../../store/sqlite/sqlite-file.ts';
import type { Scope } from './log-store.ts';

export const FOLLOWER_KINDS = ['metric', 'subscription'] as const;
export type FollowerKind = (typeof FOLLOWER_KINDS)[number];

/** Whoever sees all events of a group as they come: a metric filter or a subscription filter. */
export interface Follower {
  readonly id: number;
  readonly groupId: number;
  readonly kind: FollowerKind;
  readonly name: string;
  readonly createdMs: number;
  /** JSON that only its kind reads. */
  readonly settings: string;
}

interface FollowerQuery {
  readonly prefix?: string | undefined;
  /** Only names after this one. */
  readonly after?: string | undefined;
  readonly countMax: number;
}

/** With the name of its group. */
export interface GroupFollower extends Follower {
  readonly group: string;
}

export interface MetricFilterQuery {
  readonly groupId: number | undefined;
  readonly prefix: string | undefined;
  readonly metric: { readonly name: string; readonly namespace: string } | undefined;
  /** Only those after this one. */
  readonly after: { readonly name: string; readonly groupId: number } | undefined;
  readonly countMax: number;
}

/** After every string a name can hold: they are compared by code point. */
const AFTER_ALL = '\u{10FFFF}';

/** Followers, and the chunks that each has not seen yet. Synchronous; throws what SQLite throws. */
export class FollowerTable {
  readonly #file: SqliteFile;
  /** Ids of each group's followers: looked up with every chunk that is stored. Forgotten when any row may have changed. */
  #byGroup = new Map<number, readonly number[]>();
  readonly #woken = new Set<number>();

  constructor(file: SqliteFile) {
    this.#file = file;
  }

  ofGroup(groupId: number): readonly number[] {
    let ids = this.#byGroup.get(groupId);
    if (ids === undefined) {
      ids = this.#file
        .sql('SELECT id FROM followers WHERE groupId = ?')
        .all(groupId)
        .map(({ id }) => Number(id));
      this.#byGroup.set(groupId, ids);
    }
    return ids;
  }

  /** Forgets what it remembers of rows: after a change, or one that was rolled back. */
  forget(): void {
    this.#byGroup = new Map();
  }

  /** Those for whom something waits. */
  waiting(): number[] {
    return this.#file
      .sql('SELECT id FROM followers WHERE EXISTS (SELECT 1 FROM pendingChunks WHERE followerId = followers.id)')
      .all()
      .map(({ id }) => Number(id));
  }

  find(groupId: number, kind: FollowerKind, name: string): Follower | undefined {
    const row = this.#file
      .sql('SELECT * FROM followers WHERE groupId = ? AND kind = ? AND name = ?')
      .get(groupId, kind, name);
    return row && toFollower(row);
  }

  get(id: number): Follower | undefined {
    const row = this.#file.sql('SELECT * FROM followers WHERE id = ?').get(id);
    return row && toFollower(row);
  }

  count(groupId: number, kind: FollowerKind): number {
    const row = this.#file
      .sql('SELECT count(*) AS count FROM followers WHERE groupId = ? AND kind = ?')
      .get(groupId, kind);
    return Number(row?.count);
  }

  /** Those of one group, in order of their names. */
  list(groupId: number, kind: FollowerKind, { prefix = '', after = '', countMax }: FollowerQuery): Follower[] {
    return this.#file
      .sql(
        `SELECT * FROM followers WHERE groupId = ? AND kind = ? AND name > ? AND name >= ? AND name < ?
         ORDER BY name LIMIT ?`,
      )
      .all(groupId, kind, after, prefix, prefix + AFTER_ALL, countMax)
      .map(toFollower);
  }

  /** Metric filters of one group, or of all of an account in a region, by their names. */
  metricFilters({ account, region }: Scope, query: MetricFilterQuery): GroupFollower[] {
    const { groupId, prefix = '', metric, after, countMax } = query;
    return this.#file
      .sql(
        `SELECT f.*, g.name AS "group" FROM followers f JOIN groups g ON g.id = f.groupId
         WHERE g.account = ?1 AND g.region = ?2 AND f.kind = 'metric' AND (?3 IS NULL OR f.groupId = ?3)
         AND f.name >= ?4 AND f.name < ?5 AND (f.name, f.groupId) > (?6, ?7)
         AND (?8 IS NULL OR (f.settings ->> '$.transformation.name' = ?8 AND f.settings ->> '$.transformation.namespace' = ?9))
         ORDER BY f.name, f.groupId LIMIT ?10`,
      )
      .all(
        ...[account, region, groupId ?? null, prefix, prefix + AFTER_ALL, after?.name ?? '', after?.groupId ?? 0],
        ...[metric?.name ?? null, metric?.namespace ?? null, countMax],
      )
      .map((row) => ({ ...toFollower(row), group: String(row.group) }));
  }

  /** Makes it, or changes the settings of the one with this name, which goes on where it is. */
  put({ groupId, kind, name, createdMs, settings }: Omit<Follower, 'id'>): void {
    this.#file
      .sql(
        `INSERT INTO followers (groupId, kind, name, createdMs, settings) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (groupId, kind, name) DO UPDATE SET settings = excluded.settings`,
      )
      .run(groupId, kind, name, createdMs, settings);
    this.forget();
  }

  remove(id: number): void {
    this.#file.sql('DELETE FROM followers WHERE id = ?').run(id);
    this.#file.sql('DELETE FROM pendingChunks WHERE followerId = ?').run(id);
    this.forget();
  }

  removeOfGroup(groupId: number): void {
    for (const id of this.ofGroup(groupId)) this.remove(id);
  }

  /** Those who have got something since this was last asked. */
  takeWoken(): readonly number[] {
    const woken = [...this.#woken];
    this.#woken.clear();
    return woken;
  }

  addPending(followerId: number, chunkId: number): void {
    this.#woken.add(followerId);
    this.#file.sql('INSERT INTO pendingChunks VALUES (?, ?)').run(followerId, chunkId);
  }

  /** The oldest chunks that it has not seen. */
  pending(followerId: number, countMax: number): number[] {
    return this.#file
      .sql('SELECT chunkId FROM pendingChunks WHERE followerId = ? ORDER BY chunkId LIMIT ?')
      .all(followerId, countMax)
      .map(({ chunkId }) => Number(chunkId));
  }

  removePending(followerId: number, chunkIds: readonly number[]): void {
    for (const chunkId of chunkIds) {
      this.#file.sql('DELETE FROM pendingChunks WHERE followerId = ? AND chunkId = ?').run(followerId, chunkId);
    }
  }
}

function toFollower(row: Record<string, unknown>): Follower {
  return row as unknown as Follower; // SAFE: the columns are the members, by name and type; only `put` writes them.
}
