/** The platform's own lines in a function's log (lambda-facts 8). */
export function startLine(requestId: string, version: string): string {
  return `START RequestId: ${requestId} Version: ${version}\n`;
}

export function endLine(requestId: string): string {
  return `END RequestId: ${requestId}\n`;
}

export interface Report {
  readonly requestId: string;
  readonly durationMs: number;
  readonly billedMs: number;
  readonly memoryMb: number;
  readonly maxMemoryMb: number;
  readonly initMs: number | undefined;
  readonly status: 'timeout' | { errorType: string } | undefined;
}

export function reportLine(report: Report): string {
  const init = report.initMs === undefined ? '' : `Init Duration: ${report.initMs.toFixed(2)} ms\t`;
  const status =
    report.status === undefined
      ? ''
      : report.status === 'timeout'
        ? 'Status: timeout\t'
        : `Status: error\tError Type: ${report.status.errorType}\t`;
  return (
    `REPORT RequestId: ${report.requestId}\tDuration: ${report.durationMs.toFixed(2)} ms\t` +
    `Billed Duration: ${report.billedMs} ms\tMemory Size: ${report.memoryMb} MB\t` +
    `Max Memory Used: ${report.maxMemoryMb} MB\t${init}${status}\n`
  );
}

/** Billed time: whole milliseconds, rounded up; a cold start bills its initialisation too (AWS, since August 2025). */
export function billedMs(durationMs: number, initMs: number | undefined): number {
  return Math.max(1, Math.ceil(durationMs + (initMs ?? 0)));
}

export function timeoutLine(nowMs: number, requestId: string, timeoutMs: number): string {
  return `${new Date(nowMs).toISOString()} ${requestId} Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds\n\n`;
}

export function initStartLine(runtime: string, version: string, runtimeArn: string): string {
  return `INIT_START Runtime Version: ${runtime}.v${version}\tRuntime Version ARN: ${runtimeArn}\n`;
}

/** Name of a new environment's log stream; `random` is 32 lower-case hex digits. */
export function streamName(nowMs: number, name: string, version: string, customGroup: boolean, random: string): string {
  const day = new Date(nowMs).toISOString().slice(0, 10).replaceAll('-', '/');
  return `${day}/${customGroup ? name : ''}[${version}]${random}`;
}
