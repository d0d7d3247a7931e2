import type { ResolveRefusal } from '../functions/runnable.ts';

/** Why an invocation is not run. */
export type InvokeRefusal =
  | ResolveRefusal
  | { kind: 'payload-too-large'; type: 'RequestResponse' | 'DryRun' | 'Event'; bytes: number; bytesMax: number }
  | { kind: 'payload-not-json'; reason: string }
  | { kind: 'throttled'; reason: ThrottleReason }
  | { kind: 'not-restored'; timedOut: boolean }
  | { kind: 'unavailable'; cause: unknown };

/** AWS's `Reason` of a TooManyRequestsException. */
export type ThrottleReason =
  | 'ConcurrentInvocationLimitExceeded'
  | 'ReservedFunctionConcurrentInvocationLimitExceeded'
  | 'FunctionInvocationRateLimitExceeded'
  | 'ReservedFunctionInvocationRateLimitExceeded';
