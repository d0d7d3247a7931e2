import type { Durability } from '../../store/sqlite/group-commit.ts';
import { SqliteFile } from '../../store/sqlite/sqlite-file.ts';
import { CHUNK_SPAN_MS_MAX, type Chunk, encodeChunk } from './chunk.ts';

/** Whose logs: every account has its own groups in each region. */
export interface Scope {
  readonly account: string;
  readonly region: string;
}

export interface LogGroup {
  readonly id: number;
  readonly name: string;
  readonly createdMs: number;
  /** Undefined: events are kept for ever. */
  readonly retentionDays: number | undefined;
  readonly class: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly storedBytes: number;
}

export interface LogStreamInfo {
  readonly id: number;
  readonly name: string;
  readonly createdMs: number;
  /** These three are undefined until the first event. */
  readonly firstEventMs: number | undefined;
  readonly lastEventMs: number | undefined;
  readonly lastIngestionMs: number | undefined;
}

/** A row of chunks as a read sees it. */
export interface StoredChunk {
  readonly id: number;
  readonly stream: string;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly ingestedMs: number;
  /** For `decodeChunk`. */
  readonly events: string;
}

/** Events with `fromMs <= timestamp < untilMs`. */
export interface ChunkRange {
  readonly groupId: number;
  /** Undefined: every stream of the group. */
  readonly streamIds: readonly number[] | undefined;
  readonly fromMs: number;
  readonly untilMs: number;
}

const SCHEMA = `
  CREATE TABLE groups (
    id INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT NULL,
    createdMs INTEGER NOT NULL, retentionDays INTEGER, class TEXT NOT NULL, tags TEXT NOT NULL,
    storedBytes INTEGER NOT NULL DEFAULT 0, UNIQUE (account, region, name)
  ) STRICT;
  CREATE TABLE streams (
    id INTEGER PRIMARY KEY AUTOINCREMENT, groupId INTEGER NOT NULL, name TEXT NOT NULL, createdMs INTEGER NOT NULL,
    firstEventMs INTEGER, lastEventMs INTEGER, lastIngestionMs INTEGER, UNIQUE (groupId, name)
  ) STRICT;
  CREATE TABLE chunks (
    id INTEGER PRIMARY KEY, groupId INTEGER NOT NULL, streamId INTEGER NOT NULL, firstMs INTEGER NOT NULL,
    lastMs INTEGER NOT NULL, ingestedMs INTEGER NOT NULL, bytes INTEGER NOT NULL, events TEXT NOT NULL
  ) STRICT;
  CREATE INDEX chunksOfGroupForward ON chunks (groupId, firstMs);
  CREATE INDEX chunksOfGroupBackward ON chunks (groupId, lastMs);
  CREATE INDEX chunksOfStreamForward ON chunks (streamId, firstMs);
  CREATE INDEX chunksOfStreamBackward ON chunks (streamId, lastMs);
  -- Streams that are gone; their chunks follow in small steps, since a long transaction would hold up every invocation.
  CREATE TABLE removedStreams (id INTEGER PRIMARY KEY) STRICT;
`;

/** After every string a group or stream name can hold: they are compared by code point. */
const AFTER_ALL = '\u{10FFFF}';

/**
 * Groups, streams and chunks in one SQLite file. Every call is synchronous and throws what SQLite throws. AUTOINCREMENT
 * matters: the id of a removed stream is never given to a new one, which would inherit its chunks.
 */
export class LogStore {
  readonly #file: SqliteFile;

  constructor(path: string) {
    const form = { what: 'the log store', formats: [SCHEMA], pragmas: { auto_vacuum: 'INCREMENTAL' } } as const;
    this.#file = new SqliteFile(path, form);
  }

  /** Runs `work` in one transaction. `written` has a fifth of the cost of `synced`. */
  transaction<Result>(durability: Durability, work: () => Result): Result {
    return this.#file.transaction(work, durability);
  }

  close(): void {
    this.#file.close();
  }

  group(scope: Scope, name: string): LogGroup | undefined {
    const row = this.#file
      .sql('SELECT * FROM groups WHERE account = ? AND region = ? AND name = ?')
      .get(scope.account, scope.region, name);
    return row && toGroup(row);
  }

  /** Groups in order of their names: those after `after`, with the prefix, of the class, and with `part` anywhere in the name. */
  groups(scope: Scope, query: GroupQuery): LogGroup[] {
    const { prefix = '', part = '', class: groupClass, after = '', countMax } = query;
    return this.#file
      .sql(
        `SELECT * FROM groups WHERE account = ?1 AND region = ?2 AND name > ?3 AND name >= ?4 AND name < ?5
       AND instr(name, ?6) AND (?7 IS NULL OR class = ?7) ORDER BY name LIMIT ?8`,
      )
      .all(scope.account, scope.region, after, prefix, prefix + AFTER_ALL, part, groupClass ?? null, countMax)
      .map(toGroup);
  }

