import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import type { Server } from 'node:net';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { raceAbort } from '../lib/abort.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import { launchScript, WRAPPER_VARIABLE } from '../runtimes/launch-script.ts';
import type { Runtimes } from '../runtimes/runtime.ts';
import type { Sandboxes, SandboxPaths } from '../sandbox/sandbox.ts';
import { Environment } from './environment.ts';
import { type InitPhase, openEnvironmentLog } from './environment-log.ts';
import type { InitializationType } from './environment-log-events.ts';
import { streamName } from './environment-log-lines.ts';
import { failureType } from './failure.ts';
import type { GuestStart } from './guest.ts';
import { guestVariables, type RoleCredentials } from './guest-variables.ts';
import { type Initialised, initStatus, Life } from './life.ts';
import type { LogSink } from './log-sink.ts';
import { type EnvironmentSpec, EnvironmentUnavailable, type Invocation, NoRoom, type Outcome } from './spec.ts';
import { discard, type PoolClass, WarmPool, type WarmSandbox } from './warm-pool.ts';

export interface EnvironmentPorts {
  readonly sandboxes: Sandboxes;
  readonly runtimes: Runtimes;
  readonly logs: LogSink;
  readonly clock: Clock;
  readonly log: Logger;
  /** The platform's own listener: connections from inside sandboxes are handed to it. */
  readonly platform: Server;
  /** The unpacked code's directory, kept there until it is given back. */
  codeDir(codeDigest: string): Promise<string>;
  /** The directory with these layers laid over each other; undefined for none. */
  layersDir(layerDigests: readonly string[]): Promise<string | undefined>;
  retainCode(codeDigest: string, layerDigests: readonly string[]): Disposable;
  credentials(spec: EnvironmentSpec): RoleCredentials;
  runtimeVersionArn(region: string, runtime: string): string;
  readonly settings: EnvironmentSettings;
}

export interface EnvironmentSettings {
  /** Sandboxes kept waiting for each runtime and memory class in use; 0: none. */
  readonly poolSize: number;
  /** How long an environment without work is kept. */
  readonly keepAliveMs: number;
}

/** AWS: the INIT phase has 10 seconds; a function that needs longer is initialised again within its first invocation. */
const INIT_MS_MAX = 10_000;
/** AWS: ahead of time there are 130 seconds, or the function's time limit if that is longer. */
const INIT_AHEAD_MS_MAX = 130_000;
/** AWS: the hooks that follow a restore have 10 seconds. */
const RESTORE_MS_MAX = 10_000;
/** An environment is frozen when it has had no work for so long: a busy one is spared two system calls an invocation. */
const FREEZE_AFTER_MS = 20;
const SWEEP_MS = 1_000;
/** Credentials live 12 hours; an environment is replaced long before. */
const AGE_MS_MAX = 6 * 3_600_000;
/** 1,769 MB of memory buy one core (AWS). */
const MB_PER_CPU = 1_769;
/** Below this share of the host's memory no environment is added: idle ones go first, then callers wait. */
const FREE_SHARE_MIN = 0.05;
/** From here down idle environments are kept ever shorter, down to `KEEP_ALIVE_PRESSED_MS`. */
const FREE_SHARE_EASY = 0.25;
const KEEP_ALIVE_PRESSED_MS = 5_000;
/** What an environment that is being made is taken to need, until it is there and the system counts it. */
const MAKING_BYTES = 64 * 1024 * 1024;
const MIB = 1024 * 1024;
/** An environment that has answered mostly asks for its next invocation well within this: no other is made meanwhile. */
const FINISH_WAIT_MS = 50;
const ROOM_WAIT_MS_MAX = 10_000;
const ROOM_POLL_MS = 50;
/** A provisioned environment that could not be initialised is tried again after this. */
const PROVISION_RETRY_MS = 60_000;
/** Environments of one version that are initialised ahead at once: the rest of the machine goes on. */
const PROVISION_AT_ONCE = 4;

/**
 * All execution environments of this machine: finds an idle one of a version, else makes one from the warm pool; freezes
 * those without work, ends those that are not needed. Owns every environment from its making to its end.
 */
