import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import { SqliteFile } from '../../store/sqlite/sqlite-file.ts';
import type { Scope } from './metric.ts';
import { METRICS_SCHEMA, MetricStore, type Sample } from './metric-store.ts';

export interface CloudWatchOptions {
  /** Of its SQLite file. */
  readonly path: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Brings what is counted in memory into the store. */
  readonly flush: () => Promise<void>;
}

/** How often what has become old is looked for. */
const AGING_MS = 3_600_000;
/** Metrics that are looked at before others have their turn. */
const AGED_AT_ONCE = 100;

/** Metrics with all that watches them. */
export class CloudWatch implements AsyncDisposable {
  readonly store: MetricStore;
  readonly #file: SqliteFile;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #flush: () => Promise<void>;
  readonly #stopping = new AbortController();
  #timer: Disposable | undefined;
  #aging: Promise<void> = Promise.resolve();

  constructor({ path, clock, log, flush }: CloudWatchOptions) {
    this.#file = new SqliteFile(path, {
      what: 'the metrics',
      formats: [METRICS_SCHEMA],
      pragmas: { auto_vacuum: 'INCREMENTAL' },
    });
    this.#clock = clock;
    this.#log = log;
    this.#flush = flush;
    this.store = new MetricStore(this.#file);
    this.#ageLater();
  }

  nowMs(): number {
    return this.#clock.nowMs();
  }

  /** Durable once it has resolved. */
  record(scope: Scope, samples: readonly Sample[]): Promise<void> {
    return this.store.record(scope, samples);
  }

  /** What was counted before is in the store once it has resolved: readers ask for it first. */
  settle(): Promise<void> {
    return this.#flush();
  }

  /** Makes coarser what has become old, metric after metric; what fails is tried again an hour later. */
  async age(): Promise<void> {
    const nowMs = this.#clock.nowMs();
    const { signal } = this.#stopping;
    for (let last = 0, ids = this.store.idsAfter(0, AGED_AT_ONCE); ids.length > 0 && !signal.aborted; ) {
      for (const id of ids) {
        while (!signal.aborted && (await this.store.age(id, nowMs)));
        last = id;
      }
      ids = this.store.idsAfter(last, AGED_AT_ONCE);
    }
    if (!signal.aborted && this.#file.isMostlyFree(PAGES_KEPT)) this.#file.giveBack(PAGES_GIVEN_BACK);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    this.#timer?.[Symbol.dispose]();
    await this.#aging;
    this.#file.close();
  }

  #ageLater(): void {
    if (this.#stopping.signal.aborted) return;
    this.#timer = this.#clock.after(AGING_MS, () => {
      this.#aging = this.age()
        .catch((error) => {
          this.#log.error({ err: error }, 'old metrics could not be made coarser, and wait for another hour');
        })
        .then(() => this.#ageLater());
    });
  }
}

/** Free pages of 4 KiB that the file keeps for what comes next, and that it gives back at once. */
const PAGES_KEPT = 1_024;
const PAGES_GIVEN_BACK = 4_096;
