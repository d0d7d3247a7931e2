import { type PolicyCaller, policyAllows } from '../../../identity/index.ts';
import { placeOfArn, policyStatements } from '../queue.ts';
import type { Queues } from '../queues.ts';

/** What other accounts can be let do ("Cross-account permissions don't apply" to the others, SQS API reference). */
export const SHARED = [
  '*',
  'ChangeMessageVisibility',
  'DeleteMessage',
  'GetQueueAttributes',
  'GetQueueUrl',
  'ListDeadLetterSourceQueues',
  'PurgeQueue',
  'ReceiveMessage',
  'SendMessage',
];

/** Whether a caller of another account may do `action` (`sqs:SendMessage`) to the queue of an ARN: the queue's policy decides. */
export function isQueueSharedWith(queues: () => Queues, caller: PolicyCaller, action: string, arn: string): boolean {
  const place = placeOfArn(arn);
  if (place === undefined || !isShared(action)) return false;
  return policyAllows(policyStatements(queues().find(place)?.settings.policy), caller, action);
}

/** Whether a queue's policy can let other accounts do it: `sqs:SendMessage`. */
function isShared(action: string): boolean {
  return SHARED.includes(action.replace(/^sqs:/, ''));
}
