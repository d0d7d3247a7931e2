import { DeliveryPolicyFlaw, effectiveTopicPolicy, readTopicPolicy } from '../delivery-policy.ts';
import type { Sns } from '../sns.ts';
import { policyOf, type Topic, type TopicSettings, topicArn } from '../topic.ts';
import { checkedPolicy } from './policy.ts';
import { invalid, notYet } from './words.ts';

/** Of GetTopicAttributes, in AWS's order. */
export function topicAttributes(sns: Sns, topic: Topic): Record<string, string> {
  const { displayName, signatureVersion, tracing, deliveryPolicy, fifo } = topic.settings;
  return {
    Policy: policyOf(topic),
    Owner: topic.account,
    SubscriptionsPending: String(sns.countSubscriptions(topic, 'pending')),
    TopicArn: topicArn(topic),
    EffectiveDeliveryPolicy: JSON.stringify(effectiveTopicPolicy(deliveryPolicy)),
    ...(deliveryPolicy === undefined ? {} : { DeliveryPolicy: deliveryPolicy }),
    SubscriptionsConfirmed: String(sns.countSubscriptions(topic, 'confirmed')),
    DisplayName: displayName ?? '',
    SubscriptionsDeleted: String(topic.subscriptionsDeleted),
    ...(signatureVersion === undefined ? {} : { SignatureVersion: signatureVersion }),
    ...(tracing === undefined ? {} : { TracingConfig: tracing }),
    ...(fifo === undefined
      ? {}
      : { FifoTopic: 'true', ContentBasedDeduplication: String(fifo.contentBasedDeduplication) }),
    ...(fifo?.throughputScope === undefined ? {} : { FifoThroughputScope: fifo.throughputScope }),
  };
}

/** What CreateTopic is given. Throws InvalidParameter. */
export function newTopicSettings(attributes: Readonly<Record<string, string>>): TopicSettings {
  const { FifoTopic, ...others } = attributes;
  const isFifo = FifoTopic !== undefined && flag('FifoTopic', FifoTopic, reasoned);
  let settings: TopicSettings = isFifo ? { fifo: { contentBasedDeduplication: false } } : {};
  for (const [name, value] of Object.entries(others)) {
    if (!isSettable(name)) throw invalid(`Attributes Reason: Unknown attribute: ${name}`);
    settings = withAttribute(settings, name, value, reasoned);
  }
  return settings;
}

/** Whether setting these attributes would change nothing. */
export function hasAttributes(settings: TopicSettings, attributes: Readonly<Record<string, string>>): boolean {
  return Object.entries(attributes).every(([name, value]) => {
    if (name === 'FifoTopic') return (value === 'true') === (settings.fifo !== undefined);
    return written(withAttribute(settings, name, value, reasoned)) === written(settings);
  });
}

/** With what holds where nothing is said. */
function written({
  displayName = '',
  signatureVersion = '1',
  tracing = 'PassThrough',
  ...others
}: TopicSettings): string {
  const { policy, deliveryPolicy, fifo } = others;
  const order = fifo && { throughputScope: 'Topic', ...fifo };
  return JSON.stringify([
    displayName,
    signatureVersion,
    tracing,
    policy,
    deliveryPolicy,
    order && Object.entries(order).sort(),
  ]);
}

/** What SetTopicAttributes changes. Throws InvalidParameter. */
export function changedTopicSettings(settings: TopicSettings, name: string, value: string): TopicSettings {
  if (!isSettable(name)) throw invalid('AttributeName');
  return withAttribute(settings, name, value, (what) => what);
}

/** CreateTopic says for which of its parameters something is wrong. */
const reasoned = (what: string) => `Attributes Reason: ${what}`;

const FEEDBACK =
  /^(?:HTTP|SQS|Lambda|Firehose|Application|SMS)(?:(?:Success|Failure)FeedbackRoleArn|SuccessFeedbackSampleRate)$/;
const SETTABLE = [
  'DisplayName',
  'Policy',
  'DeliveryPolicy',
  'SignatureVersion',
  'TracingConfig',
  'KmsMasterKeyId',
  'ContentBasedDeduplication',
  'FifoThroughputScope',
  'ArchivePolicy',
];
const DISPLAY_NAME_MAX = 100;

function isSettable(name: string): boolean {
  return SETTABLE.includes(name) || FEEDBACK.test(name);
}

function withAttribute(
  settings: TopicSettings,
  name: string,
  value: string,
  word: (what: string) => string,
): TopicSettings {
  switch (name) {
    case 'DisplayName':
      if (value.length > DISPLAY_NAME_MAX) throw invalid(word('DisplayName'));
      return { ...settings, displayName: value };
    case 'Policy':
      return { ...settings, policy: checkedPolicy(value) };
    case 'DeliveryPolicy':
      return { ...settings, deliveryPolicy: value === '' ? undefined : readDeliveryPolicy(value, word) };
    case 'SignatureVersion':
      if (value !== '1' && value !== '2') throw invalid(word('SignatureVersion'));
      return { ...settings, signatureVersion: value };
    case 'TracingConfig':
      if (value === 'Active') throw notYet('tracing of topics (TracingConfig Active)');
      if (value !== 'PassThrough') throw invalid(word('TracingConfig'));
      return { ...settings, tracing: value };
    case 'KmsMasterKeyId':
      if (value !== '') throw notYet('encryption of topics with a key of KMS (KmsMasterKeyId)');
      return settings;
    case 'ContentBasedDeduplication': {
      const contentBasedDeduplication = flag(name, value, word);
      if (settings.fifo !== undefined) return { ...settings, fifo: { ...settings.fifo, contentBasedDeduplication } };
      throw invalid(word('Content-based deduplication can only be set for FIFO topics'));
    }
    case 'FifoThroughputScope':
      if (value !== 'Topic' && value !== 'MessageGroup') throw invalid(word('FifoThroughputScope'));
      if (settings.fifo === undefined) throw invalid(word('FifoThroughputScope can only be set for FIFO topics'));
      return { ...settings, fifo: { ...settings.fifo, throughputScope: value } };
    case 'ArchivePolicy':
      if (value !== '' && value !== '{}') throw notYet('archives of topics (ArchivePolicy)');
      return settings;
    default:
      throw notYet(`delivery status logs of topics (${name})`);
  }
}

function flag(name: string, value: string, word: (what: string) => string): boolean {
  if (value !== 'true' && value !== 'false')
    throw invalid(word(`${name}: Invalid value [${value}]. Must be true or false.`));
  return value === 'true';
}

function readDeliveryPolicy(value: string, word: (what: string) => string): string {
  try {
    return JSON.stringify(readTopicPolicy(value));
  } catch (error) {
    if (error instanceof DeliveryPolicyFlaw) throw invalid(word(`DeliveryPolicy: ${error.message}`));
    throw error;
  }
}
