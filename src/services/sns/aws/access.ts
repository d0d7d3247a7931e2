import { judgePolicy, principalContext } from '../../../identity/index.ts';
import { AwsError } from '../../../wire/aws-error.ts';
import type { RequestContext } from '../../../wire/service.ts';
import { subscriptionArn } from '../envelope.ts';
import { SnsRefused } from '../refusal.ts';
import type { Sns } from '../sns.ts';
import type { Subscription } from '../subscription.ts';
import { type Scope, statementsOf, type Topic, topicArn } from '../topic.ts';
import { invalid } from './words.ts';

export interface NamedTopic {
  readonly scope: Scope;
  readonly name: string;
}

const NAME = /^[A-Za-z0-9_-]{1,256}$/;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const ARN_ELEMENTS = 6;

export function isTopicName(name: string): boolean {
  return name.length <= 256 && NAME.test(name.replace(/\.fifo$/, ''));
}

/** The topic that an ARN names, in the request's region. Throws InvalidParameter, naming `member`. */
export function namedTopic(arn: string | undefined, region: string, member = 'TopicArn'): NamedTopic {
  const parts = elementsOf(arn, member);
  const [, , service, arnRegion, account = '', name = '', ...rest] = parts;
  const isTopic = service === 'sns' && /^\d{12}$/.test(account) && isTopicName(name) && rest.length === 0;
  if (!isTopic || arnRegion !== region) throw invalid(member);
  return { scope: { account, region }, name };
}

/** The topic, if the caller may do this to it. `action`: `Publish`. Throws NotFound or AuthorizationError. */
export function reachedTopic(
  sns: Sns,
  arn: string | undefined,
  action: string,
  context: RequestContext,
  member?: string,
): Topic {
  const { scope, name } = namedTopic(arn, context.region, member);
  const isOwn = scope.account === context.account;
  const topic = isOwn ? sns.topic(scope, name) : sns.findTopic(scope, name);
  const verdict = topic === undefined ? 'silent' : verdictOf(topic, action, context);
  // Whether another account's topic exists is not told to those who may not use it.
  if (topic === undefined || verdict === 'denied' || (verdict === 'silent' && !isOwn)) {
    const reason =
      verdict === 'denied'
        ? 'with an explicit deny in a resource-based policy'
        : `because no resource-based policy allows the SNS:${action} action`;
    throw unauthorized(context, action, topicArn({ ...scope, name }), reason);
  }
  return topic;
}

/** The subscription, if it or its topic belongs to the caller. Throws InvalidParameter, NotFound, AuthorizationError. */
export function reachedSubscription(
  sns: Sns,
  arn: string | undefined,
  action: string,
  context: RequestContext,
): { subscription: Subscription; topic: Topic } {
  const subscription = sns.subscription(subscriptionUuid(arn));
  const topic = sns.topicOf(subscription);
  if (arn !== subscriptionArn(topic, subscription)) throw new SnsRefused({ kind: 'no-such-subscription' });
  if (subscription.account !== context.account && topic.account !== context.account) {
    throw unauthorized(context, action, arn ?? '', `because no resource-based policy allows the SNS:${action} action`);
  }
  return { subscription, topic };
}

/** The last part of a subscription's ARN. Throws InvalidParameter. */
export function subscriptionUuid(arn: string | undefined): string {
  if (arn === undefined || arn === '') throw invalid('SubscriptionArn Reason: no value for required parameter');
  const uuid = elementsOf(arn, 'SubscriptionArn')[6] ?? '';
  if (!UUID.test(uuid)) throw invalid('SubscriptionId');
  return uuid;
}

/** What the topic's policy says to the caller; where any key is accepted, policies stand in nobody's way. */
function verdictOf(topic: Topic, action: string, { principal }: RequestContext) {
  if (principal.kind === 'relaxed') return 'allowed';
  return judgePolicy(statementsOf(topic), {
    caller: principal,
    action: `SNS:${action}`,
    resource: topicArn(topic),
    context: { ...principalContext(principal), 'aws:sourceowner': principal.account },
  });
}

function elementsOf(arn: string | undefined, member: string): string[] {
  const elements = (arn ?? '').split(':');
  if (elements.length < ARN_ELEMENTS)
    throw invalid(`${member} Reason: An ARN must have at least ${ARN_ELEMENTS} elements, not ${elements.length}`);
  return elements;
}

function unauthorized({ principal }: RequestContext, action: string, arn: string, reason: string): AwsError {
  return new AwsError(
    'AuthorizationErrorException',
    `User: ${principal.arn} is not authorized to perform: SNS:${action} on resource: ${arn} ${reason}`,
  );
}
