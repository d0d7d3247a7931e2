import type { FunctionKey } from '../../functions/function.ts';

/** An accepted event, beside its payload: what is kept of it in the queue. */
export interface QueuedEvent extends FunctionKey {
  /** As it was invoked. */
  readonly qualifier: string | undefined;
  readonly invokedArn: string;
  /** The id of every attempt. */
  readonly requestId: string;
  readonly traceId: string;
  readonly acceptedMs: number;
  /** Runs of the function so far. */
  readonly attempts: number;
  /** How often it could not be run since the last attempt: throttles, and errors of the platform. */
  readonly deferrals: number;
  /** How the last attempt has failed. */
  readonly lastError?: FailedRun | undefined;
}

/** A run that ended with an error of the function. */
export interface FailedRun {
  readonly version: string;
  /** JSON text, or whatever a custom runtime has answered. */
  readonly payload: string;
}
