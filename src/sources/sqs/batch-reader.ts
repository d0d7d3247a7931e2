import { isAtLimit } from '../../invoke/lineage.ts';
import { PAYLOAD_BYTES_MAX } from '../../invoke/payload.ts';
import type { Clock } from '../../lib/clock.ts';
import { type Filter, filterOf } from '../filter.ts';
import type { EventMetric } from './event-metric.ts';
import type { ReadingSettings } from './queue-consumer.ts';
import { filteredRecord, queueRecord } from './queue-event.ts';
import { isFifo, type QueueMessage, type SourceQueues, WAIT_MS_MAX } from './source-queues.ts';

/** Messages to be worked on together. */
export interface Batch {
  readonly messages: readonly QueueMessage[];
  /** Each as a record of an event, JSON; all of them fit into one event. */
  readonly records: readonly string[];
  /** When the first of the messages was received: from then on its visibility timeout runs. Monotonic. */
  readonly receivedMs: number;
}

interface Item {
  readonly message: QueueMessage;
  readonly json: string;
  readonly bytes: number;
  readonly receivedMs: number;
}

/** What an event has around its records. */
const AROUND_BYTES = '{"Records":[]}'.length;
/** Messages that one receive asks for while it is not known how large they are, as many as SQS hands out at once. */
const UNKNOWN_MAX = 10;
const ASKED_MAX = 500;
/** What is held for longer is looked at before it is used: others may have it by then. */
const HELD_MS = 1_000;

/**
 * Reads a queue and makes batches of what the function is meant to see; the rest is deleted. A batch is ready when it has
 * its size, when the next message would make the event larger than an event may be, or when the window has passed since its
 * first message. One call of `next` at a time.
 */
export class BatchReader {
  readonly #queues: SourceQueues;
  readonly #clock: Clock;
  readonly #arn: string;
  readonly #settings: ReadingSettings;
  readonly #matches: Filter;
  readonly #count: (metric: EventMetric, events: number) => void;
  /** By message id, in their order: a message that is received twice while a batch grows is one, by its newest handle. */
  #held = new Map<string, Item>();
  #heldBytes = AROUND_BYTES;
  /** Of the messages that came last; undefined: none has come. */
  #averageBytes: number | undefined;

  constructor(parts: {
    queues: SourceQueues;
    clock: Clock;
    arn: string;
    settings: ReadingSettings;
    count: (metric: EventMetric, events: number) => void;
  }) {
    this.#queues = parts.queues;
    this.#clock = parts.clock;
    this.#arn = parts.arn;
    this.#settings = parts.settings;
    this.#matches = filterOf(parts.settings.filters);
    this.#count = parts.count;
  }

  /**
   * undefined: the queue was empty for as long as a receive waits, or the signal aborted. Throws what the queue throws. `places`:
   * how many batches could run now, at least 1; it may read for all of them at once, and then has the next ones ready.
   */
  async next(places: number, signal: AbortSignal): Promise<Batch | undefined> {
    const { batchSize, batchWindowMs = 0 } = this.#settings;
    await this.#forgetVisible();
    let endMs = this.#held.size > 0 ? this.#clock.monotonicMs() + batchWindowMs : undefined;
    while (!signal.aborted) {
      const nowMs = this.#clock.monotonicMs();
      const isFull = this.#held.size >= batchSize || this.#heldBytes > PAYLOAD_BYTES_MAX;
      if (isFull || (endMs !== undefined && nowMs >= endMs)) return await this.#cut();
      const waitMs = Math.min(WAIT_MS_MAX, endMs === undefined ? WAIT_MS_MAX : endMs - nowMs);
      const received = await this.#queues.receive(this.#arn, { countMax: this.#wanted(places), waitMs }, signal);
      if (received.length === 0 && this.#held.size === 0) return undefined;
      await this.#take(received);
      if (this.#held.size > 0) endMs ??= this.#clock.monotonicMs() + batchWindowMs;
    }
    return undefined;
  }

  /** What was read and is in no batch is shown to others again. */
  async giveBack(): Promise<void> {
    const messages = [...this.#held.values()].map(({ message }) => message);
    this.#held = new Map();
    this.#heldBytes = AROUND_BYTES;
    if (messages.length > 0) await this.#queues.release(this.#arn, messages);
  }

  /**
   * No more than one event holds, going by those that came last: they may be of 1 MB each. For more than one batch it reads
   * only where their messages need no order, and need not be waited for.
   */
  #wanted(places: number): number {
    const { batchSize, batchWindowMs = 0 } = this.#settings;
    const isAhead = batchWindowMs === 0 && !isFifo(this.#arn);
    const left = batchSize * (isAhead ? places : 1) - this.#held.size;
    const fitting = (PAYLOAD_BYTES_MAX - this.#heldBytes) / (this.#averageBytes ?? PAYLOAD_BYTES_MAX);
    return Math.min(left, Math.max(UNKNOWN_MAX, Math.min(ASKED_MAX, Math.floor(fitting))));
  }

  /** What waited here until its visibility timeout was over is received again, by whomever. */
  async #forgetVisible(): Promise<void> {
    const [oldest] = this.#held.values();
    const nowMs = this.#clock.monotonicMs();
    if (oldest === undefined || nowMs - oldest.receivedMs < HELD_MS) return;
    const visibilityMs = (await this.#queues.find(this.#arn))?.visibilityMs ?? 0;
    for (const { message, receivedMs, bytes } of this.#held.values()) {
      if (receivedMs + visibilityMs > nowMs) continue;
      this.#held.delete(message.id);
      this.#heldBytes -= bytes;
    }
  }

  async #take(received: readonly QueueMessage[]): Promise<void> {
    const receivedMs = this.#clock.monotonicMs();
    const others: QueueMessage[] = [];
    for (const message of received) {
      const record = queueRecord(message, this.#arn);
      if (!this.#matches(filteredRecord(record))) {
        others.push(message);
        continue;
      }
      const json = JSON.stringify(record);
      const bytes = Buffer.byteLength(json) + 1; // And a comma.
      this.#heldBytes += bytes - (this.#held.get(message.id)?.bytes ?? 0);
      this.#held.set(message.id, { message, json, bytes, receivedMs });
    }
    if (this.#held.size > 0) this.#averageBytes = this.#heldBytes / this.#held.size;
    this.#count('PolledEventCount', received.length);
    this.#count('FilteredOutEventCount', others.length);
    if (others.length > 0) await this.#queues.delete(this.#arn, others);
  }

  async #cut(): Promise<Batch> {
    const items: Item[] = [];
    let bytes = AROUND_BYTES;
    for (const item of this.#held.values()) {
      const isFull = items.length >= this.#settings.batchSize || bytes + item.bytes > PAYLOAD_BYTES_MAX;
      // One message always fits: it has 1 MB at most, and what JSON escapes of it no more than doubles it.
      if (items[0] !== undefined && (isFull || isLooping(item) !== isLooping(items[0]))) break;
      items.push(item);
      bytes += item.bytes;
    }
    for (const { message } of items) this.#held.delete(message.id);
    this.#heldBytes -= bytes - AROUND_BYTES;
    // What is left of a group must not run beside what was cut off before it.
    if (isFifo(this.#arn)) await this.giveBack();
    return {
      messages: items.map(({ message }) => message),
      records: items.map(({ json }) => json),
      receivedMs: Math.min(...items.map(({ receivedMs }) => receivedMs)),
    };
  }
}

/** A message that may be refused because it goes round in a loop shares no batch with those that do not. */
function isLooping({ message }: Item): boolean {
  return isAtLimit(message.system.AWSTraceHeader);
}
