import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { LogSink } from '../../environments/logs/log-sink.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import { cutChunks } from './chunk.ts';
import { readPattern } from './filter-pattern.ts';
import type { Following } from './following.ts';
import { inTurns } from './in-turns.ts';
import type { Queries } from './insights/queries.ts';
import { LineBuffer, type PendingLines } from './line-buffer.ts';
import { LiveTails, type StoredLines } from './live-tail.ts';
import { LogFilters } from './log-filters.ts';
import {
  type LogGroup,
  LogStore,
  type LogStreamInfo,
  type Scope,
  type StoredChunk,
  type StreamTime,
} from './log-store.ts';
import type { FollowPorts } from './open-following.ts';
import type { Position } from './position.ts';
import { decidePut, type NewEvent, type PutDecision } from './put-events.ts';
import { type Direction, type Page, type PageQuery, readInSlices, readPage } from './read-events.ts';
import { LogsRefused } from './refusal.ts';
import type { ResourcePolicy } from './resource-policies.ts';

const require = createRequire(import.meta.url);

/** Of no use to those without filters, and so not loaded at the start. */
const load = () => require('./open-following.ts') as typeof import('./open-following.ts');
/** The same for those who ask nothing. */
const loadQueries = () => require('./insights/queries.ts') as typeof import('./insights/queries.ts');
const loadRecords = () => require('./insights/records.ts') as typeof import('./insights/records.ts');

/** GetLogGroupFields looks at this much around the time asked for: "the time range is 8 minutes before and 8 minutes after". */
const FIELDS_AROUND_MS = 480_000;
/** … and at the last 15 minutes else. */
const FIELDS_BACK_MS = 900_000;
const FIELDS_EVENTS_MAX = 1_000;
/** AWS's quota of an account in a region. */
const POLICIES_MAX = 10;

/** How long a function's line waits in memory, … */
const FLUSH_DELAY_MS = 25;
/**
 * … and how long after the last ones were stored: what the death of the process may cost. Under load each stream's lines of
 * that time are one row; a row every 25 ms took 8 % of the server's time.
 */
const FLUSH_INTERVAL_MS = 100;
/** After the disk refused, so that a full one is not hammered. */
const FLUSH_RETRY_MS = 1_000;
const SWEEP_INTERVAL_MS = 600_000;
const SWEEP_STEP_MS = 20;
const SWEEP_CHUNKS = 100;
/** One flush that finds the store full makes room for itself; what is more than that is left to the sweep. */
const EVICTED_BY_FLUSH_MAX = 1_000;

// A page of GetLogEvents and FilterLogEvents: AWS's API reference.
export const PAGE_EVENTS_MAX = 10_000;
export const PAGE_BYTES_MAX = 1_048_576;
/** A search looks at this much before it answers with a partial page, as AWS's searches do. */
const SCAN_PAGE_UNITS = 64 * 1024 * 1024;

export interface EventRange {
  readonly direction: Direction;
  /** Inclusive. */
  readonly fromMs?: number;
  /** Exclusive. */
  readonly untilMs?: number;
  readonly start?: Position;
  readonly countMax?: number;
}

export interface EventSearch extends EventRange {
  /** CloudWatch Logs' filter pattern. */
  readonly pattern?: string;
  /** At most one of these two. */
  readonly streams?: readonly string[];
  readonly streamPrefix?: string;
}

/**
 * CloudWatch Logs' own words without its wire: groups, streams, events. Throws `LogsRefused`. Whatever was written before
 * a call is in its answer.
 */
export class Logs {
  readonly #store: LogStore;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #buffer: LineBuffer;
  #flushTimer: Disposable | undefined;
  #sweepTimer: Disposable | undefined;
  #puts: Put[] = [];
  /** Rows of streams that have been written; forgotten when any row may have gone. */
  #rows = new WeakMap<PendingLines, StreamRow>();
  #flushedMs = Number.NEGATIVE_INFINITY;
  #isFailing = false;
  #isEvicting = false;
  #isClosed = false;
  readonly #storedBytesMax: number;
  readonly filters: LogFilters;
  readonly tails: LiveTails;
  #follow: FollowPorts | undefined;
  #following: Following | undefined;
  #queries: Queries | undefined;

