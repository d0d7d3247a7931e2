import { inAwsWords } from '../../../wire/in-aws-words.ts';
import type { Handlers } from '../../../wire/service.ts';
import type { Queues } from '../queues.ts';
import { SqsRefused } from '../refusal.ts';
import { batchHandlers } from './message-batches.ts';
import { messageHandlers } from './messages.ts';
import { moveHandlers } from './moves.ts';
import { permissionHandlers } from './permissions.ts';
import { queueHandlers } from './queues.ts';
import { refusalToAws } from './refusal-to-aws.ts';

type Client = typeof import('@aws-sdk/client-sqs');

/** Answers of SQS's operations, in AWS's words. */
export function sqsHandlers(queues: () => Queues): Handlers<Client> {
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
