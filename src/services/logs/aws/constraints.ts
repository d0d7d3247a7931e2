import { AwsError } from '../../../wire/aws-error.ts';
import type { Constraints } from '../../../wire/service.ts';
import {
  type Check,
  elements,
  keys,
  length,
  oneOf,
  pattern,
  range,
  required,
  validationMessage,
  values,
  violations,
} from '../../../wire/validation.ts';

// Lengths, ranges and patterns: CloudWatch Logs' API model. Days of retention: its API reference.

const ANY = Number.POSITIVE_INFINITY;

const GROUP_NAME = [length(1, 512), pattern('[\\.\\-_/#A-Za-z0-9]+')];
const GROUP_IDENTIFIER = [length(1, 2_048), pattern('[\\w#+=/:,.@-]*')];
const GROUP_CLASS = [oneOf(['STANDARD', 'INFREQUENT_ACCESS', 'DELIVERY', 'ESSENTIALS'])];
const STREAM_NAME = [length(1, 512), pattern('[^:*]*')];
const TIME = [range(0, ANY)];
const TOKEN = [length(1, ANY)];
const RETENTION_DAYS = [
  ...['1', '3', '5', '7', '14', '30', '60', '90', '120', '150', '180', '365', '400', '545', '731', '1096', '1827'],
  ...['2192', '2557', '2922', '3288', '3653'],
];

const TAG_KEY = [length(1, 128), pattern('^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+)$')];
const TAG_VALUE = [length(0, 256), pattern('^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)$')];
const TAGS = [length(1, 50), keys(...TAG_KEY), values(...TAG_VALUE)];

const GROUP = { logGroupName: [required, ...GROUP_NAME] };
const OPTIONAL_GROUP = { logGroupName: GROUP_NAME };
const RESOURCE_IDENTIFIER = [length(1, 2_048), pattern('[\\w+=/:,.@\\-\\*]*')];
const STREAM = { ...GROUP, logStreamName: [required, ...STREAM_NAME] };
const EITHER_GROUP = { logGroupName: GROUP_NAME, logGroupIdentifier: GROUP_IDENTIFIER };
const RESOURCE = { resourceArn: [required, length(1, 1_011), pattern('[\\w+=/:,.@-]*')] };
const FILTER_NAME = [length(1, 512), pattern('[^:*]*')];
const FILTER = { ...GROUP, filterName: [required, ...FILTER_NAME] };
const METRIC_NAME = [length(0, 255), pattern('[^:*$]*')];
const UNITS = [
  ...['Seconds', 'Microseconds', 'Milliseconds', 'Bytes', 'Kilobytes', 'Megabytes', 'Gigabytes', 'Terabytes', 'Bits'],
  ...['Kilobits', 'Megabits', 'Gigabits', 'Terabits', 'Percent', 'Count', 'Bytes/Second', 'Kilobytes/Second'],
  ...['Megabytes/Second', 'Gigabytes/Second', 'Terabytes/Second', 'Bits/Second', 'Kilobits/Second', 'Megabits/Second'],
  ...['Gigabits/Second', 'Terabits/Second', 'Count/Second', 'None'],
];
const QUERY = { queryId: [required, length(1, 256)] };
const LIST_PAGE = { nextToken: TOKEN, limit: [range(1, 50)] };
const EVENTS_PAGE = { startTime: TIME, endTime: TIME, nextToken: TOKEN, limit: [range(1, 10_000)] };

