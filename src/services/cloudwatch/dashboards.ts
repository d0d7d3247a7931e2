import type { SqliteFile } from '../../store/sqlite/sqlite-file.ts';
import { CloudWatchRefused } from './refusal.ts';

export const DASHBOARDS_SCHEMA = `
  CREATE TABLE dashboards (
    account TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL, bytes INTEGER NOT NULL, changed_ms INTEGER NOT NULL,
    PRIMARY KEY (account, name)
  );
`;

export interface DashboardEntry {
  readonly name: string;
  readonly bytes: number;
  readonly changedMs: number;
}

/** Dashboards of accounts, which have them in no region: kept for those who draw them. */
export class Dashboards {
  readonly #file: SqliteFile;
  readonly #nowMs: () => number;

  constructor(file: SqliteFile, nowMs: () => number) {
    this.#file = file;
    this.#nowMs = nowMs;
  }

  /** Makes it, or writes it anew. */
  async put(account: string, name: string, body: string): Promise<void> {
    await this.#file.write(() =>
      this.#file
        .sql('INSERT OR REPLACE INTO dashboards VALUES (?, ?, ?, ?, ?)')
        .run(account, name, body, Buffer.byteLength(body), this.#nowMs()),
    );
  }

  /** Throws when there is none. */
  body(account: string, name: string): string {
    const row = this.#file.sql('SELECT body FROM dashboards WHERE account = ? AND name = ?').get(account, name);
    if (row === undefined) throw new CloudWatchRefused({ kind: 'no-such-dashboard', name });
    return String(row.body);
  }

  /** In the order of their names, behind `after`. */
  list(
    account: string,
    { prefix, after, countMax }: { prefix: string; after: string; countMax: number },
  ): DashboardEntry[] {
    const rows = this.#file
      .sql(
        `SELECT name, bytes, changed_ms FROM dashboards
         WHERE account = ? AND name > ? AND substr(name, 1, length(?)) = ? ORDER BY name LIMIT ?`,
      )
      .all(account, after, prefix, prefix, countMax);
    return rows.map((row) => ({ name: String(row.name), bytes: Number(row.bytes), changedMs: Number(row.changed_ms) }));
  }

  /** All of them, or none: rejects if one is not there. */
  async delete(account: string, names: readonly string[]): Promise<void> {
    await this.#file.write(() => {
      for (const name of names) this.body(account, name);
      for (const name of names)
        this.#file.sql('DELETE FROM dashboards WHERE account = ? AND name = ?').run(account, name);
    });
  }
}
