import { raceAbort } from '../../lib/abort.ts';
import { type Clock, pause } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import { type Batch, BatchReader } from './batch-reader.ts';
import type { QueueConsumer, Worked } from './queue-consumer.ts';
import {
  backedOff,
  firstScale,
  grown,
  nextPlaceMs,
  rescaled,
  rested,
  type Scale,
  type ScaleRule,
  scaleRule,
  shrunk,
} from './scaling.ts';
import { groupOf, isFifo, NoSuchQueue, type QueueMessage, type SourceQueues } from './source-queues.ts';

export interface QueuePollerPorts {
  readonly queues: SourceQueues;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Between attempts to read from what cannot be read, and to have that done which cannot be done now. */
const RETRY_MS = 1_000;
const RETRY_MS_MAX = 10_000;
/** A batch is not tried again when so little of its visibility timeout is left. */
const VISIBILITY_MARGIN_MS = 500;
const DELETES_MAX = 3;

/**
 * Reads a queue for one consumer: hands it batches, as many at once as its scale allows, and deletes what is done. What is not done is left to the queue, which shows it again when its visibility timeout is over, or
 * gives it to the dead-letter queue. One reader: it waits at the queue only while there is a place to run in.
 */
export class QueuePoller implements AsyncDisposable {
  readonly #ports: QueuePollerPorts;
  readonly #ended = new AbortController();
  readonly #batches = new Set<Promise<void>>();
  #reading: { readonly stopping: AbortController; readonly done: Promise<void> } | undefined;
  #scale: Scale | undefined;
  /** Wakes the reader where it waits for a place. */
  #onFreed: () => void = () => {};
  #queueProblem: string | undefined;
  #workProblem: string | undefined;
  #isHindered = false;

  constructor(ports: QueuePollerPorts) {
    this.#ports = ports;
  }

  /** How the last attempt to read or to work went, if it went wrong. */
  get problem(): string | undefined {
    return this.#queueProblem ?? this.#workProblem;
  }

  /** Batches under way. */
  get running(): number {
    return this.#batches.size;
  }

