import { createRequire } from 'node:module';
import { lateHandlers } from '../../../wire/late-handlers.ts';
import { defineService, type Handlers, type ServiceDefinition } from '../../../wire/service.ts';
import type { Sns } from '../sns.ts';
import { snsResources } from './resources.ts';

type Client = typeof import('@aws-sdk/client-sns');

const require = createRequire(import.meta.url);

export const SNS_NAMESPACE = 'http://sns.amazonaws.com/doc/2010-03-31/';

const OPERATIONS = [
  'AddPermission',
  'ConfirmSubscription',
  'CreateTopic',
  'DeleteTopic',
  'GetSubscriptionAttributes',
  'GetTopicAttributes',
  'ListSubscriptions',
  'ListSubscriptionsByTopic',
  'ListTagsForResource',
  'ListTopics',
  'Publish',
  'PublishBatch',
  'RemovePermission',
  'SetSubscriptionAttributes',
  'SetTopicAttributes',
  'Subscribe',
  'TagResource',
  'Unsubscribe',
  'UntagResource',
] as const satisfies readonly (keyof Handlers<Client>)[];

/**
 * Simple Notification Service as a service of the wire. Neither `sns` is called nor is the code of the operations loaded
 * before the first request: at the server's start that took more time than it is worth to those who have no topics.
 */
export function snsService(sns: () => Sns): ServiceDefinition {
  return defineService<Client>({
    name: 'sns',
    signingName: 'sns',
    protocols: ['awsQuery'],
    apiVersion: '2010-03-31',
    xmlNamespace: SNS_NAMESPACE,
    resources: snsResources,
    load: () => require('@aws-sdk/client-sns') as Client,
    handlers: lateHandlers<Client>(OPERATIONS, () => handlers().snsHandlers(sns)),
    constraints: () => constraints().SNS_CONSTRAINTS,
    validate: (checks) => constraints().validateSns(checks),
  });
}

const handlers = () => require('./sns-handlers.ts') as typeof import('./sns-handlers.ts');
const constraints = () => require('./constraints.ts') as typeof import('./constraints.ts');