  /** False when there is such a group already. */
  addGroup(scope: Scope, group: Pick<LogGroup, 'name' | 'createdMs' | 'class' | 'tags'>): boolean {
    const { changes } = this.#file
      .sql('INSERT OR IGNORE INTO groups (account, region, name, createdMs, class, tags) VALUES (?, ?, ?, ?, ?, ?)')
      .run(scope.account, scope.region, group.name, group.createdMs, group.class, JSON.stringify(group.tags));
    return changes === 1;
  }

  setRetention(groupId: number, days: number | undefined): void {
    this.#file.sql('UPDATE groups SET retentionDays = ? WHERE id = ?').run(days ?? null, groupId);
  }

  setTags(groupId: number, tags: Readonly<Record<string, string>>): void {
    this.#file.sql('UPDATE groups SET tags = ? WHERE id = ?').run(JSON.stringify(tags), groupId);
  }

  removeGroup(groupId: number): void {
    this.#file.sql('INSERT INTO removedStreams SELECT id FROM streams WHERE groupId = ?').run(groupId);
    this.#file.sql('DELETE FROM streams WHERE groupId = ?').run(groupId);
    this.#file.sql('DELETE FROM groups WHERE id = ?').run(groupId);
  }

  stream(groupId: number, name: string): LogStreamInfo | undefined {
    const row = this.#file.sql('SELECT * FROM streams WHERE groupId = ? AND name = ?').get(groupId, name);
    return row && toStream(row);
  }

  /** Streams by name, from `after` on in the direction asked for. */
  streamsByName(groupId: number, { prefix = '', after, countMax, descending }: StreamQuery<string>): LogStreamInfo[] {
    return this.#file
      .sql(
        `SELECT * FROM streams WHERE groupId = ? AND name >= ? AND name < ? AND name ${descending ? '<' : '>'} ?
       ORDER BY name ${descending ? 'DESC' : ''} LIMIT ?`,
      )
      .all(groupId, prefix, prefix + AFTER_ALL, after ?? (descending ? AFTER_ALL : ''), countMax)
      .map(toStream);
  }

  /** Streams by the time of their last event; those without events count as the oldest. */
  streamsByTime(groupId: number, { after, countMax, descending }: StreamQuery<StreamTime>): LogStreamInfo[] {
    return this.#file
      .sql(
        `SELECT * FROM streams WHERE groupId = ? AND (ifnull(lastEventMs, -1), id) ${descending ? '<' : '>'} (?, ?)
       ORDER BY ifnull(lastEventMs, -1) ${descending ? 'DESC' : ''}, id ${descending ? 'DESC' : ''} LIMIT ?`,
      )
      .all(
        groupId,
        after?.lastEventMs ?? (descending ? Number.MAX_SAFE_INTEGER : -2),
        after?.id ?? (descending ? Number.MAX_SAFE_INTEGER : -2),
        countMax,
      )
      .map(toStream);
  }

  /** False when there is such a stream already. */
  addStream(groupId: number, name: string, createdMs: number): boolean {
    const { changes } = this.#file
      .sql('INSERT OR IGNORE INTO streams (groupId, name, createdMs) VALUES (?, ?, ?)')
      .run(groupId, name, createdMs);
    return changes === 1;
  }

  removeStream(streamId: number): void {
    this.#file.sql('INSERT INTO removedStreams VALUES (?)').run(streamId);
    this.#file.sql('DELETE FROM streams WHERE id = ?').run(streamId);
  }

  /** Answers how many bytes they count; `addStoredBytes` tells the group. */
  addChunks(groupId: number, streamId: number, chunks: readonly Chunk[], ingestedMs: number): number {
    let bytes = 0;
    let firstMs = Number.MAX_SAFE_INTEGER;
    let lastMs = -1;
    for (const chunk of chunks) {
      const chunkFirstMs = chunk.timestampsMs[0] ?? 0;
      const chunkLastMs = chunk.timestampsMs[chunk.timestampsMs.length - 1] ?? 0;
      this.#file
        .sql(
          'INSERT INTO chunks (groupId, streamId, firstMs, lastMs, ingestedMs, bytes, events) VALUES (?, ?, ?, ?, ?, ?, ?)',
        )
        .run(groupId, streamId, chunkFirstMs, chunkLastMs, ingestedMs, chunk.bytes, encodeChunk(chunk));
      bytes += chunk.bytes;
      firstMs = Math.min(firstMs, chunkFirstMs);
      lastMs = Math.max(lastMs, chunkLastMs);
    }
    this.#file
      .sql(
        `UPDATE streams SET firstEventMs = min(ifnull(firstEventMs, ?1), ?1), lastEventMs = max(ifnull(lastEventMs, ?2), ?2),
       lastIngestionMs = ?3 WHERE id = ?4`,
      )
      .run(firstMs, lastMs, ingestedMs, streamId);
    return bytes;
  }

  addStoredBytes(groupId: number, bytes: number): void {
    this.#file.sql('UPDATE groups SET storedBytes = storedBytes + ? WHERE id = ?').run(bytes, groupId);
  }

