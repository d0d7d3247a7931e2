// What the phases of an environment's life are called, and what is told of each.

/**
 * How a phase ended. An error that a handler has answered with is no failure of the phase: AWS tells `success` of it, and its
 * REPORT line has no status (aws-samples/aws-lambda-extensions, issue 85).
 */
export type PhaseStatus =
  | { readonly kind: 'success' }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'error'; readonly errorType: string };

/** In which phase an init ran: its own, within the first invocation, or before a snapshot would be taken. */
export type InitPhase = 'init' | 'invoke' | 'snap-start';

/** A part of an invocation's time, as the Telemetry API tells it. Wall-clock start, milliseconds. */
export interface Span {
  readonly name: 'responseLatency' | 'responseDuration' | 'runtimeOverhead' | 'extensionOverhead';
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
  readonly spans: readonly Span[];
}

/** The runtime is done with an invocation. */
export interface RuntimeDone {
  readonly requestId: string;
  readonly traceId: string;
  readonly status: PhaseStatus;
  readonly durationMs: number;
  readonly producedBytes: number;
  readonly spans: readonly Span[];
}
