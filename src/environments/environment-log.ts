/** `error`: the runtime died of it, or its handler failed; which of the two, `died` tells. */
export type PhaseStatus =
  | { readonly kind: 'success' }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'error'; readonly errorType: string; readonly died: boolean };

/** In which phase an init ran: its own, within the first invocation, or before a snapshot would be taken. */
export type InitPhase = 'init' | 'invoke' | 'snap-start';

/** A part of an invocation's time, as the Telemetry API tells it. Wall-clock start, milliseconds. */
export interface Span {
  readonly name: 'responseLatency' | 'responseDuration' | 'runtimeOverhead';
  readonly startMs: number;
  readonly durationMs: number;
}

/** What is reported of one invocation. */
export interface Report {
  readonly requestId: string;
  readonly traceId: string;
  readonly durationMs: number;
  readonly billedMs: number;
  readonly maxMemoryMb: number;
  readonly initMs: number | undefined;
  readonly restoreMs: number | undefined;
  readonly status: PhaseStatus;
}

/**
 * All that one execution environment tells of itself: to its log stream, in text or JSON, and to those who have subscribed
 * through the Telemetry or Logs API. Nothing here waits or throws.
 */
export interface EnvironmentLog {
  /** One record of the function's, with or without a newline at its end. */
  functionLine(message: string, timeMs: number): void;
  /** One line that an extension wrote. */
  extensionLine(message: string, timeMs: number): void;
  initStart(phase: InitPhase): void;
  initRuntimeDone(phase: InitPhase, status: PhaseStatus): void;
  /** In text only of an init that failed, as on AWS. */
  initReport(phase: InitPhase, status: PhaseStatus, durationMs: number): void;
  restoreStart(): void;
  restoreRuntimeDone(status: PhaseStatus): void;
  restoreReport(status: PhaseStatus, durationMs: number): void;
  start(requestId: string, traceId: string): void;
  timedOut(requestId: string): void;
  /** The runtime is done with the invocation; extensions may go on. */
  runtimeDone(done: {
    requestId: string;
    traceId: string;
    status: PhaseStatus;
    durationMs: number;
    producedBytes: number;
    spans: readonly Span[];
  }): void;
  /** Everybody is done: in text, the END and REPORT lines. */
  report(report: Report): void;
  extension(state: { name: string; state: string; events: readonly string[]; errorType: string | undefined }): void;
  /** From now to the next call, lines are also put into this tail; undefined: into none. */
  tailTo(tail: { add(line: string): void } | undefined): void;
  /** Sends what subscribers still wait for; at most until the signal aborts. */
  flush(signal: AbortSignal): Promise<void>;
  /** No more will come. */
  close(): void;
}
