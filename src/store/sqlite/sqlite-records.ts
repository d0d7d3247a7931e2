import { assertKey, type Records, StaleRevision, type StoredRecord } from '../records.ts';
import { SqliteFile } from './sqlite-file.ts';

const SCHEMA = `
  CREATE TABLE records (key TEXT PRIMARY KEY, value TEXT NOT NULL, revision INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE revisions (last INTEGER NOT NULL);
  INSERT INTO revisions VALUES (0);
`;

/** Records in one SQLite file. Throws if a newer Lambent wrote it, or if it cannot be opened. */
export function openSqliteRecords(path: string): Records {
  // What was overwritten or deleted is overwritten with zeros: it may have been a secret.
  const file = new SqliteFile(path, { what: 'the records', formats: [SCHEMA], pragmas: { secure_delete: 'ON' } });
  const select = file.sql('SELECT key, value, revision FROM records WHERE key = ?');
  const range = file.sql(
    'SELECT key, value, revision FROM records WHERE key > ? AND key >= ? AND key < ? ORDER BY key LIMIT ?',
  );
  const upsert = file.sql(
    'INSERT INTO records VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value, revision = excluded.revision',
  );
  const remove = file.sql('DELETE FROM records WHERE key = ?');
  const nextRevision = file.sql('UPDATE revisions SET last = last + 1 RETURNING last');

  const find = (key: string) => select.get(key) as unknown as StoredRecord | undefined; // SAFE: the columns of `select`.
  const assertRevision = (key: string, ifRevision: number): void => {
    if ((find(key)?.revision ?? 0) !== ifRevision) throw new StaleRevision(key, ifRevision);
  };

  return {
    async get(key) {
      assertKey(key);
      return find(key);
    },
    async put(key, value, { ifRevision }) {
      assertKey(key);
      return file.write(() => {
        assertRevision(key, ifRevision);
        const revision = Number(nextRevision.get()?.last);
        upsert.run(key, value, revision);
        return revision;
      });
    },
    async delete(key, { ifRevision }) {
      assertKey(key);
      await file.write(() => {
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
      file.close();
    },
  };
}
