import { createRequire } from 'node:module';
import { inAwsWords } from '../../../wire/in-aws-words.ts';
import { defineService, type Handlers, type ServiceDefinition } from '../../../wire/service.ts';
import type { Logs } from '../logs.ts';
import { LogsRefused } from '../refusal.ts';
import { LOGS_CONSTRAINTS, validateLogs } from './constraints.ts';
import { liveTailHandlers } from './live-tail.ts';
import { eventHandlers } from './log-events.ts';
import { groupHandlers } from './log-groups.ts';
import { streamHandlers } from './log-streams.ts';
import { metricFilterHandlers } from './metric-filters.ts';
import { queryHandlers } from './queries.ts';
import { refusalToAws } from './refusal-to-aws.ts';
import { logsResources } from './resources.ts';
import { type DestinationPorts, subscriptionFilterHandlers } from './subscription-filters.ts';

type Client = typeof import('@aws-sdk/client-cloudwatch-logs');

const require = createRequire(import.meta.url);

/** CloudWatch Logs as a service of the wire. */
export function logsService(logs: Logs, ports: DestinationPorts): ServiceDefinition {
  return defineService<Client>({
    name: 'logs',
    signingName: 'logs',
    protocols: ['awsJson1_1'],
    target: 'Logs_20140328',
    fractions: ['defaultValue'],
    resources: logsResources,
    load: () => require('@aws-sdk/client-cloudwatch-logs') as Client,
    handlers: logsHandlers(logs, ports),
    constraints: () => LOGS_CONSTRAINTS,
    validate: validateLogs,
  });
}

/** Answers of CloudWatch Logs' operations, in AWS's words. */
export function logsHandlers(logs: Logs, ports: DestinationPorts): Handlers<Client> {
  const handlers = {
    ...{ ...groupHandlers(logs), ...streamHandlers(logs), ...eventHandlers(logs), ...liveTailHandlers(logs) },
    ...{ ...metricFilterHandlers(logs), ...subscriptionFilterHandlers(logs, ports), ...queryHandlers(logs) },
  };
  return inAwsWords(handlers, (error) => (error instanceof LogsRefused ? refusalToAws(error.refusal, error) : error));
}
