import { createServer, type Server } from 'node:net';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import { LAUNCHER_COMMAND, LAUNCHER_MOUNT } from '../runtimes/launcher.ts';
import type { Runtime, RuntimeLaunch } from '../runtimes/runtime.ts';
import type { Sandbox, Sandboxes } from '../sandbox/sandbox.ts';
import { framesGuest } from './guests/frames-guest.ts';
import type { Guest } from './guests/guest.ts';
import { runtimeApiGuest } from './guests/runtime-api-guest.ts';
import { type SandboxApi, sandboxApi } from './guests/sandbox-api.ts';
import { EnvironmentUnavailable } from './spec.ts';

/** A sandbox whose runtime is up and which holds no function yet. Whoever takes it owns it. */
export interface WarmSandbox {
  readonly sandbox: Sandbox;
  readonly guest: Guest;
  readonly api: SandboxApi;
  /** `http://host:port` of the platform, as from inside. */
  readonly endpointUrl: string;
}

/** What sandboxes must have in common to stand in for each other before they hold a function. */
export interface PoolClass {
  readonly runtime: Runtime;
  readonly memoryMb: number;
  /** The interpreter reads variables of the function's at its start, or a wrapper starts it: only a shell waits. */
  readonly launchesLate: boolean;
  /** The function brings extensions: processes beside its runtime. */
  readonly supervised: boolean;
}

/** Port of the platform's endpoint inside every sandbox. */
export const PLATFORM_PORT = 4566;

const MIB = 1024 * 1024;
/** AWS allows 1,024 processes and threads (lambda-facts 7.4 records a soft limit of 742 a user). */
const PIDS_MAX = 1024;
/** A runtime that is not up by then never will be. */
const UP_MS_MAX = 10_000;
/** A class that nobody took from for so long gives its memory back. */
const CLASS_IDLE_MS_MAX = 10 * 60_000;
/** Refilling waits until the cold start that emptied the pool has had the processor for itself. */
const REFILL_DELAY_MS = 10;
/** Sandboxes being started at once: more than this only makes each slower on a small machine. */
const STARTS_MAX = 6;

/** More connections than any client's own limit; each takes a descriptor of the server, and a function may open many. */
const PLATFORM_CONNECTIONS_MAX = 512;

interface Shelf {
  readonly key: string;
  readonly poolClass: PoolClass;
  readonly ready: WarmSandbox[];
  /** Starts under way that nobody waits for yet. */
  starting: number;
  /** Who waits for the next sandbox of this class. */
  readonly waiting: Set<(warm: Promise<WarmSandbox>) => void>;
  usedMs: number;
  failures: number;
}

/** Keeps sandboxes of the classes in use started ahead, and starts more at once when there are none. */
export class WarmPool implements AsyncDisposable {
  readonly #sandboxes: Sandboxes;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #platform: Server;
  /** How many sandboxes of each class wait; 0: none are kept. */
  readonly #size: number;
  readonly #shelves = new Map<string, Shelf>();
  readonly #closing = new AbortController();
  readonly #background = new Set<Promise<void>>();
  #starts = 0;
  readonly #startQueue: (() => void)[] = [];

  constructor(parts: { sandboxes: Sandboxes; clock: Clock; log: Logger; platform: Server; size: number }) {
    this.#sandboxes = parts.sandboxes;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#platform = parts.platform;
    this.#size = parts.size;
  }

  /**
   * A sandbox of this class: one that waits, else a new one. Rejects with EnvironmentUnavailable, or the signal's reason
   * when somebody who waits no longer needs it: what was being started for them waits for the next.
   */
  async take(poolClass: PoolClass, signal: AbortSignal): Promise<WarmSandbox> {
    signal.throwIfAborted();
    const shelf = this.#shelf(poolClass);
    const ready = shelf.ready.pop();
    if (ready !== undefined) {
      this.#refillSoon(shelf);
      return ready;
    }
    const coming = Promise.withResolvers<WarmSandbox>();
    const give = (warm: Promise<WarmSandbox>) => coming.resolve(warm);
    shelf.waiting.add(give);
    signal.addEventListener('abort', () => shelf.waiting.delete(give) && coming.reject(signal.reason), { once: true });
    // One that is on its way for nobody yet comes sooner than one that starts now.
    if (shelf.starting < shelf.waiting.size) this.#inBackground(this.#fill(shelf));
    this.#refillSoon(shelf);
    return coming.promise;
  }

