import { createHash } from 'node:crypto';
import type { Schedule, Scope } from './schedule.ts';

/** One fire of a schedule, as its target hears of it. */
export interface Occasion extends Scope {
  readonly group: string;
  readonly scheduleArn: string;
  readonly scheduledMs: number;
  /** The same whenever this fire is delivered, and never another's. */
  readonly executionId: string;
}

/** AWS's are as long: `d32c5kddcf5bb8c3`. */
const ID_CHARACTERS = 16;

export function executionIdOf({ id, createdMs }: Pick<Schedule, 'id' | 'createdMs'>, arn: string, scheduledMs: number) {
  const identity = `${arn} ${id} ${createdMs} ${scheduledMs}`;
  return createHash('sha256').update(identity).digest('hex').slice(0, ID_CHARACTERS);
}

/** What the target gets: the schedule's input, with what the User Guide calls context attributes filled in. */
export function inputOf(input: string | undefined, occasion: Occasion, attempt: number): string {
  if (input === undefined) return notification(occasion);
  const { scheduleArn, scheduledMs, executionId } = occasion;
  return input
    .replaceAll('<aws.scheduler.schedule-arn>', scheduleArn)
    .replaceAll('<aws.scheduler.scheduled-time>', secondOf(scheduledMs))
    .replaceAll('<aws.scheduler.execution-id>', executionId)
    .replaceAll('<aws.scheduler.attempt-number>', String(attempt));
}

/** What AWS sends for a schedule without an input; its detail is the text `{}`. */
function notification({ scheduleArn, scheduledMs, executionId, account, region }: Occasion): string {
  const hash = createHash('sha256').update(executionId).digest('hex');
  const id = [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `4${hash.slice(13, 16)}`,
    `8${hash.slice(17, 20)}`,
    hash.slice(20, 32),
  ];
  return JSON.stringify({
    version: '0',
    id: id.join('-'),
    'detail-type': 'Scheduled Event',
    source: 'aws.scheduler',
    account,
    time: secondOf(scheduledMs),
    region,
    resources: [scheduleArn],
    detail: '{}',
  });
}

/** `2022-03-22T18:59:43Z` */
export function secondOf(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
