import type { ResourcesOf } from '../../../wire/service.ts';

/** The topic that a request is about, also where it names a subscription, whose ARN begins with that of its topic. */
export const snsResources: ResourcesOf = (operation, input, { account, region }) => {
  const {
    Name: name,
    TopicArn: topic,
    TargetArn: target,
    ResourceArn: resource,
    SubscriptionArn: subscription,
  } = input;
  if (operation === 'CreateTopic' && typeof name === 'string') return [`arn:aws:sns:${region}:${account}:${name}`];
  const arn = [topic, target, resource].find((one) => typeof one === 'string');
  if (typeof arn === 'string') return [arn];
  return [typeof subscription === 'string' ? subscription.split(':').slice(0, 6).join(':') : '*'];
};
