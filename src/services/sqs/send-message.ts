import { createHash } from 'node:crypto';
import { type OutgoingMessage, type SentMessage, sequenceNumber } from './message.ts';
import type { Queue } from './queue.ts';
import { DEDUPLICATION_MS, type QueueStore } from './queue-store.ts';
import { SqsRefused } from './refusal.ts';

/** Queues without order have no groups, which else are the scopes of deduplication. */
const ONCE = 'once';

/** Stores a message, within `store.run`. Throws `SqsRefused`, and then nothing was stored. */
export function sendMessage(
  store: QueueStore,
  queue: Queue,
  message: OutgoingMessage,
  { nowMs, uuid }: { nowMs: number; uuid: () => string },
): SentMessage {
  const { settings } = queue;
  const bytes = messageBytes(message);
  if (bytes > settings.messageBytesMax) {
    throw new SqsRefused({ kind: 'message-too-long', bytesMax: settings.messageBytesMax });
  }
  return settings.fifo
    ? sendInOrder(store, queue, message, nowMs, uuid)
    : sendAnyhow(store, queue, message, nowMs, uuid);
}

/** What counts towards the limit of a message: its body, and names, types and values of its attributes. */
export function messageBytes({ body, attributes = {} }: Pick<OutgoingMessage, 'body' | 'attributes'>): number {
  let bytes = Buffer.byteLength(body);
  for (const [name, { type, value }] of Object.entries(attributes)) {
    const valueBytes = Buffer.byteLength(value, type.startsWith('Binary') ? 'base64' : 'utf8');
    bytes += Buffer.byteLength(name) + Buffer.byteLength(type) + valueBytes;
  }
  return bytes;
}

function sendAnyhow(
  store: QueueStore,
  queue: Queue,
  message: OutgoingMessage,
  nowMs: number,
  uuid: () => string,
): SentMessage {
  if (message.deduplicationId !== undefined) {
    throw new SqsRefused({ kind: 'deduplication-id-refused', id: message.deduplicationId });
  }
  const { once } = message;
  const taken = once === undefined ? undefined : store.taken(queue.id, ONCE, once, nowMs - DEDUPLICATION_MS);
  if (taken !== undefined) return { id: taken.id, sequenceNumber: undefined };
  const id = uuid();
  const visibleAtMs = nowMs + (message.delayMs ?? queue.settings.delayMs);
  const sequence = store.addMessage(
    queue.id,
    { ...stored(message), id, sentMs: nowMs, visibleAtMs, deduplicationId: undefined },
    nowMs,
  );
  if (once !== undefined) store.setTaken(queue.id, ONCE, { deduplicationId: once, id, sequence, sentMs: nowMs });
  return { id, sequenceNumber: undefined };
}

function sendInOrder(
  store: QueueStore,
  { id: queueId, settings }: Queue,
  message: OutgoingMessage,
  nowMs: number,
  uuid: () => string,
): SentMessage {
  const { group, delayMs } = message;
  if (delayMs !== undefined && delayMs > 0) throw new SqsRefused({ kind: 'delay-refused', seconds: delayMs / 1000 });
  if (group === undefined) throw new SqsRefused({ kind: 'group-missing' });
  const deduplicationId = message.deduplicationId ?? (settings.deduplicatesContent ? digest(message.body) : undefined);
  if (deduplicationId === undefined) throw new SqsRefused({ kind: 'deduplication-id-missing' });

  const scope = settings.deduplicationScope === 'messageGroup' ? group : '';
  const taken = store.taken(queueId, scope, deduplicationId, nowMs - DEDUPLICATION_MS);
  // Accepted and not stored again, also when the first one has been received and deleted since.
  if (taken !== undefined) return { id: taken.id, sequenceNumber: sequenceNumber(taken.sequence) };

  const id = uuid();
  const visibleAtMs = nowMs + settings.delayMs;
  const sequence = store.addMessage(
    queueId,
    { ...stored(message), id, sentMs: nowMs, visibleAtMs, deduplicationId },
    nowMs,
  );
  store.addToGroup(queueId, group, visibleAtMs);
  store.setTaken(queueId, scope, { deduplicationId, id, sequence, sentMs: nowMs });
  return { id, sequenceNumber: sequenceNumber(sequence) };
}

function stored({ body, attributes, senderId, traceHeader, group }: OutgoingMessage) {
  return { body, attributes, senderId, traceHeader, group };
}

function digest(body: string): string {
  return createHash('sha256').update(body).digest('hex');
}
