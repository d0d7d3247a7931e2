import type { Logger } from '../../lib/log.ts';
import { Recent } from '../../lib/recent.ts';
import { SqliteFile } from '../../store/sqlite/sqlite-file.ts';
import type { Message, MessageAttribute } from './message.ts';
import type { Queue, QueuePlace, QueueSettings } from './queue.ts';
import { SqsRefused } from './refusal.ts';

const SCHEMA = `
  CREATE TABLE queues (
    id INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT NULL,
    settings TEXT NOT NULL, tags TEXT NOT NULL, createdMs INTEGER NOT NULL, modifiedMs INTEGER NOT NULL,
    purgedMs INTEGER, UNIQUE (account, region, name)
  ) STRICT;
  CREATE TABLE deletedQueues (
    account TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT NULL, deletedMs INTEGER NOT NULL,
    PRIMARY KEY (account, region, name)
  ) STRICT, WITHOUT ROWID;
  -- Queues that are gone; their messages follow in small steps, since a long transaction would hold up everybody.
  CREATE TABLE removedQueues (id INTEGER PRIMARY KEY) STRICT;
  CREATE TABLE messages (
    sequence INTEGER PRIMARY KEY, queueId INTEGER NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, attributes TEXT,
    senderId TEXT NOT NULL, traceHeader TEXT, sentMs INTEGER NOT NULL, visibleAtMs INTEGER NOT NULL,
    receiveCount INTEGER NOT NULL, firstReceivedMs INTEGER, receivedMs INTEGER, nonce INTEGER,
    groupId TEXT, deduplicationId TEXT, sourceArn TEXT
  ) STRICT;
  CREATE INDEX messagesByAge ON messages (queueId);
  CREATE INDEX messagesByVisibility ON messages (queueId, visibleAtMs, nonce);
  CREATE INDEX messagesOfGroup ON messages (queueId, groupId) WHERE groupId IS NOT NULL;
  CREATE INDEX receivedOfGroup ON messages (queueId, groupId, visibleAtMs) WHERE groupId IS NOT NULL AND nonce IS NOT NULL;
  -- The groups of FIFO queues that have messages, and when the first of them may be received.
  CREATE TABLE groups (
    queueId INTEGER NOT NULL, groupId TEXT NOT NULL, readyAtMs INTEGER NOT NULL, PRIMARY KEY (queueId, groupId)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX groupsByReadiness ON groups (queueId, readyAtMs);
  -- What FIFO queues have taken lately. The scope is a group, or empty for the whole queue.
  CREATE TABLE deduplications (
    queueId INTEGER NOT NULL, scope TEXT NOT NULL, deduplicationId TEXT NOT NULL, id TEXT NOT NULL,
    sequence INTEGER NOT NULL, sentMs INTEGER NOT NULL, PRIMARY KEY (queueId, scope, deduplicationId)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX deduplicationsByAge ON deduplications (sentMs);
  CREATE TABLE moves (
    id TEXT PRIMARY KEY, sourceId INTEGER NOT NULL, sourceArn TEXT NOT NULL, destinationArn TEXT, perSecondMax INTEGER,
    state TEXT NOT NULL, moved INTEGER NOT NULL, toMove INTEGER NOT NULL, startedMs INTEGER NOT NULL,
    lastSequence INTEGER NOT NULL, failure TEXT
  ) STRICT;
  CREATE INDEX movesBySource ON moves (sourceId, startedMs);
`;

/** A message to be stored: what the receives of it will change has its first value. */
export type NewMessage = Omit<Message, 'sequence' | 'firstReceivedMs' | 'receiveCount' | 'deadLetterSourceArn'> & {
  readonly deadLetterSourceArn?: string | undefined;
};

/** What the last receive of a message left behind. */
export interface Held {
  readonly nonce: number | undefined;
  readonly receivedMs: number | undefined;
  readonly visibleAtMs: number;
  readonly group: string | undefined;
}

/** A message goes from a queue into its dead-letter queue. */
export interface Burial {
  readonly sequence: number;
  readonly from: number;
  readonly to: number;
  readonly sourceArn: string;
  readonly nowMs: number;
}

export interface Counts {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
}

