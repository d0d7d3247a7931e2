import type { Clock } from '../../../lib/clock.ts';
import type { Logger } from '../../../lib/log.ts';
import type { LogGroup, LogStore, Scope } from '../log-store.ts';
import { LogsRefused } from '../refusal.ts';
import { parseQuery } from './parse-query.ts';
import { type QueriedChunk, type QueryResult, runQuery } from './query-run.ts';
import { Malformed, Unsupported } from './tokens.ts';

/** AWS's quota of queries at once in an account; of all of them so many run here, each in a thread of its own. */
const UNENDED_MAX = 30;
const RUNNING_MAX = 2;
/** Queries that are remembered with their results; the oldest go first. */
const REMEMBERED_MAX = 100;

export type QueryStatus = 'Scheduled' | 'Running' | 'Complete' | 'Failed' | 'Cancelled';

export interface QueryRecord extends Scope {
  readonly id: string;
  readonly text: string;
  readonly groups: readonly string[];
  readonly createdMs: number;
  status: QueryStatus;
  result: QueryResult | undefined;
  endedMs: number | undefined;
}

export interface QueryAsk {
  readonly text: string;
  readonly groups: readonly LogGroup[];
  readonly fromMs: number;
  /** Exclusive. */
  readonly untilMs: number;
  readonly countMax: number;
}

interface Queued {
  readonly record: QueryRecord;
  readonly ask: QueryAsk;
  readonly stopping: AbortController;
}

/** Queries of Logs Insights. They and their results are in memory: a restart forgets them. Throws `LogsRefused`. */
export class Queries implements AsyncDisposable {
  readonly #store: LogStore;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #records = new Map<string, QueryRecord>();
  readonly #waiting: Queued[] = [];
  readonly #running = new Map<Queued, Promise<void>>();

  constructor({ store, clock, log }: { store: LogStore; clock: Clock; log: Logger }) {
    this.#store = store;
    this.#clock = clock;
    this.#log = log;
  }

  start(id: string, { account, region }: Scope, ask: QueryAsk): void {
    assertQuery(ask.text);
    const unended = this.#all({ account, region }).filter(({ endedMs }) => endedMs === undefined);
    if (unended.length >= UNENDED_MAX) throw new LogsRefused({ kind: 'too-many-queries' });
    const groups = ask.groups.map(({ name }) => name);
    const createdMs = this.#clock.nowMs();
    const record: QueryRecord = {
      ...{ id, account, region, text: ask.text, groups, createdMs },
      ...{ status: 'Scheduled', result: undefined, endedMs: undefined },
    };
    this.#records.set(id, record);
    this.#forget();
    this.#waiting.push({ record, ask, stopping: new AbortController() });
    this.#begin();
  }

  get(scope: Scope, id: string): QueryRecord {
    const record = this.#all(scope).find((one) => one.id === id);
    if (!record) throw new LogsRefused({ kind: 'no-such-query' });
    return record;
  }

  /** Newest first. */
  list(scope: Scope): QueryRecord[] {
    return this.#all(scope).reverse();
  }

  stop(scope: Scope, id: string): void {
    const record = this.get(scope, id);
    if (record.endedMs !== undefined) throw new LogsRefused({ kind: 'query-ended', status: record.status });
    this.#end(record, 'Cancelled');
    const at = this.#waiting.findIndex((one) => one.record === record);
    if (at !== -1) this.#waiting.splice(at, 1);
    for (const one of this.#running.keys()) if (one.record === record) one.stopping.abort(new Error('stopped'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#waiting.length = 0;
    for (const { stopping } of this.#running.keys()) stopping.abort(new Error('Lambent is stopping'));
    await Promise.all(this.#running.values());
  }

  #begin(): void {
    while (this.#running.size < RUNNING_MAX) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      const run = this.#run(next).finally(() => {
        this.#running.delete(next);
        this.#begin();
      });
      this.#running.set(next, run);
    }
  }

  async #run({ record, ask, stopping }: Queued): Promise<void> {
    record.status = 'Running';
    const { text: query, countMax, fromMs, untilMs } = ask;
    try {
      const order = { query, countMax, fromMs, untilMs };
      record.result = await runQuery(order, this.#chunks(record, ask), stopping.signal);
      this.#end(record, 'Complete');
    } catch (error) {
      if (stopping.signal.aborted) return;
      this.#log.warn({ err: error, query }, 'a query of logs failed');
      this.#end(record, 'Failed');
    }
  }

  *#chunks(scope: Scope, { groups, fromMs, untilMs }: QueryAsk): Generator<QueriedChunk> {
    for (const { id: groupId, name } of groups) {
      const log = `${scope.account}:${name}`;
      for (const chunk of this.#store.chunks({ groupId, streamIds: undefined, fromMs, untilMs }, 'backward')) {
        yield { id: chunk.id, stream: chunk.stream, ingestedMs: chunk.ingestedMs, events: chunk.events, log };
      }
    }
  }

  #end(record: QueryRecord, status: QueryStatus): void {
    record.status = status;
    record.endedMs = this.#clock.nowMs();
  }

  #all({ account, region }: Scope): QueryRecord[] {
    return [...this.#records.values()].filter((one) => one.account === account && one.region === region);
  }

  #forget(): void {
    for (const { id, endedMs } of this.#records.values()) {
      if (this.#records.size <= REMEMBERED_MAX) return;
      if (endedMs !== undefined) this.#records.delete(id);
    }
  }
}

function assertQuery(text: string): void {
  try {
    parseQuery(text);
  } catch (error) {
    if (error instanceof Unsupported) throw new LogsRefused({ kind: 'unsupported-query', what: error.message });
    if (!(error instanceof Malformed)) throw error;
    const { message, start, end } = error;
    throw new LogsRefused({ kind: 'malformed-query', message, start, end }, { cause: error });
  }
}
