import { decodeChunk } from './chunk.ts';
import type { Pattern } from './filter-pattern.ts';
import type { StoredChunk } from './log-store.ts';
import { positionText } from './position.ts';

/** An event that a follower is told of. */
export interface FollowedEvent {
  /** As FilterLogEvents names it. */
  readonly id: string;
  readonly timestampMs: number;
  readonly message: string;
}

/** The events of a chunk that match, in their order. A chunk that can hold none is not decoded. */
export function matchingEvents(chunk: StoredChunk, pattern: Pattern): FollowedEvent[] {
  if (pattern.mayHold?.(chunk.events) === false) return [];
  const { timestampsMs, messages } = decodeChunk(chunk.events);
  return messages.flatMap((message, index) => {
    if (!pattern.test(message)) return [];
    const timestampMs = timestampsMs[index] ?? 0;
    return [{ id: positionText({ timestampMs, chunk: chunk.id, index }), timestampMs, message }];
  });
}
