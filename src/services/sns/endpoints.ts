import type { Delivery } from '../../delivery/delivery.ts';
import { type Mailer, MailFailed } from '../../delivery/mail.ts';
import type { Message } from '../../delivery/message.ts';
import type { Sender } from '../../delivery/sender.ts';
import { Undeliverable } from '../../delivery/undeliverable.ts';
import { DEFAULT_CONTENT_TYPE, effectivePolicy, scheduleOf } from './delivery-policy.ts';
import { envelope, lambdaEvent, printed, subscriptionArn, unsubscribeUrl } from './envelope.ts';
import { post } from './http-endpoint.ts';
import { type Notification, textFor } from './notification.ts';
import { MAIL, MANAGED, type RetrySchedule } from './retry-schedule.ts';
import type { Signer } from './signer.ts';
import type { Subscription } from './subscription.ts';
import { FIFO_SUFFIX, type Topic, topicArn } from './topic.ts';

/** `lost`: it can never be delivered there; `failed`: perhaps later. */
export type EndpointOutcome =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'failed' | 'lost'; readonly why: string };

export interface Addressee {
  readonly topic: Topic;
  readonly subscription: Subscription;
}

export interface EndpointPorts {
  readonly deliver: Delivery['deliver'];
  readonly signer: () => Promise<Signer>;
  /** undefined: there is no relay. */
  readonly mailer: Mailer | undefined;
}

/** Delivers once to where the subscription leads. Rejects only when something of ours is broken. */
export async function deliverTo(
  addressee: Addressee,
  notification: Notification,
  ports: EndpointPorts,
  signal: AbortSignal,
): Promise<EndpointOutcome> {
  const { subscription } = addressee;
  switch (subscription.protocol) {
    case 'http':
    case 'https':
      return postTo(addressee, notification, ports, signal);
    case 'email':
    case 'email-json':
      return mailTo(addressee, notification, ports, signal);
    case 'sqs':
    case 'lambda': {
      const message = await messageFor(addressee, notification, ports);
      return through(ports, subscription.endpoint, { ...message, ...traceOf(notification) }, addressee, signal);
    }
  }
}

/** Delivers once to the subscription's dead-letter queue. */
export async function deliverToDeadLetters(
  addressee: Addressee,
  notification: Notification,
  ports: EndpointPorts,
  signal: AbortSignal,
): Promise<EndpointOutcome> {
  const queue = deadLetterQueueOf(addressee.subscription);
  if (queue === undefined) return { kind: 'lost', why: 'there is no dead-letter queue any more' };
  const message = await queueMessage(queue, addressee, notification, ports);
  return through(ports, queue, { ...message, ...traceOf(notification) }, addressee, signal);
}

const traceOf = ({ traceHeader }: Notification) => (traceHeader === undefined ? {} : { traceHeader });

export function deadLetterQueueOf({ settings }: Subscription): string | undefined {
  if (settings.redrivePolicy === undefined) return undefined;
  const { deadLetterTargetArn } = JSON.parse(settings.redrivePolicy) as { deadLetterTargetArn?: unknown };
  return typeof deadLetterTargetArn === 'string' ? deadLetterTargetArn : undefined;
}

/** When a delivery that failed is tried again. */
export function scheduleFor({ topic, subscription }: Addressee): RetrySchedule {
  switch (subscription.protocol) {
    case 'http':
    case 'https':
      return scheduleOf(effectivePolicy(topic.settings.deliveryPolicy, subscription.settings.deliveryPolicy));
    case 'email':
    case 'email-json':
      return MAIL;
    case 'sqs':
    case 'lambda':
      return MANAGED;
  }
}

/** By the throttle of the delivery policy. */
export function spacingMsOf({ topic, subscription }: Addressee): number {
  if (!subscription.protocol.startsWith('http')) return 0;
  const { receivesPerSecondMax } = effectivePolicy(topic.settings.deliveryPolicy, subscription.settings.deliveryPolicy);
  return receivesPerSecondMax === undefined ? 0 : 1_000 / receivesPerSecondMax;
}

async function postTo(
  addressee: Addressee,
  notification: Notification,
  ports: EndpointPorts,
  signal: AbortSignal,
): Promise<EndpointOutcome> {
  const { topic, subscription } = addressee;
  const isRaw = subscription.settings.rawDelivery === true && notification.kind === 'Notification';
  const body = isRaw
    ? textFor(notification, subscription.protocol)
    : printed(await envelope(notification, addressee, await ports.signer()));
  const { contentType } = effectivePolicy(topic.settings.deliveryPolicy, subscription.settings.deliveryPolicy);
  const headers = {
    'x-amz-sns-message-type': notification.kind,
    'x-amz-sns-message-id': notification.id,
    'x-amz-sns-topic-arn': notification.topicArn,
    // The first message comes before there is a subscription that it could name.
    ...(notification.kind === 'SubscriptionConfirmation'
      ? {}
      : { 'x-amz-sns-subscription-arn': subscriptionArn(topic, subscription) }),
    ...(isRaw ? { 'x-amz-sns-rawdelivery': 'true' } : {}),
    // Recorded: the type that was asked for is that of messages, not of confirmations.
    'Content-Type': notification.kind === 'Notification' ? contentType : DEFAULT_CONTENT_TYPE,
    'User-Agent': 'Amazon Simple Notification Service Agent',
    'Accept-Encoding': 'gzip,deflate',
  };
  const outcome = await post(subscription.endpoint, headers, body, signal);
  if (outcome.kind === 'no-answer') return { kind: 'failed', why: outcome.why };
  const { status } = outcome;
  if (status >= 200 && status < 300) return { kind: 'delivered' };
  // The endpoint's own fault is final, but for "too many requests" (Developer Guide, Message delivery retries).
  const isFinal = status >= 400 && status < 500 && status !== 429;
  return { kind: isFinal ? 'lost' : 'failed', why: `it answered ${status}` };
}