export const LOGS_CONSTRAINTS: Constraints<typeof import('@aws-sdk/client-cloudwatch-logs')> = {
  CreateLogGroup: { ...GROUP, kmsKeyId: [length(0, 256)], tags: TAGS, logGroupClass: GROUP_CLASS },
  DeleteLogGroup: GROUP,
  DescribeLogGroups: {
    accountIdentifiers: [length(0, 20), elements(length(12, 12), pattern('^\\d{12}$'))],
    logGroupNamePrefix: GROUP_NAME,
    logGroupNamePattern: [length(0, 512), pattern('[\\.\\-_/#A-Za-z0-9]*')],
    logGroupClass: GROUP_CLASS,
    logGroupIdentifiers: [length(1, 50), elements(...GROUP_IDENTIFIER)],
    ...LIST_PAGE,
  },
  AssociateKmsKey: { ...OPTIONAL_GROUP, kmsKeyId: [required, length(0, 256)], resourceIdentifier: RESOURCE_IDENTIFIER },
  DisassociateKmsKey: { ...OPTIONAL_GROUP, resourceIdentifier: RESOURCE_IDENTIFIER },
  TagLogGroup: { ...GROUP, tags: [required, ...TAGS] },
  UntagLogGroup: { ...GROUP, tags: [required, length(1, ANY), elements(...TAG_KEY)] },
  ListTagsLogGroup: GROUP,
  PutRetentionPolicy: { ...GROUP, retentionInDays: [required, oneOf(RETENTION_DAYS)] },
  DeleteRetentionPolicy: GROUP,
  TagResource: { ...RESOURCE, tags: [required, ...TAGS] },
  UntagResource: { ...RESOURCE, tagKeys: [required, length(0, 50), elements(...TAG_KEY)] },
  ListTagsForResource: RESOURCE,

  CreateLogStream: STREAM,
  DeleteLogStream: STREAM,
  DescribeLogStreams: {
    ...EITHER_GROUP,
    logStreamNamePrefix: STREAM_NAME,
    orderBy: [oneOf(['LogStreamName', 'LastEventTime'])],
    ...LIST_PAGE,
  },

  PutSubscriptionFilter: {
    ...FILTER,
    filterPattern: [required, length(0, 1_024)],
    destinationArn: [required, length(1, ANY)],
    roleArn: [length(1, ANY)],
    distribution: [oneOf(['Random', 'ByLogStream'])],
    fieldSelectionCriteria: [length(0, 2_000)],
  },
  DescribeSubscriptionFilters: { ...GROUP, filterNamePrefix: FILTER_NAME, ...LIST_PAGE },
  DeleteSubscriptionFilter: FILTER,
  PutMetricFilter: {
    ...FILTER,
    filterPattern: [required, length(0, 1_024)],
    metricTransformations: [required, length(1, 1)],
    'metricTransformations.*': {
      metricName: [required, ...METRIC_NAME],
      metricNamespace: [required, ...METRIC_NAME],
      metricValue: [required, length(0, 100)],
      dimensions: [keys(length(0, 255)), values(length(0, 255))],
      unit: [oneOf(UNITS)],
    },
    fieldSelectionCriteria: [length(0, 2_000)],
  },
  DescribeMetricFilters: {
    logGroupName: GROUP_NAME,
    filterNamePrefix: FILTER_NAME,
    ...LIST_PAGE,
    metricName: METRIC_NAME,
    metricNamespace: METRIC_NAME,
  },
  DeleteMetricFilter: FILTER,
  TestMetricFilter: {
    filterPattern: [required, length(0, 1_024)],
    logEventMessages: [required, length(1, 50), elements(length(1, ANY))],
  },

  PutLogEvents: {
    ...STREAM,
    logEvents: [required, length(1, 10_000)],
    'logEvents.*': { timestamp: [required, ...TIME], message: [required, length(1, ANY)] },
    sequenceToken: TOKEN,
    'entity.keyAttributes': [length(2, 4), keys(length(1, 32)), values(length(1, 512))],
    'entity.attributes': [length(0, 10), keys(length(1, 256)), values(length(1, 512))],
  },
  StartLiveTail: {
    logGroupIdentifiers: [required, length(1, 10), elements(...GROUP_IDENTIFIER)],
    logStreamNames: [length(1, 100), elements(...STREAM_NAME)],
    logStreamNamePrefixes: [length(1, 100), elements(...STREAM_NAME)],
    logEventFilterPattern: [length(0, 1_024)],
  },
  PutResourcePolicy: { policyDocument: [length(1, 51_200)], expectedRevisionId: TOKEN },
  DescribeResourcePolicies: { ...LIST_PAGE, policyScope: [oneOf(['ACCOUNT', 'RESOURCE'])] },
  DeleteResourcePolicy: { expectedRevisionId: TOKEN },
  StartQuery: {
    queryLanguage: [oneOf(['CWLI', 'SQL', 'PPL'])],
    logGroupName: GROUP_NAME,
    logGroupNames: [elements(...GROUP_NAME)],
    logGroupIdentifiers: [elements(...GROUP_IDENTIFIER)],
    startTime: [required, ...TIME],
    endTime: [required, ...TIME],
    queryString: [required, length(0, 10_000)],
    limit: [range(1, 100_000)],
  },
  GetQueryResults: { ...QUERY, nextToken: [length(0, 1_024)], maxItems: [range(0, 10_000)] },
  StopQuery: QUERY,
  DescribeQueries: {
    logGroupName: GROUP_NAME,
    status: [oneOf(['Scheduled', 'Running', 'Complete', 'Failed', 'Cancelled', 'Timeout', 'Unknown'])],
    maxResults: [range(1, 1_000)],
    nextToken: TOKEN,
    queryLanguage: [oneOf(['CWLI', 'SQL', 'PPL'])],
  },
  GetLogRecord: { logRecordPointer: [required] },
  GetLogGroupFields: { ...EITHER_GROUP, time: TIME },
  GetLogEvents: { ...EITHER_GROUP, logStreamName: [required, ...STREAM_NAME], ...EVENTS_PAGE },
  FilterLogEvents: {
    ...EITHER_GROUP,
    logStreamNames: [length(1, 100), elements(...STREAM_NAME)],
    logStreamNamePrefix: STREAM_NAME,
    filterPattern: [length(0, 1_024)],
    ...EVENTS_PAGE,
  },
};

/** Throws InvalidParameterException, the code that CloudWatch Logs has for every broken constraint. */
export function validateLogs(checks: readonly Check[]): void {
  const broken = violations(checks);
  if (broken.length > 0) throw invalidParameter(validationMessage(broken));
}

export function invalidParameter(message: string): AwsError {
  return new AwsError('InvalidParameterException', message);
}
