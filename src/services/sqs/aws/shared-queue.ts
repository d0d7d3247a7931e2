import { judgePolicy, type PolicyCaller, type PolicyRequest, type PolicyVerdict } from '../../../identity/index.ts';
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
  return isShared(action) && judgeQueuePolicy(queues, { caller, action, resource: arn }) === 'allowed';
}

/** What the policy of the queue of an ARN says; `silent` also where there is no such queue. */
export function judgeQueuePolicy(
  queues: () => Queues,
  request: PolicyRequest & { readonly resource: string },
): PolicyVerdict {
  const place = placeOfArn(request.resource);
  if (place === undefined) return 'silent';
  // AWS takes the queue's own policy for what it is about, whatever its statements name.
  return judgePolicy(policyStatements(queues().find(place)?.settings.policy), { ...request, resource: undefined });
}

/** Whether a queue's policy can let other accounts do it: `sqs:SendMessage`. */
function isShared(action: string): boolean {
  return SHARED.includes(action.replace(/^sqs:/, ''));
}
