import type { Clock } from '../lib/clock.ts';
import { type Failure, failurePayload, failureType } from './failure.ts';
import { type Gathered, gather } from './guests/gather.ts';
import { type GuestAnswer, RESPONSE_BYTES_MAX, STREAM_BYTES_MAX } from './guests/guest.ts';
import { type InitFailure, type Life, reportedType, type ShutdownReason } from './life.ts';
import { billedMs } from './logs/environment-log-lines.ts';
import { type LogTail, logTail } from './logs/log-tail.ts';
import type { PhaseStatus, Span } from './logs/phases.ts';
import type { EnvironmentSpec, Invocation, Outcome } from './spec.ts';

interface Parts {
  readonly spec: EnvironmentSpec;
  readonly life: Life;
  readonly invocation: Invocation;
  readonly clock: Clock;
  /** What of the time limit an init within this invocation has used up already. */
  readonly spentMs: number;
  /** Of what came before it, and is reported with it. */
  readonly initMs: number | undefined;
  readonly restoreMs: number | undefined;
  /** The environment's peak of memory; `isLast`: of a life that is over. */
  maxMemoryMb(isLast: boolean): number;
  /** Once, as soon as the caller can have it. */
  settle(outcome: Outcome): void;
  /** Once, when the report is written; with a reason if the life is over. */
  onOver(reason: ShutdownReason | undefined): void;
}

/** What an answer makes of the environment. */
interface Answer {
  readonly payload: Buffer;
  readonly error: { type: string | undefined } | undefined;
  readonly timedOut: boolean;
  /** Whether its life goes on. */
  readonly survives: boolean;
}

const NOTHING = Buffer.alloc(0);

/** One invocation in a life, from its start to its report: the time limit, the answer whole or in pieces, the log's lines. */
export class Run {
  readonly #parts: Parts;
  readonly #startedMs: number;
  readonly #tail: LogTail | undefined;
  #timer: Disposable | undefined;
  /** Monotonic times: when the response began, when the caller had its answer, and when the runtime was ready again. */
  #respondingMs: number | undefined;
  #answeredMs: number | undefined;
  #readyMs: number | undefined;
  #bytes = 0;
  /** A response that comes in pieces: gathered when nobody takes the pieces. */
  #stream: { readonly whole: Gathered | undefined; tooLong: boolean } | undefined;
  #answer: Answer | undefined;
  /** Its times are those of the answer: an invocation lasts until its runtime and extensions are done. */
  #outcome: Omit<Outcome, 'tail'> | undefined;
  #hasExtensions = false;
  #extensionsReady = true;
  #isToldDone = false;
  #isOver = false;

