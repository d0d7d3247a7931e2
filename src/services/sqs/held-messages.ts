import type { Queue } from './queue.ts';
import type { Held, QueueStore } from './queue-store.ts';
import { parseReceiptHandle, type Receipt } from './receipt-handle.ts';
import { SqsRefused } from './refusal.ts';

/** AWS: "The maximum visibility timeout is 12 hours from the time that SQS receives the ReceiveMessage request". */
export const VISIBILITY_MS_MAX = 43_200_000;

/**
 * Deletes what was received with the handle, within `store.run`. A message that has gone already is deleted; one that was
 * received again since stays, as DeleteMessage documents it. FIFO queues refuse handles whose time is over.
 */
export function deleteMessage(store: QueueStore, queue: Queue, handle: string, nowMs: number): void {
  const receipt = receiptOf(queue, handle);
  const held = store.held(queue.id, receipt.sequence);
  if (held === undefined) return;
  if (held.nonce !== receipt.nonce) {
    if (queue.settings.fifo) throw new SqsRefused({ kind: 'handle-expired', handle });
    return;
  }
  if (queue.settings.fifo && held.visibleAtMs <= nowMs) throw new SqsRefused({ kind: 'handle-expired', handle });
  store.removeMessage(queue.id, receipt.sequence);
  refresh(store, queue, held);
}

/** Hides what was received with the handle until `visibilityMs` from now, within `store.run`; 0 shows it at once. */
export function changeVisibility(
  store: QueueStore,
  queue: Queue,
  { handle, visibilityMs }: { handle: string; visibilityMs: number },
  nowMs: number,
): void {
  const receipt = receiptOf(queue, handle);
  const held = store.held(queue.id, receipt.sequence);
  if (held === undefined || held.nonce !== receipt.nonce) throw new SqsRefused({ kind: 'not-there', handle });
  if (queue.settings.fifo && held.visibleAtMs <= nowMs) throw new SqsRefused({ kind: 'handle-expired', handle });
  if (nowMs + visibilityMs > (held.receivedMs ?? nowMs) + VISIBILITY_MS_MAX) {
    throw new SqsRefused({ kind: 'invisible-too-long', seconds: visibilityMs / 1000 });
  }
  store.setVisibleAt(receipt.sequence, nowMs + visibilityMs);
  refresh(store, queue, held);
}

function receiptOf(queue: Queue, handle: string): Receipt {
  const receipt = parseReceiptHandle(handle);
  if (receipt === undefined || receipt.queueId !== queue.id) throw new SqsRefused({ kind: 'handle-invalid', handle });
  return receipt;
}

function refresh(store: QueueStore, queue: Queue, { group }: Held): void {
  if (queue.settings.fifo && group !== undefined) store.refreshGroup(queue.id, group);
}
