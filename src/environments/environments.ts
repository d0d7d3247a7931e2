import { randomBytes } from 'node:crypto';
import type { Server } from 'node:net';
import { freemem, totalmem } from 'node:os';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import type { Runtimes } from '../runtimes/runtime.ts';
import type { Sandboxes } from '../sandbox/sandbox.ts';
import { Environment, type Initialised } from './environment.ts';
import { guestVariables, type RoleCredentials } from './guest-variables.ts';
import { streamName } from './log-lines.ts';
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
  retainCode(codeDigest: string): Disposable;
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
/** An environment is frozen when it has had no work for so long: a busy one is spared two system calls an invocation. */
const FREEZE_AFTER_MS = 20;
const SWEEP_MS = 1_000;
/** Credentials live 12 hours; an environment is replaced long before. */
const AGE_MS_MAX = 6 * 3_600_000;
/** 1,769 MB of memory buy one core (AWS). */
const MB_PER_CPU = 1_769;
/** Below this share of the host's memory no environment is added: idle ones go first, then callers wait. */
const FREE_SHARE_MIN = 0.05;
const ROOM_WAIT_MS_MAX = 10_000;
const ROOM_POLL_MS = 50;
/** Under memory pressure idle environments go after this. */
const KEEP_ALIVE_PRESSED_MS = 5_000;

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
  /** Environments being made: a version that is retired meanwhile must not leave an idle one. */
  readonly #making = new Set<{ readonly id: string; retired: boolean }>();
  readonly #thawed = new Set<Environment>();
  readonly #background = new Set<Promise<void>>();
  #freezing: Disposable | undefined;
  #sweeping: Disposable | undefined;
  #closed = false;

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
  expect(spec: Pick<EnvironmentSpec, 'runtime' | 'memoryMb'>): void {
    if (this.#ports.runtimes.status(spec.runtime)?.kind !== 'ready') return;
    this.#pool.expect(this.#poolClass(spec));
  }

  /** This version will not be invoked again: idle environments end now, busy ones after what they run. */
  retire(specId: string): void {
    for (const making of this.#making) if (making.id === specId) making.retired = true;
    for (const environment of this.#all) if (environment.spec.id === specId) environment.retired = true;
    for (const environment of this.#idle.get(specId)?.splice(0) ?? []) this.#end(environment);
    this.#idle.delete(specId);
  }

  /** How many environments there are, idle and busy. */
  get size(): number {
    return this.#all.size;
  }

  /** Ends everything, running invocations included: the server drains before it calls this. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#sweeping?.[Symbol.dispose]();
    this.#freezing?.[Symbol.dispose]();
    for (const environment of this.#all) this.#end(environment);
    await this.#pool[Symbol.asyncDispose]();
    while (this.#background.size > 0) await Promise.allSettled(this.#background);
  }

  #takeIdle(specId: string): Environment | undefined {
    const list = this.#idle.get(specId);
    if (list === undefined) return undefined;
    for (let environment = list.pop(); environment !== undefined; environment = list.pop()) {
      if (environment.broken) {
        this.#end(environment);
        continue;
      }
      this.#thawed.delete(environment);
      return environment;
    }
    return undefined;
  }

  async #coldInvoke(spec: EnvironmentSpec, invocation: Invocation): Promise<Outcome> {
    const first = await this.#make(spec, INIT_MS_MAX, true);
    if (first.initialised.kind === 'done') return first.environment.invoke(invocation);
    const { failure, initMs } = first.initialised;
    if (failure.kind !== 'timeout') return first.environment.failInvocation(invocation, failure, initMs);
    // AWS: an init that takes too long is done again, within the invocation and its time limit. The second environment
    // is asked for before the first one gives the code back, and knows what has become of the version meanwhile.
    const making = this.#make(spec, spec.timeoutMs, false, first.environment.retired);
    this.#end(first.environment);
    const second = await making;
    if (second.initialised.kind === 'done') return second.environment.invoke(invocation, second.initialised.initMs);
    return second.environment.failInvocation(invocation, second.initialised.failure, second.initialised.initMs);
  }

  async #make(
    spec: EnvironmentSpec,
    initLimitMs: number,
    countInit: boolean,
    retired = false,
  ): Promise<{ environment: Environment; initialised: Initialised }> {
    if (this.#closed) throw new EnvironmentUnavailable('Lambent is stopping');
    const { clock, runtimes, logs } = this.#ports;
    const status = runtimes.status(spec.runtime);
    if (status?.kind !== 'ready')
      throw new EnvironmentUnavailable(`runtime ${spec.runtime} is not installed on this machine`);
    const runtime = runtimes.get(spec.runtime);
    // Before anything is waited for: the version may be replaced meanwhile, and its code removed.
    const code = this.#ports.retainCode(spec.codeDigest);
    const making = { id: spec.id, retired };
    this.#making.add(making);
    let codeDir: string;
    let warm: WarmSandbox;
    try {
      await this.#room();
      [codeDir, warm] = await this.#codeAndSandbox(spec);
      if (this.#closed) {
        this.#inBackground(discard(warm));
        throw new EnvironmentUnavailable('Lambent is stopping');
      }
    } catch (error) {
      code[Symbol.dispose]();
      throw error;
    } finally {
      this.#making.delete(making);
    }

    const logStream = streamName(
      clock.nowMs(),
      spec.name,
      spec.version,
      spec.customLogGroup,
      randomBytes(16).toString('hex'),
    );
    const log = logs.open({ account: spec.account, region: spec.region, group: spec.logGroup, stream: logStream });
    // What goes when the environment has ended: the code's place on disk, and its /tmp.
    const held = new DisposableStack();
    held.use(code);
    const environment = new Environment({ spec, ...warm, code: held, clock, log, onIdle: (idle) => this.#freed(idle) });
    this.#all.add(environment);
    environment.retired = making.retired;
    const limits = { memoryBytes: spec.memoryMb * 1024 * 1024, cpus: undefined };
    try {
      const tmp = held.use(this.#ports.sandboxes.tmp(spec.ephemeralMb * 1024 * 1024));
      const paths = warm.sandbox.attach({ taskDir: codeDir, tmp });
      warm.sandbox.setLimits(limits);
      const runtimeArn = this.#ports.runtimeVersionArn(spec.region, spec.runtime);
      const initStart = environment.lines.initStart(runtime.version, runtimeArn);
      if (initStart !== undefined) log.write(initStart, clock.nowMs());
      const variables = guestVariables({
        spec,
        runtime,
        paths,
        credentials: this.#ports.credentials(spec),
        logStream,
        runtimeApi: warm.runtimeApi,
        endpointUrl: warm.endpointUrl,
      });
      const start = { handler: spec.handler, variables, paths, codeDir };
      const initialised = await environment.init(start, initLimitMs, countInit);
      // AWS lets INIT run at full speed; the share of the processor that memory buys holds from the first invocation.
      if (!environment.broken) warm.sandbox.setLimits({ ...limits, cpus: spec.memoryMb / MB_PER_CPU });
      return { environment, initialised };
    } catch (error) {
      this.#end(environment);
      throw new EnvironmentUnavailable(`cannot start an environment for ${spec.functionArn}`, { cause: error });
    }
  }

  /** The version's code on disk and a sandbox for it, fetched side by side. */
  async #codeAndSandbox(spec: EnvironmentSpec): Promise<[string, WarmSandbox]> {
    const taking = this.#pool.take(this.#poolClass(spec));
    try {
      // Both are waited for from the start: whichever fails first has somebody who hears of it.
      return await Promise.all([this.#ports.codeDir(spec.codeDigest), taking]);
    } catch (error) {
      // SAFE: a start that failed holds nothing; one that succeeds for nobody is given back.
      taking.then(
        (warm) => this.#inBackground(discard(warm)),
        () => {},
      );
      throw error;
    }
  }

  /** Called by an environment whose invocation is over, or whose first process has ended. */
  #freed(environment: Environment): void {
    if (!this.#all.has(environment)) return;
    if (environment.broken || environment.retired || this.#closed || this.#isOld(environment)) {
      return this.#end(environment);
    }
    let list = this.#idle.get(environment.spec.id);
    if (list === undefined) {
      list = [];
      this.#idle.set(environment.spec.id, list);
    }
    list.push(environment);
    this.#thawed.add(environment);
    this.#freezing ??= this.#ports.clock.after(FREEZE_AFTER_MS, () => this.#freeze());
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
    const keepAliveMs = short()
      ? Math.min(KEEP_ALIVE_PRESSED_MS, this.#ports.settings.keepAliveMs)
      : this.#ports.settings.keepAliveMs;
    for (const [id, list] of this.#idle) {
      // Ending one takes it out of the list: a copy is walked, or its neighbour would be passed over.
      for (const environment of [...list]) {
        if (nowMs - environment.idleSinceMs >= keepAliveMs || this.#isOld(environment)) this.#end(environment);
      }
      if (list.length === 0) this.#idle.delete(id);
    }
    this.#inBackground(this.#pool.shrink(short()));
  }

  /** Waits until the host has room for one more environment, ending idle ones meanwhile. */
  async #room(): Promise<void> {
    for (let waitedMs = 0; short(); waitedMs += ROOM_POLL_MS) {
      if (this.#closed) throw new EnvironmentUnavailable('Lambent is stopping');
      if (waitedMs >= ROOM_WAIT_MS_MAX)
        throw new NoRoom('this machine has no memory left for another execution environment');
      const oldest = this.#oldestIdle();
      if (oldest !== undefined) this.#end(oldest);
      await this.#ports.clock.sleep(ROOM_POLL_MS);
    }
  }

  #oldestIdle(): Environment | undefined {
    let oldest: Environment | undefined;
    for (const list of this.#idle.values()) {
      const first = list[0];
      if (first !== undefined && (oldest === undefined || first.idleSinceMs < oldest.idleSinceMs)) oldest = first;
    }
    return oldest;
  }

  #end(environment: Environment): void {
    if (!this.#all.delete(environment)) return;
    const list = this.#idle.get(environment.spec.id);
    const at = list?.indexOf(environment) ?? -1;
    if (at !== -1) list?.splice(at, 1);
    this.#thawed.delete(environment);
    this.#inBackground(environment[Symbol.asyncDispose]());
  }

  #poolClass(spec: Pick<EnvironmentSpec, 'runtime' | 'memoryMb'>): PoolClass {
    return { runtime: this.#ports.runtimes.get(spec.runtime), memoryMb: spec.memoryMb };
  }

  #inBackground(work: Promise<void>): void {
    const tracked: Promise<void> = work
      .catch((error: unknown) => this.#ports.log.error({ err: error }, 'an execution environment did not end cleanly'))
      .finally(() => this.#background.delete(tracked));
    this.#background.add(tracked);
  }
}

function short(): boolean {
  return freemem() < totalmem() * FREE_SHARE_MIN;
}
