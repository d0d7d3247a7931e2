import { type Clock, pause } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import {
  type Archive,
  type ArchiveKey,
  type ArchiveSettings,
  archiveArn,
  isActive,
  type Replay,
  type ReplayKey,
  type ReplayState,
} from './archive.ts';
import type { ArchiveStore } from './archive-store.ts';
import type { BusKey, Scope } from './bus.ts';
import type { Buses } from './buses.ts';
import { readEvent, replayed } from './event.ts';
import { EventsRefused } from './refusal.ts';

// AWS: "Amazon EventBridge quotas".
const ARCHIVES_MAX = 100;
const ACTIVE_REPLAYS_MAX = 10;
/** Events of a replay that are told together; what comes twice after a crash. */
const PAGE = 50;
const SWEEP_MS = 600_000;
const SWEEP_ROWS = 500;
/** Between the steps of a sweep that has more to do, and before what failed is tried again. */
const STEP_MS = 20;
const TROUBLE_MS = 1_000;

export interface ArchivesPorts {
  readonly store: ArchiveStore;
  readonly buses: Buses;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What of a list is asked for, beside where its page begins. */
export interface Listed<State> {
  readonly after: string;
  readonly prefix?: string | undefined;
  readonly countMax: number;
  readonly state?: State | undefined;
}

/** Archives and replays in our own words: what changes resolves when it is durable. Throws `EventsRefused`. */
export class Archives implements AsyncDisposable {
  readonly #ports: ArchivesPorts;
  readonly #store: ArchiveStore;
  readonly #ending = new AbortController();
  readonly #running = new Map<string, Promise<void>>();
  #sweepTimer: Disposable | undefined;

  /** Goes on with what a former process has left. */
  constructor(ports: ArchivesPorts) {
    this.#ports = ports;
    this.#store = ports.store;
    for (const replay of this.#store.activeReplays()) this.#run(replay);
    this.#sweepAfter(SWEEP_MS);
  }

  archive(key: ArchiveKey): Archive {
    const archive = this.#store.archive(key);
    if (archive === undefined) throw new EventsRefused({ kind: 'no-such-archive', archive: key.archive });
    return archive;
  }

  findArchive(key: ArchiveKey): Archive | undefined {
    return this.#store.archive(key);
  }

  /** Every archive works, and none is ever being made. */
  archives(
    scope: Scope,
    bus: BusKey['bus'] | undefined,
    { state = 'ENABLED', countMax, ...page }: Listed<string>,
  ): Archive[] {
    if (state !== 'ENABLED') return [];
    const found = this.#store.archives(scope, page);
    return found.filter((archive) => bus === undefined || archive.bus === bus).slice(0, countMax);
  }

  async createArchive(key: ArchiveKey, bus: BusKey['bus'], settings: ArchiveSettings): Promise<Archive> {
    const createdMs = this.#ports.clock.nowMs();
    return this.#store.file.write(() => {
      this.#ports.buses.bus({ ...key, bus });
      if (this.#store.archive(key) !== undefined)
        throw new EventsRefused({ kind: 'archive-exists', archive: key.archive });
      if (this.#store.archives(key, { after: '' }).length >= ARCHIVES_MAX)
        throw new EventsRefused({ kind: 'too-many' });
      this.#store.addArchive({ ...key, bus, ...settings, createdMs });
      this.#ports.buses.forget({ ...key, bus });
      return this.archive(key);
    });
  }

  async changeArchive(key: ArchiveKey, changed: Partial<ArchiveSettings>): Promise<Archive> {
    return this.#store.file.write(() => {
      const archive = this.archive(key);
      this.#store.setArchive(archive.id, { ...archive, ...changed });
      this.#ports.buses.forget(archive);
      return this.archive(key);
    });
  }

