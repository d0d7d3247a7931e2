import type { Clock } from '../lib/clock.ts';
import type { TmpVolume } from '../sandbox/sandbox.ts';
import type { PhaseStatus, Span } from './environment-log.ts';
import type { InitializationType } from './environment-log-events.ts';
import { billedMs } from './environment-log-lines.ts';
import { type Failure, failurePayload } from './failure.ts';
import { type Gathered, gather } from './gather.ts';
import { type GuestAnswer, RESPONSE_BYTES_MAX, STREAM_BYTES_MAX } from './guest.ts';
import { type InitFailure, type Initialised, type Life, reportedType, type ShutdownReason } from './life.ts';
import type { LogStream } from './log-sink.ts';
import { type LogTail, logTail } from './log-tail.ts';
import { type EnvironmentSpec, EnvironmentUnavailable, type Invocation, type Outcome } from './spec.ts';

/** What outlives a sandbox of an environment. */
export interface Home {
  readonly tmp: TmpVolume;
  readonly logStreamName: string;
  readonly logStream: LogStream;
}

/** Begins a life that `adopt` has been told of. Rejects with EnvironmentUnavailable when the platform has none. */
export type Revive = (environment: Environment) => Promise<{ life: Life; initialised: Initialised }>;

type Running = {
  readonly life: Life;
  readonly invocation: Invocation;
  readonly startedMs: number;
  readonly tail: LogTail | undefined;
  readonly settle: (outcome: Outcome) => void;
  timer: Disposable | undefined;
  /** Monotonic times: when the response began, when the caller had its answer, and when the runtime was ready again. */
  respondingMs: number | undefined;
  answeredMs: number | undefined;
  readyMs: number | undefined;
  bytes: number;
  /** A response that comes in pieces: gathered when nobody takes the pieces. */
  stream: { readonly whole: Gathered | undefined; tooLong: boolean } | undefined;
  answer: Answer | undefined;
  /** Whether the runtime, and whether all extensions, are done with it. */
  runtimeReady: boolean;
  isToldDone: boolean;
  hasExtensions: boolean;
  extensionsReady: boolean;
  /** Its times are those of the answer: an invocation lasts until its runtime and extensions are done. */
  outcome: Omit<Outcome, 'tail'> | undefined;
};

/** What an answer makes of the environment. */
type Answer = {
  readonly payload: Buffer;
  readonly error: { type: string | undefined } | undefined;
  readonly timedOut: boolean;
  /** Whether its life goes on. */
  readonly survives: boolean;
};

/** The peak of memory is the environment's, not an invocation's: of those that follow close, the first one's look serves. */
const MEMORY_LOOK_MS = 50;
const NOTHING = Buffer.alloc(0);

/**
 * One execution environment: one function version, one invocation at a time, one log stream and `/tmp`, in one sandbox
 * after another. It is owned by `Environments`, which decides what runs in it and when it goes; it owns its life.
 */
export class Environment implements AsyncDisposable {
  readonly spec: EnvironmentSpec;
  /** Why it was made: the value of AWS_LAMBDA_INITIALIZATION_TYPE. */
  readonly type: InitializationType;
  readonly home: Home;
  /** Monotonic time of its making, and of the end of its last invocation. */
  readonly bornMs: number;
  idleSinceMs: number;
  /** Its version has been replaced or deleted: it runs nothing more after what it runs now. */
  retired = false;
  readonly #code: Disposable;
  readonly #clock: Clock;
  readonly #revive: Revive;
  readonly #onIdle: (environment: Environment) => void;
  readonly #onBuried: (burial: Promise<void>) => void;
  #life: Life | undefined;
  /** The last life's end: its sandbox still holds `/tmp`. */
  #burial: Promise<void> = Promise.resolve();
  #memoryLookMs = Number.NEGATIVE_INFINITY;
  #maxMemory = 0;
  /** Free for the next invocation: its owner has been told. */
  #idle = false;
  #running: Running | undefined;
  /** Reported with the first invocation only. */
  #initMs: number | undefined;
  #restoreMs: number | undefined;
  #gone: Promise<void> | undefined;

