import type { Message, ReceivedMessage } from './message.ts';
import { placeOfArn, type Queue, queueArn } from './queue.ts';
import type { Placed, QueueStore } from './queue-store.ts';
import { receiptHandle } from './receipt-handle.ts';

export interface ReceiveRequest {
  /** 1 to 10 from outside; our own pollers may take more. */
  readonly countMax: number;
  readonly visibilityMs: number;
}

export interface Received {
  readonly messages: ReceivedMessage[];
  /** The queue that got dead letters. */
  readonly buriedIn: number | undefined;
}

/** Dead letters, and messages that are too old, that one transaction clears away, so that it holds nobody up for long. */
const CLEARED_MAX = 1_000;

/** Takes messages, within `store.run`; those that have been received too often go to the dead-letter queue instead. */
export function receiveMessages(
  store: QueueStore,
  queue: Queue,
  request: ReceiveRequest,
  ports: { nowMs: number; nonce: () => number },
): Received {
  clearExpired(store, queue, ports.nowMs);
  const receive = new Receive(store, queue, request, ports);
  if (queue.settings.fifo) receiveInOrder(store, queue, receive, ports.nowMs);
  else receiveAnyhow(store, queue, receive, ports.nowMs);
  return receive;
}

/** Deletes messages that have reached their age; true when more may be left. */
export function clearExpired(store: QueueStore, queue: Queue, nowMs: number): boolean {
  return clear(store, queue, store.expired(queue, nowMs, CLEARED_MAX));
}

/** Deletes messages that were there when `lastSequence` was the last one; true when more may be left. */
export function clearUpTo(store: QueueStore, queue: Queue, lastSequence: number): boolean {
  return clear(store, queue, store.upTo(queue.id, lastSequence, CLEARED_MAX));
}

function clear(store: QueueStore, queue: Queue, messages: readonly Placed[]): boolean {
  for (const { sequence } of messages) store.removeMessage(queue.id, sequence);
  if (queue.settings.fifo) refreshGroups(store, queue.id, messages);
  return messages.length === CLEARED_MAX;
}

function receiveAnyhow(store: QueueStore, queue: Queue, receive: Receive, nowMs: number): void {
  while (receive.wants > 0) {
    const asked = receive.wants;
    const found = store.visible(queue, nowMs, asked);
    const buried = found.filter((message) => receive.take(message) === 'buried').length;
    // Only where dead letters were found in their place can there be more.
    if (found.length < asked || buried === 0) return;
    // What was taken without being hidden would be found again.
    if (!receive.hides && buried < found.length) return;
  }
}

function receiveInOrder(store: QueueStore, queue: Queue, receive: Receive, nowMs: number): void {
  const seen = new Set<string>();
  while (receive.wants > 0) {
    const groups = store.readyGroups(queue.id, nowMs, seen.size + receive.wants).filter((group) => !seen.has(group));
    if (groups.length === 0) return;
    for (const group of groups) {
      if (receive.wants > 0) receiveGroup(store, queue, group, receive, nowMs);
      seen.add(group);
    }
  }
}

/** As many as are wanted of one group, in their order, up to the first that is hidden. */
function receiveGroup(store: QueueStore, queue: Queue, group: string, receive: Receive, nowMs: number): void {
  const found = store.ofGroup(queue, group, nowMs, receive.wants);
  for (const message of found) {
    if (message.visibleAtMs > nowMs) break;
    receive.take(message);
  }
  store.refreshGroup(queue.id, group);
}

class Receive implements Received {
  readonly messages: ReceivedMessage[] = [];
  buriedIn: number | undefined;
  #buried = 0;
  readonly #store: QueueStore;
  readonly #queue: Queue;
  readonly #request: ReceiveRequest;
  readonly #ports: { nowMs: number; nonce: () => number };
  readonly #deadLetters: Queue | undefined;

  constructor(store: QueueStore, queue: Queue, request: ReceiveRequest, ports: { nowMs: number; nonce: () => number }) {
    this.#store = store;
    this.#queue = queue;
    this.#request = request;
    this.#ports = ports;
    this.#deadLetters = deadLetterQueue(store, queue);
  }

  /** How many more messages to look for. */
  get wants(): number {
    return this.#buried < CLEARED_MAX ? this.#request.countMax - this.messages.length : 0;
  }

  get hides(): boolean {
    return this.#request.visibilityMs > 0;
  }

  take(message: Message): 'received' | 'buried' {
    const { redrive } = this.#queue.settings;
    if (this.#deadLetters !== undefined && redrive !== undefined && message.receiveCount >= redrive.receivesMax) {
      this.#bury(message, this.#deadLetters);
      return 'buried';
    }
    const { nowMs } = this.#ports;
    const nonce = this.#ports.nonce();
    const visibleAtMs = nowMs + this.#request.visibilityMs;
    this.#store.setReceived(message.sequence, { nonce, visibleAtMs, nowMs });
    this.messages.push({
      ...message,
      visibleAtMs,
      receiveCount: message.receiveCount + 1,
      firstReceivedMs: message.firstReceivedMs ?? nowMs,
      receiptHandle: receiptHandle({ queueId: this.#queue.id, sequence: message.sequence, nonce }),
    });
    return 'received';
  }

  /** It keeps id and count; its age too, except in FIFO queues ("Using dead-letter queues", SQS developer guide). */
  #bury({ sequence, group }: Message, target: Queue): void {
    const { nowMs } = this.#ports;
    this.#buried += 1;
    this.buriedIn = target.id;
    const burial = { sequence, from: this.#queue.id, to: target.id, sourceArn: queueArn(this.#queue.place), nowMs };
    if (target.settings.fifo) this.#store.buryInOrder(burial);
    else this.#store.bury(burial);
    if (target.settings.fifo && group !== undefined) this.#store.addToGroup(target.id, group, nowMs);
  }
}

/** Where dead letters go; without it, as when that queue has been deleted, messages are received again and again. */
function deadLetterQueue(store: QueueStore, { settings: { redrive } }: Queue): Queue | undefined {
  const place = redrive && placeOfArn(redrive.deadLetterArn);
  return place && store.queue(place);
}

function refreshGroups(store: QueueStore, queueId: number, messages: readonly { group: string | undefined }[]): void {
  for (const group of new Set(messages.map(({ group }) => group))) {
    if (group !== undefined) store.refreshGroup(queueId, group);
  }
}
