import type { Clock } from '../lib/clock.ts';
import type { TmpVolume } from '../sandbox/sandbox.ts';
import type { Failure } from './failure.ts';
import type { Initialised, Life, ShutdownReason } from './life.ts';
import type { InitializationType } from './logs/environment-log-events.ts';
import type { LogStream } from './logs/log-sink.ts';
import { Run } from './run.ts';
import { type EnvironmentSpec, EnvironmentUnavailable, type Invocation, NotRestored, type Outcome } from './spec.ts';

/** What outlives a sandbox of an environment. */
export interface Home {
  readonly tmp: TmpVolume;
  readonly logStreamName: string;
  readonly logStream: LogStream;
}

/** Begins a life that `adopt` has been told of. Rejects with EnvironmentUnavailable when the platform has none. */
export type Revive = (environment: Environment) => Promise<{ life: Life; initialised: Initialised }>;

/** The peak of memory is the environment's, not an invocation's: of those that follow close, the first one's look serves. */
const MEMORY_LOOK_MS = 50;

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
  #run: Run | undefined;
  /** Reported with the first invocation only. */
  #initMs: number | undefined;
  #restoreMs: number | undefined;
  /** How its first life failed, until an invocation has been told. */
  #notRestored: NotRestored | undefined;
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
    return this.#run?.isFinishing === true;
  }

  /** Takes on a life, to be initialised. Throws when it has been ended meanwhile. */
  adopt(life: Life): void {
    if (this.#gone !== undefined) throw new EnvironmentUnavailable('the environment has been ended');
    this.#life = life;
    life.listen({
      onAnswer: (answer) => {
        // Also between invocations: what an earlier one left running has failed. Then nobody waits for its end either.
        if (this.#run === undefined && answer.kind === 'fatal') this.#bury('failure');
        else this.#run?.answered(answer);
      },
      onStreamStart: (contentType) => this.#run?.streamStarted(contentType),
      onStreamPiece: (piece) => this.#run?.streamed(piece),
      onStreamEnd: (error) => this.#run?.streamEnded(error),
      onReady: () => this.#run?.ready(),
      onEnded: (failure) => this.#ended(life, failure),
    });
  }

  /** How its first life began. One whose init has failed ends here, and the first invocation tries again. */
  begin(initialised: Initialised): void {
    if (initialised.kind === 'failed') {
      this.#notRestored = notRestored(initialised);
      return this.#bury('failure');
    }
    if (this.type === 'snap-start') this.#restoreMs = initialised.ms;
    else if (this.type === 'on-demand') this.#initMs = initialised.ms;
  }

  /**
   * Runs one invocation to its end. Rejects with EnvironmentUnavailable if it has no life and gets none, and with NotRestored
   * when that failed in SnapStart's hooks.
   */
  invoke(invocation: Invocation): Promise<Outcome> {
    if (this.#run !== undefined) throw new Error(`environment of ${this.spec.functionArn} is busy`);
    this.#idle = false;
    if (this.#notRestored !== undefined) return this.#refuse(this.#notRestored);
    const life = this.#life;
    if (life === undefined || life.hasEnded) return this.#reviveAndInvoke(invocation);
    life.thaw();
    return this.#begin(life, invocation, 0);
  }

  freeze(): void {
    if (this.#run === undefined) this.#life?.freeze();
  }

  /** Ends it: a running invocation is answered as lost. Idempotent. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#gone ??= this.#end();
    return this.#gone;
  }

  async #end(): Promise<void> {
    this.retired = true;
    this.#run?.ended({ kind: 'exit', exit: { code: undefined, signal: 'SIGKILL', killedForMemory: false } });
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
      const refusal = notRestored(initialised);
      if (refusal !== undefined) {
        this.#bury('failure');
        throw refusal;
      }
      const spentMs = this.#clock.monotonicMs() - startedMs;
      return await this.#begin(life, invocation, spentMs, initialised);
    } catch (error) {
      // One that cannot be given a life, for example because something of the last one still has its `/tmp`, is left behind.
      if (!(error instanceof NotRestored)) this.retired = true;
      if (this.#run === undefined) this.#free();
      throw error;
    }
  }

  /** The invocation that its first life was made for is answered with how that failed; the next one tries again. */
  async #refuse(refusal: NotRestored): Promise<never> {
    this.#notRestored = undefined;
    await this.#burial;
    this.#free();
    throw refusal;
  }

  /** `spentMs`: what of the time limit an init within this invocation has used up already; `initialised`: how that ended. */
  #begin(life: Life, invocation: Invocation, spentMs: number, initialised?: Initialised): Promise<Outcome> {
    return new Promise((settle) => {
      const run = new Run({
        ...{ life, invocation, spentMs, settle, spec: this.spec, clock: this.#clock },
        ...{ initMs: this.#initMs, restoreMs: this.#restoreMs },
        maxMemoryMb: (isLast) => this.#maxMemoryMb(life, isLast),
        onOver: (reason) => this.#over(reason),
      });
      this.#initMs = undefined;
      this.#restoreMs = undefined;
      this.#run = run;
      if (initialised?.kind === 'failed') run.failInit(initialised.failure);
      else run.begin();
    });
  }

  #ended(life: Life, failure: Failure): void {
    if (life !== this.#life) return;
    if (this.#run === undefined) this.#bury('failure');
    else this.#run.ended(failure);
  }

  #over(reason: ShutdownReason | undefined): void {
    this.#run = undefined;
    if (reason !== undefined) this.#bury(reason);
    this.#free();
  }

  #free(): void {
    if (this.#idle) return;
    this.#idle = true;
    this.idleSinceMs = this.#clock.monotonicMs();
    this.#onIdle(this);
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

function notRestored(initialised: Initialised): NotRestored | undefined {
  if (initialised.kind === 'done' || initialised.inRestore !== true) return undefined;
  return new NotRestored(initialised.failure.kind === 'timeout');
}