  constructor(
    store: LogStore,
    { clock, log, pendingUnitsMax, storedBytesMax = Number.POSITIVE_INFINITY }: LogsOptions,
  ) {
    this.#store = store;
    this.#clock = clock;
    this.#log = log;
    this.#storedBytesMax = storedBytesMax;
    this.#buffer = new LineBuffer(() => this.#flushAfter(this.#delayMs()), pendingUnitsMax);
    this.#sweepAfter(SWEEP_INTERVAL_MS);
    this.tails = new LiveTails(clock);
    this.filters = new LogFilters({
      store,
      clock,
      change: (work) => this.#change(work),
      onChanged: (id) => this.#following?.forget(id),
    });
  }

  readonly sink: LogSink = { open: (where) => this.#buffer.open(where) };

  group(scope: Scope, name: string): LogGroup {
    this.flush();
    const group = this.#store.group(scope, name);
    if (!group) throw new LogsRefused({ kind: 'no-such-group' });
    return group;
  }

  groups(scope: Scope, query: Parameters<LogStore['groups']>[1]): LogGroup[] {
    this.flush();
    return this.#store.groups(scope, query);
  }

  createGroup(
    scope: Scope,
    group: Pick<LogGroup, 'name' | 'class' | 'tags'> & { kmsKeyId?: string | undefined },
  ): void {
    this.#change(() => {
      const added = this.#store.addGroup(scope, { ...group, createdMs: this.#clock.nowMs() });
      if (!added) throw new LogsRefused({ kind: 'group-exists' });
    });
  }

  deleteGroup(scope: Scope, name: string): void {
    const { id } = this.group(scope, name);
    this.#change(() => this.#store.removeGroup(id));
    this.#sweepAfter(SWEEP_STEP_MS);
  }

  /** Undefined keeps events for ever. */
  setRetention(scope: Scope, name: string, days: number | undefined): void {
    const { id } = this.group(scope, name);
    this.#change(() => this.#store.setRetention(id, days));
    this.#sweepAfter(SWEEP_STEP_MS);
  }

  /** Kept and shown; nothing is encrypted with it. */
  setKey(scope: Scope, name: string, kmsKeyId: string | undefined): void {
    const { id } = this.group(scope, name);
    this.#change(() => this.#store.setKey(id, kmsKeyId));
  }

  setTags(scope: Scope, name: string, tags: Readonly<Record<string, string>>): void {
    const { id } = this.group(scope, name);
    this.#change(() => this.#store.setTags(id, tags));
  }

  stream(scope: Scope, group: string, name: string): LogStreamInfo {
    const stream = this.#store.stream(this.group(scope, group).id, name);
    if (!stream) throw new LogsRefused({ kind: 'no-such-stream' });
    return stream;
  }

  streamsByName(scope: Scope, group: string, query: Parameters<LogStore['streamsByName']>[1]): LogStreamInfo[] {
    return this.#store.streamsByName(this.group(scope, group).id, query);
  }

  streamsByTime(scope: Scope, group: string, query: Parameters<LogStore['streamsByTime']>[1]): LogStreamInfo[] {
    return this.#store.streamsByTime(this.group(scope, group).id, query);
  }

  createStream(scope: Scope, group: string, name: string): void {
    const { id } = this.group(scope, group);
    this.#change(() => {
      if (!this.#store.addStream(id, name, this.#clock.nowMs())) throw new LogsRefused({ kind: 'stream-exists' });
    });
  }

  deleteStream(scope: Scope, group: string, name: string): void {
    const { id } = this.stream(scope, group, name);
    this.#change(() => this.#store.removeStream(id));
    this.#sweepAfter(SWEEP_STEP_MS);
  }

  /** Resolves once the accepted events are on the disk. Batches of one turn of the event loop share a commit. */
  put(scope: Scope, group: string, stream: string, events: readonly NewEvent[]): Promise<PutDecision> {
    // Reading as others do would store each batch by itself; only what is not there yet may be waiting to be stored.
    const { id: groupId, retentionDays } = this.#store.group(scope, group) ?? this.group(scope, group);
    const { id: streamId } = this.#store.stream(groupId, stream) ?? this.stream(scope, group, stream);
    const decision = decidePut(events, retentionDays, this.#clock.nowMs());
    if (decision.kind !== 'accepted') throw new LogsRefused(decision);
    const accepted = events.slice(decision.from, decision.until);
    if (accepted.length === 0) return Promise.resolve(decision);
    return new Promise((resolve, reject) => {
      if (this.#puts.length === 0) setImmediate(() => this.flush());
      this.#puts.push({ groupId, streamId, stream, events: accepted, stored: () => resolve(decision), lost: reject });
    });
  }

  /** One page of one stream. */
  read(scope: Scope, group: string, stream: string, range: EventRange): Page {
    const { id: groupId } = this.group(scope, group);
    const { id: streamId } = this.stream(scope, group, stream);
    const { chunks, query } = this.#reading(groupId, [streamId], range, {
      keep: () => true,
      countMax: range.countMax ?? PAGE_EVENTS_MAX,
      bytesMax: PAGE_BYTES_MAX,
      scanUnitsMax: Number.POSITIVE_INFINITY,
    });
    return readPage(chunks, query);
  }

  /** One page of a group's events that match. It lets other work in between, and may end early: follow `next`. */
  async search(scope: Scope, group: string, search: EventSearch, signal: AbortSignal): Promise<Page> {
    const pattern = readPattern(search.pattern ?? '');
    if (!pattern) throw new LogsRefused({ kind: 'invalid-pattern' });
    const { id: groupId } = this.group(scope, group);
    const { chunks, query } = this.#reading(groupId, this.#streamIds(scope, group, search), search, {
      keep: pattern.test,
      mayHold: pattern.mayHold,
      countMax: search.countMax ?? PAGE_EVENTS_MAX,
      bytesMax: PAGE_BYTES_MAX,
      scanUnitsMax: SCAN_PAGE_UNITS,
    });
    return inTurns(readInSlices(chunks, query), signal);
  }

  /**
   * Lets metric filters and subscription filters have what comes, and what a former process has left for them. Until it is
   * disposed, which is before whatever the ports need.
   */
  follow(ports: FollowPorts): AsyncDisposable {
    this.#follow = ports;
    this.#wake(this.#store.followers.waiting());
    return {
      [Symbol.asyncDispose]: async () => {
        this.#follow = undefined;
        await this.#following?.[Symbol.asyncDispose]();
      },
    };
  }

  #wake(followers: readonly number[]): void {
    if (followers.length === 0 || this.#follow === undefined) return;
    this.#following ??= load().following(this.#store, { ...this.#follow, clock: this.#clock, log: this.#log });
    this.#following.wake(followers);
  }

  resourcePolicies(scope: Scope, after: string, countMax: number): ResourcePolicy[] {
    return this.#store.policies.list(scope, after, countMax);
  }

  putResourcePolicy(scope: Scope, name: string, document: string): ResourcePolicy {
    const known = this.resourcePolicies(scope, '', POLICIES_MAX + 1);
    const isNew = known.every((policy) => policy.name !== name);
    if (isNew && known.length >= POLICIES_MAX) throw new LogsRefused({ kind: 'too-many-policies' });
    const policy = { name, document, updatedMs: this.#clock.nowMs() };
    this.#change(() => this.#store.policies.put(scope, policy));
    return policy;
  }

  removeResourcePolicy(scope: Scope, name: string): void {
    this.#change(() => {
      if (!this.#store.policies.remove(scope, name)) throw new LogsRefused({ kind: 'no-such-policy' });
    });
  }

  /** Queries of Logs Insights. */
  queries(): Queries {
    this.flush();
    this.#queries ??= new (loadQueries().Queries)({ store: this.#store, clock: this.#clock, log: this.#log });
    return this.#queries;
  }

  /** All fields of the event that a pointer in a query's result names. */
  record(scope: Scope, pointer: string): Record<string, string> {
    const record = loadRecords().recordOf(this.#store, scope, pointer);
    if (!record) throw new LogsRefused({ kind: 'no-such-record' });
    return record;
  }

  /** The fields of a group's events around a time in seconds, or of the newest ones. */
  async fields(scope: Scope, group: string, timeS: number | undefined, signal: AbortSignal) {
    const nowMs = this.#clock.nowMs();
    const range =
      timeS === undefined
        ? { fromMs: nowMs - FIELDS_BACK_MS }
        : { fromMs: timeS * 1_000 - FIELDS_AROUND_MS, untilMs: timeS * 1_000 + FIELDS_AROUND_MS };
    const search = { direction: 'backward', ...range, countMax: FIELDS_EVENTS_MAX } as const;
    const { events } = await this.search(scope, group, search, signal);
    return loadRecords().fieldShares(events);
  }

  /** Stores what waits. False when the disk refused; lines then go on waiting, puts have been refused. */
  flush(): boolean {
    this.#flushTimer?.[Symbol.dispose]();
    this.#flushTimer = undefined;
    const puts = this.#puts;
    if (this.#buffer.isEmpty && puts.length === 0) return true;
    this.#puts = [];
    const nowMs = this.#clock.nowMs();
    const tailed: StoredLines[] = [];
    try {
      this.#store.transaction(puts.length > 0 ? 'synced' : 'written', () => {
        const stored = new Map<number, number>();
        const count = (groupId: number, bytes: number) => stored.set(groupId, (stored.get(groupId) ?? 0) + bytes);
        for (const lines of this.#buffer.pending) {
          const { groupId } = this.#storeLines(lines, nowMs, count);
          if (this.tails.isWatched) tailed.push({ ...lines, groupId, stream: lines.place.stream });
        }
        for (const put of puts) {
          this.#storePut(put, nowMs, count);
          if (this.tails.isWatched) tailed.push({ ...put, ...columns(put.events) });
        }
        for (const [groupId, bytes] of stored) this.#store.addStoredBytes(groupId, bytes);
        if (this.#store.sweep.evict(this.#storedBytesMax, EVICTED_BY_FLUSH_MAX) > 0) this.#onEvicted();
      });
    } catch (error) {
      // The rows that this transaction made were rolled back with it.
      this.#rows = new WeakMap();
      this.#store.followers.forget();
      for (const put of puts) put.lost(new LogsRefused({ kind: 'not-stored' }, { cause: error }));
      this.#reportFailure(error);
      if (!this.#buffer.isEmpty) this.#flushAfter(FLUSH_RETRY_MS);
      return false;
    }
    this.#buffer.clear();
    this.#flushedMs = this.#clock.monotonicMs();
    for (const put of puts) put.stored();
    for (const lines of tailed) this.tails.offer(lines, nowMs);
    this.#wake(this.#store.followers.takeWoken());
    if (this.#isFailing) this.#log.info('the log store can be written again');
    this.#isFailing = false;
    return true;
  }

  /** Before `close`: queries read the store. */
  async stopQueries(): Promise<void> {
    await this.#queries?.[Symbol.asyncDispose]();
  }

  /** Stores what waits, stops the timers and closes the file; later lines are ignored. */
  close(): void {
    if (this.#isClosed) return;
    this.#sweepTimer?.[Symbol.dispose]();
    if (!this.flush())
      this.#log.error({ lines: this.#buffer.lineCount }, 'log lines are lost: they could not be stored');
    this.#isClosed = true;
    this.#flushTimer?.[Symbol.dispose]();
    this.#store.close();
  }

  #storeLines(lines: PendingLines, nowMs: number, count: (groupId: number, bytes: number) => void): StreamRow {
    const row = this.#rows.get(lines) ?? this.#ensureStream(lines.place, nowMs);
    this.#rows.set(lines, row);
    let { timestampsMs, messages } = lines;
    if (lines.dropped > 0) {
      timestampsMs = [...timestampsMs, lines.droppedAtMs];
      messages = [...messages, `[lambent] ${lines.dropped} events dropped: the log store could not keep up\n`];
    }
    count(row.groupId, this.#store.addChunks(row.groupId, row.streamId, cutChunks(timestampsMs, messages), nowMs));
    return row;
  }

  #storePut({ groupId, streamId, events }: Put, nowMs: number, count: (groupId: number, bytes: number) => void): void {
    const { timestampsMs, messages } = columns(events);
    const chunks = cutChunks(timestampsMs, messages);
    count(groupId, this.#store.addChunks(groupId, streamId, chunks, nowMs));
  }

  #onEvicted(): void {
    // Rows of streams may have gone with their last events.
    this.#rows = new WeakMap();
    if (!this.#isEvicting) this.#log.warn('the logs have reached the size that they may have: the oldest events go');
    this.#isEvicting = true;
  }

  /** As on AWS, a function's group and stream come into being with the first line, again after they were deleted. */
  #ensureStream({ group: name, stream: streamName, ...scope }: PendingLines['place'], nowMs: number): StreamRow {
    this.#store.addGroup(scope, { name, createdMs: nowMs, class: 'STANDARD', tags: {} });
    const groupId = this.#store.group(scope, name)?.id;
    if (groupId === undefined) throw new Error(`the log group ${name} vanished while it was written`);
    this.#store.addStream(groupId, streamName, nowMs);
    const streamId = this.#store.stream(groupId, streamName)?.id;
    if (streamId === undefined) throw new Error(`the log stream ${streamName} vanished while it was written`);
    return { groupId, streamId };
  }

  #streamIds(scope: Scope, group: string, { streams, streamPrefix }: EventSearch): number[] | undefined {
    if (streams) return streams.map((name) => this.stream(scope, group, name).id);
    if (streamPrefix === undefined) return undefined;
    const countMax = Number.MAX_SAFE_INTEGER;
    return this.streamsByName(scope, group, { prefix: streamPrefix, countMax, descending: false }).map(({ id }) => id);
  }

  #reading(
    groupId: number,
    streamIds: readonly number[] | undefined,
    { direction, fromMs = 0, untilMs = Number.MAX_SAFE_INTEGER, start }: EventRange,
    limits: Pick<PageQuery, 'keep' | 'mayHold' | 'countMax' | 'bytesMax' | 'scanUnitsMax'>,
  ): { chunks: Iterable<StoredChunk>; query: PageQuery } {
    // The start narrows the range, so that the pages before it are not read again.
    const range = {
      groupId,
      streamIds,
      fromMs: direction === 'forward' && start ? Math.max(fromMs, start.timestampMs) : fromMs,
      untilMs: direction === 'backward' && start ? Math.min(untilMs, start.timestampMs + 1) : untilMs,
    };
    return { chunks: this.#store.chunks(range, direction), query: { ...range, ...limits, direction, start } };
  }

  /** A change that is acknowledged: on the disk when this returns. */
  #change(work: () => void): void {
    this.#rows = new WeakMap();
    try {
      this.#store.transaction('synced', work);
    } catch (error) {
      if (error instanceof LogsRefused) throw error;
      this.#reportFailure(error);
      throw new LogsRefused({ kind: 'not-stored' }, { cause: error });
    }
  }

  #reportFailure(error: unknown): void {
    if (!this.#isFailing) {
      this.#log.error(
        { err: error },
        'the log store cannot be written: is the disk full? Functions go on, log lines wait and are then dropped',
      );
    }
    this.#isFailing = true;
  }

  #delayMs(): number {
    return Math.max(FLUSH_DELAY_MS, this.#flushedMs + FLUSH_INTERVAL_MS - this.#clock.monotonicMs());
  }

  #flushAfter(ms: number): void {
    if (this.#isClosed) return;
    this.#flushTimer?.[Symbol.dispose]();
    this.#flushTimer = this.#clock.after(ms, () => this.flush());
  }

  #sweepAfter(ms: number): void {
    this.#sweepTimer?.[Symbol.dispose]();
    this.#sweepTimer = this.#clock.after(ms, () => {
      let isMoreLeft = false;
      try {
        isMoreLeft = this.#store.sweep.step(this.#clock.nowMs(), SWEEP_CHUNKS, this.#storedBytesMax);
        if (isMoreLeft) this.#rows = new WeakMap();
      } catch (error) {
        // Harmless: what is too old stays a while longer; the next sweep begins where this one failed.
        this.#log.warn({ err: error }, 'old log events cannot be deleted now');
      }
      this.#sweepAfter(isMoreLeft ? SWEEP_STEP_MS : SWEEP_INTERVAL_MS);
    });
  }
}

