import { parseArn } from '../../delivery/arn.ts';
import { JsonFlaw, jsonTokens, toldFlaw } from '../../patterns/json-tokens.ts';
import { FIFO_SUFFIX } from './topic.ts';

/** Why a redrive policy is not one, as AWS says it. */
export class RedrivePolicyFlaw extends Error {}

/** Throws `RedrivePolicyFlaw` unless this names a queue. `inOrder`: a queue in order, subscribed to a topic in order. */
export function assertRedrivePolicy(json: string, { inOrder }: { inOrder: boolean }): void {
  try {
    jsonTokens(json);
  } catch (error) {
    if (!(error instanceof JsonFlaw)) throw error;
    throw new RedrivePolicyFlaw(toldFlaw(json, error));
  }
  const policy: unknown = JSON.parse(json);
  const target = typeof policy === 'object' && policy !== null ? Reflect.get(policy, 'deadLetterTargetArn') : undefined;
  if (typeof target !== 'string' || parseArn(target)?.service !== 'sqs')
    throw new RedrivePolicyFlaw('deadLetterTargetArn is an invalid arn');
  if (inOrder && !target.endsWith(FIFO_SUFFIX))
    throw new RedrivePolicyFlaw('must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic.');
}
