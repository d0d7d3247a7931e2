import type { SandboxExit } from '../sandbox/sandbox.ts';

/** Why an invocation has no answer of the function's own. Each has AWS's error payload. */
export type Failure =
  | { kind: 'timeout'; timeoutMs: number }
  | { kind: 'exit'; exit: SandboxExit }
  | { kind: 'response-too-large'; bytesMax: number }
  | { kind: 'no-entrypoint'; problem: string }
  | { kind: 'extension'; errorType: string; problem: string };

export interface FailurePayload {
  readonly errorType: string;
  readonly errorMessage: string;
}

/** What reports call it. */
export function failureType(failure: Failure): string {
  return failurePayload(failure, '').errorType;
}

/** AWS's words for each failure (lambda-facts 6.3, 4.1). */
export function failurePayload(failure: Failure, requestId: string): FailurePayload {
  switch (failure.kind) {
    case 'timeout':
      return {
        errorType: 'Sandbox.Timedout',
        errorMessage: `RequestId: ${requestId} Error: Task timed out after ${(failure.timeoutMs / 1000).toFixed(2)} seconds`,
      };
    case 'exit':
      return {
        errorType: ranOutOfMemory(failure.exit) ? 'Runtime.OutOfMemory' : 'Runtime.ExitError',
        errorMessage: `RequestId: ${requestId} Error: ${exitText(failure.exit)}`,
      };
    case 'response-too-large':
      return {
        errorType: 'Function.ResponseSizeTooLarge',
        errorMessage: `Response payload size exceeded maximum allowed payload size (${failure.bytesMax} bytes).`,
      };
    case 'no-entrypoint':
      return {
        errorType: 'Runtime.InvalidEntrypoint',
        errorMessage: `RequestId: ${requestId} Error: ${failure.problem}`,
      };
    case 'extension':
      return {
        errorType: failure.errorType,
        errorMessage: `RequestId: ${requestId} ${failure.problem}`,
      };
  }
}

const SIGNAL_TEXTS: Readonly<Record<string, string>> = {
  SIGKILL: 'killed',
  SIGSEGV: 'segmentation fault',
  SIGABRT: 'aborted',
  SIGTERM: 'terminated',
  SIGBUS: 'bus error',
  SIGFPE: 'floating point exception',
  SIGILL: 'illegal instruction',
  SIGTRAP: 'trace/breakpoint trap',
  SIGHUP: 'hangup',
  SIGINT: 'interrupt',
  SIGPIPE: 'broken pipe',
};

/** A child that took too much dies alone, and what ends later of another cause has not run out of memory. */
function ranOutOfMemory(exit: SandboxExit): boolean {
  return exit.killedForMemory && exit.signal === 'SIGKILL';
}

function exitText(exit: SandboxExit): string {
  const isSilent = exit.signal === undefined && (exit.code ?? 0) === 0;
  return isSilent ? 'Runtime exited without providing a reason' : `Runtime exited with error: ${exitStatusText(exit)}`;
}

/** How a process ended, in AWS's words: `exit status 1`, `signal: killed`. */
export function exitStatusText(exit: SandboxExit): string {
  if (exit.signal !== undefined) return `signal: ${SIGNAL_TEXTS[exit.signal] ?? exit.signal}`;
  return `exit status ${exit.code ?? 0}`;
}
