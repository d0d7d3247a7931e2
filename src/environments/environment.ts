import type { Clock } from '../lib/clock.ts';
import type { Sandbox, SandboxExit } from '../sandbox/sandbox.ts';
import { type Failure, failurePayload } from './failure.ts';
import { gather } from './gather.ts';
import { type Guest, type GuestAnswer, type GuestStart, type InitAnswer, RESPONSE_BYTES_MAX } from './guest.ts';
import { billedMs, type Report, type SystemLines, systemLines } from './log-lines.ts';
import { recordReader } from './log-records.ts';
import type { LogStream } from './log-sink.ts';
import { type LogTail, logTail } from './log-tail.ts';
import { outputLines } from './output-lines.ts';
import type { EnvironmentSpec, Invocation, Outcome } from './spec.ts';

/** How an environment came out of its INIT phase. */
export type Initialised = { kind: 'done'; initMs: number } | { kind: 'failed'; failure: InitFailure; initMs: number };
export type InitFailure = { kind: 'payload'; payload: Buffer } | Failure;

type InitEnd = InitAnswer | { kind: 'exit'; exit: SandboxExit } | { kind: 'timeout' };

type Running = {
  readonly invocation: Invocation;
  readonly startedMs: number;
  readonly tail: LogTail | undefined;
  readonly timer: Disposable;
  readonly settle: (outcome: Outcome) => void;
};

/** What an answer makes of the environment. */
type Answer = {
  payload: Buffer;
  error: { type: string | undefined } | undefined;
  status: 'timeout' | undefined;
  reusable: boolean;
};

/** Between a guest's hanging up and its end, which tells how it ended. One that lives on after that is killed. */
const LOST_MS_MAX = 1_000;
/** Between a record's own time and its arrival: no invocation lasts longer, and clocks are the host's. */
const RECORD_AGE_MS_MAX = 15 * 60_000;
/** The peak of memory is the environment's, not an invocation's: of those that follow close, the first one's look serves. */
const MEMORY_LOOK_MS = 50;
const MIB = 1024 * 1024;

/**
 * One execution environment: one sandbox with one function version in it, one invocation at a time. It is owned by
 * `Environments`, which decides what runs in it and when it goes; it owns its sandbox, its guest and its log stream.
 */
export class Environment implements AsyncDisposable {
  readonly spec: EnvironmentSpec;
  readonly lines: SystemLines;
  /** Monotonic time of its making, and of the end of its last invocation. */
  readonly bornMs: number;
  idleSinceMs: number;
  /** Its version has been replaced or deleted: it runs nothing more after what it runs now. */
  retired = false;
  /** It may not be used again: it failed, or its first process has ended. */
  broken = false;
  readonly #sandbox: Sandbox;
  readonly #guest: Guest;
  readonly #code: Disposable;
  readonly #clock: Clock;
  readonly #log: LogStream;
  readonly #onIdle: (environment: Environment) => void;
  #memoryLookMs = Number.NEGATIVE_INFINITY;
  #maxMemory = 0;
  #frozen = false;
  /** Free for the next invocation: its owner has been told, and is told when it breaks meanwhile. */
  #idle = false;
  #exit: SandboxExit | undefined;
  #running: Running | undefined;
  #initSettled: ((end: InitEnd) => void) | undefined;
  /** Reported with the first invocation only. */
  #initMs: number | undefined;
  #flushOutput: () => void;
  /** A response that comes in pieces. */
  #streamed = gather();
  #streamedBytes = 0;
  #gone: Promise<void> | undefined;

