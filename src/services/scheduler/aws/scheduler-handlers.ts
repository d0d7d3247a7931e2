import { inAwsWords } from '../../../wire/in-aws-words.ts';
import type { Handlers } from '../../../wire/service.ts';
import { SchedulerRefused } from '../refusal.ts';
import { groupHandlers } from './groups.ts';
import { refusalToAws } from './refusal-to-aws.ts';
import type { SchedulerPorts } from './scheduler-service.ts';
import { scheduleHandlers } from './schedules.ts';
import { tagHandlers } from './tags.ts';

type Client = typeof import('@aws-sdk/client-scheduler');

/** Answers of the Scheduler's operations, in AWS's words. */
export function schedulerHandlers(ports: SchedulerPorts): Handlers<Client> {
  const handlers = { ...scheduleHandlers(ports), ...groupHandlers(ports), ...tagHandlers(ports) };
  return inAwsWords(handlers, (error) => (error instanceof SchedulerRefused ? refusalToAws(error.refusal) : error));
}
