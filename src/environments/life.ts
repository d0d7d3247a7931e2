import type { Clock } from '../lib/clock.ts';
import type { Sandbox, SandboxExit, SandboxLimits } from '../sandbox/sandbox.ts';
import type { EnvironmentLog, PhaseStatus } from './environment-log.ts';
import { type Failure, failureType } from './failure.ts';
import type { Guest, GuestOwner, GuestStart, InitAnswer } from './guest.ts';
import { recordReader } from './log-records.ts';
import { outputLines } from './output-lines.ts';
import type { SandboxApi } from './sandbox-api.ts';
import type { Invocation } from './spec.ts';

/** How an initialisation failed: with the function's own error payload, or for a reason of ours. */
export type InitFailure = { kind: 'payload'; payload: Buffer } | Failure;
export type Initialised = { kind: 'done'; ms: number } | { kind: 'failed'; failure: InitFailure; ms: number };

/** What a life tells its environment. `onEnded`: the first process has ended, or can no longer be reached. */
export interface LifeListener extends Omit<GuestOwner, 'onInit' | 'onRestored' | 'onLost'> {
  onEnded(exit: SandboxExit): void;
}

type InitEnd = InitAnswer | { kind: 'exit'; exit: SandboxExit } | { kind: 'timeout' };

/** Between a guest's hanging up and its end, which tells how it ended. One that lives on after that is killed. */
const LOST_MS_MAX = 1_000;
/** Between a record's own time and its arrival: no invocation lasts longer, and clocks are the host's. */
const RECORD_AGE_MS_MAX = 15 * 60_000;
const MIB = 1024 * 1024;

/**
 * One life of an execution environment: a sandbox with the function initialised in it. A runtime that ends, or is ended
 * at a time limit, ends the life; the environment then gets another one, with the same `/tmp` and log stream.
 */
export class Life implements AsyncDisposable {
  readonly log: EnvironmentLog;
  readonly #sandbox: Sandbox;
  readonly #guest: Guest;
  readonly #api: SandboxApi;
  readonly #clock: Clock;
  readonly #flushOutput: () => void;
  #listener: LifeListener | undefined;
  #initSettled: ((end: InitEnd) => void) | undefined;
  #exit: SandboxExit | undefined;
  #hasEnded = false;
  #frozen = false;
  #gone: Promise<void> | undefined;

  constructor(parts: { sandbox: Sandbox; guest: Guest; api: SandboxApi; log: EnvironmentLog; clock: Clock }) {
    this.log = parts.log;
    this.#sandbox = parts.sandbox;
    this.#guest = parts.guest;
    this.#api = parts.api;
    this.#clock = parts.clock;
    const lines = outputLines((line) => this.log.functionLine(line, this.#clock.nowMs()));
    this.#flushOutput = () => lines.flush();
    this.#sandbox.output.on('data', (chunk: Buffer) => lines.push(chunk));
    this.#sandbox.records.on(
      'data',
      recordReader((message, timestampMs) => this.log.functionLine(message, this.#plausible(timestampMs))),
    );
    this.#guest.own({
      onInit: (answer) => this.#initSettled?.(answer),
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
    if (this.#exit !== undefined) listener.onEnded(this.#exit);
  }

  /** Runs the function's initialisation, at most `limitMs`. Never rejects: a failed init is an answer. */
  init(start: GuestStart, limitMs: number): Promise<Initialised> {
    return this.#settled(limitMs, () => this.#guest.init(start));
  }

  /** Runs the hooks that follow the restoring of a snapshot, at most `limitMs`. Never rejects. */
  restore(limitMs: number): Promise<Initialised> {
    return this.#settled(limitMs, () => this.#guest.restore());
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

  /** Ends every process of it. Idempotent. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#gone ??= this.#end();
    return this.#gone;
  }

  async #end(): Promise<void> {
    this.#hasEnded = true;
    this.#guest.close();
    this.#api.close();
    await this.#sandbox[Symbol.asyncDispose]();
    this.#flushOutput();
    this.log.close();
  }

  async #settled(limitMs: number, begin: () => void): Promise<Initialised> {
    const startedMs = this.#clock.monotonicMs();
    const settled = Promise.withResolvers<InitEnd>();
    this.#initSettled = settled.resolve;
    if (this.#exit !== undefined) settled.resolve({ kind: 'exit', exit: this.#exit });
    using _limit = this.#clock.after(limitMs, () => settled.resolve({ kind: 'timeout' }));
    begin();
    const answer = await settled.promise;
    this.#initSettled = undefined;
    const ms = this.#clock.monotonicMs() - startedMs;
    if (answer.kind === 'done') return { kind: 'done', ms };
    this.#hasEnded = true;
    await this.drained();
    if (answer.kind === 'error') return { kind: 'failed', failure: { kind: 'payload', payload: answer.payload }, ms };
    if (answer.kind === 'timeout') return { kind: 'failed', failure: { kind: 'timeout', timeoutMs: limitMs }, ms };
    return { kind: 'failed', failure: answer, ms };
  }

  /** A function can write any time into its log records; one that is not about now would hide them, or worse. */
  #plausible(timestampMs: number): number {
    const nowMs = this.#clock.nowMs();
    return Math.abs(timestampMs - nowMs) <= RECORD_AGE_MS_MAX ? timestampMs : nowMs;
  }

  #lost(): void {
    this.#hasEnded = true;
    this.#clock.after(LOST_MS_MAX, () => {
      if (this.#exit !== undefined) return;
      // SAFE: `#end` awaits the same disposal and reports what goes wrong with it.
      this.#sandbox[Symbol.asyncDispose]().catch(() => {});
    });
  }

  #exited(exit: SandboxExit): void {
    this.#exit = exit;
    this.#hasEnded = true;
    this.#initSettled?.({ kind: 'exit', exit });
    // What it said last is still in its pipes: log first, answer then.
    if (this.#listener !== undefined) void this.drained().then(() => this.#listener?.onEnded(exit));
  }
}

/** As reports tell it. */
export function initStatus(outcome: Initialised): PhaseStatus {
  if (outcome.kind === 'done') return { kind: 'success' };
  const { failure } = outcome;
  if (failure.kind === 'timeout') return { kind: 'timeout' };
  return { kind: 'error', errorType: initErrorType(failure), died: true };
}

function initErrorType(failure: InitFailure): string {
  return failure.kind === 'payload' ? (errorTypeOf(failure.payload) ?? 'Runtime.Unknown') : failureType(failure);
}

/** The type in an error payload, if it has one: a custom runtime may say what it likes. */
export function errorTypeOf(payload: Buffer): string | undefined {
  try {
    const parsed: unknown = JSON.parse(payload.toString());
    if (typeof parsed !== 'object' || parsed === null || !('errorType' in parsed)) return undefined;
    return typeof parsed.errorType === 'string' ? parsed.errorType : undefined;
  } catch {
    // Not JSON: then the report has no type of its own.
    return undefined;
  }
}
