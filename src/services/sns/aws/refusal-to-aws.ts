import { AwsError } from '../../../wire/aws-error.ts';
import type { SnsRefusal } from '../refusal.ts';
import { invalid } from './words.ts';

/** AWS's code and text for each refusal. The texts are as clients have recorded them. */
export function refusalToAws(refusal: SnsRefusal): AwsError {
  switch (refusal.kind) {
    case 'no-such-topic':
      return new AwsError('NotFoundException', 'Topic does not exist');
    case 'no-such-subscription':
      return new AwsError('NotFoundException', 'Subscription does not exist');
    case 'topic-differs':
      return invalid(`${refusal.in} Reason: Topic already exists with different ${refusal.in.toLowerCase()}`);
    case 'subscription-differs':
      return invalid('Attributes Reason: Subscription already exists with different attributes');
    case 'unknown-token':
      return invalid('Token');
    case 'too-many-topics':
      return new AwsError('TopicLimitExceededException', 'Topic limit exceeded');
    case 'too-many-subscriptions':
      return new AwsError('SubscriptionLimitExceededException', 'Subscription limit exceeded');
    case 'too-many-filter-policies':
      return new AwsError('FilterPolicyLimitExceededException', 'Filter policy limit exceeded');
    case 'must-authenticate':
      return new AwsError(
        'AuthorizationErrorException',
        'The subscription can only be deleted by its owner or the owner of its topic, with a signed request',
      );
    case 'no-such-certificate':
      return new AwsError('NotFoundException', 'Certificate does not exist');
  }
}
