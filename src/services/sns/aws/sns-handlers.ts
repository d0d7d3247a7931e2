import { StorageFull } from '../../../store/outage.ts';
import { AwsError } from '../../../wire/aws-error.ts';
import { inAwsWords } from '../../../wire/in-aws-words.ts';
import type { Handlers } from '../../../wire/service.ts';
import { SnsRefused } from '../refusal.ts';
import type { Sns } from '../sns.ts';
import { permissionHandlers } from './permissions.ts';
import { publishHandlers } from './publish.ts';
import { refusalToAws } from './refusal-to-aws.ts';
import { subscriptionHandlers } from './subscriptions.ts';
import { tagHandlers } from './tags.ts';
import { topicHandlers } from './topics.ts';

type Client = typeof import('@aws-sdk/client-sns');

/** Answers of SNS's operations, in AWS's words. */
export function snsHandlers(sns: () => Sns): Handlers<Client> {
  const handlers = {
    ...topicHandlers(sns),
    ...subscriptionHandlers(sns),
    ...publishHandlers(sns),
    ...permissionHandlers(sns),
    ...tagHandlers(sns),
  };
  return inAwsWords(handlers, (error) => {
    if (error instanceof SnsRefused) return refusalToAws(error.refusal);
    // As queues answer it.
    if (error instanceof StorageFull)
      return new AwsError('InternalError', `${error.message}.`, { status: 507, cause: error });
    return error;
  });
}