  /** Says that functions of this class exist, so that their first invocation finds a sandbox waiting. */
  expect(poolClass: PoolClass): void {
    this.#refillSoon(this.#shelf(poolClass));
  }

  /** Gives back what classes hold that nobody uses any more, and all of it when `everything`. */
  async shrink(everything: boolean): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    const surplus: WarmSandbox[] = [];
    for (const [key, shelf] of this.#shelves) {
      if (!everything && nowMs - shelf.usedMs < CLASS_IDLE_MS_MAX) continue;
      surplus.push(...shelf.ready.splice(0));
      if (shelf.starting === 0 && shelf.waiting.size === 0) this.#shelves.delete(key);
    }
    await Promise.all(surplus.map(discard));
  }

  /** Sandboxes that wait, over all classes. */
  get waiting(): number {
    let count = 0;
    for (const shelf of this.#shelves.values()) count += shelf.ready.length;
    return count;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new EnvironmentUnavailable('Lambent is stopping'));
    while (this.#background.size > 0) await Promise.allSettled(this.#background);
    await this.shrink(true);
  }

  #shelf(poolClass: PoolClass): Shelf {
    const { runtime, memoryMb, launchesLate, supervised } = poolClass;
    const size = runtime.launchDependsOnMemory && !launchesLate ? memoryMb : 'any';
    const key = `${runtime.name} ${size} ${launchesLate} ${supervised}`;
    let shelf = this.#shelves.get(key);
    // Another interpreter has been named for the runtime: what waits has the old one.
    if (shelf !== undefined && shelf.poolClass.runtime !== runtime) {
      this.#shelves.delete(key);
      for (const old of shelf.ready.splice(0)) this.#inBackground(discard(old));
      shelf = undefined;
    }
    if (shelf === undefined) {
      shelf = { key, poolClass, ready: [], starting: 0, waiting: new Set(), usedMs: 0, failures: 0 };
      this.#shelves.set(key, shelf);
    }
    shelf.usedMs = this.#clock.monotonicMs();
    return shelf;
  }

  #refillSoon(shelf: Shelf): void {
    if (this.#size === 0 || this.#closing.signal.aborted) return;
    this.#clock.after(REFILL_DELAY_MS, () => {
      if (this.#closing.signal.aborted || shelf.failures > 2) return;
      // Given up meanwhile: what it got now would belong to nobody.
      if (this.#shelves.get(shelf.key) !== shelf) return;
      if (shelf.ready.length + shelf.starting >= this.#size || shelf.starting > 0) return;
      this.#inBackground(this.#fill(shelf));
    });
  }

  /** Starts one sandbox: for whoever has waited longest when it is there, else for the shelf. */
  async #fill(shelf: Shelf): Promise<void> {
    shelf.starting += 1;
    const starting = this.#start(shelf.poolClass);
    try {
      const warm = await starting;
      // What kept the class from starting is over.
      shelf.failures = 0;
      shelf.starting -= 1;
      // The one that came for nobody may be gone to somebody: then none is on its way to the shelf.
      if (this.#giveToFirst(shelf, starting)) return this.#refillSoon(shelf);
      const isWanted = this.#shelves.get(shelf.key) === shelf && shelf.ready.length < this.#size;
      if (this.#closing.signal.aborted || !isWanted) return await discard(warm);
      shelf.ready.push(warm);
      // One that dies while it waits (a memory-hungry host) must not be handed out.
      void warm.sandbox.exited.then(() => {
        const at = shelf.ready.indexOf(warm);
        if (at === -1) return;
        shelf.ready.splice(at, 1);
        this.#inBackground(discard(warm));
      });
      this.#refillSoon(shelf);
    } catch (error) {
      shelf.starting -= 1;
      if (this.#giveToFirst(shelf, starting) || this.#closing.signal.aborted) return;
      // A class that cannot start is tried again when somebody asks for it, and tells its error then.
      shelf.failures += 1;
      this.#log.warn({ err: error, runtime: shelf.poolClass.runtime.name }, 'cannot keep a sandbox waiting');
    }
  }

  #giveToFirst(shelf: Shelf, starting: Promise<WarmSandbox>): boolean {
    const [give] = shelf.waiting;
    if (give === undefined) return false;
    shelf.waiting.delete(give);
    give(starting);
    return true;
  }

  async #start(poolClass: PoolClass): Promise<WarmSandbox> {
    await this.#startTurn();
    try {
      return await this.#startNow(poolClass);
    } finally {
      this.#starts -= 1;
      this.#startQueue.shift()?.();
    }
  }

  async #startTurn(): Promise<void> {
    if (this.#starts >= STARTS_MAX) await new Promise<void>((resolve) => this.#startQueue.push(resolve));
    this.#starts += 1;
  }

  async #startNow(poolClass: PoolClass): Promise<WarmSandbox> {
    const { runtime, memoryMb, launchesLate, supervised } = poolClass;
    const launch = launchesLate ? lateLaunch(runtime.launch(memoryMb)) : runtime.launch(memoryMb);
    const signal = this.#closing.signal;
    signal.throwIfAborted();
    const sandbox = await this.#sandboxes.start(
      {
        limits: { memoryBytes: memoryMb * MIB, cpus: undefined },
        pidsMax: PIDS_MAX,
        command: launch.command,
        env: launch.env,
        mounts: launch.mounts,
        supervised,
      },
      signal,
    );
    try {
      // A connection from inside is served as one from outside: by the platform's own listener.
      const door = createServer((socket) => this.#platform.emit('connection', socket));
      door.maxConnections = PLATFORM_CONNECTIONS_MAX;
      // SAFE: once it listens, a server's errors are those of single connections that it could not take.
      door.on('error', () => {});
      const platform = sandbox.listen(PLATFORM_PORT, door);
      const api = sandboxApi(sandbox);
      const guest =
        runtime.channel === 'frames'
          ? framesGuest(sandbox.channel, launchesLate ? 'launcher' : 'guest')
          : runtimeApiGuest(sandbox, api, runtime.entrypoint);
      await this.#isUp(runtime, sandbox, guest);
      return { sandbox, guest, api, endpointUrl: `http://${platform.host}:${platform.port}` };
    } catch (error) {
      await sandbox[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #isUp(runtime: Runtime, sandbox: Sandbox, guest: Guest): Promise<void> {
    const failed = Promise.withResolvers<never>();
    let said = '';
    const listen = (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-2_000);
    };
    sandbox.output.on('data', listen);
    using _limit = this.#clock.after(UP_MS_MAX, () =>
      failed.reject(new EnvironmentUnavailable(`${runtime.name} was not up within ${UP_MS_MAX / 1000} s: ${said}`)),
    );
    void sandbox.exited.then((exit) =>
      // What it said last may arrive after the news of its end.
      setImmediate(() =>
        failed.reject(
          new EnvironmentUnavailable(`${runtime.name} did not start (${exit.signal ?? exit.code}): ${said}`),
        ),
      ),
    );
    try {
      await Promise.race([guest.up, failed.promise]);
    } finally {
      // From here on the sandbox's end is its owner's news, not a failed start.
      sandbox.output.off('data', listen);
    }
  }

  #inBackground(work: Promise<void>): void {
    const tracked: Promise<void> = work
      .catch((error: unknown) => this.#log.error({ err: error }, 'a waiting sandbox did not end cleanly'))
      .finally(() => this.#background.delete(tracked));
    this.#background.add(tracked);
  }
}

function lateLaunch(launch: RuntimeLaunch): RuntimeLaunch {
  return { command: LAUNCHER_COMMAND, env: launch.env, mounts: [...launch.mounts, LAUNCHER_MOUNT] };
}

/** Ends a sandbox that nobody will use. */
export async function discard(warm: WarmSandbox): Promise<void> {
  warm.guest.close();
  warm.api.close();
  await warm.sandbox[Symbol.asyncDispose]();
}
