// What becomes of an event after an attempt, or before one (lambda-facts 9.1). Pure: times come in and go out.

import type { EventSettings } from '../../functions/event-settings.ts';
import type { InvokeResult } from '../frontend.ts';
import { ROUNDS_MAX } from '../lineage.ts';
import { RECURSIVE_TEXT } from '../refusal.ts';
import type { FailedRun, QueuedEvent } from './event.ts';

/** AWS's conditions of a record about an event that was given up. */
export type FailureCondition = 'RetriesExhausted' | 'EventAgeExceeded' | 'ZeroReservedConcurrency';

export type Fate =
  | { readonly kind: 'succeeded'; readonly event: QueuedEvent; readonly version: string; readonly payload: Buffer }
  /** `throttled`: there is no room for the function's other events either. */
  | { readonly kind: 'again'; readonly event: QueuedEvent; readonly delayMs: number; readonly throttled: boolean }
  | {
      readonly kind: 'given-up';
      readonly event: QueuedEvent;
      readonly condition: FailureCondition;
      readonly error: FailedRun | PlatformError;
    }
  /**
   * Nobody is told: there is no such function, version or alias any more; or, `looping`, what was told of the function's loop
   * has come back to it.
   */
  | { readonly kind: 'dropped'; readonly looping?: true };

/** Why an event that never failed by itself was given up. */
export interface PlatformError {
  readonly status: number;
  readonly message: string;
}

/** How long until an event is tried again, in ms. */
export interface RetryDelays {
  /** After the first error of the function; after the second one twice as long. AWS: 1 and 2 minutes. */
  readonly errorMs: number;
}

const DEFERRAL_MS_MAX = 300_000;

/** Before an attempt: an event that must not be run any more; undefined: it may. */
export function fateBefore(event: QueuedEvent, settings: EventSettings | undefined, nowMs: number): Fate | undefined {
  if (settings === undefined) return { kind: 'dropped' };
  if (settings.reserved === 0) {
    return { kind: 'given-up', event, condition: 'ZeroReservedConcurrency', error: event.lastError ?? THROTTLED };
  }
  if (nowMs - event.acceptedMs > settings.ageMsMax) return tooOld(event, event.lastError ?? TOO_LATE);
  return undefined;
}

export function fateAfter(
  event: QueuedEvent,
  result: InvokeResult,
  settings: EventSettings | undefined,
  nowMs: number,
  delays: RetryDelays,
): Fate {
  if (result.kind === 'ran') {
    const { outcome } = result;
    const attempts = event.attempts + 1;
    if (outcome.kind === 'answer') {
      return { kind: 'succeeded', event: { ...event, attempts }, version: outcome.version, payload: outcome.payload };
    }
    const lastError: FailedRun = { version: outcome.version, payload: outcome.payload.toString() };
    return afterError({ ...event, attempts, deferrals: 0, lastError }, lastError, settings, nowMs, delays);
  }
  if (result.kind === 'refused' && result.refusal.kind === 'no-such-function') return { kind: 'dropped' };
  if (result.kind === 'refused' && result.refusal.kind === 'recursive') {
    if (settings === undefined) return { kind: 'dropped' };
    if (result.refusal.rounds > ROUNDS_MAX + 1) return { kind: 'dropped', looping: true };
    // AWS documents no condition of its own for loops.
    return { kind: 'given-up', event, condition: 'RetriesExhausted', error: LOOPING };
  }
  return deferred(event, result, settings, nowMs, delays);
}

function afterError(
  event: QueuedEvent,
  error: FailedRun,
  settings: EventSettings | undefined,
  nowMs: number,
  { errorMs }: RetryDelays,
): Fate {
  // Deleted while it ran.
  if (settings === undefined) return { kind: 'dropped' };
  if (event.attempts > settings.retriesMax) return { kind: 'given-up', event, condition: 'RetriesExhausted', error };
  const delayMs = errorMs * event.attempts;
  // AWS looks ahead: an event that would be too old at its next attempt is given up at once.
  if (nowMs - event.acceptedMs + delayMs >= settings.ageMsMax) return tooOld(event, error);
  return { kind: 'again', event, delayMs, throttled: false };
}

/** Throttles and errors of the platform are no attempts: they go on until the event is too old. */
function deferred(
  event: QueuedEvent,
  result: InvokeResult,
  settings: EventSettings | undefined,
  nowMs: number,
  { errorMs }: RetryDelays,
): Fate {
  if (settings === undefined) return { kind: 'dropped' };
  const throttled = result.kind === 'refused' && result.refusal.kind === 'throttled';
  // AWS: "exponentially from 1 second after the first attempt to a maximum of 5 minutes"; 1 s is a sixtieth of the other.
  const delayMs = Math.min(DEFERRAL_MS_MAX, (errorMs / 60) * 2 ** Math.min(event.deferrals, 20));
  if (nowMs - event.acceptedMs + delayMs >= settings.ageMsMax) {
    return tooOld(event, event.lastError ?? (throttled ? THROTTLED : NOT_RUN));
  }
  return { kind: 'again', event: { ...event, deferrals: event.deferrals + 1 }, delayMs, throttled };
}

function tooOld(event: QueuedEvent, error: FailedRun | PlatformError): Fate {
  return { kind: 'given-up', event, condition: 'EventAgeExceeded', error };
}

const THROTTLED: PlatformError = { status: 429, message: 'Rate Exceeded.' };
const LOOPING: PlatformError = { status: 400, message: RECURSIVE_TEXT };
const TOO_LATE: PlatformError = { status: 429, message: 'The event was not run within its maximum age.' };
const NOT_RUN: PlatformError = { status: 500, message: 'The execution environment could not be started.' };
