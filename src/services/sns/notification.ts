import type { MessageAttribute } from '../../delivery/message.ts';

/** A message on its way to subscriptions, as it is kept. */
export interface Notification {
  readonly kind: 'Notification' | 'SubscriptionConfirmation' | 'UnsubscribeConfirmation';
  /** Lower-case UUID. */
  readonly id: string;
  readonly topicArn: string;
  readonly text: string;
  /** With MessageStructure json: the text of each protocol that has one of its own. */
  readonly texts?: Readonly<Record<string, string>> | undefined;
  readonly subject?: string | undefined;
  readonly attributes: Readonly<Record<string, MessageAttribute>>;
  readonly timestampMs: number;
  readonly groupId?: string | undefined;
  readonly deduplicationId?: string | undefined;
  readonly sequenceNumber?: string | undefined;
  /** X-Ray's header of the publish, which queues and functions get. */
  readonly traceHeader?: string | undefined;
  /** Of confirmations. */
  readonly token?: string | undefined;
}

/** Twenty digits that grow with each message of the topic. */
export function sequenceNumber(count: number): string {
  return `1${String(count).padStart(19, '0')}`;
}

/** What the protocol's subscribers read. */
export function textFor({ text, texts }: Notification, protocol: string): string {
  return texts !== undefined && Object.hasOwn(texts, protocol) ? (texts[protocol] ?? text) : text;
}
