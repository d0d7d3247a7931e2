import { randomBytes } from 'node:crypto';
import type { Server } from 'node:net';
import type { Logger } from '../lib/log.ts';
import type { Sandboxes } from '../sandbox/sandbox.ts';
import { Demands, type Plan } from './demands.ts';
import { Environment } from './environment.ts';
import { failureType } from './failure.ts';
import { isShort, keepAlive } from './free-memory.ts';
import { type LifePorts, Lives } from './lives.ts';
import type { InitializationType } from './logs/environment-log-events.ts';
import { streamName } from './logs/environment-log-lines.ts';
import type { LogSink } from './logs/log-sink.ts';
import { Provisions } from './provisions.ts';
import { type EnvironmentSpec, EnvironmentUnavailable, type Invocation, type Outcome } from './spec.ts';
import { WarmPool } from './warm-pool.ts';

export interface EnvironmentPorts extends LifePorts {
  readonly sandboxes: Sandboxes;
  readonly logs: LogSink;
  readonly log: Logger;
  /** The platform's own listener: connections from inside sandboxes are handed to it. */
  readonly platform: Server;
  retainCode(codeDigest: string, layerDigests: readonly string[]): Disposable;
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
/** An environment is frozen when it has had no work for so long: a busy one is spared two system calls an invocation. */
const FREEZE_AFTER_MS = 20;
const SWEEP_MS = 1_000;
/** Credentials live 12 hours; an environment is replaced long before. */
const AGE_MS_MAX = 6 * 3_600_000;
const MIB = 1024 * 1024;

/**
 * All execution environments of this machine: finds an idle one of a version, else makes one from the warm pool; freezes
 * those without work, ends those that are not needed. Owns every environment from its making to its end.
 */
export class Environments implements AsyncDisposable {
  readonly #ports: EnvironmentPorts;
  readonly #pool: WarmPool;
  readonly #lives: Lives;
  readonly #provisions: Provisions;
  readonly #demands: Demands;
  /** Idle environments by spec id; the most recently used is last, and taken first. */
  readonly #idle = new Map<string, Environment[]>();
  readonly #all = new Set<Environment>();
  /** Environments to be. */
  readonly #plans = new Set<Plan>();
  readonly #thawed = new Set<Environment>();
  readonly #background = new Set<Promise<void>>();
  readonly #closing = new AbortController();
  #freezing: Disposable | undefined;
  #sweeping: Disposable | undefined;

