import type { EnvironmentSpec } from '../spec.ts';
import type { InitPhase, PhaseStatus, Report, RuntimeDone, Span } from './phases.ts';

/** AWS: the level of a system log, DEBUG being the most detailed. */
export type SystemLevel = 'DEBUG' | 'INFO' | 'WARN';

/** One event of the platform's, with all members that the Telemetry API gives it (lambda-facts 16.3). */
export interface PlatformEvent {
  readonly type: `platform.${string}`;
  readonly record: Readonly<Record<string, unknown>>;
  /**
   * From which level on it is in a JSON log. AWS, "System log level event mapping": what is routine is DEBUG, what people
   * look for is INFO, and all that went wrong is WARN.
   */
  readonly level: SystemLevel;
}

export const INITIALIZATION_TYPES = ['on-demand', 'provisioned-concurrency', 'snap-start'] as const;
export type InitializationType = (typeof INITIALIZATION_TYPES)[number];

/** What all events of one environment have alike. */
export interface EventSource {
  readonly spec: Pick<EnvironmentSpec, 'name' | 'version' | 'functionArn' | 'memoryMb' | 'tracing'>;
  readonly initializationType: InitializationType;
  /** As in INIT_START, for example `python:3.12.v38`. */
  readonly runtimeVersion: string;
  readonly runtimeVersionArn: string;
  readonly logStreamName: string;
}

/** What starts: members of the events that begin a phase. */
function startMembers({ spec, runtimeVersion, runtimeVersionArn, logStreamName }: EventSource) {
  return {
    runtimeVersion,
    runtimeVersionArn,
    functionName: spec.name,
    functionVersion: spec.version,
    // AWS's own emulator tells the log stream here, after OpenTelemetry's `faas.instance`.
    instanceId: logStreamName,
    instanceMaxMemory: spec.memoryMb * BYTES_PER_MB,
  };
}

/** Of `instanceMaxMemory`, which is in bytes in the JSON logs of AWS itself, though its documentation shows 256. */
const BYTES_PER_MB = 1024 * 1024;

export function initStartEvent(source: EventSource, phase: InitPhase): PlatformEvent {
  const record = { initializationType: source.initializationType, phase, ...startMembers(source) };
  return { type: 'platform.initStart', record, level: 'INFO' };
}

export function initRuntimeDoneEvent(source: EventSource, phase: InitPhase, status: PhaseStatus): PlatformEvent {
  const record = { initializationType: source.initializationType, phase, ...statusMembers(status) };
  return { type: 'platform.initRuntimeDone', record, level: unlessFailed(status, 'DEBUG') };
}

export function initReportEvent(
  source: EventSource,
  phase: InitPhase,
  status: PhaseStatus,
  durationMs: number,
): PlatformEvent {
  const { initializationType } = source;
  const record = { initializationType, phase, ...statusMembers(status), metrics: { durationMs: round(durationMs) } };
  const level = unlessFailed(status, initializationType === 'on-demand' ? 'DEBUG' : 'INFO');
  return { type: 'platform.initReport', record, level };
}

export function restoreStartEvent(source: EventSource): PlatformEvent {
  return { type: 'platform.restoreStart', record: startMembers(source), level: 'INFO' };
}

export function restoreRuntimeDoneEvent(status: PhaseStatus): PlatformEvent {
  return { type: 'platform.restoreRuntimeDone', record: statusMembers(status), level: unlessFailed(status, 'DEBUG') };
}

export function restoreReportEvent(status: PhaseStatus, durationMs: number): PlatformEvent {
  const record = { ...statusMembers(status), metrics: { durationMs: round(durationMs) } };
  return { type: 'platform.restoreReport', record, level: unlessFailed(status, 'INFO') };
}

export function startEvent(source: EventSource, requestId: string, traceId: string): PlatformEvent {
  const { functionArn, version } = source.spec;
  const record = { requestId, functionArn, version, ...tracing(source, traceId) };
  return { type: 'platform.start', record, level: 'INFO' };
}

export function runtimeDoneEvent(source: EventSource, done: RuntimeDone): PlatformEvent {
  const record = {
    requestId: done.requestId,
    ...statusMembers(done.status),
    metrics: { durationMs: round(done.durationMs), producedBytes: done.producedBytes },
    ...tracing(source, done.traceId),
    ...spanMembers(done.spans),
  };
  return { type: 'platform.runtimeDone', record, level: unlessFailed(done.status, 'DEBUG') };
}

export function reportEvent(source: EventSource, report: Report): PlatformEvent {
  const { initMs, restoreMs } = report;
  const metrics = {
    durationMs: round(report.durationMs),
    billedDurationMs: report.billedMs,
    memorySizeMB: source.spec.memoryMb,
    maxMemoryUsedMB: report.maxMemoryMb,
    ...(initMs === undefined ? {} : { initDurationMs: round(initMs) }),
    ...(restoreMs === undefined
      ? {}
      : { restoreDurationMs: round(restoreMs), billedRestoreDurationMs: Math.ceil(restoreMs) }),
  };
  const { requestId, status, traceId } = report;
  const record = {
    requestId,
    metrics,
    ...tracing(source, traceId),
    ...spanMembers(report.spans),
    ...statusMembers(status),
  };
  return { type: 'platform.report', record, level: unlessFailed(status, 'INFO') };
}

export function extensionEvent(extension: {
  name: string;
  state: string;
  events: readonly string[];
  errorType: string | undefined;
}): PlatformEvent {
  const { name, state, events, errorType } = extension;
  const record = { name, state, events, ...(errorType === undefined ? {} : { errorType }) };
  return { type: 'platform.extension', record, level: errorType === undefined ? 'INFO' : 'WARN' };
}

export function telemetrySubscriptionEvent(name: string, types: readonly string[]): PlatformEvent {
  return { type: 'platform.telemetrySubscription', record: { name, state: 'Subscribed', types }, level: 'INFO' };
}

export function logsDroppedEvent(dropped: { reason: string; records: number; bytes: number }): PlatformEvent {
  const record = { reason: dropped.reason, droppedRecords: dropped.records, droppedBytes: dropped.bytes };
  return { type: 'platform.logsDropped', record, level: 'WARN' };
}

/** AWS's emulator: what is the platform's own fault is a `failure`, what is the function's or an extension's an `error`. */
function statusMembers(status: PhaseStatus): { status: string; errorType?: string } {
  if (status.kind !== 'error') return { status: status.kind };
  return { status: status.errorType.startsWith('Sandbox.') ? 'failure' : 'error', errorType: status.errorType };
}

/** AWS leaves them out when there are none. */
function spanMembers(spans: readonly Span[]): { spans?: object[] } {
  if (spans.length === 0) return {};
  return {
    spans: spans.map(({ name, startMs, durationMs }) => ({
      name,
      start: new Date(startMs).toISOString(),
      durationMs: round(durationMs),
    })),
  };
}

function unlessFailed(status: PhaseStatus, level: SystemLevel): SystemLevel {
  return status.kind === 'success' ? level : 'WARN';
}

function tracing({ spec }: EventSource, traceId: string): { tracing?: { type: string; value: string } } {
  // AWS's emulator: of a trace that is not sampled, nothing is told.
  if (spec.tracing !== 'Active' || !isSampled(traceId)) return {};
  return { tracing: { type: 'X-Amzn-Trace-Id', value: traceId } };
}

export function isSampled(traceId: string): boolean {
  return /(?:^|;)Sampled=1(?:;|$)/.test(traceId);
}

function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
