import type { Durability } from '../../store/sqlite/group-commit.ts';
import { SqliteFile } from '../../store/sqlite/sqlite-file.ts';
import { CHUNK_SPAN_MS_MAX, type Chunk, encodeChunk } from './chunk.ts';
import { FollowerTable } from './follower-table.ts';
import { LOG_FORMATS } from './log-format.ts';
import { LogSweep } from './log-sweep.ts';
import { ResourcePolicies } from './resource-policies.ts';

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
  /** Kept for whoever describes the group; nothing is encrypted with it. */
  readonly kmsKeyId: string | undefined;
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
  readonly groupId: number;
  readonly stream: string;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly ingestedMs: number;
  readonly bytes: number;
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

/** After every string a group or stream name can hold: they are compared by code point. */
const AFTER_ALL = '\u{10FFFF}';

/** Chunks that one query reads: about as many as hold READ_BYTES. */
const CHUNKS_READ_MIN = 4;
const CHUNKS_READ_MAX = 256;
const READ_BYTES = 1_048_576;

/**
 * Groups, streams and chunks in one SQLite file. Every call is synchronous and throws what SQLite throws. AUTOINCREMENT
 * matters: the id of a removed stream is never given to a new one, which would inherit its chunks.
 */
export class LogStore {
  readonly #file: SqliteFile;
  readonly followers: FollowerTable;
  readonly sweep: LogSweep;
  readonly policies: ResourcePolicies;
  #lastChunk = 0;

  constructor(path: string) {
    const form = { what: 'the log store', formats: LOG_FORMATS, pragmas: { auto_vacuum: 'INCREMENTAL' } } as const;
    this.#file = new SqliteFile(path, form, (file) => {
      const last = file.sql('SELECT max(id, (SELECT ifnull(max(id), 0) FROM chunks)) AS id FROM lastChunk').get();
      this.#lastChunk = Number(last?.id);
    });
    this.followers = new FollowerTable(this.#file);
    this.policies = new ResourcePolicies(this.#file);
    this.sweep = new LogSweep(this.#file, () => this.#lastChunk);
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

  /** Where a group is; undefined when it is gone. */
  placeOf(groupId: number): (Scope & { readonly group: string }) | undefined {
    const row = this.#file.sql('SELECT account, region, name AS "group" FROM groups WHERE id = ?').get(groupId);
    return row && { account: String(row.account), region: String(row.region), group: String(row.group) };
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
  addGroup(
    scope: Scope,
    group: Pick<LogGroup, 'name' | 'createdMs' | 'class' | 'tags'> & { kmsKeyId?: string | undefined },
  ): boolean {
    const { changes } = this.#file
      .sql(
        `INSERT OR IGNORE INTO groups (account, region, name, createdMs, class, tags, kmsKeyId) VALUES (?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        scope.account,
        scope.region,
        group.name,
        group.createdMs,
        group.class,
        JSON.stringify(group.tags),
        group.kmsKeyId ?? null,
      );
    return changes === 1;
  }

  setRetention(groupId: number, days: number | undefined): void {
    this.#file.sql('UPDATE groups SET retentionDays = ? WHERE id = ?').run(days ?? null, groupId);
  }

  setKey(groupId: number, kmsKeyId: string | undefined): void {
    this.#file.sql('UPDATE groups SET kmsKeyId = ? WHERE id = ?').run(kmsKeyId ?? null, groupId);
  }

  setTags(groupId: number, tags: Readonly<Record<string, string>>): void {
    this.#file.sql('UPDATE groups SET tags = ? WHERE id = ?').run(JSON.stringify(tags), groupId);
  }

  removeGroup(groupId: number): void {
    this.followers.removeOfGroup(groupId);
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
    const followers = this.followers.ofGroup(groupId);
    let bytes = 0;
    let firstMs = Number.MAX_SAFE_INTEGER;
    let lastMs = -1;
    for (const chunk of chunks) {
      // A transaction that is rolled back leaves a gap in the ids, and nothing else.
      this.#lastChunk += 1;
      const id = this.#lastChunk;
      const chunkFirstMs = chunk.timestampsMs[0] ?? 0;
      const chunkLastMs = chunk.timestampsMs[chunk.timestampsMs.length - 1] ?? 0;
      this.#file
        .sql(
          'INSERT INTO chunks (id, groupId, streamId, firstMs, lastMs, ingestedMs, bytes, events) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
        )
        .run(id, groupId, streamId, chunkFirstMs, chunkLastMs, ingestedMs, chunk.bytes, encodeChunk(chunk));
      for (const follower of followers) this.followers.addPending(follower, id);
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

  /**
   * The chunks that reach into the range: by their first event going forward, by their last going backward. Read a few at a
   * time, so that whoever reads may do other things in between.
   */
  *chunks(range: ChunkRange, direction: 'forward' | 'backward'): Generator<StoredChunk, void> {
    const { groupId, streamIds, fromMs, untilMs } = range;
    // One stream has an index of its own; several are picked out of the group's.
    const single = streamIds?.length === 1 ? streamIds[0] : undefined;
    const isForward = direction === 'forward';
    const of = single === undefined ? 'c.groupId = ?1' : 'c.streamId = ?1';
    const time = isForward ? 'c.firstMs' : 'c.lastMs';
    const order = isForward ? '' : 'DESC';
    const statement = this.#file.sql(
      `SELECT c.id, c.groupId, s.name AS stream, c.firstMs, c.lastMs, c.ingestedMs, c.bytes, c.events
       FROM chunks c JOIN streams s ON s.id = c.streamId
       WHERE ${of} AND ${time} ${isForward ? '<' : '>='} ?2 AND (${time}, c.id) ${isForward ? '>' : '<'} (?3, ?4)
       AND c.firstMs < ?5 AND c.lastMs >= ?6 AND (?7 IS NULL OR c.streamId IN (SELECT value FROM json_each(?7)))
       ORDER BY ${time} ${order}, c.id ${order} LIMIT ?8`,
    );
    const streams = streamIds && single === undefined ? JSON.stringify(streamIds) : null;
    const end = isForward ? untilMs : fromMs;
    let after = isForward
      ? { ms: fromMs - CHUNK_SPAN_MS_MAX, id: -1 }
      : { ms: untilMs + CHUNK_SPAN_MS_MAX, id: Number.MAX_SAFE_INTEGER };
    let count = CHUNKS_READ_MIN;
    for (;;) {
      const rows = statement.all(single ?? groupId, end, after.ms, after.id, untilMs, fromMs, streams, count);
      let bytes = 0;
      for (const row of rows) {
        const chunk = row as unknown as StoredChunk; // SAFE: the columns are the members, by name and type.
        yield chunk;
        bytes += chunk.bytes;
        after = { ms: isForward ? chunk.firstMs : chunk.lastMs, id: chunk.id };
      }
      if (rows.length < count) return;
      // Small chunks are read by the hundred, so that the query is not what costs.
      count = Math.max(CHUNKS_READ_MIN, Math.min(CHUNKS_READ_MAX, Math.floor((READ_BYTES * count) / bytes)));
    }
  }

  /** The chunk of this id, unless it has gone. */
  chunk(id: number): StoredChunk | undefined {
    const row = this.#file
      .sql(
        `SELECT c.id, c.groupId, s.name AS stream, c.firstMs, c.lastMs, c.ingestedMs, c.bytes, c.events
       FROM chunks c JOIN streams s ON s.id = c.streamId WHERE c.id = ?`,
      )
      .get(id);
    return row as StoredChunk | undefined; // SAFE: as above.
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
    kmsKeyId: row.kmsKeyId === null ? undefined : String(row.kmsKeyId),
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