export interface Move {
  readonly id: string;
  readonly sourceId: number;
  readonly sourceArn: string;
  /** Undefined: each message goes back to the queue it came from. */
  readonly destinationArn: string | undefined;
  readonly perSecondMax: number | undefined;
  readonly state: 'running' | 'cancelling' | 'cancelled' | 'completed' | 'failed';
  readonly moved: number;
  readonly toMove: number;
  readonly startedMs: number;
  /** Messages that came later are not moved. */
  readonly lastSequence: number;
  readonly failure: string | undefined;
}

/**
 * Queues and messages in one SQLite file. Every call but `run` is synchronous and throws what SQLite throws; those that
 * write belong into `run`, which answers when all of it is on the disk.
 */
export class QueueStore {
  readonly #file: SqliteFile;
  /** Settings and tags by their text, since every request reads those of its queue. */
  readonly #parsed = new Recent<unknown>(PARSED_MAX);
  /** Of queues whose messages somebody has counted. */
  readonly #totals = new Map<number, number>();
  #lastSequence = 0;

  constructor(path: string, log: Logger) {
    this.#file = new SqliteFile(path, { ...FORM, log }, (file) => {
      this.#lastSequence = Number(
        file
          .sql(
            `SELECT max(ifnull((SELECT max(sequence) FROM messages), 0), ifnull((SELECT max(sequence) FROM deduplications), 0)) AS last`,
          )
          .get()?.last,
      );
    });
  }

  /** See `GroupCommit.run`: refusals are thrown before the first write. */
  run<T>(work: () => T): Promise<T> {
    return this.#written(this.#file.write(work));
  }

  /** The same for what makes room, or is needed to make room; see `SqliteFile.free`. */
  free<T>(work: () => T): Promise<T> {
    return this.#written(this.#file.free(work));
  }

  close(): void {
    this.#file.close();
  }

  // Queues

  queue({ account, region, name }: QueuePlace): Queue | undefined {
    const row = this.#file
      .sql('SELECT * FROM queues WHERE account = ? AND region = ? AND name = ?')
      .get(account, region, name);
    return row && this.#toQueue(row);
  }

  queueOfId(id: number): Queue | undefined {
    const row = this.#file.sql('SELECT * FROM queues WHERE id = ?').get(id);
    return row && this.#toQueue(row);
  }

  /** Queues in order of their names: those after `after`, with the prefix. */
  queues(place: Omit<QueuePlace, 'name'>, { prefix = '', after = '', countMax = -1 }: QueueQuery): Queue[] {
    return this.#file
      .sql(
        `SELECT * FROM queues WHERE account = ?1 AND region = ?2 AND name > ?3 AND substr(name, 1, length(?4)) = ?4
       ORDER BY name LIMIT ?5`,
      )
      .all(place.account, place.region, after, prefix, countMax)
      .map((row) => this.#toQueue(row));
  }

  /** Those that name the queue as their dead-letter queue, in order of their names. */
  deadLetterSources(place: Omit<QueuePlace, 'name'>, arn: string, { after = '', countMax = -1 }: QueueQuery): Queue[] {
    return this.#file
      .sql(
        `SELECT * FROM queues WHERE account = ? AND region = ? AND name > ? AND settings ->> '$.redrive.deadLetterArn' = ?
       ORDER BY name LIMIT ?`,
      )
      .all(place.account, place.region, after, arn, countMax)
      .map((row) => this.#toQueue(row));
  }

  addQueue(queue: Omit<Queue, 'id' | 'purgedMs'>): void {
    const { account, region, name } = queue.place;
    this.#file
      .sql('DELETE FROM deletedQueues WHERE account = ? AND region = ? AND name = ?')
      .run(account, region, name);
    this.#file
      .sql(
        'INSERT INTO queues (account, region, name, settings, tags, createdMs, modifiedMs) VALUES (?, ?, ?, ?, ?, ?, ?)',
      )
      .run(
        account,
        region,
        name,
        JSON.stringify(queue.settings),
        JSON.stringify(queue.tags),
        queue.createdMs,
        queue.modifiedMs,
      );
  }

  setSettings(id: number, settings: QueueSettings, modifiedMs: number): void {
    this.#file
      .sql('UPDATE queues SET settings = ?, modifiedMs = ? WHERE id = ?')
      .run(JSON.stringify(settings), modifiedMs, id);
  }

  setTags(id: number, tags: Readonly<Record<string, string>>): void {
    this.#file.sql('UPDATE queues SET tags = ? WHERE id = ?').run(JSON.stringify(tags), id);
  }

  /** The queue is gone at once; what it held is deleted by `sweep`. */
  removeQueue({ id, place }: Queue, deletedMs: number): void {
    this.#totals.delete(id);
    this.#file.sql('DELETE FROM queues WHERE id = ?').run(id);
    this.#file.sql('INSERT INTO removedQueues VALUES (?)').run(id);
    this.#file
      .sql('INSERT OR REPLACE INTO deletedQueues VALUES (?, ?, ?, ?)')
      .run(place.account, place.region, place.name, deletedMs);
  }

  /** When a queue of this name was deleted last; undefined if there has been none, or one was created since. */
  deletedMs({ account, region, name }: QueuePlace): number | undefined {
    const row = this.#file
      .sql('SELECT deletedMs FROM deletedQueues WHERE account = ? AND region = ? AND name = ?')
      .get(account, region, name);
    return row && Number(row.deletedMs);
  }

  setPurged(id: number, purgedMs: number): void {
    this.#file.sql('UPDATE queues SET purgedMs = ? WHERE id = ?').run(purgedMs, id);
  }

  // Messages

  /** Answers the message's place in the order of arrivals. */
  addMessage(queueId: number, message: NewMessage, nowMs: number): number {
    const sequence = this.#nextSequence(nowMs);
    this.#changeTotal(queueId, 1);
    this.#file
      .sql(
        `INSERT INTO messages (sequence, queueId, id, body, attributes, senderId, traceHeader, sentMs, visibleAtMs,
       receiveCount, groupId, deduplicationId, sourceArn) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?)`,
      )
      .run(
        sequence,
        queueId,
        message.id,
        message.body,
        message.attributes === undefined ? null : JSON.stringify(message.attributes),
        message.senderId,
        message.traceHeader ?? null,
        message.sentMs,
        message.visibleAtMs,
        message.group ?? null,
        message.deduplicationId ?? null,
        message.deadLetterSourceArn ?? null,
      );
    return sequence;
  }

  /** Messages that may be received now, the longest waiting first. */
  visible({ id, settings }: Queue, nowMs: number, countMax: number): Message[] {
    return this.#file
      .sql(
        `SELECT * FROM messages INDEXED BY messagesByVisibility WHERE queueId = ? AND visibleAtMs <= ? AND sequence >= ?
       ORDER BY visibleAtMs, nonce, sequence LIMIT ?`,
      )
      .all(id, nowMs, firstSequence(nowMs - settings.retentionMs), countMax)
      .map(toMessage);
  }

  /** The first messages of a group, in their order. */
  ofGroup({ id, settings }: Queue, group: string, nowMs: number, countMax: number): Message[] {
    return this.#file
      .sql('SELECT * FROM messages WHERE queueId = ? AND groupId = ? AND sequence >= ? ORDER BY sequence LIMIT ?')
      .all(id, group, firstSequence(nowMs - settings.retentionMs), countMax)
      .map(toMessage);
  }

  /** The oldest messages of a queue that may be received now, up to `lastSequence`. */
  oldest({ id, settings }: Queue, lastSequence: number, nowMs: number, countMax: number): Message[] {
    return this.#file
      .sql(
        `SELECT * FROM messages INDEXED BY messagesByAge WHERE queueId = ? AND sequence >= ? AND sequence <= ?
       AND visibleAtMs <= ? ORDER BY sequence LIMIT ?`,
      )
      .all(id, firstSequence(nowMs - settings.retentionMs), lastSequence, nowMs, countMax)
      .map(toMessage);
  }

  message(queueId: number, sequence: number): Message | undefined {
    const row = this.#file.sql('SELECT * FROM messages WHERE sequence = ? AND queueId = ?').get(sequence, queueId);
    return row && toMessage(row);
  }

  /** What the last receive of a queue's message left behind. */
  held(queueId: number, sequence: number): Held | undefined {
    const row = this.#file
      .sql('SELECT nonce, receivedMs, visibleAtMs, groupId FROM messages WHERE sequence = ? AND queueId = ?')
      .get(sequence, queueId);
    return (
      row && {
        nonce: optionalNumber(row.nonce),
        receivedMs: optionalNumber(row.receivedMs),
        visibleAtMs: Number(row.visibleAtMs),
        group: optionalText(row.groupId),
      }
    );
  }

  setReceived(sequence: number, { nonce, visibleAtMs, nowMs }: { nonce: number; visibleAtMs: number; nowMs: number }) {
    this.#file
      .sql(
        `UPDATE messages SET nonce = ?1, visibleAtMs = ?2, receivedMs = ?3, receiveCount = receiveCount + 1,
       firstReceivedMs = ifnull(firstReceivedMs, ?3) WHERE sequence = ?4`,
      )
      .run(nonce, visibleAtMs, nowMs, sequence);
  }

  setVisibleAt(sequence: number, visibleAtMs: number): void {
    this.#file.sql('UPDATE messages SET visibleAtMs = ? WHERE sequence = ?').run(visibleAtMs, sequence);
  }

  /** Messages that nobody has received yet; FIFO queues change their delay for what lies in them, too. */
  delayFromNowOn(queueId: number, delayMs: number): string[] {
    this.#file
      .sql('UPDATE messages SET visibleAtMs = sentMs + ? WHERE queueId = ? AND receiveCount = 0')
      .run(delayMs, queueId);
    return this.#file
      .sql('SELECT groupId FROM groups WHERE queueId = ?')
      .all(queueId)
      .map(({ groupId }) => String(groupId));
  }

  /** One that is there. */
  removeMessage(queueId: number, sequence: number): void {
    this.#changeTotal(queueId, -1);
    this.#file.sql('DELETE FROM messages WHERE sequence = ?').run(sequence);
  }

  /** Puts a message into another queue, as if nobody there had seen it; it keeps its id, its age and its count. */
  bury({ sequence, from, to, sourceArn, nowMs }: Burial): void {
    this.#changeTotal(from, -1);
    this.#changeTotal(to, 1);
    this.#file
      .sql(
        'UPDATE messages SET queueId = ?, sourceArn = ?, visibleAtMs = ?, nonce = NULL, receivedMs = NULL WHERE sequence = ?',
      )
      .run(to, sourceArn, nowMs, sequence);
  }

  /** The same in FIFO queues, where it goes to the end, and its age begins anew. */
  buryInOrder(burial: Burial): void {
    const { sequence, nowMs } = burial;
    this.bury(burial);
    this.#file
      .sql('UPDATE messages SET sequence = ?, sentMs = ? WHERE sequence = ?')
      .run(this.#nextSequence(nowMs), nowMs, sequence);
  }

  /** Messages that were there when `lastSequence` was the last one. */
  upTo(queueId: number, lastSequence: number, countMax: number): Placed[] {
    return this.#file
      .sql(
        'SELECT sequence, groupId FROM messages INDEXED BY messagesByAge WHERE queueId = ? AND sequence <= ? LIMIT ?',
      )
      .all(queueId, lastSequence, countMax)
      .map(toPlaced);
  }

  /** Messages that have reached their age; sequences grow with the time of sending, so a place stands for an age. */
  expired({ id, settings }: Queue, nowMs: number, countMax: number): Placed[] {
    return this.#file
      .sql('SELECT sequence, groupId FROM messages INDEXED BY messagesByAge WHERE queueId = ? AND sequence < ? LIMIT ?')
      .all(id, firstSequence(nowMs - settings.retentionMs), countMax)
      .map(toPlaced);
  }

  /** Looks only at messages that are hidden or too old; how many there are in all is known. */
  counts({ id, settings }: Queue, nowMs: number): Counts {
    const first = firstSequence(nowMs - settings.retentionMs);
    const hidden = this.#file
      .sql(
        `SELECT count(*) FILTER (WHERE nonce IS NOT NULL) AS inFlight, count(*) FILTER (WHERE nonce IS NULL) AS delayed
         FROM messages INDEXED BY messagesByVisibility WHERE queueId = ? AND visibleAtMs > ? AND sequence >= ?`,
      )
      .get(id, nowMs, first);
    const expired = this.#file
      .sql('SELECT count(*) AS count FROM messages INDEXED BY messagesByAge WHERE queueId = ? AND sequence < ?')
      .get(id, first);
    const [inFlight, delayed] = [Number(hidden?.inFlight), Number(hidden?.delayed)];
    return { visible: this.#total(id) - Number(expired?.count) - inFlight - delayed, inFlight, delayed };
  }

  /** All messages of a queue: counted once, and then kept. */
  #total(queueId: number): number {
    let total = this.#totals.get(queueId);
    if (total === undefined) {
      const row = this.#file
        .sql('SELECT count(*) AS count FROM messages INDEXED BY messagesByAge WHERE queueId = ?')
        .get(queueId);
      total = Number(row?.count);
      this.#totals.set(queueId, total);
    }
    return total;
  }

  #changeTotal(queueId: number, by: 1 | -1): void {
    const total = this.#totals.get(queueId);
    if (total !== undefined) this.#totals.set(queueId, total + by);
  }

  /** What is undone was counted; refusals come before the first write. */
  #written<T>(writing: Promise<T>): Promise<T> {
    writing.catch((error: unknown) => {
      if (!(error instanceof SqsRefused)) this.#totals.clear();
    });
    return writing;
  }

  inFlight(queueId: number, nowMs: number): number {
    const row = this.#file
      .sql('SELECT count(*) AS count FROM messages WHERE queueId = ? AND visibleAtMs > ? AND nonce IS NOT NULL')
      .get(queueId, nowMs);
    return Number(row?.count);
  }

  /** When the next message that is hidden now can be received, for all that is known now. */
  nextVisibleMs({ id, settings: { fifo } }: Queue, nowMs: number): number | undefined {
    const row = this.#file
      .sql(
        fifo
          ? 'SELECT min(readyAtMs) AS next FROM groups WHERE queueId = ? AND readyAtMs > ?'
          : 'SELECT min(visibleAtMs) AS next FROM messages WHERE queueId = ? AND visibleAtMs > ?',
      )
      .get(id, nowMs);
    return optionalNumber(row?.next ?? null);
  }

  // Groups

  readyGroups(queueId: number, nowMs: number, countMax: number): string[] {
    return this.#file
      .sql('SELECT groupId FROM groups WHERE queueId = ? AND readyAtMs <= ? ORDER BY readyAtMs LIMIT ?')
      .all(queueId, nowMs, countMax)
      .map(({ groupId }) => String(groupId));
  }

  /** For a message that comes last in its group: the others decide when that is ready. */
  addToGroup(queueId: number, group: string, visibleAtMs: number): void {
    this.#file.sql('INSERT OR IGNORE INTO groups VALUES (?, ?, ?)').run(queueId, group, visibleAtMs);
  }

  /**
   * To be called after any other change to a group: it is ready when its first message is visible and none of it is in
   * flight.
   */
  refreshGroup(queueId: number, group: string): void {
    const head = this.#file
      .sql('SELECT visibleAtMs FROM messages WHERE queueId = ? AND groupId = ? ORDER BY sequence LIMIT 1')
      .get(queueId, group);
    if (head === undefined) {
      this.#file.sql('DELETE FROM groups WHERE queueId = ? AND groupId = ?').run(queueId, group);
      return;
    }
    const row = this.#file
      .sql('SELECT max(visibleAtMs) AS until FROM messages WHERE queueId = ? AND groupId = ? AND nonce IS NOT NULL')
      .get(queueId, group);
    this.#file
      .sql('INSERT OR REPLACE INTO groups VALUES (?, ?, ?)')
      .run(queueId, group, Math.max(Number(head.visibleAtMs), Number(row?.until ?? 0)));
  }

  // Deduplication

  taken(queueId: number, scope: string, deduplicationId: string, sinceMs: number) {
    const row = this.#file
      .sql(
        'SELECT id, sequence FROM deduplications WHERE queueId = ? AND scope = ? AND deduplicationId = ? AND sentMs > ?',
      )
      .get(queueId, scope, deduplicationId, sinceMs);
    return row && { id: String(row.id), sequence: Number(row.sequence) };
  }

  setTaken(queueId: number, scope: string, { deduplicationId, id, sequence, sentMs }: Taken): void {
    this.#file
      .sql('INSERT OR REPLACE INTO deduplications VALUES (?, ?, ?, ?, ?, ?)')
      .run(queueId, scope, deduplicationId, id, sequence, sentMs);
  }

  // Moves

  /** Of each queue the last ten are kept, which is as many as AWS tells of. */
  addMove(move: Move): void {
    this.#file
      .sql(
        `DELETE FROM moves WHERE sourceId = ?1 AND id NOT IN
       (SELECT id FROM moves WHERE sourceId = ?1 ORDER BY startedMs DESC, rowid DESC LIMIT ?2)`,
      )
      .run(move.sourceId, MOVES_MAX - 1);
    this.#file
      .sql('INSERT INTO moves VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
      .run(
        move.id,
        move.sourceId,
        move.sourceArn,
        move.destinationArn ?? null,
        move.perSecondMax ?? null,
        move.state,
        move.moved,
        move.toMove,
        move.startedMs,
        move.lastSequence,
        move.failure ?? null,
      );
  }

  move(id: string): Move | undefined {
    const row = this.#file.sql('SELECT * FROM moves WHERE id = ?').get(id);
    return row && toMove(row);
  }

  /** Newest first. */
  movesOf(sourceId: number, countMax: number): Move[] {
    return this.#file
      .sql('SELECT * FROM moves WHERE sourceId = ? ORDER BY startedMs DESC, rowid DESC LIMIT ?')
      .all(sourceId, countMax)
      .map(toMove);
  }

  unfinishedMoves(): Move[] {
    return this.#file.sql("SELECT * FROM moves WHERE state IN ('running', 'cancelling')").all().map(toMove);
  }

  setMove(id: string, { state, moved, failure }: Pick<Move, 'state' | 'moved' | 'failure'>): void {
    this.#file
      .sql('UPDATE moves SET state = ?, moved = ?, failure = ? WHERE id = ?')
      .run(state, moved, failure ?? null, id);
  }

  lastSequence(): number {
    return this.#lastSequence;
  }

  // Housekeeping

  /** Queues that hold messages older than their retention. */
  queuesWithExpired(nowMs: number): Queue[] {
    return this.#file
      .sql(
        `SELECT q.* FROM queues q WHERE (SELECT min(m.sequence) FROM messages m WHERE m.queueId = q.id)
       < (?1 - (q.settings ->> '$.retentionMs')) * ${SEQUENCES_PER_MS}`,
      )
      .all(nowMs)
      .map((row) => this.#toQueue(row));
  }

  /** Deletes up to `countMax` things that nobody can ask for any more; true when more may be left. */
  sweep(nowMs: number, countMax: number): boolean {
    const { changes: forgotten } = this.#file
      .sql(
        `DELETE FROM deduplications WHERE (queueId, scope, deduplicationId) IN
       (SELECT queueId, scope, deduplicationId FROM deduplications WHERE sentMs <= ? LIMIT ?)`,
      )
      .run(nowMs - DEDUPLICATION_MS, countMax);
    this.#file.sql('DELETE FROM deletedQueues WHERE deletedMs < ?').run(nowMs - DELETED_MS);
    const removed = this.#file.sql('SELECT id FROM removedQueues LIMIT 1').get();
    if (removed === undefined) return Number(forgotten) === countMax;
    const id = Number(removed.id);
    const { changes } = this.#file
      .sql('DELETE FROM messages WHERE sequence IN (SELECT sequence FROM messages WHERE queueId = ? LIMIT ?)')
      .run(id, countMax);
    if (changes === 0) {
      this.#file.sql('DELETE FROM groups WHERE queueId = ?').run(id);
      this.#file.sql('DELETE FROM deduplications WHERE queueId = ?').run(id);
      this.#file.sql('DELETE FROM moves WHERE sourceId = ?').run(id);
      this.#file.sql('DELETE FROM removedQueues WHERE id = ?').run(id);
    }
    return true;
  }

  /** See `SqliteFile.shrink`. */
  shrink(): boolean {
    return this.#file.shrink();
  }

  /**
   * Ascending, also over restarts: never at or below what is stored. It grows with the time, so that `expired` is a range,
   * and a sequence number is not given twice even if all messages have gone.
   */
  #nextSequence(nowMs: number): number {
    this.#lastSequence = Math.max(this.#lastSequence + 1, firstSequence(nowMs));
    return this.#lastSequence;
  }

  #toQueue(row: Row): Queue {
    return {
      id: Number(row.id),
      place: { account: String(row.account), region: String(row.region), name: String(row.name) },
      settings: this.#parse(String(row.settings)) as QueueSettings, // SAFE: only addQueue and setSettings write it.
      tags: this.#parse(String(row.tags)) as Record<string, string>, // SAFE: only addQueue and setTags write it.
      createdMs: Number(row.createdMs),
      modifiedMs: Number(row.modifiedMs),
      purgedMs: optionalNumber(row.purgedMs),
    };
  }

  #parse(text: string): unknown {
    const known = this.#parsed.get(text);
    if (known !== undefined) return known;
    const parsed: unknown = JSON.parse(text);
    this.#parsed.set(text, parsed);
    return parsed;
  }
}