  /** The chunks that reach into the range: by their first event going forward, by their last going backward. */
  *chunks(range: ChunkRange, direction: 'forward' | 'backward'): Generator<StoredChunk, void> {
    const { groupId, streamIds, fromMs, untilMs } = range;
    // One stream has an index of its own; several are picked out of the group's.
    const single = streamIds?.length === 1 ? streamIds[0] : undefined;
    const of = single === undefined ? 'c.groupId = ?1' : 'c.streamId = ?1';
    const time = direction === 'forward' ? 'c.firstMs' : 'c.lastMs';
    const rows = this.#file
      .sql(
        `SELECT c.id, s.name AS stream, c.firstMs, c.lastMs, c.ingestedMs, c.events FROM chunks c JOIN streams s ON s.id = c.streamId
       WHERE ${of} AND ${time} >= ?2 AND ${time} < ?3 AND c.firstMs < ?4 AND c.lastMs >= ?5
       AND (?6 IS NULL OR c.streamId IN (SELECT value FROM json_each(?6)))
       ORDER BY ${time} ${direction === 'forward' ? '' : 'DESC'}`,
      )
      .iterate(
        single ?? groupId,
        direction === 'forward' ? fromMs - CHUNK_SPAN_MS_MAX : fromMs,
        direction === 'forward' ? untilMs : untilMs + CHUNK_SPAN_MS_MAX,
        untilMs,
        fromMs,
        streamIds && single === undefined ? JSON.stringify(streamIds) : null,
      );
    for (const row of rows) yield row as unknown as StoredChunk; // SAFE: the columns are the members, by name and type.
  }

  /** Deletes up to `chunksMax` chunks of removed streams or older than their group's retention; true when more may be left. */
  sweep(nowMs: number, chunksMax: number): boolean {
    const swept = this.transaction(
      'written',
      () => this.#sweepRemoved(chunksMax) ?? this.#sweepExpired(nowMs, chunksMax),
    );
    // Gives free pages back to the file system, a few at a time.
    if (swept) this.#file.giveBack(1_000);
    return swept;
  }

  #sweepRemoved(chunksMax: number): true | undefined {
    const removed = this.#file.sql('SELECT id FROM removedStreams LIMIT 1').get();
    if (!removed) return undefined;
    const { changes } = this.#file
      .sql('DELETE FROM chunks WHERE id IN (SELECT id FROM chunks WHERE streamId = ? LIMIT ?) ')
      .run(Number(removed.id), chunksMax);
    if (changes === 0) this.#file.sql('DELETE FROM removedStreams WHERE id = ?').run(Number(removed.id));
    return true;
  }

  #sweepExpired(nowMs: number, chunksMax: number): boolean {
    const DAY_MS = 86_400_000;
    const expired = this.#file
      .sql(
        `SELECT g.id AS groupId, c.id, c.bytes FROM groups g JOIN chunks c ON c.groupId = g.id AND c.lastMs < ? - g.retentionDays * ${DAY_MS}
       WHERE g.retentionDays IS NOT NULL LIMIT ?`,
      )
      .all(nowMs, chunksMax);
    for (const { groupId, id, bytes } of expired) {
      this.#file.sql('DELETE FROM chunks WHERE id = ?').run(Number(id));
      this.#file
        .sql('UPDATE groups SET storedBytes = storedBytes - ? WHERE id = ?')
        .run(Number(bytes), Number(groupId));
    }
    return expired.length > 0;
  }
}

interface GroupQuery {
  readonly prefix?: string;
  readonly part?: string;
  readonly class?: string;
  /** Only names after this one. */
  readonly after?: string;
  readonly countMax: number;
}

interface StreamQuery<After> {
  readonly prefix?: string;
  /** Only streams after this one, in the order asked for. */
  readonly after?: After;
  readonly countMax: number;
  readonly descending: boolean;
}

/** Where a stream stands in the order by time. */
export interface StreamTime {
  /** -1 for a stream without events. */
  readonly lastEventMs: number;
  readonly id: number;
}

type Row = Record<string, unknown>;

function toGroup(row: Row): LogGroup {
  return {
    id: Number(row.id),
    name: String(row.name),
    createdMs: Number(row.createdMs),
    retentionDays: optionalNumber(row.retentionDays),
    class: String(row.class),
    tags: JSON.parse(String(row.tags)) as Record<string, string>, // SAFE: only addGroup and setTags write it.
    storedBytes: Number(row.storedBytes),
  };
}

function toStream(row: Row): LogStreamInfo {
  return {
    id: Number(row.id),
    name: String(row.name),
    createdMs: Number(row.createdMs),
    firstEventMs: optionalNumber(row.firstEventMs),
    lastEventMs: optionalNumber(row.lastEventMs),
    lastIngestionMs: optionalNumber(row.lastIngestionMs),
  };
}

function optionalNumber(value: unknown): number | undefined {
  return value === null ? undefined : Number(value);
}
