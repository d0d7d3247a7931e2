import { createRequire } from 'node:module';
import { lateHandlers } from '../../../wire/late-handlers.ts';
import { defineService, type Handlers, type ServiceDefinition } from '../../../wire/service.ts';
import type { Queues } from '../queues.ts';
import { sqsResources } from './resources.ts';

type Client = typeof import('@aws-sdk/client-sqs');

const require = createRequire(import.meta.url);

const OPERATIONS = [
  'AddPermission',
  'CancelMessageMoveTask',
  'ChangeMessageVisibility',
  'ChangeMessageVisibilityBatch',
  'CreateQueue',
  'DeleteMessage',
  'DeleteMessageBatch',
  'DeleteQueue',
  'GetQueueAttributes',
  'GetQueueUrl',
  'ListDeadLetterSourceQueues',
  'ListMessageMoveTasks',
  'ListQueueTags',
  'ListQueues',
  'PurgeQueue',
  'ReceiveMessage',
  'RemovePermission',
  'SendMessage',
  'SendMessageBatch',
  'SetQueueAttributes',
  'StartMessageMoveTask',
  'TagQueue',
  'UntagQueue',
] as const satisfies readonly (keyof Handlers<Client>)[];

/** Many times the largest batch, which is of 1 MiB before it is escaped or encoded. */
const BODY_BYTES_MAX = 16 * 1_048_576;

/** The Simple Queue Service as a service of the wire. `queues` is asked for at the first request, and not before. */
export function sqsService(queues: () => Queues): ServiceDefinition {
  return defineService<Client>({
    name: 'sqs',
    signingName: 'sqs',
    protocols: ['awsJson1_0', 'awsQuery'],
    target: 'AmazonSQS',
    apiVersion: '2012-11-05',
    xmlNamespace: 'http://queue.amazonaws.com/doc/2012-11-05/',
    bodyBytesMax: BODY_BYTES_MAX,
    resources: sqsResources,
    load: () => require('@aws-sdk/client-sqs') as Client,
    handlers: lateHandlers<Client>(OPERATIONS, () => handlers().sqsHandlers(queues)),
  });
}

const handlers = () => require('./sqs-handlers.ts') as typeof import('./sqs-handlers.ts');