const MOVES_MAX = 10;
const PARSED_MAX = 1_000;
const FORM = {
  what: 'the queue store',
  formats: [SCHEMA],
  pragmas: {
    auto_vacuum: 'INCREMENTAL',
    // In KiB. SQLite's own 2 MiB are less than a backlog of 2,000 messages of 1 KB.
    cache_size: -32_768,
    // 16 MiB of the log at a time: fewer, larger writes into the file.
    wal_autocheckpoint: 4_000,
  },
} as const;

function firstSequence(sinceMs: number): number {
  return Math.max(0, sinceMs) * SEQUENCES_PER_MS;
}

/** More than arrive in a millisecond; 2^53 is reached in the year 2255. */
const SEQUENCES_PER_MS = 1_000;

/** "The message deduplication interval is 5 minutes" (SQS developer guide). */
export const DEDUPLICATION_MS = 300_000;

/** "You must wait at least 60 seconds before creating a queue with the same name" (DeleteQueue, SQS API reference). */
export const DELETED_MS = 60_000;

interface QueueQuery {
  readonly prefix?: string | undefined;
  /** Only names after this one. */
  readonly after?: string | undefined;
  readonly countMax?: number | undefined;
}

/** A message by its place alone. */
export interface Placed {
  readonly sequence: number;
  readonly group: string | undefined;
}

