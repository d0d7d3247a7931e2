import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import { againIfFull } from '../../store/outage.ts';
import { changeVisibility, deleteMessage } from './held-messages.ts';
import { LongPolls } from './long-polls.ts';
import type { OutgoingMessage, ReceivedMessage, SentMessage } from './message.ts';
import { MessageMoves } from './message-moves.ts';
import { defaultSettings, placeOfArn, type Queue, type QueuePlace, type QueueSettings, redriveFlaw } from './queue.ts';
import { type Counts, DELETED_MS, QueueStore } from './queue-store.ts';
import { ReceiveAttempts } from './receive-attempts.ts';
import { clearExpired, clearUpTo, receiveMessages } from './receive-messages.ts';
import { SqsRefused } from './refusal.ts';
import { sendMessage } from './send-message.ts';

export interface QueuesPorts {
  readonly clock: Clock;
  readonly uuid: () => string;
  /** Random whole numbers in [0, 2^48). */
  readonly nonce: () => number;
  readonly log: Logger;
  /** Of one queue; by default AWS's quota. */
  readonly inFlightMax?: number | undefined;
}

/** What to receive; what is undefined is the queue's own setting. */
export interface Ask {
  readonly countMax: number;
  readonly waitMs?: number | undefined;
  readonly visibilityMs?: number | undefined;
  /** FIFO queues: the same ask again within five minutes gets the same messages, as long as all are still held. */
  readonly attemptId?: string | undefined;
}

/** Messages that are received and neither deleted nor visible again ("Amazon SQS message quotas"). */
const IN_FLIGHT_MAX = 120_000;
/** "Only one PurgeQueue operation is allowed every 60 seconds" (PurgeQueue, SQS API reference). */
const PURGE_MS = 60_000;
/** Counts with more hidden messages are kept, 100,000 of them for a second: AWS's are approximate for a minute. */
const HIDDEN_MIN = 10_000;
const KEPT_MS_PER_HIDDEN = 0.01;
const SWEEP_MS = 60_000;
/** Between the steps of a sweep that has more to do. */
const SWEEP_STEP_MS = 20;
const SWEEP_COUNT = 1_000;

/**
 * The queue service in our words. Whatever is acknowledged is on the disk; every refusal is an `SqsRefused`. Batches
 * answer each of their entries with its result or its refusal.
 */
export class Queues {
  readonly moves: MessageMoves;
  readonly #store: QueueStore;
  readonly #ports: QueuesPorts;
  readonly #polls: LongPolls<Ask, ReceivedMessage[]>;
  readonly #attempts: ReceiveAttempts;
  /** By queue; never less than there are, so that they need not be counted at every receive. */
  readonly #inFlightAtMost = new Map<number, number>();
  readonly #counted = new Map<number, { counts: Counts; untilMs: number }>();
  #sweepTimer: Disposable | undefined;
  readonly #inFlightMax: number;
  #isDraining = false;
  #isClosed = false;

