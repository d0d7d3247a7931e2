import type { Tag } from '@aws-sdk/client-cloudwatch';
import { AwsError } from '../../../wire/aws-error.ts';
import type { Handlers } from '../../../wire/service.ts';
import { isMetricAlarm, STATES } from '../alarm.ts';
import { alarmNameOf } from '../alarm-rule.ts';
import type { Alarms } from '../alarms.ts';
import { compositeSettings, metricSettings } from './alarm-settings.ts';

type Client = typeof import('@aws-sdk/client-cloudwatch');

const TAGS_MAX = 50;

/** Alarms are put, set, enabled, tagged and taken away. */
export function alarmHandlers(alarms: () => Alarms): Handlers<Client> {
  return {
    async PutMetricAlarm(input, context) {
      await alarms().put(context, input.AlarmName ?? '', metricSettings(input), tagsFromAws(input.Tags));
      return {};
    },

    async PutCompositeAlarm(input, context) {
      await alarms().put(context, input.AlarmName ?? '', compositeSettings(input), tagsFromAws(input.Tags));
      return {};
    },

    async DeleteAlarms({ AlarmNames = [] }, context) {
      const composites = AlarmNames.filter((name) => {
        const alarm = alarms().store.find(context, name);
        return alarm !== undefined && !isMetricAlarm(alarm);
      });
      // AWS: "You can't delete two composite alarms with one operation".
      if (composites.length > 1)
        throw new AwsError('ValidationException', 'Only one composite alarm can be deleted by an operation.');
      await alarms().delete(context, AlarmNames);
      return {};
    },

    async EnableAlarmActions({ AlarmNames = [] }, context) {
      await alarms().enableActions(context, AlarmNames, true);
      return {};
    },

    async DisableAlarmActions({ AlarmNames = [] }, context) {
      await alarms().enableActions(context, AlarmNames, false);
      return {};
    },

    async SetAlarmState({ AlarmName = '', StateValue, StateReason = '', StateReasonData }, context) {
      if (StateReasonData !== undefined && !isJson(StateReasonData))
        throw new AwsError('InvalidFormatFault', 'StateReasonData was not syntactically valid JSON');
      const value = STATES.find((one) => one === StateValue) ?? 'OK'; // The constraints let no other one through.
      await alarms().setState(context, AlarmName, { value, reason: StateReason, reasonData: StateReasonData });
      return {};
    },

    async TagResource({ ResourceARN, Tags }, context) {
      const name = taggedAlarm(alarms(), ResourceARN, context);
      await alarms().changeTags(context, name, (tags) => limited({ ...tags, ...tagsFromAws(Tags) }));
      return {};
    },

    async UntagResource({ ResourceARN, TagKeys = [] }, context) {
      const name = taggedAlarm(alarms(), ResourceARN, context);
      await alarms().changeTags(context, name, (tags) => {
        return Object.fromEntries(Object.entries(tags).filter(([key]) => !TagKeys.includes(key)));
      });
      return {};
    },

    ListTagsForResource({ ResourceARN = '' }, context) {
      // Recorded: what is not there has no tags, and is no error.
      const tags = alarms().store.find(context, alarmNameOf(ResourceARN))?.tags ?? {};
      return { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) };
    },
  };
}

function taggedAlarm(alarms: Alarms, arn = '', scope: { account: string; region: string }): string {
  const name = alarmNameOf(arn);
  if (name === arn || alarms.store.find(scope, name) === undefined)
    throw new AwsError('ResourceNotFoundException', 'Unknown');
  return name;
}

function tagsFromAws(tags: readonly Tag[] | undefined): Record<string, string> {
  return limited(Object.fromEntries((tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value])));
}

function limited(tags: Record<string, string>): Record<string, string> {
  if (Object.keys(tags).length > TAGS_MAX)
    throw new AwsError('ValidationException', `A resource must not have more than ${TAGS_MAX} tags.`);
  return tags;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false; // The caller refuses it in AWS's words.
  }
}
