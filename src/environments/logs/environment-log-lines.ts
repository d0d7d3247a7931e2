import type { EnvironmentSpec } from '../spec.ts';
import { isSampled } from './environment-log-events.ts';
import type { InitPhase, PhaseStatus, Report } from './phases.ts';

// What the platform writes into a function's log as plain text (lambda-facts 8). Every line is one log event.

export function initStartLine(runtimeVersion: string, runtimeVersionArn: string): string {
  return `INIT_START Runtime Version: ${runtimeVersion}\tRuntime Version ARN: ${runtimeVersionArn}\n`;
}

/** AWS has one of every init that failed, and of those ahead of invocations also when they went well. */
export function initReportLine(phase: InitPhase, status: PhaseStatus, durationMs: number): string {
  const end = status.kind === 'success' ? '' : `\tPhase: ${phase}\t${statusFields(status)}`;
  return `INIT_REPORT Init Duration: ${durationMs.toFixed(2)} ms${end}\n`;
}

export function restoreStartLine(runtimeVersion: string, runtimeVersionArn: string): string {
  return `RESTORE_START Runtime Version: ${runtimeVersion}\tRuntime Version ARN: ${runtimeVersionArn}\n`;
}

export function restoreReportLine(status: PhaseStatus, durationMs: number): string {
  const end = status.kind === 'success' ? '' : `\t${statusFields(status)}`;
  return `RESTORE_REPORT Restore Duration: ${durationMs.toFixed(2)} ms${end}\n`;
}

export function startLine(requestId: string, version: string): string {
  return `START RequestId: ${requestId} Version: ${version}\n`;
}

export function timedOutLine(nowMs: number, requestId: string, timeoutMs: number): string {
  const time = new Date(nowMs).toISOString();
  return `${time} ${requestId} Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds\n\n`;
}

export function endLine(requestId: string): string {
  return `END RequestId: ${requestId}\n`;
}

/** One for each extension at the end of the init, as AWS writes them. */
export function extensionLine(
  name: string,
  state: string,
  events: readonly string[],
  errorType: string | undefined,
): string {
  const error = errorType === undefined ? '' : `\tError Type: ${errorType}`;
  return `EXTENSION\tName: ${name}\tState: ${state}\tEvents: [${events.join(', ')}]${error}\n`;
}

export function reportLine(report: Report, spec: Pick<EnvironmentSpec, 'memoryMb' | 'tracing'>): string {
  const { requestId, status, restoreMs } = report;
  const init = report.initMs === undefined ? '' : `Init Duration: ${report.initMs.toFixed(2)} ms\t`;
  const restore =
    restoreMs === undefined
      ? ''
      : `Restore Duration: ${restoreMs.toFixed(2)} ms\tBilled Restore Duration: ${Math.ceil(restoreMs)} ms\t`;
  // Every other field is followed by a tab.
  const end = status.kind === 'success' ? '' : statusFields(status);
  return (
    `REPORT RequestId: ${requestId}\tDuration: ${report.durationMs.toFixed(2)} ms\t` +
    `Billed Duration: ${report.billedMs} ms\tMemory Size: ${spec.memoryMb} MB\t` +
    `Max Memory Used: ${report.maxMemoryMb} MB\t${init}${restore}${end}\n${xrayLine(report.traceId, spec.tracing)}`
  );
}

/** AWS appends it to the REPORT's event. */
function xrayLine(traceId: string, tracing: EnvironmentSpec['tracing']): string {
  if (tracing !== 'Active' || !isSampled(traceId)) return '';
  const [, root] = /(?:^|;)Root=([^;]+)/.exec(traceId) ?? [];
  const [, segment] = /(?:^|;)Parent=([^;]+)/.exec(traceId) ?? [];
  if (root === undefined || segment === undefined) return '';
  return `XRAY TraceId: ${root}\tSegmentId: ${segment}\tSampled: true\t\n`;
}

function statusFields(status: PhaseStatus): string {
  return status.kind === 'error' ? `Status: error\tError Type: ${status.errorType}` : `Status: ${status.kind}`;
}

/** AWS's form is `python:3.12.v38`, with a number of its own behind the `v`; ours is what the interpreter's version adds. */
export function runtimeVersionName(runtime: string, version: string): string {
  const [, family = runtime, line = ''] =
    /^(nodejs|python|java|ruby|dotnet|provided)\.?(.*?)(?:\.x)?$/.exec(runtime) ?? [];
  const added = version.startsWith(`${line}.`) ? version.slice(line.length + 1).split('.', 1)[0] : '1';
  return `${family}:${line}.v${added}`;
}

/** Billed time: whole milliseconds, rounded up; a cold start bills its initialisation too (AWS, since August 2025). */
export function billedMs(durationMs: number, initMs: number | undefined): number {
  return Math.max(1, Math.ceil(durationMs + (initMs ?? 0)));
}

/** Name of a new environment's log stream; `random` is 32 lower-case hex digits. */
export function streamName(nowMs: number, name: string, version: string, customGroup: boolean, random: string): string {
  const day = new Date(nowMs).toISOString().slice(0, 10).replaceAll('-', '/');
  return `${day}/${customGroup ? name : ''}[${version}]${random}`;
}
