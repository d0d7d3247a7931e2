import { EVENT_OVERHEAD_BYTES } from './chunk.ts';
import type { LogsRefusal } from './refusal.ts';

// The limits of PutLogEvents: AWS's API reference.
export const BATCH_BYTES_MAX = 1_048_576;
export const EVENT_BYTES_MAX = 1_048_576;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const FUTURE_MS_MAX = 2 * HOUR_MS;
const PAST_MS_MAX = 14 * DAY_MS;
const SPAN_MS_MAX = 24 * HOUR_MS;

export interface NewEvent {
  readonly timestampMs: number;
  readonly message: string;
}

/** What becomes of a batch: events `[from, until)` are stored, those around them rejected by their age. */
export interface PutDecision {
  readonly kind: 'accepted';
  readonly from: number;
  readonly until: number;
  /** First index after the events that are older than AWS takes; 0 when there are none. */
  readonly tooOldUntil: number;
  /** First index after the events that the group's retention has already outlived; 0 when there are none. */
  readonly expiredUntil: number;
}

export function decidePut(
  events: readonly NewEvent[],
  retentionDays: number | undefined,
  nowMs: number,
): PutDecision | LogsRefusal {
  let bytes = 0;
  for (const { message } of events) {
    const eventBytes = Buffer.byteLength(message) + EVENT_OVERHEAD_BYTES;
    if (eventBytes > EVENT_BYTES_MAX) {
      return { kind: 'event-too-large', bytes: eventBytes, bytesMax: EVENT_BYTES_MAX };
    }
    bytes += eventBytes;
  }
  if (bytes > BATCH_BYTES_MAX) return { kind: 'upload-too-large', bytes, bytesMax: BATCH_BYTES_MAX };
  for (let index = 1; index < events.length; index += 1) {
    if (timeOf(events[index]) < timeOf(events[index - 1])) return { kind: 'not-chronological' };
  }

  const tooOldUntil = countBefore(events, nowMs - PAST_MS_MAX);
  const expiredUntil = retentionDays === undefined ? 0 : countBefore(events, nowMs - retentionDays * DAY_MS);
  const from = Math.max(tooOldUntil, expiredUntil);
  const until = countBefore(events, nowMs + FUTURE_MS_MAX + 1);
  // AWS bounds the span of the valid events only.
  if (until > from && timeOf(events[until - 1]) - timeOf(events[from]) > SPAN_MS_MAX) return { kind: 'span-too-long' };
  return { kind: 'accepted', from, until: Math.max(from, until), tooOldUntil, expiredUntil };
}

function countBefore(events: readonly NewEvent[], timestampMs: number): number {
  const index = events.findIndex((event) => event.timestampMs >= timestampMs);
  return index === -1 ? events.length : index;
}

function timeOf(event: NewEvent | undefined): number {
  return event?.timestampMs ?? 0;
}
