import type { Durability } from '../../store/sqlite/group-commit.ts';
import { SqliteFile } from '../../store/sqlite/sqlite-file.ts';
import type { RecordKind, Records } from './records.ts';
import type { Scope } from './scope.ts';

const SCHEMA = `
  CREATE TABLE records (
    account TEXT NOT NULL, region TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (account, region, kind, name)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX recordsByName ON records (kind, name);
  CREATE TABLE sent (
    account TEXT NOT NULL, region TEXT NOT NULL, slotMs INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
    bounces INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (account, region, slotMs)
  ) STRICT, WITHOUT ROWID;
`;

/** AWS: statistics come in slots of 15 minutes, of the last 14 days (GetSendStatistics). */
export const SLOT_MS = 900_000;
const KEPT_MS = 14 * 86_400_000;

/** Recipients of letters that were sent within a slot. */
export interface SentSlot {
  readonly slotMs: number;
  readonly attempts: number;
  readonly bounces: number;
}

/**
 * What mail is made of but for the letters, in one SQLite file. Reads are at once; what changes is made within `write`, whose
 * promise resolves when it is durable.
 */
export class SesStore {
  readonly #file: SqliteFile;

  constructor(path: string) {
    this.#file = new SqliteFile(path, { what: 'the settings of mail', formats: [SCHEMA] });
  }

  /** Runs `work` in the next transaction; resolves with its result once that is on the disk. */
  write<T>(work: () => T, durability?: Durability): Promise<T> {
    return this.#file.write(work, durability);
  }

  find<Kind extends RecordKind>({ account, region }: Scope, kind: Kind, name: string): Records[Kind] | undefined {
    const sql = 'SELECT value FROM records WHERE account = ? AND region = ? AND kind = ? AND name = ?';
    const value = this.#file.sql(sql).get(account, region, kind, name)?.value;
    return value === undefined ? undefined : (JSON.parse(String(value)) as Records[Kind]); // SAFE: `put` wrote it.
  }

  /** Within `write`. */
  put<Kind extends RecordKind>({ account, region }: Scope, kind: Kind, name: string, value: Records[Kind]): void {
    const sql = 'INSERT OR REPLACE INTO records (account, region, kind, name, value) VALUES (?, ?, ?, ?, ?)';
    this.#file.sql(sql).run(account, region, kind, name, JSON.stringify(value));
  }

  /** Within `write`. Whether there was one. */
  remove({ account, region }: Scope, kind: RecordKind, name: string): boolean {
    const sql = 'DELETE FROM records WHERE account = ? AND region = ? AND kind = ? AND name = ?';
    return this.#file.sql(sql).run(account, region, kind, name).changes > 0;
  }

  /** In the order of their names, from behind `after`. */
  list<Kind extends RecordKind>(
    { account, region }: Scope,
    kind: Kind,
    { after = '', countMax = -1 }: { after?: string | undefined; countMax?: number } = {},
  ): { name: string; value: Records[Kind] }[] {
    const sql = `SELECT name, value FROM records
      WHERE account = ? AND region = ? AND kind = ? AND name > ? ORDER BY name LIMIT ?`;
    return this.#file
      .sql(sql)
      .all(account, region, kind, after, countMax)
      .map(({ name, value }) => ({ name: String(name), value: JSON.parse(String(value)) as Records[Kind] })); // SAFE: as above.
  }

  count({ account, region }: Scope, kind: RecordKind): number {
    const sql = 'SELECT count(*) AS n FROM records WHERE account = ? AND region = ? AND kind = ?';
    return Number(this.#file.sql(sql).get(account, region, kind)?.n);
  }

  /** Who has a record of this kind and name. */
  scopesWith(kind: RecordKind, name: string): Scope[] {
    const rows = this.#file.sql('SELECT account, region FROM records WHERE kind = ? AND name = ?').all(kind, name);
    return rows.map(({ account, region }) => ({ account: String(account), region: String(region) }));
  }

  /** The regions in which an account has anything. */
  regionsOf(account: string): string[] {
    const rows = this.#file.sql('SELECT DISTINCT region FROM records WHERE account = ?').all(account);
    return rows.map(({ region }) => String(region));
  }

  /** Counts recipients of letters. A power failure may take the last counts back. */
  async countSent(
    { account, region }: Scope,
    nowMs: number,
    of: { attempts?: number; bounces?: number },
  ): Promise<void> {
    const slotMs = Math.floor(nowMs / SLOT_MS) * SLOT_MS;
    await this.write(() => {
      const sql = `INSERT INTO sent VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE
        SET attempts = attempts + excluded.attempts, bounces = bounces + excluded.bounces`;
      this.#file.sql(sql).run(account, region, slotMs, of.attempts ?? 0, of.bounces ?? 0);
      this.#file
        .sql('DELETE FROM sent WHERE account = ? AND region = ? AND slotMs < ?')
        .run(account, region, nowMs - KEPT_MS);
    }, 'written');
  }

  sentSince({ account, region }: Scope, sinceMs: number): SentSlot[] {
    const sql = `SELECT slotMs, attempts, bounces FROM sent
      WHERE account = ? AND region = ? AND slotMs > ? ORDER BY slotMs`;
    return this.#file
      .sql(sql)
      .all(account, region, sinceMs)
      .map((row) => ({ slotMs: Number(row.slotMs), attempts: Number(row.attempts), bounces: Number(row.bounces) }));
  }

  close(): void {
    this.#file.close();
  }
}
