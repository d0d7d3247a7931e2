import { decodeChunk, EVENT_OVERHEAD_BYTES } from './chunk.ts';
import type { StoredChunk } from './log-store.ts';
import { comparePositions, type Position } from './position.ts';

export interface StoredEvent {
  readonly position: Position;
  readonly stream: string;
  readonly timestampMs: number;
  readonly ingestedMs: number;
  readonly message: string;
}

export type Direction = 'forward' | 'backward';

export interface PageQuery {
  readonly direction: Direction;
  readonly fromMs: number;
  readonly untilMs: number;
  /** Where the page begins: events at or after it going forward, before it going backward. */
  readonly start?: Position;
  readonly keep: (message: string) => boolean;
  readonly countMax: number;
  /** Of the kept events; the first one is returned whatever its size. */
  readonly bytesMax: number;
  /** UTF-16 units of all events looked at: bounds the work for a filter that keeps little. */
  readonly scanUnitsMax: number;
}

export interface Page {
  /** In the order of the direction. */
  readonly events: readonly StoredEvent[];
  /** Where the next page begins; undefined when everything has been looked at. */
  readonly next: Position | undefined;
  readonly bytes: number;
  readonly scannedUnits: number;
}

/** Reads one page off chunks that come in the order of the direction (`LogStore.chunks`). Pure: the chunks are all it sees. */
export function readPage(chunks: Iterable<StoredChunk>, query: PageQuery): Page {
  const events: StoredEvent[] = [];
  let bytes = 0;
  let scannedUnits = 0;
  let next: Position | undefined;
  for (const event of merge(chunks, query.direction)) {
    if (!isWanted(event, query)) continue;
    if (scannedUnits >= query.scanUnitsMax || events.length >= query.countMax) {
      next = gapBefore(event, query.direction);
      break;
    }
    if (query.keep(event.message)) {
      const eventBytes = Buffer.byteLength(event.message) + EVENT_OVERHEAD_BYTES;
      if (events.length > 0 && bytes + eventBytes > query.bytesMax) {
        next = gapBefore(event, query.direction);
        break;
      }
      events.push(event);
      bytes += eventBytes;
    }
    scannedUnits += event.message.length + EVENT_OVERHEAD_BYTES;
  }
  return { events, next, bytes, scannedUnits };
}

/** The gap that one comes to right before reading `event`: going backward that is the one after it. */
function gapBefore({ position }: StoredEvent, direction: Direction): Position {
  return direction === 'forward' ? position : gapAfter(position);
}

/** The gap between the event at `position` and the one after it. */
export function gapAfter(position: Position): Position {
  return { ...position, index: position.index + 1 };
}

function isWanted({ timestampMs, position }: StoredEvent, { direction, fromMs, untilMs, start }: PageQuery): boolean {
  if (timestampMs < fromMs || timestampMs >= untilMs) return false;
  if (!start) return true;
  const order = comparePositions(position, start);
  return direction === 'forward' ? order >= 0 : order < 0;
}

/** A chunk that is being read, at its next event. */
interface Cursor {
  readonly chunk: StoredChunk;
  readonly timestampsMs: readonly number[];
  readonly messages: readonly string[];
  index: number;
  timestampMs: number;
}

/**
 * The events of all chunks in order. Chunks overlap in time, so several are open at once: an event is due when no chunk
 * that has not been opened yet can hold an earlier one.
 */
function* merge(chunks: Iterable<StoredChunk>, direction: Direction): Generator<StoredEvent, void> {
  const sign = direction === 'forward' ? 1 : -1;
  const heap: Cursor[] = [];
  const precedes = (a: Cursor, b: Cursor) => sign * (a.timestampMs - b.timestampMs || a.chunk.id - b.chunk.id) < 0;
  for (const chunk of chunks) {
    const edgeMs = direction === 'forward' ? chunk.firstMs : chunk.lastMs;
    // Not at equal times: the chunk to come may have the smaller id.
    for (let top = heap[0]; top && sign * (top.timestampMs - edgeMs) < 0; top = heap[0])
      yield pop(heap, precedes, sign);
    const { timestampsMs, messages } = decodeChunk(chunk.events);
    const index = direction === 'forward' ? 0 : messages.length - 1;
    heap.push({ chunk, timestampsMs, messages, index, timestampMs: timestampsMs[index] ?? edgeMs });
    siftUp(heap, precedes);
  }
  while (heap.length > 0) yield pop(heap, precedes, sign);
}

type Precedes = (a: Cursor, b: Cursor) => boolean;

/** The event at the top cursor, which moves on or leaves the heap. */
function pop(heap: Cursor[], precedes: Precedes, sign: number): StoredEvent {
  const top = heap[0] as Cursor; // SAFE: called only while the heap holds something.
  const { chunk, index, timestampMs } = top;
  const event: StoredEvent = {
    position: { timestampMs, chunk: chunk.id, index },
    stream: chunk.stream,
    timestampMs,
    ingestedMs: chunk.ingestedMs,
    message: top.messages[index] ?? '',
  };
  top.index += sign;
  const following = top.timestampsMs[top.index];
  if (following !== undefined) {
    top.timestampMs = following;
  } else {
    const last = heap.pop() as Cursor; // SAFE: as above.
    if (heap.length > 0) heap[0] = last;
  }
  siftDown(heap, precedes);
  return event;
}

function siftUp(heap: Cursor[], precedes: Precedes): void {
  let at = heap.length - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!swapIf(heap, at, parent, precedes)) return;
    at = parent;
  }
}

function siftDown(heap: Cursor[], precedes: Precedes): void {
  let at = 0;
  for (;;) {
    const left = 2 * at + 1;
    const [a, b] = [heap[left], heap[left + 1]];
    const child = a && b && precedes(b, a) ? left + 1 : left;
    if (!swapIf(heap, child, at, precedes)) return;
    at = child;
  }
}

/** Swaps the two when the first precedes the second. */
function swapIf(heap: Cursor[], first: number, second: number, precedes: Precedes): boolean {
  const [a, b] = [heap[first], heap[second]];
  if (!a || !b || !precedes(a, b)) return false;
  heap[first] = b;
  heap[second] = a;
  return true;
}
