import type { ServerResponse } from 'node:http';
import { raceAbort } from '../../lib/abort.ts';
import type { Clock } from '../../lib/clock.ts';
import type { SandboxExit } from '../../sandbox/sandbox.ts';
import { exitStatusText } from '../failure.ts';
import type { EnvironmentLog } from '../logs/environment-log.ts';
import type { LaunchProblem } from './external-extension.ts';

/** AWS: extensions of one function, external and internal ones together. */
export const EXTENSIONS_MAX = 10;
export const EXTENSION_EVENTS = ['INVOKE', 'SHUTDOWN'] as const;
export type ExtensionEvent = (typeof EXTENSION_EVENTS)[number];

/** AWS's names, which its logs show. */
export type ExtensionState =
  | 'Started'
  | 'Registered'
  | 'Ready'
  | 'Running'
  | 'InitError'
  | 'ExitError'
  | 'LaunchError'
  | 'ShutdownFailed'
  | 'Exited';

/** Why an extension ends its environment. The invoker's payload puts `RequestId: <id> ` before the message. */
export interface ExtensionFailure {
  readonly errorType: 'Extension.Crash' | 'Extension.InitError' | 'Extension.ExitError' | 'Extension.LaunchError';
  readonly errorMessage: string;
}

/** What the waits of `Extensions` reject with when one fails. */
export class ExtensionFailed extends Error {
  readonly failure: ExtensionFailure;
  constructor(failure: ExtensionFailure) {
    super(`${failure.errorType}: ${failure.errorMessage}`);
    this.failure = failure;
  }
}

/** What an extension asked for that its state does not allow, in AWS's words: an answer of status 403. */
export interface ExtensionRefusal {
  readonly errorType: string;
  readonly errorMessage: string;
}

export interface Extension {
  readonly name: string;
  readonly identifier: string;
  /** An executable of `/opt/extensions`; else a part of the runtime's own process. */
  readonly isExternal: boolean;
  state: ExtensionState;
  events: readonly ExtensionEvent[];
  errorType: string | undefined;
  /** Whether its process has ended. */
  isGone: boolean;
  /** The `next` that waits for an event. */
  waiting: ServerResponse | undefined;
  /** What happened while it was not waiting. */
  queued: object | undefined;
}

/** Between an extension's word that it has failed and its end, which tells more, also on a busy machine. */
const EXIT_MS_MAX = 3_000;
const NOT_ALLOWED = 'State transition is not allowed';

/**
 * The extensions of one environment, and where each is in its life (AWS, "Using the Lambda Extensions API"; the states and
 * refusals are those of AWS's own emulator). Its owner drives it through the environment's phases:
 *
 * 1. `expectExternal` with the files of `/opt/extensions`, then each is started; `ended` whenever one's process has ended.
 * 2. `registered`, then the runtime is started: what it registers is internal. Runtime waits for its first event:
 *    `closeRegistration`, then `ready`, then `tellStates`. The init is over.
 * 3. For each invocation `invoke`; the invocation is over when that has resolved and the runtime is ready too.
 * 4. At the end `shutdown`; then `close`.
 *
 * The first failure ends them all: `failed` resolves, and `registered`, `ready` and `invoke` reject with `ExtensionFailed`.
 */
export class Extensions {
  readonly failed: Promise<ExtensionFailure>;
  readonly #log: EnvironmentLog;
  readonly #clock: Clock;
  readonly #identifier: () => string;
  readonly #all = new Map<string, Extension>();
  readonly #fail: (failure: ExtensionFailure) => void;
  #failure: ExtensionFailure | undefined;
  #isOpen = true;
  #shutdown: object | undefined;
  #isClosed = false;
  readonly #waits = new Set<Wait>();

  /** `identifier` makes UUIDs. */
  constructor(options: { log: EnvironmentLog; clock: Clock; identifier: () => string }) {
    this.#log = options.log;
    this.#clock = options.clock;
    this.#identifier = options.identifier;
    const failed = Promise.withResolvers<ExtensionFailure>();
    this.failed = failed.promise;
    this.#fail = (failure) => {
      if (this.#failure !== undefined || this.#shutdown !== undefined || this.#isClosed) return;
      this.#failure = failure;
      failed.resolve(failure);
      this.#look();
    };
  }

  /** How many there are: expected, registered, failed. Without any, no call here has an effect. */
  get count(): number {
    return this.#all.size;
  }