  constructor(parts: Parts) {
    const { life, invocation, clock, spentMs } = parts;
    this.#parts = parts;
    this.#startedMs = clock.monotonicMs() - spentMs;
    this.#tail = invocation.wantsTail ? logTail() : undefined;
    life.log.tailTo(this.#tail);
    life.log.start(invocation.requestId, invocation.traceId);
  }

  /** Whether it has answered, and its life goes on: only the runtime and extensions have still to say that they are done. */
  get isFinishing(): boolean {
    return this.#answer?.survives === true;
  }

  /** Hands the event to the function. */
  begin(): void {
    const { life, invocation, clock, spec, spentMs } = this.#parts;
    const leftMs = Math.max(1, spec.timeoutMs - spentMs);
    this.#timer = clock.after(leftMs, () => this.#timedOut());
    // If it has just ended, its end is on its way and answers this.
    if (life.hasEnded) return;
    const deadlineMs = clock.nowMs() + leftMs;
    const told = life.tellExtensions(invocation, deadlineMs);
    if (told !== undefined) {
      this.#hasExtensions = true;
      this.#extensionsReady = false;
      told.then(
        () => this.#extensionsDone(),
        () => {}, // SAFE: it rejects when an extension has failed or the life ends, and of both `ended` is told.
      );
    }
    life.invoke(invocation, deadlineMs);
  }

  /** Answers for a life whose init has failed, with its log lines, in AWS's words. */
  failInit(failure: InitFailure): void {
    const { life, invocation } = this.#parts;
    if (failure.kind === 'payload') {
      this.#settle({
        payload: failure.payload,
        error: { type: reportedType(failure.payload) },
        timedOut: false,
        survives: false,
      });
    } else {
      if (failure.kind === 'timeout') life.log.timedOut(invocation.requestId);
      this.fail(failure);
    }
  }

  answered(answer: GuestAnswer): void {
    switch (answer.kind) {
      case 'response': {
        // A stream has begun, and only its own end ends it: what a function's own code may write between is no answer.
        if (this.#answer !== undefined || this.#stream !== undefined) return;
        const { clock, invocation } = this.#parts;
        this.#respondingMs = clock.monotonicMs();
        this.#bytes = answer.payload.length;
        const { sink } = invocation;
        if (sink === undefined) return this.#settle(answerOf(answer.payload));
        sink.begin(undefined);
        sink.write(answer.payload);
        return this.#settle(answerOf(NOTHING));
      }
      case 'error':
      case 'fatal':
        return this.#settle({
          payload: answer.payload,
          error: { type: answer.errorType },
          timedOut: false,
          survives: answer.kind === 'error',
        });
      case 'response-too-large':
        return this.fail({ kind: 'response-too-large', bytesMax: RESPONSE_BYTES_MAX }, true);
    }
  }

  streamStarted(contentType: string | undefined): void {
    if (this.#answer !== undefined || this.#stream !== undefined) return;
    const { life, invocation, clock } = this.#parts;
    this.#respondingMs = clock.monotonicMs();
    const { sink } = invocation;
    this.#stream = { whole: sink === undefined ? gather() : undefined, tooLong: false };
    if (sink === undefined) return;
    sink.begin(contentType);
    sink.onDrain(() => life.resume());
  }

  streamed(piece: Buffer): void {
    if (this.#stream === undefined || this.#answer !== undefined) return;
    const { life, invocation } = this.#parts;
    this.#bytes += piece.length;
    const { whole } = this.#stream;
    if (whole !== undefined) {
      // Read to its end all the same: the function goes on, and its environment is used again.
      if (this.#bytes > RESPONSE_BYTES_MAX) this.#stream.tooLong = true;
      else whole.add(piece);
    } else if (this.#bytes > STREAM_BYTES_MAX) {
      this.fail({ kind: 'response-too-large', bytesMax: STREAM_BYTES_MAX });
    } else if (invocation.sink?.write(piece) === false) {
      life.pause();
    }
  }

  streamEnded(error: { payload: Buffer; errorType: string | undefined } | undefined): void {
    if (this.#stream === undefined || this.#answer !== undefined) return;
    const { whole, tooLong } = this.#stream;
    if (tooLong) return this.fail({ kind: 'response-too-large', bytesMax: RESPONSE_BYTES_MAX }, true);
    if (error === undefined) return this.#settle(answerOf(whole?.bytes() ?? NOTHING));
    this.#settle({ payload: error.payload, error: { type: error.errorType }, timedOut: false, survives: true });
  }

  /** The runtime is done with it, and asks for the next one. */
  ready(): void {
    const answer = this.#answer;
    if (answer === undefined) return;
    this.#readyMs = this.#parts.clock.monotonicMs();
    if (this.#extensionsReady) return this.#finish(answer);
    // Those who ship it still run: they hear of it before they ask for the next invocation.
    setImmediate(() => this.#tellDone(answer));
  }

  /** The life has ended. Who has the answer keeps it; the report tells of what came after. */
  ended(failure: Failure): void {
    if (this.#answer === undefined) this.fail(failure);
    else this.#finish({ ...this.#answer, error: { type: failureType(failure) }, survives: false });
  }

  /** Answers in the function's place, unless it has answered. */
  fail(failure: Failure, survives = false): void {
    const { errorType, errorMessage } = failurePayload(failure, this.#parts.invocation.requestId);
    this.#settle({
      payload: Buffer.from(JSON.stringify({ errorType, errorMessage })),
      error: { type: errorType },
      timedOut: failure.kind === 'timeout',
      survives,
    });
  }

  #timedOut(): void {
    const { life, invocation, spec } = this.#parts;
    life.log.timedOut(invocation.requestId);
    // The runtime has answered and is not done: its caller has the answer, its environment is reset all the same.
    if (this.#answer !== undefined) return this.#finish({ ...this.#answer, timedOut: true, survives: false });
    this.fail({ kind: 'timeout', timeoutMs: spec.timeoutMs });
  }

  #extensionsDone(): void {
    this.#extensionsReady = true;
    if (this.#answer !== undefined && this.#readyMs !== undefined) this.#finish(this.#answer);
  }

  /** The caller's answer. The environment is free once the runtime, too, says that it is done. */
  #settle(answer: Answer): void {
    // A guest that answers twice, or after its time was up: the first answer stands.
    if (this.#answer !== undefined) return;
    const { spec, clock, initMs, settle, maxMemoryMb } = this.#parts;
    this.#answer = answer;
    this.#answeredMs = clock.monotonicMs();
    const durationMs = this.#answeredMs - this.#startedMs;
    this.#outcome = {
      payload: answer.payload,
      kind: answer.error === undefined ? 'answer' : 'function-error',
      version: spec.version,
      durationMs,
      billedMs: billedMs(durationMs, initMs),
      initMs,
      maxMemoryMb: maxMemoryMb(!answer.survives),
    };
    if (this.#tail === undefined) settle({ ...this.#outcome, tail: undefined });
    if (!answer.survives) this.#finish(answer);
  }

  /** Reports the invocation, and is over, in the next turn of the event loop: its last lines come first. */
  #finish(answer: Answer): void {
    const outcome = this.#outcome;
    if (outcome === undefined || this.#isOver) return;
    this.#isOver = true;
    this.#timer?.[Symbol.dispose]();
    const { life, invocation, spec, clock, restoreMs, settle, onOver } = this.#parts;
    // AWS: "not calculated until the function and all extensions have finished"; one that was cut off has had its whole time.
    const durationMs = answer.timedOut ? spec.timeoutMs : clock.monotonicMs() - this.#startedMs;
    const times = { durationMs, billedMs: billedMs(durationMs, outcome.initMs) };
    // What the function wrote before it answered is in its pipes by now, and is read in this turn of the event loop.
    setImmediate(() => {
      // A runtime that is ready again has done well, whatever an extension does.
      this.#tellDone(this.#readyMs === undefined ? answer : (this.#answer ?? answer));
      const { requestId, traceId } = invocation;
      const status = statusOf(answer);
      life.log.report({
        ...{ ...outcome, ...times, requestId, traceId, status, restoreMs },
        spans: this.#reportSpans(durationMs),
      });
      life.log.tailTo(undefined);
      const tail = this.#tail;
      if (tail !== undefined) settle({ ...outcome, ...times, tail: tail.bytes() });
      const isLast = !answer.survives || life.hasEnded;
      onOver(isLast ? (answer.timedOut ? 'timeout' : 'failure') : undefined);
    });
  }

  #tellDone(answer: Answer): void {
    if (this.#isToldDone) return;
    this.#isToldDone = true;
    const { life, invocation, clock } = this.#parts;
    life.flushOutput();
    const { requestId, traceId } = invocation;
    const durationMs = (this.#readyMs ?? clock.monotonicMs()) - this.#startedMs;
    const spans = () => this.#spans();
    life.log.runtimeDone({
      ...{ requestId, traceId, status: statusOf(answer), durationMs, producedBytes: this.#bytes },
      // Most logs never ask.
      get spans() {
        return spans();
      },
    });
  }

  /** What the runtime's time went to, if it has responded. */
  #spans(): Span[] {
    if (this.#respondingMs === undefined || this.#answeredMs === undefined) return [];
    const spans = [
      this.#span('responseLatency', this.#startedMs, this.#respondingMs),
      this.#span('responseDuration', this.#respondingMs, this.#answeredMs),
    ];
    if (this.#readyMs !== undefined) spans.push(this.#span('runtimeOverhead', this.#answeredMs, this.#readyMs));
    return spans;
  }

  #reportSpans(durationMs: number): Span[] {
    if (!this.#hasExtensions || this.#readyMs === undefined) return [];
    return [this.#span('extensionOverhead', this.#readyMs, this.#startedMs + durationMs)];
  }

  /** Between two monotonic times. */
  #span(name: Span['name'], fromMs: number, toMs: number): Span {
    const { clock } = this.#parts;
    const startMs = fromMs + clock.nowMs() - clock.monotonicMs();
    return { name, startMs, durationMs: Math.max(0, toMs - fromMs) };
  }
}

function answerOf(payload: Buffer): Answer {
  return { payload, error: undefined, timedOut: false, survives: true };
}

function statusOf(answer: Answer): PhaseStatus {
  if (answer.timedOut) return { kind: 'timeout' };
  if (answer.survives || answer.error === undefined) return { kind: 'success' };
  // A runtime that has told its own error and gone has exited.
  return { kind: 'error', errorType: answer.error.type ?? 'Runtime.ExitError' };
}
