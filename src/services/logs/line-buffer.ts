import type { LogStream } from '../../environments/logs/log-sink.ts';
import type { Scope } from './log-store.ts';
import { LINE_UNITS_SAFE, splitMessage } from './split-message.ts';

export interface StreamPlace extends Scope {
  readonly group: string;
  readonly stream: string;
}

/** What one stream has waiting. */
export interface PendingLines {
  readonly place: StreamPlace;
  readonly timestampsMs: number[];
  readonly messages: string[];
  /** Lines that came while the buffer was full. */
  dropped: number;
  droppedAtMs: number;
}

/** Memory that waiting lines may take, in UTF-16 units; a second of everything a busy machine writes. */
export const PENDING_UNITS_MAX = 16 * 1024 * 1024;

/** What a line costs beside its text: two array slots and a string header. */
const LINE_UNITS = 32;

/**
 * Lines of functions on their way to the disk. Writing is a push onto two arrays: each invocation does it at least three
 * times, on its way from and to its caller. When the disk does not keep up, lines are counted instead of kept.
 */
export class LineBuffer {
  readonly #onFirst: () => void;
  readonly #unitsMax: number;
  #pending = new Set<PendingStream>();
  #units = 0;

  /** `onFirst` is called when the buffer stops being empty. */
  constructor(onFirst: () => void, unitsMax: number = PENDING_UNITS_MAX) {
    this.#onFirst = onFirst;
    this.#unitsMax = unitsMax;
  }

  open(place: StreamPlace): LogStream {
    return new PendingStream(place, this);
  }

  /** True when it may be kept; the caller counts it as dropped else. */
  admit(stream: PendingStream, units: number): boolean {
    if (this.#pending.size === 0) this.#onFirst();
    this.#pending.add(stream);
    if (this.#units + units + LINE_UNITS > this.#unitsMax) return false;
    this.#units += units + LINE_UNITS;
    return true;
  }

  /** Everything that waits; it goes on waiting until `clear`. */
  get pending(): Iterable<PendingLines> {
    return this.#pending;
  }

  get isEmpty(): boolean {
    return this.#pending.size === 0;
  }

  get lineCount(): number {
    let count = 0;
    for (const { messages, dropped } of this.#pending) count += messages.length + dropped;
    return count;
  }

  /** Forgets what waits, once it is stored. No line may have come since `pending` was read. */
  clear(): void {
    for (const stream of this.#pending) stream.clear();
    this.#pending.clear();
    this.#units = 0;
  }
}

class PendingStream implements LogStream, PendingLines {
  readonly place: StreamPlace;
  timestampsMs: number[] = [];
  messages: string[] = [];
  dropped = 0;
  droppedAtMs = 0;
  readonly #buffer: LineBuffer;

  constructor(place: StreamPlace, buffer: LineBuffer) {
    this.place = place;
    this.#buffer = buffer;
  }

  write(message: string, timestampMs: number): void {
    if (message.length > LINE_UNITS_SAFE) {
      for (const part of splitMessage(message)) this.#keep(part, timestampMs);
    } else {
      this.#keep(message, timestampMs);
    }
  }

  close(): void {
    // Nothing to free: the buffer lets go of the stream once its last lines are stored.
  }

  clear(): void {
    this.timestampsMs = [];
    this.messages = [];
    this.dropped = 0;
  }

  #keep(message: string, timestampMs: number): void {
    if (this.#buffer.admit(this, message.length)) {
      this.timestampsMs.push(timestampMs);
      this.messages.push(message);
    } else {
      this.dropped += 1;
      this.droppedAtMs = timestampMs;
    }
  }
}
