import type { DeadLetterConfig } from '@aws-sdk/client-lambda';
import { invalid } from './refusal-to-aws.ts';

const QUEUE = /^arn:aws[a-zA-Z-]*:sqs:[a-z0-9-]+:\d{12}:[a-zA-Z0-9-_]{1,80}$/;
const TOPIC = /^arn:aws[a-zA-Z-]*:sns:[a-z0-9-]+:\d{12}:[a-zA-Z0-9-_]{1,256}$/;

/**
 * Throws AwsError for what no event can go to. AWS: standard queues and topics only (invocation-async-retain-records). They
 * are not looked up, nor whether the role may write to them, which is asked when something is delivered. AWS's words for
 * ARNs of other services are not known, but for how they begin.
 */
export function assertDeadLetterTarget(config: DeadLetterConfig | undefined): void {
  const arn = config?.TargetArn;
  if (!arn || QUEUE.test(arn) || TOPIC.test(arn)) return;
  throw invalid(`Invalid dead letter queue ARN: ${arn} is no standard queue of SQS and no standard topic of SNS`);
}