  constructor(parts: {
    spec: EnvironmentSpec;
    sandbox: Sandbox;
    guest: Guest;
    /** Keeps the code's directory in place; given back at the end. */
    code: Disposable;
    clock: Clock;
    log: LogStream;
    /** Called when an invocation is over and its log complete: the environment is free, or broken. */
    onIdle: (environment: Environment) => void;
  }) {
    this.spec = parts.spec;
    this.#sandbox = parts.sandbox;
    this.#guest = parts.guest;
    this.#code = parts.code;
    this.#clock = parts.clock;
    this.lines = systemLines(parts.spec, parts.clock);
    this.#log = parts.log;
    this.#onIdle = parts.onIdle;
    this.bornMs = parts.clock.monotonicMs();
    this.idleSinceMs = this.bornMs;

    const lines = outputLines((line) => this.#write(line, this.#clock.nowMs()));
    this.#flushOutput = () => lines.flush();
    this.#sandbox.output.on('data', (chunk: Buffer) => lines.push(chunk));
    this.#sandbox.records.on(
      'data',
      recordReader((message, timestampMs) => this.#write(message, this.#plausible(timestampMs))),
    );
    this.#guest.own({
      onInit: (answer) => this.#initSettled?.(answer),
      onRestored: () => {},
      onStreamStart: (contentType) => {
        this.#streamed = gather();
        this.#streamedBytes = 0;
        const sink = this.#running?.invocation.sink;
        sink?.begin(contentType);
        sink?.onDrain(() => this.#guest.resume());
      },
      onStreamPiece: (piece) => {
        this.#streamedBytes += piece.length;
        const sink = this.#running?.invocation.sink;
        if (sink?.write(piece) === false) this.#guest.pause();
        if (sink !== undefined) return;
        if (this.#streamedBytes > RESPONSE_BYTES_MAX) this.#streamed = gather();
        else this.#streamed.add(piece);
      },
      onStreamEnd: (error) => {
        const payload = this.#streamed.bytes();
        this.#streamed = gather();
        if (error !== undefined) return this.#answered({ kind: 'error', ...error });
        if (this.#running?.invocation.sink !== undefined) {
          return this.#settle({ payload, error: undefined, status: undefined, reusable: true });
        }
        const isTooLarge = this.#streamedBytes > RESPONSE_BYTES_MAX;
        return this.#answered(isTooLarge ? { kind: 'response-too-large' } : { kind: 'response', payload });
      },
      onReady: () => {},
      onAnswer: (answer) => this.#answered(answer),
      onLost: () => this.#lost(),
    });
    // SAFE: `exited` never rejects.
    void this.#sandbox.exited.then((exit) => this.#exited(exit));
  }

  /**
   * Runs the function's own initialisation. At most `limitMs`. Never rejects: a failed init is an answer. `count`: whether
   * its time is reported as Init Duration; an init that is repeated within an invocation is part of that one's duration.
   */
  async init(start: GuestStart, limitMs: number, count: boolean): Promise<Initialised> {
    const startedMs = this.#clock.monotonicMs();
    const settled = Promise.withResolvers<InitEnd>();
    this.#initSettled = settled.resolve;
    if (this.#exit !== undefined) settled.resolve({ kind: 'exit', exit: this.#exit });
    using _limit = this.#clock.after(limitMs, () => settled.resolve({ kind: 'timeout' }));
    this.#guest.init(start);
    const answer = await settled.promise;
    this.#initSettled = undefined;
    const initMs = this.#clock.monotonicMs() - startedMs;
    if (answer.kind === 'done') {
      if (count) this.#initMs = initMs;
      return { kind: 'done', initMs };
    }
    this.broken = true;
    await this.#drained();
    if (answer.kind === 'error')
      return { kind: 'failed', failure: { kind: 'payload', payload: answer.payload }, initMs };
    if (answer.kind === 'timeout') return { kind: 'failed', failure: { kind: 'timeout', timeoutMs: limitMs }, initMs };
    return { kind: 'failed', failure: answer, initMs };
  }

  /** Runs one invocation. `spentMs`: what of the time limit an init within this invocation has used up already. */
  invoke(invocation: Invocation, spentMs = 0): Promise<Outcome> {
    if (this.#running !== undefined) throw new Error(`environment of ${this.spec.functionArn} is busy`);
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    this.#idle = false;
    this.thaw();
    const startedMs = this.#clock.monotonicMs() - spentMs;
    const leftMs = Math.max(1, this.spec.timeoutMs - spentMs);
    this.#running = {
      invocation,
      startedMs,
      tail: invocation.wantsTail ? logTail() : undefined,
      timer: this.#clock.after(leftMs, () => this.#timedOut()),
      settle: resolve,
    };
    this.#write(this.lines.start(invocation.requestId), this.#clock.nowMs());
    if (this.#exit !== undefined) this.#exited(this.#exit);
    else this.#guest.invoke(invocation, this.#clock.nowMs() + leftMs);
    return promise;
  }

  /** Answers an invocation for which the init has failed, with its log lines, in AWS's words. */
  failInvocation(invocation: Invocation, failure: InitFailure, durationMs: number): Promise<Outcome> {
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    this.#running = {
      invocation,
      startedMs: this.#clock.monotonicMs() - durationMs,
      tail: invocation.wantsTail ? logTail() : undefined,
      timer: { [Symbol.dispose]: () => {} },
      settle: resolve,
    };
    this.#write(this.lines.start(invocation.requestId), this.#clock.nowMs());
    if (failure.kind === 'payload') {
      this.#settle({
        payload: failure.payload,
        error: { type: errorTypeOf(failure.payload) },
        status: undefined,
        reusable: false,
      });
    } else {
      if (failure.kind === 'timeout') this.#writeTimedOut(invocation.requestId);
      this.#fail(failure);
    }
    return promise;
  }

