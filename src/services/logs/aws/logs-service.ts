import { createRequire } from 'node:module';
import { lateHandlers } from '../../../wire/late-handlers.ts';
import { defineService, type Handlers, type ServiceDefinition } from '../../../wire/service.ts';
import type { Logs } from '../logs.ts';
import { logsResources } from './resources.ts';
import type { DestinationPorts } from './subscription-filters.ts';

type Client = typeof import('@aws-sdk/client-cloudwatch-logs');

const require = createRequire(import.meta.url);

const OPERATIONS = [
  'AssociateKmsKey',
  'CreateLogGroup',
  'CreateLogStream',
  'DeleteLogGroup',
  'DeleteLogStream',
  'DeleteMetricFilter',
  'DeleteResourcePolicy',
  'DeleteRetentionPolicy',
  'DeleteSubscriptionFilter',
  'DescribeLogGroups',
  'DescribeLogStreams',
  'DescribeMetricFilters',
  'DescribeQueries',
  'DescribeResourcePolicies',
  'DescribeSubscriptionFilters',
  'DisassociateKmsKey',
  'FilterLogEvents',
  'GetLogEvents',
  'GetLogGroupFields',
  'GetLogRecord',
  'GetQueryResults',
  'ListTagsForResource',
  'ListTagsLogGroup',
  'PutLogEvents',
  'PutMetricFilter',
  'PutResourcePolicy',
  'PutRetentionPolicy',
  'PutSubscriptionFilter',
  'StartLiveTail',
  'StartQuery',
  'StopQuery',
  'TagLogGroup',
  'TagResource',
  'TestMetricFilter',
  'UntagLogGroup',
  'UntagResource',
] as const satisfies readonly (keyof Handlers<Client>)[];

/** CloudWatch Logs as a service of the wire. The code of its operations is loaded with the first request. */
export function logsService(logs: Logs, ports: DestinationPorts): ServiceDefinition {
  return defineService<Client>({
    name: 'logs',
    signingName: 'logs',
    protocols: ['awsJson1_1'],
    target: 'Logs_20140328',
    fractions: ['defaultValue'],
    resources: logsResources,
    load: () => require('@aws-sdk/client-cloudwatch-logs') as Client,
    handlers: lateHandlers<Client>(OPERATIONS, () => handlers().logsHandlers(logs, ports)),
    constraints: () => constraints().LOGS_CONSTRAINTS,
    validate: (checks) => constraints().validateLogs(checks),
  });
}

const handlers = () => require('./logs-handlers.ts') as typeof import('./logs-handlers.ts');
const constraints = () => require('./constraints.ts') as typeof import('./constraints.ts');
