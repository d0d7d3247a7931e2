import type { ResourcesOf } from '../../../wire/service.ts';
import { queueArn } from '../queue.ts';
import { placeOfUrl } from './queue-url.ts';

/** The queue that a request is about, by its URL, its name or its ARN. */
export const sqsResources: ResourcesOf = (_, input, { account: own, region }) => {
  const { QueueUrl: url, QueueName: name, QueueOwnerAWSAccountId: owner, SourceArn: source } = input;
  if (typeof source === 'string') return [source];
  if (typeof name === 'string') {
    return [queueArn({ account: typeof owner === 'string' ? owner : own, region, name })];
  }
  const place = typeof url === 'string' ? placeOfUrl(url, { account: own, region }) : undefined;
  return [place === undefined ? '*' : queueArn(place)];
};
