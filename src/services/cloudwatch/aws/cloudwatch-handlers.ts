import { inAwsWords } from '../../../wire/in-aws-words.ts';
import type { Handlers } from '../../../wire/service.ts';
import type { Alarms } from '../alarms.ts';
import type { CloudWatch } from '../cloudwatch.ts';
import { CloudWatchRefused } from '../refusal.ts';
import { alarmHandlers } from './alarms.ts';
import { dashboardHandlers } from './dashboards.ts';
import { describeAlarmHandlers } from './describe-alarms.ts';
import { getMetricDataHandlers } from './get-metric-data.ts';
import { getMetricStatisticsHandlers } from './get-metric-statistics.ts';
import { listMetricsHandlers } from './list-metrics.ts';
import { putMetricDataHandlers } from './put-metric-data.ts';
import { refusalToAws } from './refusal-to-aws.ts';

type Client = typeof import('@aws-sdk/client-cloudwatch');

/** Answers of CloudWatch's operations, in AWS's words. */
export function cloudWatchHandlers(cloudWatch: () => CloudWatch, alarms: () => Alarms): Handlers<Client> {
  const handlers = {
    ...putMetricDataHandlers(cloudWatch),
    ...getMetricStatisticsHandlers(cloudWatch),
    ...getMetricDataHandlers(cloudWatch),
    ...listMetricsHandlers(cloudWatch),
    ...alarmHandlers(alarms),
    ...describeAlarmHandlers(alarms),
    ...dashboardHandlers(alarms),
  };
  return inAwsWords(handlers, (error) => (error instanceof CloudWatchRefused ? refusalToAws(error.refusal) : error));
}
