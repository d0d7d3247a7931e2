import { createRequire } from 'node:module';
import { lateHandlers } from '../../../wire/late-handlers.ts';
import { defineService, type Handlers, type ServiceDefinition } from '../../../wire/service.ts';
import type { OpenCloudWatch } from '../open-cloudwatch.ts';
import { cloudWatchResources } from './resources.ts';

type Client = typeof import('@aws-sdk/client-cloudwatch');

const require = createRequire(import.meta.url);

const OPERATIONS = [
  'DeleteAlarms',
  'DeleteDashboards',
  'DescribeAlarmHistory',
  'DescribeAlarms',
  'DescribeAlarmsForMetric',
  'DisableAlarmActions',
  'EnableAlarmActions',
  'GetDashboard',
  'GetMetricData',
  'GetMetricStatistics',
  'ListDashboards',
  'ListMetrics',
  'ListTagsForResource',
  'PutCompositeAlarm',
  'PutDashboard',
  'PutMetricAlarm',
  'PutMetricData',
  'SetAlarmState',
  'TagResource',
  'UntagResource',
] as const satisfies readonly (keyof Handlers<Client>)[];

/** AWS: "Each PutMetricData request is limited to 1 MB in size", before it is compressed. */
const BODY_BYTES_MAX = 1_024 * 1_024;

/**
 * CloudWatch as a service of the wire: the newest clients speak JSON, boto3 CBOR, older ones the query protocol. Nothing
 * of `cloudWatch` is opened nor is the code of the operations loaded before the first request.
 */
export function cloudWatchService({ core, alarms }: Pick<OpenCloudWatch, 'core' | 'alarms'>): ServiceDefinition {
  return defineService<Client>({
    name: 'cloudwatch',
    signingName: 'monitoring',
    protocols: ['awsJson1_0', 'rpcv2Cbor', 'awsQuery'],
    target: 'GraniteServiceVersion20100801',
    apiVersion: '2010-08-01',
    xmlNamespace: 'http://monitoring.amazonaws.com/doc/2010-08-01/',
    bodyBytesMax: BODY_BYTES_MAX,
    resources: cloudWatchResources,
    load: () => require('@aws-sdk/client-cloudwatch') as Client,
    handlers: lateHandlers<Client>(OPERATIONS, () => handlers().cloudWatchHandlers(core, alarms)),
    constraints: () => constraints().CLOUDWATCH_CONSTRAINTS,
  });
}

const handlers = () => require('./cloudwatch-handlers.ts') as typeof import('./cloudwatch-handlers.ts');
const constraints = () => require('./constraints.ts') as typeof import('./constraints.ts');
