import { runtimeVersionName } from './environment-log-lines.ts';
import type { EnvironmentSpec } from './spec.ts';

export { billedMs, streamName } from './environment-log-lines.ts';

/** What is reported of one invocation. */
export interface Report {
  readonly requestId: string;
  readonly durationMs: number;
  readonly billedMs: number;
  readonly maxMemoryMb: number;
  readonly initMs: number | undefined;
  /** `error`: the runtime died of it. What a handler throws is its answer, and AWS reports it as an error in JSON only. */
  readonly status: { kind: 'ok' } | { kind: 'timeout' } | { kind: 'error'; errorType: string; died: boolean };
}

/** The platform's own lines in a function's log. `undefined` and empty: nothing is logged. */
export interface SystemLines {
  initStart(version: string, runtimeArn: string): string | undefined;
  start(requestId: string): string | undefined;
  timedOut(nowMs: number, requestId: string): string | undefined;
  /** What follows the function's last line. */
  done(nowMs: number, report: Report): string[];
}

type LineSpec = Pick<EnvironmentSpec, 'name' | 'runtime' | 'version' | 'memoryMb' | 'timeoutMs' | 'jsonLogging'>;

export function systemLines(spec: LineSpec, clock: { nowMs(): number }): SystemLines {
  const { jsonLogging } = spec;
  return jsonLogging === undefined ? textLines(spec) : jsonLines(spec, jsonLogging.systemLevel, clock);
}

/** lambda-facts 8. */
function textLines({ runtime, version, memoryMb, timeoutMs }: LineSpec): SystemLines {
  return {
    initStart: (runtimeVersion, runtimeArn) =>
      `INIT_START Runtime Version: ${runtimeVersionName(runtime, runtimeVersion)}\tRuntime Version ARN: ${runtimeArn}\n`,
    start: (requestId) => `START RequestId: ${requestId} Version: ${version}\n`,
    timedOut: (nowMs, requestId) =>
      `${new Date(nowMs).toISOString()} ${requestId} Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds\n\n`,
    done: (_nowMs, report) => {
      const { requestId, status } = report;
      const init = report.initMs === undefined ? '' : `Init Duration: ${report.initMs.toFixed(2)} ms\t`;
      let end = '';
      if (status.kind === 'timeout') end = 'Status: timeout\t';
      if (status.kind === 'error' && status.died) end = `Status: error\tError Type: ${status.errorType}\t`;
      return [
        `END RequestId: ${requestId}\n`,
        `REPORT RequestId: ${requestId}\tDuration: ${report.durationMs.toFixed(2)} ms\t` +
          `Billed Duration: ${report.billedMs} ms\tMemory Size: ${memoryMb} MB\t` +
          `Max Memory Used: ${report.maxMemoryMb} MB\t${init}${end}\n`,
      ];
    },
  };
}

/** The platform's events as JSON lines (lambda-facts 16.3). The level WARN leaves only what went wrong. */
function jsonLines(
  { runtime, name, version, memoryMb }: LineSpec,
  level: string,
  clock: { nowMs(): number },
): SystemLines {
  const line = (type: string, record: Record<string, unknown>, nowMs = clock.nowMs()) =>
    `${JSON.stringify({ time: new Date(nowMs).toISOString(), type: `platform.${type}`, record })}\n`;
  const quiet = level === 'WARN';
  return {
    initStart: (runtimeVersion, runtimeVersionArn) =>
      quiet
        ? undefined
        : line('initStart', {
            initializationType: 'on-demand',
            phase: 'init',
            runtimeVersion: runtimeVersionName(runtime, runtimeVersion),
            runtimeVersionArn,
            functionName: name,
            functionVersion: version,
          }),
    start: (requestId) => (quiet ? undefined : line('start', { requestId, version })),
    timedOut: () => undefined,
    done: (nowMs, report) => {
      const { requestId, status } = report;
      if (quiet && status.kind === 'ok') return [];
      const errorType = status.kind === 'error' ? { errorType: status.errorType } : {};
      const outcome =
        status.kind === 'ok' ? 'success' : status.kind === 'timeout' ? 'timeout' : status.died ? 'failure' : 'error';
      const durationMs = round(report.durationMs);
      const initDurationMs = report.initMs === undefined ? {} : { initDurationMs: round(report.initMs) };
      const metrics = {
        durationMs,
        billedDurationMs: report.billedMs,
        memorySizeMB: memoryMb,
        maxMemoryUsedMB: report.maxMemoryMb,
        ...initDurationMs,
      };
      return [
        line('runtimeDone', { requestId, status: outcome, ...errorType, metrics: { durationMs } }, nowMs),
        line('report', { requestId, status: outcome, ...errorType, metrics }, nowMs),
      ];
    },
  };
}

function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
