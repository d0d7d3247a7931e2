import { parseArn } from '../delivery/arn.ts';
import type { DeliveryPurpose, Posted } from '../delivery/outbox.ts';
import type { Metrics } from '../lib/metrics.ts';

/** AWS's metrics of Lambda, SNS and EventBridge. */
const METRIC: Readonly<Record<DeliveryPurpose, string>> = {
  destination: 'DestinationDeliveryFailures',
  'dead-letter': 'DeadLetterErrors',
  notification: 'NumberOfNotificationsFailed',
  rule: 'FailedInvocations',
};

/** Counts a delivery that will not be made. */
export function countGivenUp(metrics: Metrics, { purpose, from }: Posted): void {
  const { region = '', resource = '' } = parseArn(from.sourceArn) ?? {};
  const where = { account: from.sourceAccount, region };
  if (from.kind === 'role' && purpose !== 'rule')
    metrics.count(METRIC[purpose], { ...where, function: resource.replace(/^function:/, '') });
  else metrics.count(METRIC[purpose], { ...where, source: from.sourceArn });
}