/** As chunks have them. */
function columns(events: readonly NewEvent[]): { timestampsMs: number[]; messages: string[] } {
  return {
    timestampsMs: events.map(({ timestampMs }) => timestampMs),
    messages: events.map(({ message }) => message),
  };
}

interface StreamRow {
  readonly groupId: number;
  readonly streamId: number;
}

interface Put extends StreamRow {
  readonly stream: string;
  readonly events: readonly NewEvent[];
  readonly stored: () => void;
  readonly lost: (reason: unknown) => void;
}

export interface OpenLogs extends AsyncDisposable {
  readonly sink: LogSink;
  readonly core: Logs;
}

export interface LogsOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /** Bounds the waiting lines, in UTF-16 units. */
  readonly pendingUnitsMax?: number | undefined;
  /** What the file may hold; the oldest events go when it holds more. Without it, it holds whatever comes. */
  readonly storedBytesMax?: number | undefined;
}

/** Opens `<dataDir>/logs.db`, or makes it. Throws when it cannot be read. */
export function openLogs({ dataDir, ...options }: LogsOptions & { readonly dataDir: string }): OpenLogs {
  const core = new Logs(new LogStore(join(dataDir, 'logs.db')), options);
  return {
    sink: core.sink,
    core,
    [Symbol.asyncDispose]: async () => {
      await core.stopQueries();
      core.close();
    },
  };
}

export type { LogGroup, LogStreamInfo, Scope, StreamTime };
