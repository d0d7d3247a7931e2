import { type PolicyCaller, policyAllows } from '../../../identity/index.ts';
import { placeOfArn, policyStatements } from '../queue.ts';
import type { Queues } from '../queues.ts';
import { isShared } from './permissions.ts';

/** Whether a caller of another account may do `action` (`sqs:SendMessage`) to the queue of an ARN: the queue's policy decides. */
export function isQueueSharedWith(queues: () => Queues, caller: PolicyCaller, action: string, arn: string): boolean {
  const place = placeOfArn(arn);
  if (place === undefined || !isShared(action)) return false;
  return policyAllows(policyStatements(queues().find(place)?.settings.policy), caller, action);
}