async function mailTo(
  addressee: Addressee,
  notification: Notification,
  { mailer, signer }: EndpointPorts,
  signal: AbortSignal,
): Promise<EndpointOutcome> {
  if (mailer === undefined) return { kind: 'failed', why: 'there is no SMTP relay: start Lambent with --smtp-relay' };
  const { topic, subscription } = addressee;
  const fromName = topic.settings.displayName || 'AWS Notifications';
  const subject = notification.subject ?? SUBJECTS[notification.kind];
  const text =
    subscription.protocol === 'email-json'
      ? printed(await envelope(notification, addressee, await signer()))
      : mailText(addressee, notification);
  try {
    await mailer.send({ fromName, to: subscription.endpoint, subject, text }, signal);
    return { kind: 'delivered' };
  } catch (error) {
    if (!(error instanceof MailFailed)) throw error;
    return { kind: error.kind === 'refused' ? 'lost' : 'failed', why: error.message };
  }
}

const SUBJECTS = {
  Notification: 'AWS Notification Message',
  SubscriptionConfirmation: 'AWS Notification - Subscription Confirmation',
  UnsubscribeConfirmation: 'AWS Notification - Unsubscribe Confirmation',
} as const;

function mailText({ topic, subscription }: Addressee, notification: Notification): string {
  const arn = topicArn(topic);
  const { origin } = subscription;
  const confirm = `${origin}/?Action=ConfirmSubscription&TopicArn=${arn}&Token=${notification.token}`;
  switch (notification.kind) {
    case 'Notification':
      return `${textFor(notification, 'email')}\n\n--\nIf you wish to stop receiving notifications from this topic, please click or visit the link below to unsubscribe:\n${unsubscribeUrl(topic, subscription)}\n`;
    case 'SubscriptionConfirmation':
      return `You have chosen to subscribe to the topic: \n${arn}\n\nTo confirm this subscription, click or visit the link below (If this was in error no action is necessary):\n${confirm}\n`;
    case 'UnsubscribeConfirmation':
      return `Your subscription to the topic below has been deleted:\n${arn}\n\nIf this was in error, click or visit the link below to subscribe again:\n${confirm}\n`;
  }
}

async function messageFor(addressee: Addressee, notification: Notification, ports: EndpointPorts): Promise<Message> {
  const { protocol, endpoint } = addressee.subscription;
  if (protocol === 'sqs') return queueMessage(endpoint, addressee, notification, ports);
  const document = await envelope(notification, addressee, await ports.signer());
  return { body: Buffer.from(lambdaEvent(document, subscriptionArn(addressee.topic, addressee.subscription))) };
}

async function queueMessage(
  queueArn: string,
  addressee: Addressee,
  notification: Notification,
  { signer }: EndpointPorts,
): Promise<Message> {
  const { settings, protocol } = addressee.subscription;
  // Recorded: a queue without order gets the groups of topics without order (for its fairness), and no others.
  const isGrouped = queueArn.endsWith(FIFO_SUFFIX) || addressee.topic.settings.fifo === undefined;
  const order = isGrouped ? { groupId: notification.groupId, deduplicationId: notification.deduplicationId } : {};
  if (settings.rawDelivery === true && notification.kind === 'Notification') {
    return { body: Buffer.from(textFor(notification, protocol)), attributes: notification.attributes, ...order };
  }
  return { body: Buffer.from(printed(await envelope(notification, addressee, await signer()))), ...order };
}

async function through(
  { deliver }: EndpointPorts,
  arn: string,
  message: Message,
  { topic }: Addressee,
  signal: AbortSignal,
): Promise<EndpointOutcome> {
  const sender: Sender = {
    kind: 'service',
    service: 'sns.amazonaws.com',
    sourceArn: topicArn(topic),
    sourceAccount: topic.account,
  };
  try {
    await deliver(arn, message, sender, signal);
    return { kind: 'delivered' };
  } catch (error) {
    const isFinal = error instanceof Undeliverable && error.kind !== 'unavailable';
    return { kind: isFinal ? 'lost' : 'failed', why: error instanceof Error ? error.message : String(error) };
  }
}