  freeze(): void {
    if (this.#frozen || this.broken || this.#running !== undefined) return;
    this.#frozen = true;
    this.#sandbox.freeze();
  }

  thaw(): void {
    if (!this.#frozen) return;
    this.#frozen = false;
    this.#sandbox.thaw();
  }

  /** Ends it: a running invocation is answered as lost. Idempotent. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#gone ??= this.#end();
    return this.#gone;
  }

  async #end(): Promise<void> {
    this.broken = true;
    if (this.#running !== undefined) {
      this.#fail({ kind: 'exit', exit: { code: undefined, signal: 'SIGKILL', killedForMemory: false } });
    }
    this.#guest.close();
    await this.#sandbox[Symbol.asyncDispose]();
    this.#code[Symbol.dispose]();
    this.#flushOutput();
    this.#log.close();
  }

  #write(message: string | undefined, timestampMs: number): void {
    if (message === undefined) return;
    this.#log.write(message, timestampMs);
    // In the tail a record without a newline of its own must not run into the next line.
    this.#running?.tail?.add(message.endsWith('\n') ? message : `${message}\n`);
  }

  /** A function can write any time into its log records; one that is not about now would hide them, or worse. */
  #plausible(timestampMs: number): number {
    const nowMs = this.#clock.nowMs();
    return Math.abs(timestampMs - nowMs) <= RECORD_AGE_MS_MAX ? timestampMs : nowMs;
  }

  #answered(answer: GuestAnswer): void {
    switch (answer.kind) {
      case 'response': {
        const sink = this.#running?.invocation.sink;
        sink?.begin(undefined);
        sink?.write(answer.payload);
        const payload = sink === undefined ? answer.payload : Buffer.alloc(0);
        return this.#settle({ payload, error: undefined, status: undefined, reusable: true });
      }
      case 'error':
        return this.#settle({
          payload: answer.payload,
          error: { type: answer.errorType },
          status: undefined,
          reusable: true,
        });
      case 'fatal':
        // Also between invocations: what an earlier one left running has failed. Then nobody waits for its end either.
        this.broken = true;
        if (this.#idle) this.#onIdle(this);
        return this.#settle({
          payload: answer.payload,
          error: { type: answer.errorType },
          status: undefined,
          reusable: false,
        });
      case 'response-too-large':
        return this.#fail({ kind: 'response-too-large', bytesMax: RESPONSE_BYTES_MAX }, true);
    }
  }

  #timedOut(): void {
    const running = this.#running;
    if (running === undefined) return;
    this.#writeTimedOut(running.invocation.requestId);
    this.#fail({ kind: 'timeout', timeoutMs: this.spec.timeoutMs });
  }

  #writeTimedOut(requestId: string): void {
    const nowMs = this.#clock.nowMs();
    this.#write(this.lines.timedOut(nowMs, requestId), nowMs);
  }

  #lost(): void {
    this.broken = true;
    this.#clock.after(LOST_MS_MAX, () => {
      if (this.#exit !== undefined) return;
      // SAFE: `#end` awaits the same disposal and reports what goes wrong with it.
      this.#sandbox[Symbol.asyncDispose]().catch(() => {});
    });
  }

  #exited(exit: SandboxExit): void {
    this.#exit = exit;
    this.broken = true;
    this.#initSettled?.({ kind: 'exit', exit });
    // What it said last is still in its pipes: log first, answer then.
    if (this.#running !== undefined) void this.#drained().then(() => this.#fail({ kind: 'exit', exit }));
    else if (this.#idle) this.#onIdle(this);
  }

  #fail(failure: Failure, reusable = false): void {
    const running = this.#running;
    if (running === undefined) return;
    const payload = failurePayload(failure, running.invocation.requestId);
    const text = { errorType: payload.errorType, errorMessage: payload.errorMessage };
    this.#settle({
      payload: Buffer.from(JSON.stringify(text)),
      error: { type: payload.errorType },
      status: failure.kind === 'timeout' ? 'timeout' : undefined,
      reusable,
    });
  }

  #settle(answer: Answer): void {
    const running = this.#running;
    // A guest that answers twice, or after its time was up: the first answer stands.
    if (running === undefined || running.timer === settled) return;
    running.timer[Symbol.dispose]();
    this.#running = { ...running, timer: settled };
    const durationMs = this.#clock.monotonicMs() - running.startedMs;
    const initMs = this.#initMs;
    this.#initMs = undefined;
    if (!answer.reusable) this.broken = true;
    const outcome: Omit<Outcome, 'tail'> = {
      payload: answer.payload,
      kind: answer.error === undefined ? 'answer' : 'function-error',
      version: this.spec.version,
      durationMs,
      billedMs: billedMs(durationMs, initMs),
      initMs,
      maxMemoryMb: this.#maxMemoryMb(!answer.reusable),
    };
    if (running.tail === undefined) running.settle({ ...outcome, tail: undefined });
    // What the function wrote before it answered is in its pipes by now, and is read in this turn of the event loop.
    setImmediate(() => {
      this.#flushOutput();
      const nowMs = this.#clock.nowMs();
      const { requestId } = running.invocation;
      const report = { ...outcome, requestId, status: reportedStatus(answer) };
      for (const line of this.lines.done(nowMs, report)) this.#write(line, nowMs);
      this.#running = undefined;
      this.#idle = true;
      this.idleSinceMs = this.#clock.monotonicMs();
      if (running.tail !== undefined) running.settle({ ...outcome, tail: running.tail.bytes() });
      this.#onIdle(this);
    });
  }

  #maxMemoryMb(isLast: boolean): number {
    const nowMs = this.#clock.monotonicMs();
    if (isLast || nowMs - this.#memoryLookMs >= MEMORY_LOOK_MS) {
      this.#memoryLookMs = nowMs;
      this.#maxMemory = Math.min(this.spec.memoryMb, Math.ceil(this.#sandbox.memoryPeakBytes() / MIB));
    }
    return this.#maxMemory;
  }

  /** Two turns of the event loop: what lies in the pipes has been read then. */
  async #drained(): Promise<void> {
    for (let turn = 0; turn < 2; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
    this.#flushOutput();
  }
}

/** Marks a running invocation that has its answer already and waits for its log to be complete. */
const settled: Disposable = { [Symbol.dispose]: () => {} };

function reportedStatus(answer: Answer): Report['status'] {
  if (answer.status === 'timeout') return { kind: 'timeout' };
  if (answer.error === undefined) return { kind: 'ok' };
  const errorType = answer.error.type ?? errorTypeOf(answer.payload) ?? 'Runtime.Unknown';
  return { kind: 'error', errorType, died: !answer.reusable };
}

function errorTypeOf(payload: Buffer): string | undefined {
  try {
    const parsed: unknown = JSON.parse(payload.toString());
    if (typeof parsed !== 'object' || parsed === null || !('errorType' in parsed)) return undefined;
    return typeof parsed.errorType === 'string' ? parsed.errorType : undefined;
  } catch {
    // A custom runtime may say what it likes; then the report has no type of its own.
    return undefined;
  }
}
