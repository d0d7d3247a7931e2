import { type Clock, pause } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import type { Follower, FollowerKind } from './follower-table.ts';
import type { LogStore, StoredChunk } from './log-store.ts';

/** Brings what a group gets to one kind of its followers. */
export interface Carrier extends Disposable {
  /**
   * Tells the follower of these chunks, which come in the order in which they were stored. Chunks that it does not name as
   * seen come again, after the delay. Rejects only when the signal aborts.
   */
  carry(follower: Follower, chunks: readonly StoredChunk[], signal: AbortSignal): Promise<Carried>;
  /** The follower has been changed, or is gone. */
  forget(followerId: number): void;
}

export interface Carried {
  readonly seen: readonly number[];
  /** How long the follower is left alone now. */
  readonly delayMs: number;
}

export interface FollowingPorts {
  readonly store: LogStore;
  readonly clock: Clock;
  readonly log: Logger;
  readonly carriers: Readonly<Record<FollowerKind, Carrier>>;
}

/** What one follower is told of at once. */
const CHUNKS_MAX = 256;
const BYTES_MAX = 1_048_576;
/** After the disk refused. */
const TROUBLE_MS = 1_000;

/**
 * Lets each follower have what waits for it in the store, in a lane of its own, so that a slow one holds nobody up. What has
 * been carried is noted after it: a crash between the two carries it again.
 */
export class Following implements AsyncDisposable {
  readonly #ports: FollowingPorts;
  readonly #stopping = new AbortController();
  /** Followers whose lane runs, and whether something has come since it last looked. */
  readonly #lanes = new Map<number, { isWoken: boolean; run: Promise<void> }>();

  constructor(ports: FollowingPorts) {
    this.#ports = ports;
  }

  /** Something waits for these followers. Never throws. */
  wake(followerIds: Iterable<number>): void {
    if (this.#stopping.signal.aborted) return;
    for (const id of followerIds) {
      const lane = this.#lanes.get(id);
      if (lane) lane.isWoken = true;
      else this.#begin(id);
    }
  }

  /** A follower has been changed, or is gone: what was remembered of it does not hold any more. */
  forget(followerId: number): void {
    for (const carrier of Object.values(this.#ports.carriers)) carrier.forget(followerId);
  }

  /** Begins nothing more, and waits for what is under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort(new Error('Lambent is stopping'));
    await Promise.all([...this.#lanes.values()].map(({ run }) => run));
    for (const carrier of Object.values(this.#ports.carriers)) carrier[Symbol.dispose]();
  }

  #begin(id: number): void {
    const lane = { isWoken: true, run: Promise.resolve() };
    this.#lanes.set(id, lane);
    lane.run = this.#run(id, lane).finally(() => this.#lanes.delete(id));
  }

  async #run(id: number, lane: { isWoken: boolean }): Promise<void> {
    const { clock, log } = this.#ports;
    const { signal } = this.#stopping;
    while (lane.isWoken) {
      // Not within the flush that has woken it; and what has waited long is much, while invocations want to run, too.
      await new Promise((resolve) => setImmediate(resolve));
      if (signal.aborted) return;
      lane.isWoken = false;
      try {
        const carried = await this.#step(id, signal);
        if (carried === undefined) continue;
        lane.isWoken = true;
        if (carried.delayMs > 0) await pause(clock, carried.delayMs, signal);
      } catch (error) {
        if (signal.aborted) return;
        log.error({ err: error }, 'filters of log groups cannot read what is new now; they try again');
        lane.isWoken = true;
        await pause(clock, TROUBLE_MS, signal);
      }
    }
  }

  /** Undefined when nothing waits. */
  async #step(id: number, signal: AbortSignal): Promise<Carried | undefined> {
    const { store, carriers, log } = this.#ports;
    const follower = store.followers.get(id);
    if (!follower) return undefined;
    const waiting = store.followers.pending(id, CHUNKS_MAX);
    if (waiting.length === 0) return undefined;
    const { chunks, gone } = this.#read(waiting);
    if (gone.length > 0)
      log.warn({ filter: follower.name, chunks: gone.length }, 'log events went before their filter saw them');
    const carried = await carriers[follower.kind].carry(follower, chunks, signal);
    const seen = [...gone, ...carried.seen];
    if (seen.length > 0) store.transaction('written', () => store.followers.removePending(id, seen));
    return carried;
  }

  /** The chunks, up to a bound of their size, and those that were deleted meanwhile. */
  #read(ids: readonly number[]): { chunks: StoredChunk[]; gone: number[] } {
    const chunks: StoredChunk[] = [];
    const gone: number[] = [];
    let bytes = 0;
    for (const id of ids) {
      const chunk = this.#ports.store.chunk(id);
      if (!chunk) {
        gone.push(id);
        continue;
      }
      bytes += chunk.bytes;
      if (bytes > BYTES_MAX && chunks.length > 0) break;
      chunks.push(chunk);
    }
    return { chunks, gone };
  }
}
