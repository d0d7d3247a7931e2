// What durable work is bounded by: SQLite and the disk themselves, driven without a server, without HTTP and signatures.
import { mkdtemp, open, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteFile } from '../src/store/sqlite/sqlite-file.ts';
import { perSecond } from './throughput.ts';

export interface RawSqlite {
  /** Rows written a second, each durable before its caller writes the next. */
  inserts(callers: number, ms: number, bytes: number): Promise<number>;
  /** Rows a second that are written, marked as taken and deleted, each of it durably and in batches. */
  cycles(load: { callers: number; ms: number; batch: number; bytes: number }): Promise<number>;
}

/** A table with the columns and the index that a queue cannot do without, in the settings of our stores. */
export async function rawSqlite(cleanUp: AsyncDisposableStack): Promise<RawSqlite> {
  const schema = `
    CREATE TABLE messages (id INTEGER PRIMARY KEY, queue TEXT, dueMs INTEGER, state TEXT, body BLOB);
    CREATE INDEX messagesDue ON messages (queue, dueMs, id);
  `;
  const file = new SqliteFile(join(await directory(cleanUp), 'raw.db'), { what: 'the bench', formats: [schema] });
  cleanUp.defer(() => file.close());
  const insert = file.sql('INSERT INTO messages VALUES (?, ?, ?, ?, ?)');
  const take = file.sql('UPDATE messages SET dueMs = ?, state = ? WHERE id = ?');
  const remove = file.sql('DELETE FROM messages WHERE id = ?');
  const state = JSON.stringify({ attempt: 1, acceptedMs: 1_700_000_000_000, id: crypto.randomUUID() });
  let last = 0;
  const put = (body: Buffer) => {
    last += 1;
    insert.run(last, 'queue', last, state, body);
    return last;
  };
  return {
    async inserts(callers, ms, bytes) {
      const body = Buffer.alloc(bytes, 'x');
      const work = async () => {
        await file.write(() => put(body));
        return 1;
      };
      return perSecond({ callers, ms, work });
    },
    cycles({ callers, ms, batch, bytes }) {
      const body = Buffer.alloc(bytes, 'x');
      const work = async () => {
        const ids = await file.write(() => Array.from({ length: batch }, () => put(body)));
        await file.write(() => ids.map((id) => take.run(id + 30_000, state, id)));
        await file.write(() => ids.map((id) => remove.run(id)));
        return batch;
      };
      return perSecond({ callers, ms, work });
    },
  };
}

export interface RawDisk {
  /** Files written, synced and renamed to their name a second. */
  writes(callers: number, ms: number, bytes: number): Promise<number>;
  /** Files read whole a second, from memory where the system still has them. */
  reads(callers: number, ms: number, bytes: number): Promise<number>;
}

export async function rawDisk(cleanUp: AsyncDisposableStack): Promise<RawDisk> {
  const at = await directory(cleanUp);
  const write = async (name: string, bytes: Buffer) => {
    const handle = await open(join(at, `${name}.new`), 'w');
    try {
      await handle.write(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(join(at, `${name}.new`), join(at, name));
    return 1;
  };
  return {
    writes(callers, ms, bytes) {
      const body = Buffer.alloc(bytes, 'x');
      return perSecond({ callers, ms, work: (who) => write(String(who), body) });
    },
    async reads(callers, ms, bytes) {
      await write('read', Buffer.alloc(bytes, 'x'));
      return perSecond({ callers, ms, work: async () => Math.sign((await readFile(join(at, 'read'))).length) });
    },
  };
}

/** On the disk that the server's data directory is on. */
async function directory(cleanUp: AsyncDisposableStack): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'lambent-bench-'));
  cleanUp.defer(() => rm(made, { recursive: true, force: true }));
  return made;
}