  constructor(ports: EnvironmentPorts) {
    this.#ports = ports;
    const { sandboxes, clock, log, platform, settings } = ports;
    const inBackground = (work: Promise<void>) => this.#inBackground(work);
    this.#pool = new WarmPool({ sandboxes, clock, log, platform, size: settings.poolSize });
    this.#lives = new Lives({ ...ports, pool: this.#pool, makeRoom: () => this.#endOldestIdle(), inBackground });
    this.#provisions = new Provisions({
      ...{ clock, log, inBackground },
      make: async (spec) => {
        using plan = this.#plan(spec);
        return await this.#make(plan, 'provisioned-concurrency', this.#closing.signal);
      },
      release: (environment) => this.#freed(environment),
      retire: (environment) => this.#retire(environment),
    });
    this.#demands = new Demands({
      ...{ clock, inBackground },
      plan: (spec) => this.#plan(spec),
      make: (plan, signal, onPlace) =>
        this.#make(plan, plan.spec.snapStart ? 'snap-start' : 'on-demand', signal, onPlace),
      coming: (specId) => this.#finishing(specId),
      release: (environment) => this.#freed(environment),
    });
    this.#sweepLater();
  }

  /**
   * Runs one invocation to its end; a caller who leaves does not stop it, as on AWS. Resolves with the function's answer or
   * error. Rejects with NoRoom or EnvironmentUnavailable when the platform could not run it.
   */
  invoke(spec: EnvironmentSpec, invocation: Invocation): Promise<Outcome> {
    const environment = this.#takeIdle(spec.id);
    if (environment !== undefined) return environment.invoke(invocation);
    return this.#demands.wait(spec).then((found) => found.invoke(invocation));
  }

  /** A function of this kind exists: keep a sandbox waiting for it. */
  expect(spec: EnvironmentSpec): void {
    this.#lives.expect(spec);
  }

  /** This version will not be invoked again: idle environments end now, busy ones after what they run. */
  retire(specId: string): void {
    this.#provisions.forget(specId);
    for (const environment of this.#all) if (environment.spec.id === specId) this.#retire(environment);
    for (const plan of this.#plans) if (plan.spec.id === specId) plan.retired = true;
    this.#idle.delete(specId);
  }

  /** Keeps so many environments of this version initialised; 0: none any more. What is missing is made in the background. */
  provision(spec: EnvironmentSpec, count: number): void {
    this.#provisions.set(spec, count);
  }

  /** How many environments are initialised ahead for this version, and why the rest is not. */
  provisioned(specId: string): { allocated: number; available: number; failure: string | undefined } {
    return this.#provisions.state(specId);
  }

  /**
   * SnapStart's publish: initialises the version once, with the hooks that run before a snapshot, and lets it go. Nothing
   * of its memory is kept. Rejects when the platform could not try.
   */
  async rehearse(spec: EnvironmentSpec): Promise<{ ok: true } | { ok: false; reasonCode: string; reason: string }> {
    const environment = this.#environment(spec, 'snap-start');
    try {
      const { initialised } = await this.#lives.begin(spec, () => environment, {
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
    const stopping = new EnvironmentUnavailable('Lambent is stopping');
    this.#closing.abort(stopping);
    this.#demands.close(stopping);
    this.#provisions.forget();
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

  /**
   * A new environment, initialised; if its init has failed, without a life. What costs time of its own is done when there
   * is a sandbox for it: mostly another environment becomes free before, and the signal ends the wait.
   */
  async #make(
    plan: Plan,
    type: InitializationType,
    signal: AbortSignal,
    onPlace: () => void = () => {},
  ): Promise<Environment> {
    const { spec } = plan;
    let environment: Environment | undefined;
    try {
      const limitMs = type === 'on-demand' ? INIT_MS_MAX : aheadMs(spec);
      const made = () => {
        onPlace();
        environment = this.#environment(spec, type);
        environment.retired = plan.retired;
        return environment;
      };
      const begun = await this.#lives.begin(spec, made, { phase: 'init', limitMs, signal });
      begun.environment.begin(begun.initialised);
      return begun.environment;
    } catch (error) {
      if (environment !== undefined) this.#end(environment);
      throw error;
    }
  }

  #plan(spec: EnvironmentSpec): Plan {
    this.#closing.signal.throwIfAborted();
    const code = this.#ports.retainCode(spec.codeDigest, spec.layerDigests);
    const plan: Plan = {
      ...{ spec, retired: false },
      [Symbol.dispose]: () => {
        this.#plans.delete(plan);
        code[Symbol.dispose]();
      },
    };
    this.#plans.add(plan);
    return plan;
  }

  #finishing(specId: string): number {
    let count = 0;
    for (const environment of this.#all) if (environment.spec.id === specId && environment.isFinishing) count += 1;
    return count;
  }

  #environment(spec: EnvironmentSpec, type: InitializationType): Environment {
    const { clock, logs, sandboxes } = this.#ports;
    this.#closing.signal.throwIfAborted();
    using undo = new DisposableStack();
    const code = undo.use(this.#ports.retainCode(spec.codeDigest, spec.layerDigests));
    const tmp = undo.use(sandboxes.tmp(spec.ephemeralMb * MIB));
    const random = randomBytes(16).toString('hex');
    const logStreamName = streamName(clock.nowMs(), spec.name, spec.version, spec.customLogGroup, random);
    const { account, region, logGroup: group } = spec;
    const logStream = logs.open({ account, region, group, stream: logStreamName });
    const environment = new Environment({
      ...{ spec, type, code, clock, home: { tmp, logStreamName, logStream } },
      revive: (dead) =>
        this.#lives.begin(spec, () => dead, { phase: 'invoke', limitMs: spec.timeoutMs, signal: this.#closing.signal }),
      onIdle: (idle) => this.#freed(idle),
      onBuried: (burial) => this.#inBackground(burial),
    });
    undo.move();
    this.#all.add(environment);
    return environment;
  }

  /** Called by an environment whose invocation is over. */
  #freed(environment: Environment): void {
    if (!this.#all.has(environment)) return;
    const { id } = environment.spec;
    // Where environments are initialised ahead, another one takes the place of one that has failed.
    const isSpent =
      environment.retired || this.#isOld(environment) || (!environment.isAlive && this.#provisions.has(environment));
    if (isSpent || this.#closing.signal.aborted) return this.#end(environment);
    if (this.#demands.give(environment)) return;
    let list = this.#idle.get(id);
    if (list === undefined) {
      list = [];
      this.#idle.set(id, list);
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
    const keepAliveMs = keepAlive(this.#ports.settings.keepAliveMs, this.#lives.look());
    for (const [id, list] of this.#idle) {
      // Ending one takes it out of the list: a copy is walked, or its neighbour would be passed over.
      for (const environment of [...list]) {
        const isKept = this.#provisions.has(environment) || nowMs - environment.idleSinceMs < keepAliveMs;
        if (!isKept || this.#isOld(environment)) this.#end(environment);
      }
      if (list.length === 0) this.#idle.delete(id);
    }
    this.#inBackground(this.#pool.shrink(isShort()));
  }

  /** Whoever needs its memory comes before whoever may come again. */
  #endOldestIdle(): void {
    let oldest: Environment | undefined;
    for (const list of this.#idle.values()) {
      for (const environment of list) {
        if (this.#provisions.has(environment)) continue;
        if (oldest === undefined || environment.idleSinceMs < oldest.idleSinceMs) oldest = environment;
      }
    }
    if (oldest !== undefined) this.#end(oldest);
  }

  #retire(environment: Environment): void {
    environment.retired = true;
    // Any other one is used, or about to be, and ends when it is free.
    if (this.#idle.get(environment.spec.id)?.includes(environment)) this.#end(environment);
  }

  #end(environment: Environment): void {
    if (!this.#all.delete(environment)) return;
    const { id } = environment.spec;
    const list = this.#idle.get(id);
    const at = list?.indexOf(environment) ?? -1;
    if (at !== -1) list?.splice(at, 1);
    this.#thawed.delete(environment);
    this.#inBackground(environment[Symbol.asyncDispose]());
    this.#provisions.ended(environment);
  }

  #inBackground(work: Promise<void>): void {
    const tracked: Promise<void> = work
      .catch((error: unknown) => this.#ports.log.error({ err: error }, 'an execution environment did not end cleanly'))
      .finally(() => this.#background.delete(tracked));
    this.#background.add(tracked);
  }
}

function aheadMs(spec: EnvironmentSpec): number {
  return Math.max(INIT_AHEAD_MS_MAX, spec.timeoutMs);
}