  /** Reads for this consumer from now on. */
  run(consumer: QueueConsumer): void {
    if (this.#ended.signal.aborted) return;
    const before = this.#reading;
    before?.stopping.abort(new Error('the consumer was changed'));
    const stopping = new AbortController();
    const done = (before?.done ?? Promise.resolve()).then(() => this.#read(consumer, stopping.signal));
    this.#reading = { stopping, done };
  }

  /** Resolves when nothing more is read, and what was read and not begun is visible again. Batches under way go on. */
  async pause(): Promise<void> {
    this.#reading?.stopping.abort(new Error('the queue is not polled any more'));
    await this.#reading?.done;
    this.#queueProblem = undefined;
    this.#workProblem = undefined;
  }

  /** Resolves when no batch is under way. */
  async idle(): Promise<void> {
    while (this.#batches.size > 0) await Promise.all(this.#batches);
  }

  /** Does not wait for what is still being done: their messages become visible again when their time is over. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort(new Error('the server stops'));
    await this.pause();
    await this.idle();
  }

  /** Never rejects: what goes wrong is told and tried again. */
  async #read(consumer: QueueConsumer, signal: AbortSignal): Promise<void> {
    const { queues, clock, log } = this.#ports;
    const { queueArn: arn, settings } = consumer;
    const rule = scaleRule(settings);
    const count: QueueConsumer['count'] = (metric, events) => {
      if (events > 0) consumer.count(metric, events);
    };
    const reader = new BatchReader({ queues, clock, arn, settings, count });
    const nowMs = clock.monotonicMs();
    this.#scale = this.#scale === undefined ? firstScale(rule, nowMs) : rescaled(this.#scale, rule);
    let delayMs = RETRY_MS;
    signal.addEventListener('abort', () => this.#onFreed(), { once: true });
    while (!signal.aborted) {
      try {
        await this.#place(rule, signal);
        const hindrance = consumer.hindrance();
        if (hindrance !== undefined) throw new Hindered(hindrance);
        // Told no more at once: the next receive may wait for long.
        if (this.#isHindered) this.#queueProblem = undefined;
        this.#isHindered = false;
        const batch = await reader.next(this.#freePlaces(), signal);
        this.#queueProblem = undefined;
        if (batch !== undefined) this.#begin(consumer, batch, signal);
        else this.#rescale((scale) => shrunk(scale, rule, { running: this.running, nowMs: clock.monotonicMs() }));
        delayMs = RETRY_MS;
      } catch (error) {
        if (signal.aborted) break;
        this.#tell(error, consumer);
        await pause(clock, delayMs, signal);
        delayMs = Math.min(delayMs * 2, RETRY_MS_MAX);
      }
    }
    await reader.giveBack().catch((error: unknown) => {
      log.warn({ err: error, ...consumer.name }, 'messages stay hidden until their visibility timeout is over');
    });
  }

  /** Waits until one more batch may run, or until the signal aborts, which calls `#onFreed`. */
  async #place(rule: ScaleRule, signal: AbortSignal): Promise<void> {
    const { clock } = this.#ports;
    this.#rescale((scale) => rested(scale, clock.monotonicMs()));
    while (!signal.aborted) {
      const scale = this.#rescale((before) => grown(before, rule, clock.monotonicMs()));
      if (this.running < Math.floor(scale.batches)) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      const waitMs = nextPlaceMs(scale, rule, clock.monotonicMs());
      using _ = waitMs === undefined ? undefined : clock.after(waitMs, resolve);
      this.#onFreed = resolve;
      await promise;
    }
  }

  #freePlaces(): number {
    return Math.max(1, Math.floor(this.#scale?.batches ?? 1) - this.running);
  }

  #rescale(change: (scale: Scale) => Scale): Scale {
    const scale = change(this.#scale ?? { batches: 1, atMs: this.#ports.clock.monotonicMs() });
    this.#scale = scale;
    return scale;
  }

  #begin(consumer: QueueConsumer, batch: Batch, signal: AbortSignal): void {
    const work = this.#process(consumer, batch, signal)
      .catch((error: unknown) => {
        if (!this.#ended.signal.aborted) this.#tell(error, consumer);
      })
      .finally(() => {
        this.#batches.delete(work);
        this.#onFreed();
      });
    this.#batches.add(work);
  }

  async #process(consumer: QueueConsumer, batch: Batch, signal: AbortSignal): Promise<void> {
    const { queueArn: arn } = consumer;
    const { messages } = batch;
    const worked = await this.#work(consumer, batch, signal);
    if (worked === 'given-up') return consumer.count('FailedInvokeEventCount', messages.length);
    if (worked === 'not-begun') return await this.#ports.queues.release(arn, messages);
    const { undone, problem } = worked;
    consumer.count('InvokedEventCount', messages.length);
    this.#workProblem = problem;
    if (undone === 'all') {
      consumer.count('FailedInvokeEventCount', messages.length);
      this.#rescale((scale) => backedOff(scale, 'failed', this.#ports.clock.monotonicMs()));
      return;
    }
    const done = finished(messages, undone, isFifo(arn));
    if (done.length === 0) return;
    await this.#delete(arn, done);
    consumer.count('DeletedEventCount', done.length);
  }

  /**
   * Has a batch worked on. What cannot be done now is tried again, less and less often, as long as the messages are hidden
   * from others; then they are given up to the queue. `not-begun`: they are not, and can be given back at once.
   */
  async #work(consumer: QueueConsumer, batch: Batch, signal: AbortSignal): Promise<Done | 'given-up' | 'not-begun'> {
    const { clock, queues } = this.#ports;
    let untilMs: number | undefined;
    for (let delayMs = RETRY_MS; ; delayMs = Math.min(delayMs * 2, RETRY_MS_MAX)) {
      const worked = await raceAbort(consumer.work(batch, this.#ended.signal), this.#ended.signal);
      if (worked.kind === 'done') return worked;
      if (worked.kind === 'not-begun') return 'not-begun';
      this.#workProblem = worked.problem;
      if (worked.kind === 'given-up') return 'given-up';
      this.#rescale((scale) => backedOff(scale, 'throttled', clock.monotonicMs()));
      untilMs ??= batch.receivedMs + ((await queues.find(consumer.queueArn))?.visibilityMs ?? 0);
      if (clock.monotonicMs() + delayMs + VISIBILITY_MARGIN_MS > untilMs) return 'given-up';
      try {
        await clock.sleep(delayMs, signal);
      } catch (error) {
        if (signal.aborted) return 'not-begun';
        throw error;
      }
    }
  }

  /** What cannot be deleted is delivered again: that is tried to be avoided, for a while. */
  async #delete(arn: string, messages: readonly QueueMessage[]): Promise<void> {
    const { queues, clock } = this.#ports;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await queues.delete(arn, messages);
      } catch (error) {
        if (attempt === DELETES_MAX || error instanceof NoSuchQueue) throw error;
        await clock.sleep(RETRY_MS * attempt, this.#ended.signal);
      }
    }
  }

  #tell(error: unknown, consumer: QueueConsumer): void {
    const text = textOf(error);
    // Told once, however often it is tried.
    if (this.#queueProblem !== text) this.#ports.log.warn({ err: error, ...consumer.name }, 'a queue is not polled');
    this.#queueProblem = text;
    this.#isHindered = error instanceof Hindered;
  }
}

type Done = Extract<Worked, { kind: 'done' }>;

class Hindered extends Error {
  override readonly name = 'Hindered';
}

function textOf(error: unknown): string {
  if (error instanceof NoSuchQueue) return 'The specified queue does not exist.';
  return error instanceof Error ? error.message : String(error);
}

/** Behind a message of a FIFO queue that failed nothing of its group is done, or the group would come out of its order. */
function finished(messages: readonly QueueMessage[], undone: ReadonlySet<string>, fifo: boolean): QueueMessage[] {
  if (!fifo) return messages.filter(({ id }) => !undone.has(id));
  const stopped = new Set<string | undefined>();
  return messages.filter((message) => {
    if (undone.has(message.id)) stopped.add(groupOf(message));
    return !stopped.has(groupOf(message));
  });
}
