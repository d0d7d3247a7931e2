import { createHash } from 'node:crypto';
import type { MessageAttribute } from '../../delivery/message.ts';
import { accepts } from './filter-match.ts';
import { type Notification, sequenceNumber } from './notification.ts';
import type { SnsStore } from './sns-store.ts';
import type { Subscription } from './subscription.ts';
import { type Topic, topicArn } from './topic.ts';

/** A message as it was sent to the topic. */
export interface Draft {
  readonly text: string;
  readonly texts?: Readonly<Record<string, string>> | undefined;
  readonly subject?: string | undefined;
  readonly attributes: Readonly<Record<string, MessageAttribute>>;
  readonly groupId?: string | undefined;
  readonly deduplicationId?: string | undefined;
  /** X-Ray's header. */
  readonly traceHeader?: string | undefined;
}

export interface Published {
  readonly messageId: string;
  /** Of topics in order. */
  readonly sequenceNumber?: string | undefined;
}

/** AWS: within so long, a deduplication id means the same message. */
const DEDUPLICATION_MS = 300_000;

/**
 * Stores a message and one delivery for each subscription that wants it; within the caller's transaction. Of a message that
 * was published already, nothing but what was answered then.
 */
export function decidePublish(
  store: SnsStore,
  parts: { topic: Topic; subscriptions: readonly Subscription[]; draft: Draft; nowMs: number; uuid: () => string },
): { published: Published; wanted: number[] } {
  const { topic, subscriptions, draft, nowMs, uuid } = parts;
  const id = uuid();
  const order = topic.settings.fifo === undefined ? undefined : ordered(topic, draft);
  if (order !== undefined) {
    const known = store.duplicate(topic.id, order.key, nowMs);
    if (known !== undefined) return { published: known, wanted: [] };
  }
  const sequence = order === undefined ? undefined : sequenceNumber(store.nextSequence(topic.id));
  const published: Published = { messageId: id, ...(sequence === undefined ? {} : { sequenceNumber: sequence }) };
  if (order !== undefined && sequence !== undefined) {
    store.addDeduplication(topic.id, order.key, { messageId: id, sequenceNumber: sequence }, nowMs + DEDUPLICATION_MS);
  }
  const notification: Notification = {
    kind: 'Notification',
    id,
    topicArn: topicArn(topic),
    text: draft.text,
    texts: draft.texts,
    subject: draft.subject,
    attributes: draft.attributes,
    timestampMs: nowMs,
    groupId: draft.groupId,
    deduplicationId: order?.deduplicationId,
    sequenceNumber: sequence,
    traceHeader: draft.traceHeader,
  };
  const wanted = subscriptions.filter((subscription) => accepts(subscription, notification)).map((one) => one.id);
  if (wanted.length > 0) {
    const messageId = store.addMessage(notification);
    const groupId = order === undefined ? undefined : draft.groupId;
    for (const subscriptionId of wanted) store.addDelivery(subscriptionId, messageId, groupId, nowMs);
  }
  return { published, wanted };
}

function ordered({ settings }: Topic, { text, groupId, deduplicationId }: Draft) {
  const id = deduplicationId ?? createHash('sha256').update(text).digest('hex');
  const key = settings.fifo?.throughputScope === 'MessageGroup' ? `${groupId}\n${id}` : id;
  return { deduplicationId: id, key };
}