  get hasExternal(): boolean {
    return [...this.#all.values()].some(({ isExternal }) => isExternal);
  }

  expectExternal(names: readonly string[]): void {
    for (const name of names) {
      const extension = this.#add(name, true);
      if (this.#all.size <= EXTENSIONS_MAX) continue;
      extension.state = 'LaunchError';
      extension.errorType = 'TooManyExtensions';
      this.#fail({ errorType: 'Extension.LaunchError', errorMessage: 'Error: ErrTooManyExtensions' });
      return;
    }
  }

  /** Resolves when every expected one has registered. */
  registered(signal: AbortSignal): Promise<void> {
    return this.#until(() => this.#none(({ state }) => state === 'Started'), signal);
  }

  /** The runtime waits for its first event: nobody registers any more. */
  closeRegistration(): void {
    this.#isOpen = false;
  }

  /** Resolves when every one has asked for its first event. */
  ready(signal: AbortSignal): Promise<void> {
    return this.#until(() => this.#none(({ state }) => state !== 'Ready'), signal);
  }

  /** Writes each one's state into the log: at the end of the init, however it ended. */
  tellStates(): void {
    for (const { name, state, events, errorType } of this.#all.values())
      this.#log.extension({ name, state, events, errorType });
  }

  /** Tells those who want to know. Resolves when each of them has asked for the next event. `deadlineMs`: since the epoch. */
  invoke(
    invocation: { requestId: string; deadlineMs: number; invokedArn: string; traceId: string },
    signal: AbortSignal,
  ): Promise<void> {
    const told = [...this.#all.values()].filter(({ events }) => events.includes('INVOKE'));
    if (told.length === 0 && this.#failure === undefined) return Promise.resolve();
    const { requestId, deadlineMs, invokedArn, traceId } = invocation;
    const event = {
      eventType: 'INVOKE',
      deadlineMs: Math.round(deadlineMs),
      requestId,
      invokedFunctionArn: invokedArn,
      ...(traceId === '' ? {} : { tracing: { type: 'X-Amzn-Trace-Id', value: traceId } }),
    };
    for (const extension of told) this.#tell(extension, event);
    return this.#until(() => told.every(({ state, queued }) => state === 'Ready' && queued === undefined), signal);
  }

  /**
   * Tells the external ones that want to know. Resolves when each of them has ended: the caller knows how long to wait, and
   * kills what is left. Never rejects. What fails from now on is no failure.
   */
  async shutdown(reason: 'spindown' | 'timeout' | 'failure', deadlineMs: number, signal: AbortSignal): Promise<void> {
    const event = { eventType: 'SHUTDOWN', deadlineMs: Math.round(deadlineMs), shutdownReason: reason };
    this.#shutdown = event;
    const told = [...this.#all.values()].filter(({ events, isGone }) => events.includes('SHUTDOWN') && !isGone);
    for (const extension of told) this.#tell(extension, event);
    try {
      await this.#until(() => told.every(({ isGone }) => isGone), signal, 'all the same');
    } catch (error) {
      // The time is up, or the environment has ended: whoever is left is killed.
      if (!signal.aborted && !this.#isClosed) throw error;
    }
  }

  /** An external one's file cannot be run. Has no effect on one that has been heard of. */
  notLaunched(name: string, problem: LaunchProblem): void {
    const extension = this.#all.get(name);
    if (extension?.state !== 'Started') return;
    extension.isGone = true;
    extension.state = 'LaunchError';
    extension.errorType = problem === 'permission denied' ? 'PermissionDenied' : 'UnknownError';
    this.#fail({
      errorType: 'Extension.LaunchError',
      errorMessage: `Error: fork/exec /opt/extensions/${name}: ${problem}`,
    });
    this.#look();
  }

  /** The process of an external one has ended. */
  ended(name: string, exit: SandboxExit): void {
    const extension = this.#all.get(name);
    if (extension === undefined || extension.isGone || extension.state === 'LaunchError') return;
    extension.isGone = true;
    const { state } = extension;
    extension.waiting = undefined;
    if (this.#shutdown !== undefined) extension.state = exit.code === 0 ? 'Exited' : 'ShutdownFailed';
    else {
      const errorMessage = `Error: ${exit.code === 0 ? 'exit code 0' : exitStatusText(exit)}`;
      extension.errorType ??= 'Extension.Crash';
      this.#fail({ errorType: failureType(state), errorMessage });
      if (state !== 'InitError' && state !== 'ExitError') extension.state = 'ExitError';
    }
    this.#look();
  }

  /** Whoever waits is let go. */
  close(): void {
    this.#isClosed = true;
    for (const { waiting } of this.#all.values()) waiting?.destroy();
    this.#look();
  }

  find(identifier: string): Extension | undefined {
    for (const extension of this.#all.values()) if (extension.identifier === identifier) return extension;
    return undefined;
  }

  /** Whether this name is an expected external one's. */
  isExternal(name: string): boolean {
    return this.#all.get(name)?.isExternal ?? false;
  }

  register(name: string, events: readonly ExtensionEvent[]): Extension | ExtensionRefusal {
    const known = this.#all.get(name);
    if (known?.isExternal) {
      if (known.state !== 'Started') return wrongState(known, 'Registered', name);
      known.events = events;
      known.state = 'Registered';
      this.#look();
      return known;
    }
    if (!this.#isOpen)
      return { errorType: 'Extension.RegistrationClosed', errorMessage: 'Extension registration closed already' };
    if (this.#all.size >= EXTENSIONS_MAX)
      return { errorType: 'Extension.TooManyExtensions', errorMessage: `Extension limit (${EXTENSIONS_MAX}) reached` };
    if (known !== undefined)
      return {
        errorType: 'Extension.InvalidExtensionState',
        errorMessage: 'Extension with this name already registered',
      };
    const extension = this.#add(name, false);
    extension.events = events;
    extension.state = 'Registered';
    return extension;
  }

  /** It asks for its next event: the response waits for one, unless there is a refusal. */
  next(extension: Extension, response: ServerResponse): ExtensionRefusal | undefined {
    const { state, identifier } = extension;
    // One whose connection has broken asks again.
    const isLost = state === 'Ready' && extension.waiting === undefined;
    if (state !== 'Registered' && state !== 'Running' && !isLost) return wrongState(extension, 'Ready', identifier);
    extension.state = 'Ready';
    extension.waiting = response;
    response.once('close', () => {
      if (extension.waiting === response) extension.waiting = undefined;
    });
    const { queued } = extension;
    extension.queued = undefined;
    if (queued !== undefined) this.#tell(extension, queued);
    this.#look();
    return undefined;
  }

  /** It says that it has failed: the environment ends when it does, or soon. */
  failing(extension: Extension, phase: 'InitError' | 'ExitError', errorType: string): ExtensionRefusal | undefined {
    const { state, identifier } = extension;
    if (state === phase) return undefined; // AWS: said again, the first error stands.
    const may = phase === 'InitError' ? ['Registered'] : ['Registered', 'Ready', 'Running'];
    if (!may.includes(state)) return wrongState(extension, phase, identifier);
    extension.state = phase;
    extension.errorType = errorType;
    this.#clock.after(EXIT_MS_MAX, () =>
      this.#fail({ errorType: failureType(phase), errorMessage: `Error: ${errorType}` }),
    );
    return undefined;
  }

  #add(name: string, isExternal: boolean): Extension {
    const extension: Extension = {
      name,
      identifier: this.#identifier(),
      isExternal,
      state: 'Started',
      events: [],
      errorType: undefined,
      isGone: false,
      waiting: undefined,
      queued: undefined,
    };
    this.#all.set(name, extension);
    return extension;
  }

  #tell(extension: Extension, event: object): void {
    const response = extension.waiting;
    if (response === undefined) {
      extension.queued = event;
      return;
    }
    extension.waiting = undefined;
    extension.state = 'Running';
    const body = JSON.stringify(event);
    response.writeHead(200, {
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(body),
      'Lambda-Extension-Identifier': extension.identifier,
      'Lambda-Extension-Event-Identifier': this.#identifier(),
    });
    response.end(body);
  }

  #none(of: (extension: Extension) => boolean): boolean {
    for (const extension of this.#all.values()) if (of(extension)) return false;
    return true;
  }

  /** `mind`: whether a failure ends the wait too. */
  async #until(
    holds: () => boolean,
    signal: AbortSignal,
    mind: 'failures' | 'all the same' = 'failures',
  ): Promise<void> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const wait: Wait = {
      look: () => {
        if (mind === 'failures' && this.#failure !== undefined) reject(new ExtensionFailed(this.#failure));
        else if (this.#isClosed) reject(new Error('the environment has ended'));
        else if (holds()) resolve();
      },
    };
    this.#waits.add(wait);
    try {
      wait.look();
      await raceAbort(promise, signal);
    } finally {
      this.#waits.delete(wait);
    }
  }

  #look(): void {
    for (const wait of this.#waits) wait.look();
  }
}

interface Wait {
  look(): void;
}

function failureType(state: ExtensionState): ExtensionFailure['errorType'] {
  if (state === 'InitError') return 'Extension.InitError';
  return state === 'ExitError' ? 'Extension.ExitError' : 'Extension.Crash';
}

function wrongState(extension: Extension, to: ExtensionState, who: string): ExtensionRefusal {
  return {
    errorType: 'Extension.InvalidExtensionState',
    errorMessage: `State transition from ${extension.state} to ${to} failed for extension ${who}. Error: ${NOT_ALLOWED}`,
  };
}
