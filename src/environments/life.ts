import { randomUUID } from 'node:crypto';
import type { Clock } from '../lib/clock.ts';
import { parsedJson } from '../lib/json-flaw.ts';
import type { Sandbox, SandboxExit, SandboxLimits } from '../sandbox/sandbox.ts';
import { ExtensionFailed, type ExtensionFailure, Extensions } from './extensions/extensions.ts';
import { extensionsRoute } from './extensions/extensions-route.ts';
import type { ExternalExtension } from './extensions/external-extension.ts';
import { type Failure, failureType } from './failure.ts';
import type { Guest, GuestOwner, GuestStart, InitAnswer } from './guests/guest.ts';
import type { SandboxApi } from './guests/sandbox-api.ts';
import type { EnvironmentLog } from './logs/environment-log.ts';
import { recordReader } from './logs/log-records.ts';
import { outputLines } from './logs/output-lines.ts';
import { paced } from './logs/paced.ts';
import type { PhaseStatus } from './logs/phases.ts';
import type { EnvironmentSpec, Invocation } from './spec.ts';

/** Why a life ends, as extensions are told. */
export type ShutdownReason = 'spindown' | 'timeout' | 'failure';

/** How an initialisation failed: with the function's own error payload, or for a reason of ours. */
export type InitFailure = { kind: 'payload'; payload: Buffer } | Failure;
export type Initialised =
  | { kind: 'done'; ms: number }
  /** `inRestore`: the code was initialised; the hooks that follow a snapshot's restoring have failed. */
  | { kind: 'failed'; failure: InitFailure; ms: number; inRestore?: boolean };

/** What a life tells its environment. `onEnded`: its runtime has ended or cannot be reached, or an extension has failed. */
export interface LifeListener extends Omit<GuestOwner, 'onInit' | 'onRestored' | 'onLost'> {
  onEnded(failure: Failure): void;
}

type InitEnd = InitAnswer | Extract<Failure, { kind: 'exit' | 'extension' }> | { kind: 'timeout' };

/** AWS: how long extensions may take for their last work; without external ones nobody is waited for. */
const SHUTDOWN_MS_MAX = 2_000;

/** Between a guest's hanging up and its end, which tells how it ended, also on a busy machine. One that lives on after that is killed. */
const LOST_MS_MAX = 3_000;
/** Between a record's own time and its arrival: no invocation lasts longer, and clocks are the host's. */
const RECORD_AGE_MS_MAX = 15 * 60_000;
const MIB = 1024 * 1024;
/** AWS: names that begin with an underscore, and what only runtimes need, are not in the environment of extensions. */
const NOT_FOR_EXTENSIONS =
  /^_|^(?:AWS_XRAY_CONTEXT_MISSING|AWS_XRAY_DAEMON_ADDRESS|AWS_EXECUTION_ENV|AWS_LAMBDA_LOG_(?:GROUP|STREAM)_NAME|LAMBDA_TASK_ROOT|LAMBDA_RUNTIME_DIR)$/;

/**
 * One life of an execution environment: a sandbox with the function initialised in it. A runtime that ends, or is ended
 * at a time limit, ends the life; the environment then gets another one, with the same `/tmp` and log stream.
 */
export class Life {
  readonly log: EnvironmentLog;
  readonly #sandbox: Sandbox;
  readonly #guest: Guest;
  readonly #api: SandboxApi;
  readonly #clock: Clock;
  readonly #flushOutput: () => void;
  readonly #extensions: Extensions;
  readonly #ending = new AbortController();
  #listener: LifeListener | undefined;
  #initSettled: ((end: InitEnd) => void) | undefined;
  #initBroken: ((error: unknown) => void) | undefined;
  #exit: SandboxExit | undefined;
  #failure: Extract<Failure, { kind: 'exit' | 'extension' }> | undefined;
  #hasEnded = false;
  #frozen = false;
  #gone: Promise<void> | undefined;

