import { Recent } from '../../lib/recent.ts';
import type { ReceivedMessage } from './message.ts';
import type { Queue } from './queue.ts';
import type { QueueStore } from './queue-store.ts';
import { parseReceiptHandle } from './receipt-handle.ts';

/** "You can use ReceiveRequestAttemptId only for 5 minutes" (ReceiveMessage, SQS API reference). */
const ATTEMPT_MS = 300_000;
const ATTEMPTS_MAX = 20_000;

/**
 * Receives of FIFO queues that may be asked for again, because their answers may have been lost. Kept in memory: after a
 * crash such messages come again when their visibility timeout is over, as without an attempt's id.
 */
export class ReceiveAttempts {
  readonly #store: QueueStore;
  readonly #attempts = new Recent<{ readonly atMs: number; readonly handles: readonly string[] }>(ATTEMPTS_MAX);

  constructor(store: QueueStore) {
    this.#store = store;
  }

  note({ id, settings }: Queue, attemptId: string | undefined, messages: readonly ReceivedMessage[], nowMs: number) {
    if (!settings.fifo || attemptId === undefined || messages.length === 0) return;
    const handles = messages.map(({ receiptHandle }) => receiptHandle);
    this.#attempts.set(`${id}/${attemptId}`, { atMs: nowMs, handles });
  }

  /**
   * The same messages, hidden anew, within `store.run`; undefined when there was no such receive, or when one of its
   * messages has been deleted, or is visible again.
   */
  again(
    { id, settings }: Queue,
    attemptId: string | undefined,
    visibilityMs: number,
    nowMs: number,
  ): ReceivedMessage[] | undefined {
    if (!settings.fifo || attemptId === undefined) return undefined;
    const attempt = this.#attempts.get(`${id}/${attemptId}`);
    if (attempt === undefined || nowMs >= attempt.atMs + ATTEMPT_MS) return undefined;
    const messages = attempt.handles.flatMap((handle) => this.#held(id, handle, nowMs));
    if (messages.length < attempt.handles.length) return undefined;
    const visibleAtMs = nowMs + visibilityMs;
    for (const { sequence } of messages) this.#store.setVisibleAt(sequence, visibleAtMs);
    for (const group of new Set(messages.map(({ group }) => group))) {
      if (group !== undefined) this.#store.refreshGroup(id, group);
    }
    return messages.map((message) => ({ ...message, visibleAtMs }));
  }

  #held(queueId: number, receiptHandle: string, nowMs: number): ReceivedMessage[] {
    const receipt = parseReceiptHandle(receiptHandle);
    if (receipt === undefined) return [];
    const held = this.#store.held(queueId, receipt.sequence);
    if (held === undefined || held.nonce !== receipt.nonce || held.visibleAtMs <= nowMs) return [];
    const message = this.#store.message(queueId, receipt.sequence);
    return message === undefined ? [] : [{ ...message, receiptHandle }];
  }
}
