import { newTraceId } from '../../invoke/aws/trace-id.ts';
import type { InvokeRequest, InvokeResult } from '../../invoke/frontend.ts';
import { joined } from '../../invoke/lineage.ts';
import { raceAbort } from '../../lib/abort.ts';
import { type Clock, pause } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import type { Metrics } from '../../lib/metrics.ts';
import { batchAnswer } from '../batch-answer.ts';
import { type Mapping, sourceArn } from '../mapping.ts';
import { type Batch, BatchReader, type EventMetric } from './batch-reader.ts';
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
  readonly invoke: (request: InvokeRequest) => Promise<InvokeResult>;
  /** Why nothing can be invoked however often it is tried, in a sentence; undefined: it can. Looked at before each receive. */
  readonly hindrance: (mapping: Mapping) => string | undefined;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly uuid: () => string;
  readonly log: Logger;
}

/** Between attempts to read from what cannot be read, and to invoke what throttles. */
const RETRY_MS = 1_000;
const RETRY_MS_MAX = 10_000;
/** A batch is not invoked again when so little of its visibility timeout is left. */
const VISIBILITY_MARGIN_MS = 500;
const DELETES_MAX = 3;

/**
 * Serves one mapping of a queue: reads batches, has the function run for each, as many at once as its scale allows, and
 * deletes what is done. What is not done is left to the queue, which shows it again when its visibility timeout is over, or
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
  #functionProblem: string | undefined;
  #isHindered = false;

  constructor(ports: QueuePollerPorts) {
    this.#ports = ports;
  }

  /** How the last attempt to poll or to invoke went, if it went wrong. */
  get problem(): string | undefined {
    return this.#queueProblem ?? this.#functionProblem;
  }

  /** Batches under way. */
  get running(): number {
    return this.#batches.size;
  }

  /** Reads by these settings from now on. */
  run(mapping: Mapping): void {
    if (this.#ended.signal.aborted) return;
    const before = this.#reading;
    before?.stopping.abort(new Error('the mapping was changed'));
    const stopping = new AbortController();
    const done = (before?.done ?? Promise.resolve()).then(() => this.#read(mapping, stopping.signal));
    this.#reading = { stopping, done };
  }

  /** Resolves when nothing more is read, and what was read and not invoked is visible again. Batches under way go on. */
  async pause(): Promise<void> {
    this.#reading?.stopping.abort(new Error('the mapping is not polled any more'));
    await this.#reading?.done;
    this.#queueProblem = undefined;
    this.#functionProblem = undefined;
  }

  /** Resolves when no batch is under way. */
  async idle(): Promise<void> {
    while (this.#batches.size > 0) await Promise.all(this.#batches);
  }

  /** Does not wait for functions that still run: their messages become visible again when their time is over. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort(new Error('the server stops'));
    await this.pause();
    await this.idle();
  }

  /** Never rejects: what goes wrong is told and tried again. */
  async #read(mapping: Mapping, signal: AbortSignal): Promise<void> {
    const { queues, clock, log } = this.#ports;
    const { settings } = mapping;
    const arn = sourceArn(mapping.source) ?? '';
    const rule = scaleRule(settings);
    const count = (metric: EventMetric, events: number) => this.#count(mapping, metric, events);
    const reader = new BatchReader({ queues, clock, arn, settings, count });
    const nowMs = clock.monotonicMs();
    this.#scale = this.#scale === undefined ? firstScale(rule, nowMs) : rescaled(this.#scale, rule);
    let delayMs = RETRY_MS;
    signal.addEventListener('abort', () => this.#onFreed(), { once: true });
    while (!signal.aborted) {
      try {
        await this.#place(rule, signal);
        const hindrance = this.#ports.hindrance(mapping);
        if (hindrance !== undefined) throw new Hindered(hindrance);
        // Told no more at once: the next receive may wait for long.
        if (this.#isHindered) this.#queueProblem = undefined;
        this.#isHindered = false;
        const batch = await reader.next(this.#freePlaces(), signal);
        this.#queueProblem = undefined;
        if (batch !== undefined) this.#begin(mapping, batch, signal);
        else this.#rescale((scale) => shrunk(scale, rule, { running: this.running, nowMs: clock.monotonicMs() }));
        delayMs = RETRY_MS;
      } catch (error) {
        if (signal.aborted) break;
        this.#tell(error, mapping);
        await pause(clock, delayMs, signal);
        delayMs = Math.min(delayMs * 2, RETRY_MS_MAX);
      }
    }
    await reader.giveBack().catch((error: unknown) => {
      log.warn({ err: error, mapping: mapping.id }, 'messages stay hidden until their visibility timeout is over');
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

  #begin(mapping: Mapping, batch: Batch, signal: AbortSignal): void {
    const work = this.#process(mapping, batch, signal)
      .catch((error: unknown) => {
        if (!this.#ended.signal.aborted) this.#tell(error, mapping);
      })
      .finally(() => {
        this.#batches.delete(work);
        this.#onFreed();
      });
    this.#batches.add(work);
  }

  async #process(mapping: Mapping, batch: Batch, signal: AbortSignal): Promise<void> {
    const { queues } = this.#ports;
    const arn = sourceArn(mapping.source) ?? '';
    const result = await this.#invoke(mapping, batch, signal);
    if (result === 'given-up') return this.#count(mapping, 'FailedInvokeEventCount', batch.messages.length);
    if (result === 'not-begun') return await queues.release(arn, batch.messages);
    const undone = result.kind === 'function-error' ? 'all' : this.#undone(mapping, batch, result.payload);
    this.#count(mapping, 'InvokedEventCount', batch.messages.length);
    if (undone === 'all') {
      this.#count(mapping, 'FailedInvokeEventCount', batch.messages.length);
      this.#rescale((scale) => backedOff(scale, 'failed', this.#ports.clock.monotonicMs()));
      this.#functionProblem = 'PROBLEM: Function call failed';
      return;
    }
    this.#functionProblem = undefined;
    const done = finished(batch.messages, undone, isFifo(arn));
    if (done.length === 0) return;
    await this.#delete(arn, done);
    this.#count(mapping, 'DeletedEventCount', done.length);
  }

  /** Ids of the messages that the function could not do. */
  #undone(mapping: Mapping, { messages }: Batch, payload: Buffer): ReadonlySet<string> | 'all' {
    if (mapping.settings.partialFailures !== true) return new Set();
    const answer = batchAnswer(payload, new Set(messages.map(({ id }) => id)));
    if (answer.kind === 'done') return answer.failed;
    this.#ports.log.warn({ mapping: mapping.id }, `a whole batch counts as failed: ${answer.reason}`);
    return 'all';
  }

  /**
   * Has the function run. What is throttled is tried again, less and less often, as long as the messages are hidden from
   * others; then they are given up to the queue. `not-begun`: they are not, and can be given back at once.
   */
  async #invoke(mapping: Mapping, batch: Batch, signal: AbortSignal) {
    const { clock, queues } = this.#ports;
    let untilMs: number | undefined;
    for (let delayMs = RETRY_MS; ; delayMs = Math.min(delayMs * 2, RETRY_MS_MAX)) {
      const result = await raceAbort(this.#ports.invoke(this.#request(mapping, batch)), this.#ended.signal);
      if (result.kind === 'ran') return result.outcome;
      const reason = result.kind === 'refused' ? result.refusal.kind : result.kind;
      if (reason === 'no-such-function') return 'not-begun';
      if (reason === 'recursive') {
        // However often it is tried: the queue's dead-letter queue gets it in the end.
        this.#functionProblem = 'PROBLEM: Function call failed';
        return 'given-up';
      }
      const what = reason === 'throttled' ? 'throttled' : 'failed';
      this.#functionProblem = `PROBLEM: Function call ${what}`;
      this.#rescale((scale) => backedOff(scale, 'throttled', clock.monotonicMs()));
      untilMs ??= batch.receivedMs + ((await queues.find(sourceArn(mapping.source) ?? ''))?.visibilityMs ?? 0);
      if (clock.monotonicMs() + delayMs + VISIBILITY_MARGIN_MS > untilMs) return 'given-up';
      try {
        await clock.sleep(delayMs, signal);
      } catch (error) {
        if (signal.aborted) return 'not-begun';
        throw error;
      }
    }
  }

  #request({ target }: Mapping, { messages, payload }: Batch): InvokeRequest {
    const { clock, uuid } = this.#ports;
    // A trace goes on where it is one message's alone; of several, only what they have come through.
    const received = messages.map(({ system }) => system.AWSTraceHeader);
    const one = received.length === 1 ? received[0] : undefined;
    const traceId = newTraceId(one, clock.nowMs(), uuid());
    return {
      account: target.key.account,
      region: target.key.region,
      name: target.key.name,
      qualifier: target.qualifier,
      type: 'RequestResponse',
      payload,
      requestId: uuid(),
      traceId: received.length === 1 ? traceId : joined(traceId, received),
      clientContext: undefined,
      cognitoIdentity: undefined,
      wantsTail: false,
    };
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

  /** Only for mappings that ask for it, as on AWS. */
  #count({ id, place, settings }: Mapping, metric: EventMetric, events: number): void {
    if (events === 0 || settings.metrics?.includes('EventCount') !== true) return;
    this.#ports.metrics.count(metric, { ...place, mapping: id }, events);
  }

  #tell(error: unknown, mapping: Mapping): void {
    const text = textOf(error);
    // Told once, however often it is tried.
    if (this.#queueProblem !== text) this.#ports.log.warn({ err: error, mapping: mapping.id }, 'a queue is not polled');
    this.#queueProblem = text;
    this.#isHindered = error instanceof Hindered;
  }
}

class Hindered extends Error {
  override readonly name = 'Hindered';
}

function textOf(error: unknown): string {
  if (error instanceof NoSuchQueue) return 'PROBLEM: The specified queue does not exist.';
  if (error instanceof Hindered) return `PROBLEM: ${error.message}`;
  return `PROBLEM: ${error instanceof Error ? error.message : String(error)}`;
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
