import { createRequire } from 'node:module';
import type { RoleVerdict } from '../../../identity/index.ts';
import { lateHandlers } from '../../../wire/late-handlers.ts';
import { defineService, type Handlers, type ServiceDefinition } from '../../../wire/service.ts';
import type { Scheduler } from '../scheduler.ts';
import { schedulerResources } from './resources.ts';

type Client = typeof import('@aws-sdk/client-scheduler');

const require = createRequire(import.meta.url);

const OPERATIONS = [
  'CreateSchedule',
  'CreateScheduleGroup',
  'DeleteSchedule',
  'DeleteScheduleGroup',
  'GetSchedule',
  'GetScheduleGroup',
  'ListScheduleGroups',
  'ListSchedules',
  'ListTagsForResource',
  'TagResource',
  'UntagResource',
  'UpdateSchedule',
] as const satisfies readonly (keyof Handlers<Client>)[];

export interface SchedulerPorts {
  readonly scheduler: () => Scheduler;
  /** Whether EventBridge Scheduler may act as the role, for a schedule of the account. */
  readonly assumable: (roleArn: string, account: string) => RoleVerdict;
  readonly nowMs: () => number;
}

/**
 * EventBridge Scheduler as a service of the wire. Neither `scheduler` is called nor is the code of the operations loaded
 * before the first request.
 */
export function schedulerService(ports: SchedulerPorts): ServiceDefinition {
  return defineService<Client>({
    name: 'scheduler',
    signingName: 'scheduler',
    protocols: ['restJson1'],
    resources: schedulerResources,
    load: () => require('@aws-sdk/client-scheduler') as Client,
    handlers: lateHandlers<Client>(OPERATIONS, () => handlers().schedulerHandlers(ports)),
    constraints: () => constraints().SCHEDULER_CONSTRAINTS,
  });
}

const handlers = () => require('./scheduler-handlers.ts') as typeof import('./scheduler-handlers.ts');
const constraints = () => require('./constraints.ts') as typeof import('./constraints.ts');
