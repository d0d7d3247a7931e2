import type { Subscription as AwsSubscription } from '@aws-sdk/client-sns';
import { AwsError } from '../../../wire/aws-error.ts';
import type { Handlers } from '../../../wire/service.ts';
import { subscriptionArn } from '../envelope.ts';
import type { Sns } from '../sns.ts';
import { type Subscription, shownEndpoint } from '../subscription.ts';
import { type Topic, topicArn } from '../topic.ts';
import { type NamedTopic, namedTopic, reachedSubscription, reachedTopic, subscriptionUuid } from './access.ts';
import { checkedEndpoint } from './endpoint.ts';
import { page } from './page.ts';
import {
  changedSubscriptionSettings,
  newSubscriptionSettings,
  subscriptionAttributes,
} from './subscription-attributes.ts';
import { invalid } from './words.ts';

type Client = typeof import('@aws-sdk/client-sns');

export function subscriptionHandlers(sns: () => Sns): Handlers<Client> {
  return {
    async Subscribe(input, context) {
      const { TopicArn, Protocol = '', Endpoint = '', Attributes, ReturnSubscriptionArn } = input;
      const topic = reachedTopic(sns(), TopicArn, 'Subscribe', context);
      const asked = { protocol: Protocol, endpoint: Endpoint, canMail: sns().canMail };
      const { protocol, endpoint, arn } = checkedEndpoint(topic, asked);
      const subscription = await sns().subscribe(topic, topic.name, {
        protocol,
        endpoint,
        settings: newSubscriptionSettings({ topic, protocol, endpoint }, Attributes ?? {}),
        account: context.account,
        principal: context.principal.arn,
        origin: context.origin,
        ownsEndpoint: arn?.account === context.account,
      });
      const isTold = subscription.state === 'confirmed' || ReturnSubscriptionArn === true;
      return { SubscriptionArn: isTold ? subscriptionArn(topic, subscription) : 'pending confirmation' };
    },

    async ConfirmSubscription({ TopicArn, Token = '', AuthenticateOnUnsubscribe }, { region }) {
      const by = { authenticated: true, authenticateOnUnsubscribe: AuthenticateOnUnsubscribe === 'true' };
      return { SubscriptionArn: await confirmed(sns(), TopicArn, region, Token, by) };
    },

    async Unsubscribe({ SubscriptionArn }, context) {
      const uuid = subscriptionUuid(SubscriptionArn);
      // One that is not there any more has been unsubscribed.
      if (sns().findSubscription(uuid) === undefined) return {};
      const { subscription } = reachedSubscription(sns(), SubscriptionArn, 'Unsubscribe', context);
      await sns().unsubscribe(subscription.uuid, 'owner');
      return {};
    },

    ListSubscriptions({ NextToken }, { account, region }) {
      const list = (after: number, countMax: number) =>
        sns().subscriptionsOfAccount({ account, region }, after, countMax);
      const { items, answer } = page(NextToken, list);
      return { Subscriptions: items.map((one) => toAws(one, sns().topicOf(one))), ...answer };
    },

    ListSubscriptionsByTopic({ TopicArn, NextToken }, context) {
      const topic = reachedTopic(sns(), TopicArn, 'ListSubscriptionsByTopic', context);
      const { items, answer } = page(NextToken, (after, countMax) =>
        sns().subscriptionsOfTopic(topic, after, countMax),
      );
      return { Subscriptions: items.map((one) => toAws(one, topic)), ...answer };
    },

    GetSubscriptionAttributes({ SubscriptionArn }, context) {
      const { subscription, topic } = reachedSubscription(sns(), SubscriptionArn, 'GetSubscriptionAttributes', context);
      return { Attributes: subscriptionAttributes(subscription, topic) };
    },

    async SetSubscriptionAttributes({ SubscriptionArn, AttributeName = '', AttributeValue = '' }, context) {
      const { subscription, topic } = reachedSubscription(sns(), SubscriptionArn, 'SetSubscriptionAttributes', context);
      await sns().changeSubscription(subscription.uuid, ({ settings, protocol, endpoint }) =>
        changedSubscriptionSettings(settings, { topic, protocol, endpoint }, AttributeName, AttributeValue),
      );
      return {};
    },
  };
}

const TOKEN = /^[0-9a-f]{64,512}$/;

/** Confirms by a token; answers the subscription's ARN. `region`: in which the topic must be. */
export async function confirmed(
  sns: Sns,
  arn: string | undefined,
  region: string | undefined,
  token: string,
  by: { authenticated: boolean; authenticateOnUnsubscribe: boolean },
): Promise<string> {
  const { scope, name } = confirmedTopic(arn, region);
  if (!TOKEN.test(token)) throw new AwsError('InvalidParameterException', 'Invalid token');
  const topic = sns.findTopic(scope, name);
  if (topic === undefined) throw invalid('Token');
  return subscriptionArn(topic, await sns.confirm(scope, name, token, by));
}

/** Recorded: whatever is wrong with it, it is called by another name. */
function confirmedTopic(arn: string | undefined, region: string | undefined): NamedTopic {
  try {
    return namedTopic(arn, region ?? (arn ?? '').split(':')[3] ?? '');
  } catch (error) {
    if (error instanceof AwsError) throw invalid('Topic');
    throw error;
  }
}

function toAws(subscription: Subscription, topic: Topic): AwsSubscription {
  return {
    SubscriptionArn: subscription.state === 'pending' ? 'PendingConfirmation' : subscriptionArn(topic, subscription),
    Owner: subscription.account,
    Protocol: subscription.protocol,
    Endpoint: shownEndpoint(subscription),
    TopicArn: topicArn(topic),
  };
}
