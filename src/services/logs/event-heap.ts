import { decodeChunk } from './chunk.ts';
import type { StoredChunk } from './log-store.ts';
import type { Direction } from './read-events.ts';

/** A chunk that is being read, at its next event. */
export interface Cursor {
  readonly chunk: StoredChunk;
  readonly timestampsMs: readonly number[];
  readonly messages: readonly string[];
  index: number;
  timestampMs: number;
}

/** Several chunks that overlap in time, read as one: the cursor whose event comes next is on top. */
export class EventHeap {
  readonly #heap: Cursor[] = [];
  readonly #sign: 1 | -1;

  constructor(direction: Direction) {
    this.#sign = direction === 'forward' ? 1 : -1;
  }

  push(chunk: StoredChunk): void {
    const { timestampsMs, messages } = decodeChunk(chunk.events);
    const index = this.#sign === 1 ? 0 : messages.length - 1;
    this.#heap.push({ chunk, timestampsMs, messages, index, timestampMs: timestampsMs[index] ?? 0 });
    this.#siftUp();
  }

  top(): Cursor | undefined {
    return this.#heap[0];
  }

  /** The top if it comes before the time. Not at equal times: the chunk to come may have the smaller id. */
  topBefore(edgeMs: number): Cursor | undefined {
    const top = this.#heap[0];
    return top && this.#sign * (top.timestampMs - edgeMs) < 0 ? top : undefined;
  }

  /** The top moves on to its next event, or leaves. */
  advance(): void {
    const top = this.#heap[0];
    if (top === undefined) return;
    top.index += this.#sign;
    const following = top.timestampsMs[top.index];
    if (following !== undefined) {
      top.timestampMs = following;
    } else {
      const last = this.#heap.pop();
      if (last !== undefined && this.#heap.length > 0) this.#heap[0] = last;
    }
    this.#siftDown();
  }

  #precedes(a: Cursor, b: Cursor): boolean {
    return this.#sign * (a.timestampMs - b.timestampMs || a.chunk.id - b.chunk.id) < 0;
  }

  #siftUp(): void {
    let at = this.#heap.length - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#swapIfBefore(at, parent)) return;
      at = parent;
    }
  }

  #siftDown(): void {
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const [a, b] = [this.#heap[left], this.#heap[left + 1]];
      if (a === undefined) return;
      const child = b && this.#precedes(b, a) ? left + 1 : left;
      if (!this.#swapIfBefore(child, at)) return;
      at = child;
    }
  }

  /** Swaps the two when the first precedes the second. */
  #swapIfBefore(first: number, second: number): boolean {
    const [a, b] = [this.#heap[first], this.#heap[second]];
    if (!a || !b || !this.#precedes(a, b)) return false;
    this.#heap[first] = b;
    this.#heap[second] = a;
    return true;
  }
}
