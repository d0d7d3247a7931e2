import { DatabaseSync } from 'node:sqlite';
import { assertKey, type Records, StaleRevision, type StoredRecord } from '../records.ts';
import { groupCommit } from './group-commit.ts';

const FORMAT = 1;
const SCHEMA = `
  CREATE TABLE records (key TEXT PRIMARY KEY, value TEXT NOT NULL, revision INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE revisions (last INTEGER NOT NULL);
  INSERT INTO revisions VALUES (0);
  PRAGMA user_version = ${FORMAT};
`;

/** Records in one SQLite file. Throws if a newer Lambent wrote it, or if it cannot be opened. */
export function openSqliteRecords(path: string): Records {
  const database = new DatabaseSync(path);
  try {
    // FULL: a commit is on the disk when it returns; with NORMAL a power cut may take the last ones back.
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY;');
    // What was overwritten or deleted is overwritten with zeros: it may have been a secret.
    database.exec('PRAGMA secure_delete = ON;');
    const format = Number(database.prepare('PRAGMA user_version').get()?.user_version);
    if (format > FORMAT) throw new Error(`${path} was written by a newer version of Lambent`);
    if (format === 0) database.exec(`BEGIN; ${SCHEMA} COMMIT;`);
    return sqliteRecords(database);
  } catch (error) {
    database.close();
    throw error;
  }
}

function sqliteRecords(database: DatabaseSync): Records {
  const select = database.prepare('SELECT key, value, revision FROM records WHERE key = ?');
  const range = database.prepare(
    'SELECT key, value, revision FROM records WHERE key > ? AND key >= ? AND key < ? ORDER BY key LIMIT ?',
  );
  const upsert = database.prepare(
    'INSERT INTO records VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value, revision = excluded.revision',
  );
  const remove = database.prepare('DELETE FROM records WHERE key = ?');
  const nextRevision = database.prepare('UPDATE revisions SET last = last + 1 RETURNING last');
  const group = groupCommit(database);

  const find = (key: string) => select.get(key) as unknown as StoredRecord | undefined; // SAFE: the columns of `select`.
  const assertRevision = (key: string, ifRevision: number): void => {
    if ((find(key)?.revision ?? 0) !== ifRevision) throw new StaleRevision(key, ifRevision);
  };
  let closed = false;

  return {
    async get(key) {
      assertKey(key);
      return find(key);
    },
    async put(key, value, { ifRevision }) {
      assertKey(key);
      return group.run(() => {
        assertRevision(key, ifRevision);
        const revision = Number(nextRevision.get()?.last);
        upsert.run(key, value, revision);
        return revision;
      });
    },
    async delete(key, { ifRevision }) {
      assertKey(key);
      await group.run(() => {
        assertRevision(key, ifRevision);
        nextRevision.get();
        remove.run(key);
      });
    },
    async list(prefix, { after = '', limit }) {
      // Keys hold no byte from 0x7f on, so this is the end of all that starts with the prefix.
      return range.all(after, prefix, `${prefix}\x7f`, limit) as unknown as StoredRecord[]; // SAFE: the columns of `range`.
    },
    async [Symbol.asyncDispose]() {
      if (closed) return;
      closed = true;
      group.close();
      database.close();
    },
  };
}
