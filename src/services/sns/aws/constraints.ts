import { AwsError } from '../../../wire/aws-error.ts';
import type { Constraints } from '../../../wire/service.ts';
import { type Check, elements, length, required, validationMessage, violations } from '../../../wire/validation.ts';

// SNS's API model has hardly any lengths; what else is wrong is found, and told, by each operation.

const TOPIC = { topicArn: [required] };
const SUBSCRIPTION = { subscriptionArn: [required] };
const RESOURCE = { resourceArn: [required, length(1, 1_011)] };
const TAG = { key: [required, length(1, 128)], value: [required, length(0, 256)] };

export const SNS_CONSTRAINTS: Constraints<typeof import('@aws-sdk/client-sns')> = {
  CreateTopic: { name: [required], 'tags.*': TAG },
  DeleteTopic: TOPIC,
  ListTopics: {},
  GetTopicAttributes: TOPIC,
  SetTopicAttributes: { ...TOPIC, attributeName: [required] },
  Subscribe: { ...TOPIC, protocol: [required] },
  ConfirmSubscription: { ...TOPIC, token: [required] },
  Unsubscribe: {},
  ListSubscriptions: {},
  ListSubscriptionsByTopic: TOPIC,
  GetSubscriptionAttributes: SUBSCRIPTION,
  SetSubscriptionAttributes: { ...SUBSCRIPTION, attributeName: [required] },
  Publish: { message: [required] },
  PublishBatch: {
    ...TOPIC,
    publishBatchRequestEntries: [required],
    'publishBatchRequestEntries.*': { id: [required], message: [required] },
  },
  AddPermission: { ...TOPIC, label: [required], aWSAccountId: [required], actionName: [required] },
  RemovePermission: { ...TOPIC, label: [required] },
  TagResource: { ...RESOURCE, tags: [required], 'tags.*': TAG },
  UntagResource: { ...RESOURCE, tagKeys: [required, elements(length(1, 128))] },
  ListTagsForResource: RESOURCE,
};

/** Throws ValidationError with all that is broken. */
export function validateSns(checks: readonly Check[]): void {
  const broken = violations(checks);
  if (broken.length > 0) throw new AwsError('ValidationError', validationMessage(broken));
}
