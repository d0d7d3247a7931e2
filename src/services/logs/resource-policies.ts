import type { SqliteFile } from '../../store/sqlite/sqlite-file.ts';
import type { Scope } from './log-store.ts';

/** A policy of an account in a region, which lets services write to its groups. */
export interface ResourcePolicy {
  readonly name: string;
  readonly document: string;
  readonly updatedMs: number;
}

/** Synchronous; throws what SQLite throws. */
export class ResourcePolicies {
  readonly #file: SqliteFile;

  constructor(file: SqliteFile) {
    this.#file = file;
  }

  /** In order of their names, those after `after`. */
  list({ account, region }: Scope, after: string, countMax: number): ResourcePolicy[] {
    return this.#file
      .sql(
        `SELECT name, document, updatedMs FROM resourcePolicies WHERE account = ? AND region = ? AND name > ?
         ORDER BY name LIMIT ?`,
      )
      .all(account, region, after, countMax)
      .map(({ name, document, updatedMs }) => ({
        ...{ name: String(name), document: String(document) },
        updatedMs: Number(updatedMs),
      }));
  }

  put({ account, region }: Scope, { name, document, updatedMs }: ResourcePolicy): void {
    this.#file
      .sql(
        'INSERT OR REPLACE INTO resourcePolicies (account, region, name, document, updatedMs) VALUES (?, ?, ?, ?, ?)',
      )
      .run(account, region, name, document, updatedMs);
  }

  /** False when there is none of this name. */
  remove({ account, region }: Scope, name: string): boolean {
    const { changes } = this.#file
      .sql('DELETE FROM resourcePolicies WHERE account = ? AND region = ? AND name = ?')
      .run(account, region, name);
    return changes === 1;
  }
}
