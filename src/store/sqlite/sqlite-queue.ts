import type { Logger } from '../../lib/log.ts';
import { bytesOf, type NewMessage, type Queue, type QueueMessage } from '../queue.ts';
import { SqliteFile } from './sqlite-file.ts';

/** The table of a queue, for the formats of a file. */
export const QUEUE_TABLE = `
  CREATE TABLE messages (
    id INTEGER PRIMARY KEY, "group" TEXT NOT NULL, due_ms INTEGER NOT NULL, state TEXT NOT NULL, body BLOB NOT NULL
  );
  CREATE INDEX messages_due ON messages ("group", due_ms, id);
`;

/** What was put once. */
const TAKEN_TABLE = `
  CREATE TABLE taken (once TEXT PRIMARY KEY, until_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX taken_until ON taken (until_ms);
`;
/** A killed process comes back within minutes, and then puts again what it does not know to have put. */
const ONCE_MS = 600_000;
/** Old names that are removed with each new one. */
const ONCE_SWEPT = 4;

/** Free pages that a file keeps for what comes next. */
const FREE_PAGES_MAX = 1_024;
/** Given back at once: more than the largest message has, so that a file gets smaller faster than it gets emptier. */
const PAGES_GIVEN_BACK = 512;

/**
 * A queue in one SQLite file, whose only user is this process: leases are kept in memory, so that taking a message writes
 * nothing, and die with whoever held them. What is put waits for the disk; what ends does not, since the worst that can
 * come of it is that it is done again. With a log, what ends goes through on a full disk as well; see `SqliteFile.free`.
 * Throws if a newer Lambent wrote the file, or if it cannot be opened.
 */
export function openSqliteQueue(path: string, log?: Logger): Queue {
  const form = {
    what: 'the queue',
    formats: [QUEUE_TABLE, TAKEN_TABLE],
    pragmas: { auto_vacuum: 'INCREMENTAL' },
    log,
  } as const;
  // Read at once, so that a file whose table is not as it should be counts as one that cannot be opened.
  const file = new SqliteFile(path, form, (opened) => lastIdIn(opened));
  const queue = queueIn(file);
  return {
    ...queue,
    put: async (message) => {
      await file.write(() => {
        if (isNew(file, message)) queue.putWithin(message);
      });
    },
    [Symbol.asyncDispose]: async () => file.close(),
  };
}

/** A queue that shares its file with whatever else must be written together with its messages. */
export interface SharedQueue extends Queue {
  /** As `put`, within the transaction that `SqliteFile.write` is making; `once` is left aside, since its owner knows. */
  putWithin(message: NewMessage): void;
}

/** The queue in the table `QUEUE_TABLE` of a file, which stays open when the queue is disposed: it is its owner's. */
export function queueIn(file: SqliteFile): SharedQueue {
  // Ids ascend for as long as the queue is open, so that one that was settled is never another message's.
  let lastId = lastIdIn(file);
  const insert = file.sql('INSERT INTO messages VALUES (?, ?, ?, ?, ?)');
  const waiting = file.sql('SELECT id, due_ms FROM messages WHERE "group" = ? ORDER BY due_ms, id');
  const select = file.sql('SELECT state, body FROM messages WHERE id = ?');
  const remove = file.sql('DELETE FROM messages WHERE id = ?');
  const move = file.sql('UPDATE messages SET due_ms = ?, state = ? WHERE id = ?');
  const groups = file.sql('SELECT "group", MIN(due_ms) AS due_ms FROM messages GROUP BY "group" ORDER BY "group"');
  const leased = new Set<number>();

  const putWithin = (message: NewMessage): void => {
    lastId += 1;
    insert.run(lastId, message.group, message.dueMs, message.state, message.body);
  };
  return {
    putWithin,
    async put(message) {
      await file.write(() => putWithin(message));
    },
    async take(name, { nowMs, limit, bytesMax }) {
      const messages: QueueMessage[] = [];
      let bytes = 0;
      let nextDueMs: number | undefined;
      // SAFE: the columns of `waiting`. It reads the index alone, until one is found that is not given.
      for (const { id, due_ms } of waiting.iterate(name) as unknown as Iterable<Waiting>) {
        if (leased.has(id)) continue;
        nextDueMs = due_ms;
        if (due_ms > nowMs || messages.length >= limit) break;
        const { state, body } = select.get(id) as unknown as Row; // SAFE: the columns of `select`; the row is there.
        const message = {
          id,
          group: name,
          dueMs: due_ms,
          state,
          body: Buffer.from(body.buffer, body.byteOffset, body.byteLength),
        };
        bytes += bytesOf(message);
        if (bytes > bytesMax && messages.length > 0) break;
        messages.push(message);
        nextDueMs = undefined;
      }
      for (const { id } of messages) leased.add(id);
      return { messages, nextDueMs };
    },
    async settle(id) {
      await file.free(() => {
        remove.run(id);
        // The disk that a flood has taken, once most of the file is empty; until then new messages fill the gaps.
        if (file.isMostlyFree(FREE_PAGES_MAX)) file.giveBack(PAGES_GIVEN_BACK);
      }, 'written');
      leased.delete(id);
    },
    async postpone(id, { dueMs, state }) {
      await file.free(() => move.run(dueMs, state, id), 'written');
      leased.delete(id);
    },
    async groups() {
      const rows = groups.all() as unknown as { group: string; due_ms: number }[]; // SAFE: the columns of `groups`.
      return rows.map((row) => ({ group: row.group, dueMs: row.due_ms }));
    },
    async [Symbol.asyncDispose]() {},
  };
}

function isNew(file: SqliteFile, { group, once, dueMs }: NewMessage): boolean {
  if (once === undefined) return true;
  file
    .sql(`DELETE FROM taken WHERE once IN (SELECT once FROM taken WHERE until_ms <= ? LIMIT ${ONCE_SWEPT})`)
    .run(dueMs);
  return (
    Number(file.sql('INSERT OR IGNORE INTO taken VALUES (?, ?)').run(`${group} ${once}`, dueMs + ONCE_MS).changes) > 0
  );
}

function lastIdIn(file: SqliteFile): number {
  return Number(file.sql('SELECT MAX(id) AS last FROM messages').get()?.last ?? 0);
}

interface Row {
  readonly state: string;
  readonly body: Uint8Array;
}

interface Waiting {
  readonly id: number;
  readonly due_ms: number;
}