export class Environments implements AsyncDisposable {
  readonly #ports: EnvironmentPorts;
  readonly #pool: WarmPool;
  /** Idle environments by spec id; the most recently used is last, and taken first. */
  readonly #idle = new Map<string, Environment[]>();
  readonly #all = new Set<Environment>();
  /** Lives being begun: the system does not count their memory yet. */
  #beginning = 0;
  /** Invocations without an environment, by spec id: one that becomes free meanwhile goes to the first. */
  readonly #waiting = new Map<string, Set<(environment: Environment) => void>>();
  readonly #provisions = new Map<string, Provision>();
  readonly #thawed = new Set<Environment>();
  readonly #background = new Set<Promise<void>>();
  readonly #closing = new AbortController();
  #freezing: Disposable | undefined;
  #sweeping: Disposable | undefined;

  constructor(ports: EnvironmentPorts) {
    this.#ports = ports;
    this.#pool = new WarmPool({
      sandboxes: ports.sandboxes,
      clock: ports.clock,
      log: ports.log,
      platform: ports.platform,
      size: ports.settings.poolSize,
    });
    this.#sweepLater();
  }

  /**
   * Runs one invocation to its end; a caller who leaves does not stop it, as on AWS. Resolves with the function's answer or
   * error. Rejects with NoRoom or EnvironmentUnavailable when the platform could not run it.
   */
  invoke(spec: EnvironmentSpec, invocation: Invocation): Promise<Outcome> {
    const environment = this.#takeIdle(spec.id);
    return environment === undefined ? this.#coldInvoke(spec, invocation) : environment.invoke(invocation);
  }

  /** A function of this kind exists: keep a sandbox waiting for it. */
  expect(spec: EnvironmentSpec): void {
    if (this.#ports.runtimes.status(spec.runtime)?.kind !== 'ready') return;
    // Whether layers bring extensions is known once they are unpacked: such functions are not expected.
    if (spec.layerDigests.length === 0) this.#pool.expect(this.#poolClass(spec, false));
  }

  /** This version will not be invoked again: idle environments end now, busy ones after what they run. */
  retire(specId: string): void {
    this.#provisions.delete(specId);
    for (const environment of this.#all) if (environment.spec.id === specId) environment.retired = true;
    for (const environment of this.#idle.get(specId)?.splice(0) ?? []) this.#end(environment);
    this.#idle.delete(specId);
  }

  /** Keeps so many environments of this version initialised; 0: none any more. What is missing is made in the background. */
  provision(spec: EnvironmentSpec, count: number): void {
    const provision = this.#provisions.get(spec.id) ?? {
      spec,
      count,
      members: new Set(),
      making: 0,
      failure: undefined,
    };
    provision.count = count;
    provision.failure = undefined;
    if (count > 0) this.#provisions.set(spec.id, provision);
    else this.#provisions.delete(spec.id);
    for (const surplus of [...provision.members].slice(count)) {
      provision.members.delete(surplus);
      // A busy one ends after what it runs.
      surplus.retired = true;
      if (this.#idle.get(spec.id)?.includes(surplus)) this.#end(surplus);
    }
    this.#provisionMissing(spec.id);
  }

  /** How many environments are initialised ahead for this version, and why the rest is not. */
  provisioned(specId: string): { allocated: number; available: number; failure: string | undefined } {
    const provision = this.#provisions.get(specId);
    const ready = provision === undefined ? 0 : [...provision.members].filter(({ isAlive }) => isAlive).length;
    return { allocated: ready, available: ready, failure: provision?.failure };
  }

  /**
   * SnapStart's publish: initialises the version once, with the hooks that run before a snapshot, and lets it go. Nothing
   * of its memory is kept. Rejects when the platform could not try.
   */
  async rehearse(spec: EnvironmentSpec): Promise<{ ok: true } | { ok: false; reasonCode: string; reason: string }> {
    const environment = this.#environment(spec, 'snap-start');
    try {
      const { initialised } = await this.#life(environment, {
        ...{ phase: 'snap-start', limitMs: aheadMs(spec), signal: this.#closing.signal },
      });
      if (initialised.kind === 'done') return { ok: true };
      const { failure } = initialised;
      const reason = failure.kind === 'payload' ? failure.payload.toString() : failureType(failure);
      const code = failure.kind === 'timeout' ? 'InitTimeout' : 'RuntimeInitError';
      return {
        ok: false,
        reasonCode: `FunctionError.${code}`,
        reason: `The function could not be initialised: ${reason}`,
      };
    } finally {
      this.#end(environment);
    }
  }

  /** How many environments have a sandbox, idle and busy. */
  get size(): number {
    let count = 0;
    for (const { isAlive } of this.#all) if (isAlive) count += 1;
    return count;
  }

  /** Ends everything, running invocations included: the server drains before it calls this. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new EnvironmentUnavailable('Lambent is stopping'));
    this.#provisions.clear();
    this.#sweeping?.[Symbol.dispose]();
    this.#freezing?.[Symbol.dispose]();
    for (const environment of this.#all) this.#end(environment);
    await this.#pool[Symbol.asyncDispose]();
    while (this.#background.size > 0) await Promise.allSettled(this.#background);
  }

  #takeIdle(specId: string): Environment | undefined {
    const list = this.#idle.get(specId);
    const environment = list?.pop();
    if (environment !== undefined) this.#thawed.delete(environment);
    return environment;
  }

  /** In a new environment, or in one that becomes free before that is there. */
  async #coldInvoke(spec: EnvironmentSpec, invocation: Invocation): Promise<Outcome> {
    const spare = new AbortController();
    const freed = Promise.withResolvers<Environment>();
    const stopWaiting = this.#waitFor(spec.id, freed.resolve);
    const making = this.#make(
      spec,
      spec.snapStart ? 'snap-start' : 'on-demand',
      AbortSignal.any([spare.signal, this.#closing.signal]),
    );
    let environment: Environment;
    try {
      environment = await Promise.race([freed.promise, making]);
    } catch (error) {
      if (stopWaiting()) throw error;
      environment = await freed.promise;
    }
    // Whichever did not come first is no longer needed. One that comes all the same is free for somebody else.
    spare.abort(new Error('another environment has become free'));
    const spares = stopWaiting() ? [making] : [making, freed.promise];
    for (const other of spares) {
      other.then(
        (made) => made !== environment && this.#freed(made),
        () => {}, // SAFE: it was asked to give up, and holds nothing.
      );
    }
    return environment.invoke(invocation);
  }

  /** Has the next environment of this version that becomes free given to `take`; the answer stops that, unless it is done. */
  #waitFor(specId: string, take: (environment: Environment) => void): () => boolean {
    const waiting = this.#waiting.get(specId) ?? new Set();
    this.#waiting.set(specId, waiting.add(take));
    return () => {
      const isWaiting = waiting.delete(take);
      if (waiting.size === 0 && this.#waiting.get(specId) === waiting) this.#waiting.delete(specId);
      return isWaiting;
    };
  }

  /** A new environment, initialised; if its init has failed, without a life. */
  async #make(spec: EnvironmentSpec, type: InitializationType, signal: AbortSignal): Promise<Environment> {
    const environment = this.#environment(spec, type);
    try {
      // From here on it is in `#all`, where whoever retires the version finds it, and keeps the version's code.
      if (this.#isOneFinishing(spec.id)) await this.#ports.clock.sleep(FINISH_WAIT_MS, signal);
      const limitMs = type === 'on-demand' ? INIT_MS_MAX : aheadMs(spec);
      const { initialised } = await this.#life(environment, { phase: 'init', limitMs, signal });
      environment.begin(initialised);
      return environment;
    } catch (error) {
      this.#end(environment);
      throw error;
    }
  }

  #isOneFinishing(specId: string): boolean {
    for (const environment of this.#all) if (environment.spec.id === specId && environment.isFinishing) return true;
    return false;
  }

  #environment(spec: EnvironmentSpec, type: InitializationType): Environment {
    const { clock, logs, sandboxes } = this.#ports;
    this.#closing.signal.throwIfAborted();
    // Before anything is waited for: the version may be replaced meanwhile, and its code removed.
    using undo = new DisposableStack();
    const code = undo.use(this.#ports.retainCode(spec.codeDigest, spec.layerDigests));
    const tmp = undo.use(sandboxes.tmp(spec.ephemeralMb * MIB));
    const random = randomBytes(16).toString('hex');
    const logStreamName = streamName(clock.nowMs(), spec.name, spec.version, spec.customLogGroup, random);
    const { account, region, logGroup: group } = spec;
    const logStream = logs.open({ account, region, group, stream: logStreamName });
    const environment = new Environment({
      ...{ spec, type, code, clock, home: { tmp, logStreamName, logStream } },
      revive: (dead) => this.#life(dead, { phase: 'invoke', limitMs: spec.timeoutMs, signal: this.#closing.signal }),
      onIdle: (idle) => this.#freed(idle),
      onBuried: (burial) => this.#inBackground(burial),
    });
    undo.move();
    this.#all.add(environment);
    return environment;
  }

  /** A new life in a sandbox of its own, adopted by the environment and initialised, or failed to. */
  async #life(
    environment: Environment,
    options: { phase: InitPhase; limitMs: number; signal: AbortSignal },
  ): Promise<{ life: Life; initialised: Initialised }> {
    const { spec } = environment;
    this.#beginning += 1;
    try {
      await this.#room(options.signal);
      const { codeDigest, layerDigests } = spec;
      const optDir = layerDigests.length === 0 ? undefined : await this.#ports.layersDir(layerDigests);
      const external = optDir === undefined ? [] : extensionsIn(optDir);
      const [codeDir, warm] = await this.#codeAndSandbox(
        codeDigest,
        this.#poolClass(spec, external.length > 0),
        options,
      );
      return await this.#begin(environment, warm, { ...options, codeDir, optDir, external });
    } finally {
      this.#beginning -= 1;
    }
  }

  /** The version's code on disk and a sandbox for it, fetched side by side. */
  async #codeAndSandbox(
    codeDigest: string,
    poolClass: PoolClass,
    { signal }: { signal: AbortSignal },
  ): Promise<[string, WarmSandbox]> {
    const taking = this.#pool.take(poolClass, signal);
    try {
      // Both are waited for from the start: whichever fails first has somebody who hears of it.
      return await Promise.all([raceAbort(this.#ports.codeDir(codeDigest), signal), taking]);
    } catch (error) {
      // SAFE: a start that failed holds nothing; one that succeeds for nobody is given back.
      taking.then(
        (warm) => this.#inBackground(discard(warm)),
        () => {},
      );
      throw error;
    }
  }

  async #begin(
    environment: Environment,
    warm: WarmSandbox,
    options: {
      phase: InitPhase;
      limitMs: number;
      codeDir: string;
      optDir: string | undefined;
      external: readonly string[];
    },
  ): Promise<{ life: Life; initialised: Initialised }> {
    const { spec, home, type } = environment;
    const { runtimes, clock, runtimeVersionArn } = this.#ports;
    const { sandbox, guest } = warm;
    const { phase, limitMs, codeDir, optDir, external } = options;
    const runtime = runtimes.get(spec.runtime);
    const limits = { memoryBytes: spec.memoryMb * MIB, cpus: undefined };
    let life: Life;
    let paths: SandboxPaths;
    try {
      const log = openEnvironmentLog({
        ...{ spec, clock, initializationType: type, logStream: home.logStream, logStreamName: home.logStreamName },
        runtimeVersion: runtime.version,
        runtimeVersionArn: runtimeVersionArn(spec.region, spec.runtime),
        connect: (port) => sandbox.connect(port),
      });
      life = new Life({ spec, sandbox, guest, api: warm.api, log, clock });
      environment.adopt(life);
      paths = sandbox.attach({ taskDir: codeDir, optDir, tmp: home.tmp });
      life.setLimits(limits);
    } catch (error) {
      await discard(warm);
      if (error instanceof EnvironmentUnavailable) throw error;
      throw new EnvironmentUnavailable(`cannot start an environment for ${spec.functionArn}`, { cause: error });
    }
    const variables = guestVariables({
      ...{ spec, runtime, paths, initializationType: type },
      credentials: this.#ports.credentials(spec),
      logStream: home.logStreamName,
      runtimeApi: warm.api.address,
      endpointUrl: warm.endpointUrl,
    });
    const snapStart = type === 'snap-start';
    const start = {
      ...{ handler: spec.handler, variables, paths, codeDir, optDir, snapStart },
      launchScript: this.#launchScript(spec, variables, paths),
    };
    // Of a snapshot there is nothing here but its hooks: what a start "restores" is all that an init does, and takes as long.
    const initialised =
      snapStart && phase !== 'snap-start'
        ? await restored(life, start, external, limitMs)
        : await initialisedIn(phase, life, start, external, limitMs);
    // AWS lets INIT run at full speed; the share of the processor that memory buys holds from the first invocation.
    life.setLimits({ ...limits, cpus: spec.memoryMb / MB_PER_CPU });
    return { life, initialised };
  }

  /** For a sandbox that was started without its interpreter: how that starts, with the function's own variables. */
  #launchScript(
    spec: EnvironmentSpec,
    variables: Readonly<Record<string, string>>,
    paths: SandboxPaths,
  ): string | undefined {
    if (!this.#launchesLate(spec)) return undefined;
    const { command } = this.#ports.runtimes.get(spec.runtime).launch(spec.memoryMb);
    const [program = '', ...args] = command.map((word) => paths.mounted(word));
    const wrapper = spec.variables[WRAPPER_VARIABLE];
    return launchScript({ env: variables, cwd: paths.task, program, args, keepChannel: true, wrapper });
  }

  /** Programs that speak the Runtime API always launch late, by themselves (`runtimeApiGuest`). */
  #launchesLate(spec: EnvironmentSpec): boolean {
    const runtime = this.#ports.runtimes.get(spec.runtime);
    if (runtime.channel !== 'frames') return false;
    return Object.keys(spec.variables).some((name) => name === WRAPPER_VARIABLE || runtime.readsAtStart(name));
  }

  /** Called by an environment whose invocation is over. */
  #freed(environment: Environment): void {
    if (!this.#all.has(environment)) return;
    const { id } = environment.spec;
    const isMember = this.#provisions.get(id)?.members.has(environment) ?? false;
    // One that was initialised ahead is so again: another one takes its place.
    const isSpent = environment.retired || this.#isOld(environment) || (isMember && !environment.isAlive);
    if (isSpent || this.#closing.signal.aborted) return this.#end(environment);
    const waiting = this.#waiting.get(id);
    const [take] = waiting ?? [];
    if (waiting !== undefined && take !== undefined) {
      waiting.delete(take);
      if (waiting.size === 0) this.#waiting.delete(id);
      return take(environment);
    }
    let list = this.#idle.get(id);
    if (list === undefined) {
      list = [];
      this.#idle.set(id, list);
    }
    list.push(environment);
    this.#thawed.add(environment);
    this.#freezing ??= this.#ports.clock.after(FREEZE_AFTER_MS, () => this.#freeze());
  }

  #provisionMissing(specId: string): void {
    const provision = this.#provisions.get(specId);
    if (provision === undefined || this.#closing.signal.aborted) return;
    const missing = provision.count - provision.members.size - provision.making;
    for (let made = 0; made < missing && provision.making < PROVISION_AT_ONCE; made += 1) {
      provision.making += 1;
      this.#inBackground(this.#provisionOne(provision));
    }
  }

  async #provisionOne(provision: Provision): Promise<void> {
    const { spec } = provision;
    let made: Environment | undefined;
    try {
      made = await this.#make(spec, 'provisioned-concurrency', this.#closing.signal);
    } catch (error) {
      // Told by `provisioned`, and tried again: what the function needs may be back by then.
      this.#ports.log.warn({ err: error, function: spec.functionArn }, 'an environment could not be provisioned');
    }
    provision.making -= 1;
    if (made?.isAlive) {
      provision.failure = undefined;
      const isWanted = this.#provisions.get(spec.id) === provision && provision.members.size < provision.count;
      if (isWanted) provision.members.add(made);
      else made.retired = true;
      this.#freed(made);
      return this.#provisionMissing(spec.id);
    }
    if (made !== undefined) this.#end(made);
    provision.failure = 'FUNCTION_ERROR_INIT_FAILURE';
    this.#ports.clock.after(PROVISION_RETRY_MS, () => this.#provisionMissing(spec.id));
  }

  #isOld(environment: Environment): boolean {
    return this.#ports.clock.monotonicMs() - environment.bornMs >= AGE_MS_MAX;
  }

  #freeze(): void {
    this.#freezing = undefined;
    const nowMs = this.#ports.clock.monotonicMs();
    for (const environment of this.#thawed) {
      if (nowMs - environment.idleSinceMs < FREEZE_AFTER_MS) continue;
      this.#thawed.delete(environment);
      environment.freeze();
    }
    if (this.#thawed.size > 0) this.#freezing = this.#ports.clock.after(FREEZE_AFTER_MS, () => this.#freeze());
  }

  #sweepLater(): void {
    this.#sweeping = this.#ports.clock.after(SWEEP_MS, () => {
      this.#sweep();
      this.#sweepLater();
    });
  }

  #sweep(): void {
    const nowMs = this.#ports.clock.monotonicMs();
    const keepAliveMs = keepAlive(this.#ports.settings.keepAliveMs, freeShare());
    for (const [id, list] of this.#idle) {
      const members = this.#provisions.get(id)?.members;
      // Ending one takes it out of the list: a copy is walked, or its neighbour would be passed over.
      for (const environment of [...list]) {
        const isKept = members?.has(environment) || nowMs - environment.idleSinceMs < keepAliveMs;
        if (!isKept || this.#isOld(environment)) this.#end(environment);
      }
      if (list.length === 0) this.#idle.delete(id);
    }
    this.#inBackground(this.#pool.shrink(freeShare() < FREE_SHARE_MIN));
  }

  /** Waits until the host has room for one more environment, ending idle ones meanwhile. */
  async #room(signal: AbortSignal): Promise<void> {
    for (let waitedMs = 0; this.#isShort(); waitedMs += ROOM_POLL_MS) {
      if (waitedMs >= ROOM_WAIT_MS_MAX)
        throw new NoRoom('this machine has no memory left for another execution environment');
      const oldest = this.#oldestIdle();
      if (oldest !== undefined) this.#end(oldest);
      await this.#ports.clock.sleep(ROOM_POLL_MS, signal);
    }
    signal.throwIfAborted();
  }

  #isShort(): boolean {
    return freeShare((this.#beginning - 1) * MAKING_BYTES) < FREE_SHARE_MIN;
  }

  #oldestIdle(): Environment | undefined {
    let oldest: Environment | undefined;
    for (const list of this.#idle.values()) {
      for (const environment of list) {
        if (this.#provisions.get(environment.spec.id)?.members.has(environment)) continue;
        if (oldest === undefined || environment.idleSinceMs < oldest.idleSinceMs) oldest = environment;
      }
    }
    return oldest;
  }

  #end(environment: Environment): void {
    if (!this.#all.delete(environment)) return;
    const { id } = environment.spec;
    const list = this.#idle.get(id);
    const at = list?.indexOf(environment) ?? -1;
    if (at !== -1) list?.splice(at, 1);
    this.#thawed.delete(environment);
    this.#inBackground(environment[Symbol.asyncDispose]());
    if (this.#provisions.get(id)?.members.delete(environment)) this.#provisionMissing(id);
  }

  #poolClass(spec: EnvironmentSpec, supervised: boolean): PoolClass {
    const runtime = this.#ports.runtimes.get(spec.runtime);
    return { runtime, memoryMb: spec.memoryMb, launchesLate: this.#launchesLate(spec), supervised };
  }

  #inBackground(work: Promise<void>): void {
    const tracked: Promise<void> = work
      .catch((error: unknown) => this.#ports.log.error({ err: error }, 'an execution environment did not end cleanly'))
      .finally(() => this.#background.delete(tracked));
    this.#background.add(tracked);
  }
}

/** Environments of one version that are initialised ahead. */
interface Provision {
  readonly spec: EnvironmentSpec;
  count: number;
  readonly members: Set<Environment>;
  making: number;
  failure: string | undefined;
}

async function initialisedIn(
  phase: InitPhase,
  life: Life,
  start: GuestStart,
  external: readonly string[],
  limitMs: number,
): Promise<Initialised> {
  life.log.initStart(phase);
  const outcome = await life.init(start, external, limitMs);
  const status = initStatus(outcome);
  life.log.initRuntimeDone(phase, status);
  life.log.initReport(phase, status, outcome.ms);
  return outcome;
}

async function restored(
  life: Life,
  start: GuestStart,
  external: readonly string[],
  limitMs: number,
): Promise<Initialised> {
  life.log.restoreStart();
  const before = await life.init(start, external, limitMs);
  const after = before.kind === 'done' ? await life.restore(RESTORE_MS_MAX) : before;
  const outcome = { ...after, ms: before === after ? before.ms : before.ms + after.ms };
  life.log.restoreRuntimeDone(initStatus(outcome));
  life.log.restoreReport(initStatus(outcome), outcome.ms);
  return outcome;
}

function aheadMs(spec: EnvironmentSpec): number {
  return Math.max(INIT_AHEAD_MS_MAX, spec.timeoutMs);
}

/** External extensions: every executable file in `/opt/extensions`, by name (AWS). */
function extensionsIn(optDir: string): string[] {
  const directory = join(optDir, 'extensions');
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

/** The part of the memory that is free for use, when so many bytes of it are spoken for. */
function freeShare(takenBytes = 0): number {
  // Of this machine or of the container that the server runs in, whichever is less.
  return (process.availableMemory() - takenBytes) / totalmem();
}

/** Ever shorter as memory gets scarce, so that what is idle goes before anybody has to wait. */
export function keepAlive(keepAliveMs: number, share: number): number {
  if (share >= FREE_SHARE_EASY) return keepAliveMs;
  const ease = Math.max(0, (share - FREE_SHARE_MIN) / (FREE_SHARE_EASY - FREE_SHARE_MIN));
  return Math.min(keepAliveMs, KEEP_ALIVE_PRESSED_MS + ease * Math.max(0, keepAliveMs - KEEP_ALIVE_PRESSED_MS));
}
