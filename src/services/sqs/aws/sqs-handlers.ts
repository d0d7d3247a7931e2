import { StorageFull } from '../../../store/outage.ts';
import { AwsError } from '../../../wire/aws-error.ts';
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
  return inAwsWords(handlers, (error, context) => {
    if (error instanceof SqsRefused) return refusalToAws(error.refusal, context);
    // Not AWS's: its disks do not fill. A client that repeats the request would find it as full.
    if (error instanceof StorageFull)
      return new AwsError('InternalError', `${error.message}.`, { status: 507, cause: error });
    return error;
  });
}
