import type { ResolveRefusal } from '../functions/runnable.ts';

/** Why an invocation is not run. */
export type InvokeRefusal =
  | ResolveRefusal
  | { kind: 'payload-too-large'; type: 'RequestResponse' | 'DryRun' | 'Event'; bytes: number; bytesMax: number }
  | { kind: 'payload-not-json'; reason: string }
  | { kind: 'throttled'; reason: ThrottleReason }
  /** The function goes round in a loop; `rounds`: how often it would have been invoked, with this one. */
  | { kind: 'recursive'; rounds: number }
  | { kind: 'not-restored'; timedOut: boolean }
  | { kind: 'unavailable'; cause: unknown };

/** AWS's text of a RecursiveInvocationException (API reference of Invoke). */
export const RECURSIVE_TEXT =
  "Lambda has detected your function being invoked in a recursive loop with other Amazon Web Services resources and stopped your function's invocation.";

/** AWS's `Reason` of a TooManyRequestsException. */
export type ThrottleReason =
  | 'ConcurrentInvocationLimitExceeded'
  | 'ReservedFunctionConcurrentInvocationLimitExceeded'
  | 'FunctionInvocationRateLimitExceeded'
  | 'ReservedFunctionInvocationRateLimitExceeded';