  async deleteArchive(key: ArchiveKey): Promise<void> {
    await this.#store.file.write(() => {
      const archive = this.archive(key);
      this.#store.removeArchive(archive.id);
      this.#ports.buses.forget(archive);
    });
    this.#sweepAfter(STEP_MS);
  }

  replay(key: ReplayKey): Replay {
    const replay = this.#store.replay(key);
    if (replay === undefined) throw new EventsRefused({ kind: 'no-such-replay', replay: key.replay });
    return replay;
  }

  replays(scope: Scope, sourceArn: string | undefined, { state, countMax, ...page }: Listed<ReplayState>): Replay[] {
    const isAsked = (replay: Replay) =>
      (state === undefined || replay.state === state) && (sourceArn === undefined || archiveArn(replay) === sourceArn);
    return this.#store.replays(scope, page).filter(isAsked).slice(0, countMax);
  }

  async startReplay(
    key: ReplayKey,
    wanted: Pick<Replay, 'archive' | 'archiveId' | 'bus' | 'rules' | 'description' | 'fromMs' | 'toMs'>,
  ): Promise<Replay> {
    const replay: Replay = { ...key, ...wanted, state: 'STARTING', startedMs: this.#ports.clock.nowMs() };
    await this.#store.file.write(() => {
      if (this.#store.replay(key) !== undefined) throw new EventsRefused({ kind: 'replay-exists', replay: key.replay });
      const active = this.#store.replays(key, { after: '' }).filter(isActive);
      if (active.length >= ACTIVE_REPLAYS_MAX) throw new EventsRefused({ kind: 'too-many' });
      this.#store.putReplay(replay);
    });
    this.#run(replay);
    return replay;
  }

  async cancelReplay(key: ReplayKey): Promise<Replay> {
    const cancelling = await this.#store.file.write(() => {
      const replay = this.replay(key);
      if (replay.state !== 'STARTING' && replay.state !== 'RUNNING')
        throw new EventsRefused({ kind: 'replay-has-ended', replay: key.replay });
      const changed: Replay = { ...replay, state: 'CANCELLING' };
      this.#store.putReplay(changed);
      return changed;
    });
    return cancelling;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort(new Error('Lambent is stopping'));
    this.#sweepTimer?.[Symbol.dispose]();
    await Promise.all(this.#running.values());
  }

  #run(replay: ReplayKey): void {
    const name = `${replay.account}/${replay.region}/${replay.replay}`;
    const running = this.#tellAll(replay).finally(() => this.#running.delete(name));
    this.#running.set(name, running);
  }

  /** Tells page after page until there is nothing more, or it was cancelled. What fails is tried again. */
  async #tellAll(key: ReplayKey): Promise<void> {
    const { clock, log } = this.#ports;
    const { signal } = this.#ending;
    while (!signal.aborted) {
      try {
        const replay = await this.#tellPage(key);
        if (replay === undefined || !isActive(replay)) return;
      } catch (error) {
        if (signal.aborted) return;
        log.error({ err: error, replay: key.replay }, 'a replay cannot go on now, and is tried again');
        await pause(clock, TROUBLE_MS, signal);
      }
    }
  }

  async #tellPage(key: ReplayKey): Promise<Replay | undefined> {
    const { buses, clock } = this.#ports;
    const before = this.#store.replay(key);
    if (before === undefined) return undefined;
    const events = before.state === 'CANCELLING' ? [] : this.#store.eventsOf(before, PAGE);
    const bus = { account: key.account, region: key.region, bus: before.bus };
    await Promise.all(
      events.map(async ({ event: text }) => {
        const event = readEvent(text);
        // SAFE: what is archived was an event.
        if (event !== undefined) await buses.replay(bus, replayed(event, key.replay), before.rules);
      }),
    );
    const last = events.at(-1);
    const endedMs = clock.nowMs();
    return this.#store.file.write(() => {
      const now = this.replay(key);
      const changed: Replay =
        last !== undefined
          ? {
              ...now,
              state: now.state === 'STARTING' ? 'RUNNING' : now.state,
              told: { timeMs: last.timeMs, id: last.id },
            }
          : { ...now, state: now.state === 'CANCELLING' ? 'CANCELLED' : 'COMPLETED', endedMs };
      this.#store.putReplay(changed);
      return changed;
    });
  }

  #sweepAfter(ms: number): void {
    this.#sweepTimer?.[Symbol.dispose]();
    const { clock, log } = this.#ports;
    this.#sweepTimer = clock.after(ms, () => {
      const nowMs = clock.nowMs();
      this.#store.file
        .write(() => this.#store.sweep(nowMs, SWEEP_ROWS), 'written')
        .then((count) => this.#sweepAgain(count === SWEEP_ROWS ? STEP_MS : SWEEP_MS))
        .catch((error) => {
          if (this.#ending.signal.aborted) return;
          log.error({ err: error }, 'old events of archives cannot be removed now');
          this.#sweepAgain(SWEEP_MS);
        });
    });
  }

  #sweepAgain(ms: number): void {
    if (!this.#ending.signal.aborted) this.#sweepAfter(ms);
  }
}
