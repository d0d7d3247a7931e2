import { AwsError } from '../../../wire/aws-error.ts';
import type { Handlers } from '../../../wire/service.ts';
import type { Alarms } from '../alarms.ts';
import { Flaws } from './parameters.ts';
import { dashboardArn } from './resources.ts';

type Client = typeof import('@aws-sdk/client-cloudwatch');

/** AWS: "up to 1000 results are returned". */
const PAGE_SIZE = 1_000;
const NAME = /^[A-Za-z0-9_-]*$/;
const NAME_LENGTH_MAX = 255;

/** Dashboards stand in the file of the alarms. */
export function dashboardHandlers(alarms: () => Alarms): Handlers<Client> {
  return {
    async PutDashboard({ DashboardName, DashboardBody, Tags }, { account }) {
      const name = checkedName(DashboardName);
      if (Tags !== undefined && Tags.length > 0)
        throw new AwsError('NotImplemented', 'Lambent does not support tags of dashboards yet.');
      if (DashboardBody === undefined || !isJsonObject(DashboardBody))
        throw new AwsError('DashboardInvalidInputError', 'The field DashboardBody must be a valid JSON object');
      await alarms().dashboards.put(account, name, DashboardBody);
      return { DashboardValidationMessages: [] };
    },

    GetDashboard({ DashboardName }, { account }) {
      const name = checkedName(DashboardName);
      const DashboardBody = alarms().dashboards.body(account, name);
      return { DashboardArn: dashboardArn(account, name), DashboardBody, DashboardName: name };
    },

    ListDashboards({ DashboardNamePrefix: prefix = '', NextToken }, { account }) {
      const after = NextToken === undefined ? '' : Buffer.from(NextToken, 'base64').toString();
      const found = alarms().dashboards.list(account, { prefix, after, countMax: PAGE_SIZE + 1 });
      const page = found.slice(0, PAGE_SIZE);
      return {
        DashboardEntries: page.map(({ name, bytes, changedMs }) => ({
          DashboardName: name,
          DashboardArn: dashboardArn(account, name),
          LastModified: new Date(changedMs),
          Size: bytes,
        })),
        ...(found.length > page.length ? { NextToken: Buffer.from(page.at(-1)?.name ?? '').toString('base64') } : {}),
      };
    },

    async DeleteDashboards({ DashboardNames = [] }, { account }) {
      if (DashboardNames.length === 0) {
        const flaws = new Flaws();
        flaws.missing('DashboardNames');
        flaws.throwIfAny();
      }
      await alarms().dashboards.delete(account, DashboardNames.map(checkedName));
      return {};
    },
  };
}

function checkedName(name: string | undefined): string {
  const flaws = new Flaws();
  flaws.text('DashboardName', name, NAME_LENGTH_MAX);
  if (name !== undefined && !NAME.test(name)) {
    // As it was recorded.
    flaws.invalid(
      'The value for field DashboardName contains invalid characters. It can only contain alphanumerics, dash (-) and underscore (_).\n',
    );
  }
  flaws.throwIfAny();
  return name ?? '';
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false; // The caller refuses it in AWS's words.
  }
}
