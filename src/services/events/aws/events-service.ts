import { createRequire } from 'node:module';
import { lateHandlers } from '../../../wire/late-handlers.ts';
import { defineService, type Handlers, type ServiceDefinition } from '../../../wire/service.ts';
import type { EventsPorts } from './events-handlers.ts';
import { eventsResources } from './resources.ts';

type Client = typeof import('@aws-sdk/client-eventbridge');

const require = createRequire(import.meta.url);

const OPERATIONS = [
  'CancelReplay',
  'CreateArchive',
  'CreateEventBus',
  'DeleteArchive',
  'DeleteEventBus',
  'DeleteRule',
  'DescribeArchive',
  'DescribeEventBus',
  'DescribeReplay',
  'DescribeRule',
  'DisableRule',
  'EnableRule',
  'ListArchives',
  'ListEventBuses',
  'ListReplays',
  'ListRuleNamesByTarget',
  'ListRules',
  'ListTagsForResource',
  'ListTargetsByRule',
  'PutEvents',
  'PutPermission',
  'PutRule',
  'PutTargets',
  'RemovePermission',
  'RemoveTargets',
  'StartReplay',
  'TagResource',
  'TestEventPattern',
  'UntagResource',
  'UpdateArchive',
  'UpdateEventBus',
] as const satisfies readonly (keyof Handlers<Client>)[];

/**
 * EventBridge as a service of the wire. Neither `ports` are called nor is the code of the operations loaded before the first
 * request. API destinations, connections, global endpoints and partners' events answer that they are not there.
 */
export function eventsService(ports: EventsPorts): ServiceDefinition {
  return defineService<Client>({
    name: 'events',
    signingName: 'events',
    protocols: ['awsJson1_1'],
    target: 'AWSEvents',
    resources: eventsResources,
    load: () => require('@aws-sdk/client-eventbridge') as Client,
    handlers: lateHandlers<Client>(OPERATIONS, () => handlers().eventsHandlers(ports)),
    constraints: () => constraints().EVENTS_CONSTRAINTS,
    validate: (checks) => constraints().validateEvents(checks),
  });
}

const handlers = () => require('./events-handlers.ts') as typeof import('./events-handlers.ts');
const constraints = () => require('./constraints.ts') as typeof import('./constraints.ts');