  constructor(store: QueueStore, ports: QueuesPorts) {
    this.#store = store;
    this.#ports = ports;
    this.#inFlightMax = ports.inFlightMax ?? IN_FLIGHT_MAX;
    this.#attempts = new ReceiveAttempts(store);
    this.#polls = new LongPolls(ports.clock, (queueId) => this.#serve(queueId));
    this.moves = new MessageMoves(store, ports, (queueId) => this.#polls.wake(queueId));
    this.#sweepAfter(0);
  }

  /** The service will stop soon: who waits gets nothing at once, and nobody waits any more. */
  drain(): void {
    this.#isDraining = true;
    this.#polls.close();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#sweepTimer?.[Symbol.dispose]();
    this.moves.close();
    this.#polls.close();
    this.#store.close();
  }

  // Queues

  /** Makes a queue, or answers the one of that name if all `settings` that are given are its own. */
  create(
    place: QueuePlace,
    settings: Partial<QueueSettings>,
    tags: Readonly<Record<string, string>> = {},
  ): Promise<Queue> {
    return this.#store.run(() => {
      const nowMs = this.#ports.clock.nowMs();
      const existing = this.#store.queue(place);
      if (existing !== undefined) return sameQueue(existing, settings);
      const deletedMs = this.#store.deletedMs(place);
      if (deletedMs !== undefined && nowMs < deletedMs + DELETED_MS) throw new SqsRefused({ kind: 'deleted-recently' });
      const all = { ...defaultSettings(settings.fifo ?? false), ...settings };
      this.#checkRedrive(place, all);
      this.#store.addQueue({ place, settings: all, tags, createdMs: nowMs, modifiedMs: nowMs });
      return this.get(place);
    });
  }

  /** Throws `no-such-queue`. */
  get(place: QueuePlace): Queue {
    const queue = this.#store.queue(place);
    if (queue === undefined) throw new SqsRefused({ kind: 'no-such-queue' });
    return queue;
  }

  find(place: QueuePlace): Queue | undefined {
    return this.#store.queue(place);
  }

  list(place: Omit<QueuePlace, 'name'>, query: Parameters<QueueStore['queues']>[1]): Queue[] {
    return this.#store.queues(place, query);
  }

  deadLetterSources(arn: string, query: Parameters<QueueStore['deadLetterSources']>[2]): Queue[] {
    const place = placeOfArn(arn);
    return place === undefined ? [] : this.#store.deadLetterSources(place, arn, query);
  }

  async configure(place: QueuePlace, change: Partial<QueueSettings>): Promise<void> {
    await this.#change(place, (queue, nowMs) => {
      const settings = { ...queue.settings, ...change };
      if (change.redrive !== undefined) this.#checkRedrive(place, settings);
      this.#store.setSettings(queue.id, settings, nowMs);
      // "For FIFO queues, the per-queue delay setting is retroactive" (Delay queues, SQS developer guide).
      if (settings.fifo && settings.delayMs !== queue.settings.delayMs) {
        const groups = this.#store.delayFromNowOn(queue.id, settings.delayMs);
        for (const group of groups) this.#store.refreshGroup(queue.id, group);
      }
    });
  }

  async tag(place: QueuePlace, tags: Readonly<Record<string, string>>): Promise<void> {
    await this.#change(place, ({ id, tags: old }) => this.#store.setTags(id, { ...old, ...tags }));
  }

  async untag(place: QueuePlace, keys: readonly string[]): Promise<void> {
    await this.#change(place, ({ id, tags }) => {
      this.#store.setTags(id, Object.fromEntries(Object.entries(tags).filter(([key]) => !keys.includes(key))));
    });
  }

  async delete(place: QueuePlace): Promise<void> {
    await this.#free(place, (queue, nowMs) => {
      this.#store.removeQueue(queue, nowMs);
      this.#inFlightAtMost.delete(queue.id);
      this.#counted.delete(queue.id);
    });
    this.#sweepAfter(0);
  }

  /** Deletes all messages that are there, also those in flight, and answers when they have gone. */
  async purge(place: QueuePlace): Promise<void> {
    const { queue, last } = await this.#free(place, (queue, nowMs) => {
      const { id, purgedMs } = queue;
      if (purgedMs !== undefined && nowMs < purgedMs + PURGE_MS) {
        throw new SqsRefused({ kind: 'purged-recently', name: place.name });
      }
      this.#store.setPurged(id, nowMs);
      return { queue, last: this.#store.lastSequence() };
    });
    // In steps, since one transaction for a large queue would hold up everybody.
    while (await this.#store.free(() => clearUpTo(this.#store, queue, last))) {}
  }

  /** Where many are hidden, those of a moment ago: each of them is looked at, and who asks again and again must not hold up others. */
  counts(place: QueuePlace): Counts {
    const queue = this.get(place);
    const nowMs = this.#ports.clock.nowMs();
    const known = this.#counted.get(queue.id);
    if (known !== undefined && nowMs < known.untilMs) return known.counts;
    const counts = this.#store.counts(queue, nowMs);
    const hidden = counts.inFlight + counts.delayed;
    if (hidden < HIDDEN_MIN) this.#counted.delete(queue.id);
    else this.#counted.set(queue.id, { counts, untilMs: nowMs + hidden * KEPT_MS_PER_HIDDEN });
    return counts;
  }

  // Messages

  send(place: QueuePlace, messages: readonly OutgoingMessage[]): Promise<(SentMessage | SqsRefused)[]> {
    const { clock, uuid } = this.#ports;
    return this.#change(place, (queue) => {
      const nowMs = clock.nowMs();
      return messages.map((message) =>
        resultOrRefusal(() => sendMessage(this.#store, queue, message, { nowMs, uuid })),
      );
    });
  }

  /** Messages that are hidden from others for a while; none when there are none until the wait is over. */
  receive(place: QueuePlace, ask: Ask, signal: AbortSignal): Promise<ReceivedMessage[]> {
    return againIfFull(() => this.#receive(place, ask, signal));
  }

  async #receive(place: QueuePlace, ask: Ask, signal: AbortSignal): Promise<ReceivedMessage[]> {
    let leave: (() => void) | undefined;
    const received = await this.#store
      .free(() => {
        // Whoever has left would take messages from others, and nobody would get them until their time is over.
        if (signal.aborted) return [];
        const queue = this.get(place);
        const waitMs = this.#isDraining ? 0 : (ask.waitMs ?? queue.settings.waitMs);
        const messages = this.#receiveNow(queue, ask, waitMs === 0);
        if (messages.length > 0 || waitMs === 0) return messages;
        // Within the transaction, so that whoever sends in the next one finds it.
        const poll = this.#polls.add(queue.id, ask, waitMs, signal);
        leave = () => this.#polls.take(queue.id, poll);
        this.#tellNext(queue);
        return poll.promise;
      })
      // A transaction that fails leaves nobody behind who would take messages and tell no one.
      .finally(() => leave?.());
    return received ?? [];
  }

  /** Answers for each handle undefined, or why it was refused. */
  deleteMessages(place: QueuePlace, handles: readonly string[]): Promise<(SqsRefused | undefined)[]> {
    return this.#free(place, (queue, nowMs) =>
      handles.map((handle) => refusalOf(() => deleteMessage(this.#store, queue, handle, nowMs))),
    );
  }

  changeVisibility(
    place: QueuePlace,
    changes: readonly { handle: string; visibilityMs: number }[],
  ): Promise<(SqsRefused | undefined)[]> {
    return this.#free(place, (queue, nowMs) =>
      changes.map((change) => refusalOf(() => changeVisibility(this.#store, queue, change, nowMs))),
    );
  }

  /** Runs a change of one queue; those who wait for its messages look again. */
  #change<Result>(place: QueuePlace, change: (queue: Queue, nowMs: number) => Result): Promise<Result> {
    return this.#store.run(() => this.#changeNow(place, change));
  }

  /** The same on a full disk, for what makes room. */
  #free<Result>(place: QueuePlace, change: (queue: Queue, nowMs: number) => Result): Promise<Result> {
    return againIfFull(() => this.#store.free(() => this.#changeNow(place, change)));
  }

  #changeNow<Result>(place: QueuePlace, change: (queue: Queue, nowMs: number) => Result): Result {
    const queue = this.get(place);
    const result = change(queue, this.#ports.clock.nowMs());
    this.#polls.wake(queue.id);
    return result;
  }

  #receiveNow(queue: Queue, ask: Ask, isShort: boolean): ReceivedMessage[] {
    const { clock, nonce } = this.#ports;
    const nowMs = clock.nowMs();
    const visibilityMs = ask.visibilityMs ?? queue.settings.visibilityMs;
    const again = this.#attempts.again(queue, ask.attemptId, visibilityMs, nowMs);
    if (again !== undefined) return again;
    const room = this.#inFlightMax - this.#countInFlight(queue, ask.countMax, nowMs);
    if (room <= 0) {
      // "If you use long polling, or a FIFO queue, no error is returned" (Amazon SQS message quotas).
      if (isShort && !queue.settings.fifo) throw new SqsRefused({ kind: 'too-many-in-flight' });
      return [];
    }
    const request = { countMax: Math.min(ask.countMax, room), visibilityMs };
    const { messages, buriedIn } = receiveMessages(this.#store, queue, request, { nowMs, nonce });
    this.#inFlightAtMost.set(queue.id, (this.#inFlightAtMost.get(queue.id) ?? 0) + messages.length);
    if (buriedIn !== undefined) this.#polls.wake(buriedIn);
    this.#attempts.note(queue, ask.attemptId, messages, nowMs);
    return messages;
  }

  #countInFlight({ id }: Queue, more: number, nowMs: number): number {
    const atMost = this.#inFlightAtMost.get(id);
    if (atMost !== undefined && atMost + more <= this.#inFlightMax) return atMost;
    const counted = this.#store.inFlight(id, nowMs);
    this.#inFlightAtMost.set(id, counted);
    return counted;
  }

  /** Gives those who wait for a queue what there is. */
  #serve(queueId: number): void {
    if (this.#isClosed) return;
    const polls = this.#polls.waiting(queueId);
    const served: { poll: (typeof polls)[number]; messages: ReceivedMessage[] }[] = [];
    const serving = this.#store.free(() => {
      const queue = this.#store.queueOfId(queueId);
      if (queue === undefined) throw new SqsRefused({ kind: 'no-such-queue' });
      // Those that have left in the meantime do not wait any more.
      for (const poll of this.#polls.waiting(queueId)) {
        const messages = this.#receiveNow(queue, poll.request, false);
        if (messages.length === 0) break;
        this.#polls.take(queueId, poll);
        served.push({ poll, messages });
      }
      this.#tellNext(queue);
    });
    serving.then(
      () => {
        for (const { poll, messages } of served) poll.resolve(messages);
      },
      (error: unknown) => {
        for (const poll of [...polls, ...served.map((one) => one.poll)]) {
          this.#polls.take(queueId, poll);
          poll.reject(error);
        }
      },
    );
  }

  #tellNext(queue: Queue): void {
    this.#polls.hiddenUntil(queue.id, this.#store.nextVisibleMs(queue, this.#ports.clock.nowMs()));
  }

  #checkRedrive(place: QueuePlace, { redrive, fifo }: QueueSettings): void {
    if (redrive === undefined) return;
    const target = placeOfArn(redrive.deadLetterArn);
    const flaw = redriveFlaw({ place, fifo }, target && this.#store.queue(target));
    if (flaw !== undefined) throw new SqsRefused({ kind: 'redrive-refused', redrive, flaw });
  }

  #sweepAfter(ms: number): void {
    this.#sweepTimer?.[Symbol.dispose]();
    if (this.#isClosed) return;
    this.#sweepTimer = this.#ports.clock.after(ms, () => {
      this.#sweep().then(
        (isMoreLeft) => this.#sweepAfter(isMoreLeft ? SWEEP_STEP_MS : SWEEP_MS),
        (error: unknown) => {
          // Harmless: what nobody can ask for any more stays a while longer; the next sweep begins where this one failed.
          this.#ports.log.warn({ err: error }, 'old messages cannot be deleted now');
          this.#sweepAfter(SWEEP_MS);
        },
      );
    });
  }

  async #sweep(): Promise<boolean> {
    const isMoreLeft = await this.#store.free(() => {
      const nowMs = this.#ports.clock.nowMs();
      const old = this.#store.queuesWithExpired(nowMs);
      const isAnyFull = old.slice(0, 1).some((queue) => clearExpired(this.#store, queue, nowMs));
      return this.#store.sweep(nowMs, SWEEP_COUNT) || isAnyFull || old.length > 1;
    });
    const isMoreFree = !this.#isClosed && this.#store.shrink();
    return isMoreLeft || isMoreFree;
  }
}

/** Throws `queue-differs` when a setting that is given is another one. */
function sameQueue(existing: Queue, settings: Partial<QueueSettings>): Queue {
  const mine: Partial<Record<string, unknown>> = { ...existing.settings };
  for (const [setting, value] of Object.entries(settings)) {
    if (JSON.stringify(mine[setting]) !== JSON.stringify(value))
      throw new SqsRefused({ kind: 'queue-differs', setting });
  }
  return existing;
}

function resultOrRefusal<Result>(work: () => Result): Result | SqsRefused {
  try {
    return work();
  } catch (error) {
    if (error instanceof SqsRefused) return error;
    throw error;
  }
}

function refusalOf(work: () => void): SqsRefused | undefined {
  const result = resultOrRefusal(work);
  return result instanceof SqsRefused ? result : undefined;
}

/** Opens the file, or makes it. Throws when it cannot be read. */
export function openQueues(path: string, ports: QueuesPorts): Queues {
  return new Queues(new QueueStore(path, ports.log), ports);
}
