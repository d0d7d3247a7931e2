import { EVENT_OVERHEAD_BYTES } from './chunk.ts';
import { type Cursor, EventHeap } from './event-heap.ts';
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
  /** False for the text of a chunk (as stored) without any event that `keep` would keep: it need not be decoded. */
  readonly mayHold?: ((text: string) => boolean) | undefined;
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

/** A search looks at about this much between two turns of the event loop, where invocations wait. */
const SLICE_UNITS = 256 * 1024;

/** Reads one page off chunks that come in the order of the direction (`LogStore.chunks`). Pure: the chunks are all it sees. */
export function readPage(chunks: Iterable<StoredChunk>, query: PageQuery): Page {
  const reading = readInSlices(chunks, query);
  for (;;) {
    const { done, value } = reading.next();
    if (done) return value;
  }
}

/** The same for whoever lets other work in between: it yields now and then, and answers the page at its end. */
export function* readInSlices(chunks: Iterable<StoredChunk>, query: PageQuery): Generator<undefined, Page, void> {
  const { direction, mayHold } = query;
  const page = new GrowingPage(query);
  const heap = new EventHeap(direction);
  let workUnits = 0;
  for (const chunk of chunks) {
    const edgeMs = direction === 'forward' ? chunk.firstMs : chunk.lastMs;
    // Chunks overlap in time: an event is due when no chunk that has not been read yet can hold an earlier one.
    for (let top = heap.topBefore(edgeMs); top; top = heap.topBefore(edgeMs)) {
      if (!page.take(top)) return page.result();
      heap.advance();
    }
    workUnits += chunk.events.length;
    if (workUnits >= SLICE_UNITS) {
      workUnits = 0;
      yield;
    }
    if (mayHold === undefined || mayHold(chunk.events)) heap.push(chunk);
    else if (!page.skip(chunk, edgeMs)) return page.result();
  }
  for (let top = heap.top(); top; top = heap.top()) {
    if (!page.take(top)) return page.result();
    heap.advance();
  }
  return page.result();
}

class GrowingPage {
  readonly #query: PageQuery;
  readonly #events: StoredEvent[] = [];
  #bytes = 0;
  #scannedUnits = 0;
  #next: Position | undefined;

  constructor(query: PageQuery) {
    this.#query = query;
  }

  /** Looks at the event that is due; false when the page ends before it. */
  take({ chunk, index, timestampMs, messages }: Cursor): boolean {
    const { direction, fromMs, untilMs, start, keep, countMax, bytesMax, scanUnitsMax } = this.#query;
    if (timestampMs < fromMs || timestampMs >= untilMs) return true;
    const position = { timestampMs, chunk: chunk.id, index };
    if (start) {
      const order = comparePositions(position, start);
      if (direction === 'forward' ? order < 0 : order >= 0) return true;
    }
    if (this.#scannedUnits >= scanUnitsMax || this.#events.length >= countMax) return this.#endBefore(position);
    const message = messages[index] ?? '';
    if (keep(message)) {
      const bytes = Buffer.byteLength(message) + EVENT_OVERHEAD_BYTES;
      if (this.#events.length > 0 && this.#bytes + bytes > bytesMax) return this.#endBefore(position);
      this.#events.push({ position, stream: chunk.stream, timestampMs, ingestedMs: chunk.ingestedMs, message });
      this.#bytes += bytes;
    }
    this.#scannedUnits += message.length + EVENT_OVERHEAD_BYTES;
    return true;
  }

  /** Passes a chunk over that holds nothing to keep; false when the page ends before it. */
  skip(chunk: StoredChunk, edgeMs: number): boolean {
    const { direction, start, scanUnitsMax } = this.#query;
    // All events beyond the edge have been looked at and none at it, so the next page begins there; one that came no further
    // than its own start would be followed by itself.
    const gapMs = direction === 'forward' ? edgeMs : edgeMs + 1;
    const isFurther = !start || (direction === 'forward' ? gapMs > start.timestampMs : gapMs < start.timestampMs);
    if (this.#scannedUnits >= scanUnitsMax && isFurther) {
      this.#next = { timestampMs: gapMs, chunk: 0, index: 0 };
      return false;
    }
    this.#scannedUnits += chunk.events.length;
    return true;
  }

  result(): Page {
    return { events: this.#events, next: this.#next, bytes: this.#bytes, scannedUnits: this.#scannedUnits };
  }

  /** The next page begins at the gap that one comes to right before reading the event: going backward, the one after it. */
  #endBefore(position: Position): false {
    this.#next = this.#query.direction === 'forward' ? position : gapAfter(position);
    return false;
  }
}

/** The gap between the event at `position` and the one after it. */
export function gapAfter(position: Position): Position {
  return { ...position, index: position.index + 1 };
}
