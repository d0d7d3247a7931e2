import { type Notification, textFor } from './notification.ts';
import type { Signer } from './signer.ts';
import type { Subscription } from './subscription.ts';
import { type Topic, topicArn } from './topic.ts';

/** The document that subscribers read (Amazon SNS Developer Guide, Parsing message formats). Members in AWS's order. */
export type Envelope = Readonly<Record<string, unknown>>;

/** The document for one subscription. */
export async function envelope(
  notification: Notification,
  { topic, subscription }: { topic: Topic; subscription: Subscription },
  signer: Signer,
): Promise<Envelope> {
  const { origin } = subscription;
  const version = topic.settings.signatureVersion ?? '1';
  const { token } = notification;
  const unsigned = {
    Type: notification.kind,
    MessageId: notification.id,
    ...(token === undefined ? {} : { Token: token }),
    ...(notification.sequenceNumber === undefined ? {} : { SequenceNumber: notification.sequenceNumber }),
    TopicArn: notification.topicArn,
    ...(notification.subject === undefined ? {} : { Subject: notification.subject }),
    Message: textFor(notification, subscription.protocol),
    ...(token === undefined ? {} : { SubscribeURL: confirmUrl(origin, notification.topicArn, token) }),
    Timestamp: new Date(notification.timestampMs).toISOString(),
  };
  const attributes = Object.entries(notification.attributes);
  return {
    ...unsigned,
    // Recorded: messages of topics in order have no signature.
    ...(notification.sequenceNumber === undefined
      ? {
          SignatureVersion: version,
          Signature: await signer.sign(signedText(unsigned), version),
          SigningCertURL: origin + signer.certificatePath,
        }
      : {}),
    ...(token === undefined ? { UnsubscribeURL: unsubscribeUrl(topic, subscription) } : {}),
    ...(attributes.length === 0
      ? {}
      : {
          MessageAttributes: Object.fromEntries(
            attributes.map(([name, { type, value }]) => [name, { Type: type, Value: value }]),
          ),
        }),
  };
}

/** As AWS prints it. */
export function printed(document: Envelope): string {
  return print(document, '');
}

function print(value: unknown, indent: string): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = Object.entries(value).map(
    ([name, member]) =>
      `${indent}  ${JSON.stringify(name)} : ${print(member, typeof member === 'object' ? `${indent}  ` : indent)}`,
  );
  return `{\n${inner.join(',\n')}\n${indent}}`;
}

/** The event of a function (lambda-facts 18.4): URLs are spelled otherwise, and nothing is left out. */
export function lambdaEvent(document: Envelope, subscriptionArn: string): string {
  const { SigningCertURL, UnsubscribeURL, SubscribeURL, Subject = null, MessageAttributes = {}, ...rest } = document;
  return JSON.stringify({
    Records: [
      {
        EventSource: 'aws:sns',
        EventVersion: '1.0',
        EventSubscriptionArn: subscriptionArn,
        Sns: {
          ...rest,
          Subject,
          SigningCertUrl: SigningCertURL,
          ...(SubscribeURL === undefined ? {} : { SubscribeUrl: SubscribeURL }),
          ...(UnsubscribeURL === undefined ? {} : { UnsubscribeUrl: UnsubscribeURL }),
          MessageAttributes,
        },
      },
    ],
  });
}

const SIGNED = ['Message', 'MessageId', 'Subject', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'];

/** Names and values, each on a line of its own, by name. */
function signedText(members: Readonly<Record<string, unknown>>): string {
  return SIGNED.filter((name) => members[name] !== undefined)
    .map((name) => `${name}\n${members[name]}\n`)
    .join('');
}

export function subscriptionArn(topic: Topic, { uuid }: Pick<Subscription, 'uuid'>): string {
  return `${topicArn(topic)}:${uuid}`;
}

export function unsubscribeUrl(topic: Topic, subscription: Subscription): string {
  return `${subscription.origin}/?Action=Unsubscribe&SubscriptionArn=${subscriptionArn(topic, subscription)}`;
}

export function confirmUrl(origin: string, arn: string, token: string): string {
  return `${origin}/?Action=ConfirmSubscription&TopicArn=${arn}&Token=${token}`;
}
