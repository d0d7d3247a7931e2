import { PatternFlaw } from '../../../patterns/token-reader.ts';
import { DeliveryPolicyFlaw, effectiveSubscriptionPolicy, readSubscriptionPolicy } from '../delivery-policy.ts';
import { subscriptionArn } from '../envelope.ts';
import { assertFilterPolicy, NestedInAttributes } from '../filter-policy.ts';
import { assertRedrivePolicy, RedrivePolicyFlaw } from '../redrive-policy.ts';
import {
  type Subscription,
  type SubscriptionProtocol,
  type SubscriptionSettings,
  shownEndpoint,
} from '../subscription.ts';
import { FIFO_SUFFIX, type Topic, topicArn } from '../topic.ts';
import { invalid, notYet } from './words.ts';

/** Where the settings belong to. */
export interface Place {
  readonly topic: Topic;
  readonly protocol: SubscriptionProtocol;
  readonly endpoint: string;
}

/** Of GetSubscriptionAttributes, in AWS's order. */
export function subscriptionAttributes(subscription: Subscription, topic: Topic): Record<string, string> {
  const { settings, protocol } = subscription;
  const { filterPolicy, filterScope, redrivePolicy, deliveryPolicy, rawDelivery = false } = settings;
  const effective = effectiveSubscriptionPolicy(topic.settings.deliveryPolicy, deliveryPolicy);
  return {
    SubscriptionPrincipal: subscription.principal,
    Owner: subscription.account,
    RawMessageDelivery: String(rawDelivery),
    TopicArn: topicArn(topic),
    Endpoint: shownEndpoint(subscription),
    Protocol: protocol,
    PendingConfirmation: String(subscription.state === 'pending'),
    ConfirmationWasAuthenticated: String(subscription.confirmedByAuthenticated),
    SubscriptionArn: subscriptionArn(topic, subscription),
    ...(filterPolicy === undefined
      ? {}
      : { FilterPolicy: filterPolicy, FilterPolicyScope: filterScope ?? 'MessageAttributes' }),
    ...(redrivePolicy === undefined ? {} : { RedrivePolicy: redrivePolicy }),
    ...(deliveryPolicy === undefined ? {} : { DeliveryPolicy: deliveryPolicy }),
    ...(protocol.startsWith('http') ? { EffectiveDeliveryPolicy: JSON.stringify(effective) } : {}),
  };
}

/** What Subscribe is given. Throws InvalidParameter, saying for which of its parameters. */
export function newSubscriptionSettings(
  place: Place,
  attributes: Readonly<Record<string, string>>,
): SubscriptionSettings {
  const word = (what: string) => `Attributes Reason: ${what}`;
  let settings: SubscriptionSettings = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (!SETTABLE.includes(name)) throw invalid(word(`Unknown attribute: ${name}`));
    settings = withAttribute(settings, place, name, value, word);
  }
  checkFilter(settings, word);
  return settings;
}

/** What SetSubscriptionAttributes changes. Throws InvalidParameter. */
export function changedSubscriptionSettings(
  settings: SubscriptionSettings,
  place: Place,
  name: string,
  value: string,
): SubscriptionSettings {
  if (!SETTABLE.includes(name)) throw invalid('AttributeName');
  const word = (what: string) => what;
  const changed = withAttribute(settings, place, name, value, word);
  if (name.startsWith('FilterPolicy')) checkFilter(changed, word);
  return changed;
}

const SETTABLE = [
  'RawMessageDelivery',
  'FilterPolicy',
  'FilterPolicyScope',
  'RedrivePolicy',
  'DeliveryPolicy',
  'SubscriptionRoleArn',
  'ReplayPolicy',
];
const RAW_PROTOCOLS = ['http', 'https', 'sqs'];

function withAttribute(
  settings: SubscriptionSettings,
  { topic, protocol, endpoint }: Place,
  name: string,
  value: string,
  word: (what: string) => string,
): SubscriptionSettings {
  switch (name) {
    case 'RawMessageDelivery':
      // Recorded: in any case, but not empty.
      if (!/^(?:true|false)$/i.test(value))
        throw invalid(word(`RawMessageDelivery: Invalid value [${value}]. Must be true or false.`));
      if (/^true$/i.test(value) && !RAW_PROTOCOLS.includes(protocol))
        throw invalid(word(`Delivery protocol [${protocol}] does not support raw message delivery.`));
      return { ...settings, rawDelivery: /^true$/i.test(value) };
    case 'FilterPolicy':
      return { ...settings, filterPolicy: value === '' ? undefined : value };
    case 'FilterPolicyScope':
      if (value !== 'MessageAttributes' && value !== 'MessageBody') {
        throw invalid(
          word(`FilterPolicyScope: Invalid value [${value}]. Please use either MessageBody or MessageAttributes`),
        );
      }
      return { ...settings, filterScope: value };
    case 'RedrivePolicy': {
      if (value === '') return { ...settings, redrivePolicy: undefined };
      const inOrder = topic.settings.fifo !== undefined && endpoint.endsWith(FIFO_SUFFIX);
      return {
        ...settings,
        redrivePolicy: told(RedrivePolicyFlaw, name, word, () => {
          assertRedrivePolicy(value, { inOrder });
          return value;
        }),
      };
    }
    case 'DeliveryPolicy':
      if (value === '') return { ...settings, deliveryPolicy: undefined };
      if (!protocol.startsWith('http'))
        throw invalid(word(`DeliveryPolicy: Delivery protocol [${protocol}] does not support delivery policies.`));
      return {
        ...settings,
        deliveryPolicy: told(DeliveryPolicyFlaw, name, word, () => JSON.stringify(readSubscriptionPolicy(value))),
      };
    case 'SubscriptionRoleArn':
      throw notYet('delivery to Firehose (SubscriptionRoleArn)');
    default:
      throw notYet('replays of topics (ReplayPolicy)');
  }
}

/** Policy and scope are checked together, whichever was given. */
function checkFilter({ filterPolicy, filterScope }: SubscriptionSettings, word: (what: string) => string): void {
  if (filterPolicy === undefined) return;
  try {
    told(PatternFlaw, 'FilterPolicy', word, () => assertFilterPolicy(filterPolicy, filterScope ?? 'MessageAttributes'));
  } catch (error) {
    if (!(error instanceof NestedInAttributes)) throw error;
    throw invalid(word('Filter policy scope MessageAttributes does not support nested filter policy'));
  }
}

function told<T>(Flaw: new (message: string) => Error, name: string, word: (what: string) => string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof Flaw) throw invalid(word(`${name}: ${error.message}`));
    throw error;
  }
}
