import { inAwsWords } from '../../../wire/in-aws-words.ts';
import type { Handlers } from '../../../wire/service.ts';
import type { Logs } from '../logs.ts';
import { LogsRefused } from '../refusal.ts';
import { liveTailHandlers } from './live-tail.ts';
import { eventHandlers } from './log-events.ts';
import { groupHandlers } from './log-groups.ts';
import { streamHandlers } from './log-streams.ts';
import { metricFilterHandlers } from './metric-filters.ts';
import { queryHandlers } from './queries.ts';
import { refusalToAws } from './refusal-to-aws.ts';
import { resourcePolicyHandlers } from './resource-policies.ts';
import { type DestinationPorts, subscriptionFilterHandlers } from './subscription-filters.ts';

type Client = typeof import('@aws-sdk/client-cloudwatch-logs');

/** Answers of CloudWatch Logs' operations, in AWS's words. */
export function logsHandlers(logs: Logs, ports: DestinationPorts): Handlers<Client> {
  const handlers = {
    ...{ ...groupHandlers(logs), ...streamHandlers(logs), ...eventHandlers(logs), ...liveTailHandlers(logs) },
    ...{ ...metricFilterHandlers(logs), ...subscriptionFilterHandlers(logs, ports), ...queryHandlers(logs) },
    ...resourcePolicyHandlers(logs),
  };
  return inAwsWords(handlers, (error) => (error instanceof LogsRefused ? refusalToAws(error.refusal, error) : error));
}
