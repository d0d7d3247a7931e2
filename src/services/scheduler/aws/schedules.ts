import type { CreateScheduleInput, UpdateScheduleInput } from '@aws-sdk/client-scheduler';
import { assertMayPass } from '../../../identity/index.ts';
import type { Handlers, RequestContext } from '../../../wire/service.ts';
import { DEFAULT_GROUP, type Schedule, type ScheduleSettings, scheduleArn } from '../schedule.ts';
import type { Once } from '../scheduler.ts';
import { endOfPage, PAGE_SIZE, page } from './page.ts';
import type { SchedulerPorts } from './scheduler-service.ts';
import { settingsFromAws } from './settings-from-aws.ts';

type Client = typeof import('@aws-sdk/client-scheduler');
type Saved = Pick<CreateScheduleInput, keyof CreateScheduleInput & keyof UpdateScheduleInput>;

export function scheduleHandlers(ports: SchedulerPorts): Handlers<Client> {
  const { scheduler } = ports;
  const save = async (
    operation: string,
    input: Saved,
    context: RequestContext,
    store: (
      scope: Scope,
      place: { group: string; name: string },
      settings: ScheduleSettings,
      once: Once,
    ) => Promise<void>,
  ) => {
    const { ClientToken: token, GroupName: group = DEFAULT_GROUP, Name: name = '', ...asked } = input;
    const scope = { account: context.account, region: context.region };
    const place = { group, name };
    assertMayPass(asked.Target?.RoleArn, 'scheduler.amazonaws.com', context);
    const settings = settingsFromAws(asked, scope, ports);
    await store(scope, place, settings, { token, request: [operation, place, asked] });
    return { ScheduleArn: scheduleArn({ ...scope, ...place }) };
  };
  return {
    CreateSchedule: (input, context) =>
      save('CreateSchedule', input, context, (...saved) => scheduler().createSchedule(...saved)),

    UpdateSchedule: (input, context) =>
      save('UpdateSchedule', input, context, (...saved) => scheduler().updateSchedule(...saved)),

    GetSchedule({ GroupName: group = DEFAULT_GROUP, Name: name = '' }, { account, region }) {
      return shownSchedule(scheduler().schedule({ account, region }, { group, name }));
    },

    async DeleteSchedule({ GroupName: group = DEFAULT_GROUP, Name: name = '', ClientToken: token }, context) {
      const { account, region } = context;
      const request = ['DeleteSchedule', group, name];
      await scheduler().deleteSchedule({ account, region }, { group, name }, { token, request });
      return {};
    },

    ListSchedules({ GroupName, NamePrefix = '', State, MaxResults = PAGE_SIZE, NextToken }, { account, region }) {
      const [group = '', name = ''] = endOfPage(NextToken, 2);
      const found = scheduler().schedules(
        { account, region },
        {
          group: GroupName,
          prefix: NamePrefix,
          isEnabled: State === undefined ? undefined : State === 'ENABLED',
          after: { group, name },
          countMax: MaxResults + 1,
        },
      );
      const { items, answer } = page(found, MaxResults, (last) => [last.group, last.name]);
      return { Schedules: items.map(summaryOf), ...answer };
    },
  };
}

type Scope = Pick<RequestContext, 'account' | 'region'>;

function summaryOf(schedule: Schedule) {
  return {
    Arn: scheduleArn(schedule),
    CreationDate: new Date(schedule.createdMs),
    GroupName: schedule.group,
    LastModificationDate: new Date(schedule.modifiedMs),
    Name: schedule.name,
    State: stateOf(schedule),
    Target: { Arn: schedule.settings.target.arn },
  };
}

function shownSchedule(schedule: Schedule) {
  const { settings } = schedule;
  const { target, windowMinutes } = settings;
  const { retries, event } = target;
  return {
    ...summaryOf(schedule),
    ActionAfterCompletion: settings.isDeletedAfterwards ? ('DELETE' as const) : ('NONE' as const),
    Description: settings.description,
    StartDate: dateOf(settings.startMs),
    EndDate: dateOf(settings.endMs),
    FlexibleTimeWindow:
      windowMinutes === undefined
        ? { Mode: 'OFF' as const }
        : { Mode: 'FLEXIBLE' as const, MaximumWindowInMinutes: windowMinutes },
    ScheduleExpression: settings.expression,
    ScheduleExpressionTimezone: settings.zone,
    Target: {
      Arn: target.arn,
      RoleArn: target.roleArn,
      Input: target.input,
      RetryPolicy: {
        MaximumEventAgeInSeconds: retries.ageMsMax / 1_000,
        MaximumRetryAttempts: retries.retriesMax,
      },
      DeadLetterConfig: target.deadLetterArn === undefined ? undefined : { Arn: target.deadLetterArn },
      SqsParameters: target.groupId === undefined ? undefined : { MessageGroupId: target.groupId },
      EventBridgeParameters: event && { Source: event.source, DetailType: event.detailType },
    },
  };
}

const stateOf = ({ settings }: Schedule) => (settings.isEnabled ? ('ENABLED' as const) : ('DISABLED' as const));

const dateOf = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms));
