import type { CreateScheduleInput } from '@aws-sdk/client-scheduler';
import { readExpression } from '../../../schedules/expression.ts';
import { isTimeZone } from '../../../schedules/time-zone.ts';
import { AwsError } from '../../../wire/aws-error.ts';
import type { ScheduleSettings, Scope } from '../schedule.ts';
import type { SchedulerPorts } from './scheduler-service.ts';
import { targetFromAws } from './target-from-aws.ts';
import { invalid, notYet } from './words.ts';

const EARLIEST_START_MS = 5 * 60_000;

/** What is kept of a schedule as it was asked for. Throws what AWS answers to what is none; its texts are recorded. */
export function settingsFromAws(
  input: Omit<CreateScheduleInput, 'Name' | 'GroupName' | 'ClientToken'>,
  scope: Scope,
  { assumable, nowMs }: SchedulerPorts,
): ScheduleSettings {
  const { ScheduleExpression: expression = '', ScheduleExpressionTimezone: zone = 'UTC' } = input;
  if (input.KmsKeyArn !== undefined) throw notYet('keys (KmsKeyArn) of schedules');
  const read = readExpression(expression, 'schedules');
  if (read === undefined) throw invalid(`Invalid Schedule Expression ${expression}.`);
  // This text is ours: nobody has recorded AWS's.
  if (!isTimeZone(zone)) throw invalid(`Invalid Schedule Expression Timezone ${zone}.`);
  const startMs = input.StartDate?.getTime();
  const endMs = input.EndDate?.getTime();
  if (startMs !== undefined && endMs !== undefined && startMs >= endMs)
    throw invalid('The StartDate you specify must come before the EndDate.');
  if (read.kind !== 'at' && startMs !== undefined && startMs < nowMs() - EARLIEST_START_MS)
    throw invalid('The StartDate you specify cannot be earlier than 5 minutes ago.');
  const target = targetFromAws(input.Target, scope);
  switch (assumable(target.roleArn, scope.account)) {
    case 'not-assumable':
      throw invalid('The execution role you provide must allow AWS EventBridge Scheduler to assume the role.');
    case 'other-account':
      throw new AwsError('AccessDeniedException', 'Cross-account pass role is not allowed.');
    case 'assumable':
      break;
  }
  return {
    ...{ expression, zone, startMs, endMs, target },
    isEnabled: input.State !== 'DISABLED',
    windowMinutes: windowOf(input.FlexibleTimeWindow),
    description: input.Description,
    isDeletedAfterwards: input.ActionAfterCompletion === 'DELETE',
  };
}

function windowOf(window: CreateScheduleInput['FlexibleTimeWindow']): number | undefined {
  const { Mode, MaximumWindowInMinutes: minutes } = window ?? {};
  if (Mode === 'FLEXIBLE' && minutes === undefined)
    throw invalid('MaximumWindowInMinutes must be provided when FlexibleTimeWindowMode is set to FLEXIBLE.');
  if (Mode === 'OFF' && minutes !== undefined)
    throw invalid('MaximumWindowInMinutes must not be provided when FlexibleTimeWindowMode is set to OFF.');
  return minutes;
}
