import type { ResourcesOf } from '../../../wire/service.ts';
import { DEFAULT_GROUP, groupArn, scheduleArn } from '../schedule.ts';

/** The schedule or the group of a request (Actions for EventBridge Scheduler, service authorization reference). */
export const schedulerResources: ResourcesOf = (operation, input, { account, region }) => {
  const { Name: name, GroupName: group = DEFAULT_GROUP, ResourceArn: arn } = input;
  if (typeof arn === 'string') return [arn];
  if (typeof name !== 'string' || typeof group !== 'string') return ['*'];
  const isGroup = operation.endsWith('ScheduleGroup');
  return [isGroup ? groupArn({ account, region, name }) : scheduleArn({ account, region, group, name })];
};
