import { judgeFunctionPolicy } from '../functions/aws/shared-function.ts';
import type { Functions } from '../functions/functions.ts';
import { accountOf, type PolicyVerdict, principalContext } from '../identity/index.ts';
import { judgeBusPolicy } from '../services/events/aws/bus-policy.ts';
import type { Buses } from '../services/events/buses.ts';
import { isDeniedByBucket, isGrantedByBucket } from '../services/s3/aws/shared-bucket.ts';
import type { S3 } from '../services/s3/s3.ts';
import { judgeTopicPolicy } from '../services/sns/aws/topic-policy.ts';
import type { Sns } from '../services/sns/sns.ts';
import { judgeQueuePolicy } from '../services/sqs/aws/shared-queue.ts';
import type { Queues } from '../services/sqs/queues.ts';
import type { Asking } from '../wire/service.ts';
import type { ResourcePolicies } from './guard.ts';

interface Ports {
  readonly functions: Functions;
  readonly queues: () => Queues;
  readonly topics: () => Sns;
  readonly buses: () => Buses;
  readonly buckets: () => S3;
}

/** What the policies of functions, queues, topics, event buses and buckets say to callers of their own account. */
export function resourcePolicies({ functions, queues, topics, buses, buckets }: Ports): ResourcePolicies {
  const judge = ({ principal }: Asking, account: string, action: string, resource: string): PolicyVerdict => {
    if (principal.kind !== 'assumed-role' || accountOf(resource) !== principal.account) return 'silent';
    const caller = { account, arn: principal.arn };
    const request = { caller, action, resource, context: principalContext(principal) };
    if (action.startsWith('lambda:')) return judgeFunctionPolicy(functions, request);
    if (action.startsWith('sqs:')) return judgeQueuePolicy(queues, request);
    if (action.startsWith('events:')) return judgeBusPolicy(buses, request);
    return action.startsWith('sns:') ? judgeTopicPolicy(topics, request) : 'silent';
  };
  return {
    denies: (by, action, arn) =>
      action.startsWith('s3:')
        ? isDeniedByBucket(buckets, by, action, arn)
        : judge(by, by.principal.account, action, arn) === 'denied',
    // A policy that names the account leaves it to the account's own policies.
    grants: (by, action, arn) =>
      action.startsWith('s3:')
        ? isGrantedByBucket(buckets, by, action, arn)
        : judge(by, NOBODYS, action, arn) === 'allowed',
  };
}

const NOBODYS = 'nobody';
