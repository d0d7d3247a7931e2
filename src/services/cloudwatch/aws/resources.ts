import type { ResourcesOf } from '../../../wire/service.ts';
import { alarmArn } from '../alarm.ts';

/** The alarms or dashboards of a request; metrics have no ARNs. */
export const cloudWatchResources: ResourcesOf = (operation, input, { account, region }) => {
  const { AlarmName, AlarmNames, DashboardName, DashboardNames, ResourceARN } = input;
  const alarms = [AlarmName, AlarmNames].flat().filter(isText);
  const dashboards = [DashboardName, DashboardNames].flat().filter(isText);
  if (isText(ResourceARN)) return [ResourceARN];
  if (dashboards.length > 0) return dashboards.map((name) => dashboardArn(account, name));
  // Whoever does not say which is asking about all.
  if (alarms.length === 0) return [/^DescribeAlarm/.test(operation) ? alarmArn({ account, region, name: '*' }) : '*'];
  return alarms.map((name) => alarmArn({ account, region, name }));
};

export const dashboardArn = (account: string, name: string) => `arn:aws:cloudwatch::${account}:dashboard/${name}`;

const isText = (value: unknown): value is string => typeof value === 'string';