  constructor(parts: {
    spec: EnvironmentSpec;
    type: InitializationType;
    home: Home;
    /** Keeps the code's and layers' directories in place; given back at the end. */
    code: Disposable;
    clock: Clock;
    revive: Revive;
    /** Called when an invocation is over and its log complete. */
    onIdle: (environment: Environment) => void;
    /** Told of work that goes on when a life has ended. */
    onBuried: (burial: Promise<void>) => void;
  }) {
    this.spec = parts.spec;
    this.type = parts.type;
    this.home = parts.home;
    this.#code = parts.code;
    this.#clock = parts.clock;
    this.#revive = parts.revive;
    this.#onIdle = parts.onIdle;
    this.#onBuried = parts.onBuried;
    this.bornMs = parts.clock.monotonicMs();
    this.idleSinceMs = this.bornMs;
  }

  /** Whether the next invocation finds it initialised. */
  get isAlive(): boolean {
    return this.#life !== undefined && !this.#life.hasEnded;
  }

  /** Whether it has answered, and the next invocation has to wait only for its runtime and extensions to say so. */
  get isFinishing(): boolean {
    return this.#running?.answer?.survives === true;
  }

  /** Takes on a life, to be initialised. Throws when it has been ended meanwhile. */
  adopt(life: Life): void {
    if (this.#gone !== undefined) throw new EnvironmentUnavailable('the environment has been ended');
    this.#life = life;
    life.listen({
      onAnswer: (answer) => this.#answered(answer),
      onStreamStart: (contentType) => this.#streamStarted(contentType),
      onStreamPiece: (piece) => this.#streamed(piece),
      onStreamEnd: (error) => this.#streamEnded(error),
      onReady: () => this.#ready(),
      onEnded: (failure) => this.#ended(life, failure),
    });
  }

  /** How its first life began. One whose init has failed ends here, and the first invocation tries again. */
  begin(initialised: Initialised): void {
    if (initialised.kind === 'failed') return this.#bury('failure');
    if (this.type === 'snap-start') this.#restoreMs = initialised.ms;
    else if (this.type === 'on-demand') this.#initMs = initialised.ms;
  }

  /** Runs one invocation to its end. Rejects with EnvironmentUnavailable if it has no life and gets none. */
  invoke(invocation: Invocation): Promise<Outcome> {
    if (this.#running !== undefined) throw new Error(`environment of ${this.spec.functionArn} is busy`);
    this.#idle = false;
    const life = this.#life;
    if (life === undefined || life.hasEnded) return this.#reviveAndInvoke(invocation);
    life.thaw();
    return this.#run(life, invocation, 0);
  }

  freeze(): void {
    if (this.#running === undefined) this.#life?.freeze();
  }

  /** Ends it: a running invocation is answered as lost. Idempotent. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#gone ??= this.#end();
    return this.#gone;
  }

  async #end(): Promise<void> {
    this.retired = true;
    if (this.#running !== undefined) {
      this.#fail({ kind: 'exit', exit: { code: undefined, signal: 'SIGKILL', killedForMemory: false } });
    }
    this.#bury('spindown');
    await this.#burial;
    this.home.tmp[Symbol.dispose]();
    this.#code[Symbol.dispose]();
    this.home.logStream.close();
  }

  /** AWS: what failed to initialise, or has died, is initialised again within the next invocation and its time limit. */
  async #reviveAndInvoke(invocation: Invocation): Promise<Outcome> {
    this.#bury('failure');
    try {
      // The sandbox of the last life holds `/tmp` until it is gone; what its extensions still do is not this invocation's time.
      await this.#burial;
      const startedMs = this.#clock.monotonicMs();
      const { life, initialised } = await this.#revive(this);
      const spentMs = this.#clock.monotonicMs() - startedMs;
      if (initialised.kind === 'done') return await this.#run(life, invocation, spentMs);
      return await this.#failInvocation(life, invocation, initialised.failure, spentMs);
    } catch (error) {
      if (this.#running === undefined) this.#free();
      throw error;
    }
  }

  #begin(life: Life, invocation: Invocation, spentMs: number, settle: (outcome: Outcome) => void): Running {
    const tail = invocation.wantsTail ? logTail() : undefined;
    const running: Running = {
      life,
      invocation,
      startedMs: this.#clock.monotonicMs() - spentMs,
      tail,
      settle,
      timer: undefined,
      respondingMs: undefined,
      answeredMs: undefined,
      readyMs: undefined,
      bytes: 0,
      stream: undefined,
      answer: undefined,
      runtimeReady: false,
      isToldDone: false,
      hasExtensions: false,
      extensionsReady: true,
      outcome: undefined,
    };
    this.#running = running;
    life.log.tailTo(tail);
    life.log.start(invocation.requestId, invocation.traceId);
    return running;
  }

  /** `spentMs`: what of the time limit an init within this invocation has used up already. */
  #run(life: Life, invocation: Invocation, spentMs: number): Promise<Outcome> {
    return new Promise((resolve) => {
      const leftMs = Math.max(1, this.spec.timeoutMs - spentMs);
      const running = this.#begin(life, invocation, spentMs, resolve);
      running.timer = this.#clock.after(leftMs, () => this.#timedOut());
      // If it has just ended, its end is on its way and answers this.
      if (life.hasEnded) return;
      const deadlineMs = this.#clock.nowMs() + leftMs;
      const told = life.tellExtensions(invocation, deadlineMs);
      if (told !== undefined) {
        running.hasExtensions = true;
        running.extensionsReady = false;
        told.then(
          () => {
            running.extensionsReady = true;
            this.#finishWhenReady(running);
          },
          () => {}, // SAFE: the life is over, and its end answers.
        );
      }
      life.invoke(invocation, deadlineMs);
    });
  }

  /** Answers an invocation for which the init has failed, with its log lines, in AWS's words. */
  #failInvocation(life: Life, invocation: Invocation, failure: InitFailure, spentMs: number): Promise<Outcome> {
    return new Promise((resolve) => {
      const { requestId } = this.#begin(life, invocation, spentMs, resolve).invocation;
      if (failure.kind === 'payload') {
        this.#settle({
          payload: failure.payload,
          error: { type: reportedType(failure.payload) },
          timedOut: false,
          survives: false,
        });
      } else {
        if (failure.kind === 'timeout') life.log.timedOut(requestId);
        this.#fail(failure);
      }
    });
  }

  #answered(answer: GuestAnswer): void {
    const running = this.#running;
    switch (answer.kind) {
      case 'response': {
        if (running === undefined || running.answer !== undefined) return;
        // A stream has begun, and only its own end ends it: what a function's own code may write between is no answer.
        if (running.stream !== undefined) return;
        running.respondingMs = this.#clock.monotonicMs();
        running.bytes = answer.payload.length;
        const { sink } = running.invocation;
        if (sink === undefined) return this.#settle(answerOf(answer.payload));
        sink.begin(undefined);
        sink.write(answer.payload);
        return this.#settle(answerOf(NOTHING));
      }
      case 'error':
        return this.#settle({
          payload: answer.payload,
          error: { type: answer.errorType },
          timedOut: false,
          survives: true,
        });
      case 'fatal':
        // Also between invocations: what an earlier one left running has failed. Then nobody waits for its end either.
        if (running === undefined) return this.#bury('failure');
        return this.#settle({
          payload: answer.payload,
          error: { type: answer.errorType },
          timedOut: false,
          survives: false,
        });
      case 'response-too-large':
        return this.#fail({ kind: 'response-too-large', bytesMax: RESPONSE_BYTES_MAX }, true);
    }
  }

  #streamStarted(contentType: string | undefined): void {
    const running = this.#running;
    if (running === undefined || running.answer !== undefined || running.stream !== undefined) return;
    running.respondingMs = this.#clock.monotonicMs();
    const { sink } = running.invocation;
    running.stream = { whole: sink === undefined ? gather() : undefined, tooLong: false };
    if (sink === undefined) return;
    sink.begin(contentType);
    sink.onDrain(() => running.life.resume());
  }

  #streamed(piece: Buffer): void {
    const running = this.#running;
    if (running?.stream === undefined || running.answer !== undefined) return;
    running.bytes += piece.length;
    const { whole } = running.stream;
    if (whole !== undefined) {
      // Read to its end all the same: the function goes on, and its environment is used again.
      if (running.bytes > RESPONSE_BYTES_MAX) running.stream.tooLong = true;
      else whole.add(piece);
    } else if (running.bytes > STREAM_BYTES_MAX) {
      this.#fail({ kind: 'response-too-large', bytesMax: STREAM_BYTES_MAX });
    } else if (running.invocation.sink?.write(piece) === false) {
      running.life.pause();
    }
  }

  #streamEnded(error: { payload: Buffer; errorType: string | undefined } | undefined): void {
    const running = this.#running;
    if (running?.stream === undefined || running.answer !== undefined) return;
    const { whole, tooLong } = running.stream;
    if (tooLong) return this.#fail({ kind: 'response-too-large', bytesMax: RESPONSE_BYTES_MAX }, true);
    if (error === undefined) return this.#settle(answerOf(whole?.bytes() ?? NOTHING));
    this.#settle({ payload: error.payload, error: { type: error.errorType }, timedOut: false, survives: true });
  }

  #timedOut(): void {
    const running = this.#running;
    if (running === undefined) return;
    running.life.log.timedOut(running.invocation.requestId);
    // The runtime has answered and is not done: its caller has the answer, its environment is reset all the same.
    if (running.answer !== undefined) return this.#finish({ ...running.answer, timedOut: true, survives: false });
    this.#fail({ kind: 'timeout', timeoutMs: this.spec.timeoutMs });
  }

  #ended(life: Life, failure: Failure): void {
    if (life !== this.#life) return;
    const running = this.#running;
    if (running === undefined) return this.#bury('failure');
    if (running.answer === undefined) this.#fail(failure);
    else this.#finish({ ...running.answer, survives: false });
  }

  #fail(failure: Failure, survives = false): void {
    const running = this.#running;
    if (running === undefined || running.answer !== undefined) return;
    const { errorType, errorMessage } = failurePayload(failure, running.invocation.requestId);
    this.#settle({
      payload: Buffer.from(JSON.stringify({ errorType, errorMessage })),
      error: { type: errorType },
      timedOut: failure.kind === 'timeout',
      survives,
    });
  }

  /** The caller's answer. The environment is free once the runtime, too, says that it is done. */
  #settle(answer: Answer): void {
    const running = this.#running;
    // A guest that answers twice, or after its time was up: the first answer stands.
    if (running === undefined || running.answer !== undefined) return;
    running.answer = answer;
    running.answeredMs = this.#clock.monotonicMs();
    const durationMs = running.answeredMs - running.startedMs;
    const initMs = this.#initMs;
    this.#initMs = undefined;
    const outcome: Omit<Outcome, 'tail'> = {
      payload: answer.payload,
      kind: answer.error === undefined ? 'answer' : 'function-error',
      version: this.spec.version,
      durationMs,
      billedMs: billedMs(durationMs, initMs),
      initMs,
      maxMemoryMb: this.#maxMemoryMb(running.life, !answer.survives),
    };
    running.outcome = outcome;
    if (running.tail === undefined) running.settle({ ...outcome, tail: undefined });
    if (!answer.survives) this.#finish(answer);
  }

  #ready(): void {
    const running = this.#running;
    if (running?.answer === undefined) return;
    running.runtimeReady = true;
    running.readyMs = this.#clock.monotonicMs();
    if (running.extensionsReady) return this.#finish(running.answer);
    // Those who ship it still run: they hear of it before they ask for the next invocation.
    const { answer } = running;
    setImmediate(() => this.#tellDone(running, answer));
  }

  #finishWhenReady(running: Running): void {
    if (running !== this.#running || running.answer === undefined) return;
    if (running.runtimeReady && running.extensionsReady) this.#finish(running.answer);
  }

  /** Reports the invocation and frees the environment, in the next turn of the event loop: its last lines come first. */
  #finish(answer: Answer): void {
    const running = this.#running;
    const outcome = running?.outcome;
    if (running === undefined || outcome === undefined || running.timer === finished) return;
    const { life } = running;
    running.timer?.[Symbol.dispose]();
    running.timer = finished;
    // AWS: "not calculated until the function and all extensions have finished"; one that was cut off has had its whole time.
    const durationMs = answer.timedOut ? this.spec.timeoutMs : this.#clock.monotonicMs() - running.startedMs;
    const times = { durationMs, billedMs: billedMs(durationMs, outcome.initMs) };
    // What the function wrote before it answered is in its pipes by now, and is read in this turn of the event loop.
    setImmediate(() => {
      this.#tellDone(running, answer);
      const { requestId, traceId } = running.invocation;
      const status = statusOf(answer);
      const spans = this.#reportSpans(running, durationMs);
      life.log.report({ ...outcome, ...times, requestId, traceId, status, restoreMs: this.#restoreMs, spans });
      this.#restoreMs = undefined;
      life.log.tailTo(undefined);
      this.#running = undefined;
      if (!answer.survives || life.hasEnded) this.#bury(answer.timedOut ? 'timeout' : 'failure');
      if (running.tail !== undefined) running.settle({ ...outcome, ...times, tail: running.tail.bytes() });
      this.#free();
    });
  }

  #tellDone(running: Running, answer: Answer): void {
    const { life, invocation, bytes } = running;
    if (running.isToldDone) return;
    running.isToldDone = true;
    life.flushOutput();
    const { requestId, traceId } = invocation;
    const durationMs = (running.readyMs ?? this.#clock.monotonicMs()) - running.startedMs;
    life.log.runtimeDone({
      ...{ requestId, traceId, status: statusOf(answer), durationMs, producedBytes: bytes },
      spans: this.#spans(running),
    });
  }

  #free(): void {
    if (this.#idle) return;
    this.#idle = true;
    this.idleSinceMs = this.#clock.monotonicMs();
    this.#onIdle(this);
  }

  /** What the runtime's time went to, if it has responded. */
  #spans({ startedMs, respondingMs, answeredMs, readyMs }: Running): Span[] {
    if (respondingMs === undefined || answeredMs === undefined) return [];
    const toWallMs = this.#clock.nowMs() - this.#clock.monotonicMs();
    const spans = [
      span('responseLatency', startedMs, respondingMs, toWallMs),
      span('responseDuration', respondingMs, answeredMs, toWallMs),
    ];
    return readyMs === undefined ? spans : [...spans, span('runtimeOverhead', answeredMs, readyMs, toWallMs)];
  }

  #reportSpans({ startedMs, readyMs, hasExtensions }: Running, durationMs: number): Span[] {
    if (!hasExtensions || readyMs === undefined) return [];
    const toWallMs = this.#clock.nowMs() - this.#clock.monotonicMs();
    return [span('extensionOverhead', readyMs, startedMs + durationMs, toWallMs)];
  }

  #bury(reason: ShutdownReason): void {
    const life = this.#life;
    if (life === undefined) return;
    this.#life = undefined;
    this.#maxMemory = 0;
    this.#burial = life.end(reason);
    this.#onBuried(this.#burial);
  }

  #maxMemoryMb(life: Life, isLast: boolean): number {
    const nowMs = this.#clock.monotonicMs();
    if (isLast || nowMs - this.#memoryLookMs >= MEMORY_LOOK_MS) {
      this.#memoryLookMs = nowMs;
      this.#maxMemory = Math.min(this.spec.memoryMb, life.memoryPeakMb());
    }
    return this.#maxMemory;
  }
}

/** Marks an invocation whose report is on its way. */
const finished: Disposable = { [Symbol.dispose]: () => {} };

function answerOf(payload: Buffer): Answer {
  return { payload, error: undefined, timedOut: false, survives: true };
}

/** Between two monotonic times. */
function span(name: Span['name'], fromMs: number, toMs: number, toWallMs: number): Span {
  return { name, startMs: fromMs + toWallMs, durationMs: Math.max(0, toMs - fromMs) };
}

function statusOf(answer: Answer): PhaseStatus {
  if (answer.timedOut) return { kind: 'timeout' };
  if (answer.survives || answer.error === undefined) return { kind: 'success' };
  // A runtime that has told its own error and gone has exited.
  return { kind: 'error', errorType: answer.error.type ?? 'Runtime.ExitError' };
}
