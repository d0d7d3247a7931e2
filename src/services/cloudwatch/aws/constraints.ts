import type { Constraints } from '../../../wire/service.ts';
import { elements, length, oneOf, pattern, range, required } from '../../../wire/validation.ts';
import { STATES } from '../alarm.ts';
import { UNITS } from '../metric.ts';

// What AWS's model says of the members (botocore 1.44). The oldest operations, which put and read values, have words of their
// own for what is wrong with them (`parameters.ts`).

const NAME = length(1, 255);
const ALARM_NAME = { alarmName: [required, NAME] };
const ALARM_NAMES = { alarmNames: [required, length(0, 100), elements(NAME)] };
const TAG = { key: [required, length(1, 128)], value: [required, length(0, 256)] };
const TAGS = { 'tags.*': TAG };
const RESOURCE = { resourceARN: [required, length(1, 1_024)] };
const NAMESPACE = [NAME, pattern('[^:].*')];
const DIMENSIONS = {
  dimensions: [length(0, 30)],
  'dimensions.*': { name: [required, NAME], value: [required, length(1, 1_024)] },
};
const STATISTIC = oneOf(['Maximum', 'SampleCount', 'Sum', 'Minimum', 'Average']);
const UNIT = oneOf(UNITS);
const PERIOD = range(1, Number.POSITIVE_INFINITY);
const RECORDS = range(1, 100);
const TYPES = ['CompositeAlarm', 'MetricAlarm', 'LogAlarm'];
const ACTIONS = [length(0, 5), elements(length(1, 1_024))];
const ALARM = {
  ...ALARM_NAME,
  alarmDescription: [length(0, 1_024)],
  oKActions: ACTIONS,
  alarmActions: ACTIONS,
  insufficientDataActions: ACTIONS,
  ...TAGS,
};
const QUERY = {
  id: [required, NAME],
  'metricStat.metric': [required],
  'metricStat.metric.namespace': NAMESPACE,
  'metricStat.metric.metricName': [NAME],
  'metricStat.metric.dimensions': [length(0, 30)],
  'metricStat.period': [required, PERIOD],
  'metricStat.stat': [required],
  'metricStat.unit': [UNIT],
  expression: [length(1, 2_048)],
  period: [PERIOD],
};

export const CLOUDWATCH_CONSTRAINTS: Constraints<typeof import('@aws-sdk/client-cloudwatch')> = {
  PutMetricData: {},
  PutDashboard: {},
  GetDashboard: {},
  ListDashboards: {},
  DeleteDashboards: {},
  GetMetricStatistics: {},
  ListMetrics: {},
  GetMetricData: {
    metricDataQueries: [required],
    'metricDataQueries.*': QUERY,
    startTime: [required],
    endTime: [required],
    scanBy: [oneOf(['TimestampDescending', 'TimestampAscending'])],
  },
  PutMetricAlarm: {
    ...ALARM,
    metricName: [NAME],
    namespace: NAMESPACE,
    statistic: [STATISTIC],
    ...DIMENSIONS,
    period: [PERIOD],
    unit: [UNIT],
    evaluationPeriods: [range(1, Number.POSITIVE_INFINITY)],
    datapointsToAlarm: [range(1, Number.POSITIVE_INFINITY)],
    comparisonOperator: [
      oneOf([
        'GreaterThanOrEqualToThreshold',
        'GreaterThanThreshold',
        'LessThanThreshold',
        'LessThanOrEqualToThreshold',
        'LessThanLowerOrGreaterThanUpperThreshold',
        'LessThanLowerThreshold',
        'GreaterThanUpperThreshold',
      ]),
    ],
    treatMissingData: [NAME],
    evaluateLowSampleCountPercentile: [NAME],
    'metrics.*': QUERY,
    thresholdMetricId: [NAME],
  },
  PutCompositeAlarm: { ...ALARM, alarmRule: [required, length(1, 10_240)], actionsSuppressor: [length(1, 1_600)] },
  DeleteAlarms: ALARM_NAMES,
  EnableAlarmActions: ALARM_NAMES,
  DisableAlarmActions: ALARM_NAMES,
  SetAlarmState: {
    ...ALARM_NAME,
    stateValue: [required, oneOf(STATES)],
    stateReason: [required, length(0, 1_023)],
    stateReasonData: [length(0, 4_000)],
  },
  DescribeAlarms: {
    alarmNames: [length(0, 100), elements(NAME)],
    alarmNamePrefix: [NAME],
    alarmTypes: [elements(oneOf(TYPES))],
    childrenOfAlarmName: [NAME],
    parentsOfAlarmName: [NAME],
    stateValue: [oneOf(STATES)],
    actionPrefix: [length(1, 1_024)],
    maxRecords: [RECORDS],
  },
  DescribeAlarmsForMetric: {
    metricName: [required, NAME],
    namespace: [required, ...NAMESPACE],
    statistic: [STATISTIC],
    ...DIMENSIONS,
    period: [PERIOD],
    unit: [UNIT],
  },
  DescribeAlarmHistory: {
    alarmName: [NAME],
    alarmContributorId: [length(1, 16)],
    alarmTypes: [elements(oneOf(TYPES))],
    historyItemType: [
      oneOf(['ConfigurationUpdate', 'StateUpdate', 'Action', 'AlarmContributorStateUpdate', 'AlarmContributorAction']),
    ],
    maxRecords: [RECORDS],
    scanBy: [oneOf(['TimestampDescending', 'TimestampAscending'])],
  },
  TagResource: { ...RESOURCE, tags: [required], ...TAGS },
  UntagResource: { ...RESOURCE, tagKeys: [required, elements(length(1, 128))] },
  ListTagsForResource: RESOURCE,
};