interface Taken {
  readonly deduplicationId: string;
  readonly id: string;
  readonly sequence: number;
  readonly sentMs: number;
}

type Row = Record<string, unknown>;

function toMessage(row: Row): Message {
  return {
    sequence: Number(row.sequence),
    id: String(row.id),
    body: String(row.body),
    // SAFE: only addMessage writes it.
    attributes:
      row.attributes === null ? undefined : (JSON.parse(String(row.attributes)) as Record<string, MessageAttribute>),
    senderId: String(row.senderId),
    traceHeader: optionalText(row.traceHeader),
    sentMs: Number(row.sentMs),
    visibleAtMs: Number(row.visibleAtMs),
    receiveCount: Number(row.receiveCount),
    firstReceivedMs: optionalNumber(row.firstReceivedMs),
    group: optionalText(row.groupId),
    deduplicationId: optionalText(row.deduplicationId),
    deadLetterSourceArn: optionalText(row.sourceArn),
  };
}

function toPlaced({ sequence, groupId }: Row): Placed {
  return { sequence: Number(sequence), group: optionalText(groupId) };
}

function toMove(row: Row): Move {
  return {
    id: String(row.id),
    sourceId: Number(row.sourceId),
    sourceArn: String(row.sourceArn),
    destinationArn: optionalText(row.destinationArn),
    perSecondMax: optionalNumber(row.perSecondMax),
    state: String(row.state) as Move['state'], // SAFE: only addMove and setMove write it.
    moved: Number(row.moved),
    toMove: Number(row.toMove),
    startedMs: Number(row.startedMs),
    lastSequence: Number(row.lastSequence),
    failure: optionalText(row.failure),
  };
}

function optionalNumber(value: unknown): number | undefined {
  return value === null ? undefined : Number(value);
}

function optionalText(value: unknown): string | undefined {
  return value === null ? undefined : String(value);
}
