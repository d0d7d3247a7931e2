import { createRequire } from 'node:module';
import { inAwsWords } from '../../../wire/in-aws-words.ts';
import { defineService, type Handlers, type ServiceDefinition } from '../../../wire/service.ts';
import type { Queues } from '../queues.ts';
import { SqsRefused } from '../refusal.ts';
import { batchHandlers } from './message-batches.ts';
import { messageHandlers } from './messages.ts';
import { moveHandlers } from './moves.ts';
import { permissionHandlers } from './permissions.ts';
import { queueHandlers } from './queues.ts';
import { refusalToAws } from './refusal-to-aws.ts';

type Client = typeof import('@aws-sdk/client-sqs');

const require = createRequire(import.meta.url);

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
    load: () => require('@aws-sdk/client-sqs') as Client,
    handlers: sqsHandlers(queues),
  });
}

function sqsHandlers(queues: () => Queues): Handlers<Client> {
  const handlers = {
    ...queueHandlers(queues),
    ...messageHandlers(queues),
    ...batchHandlers(queues),
    ...permissionHandlers(queues),
    ...moveHandlers(queues),
  };
  return inAwsWords(handlers, (error, context) =>
    error instanceof SqsRefused ? refusalToAws(error.refusal, context) : error,
  );
}
