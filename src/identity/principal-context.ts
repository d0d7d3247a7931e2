import type { Principal } from '../wire/service.ts';
import type { ConditionContext } from './policy-condition.ts';

/** What a resource's policy may ask about whoever calls; connections of this machine count as safe, as they do for deliveries. */
export function principalContext({ arn, account, userId }: Principal): ConditionContext {
  return {
    'aws:securetransport': 'true',
    'aws:principalarn': arn,
    'aws:principalaccount': account,
    'aws:userid': userId,
    'aws:principalisawsservice': 'false',
  };
}
