import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import { readPattern } from './filter-pattern.ts';
import { matchingEvents } from './followed-events.ts';
import type { Follower } from './follower-table.ts';
import type { Carried, Carrier } from './following.ts';
import type { RecordMetrics } from './log-metrics.ts';
import type { Scope, StoredChunk } from './log-store.ts';
import { metricFilterOf, metricOf, pointsOf } from './metric-filter.ts';

const MINUTE_MS = 60_000;
const RETRY_MS = 5_000;

export interface MetricPorts {
  readonly record: RecordMetrics;
  readonly clock: Clock;
  readonly log: Logger;
  readonly scopeOf: (groupId: number) => Scope | undefined;
}

/** The minute in which a filter last saw events, for its default value. */
interface Minute {
  readonly startMs: number;
  isMatched: boolean;
  timer: Disposable;
}

/** Turns the events of groups with metric filters into numbers. */
export class MetricCarrier implements Carrier {
  readonly #ports: MetricPorts;
  readonly #minutes = new Map<number, Minute>();

  constructor(ports: MetricPorts) {
    this.#ports = ports;
  }

  async carry(follower: Follower, chunks: readonly StoredChunk[], signal: AbortSignal): Promise<Carried> {
    const { record, log, scopeOf } = this.#ports;
    const seen = chunks.map(({ id }) => id);
    const filter = metricFilterOf(follower);
    const pattern = readPattern(filter.pattern);
    const place = scopeOf(follower.groupId);
    const scope = place && { account: place.account, region: place.region };
    if (!pattern || !scope) return { seen, delayMs: 0 };
    const points = pointsOf(
      filter,
      pattern,
      chunks.flatMap((chunk) => matchingEvents(chunk, pattern)),
    );
    try {
      if (points.length > 0) await record(scope, points);
    } catch (error) {
      signal.throwIfAborted();
      log.error(
        { err: error, filter: follower.name },
        'numbers of log events cannot be recorded now, and are tried again',
      );
      return { seen: [], delayMs: RETRY_MS };
    }
    if (filter.transformation.defaultValue !== undefined) this.#noteMinute(follower, scope, points.length > 0);
    return { seen, delayMs: 0 };
  }

  forget(followerId: number): void {
    this.#minutes.get(followerId)?.timer[Symbol.dispose]();
    this.#minutes.delete(followerId);
  }

  [Symbol.dispose](): void {
    for (const id of [...this.#minutes.keys()]) this.forget(id);
  }

  /** At the end of a minute in which events came and none matched, the default value is told. */
  #noteMinute(follower: Follower, scope: Scope, isMatched: boolean): void {
    const { clock } = this.#ports;
    const startMs = Math.floor(clock.nowMs() / MINUTE_MS) * MINUTE_MS;
    const known = this.#minutes.get(follower.id);
    if (known?.startMs === startMs) {
      known.isMatched ||= isMatched;
      return;
    }
    const timer = clock.after(startMs + MINUTE_MS - clock.nowMs(), () => {
      if (this.#minutes.get(follower.id) === minute) this.#minutes.delete(follower.id);
      if (!minute.isMatched) this.#tellDefault(follower, scope, startMs);
    });
    const minute: Minute = { startMs, isMatched, timer };
    this.#minutes.set(follower.id, minute);
  }

  #tellDefault(follower: Follower, scope: Scope, atMs: number): void {
    const { record, log } = this.#ports;
    const { transformation } = metricFilterOf(follower);
    const value = transformation.defaultValue ?? 0;
    record(scope, [{ ...metricOf(transformation), dimensions: [], atMs, value }]).catch((error) => {
      log.error({ err: error, filter: follower.name }, 'the default value of a minute was not recorded');
    });
  }
}