  constructor(parts: {
    spec: EnvironmentSpec;
    sandbox: Sandbox;
    guest: Guest;
    api: SandboxApi;
    log: EnvironmentLog;
    clock: Clock;
  }) {
    const { spec, log, clock } = parts;
    this.log = log;
    this.#extensions = new Extensions({ log, clock, identifier: randomUUID });
    parts.api.route(extensionsRoute({ extensions: this.#extensions, log, spec }));
    const { sideOutput } = parts.sandbox;
    if (sideOutput !== undefined) {
      const said = outputLines((line) => log.extensionLine(line, clock.nowMs()));
      paced(sideOutput, said.push);
    }
    // SAFE: `failed` never rejects.
    void this.#extensions.failed.then((failure) => this.#extensionFailed(failure));
    this.#sandbox = parts.sandbox;
    this.#guest = parts.guest;
    this.#api = parts.api;
    this.#clock = parts.clock;
    const lines = outputLines((line) => this.log.outputLine(line, this.#clock.nowMs()));
    this.#flushOutput = () => lines.flush();
    paced(this.#sandbox.output, lines.push);
    paced(
      this.#sandbox.records,
      recordReader((message, timestampMs) => this.log.functionLine(message, this.#plausible(timestampMs))),
    );
    this.#guest.own({
      onInit: (answer) => this.#initAnswered(answer),
      onRestored: (error) =>
        this.#initSettled?.(error === undefined ? { kind: 'done' } : { kind: 'error', payload: error }),
      onStreamStart: (contentType) => this.#listener?.onStreamStart(contentType),
      onStreamPiece: (piece) => this.#listener?.onStreamPiece(piece),
      onStreamEnd: (error) => this.#listener?.onStreamEnd(error),
      onAnswer: (answer) => {
        if (answer.kind === 'fatal') this.#hasEnded = true;
        this.#listener?.onAnswer(answer);
      },
      onReady: () => this.#listener?.onReady(),
      onLost: () => this.#lost(),
    });
    // SAFE: `exited` never rejects.
    void this.#sandbox.exited.then((exit) => this.#exited(exit));
  }

  /** Whether nothing can run in it any more. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Who hears of it from now on. If it has ended already, that is told at once. */
  listen(listener: LifeListener): void {
    this.#listener = listener;
    if (this.#failure !== undefined) listener.onEnded(this.#failure);
  }

  /**
   * Starts the external extensions, each an executable of `/opt/extensions`, and when they have registered runs the
   * function's initialisation; it is over when they, too, wait for their first event. At most `limitMs`. Never rejects:
   * a failed init is an answer.
   */
  async init(start: GuestStart, external: readonly ExternalExtension[], limitMs: number): Promise<Initialised> {
    const outcome = await this.#settled(limitMs, async () => {
      this.#extensions.expectExternal(external.map(({ name }) => name));
      for (const extension of external) this.#startExtension(extension, start);
      if (external.length > 0) await this.#extensions.registered(this.#ending.signal);
      this.#guest.init(start);
    });
    this.log.closeSubscriptions();
    return outcome;
  }

  /** Writes what has become of each extension into the log: once the init is over. */
  tellExtensionStates(): void {
    this.#extensions.tellStates();
  }

  /** Who wants to hear of invocations is told; resolves when they are done. Undefined when there is nobody. */
  tellExtensions(invocation: Invocation, deadlineMs: number): Promise<void> | undefined {
    if (this.#extensions.count === 0) return undefined;
    const { requestId, invokedArn, traceId } = invocation;
    return this.#extensions.invoke({ requestId, deadlineMs, invokedArn, traceId }, this.#ending.signal);
  }

  /** Runs the hooks that follow the restoring of a snapshot, at most `limitMs`. Never rejects. */
  restore(limitMs: number): Promise<Initialised> {
    return this.#settled(limitMs, async () => this.#guest.restore());
  }

  invoke(invocation: Invocation, deadlineMs: number): void {
    this.#guest.invoke(invocation, deadlineMs);
  }

  pause(): void {
    this.#guest.pause();
  }

  resume(): void {
    this.#guest.resume();
  }

  setLimits(limits: SandboxLimits): void {
    if (!this.#hasEnded) this.#sandbox.setLimits(limits);
  }

  freeze(): void {
    if (this.#frozen || this.#hasEnded) return;
    this.#frozen = true;
    this.#sandbox.freeze();
  }

  thaw(): void {
    if (!this.#frozen) return;
    this.#frozen = false;
    this.#sandbox.thaw();
  }

  memoryPeakMb(): number {
    return Math.ceil(this.#sandbox.memoryPeakBytes() / MIB);
  }

  /** Hands on what the function wrote without a newline at its end. */
  flushOutput(): void {
    this.#flushOutput();
  }

  /** Two turns of the event loop: what lies in the pipes has been read then. */
  async drained(): Promise<void> {
    for (let turn = 0; turn < 2; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
    this.#flushOutput();
  }

  /** Ends every process of it. Extensions are told why, and have two seconds for their last work. Idempotent. */
  end(reason: ShutdownReason): Promise<void> {
    this.#gone ??= this.#end(reason);
    return this.#gone;
  }

  async #end(reason: ShutdownReason): Promise<void> {
    this.#hasEnded = true;
    if (this.#extensions.hasExternal) await this.#shutDown(reason);
    this.#ending.abort(new Error('the environment ends'));
    this.#extensions.close();
    this.#guest.close();
    this.#api.close();
    await this.#sandbox[Symbol.asyncDispose]();
    this.#flushOutput();
    this.log.close();
  }

  async #shutDown(reason: ShutdownReason): Promise<void> {
    this.thaw();
    const limit = new AbortController();
    using _limit = this.#clock.after(SHUTDOWN_MS_MAX, () => limit.abort(new Error('the time of the shutdown is up')));
    // AWS: a runtime whose time is up is killed; before any other end it is asked.
    if (this.#exit === undefined) this.#sandbox.terminate(reason === 'timeout' ? 'SIGKILL' : 'SIGTERM');
    await this.#extensions.shutdown(reason, this.#clock.nowMs() + SHUTDOWN_MS_MAX, limit.signal);
    await this.log.flush(limit.signal);
  }

  #startExtension({ name, launch }: ExternalExtension, { variables, paths }: GuestStart): void {
    if (launch !== 'sure' && launch !== 'unsure') return this.#extensions.notLaunched(name, launch);
    const env = Object.fromEntries(
      Object.entries(variables).filter(([variable]) => !NOT_FOR_EXTENSIONS.test(variable)),
    );
    this.#sandbox.run({ command: [`${paths.opt}/extensions/${name}`], cwd: paths.task, env }).then(
      (exit) => {
        // What starts it says so of a program that is not there.
        if (launch === 'unsure' && exit.code === 127) this.#extensions.notLaunched(name, 'no such file or directory');
        this.#extensions.ended(name, exit);
      },
      // The sandbox has just ended, which then has been told already; or no process can be given what it shall get.
      (error: unknown) => this.#extensionFailed({ errorType: 'Extension.LaunchError', errorMessage: String(error) }),
    );
  }

  #extensionFailed({ errorType, errorMessage }: ExtensionFailure): void {
    this.#over({ kind: 'extension', errorType, problem: errorMessage });
  }

  #over(failure: Extract<Failure, { kind: 'exit' | 'extension' }>): void {
    if (this.#failure !== undefined) return;
    this.#failure = failure;
    this.#hasEnded = true;
    this.#initSettled?.(failure);
    // What it said last is still in its pipes: log first, answer then.
    if (this.#listener !== undefined) void this.drained().then(() => this.#listener?.onEnded(failure));
  }

  /** Rejects only when `begin` does, for another reason than a failed extension or the life's end: a mistake of ours. */
  async #settled(limitMs: number, begin: () => Promise<void>): Promise<Initialised> {
    const startedMs = this.#clock.monotonicMs();
    const settled = Promise.withResolvers<InitEnd>();
    this.#initSettled = settled.resolve;
    this.#initBroken = settled.reject;
    if (this.#failure !== undefined) settled.resolve(this.#failure);
    using _limit = this.#clock.after(limitMs, () => settled.resolve({ kind: 'timeout' }));
    begin().catch(this.#cutOff);
    const answer = await settled.promise;
    this.#initSettled = undefined;
    this.#initBroken = undefined;
    const ms = this.#clock.monotonicMs() - startedMs;
    if (answer.kind === 'done') {
      // What the init wrote was in its pipes before that, and is read in this turn of the event loop: before the START.
      await new Promise<void>((resolve) => setImmediate(resolve));
      return { kind: 'done', ms };
    }
    this.#hasEnded = true;
    await this.drained();
    if (answer.kind === 'error') return { kind: 'failed', failure: { kind: 'payload', payload: answer.payload }, ms };
    if (answer.kind === 'timeout') {
      // A timer may end a fraction of a millisecond before its time: nobody is told of less than the limit.
      return { kind: 'failed', failure: { kind: 'timeout', timeoutMs: limitMs }, ms: Math.max(ms, limitMs) };
    }
    return { kind: 'failed', failure: answer, ms };
  }

  /** The runtime is initialised; so is the environment when its extensions are. */
  #initAnswered(answer: InitAnswer): void {
    this.#extensions.closeRegistration();
    if (answer.kind !== 'done' || this.#extensions.count === 0) return this.#initSettled?.(answer);
    this.#extensions
      .ready(this.#ending.signal)
      .then(() => this.#initSettled?.(answer))
      .catch(this.#cutOff);
  }

  /** Takes what ends a wait for the extensions: one of them has failed, or the life ends. */
  readonly #cutOff = (error: unknown): void => {
    if (error instanceof ExtensionFailed) this.#extensionFailed(error.failure);
    // An end of the life settles its init by itself: the sandbox's end is told.
    else if (!this.#ending.signal.aborted) this.#initBroken?.(error);
  };

  /** A function can write any time into its log records; one that is not about now would hide them, or worse. */
  #plausible(timestampMs: number): number {
    const nowMs = this.#clock.nowMs();
    return Math.abs(timestampMs - nowMs) <= RECORD_AGE_MS_MAX ? timestampMs : nowMs;
  }

  #lost(): void {
    this.#hasEnded = true;
    this.#clock.after(LOST_MS_MAX, () => {
      if (this.#exit !== undefined) return;
      // Whoever listens ends the life, which kills it.
      this.#over({ kind: 'exit', exit: { code: undefined, signal: 'SIGKILL', killedForMemory: false } });
    });
  }

  #exited(exit: SandboxExit): void {
    this.#exit = exit;
    this.#over({ kind: 'exit', exit });
  }
}

/** As reports tell it. */
export function initStatus(outcome: Initialised): PhaseStatus {
  if (outcome.kind === 'done') return { kind: 'success' };
  const { failure } = outcome;
  if (failure.kind === 'timeout') return { kind: 'timeout' };
  return { kind: 'error', errorType: initErrorType(failure) };
}

function initErrorType(failure: InitFailure): string {
  return failure.kind === 'payload' ? reportedType(failure.payload) : failureType(failure);
}

/**
 * The type in an error payload, as reports tell it: AWS knows those that begin with `Runtime.` or `Function.`, and calls every
 * other one unknown (lambda-facts 16.1), a plain `Error` for example.
 */
export function reportedType(payload: Buffer): string {
  const given = errorTypeOf(payload) ?? '';
  if (/(Runtime|Function)\.[A-Z][a-zA-Z]+/.test(given)) return given;
  return given.startsWith('Function.') ? 'Function.Unknown' : 'Runtime.Unknown';
}

function errorTypeOf(payload: Buffer): string | undefined {
  // What is no JSON has no type of its own.
  const error = parsedJson(payload.toString())?.value;
  if (typeof error !== 'object' || error === null || !('errorType' in error)) return undefined;
  return typeof error.errorType === 'string' ? error.errorType : undefined;
}
