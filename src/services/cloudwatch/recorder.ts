import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import type { Scope } from './metric.ts';
import type { MetricStore, Sample } from './metric-store.ts';

export interface ScopedSample extends Sample {
  readonly scope: Scope;
}

/** Counts in memory. */
export interface CountingSource {
  /** What it has counted since it was last asked. */
  drain(): readonly ScopedSample[];
}

/**
 * How long what was counted stays in memory at most, unless somebody asks for metrics before: so much is lost when the
 * process is killed. Nothing is lost when it stops.
 */
const HELD_MS = 10_000;
/** Samples that wait when the disk takes none; beyond that the oldest are dropped. */
const UNSAVED_MAX = 50_000;

/** Brings what sources have counted into the store, some seconds after they began to count, or when somebody asks. */
export class Recorder {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #store: () => Pick<MetricStore, 'record'>;
  readonly #sources: CountingSource[] = [];
  #timer: Disposable | undefined;
  #flushing: Promise<void> = Promise.resolve();
  #unsaved: readonly ScopedSample[] = [];
  #isStopped = false;

  constructor(parts: { clock: Clock; log: Logger; store: () => Pick<MetricStore, 'record'> }) {
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#store = parts.store;
  }

  add(source: CountingSource): void {
    this.#sources.push(source);
  }

  /** A source has something to tell. Costs nothing if it is known already. */
  wake(): void {
    if (this.#timer !== undefined || this.#isStopped) return;
    this.#timer = this.#clock.after(HELD_MS, () => {
      this.#timer = undefined;
      void this.flush();
    });
  }

  /** What was counted until now is in the store once it has resolved. Never rejects: what cannot be stored is tried again. */
  flush(): Promise<void> {
    this.#flushing = this.#flushing.then(() => this.#flush());
    return this.#flushing;
  }

  /** Flushes a last time. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.[Symbol.dispose]();
    await this.flush();
  }

  async #flush(): Promise<void> {
    const samples = [...this.#unsaved, ...this.#sources.flatMap((source) => source.drain())];
    if (samples.length === 0) return;
    this.#unsaved = [];
    const scopes = Map.groupBy(samples, ({ scope }) => `${scope.account} ${scope.region}`);
    for (const alike of scopes.values()) {
      const scope = alike[0]?.scope;
      if (scope === undefined) continue;
      try {
        await this.#store().record(scope, alike, 'written');
      } catch (error) {
        this.#unsaved = [...this.#unsaved, ...alike].slice(-UNSAVED_MAX);
        this.#log.error({ err: error, samples: alike.length }, 'metrics could not be stored, and wait in memory');
        this.wake();
      }
    }
  }
}
