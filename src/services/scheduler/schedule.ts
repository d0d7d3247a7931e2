import type { EventFacts } from '../../delivery/message.ts';
import type { RetryLimits } from '../../delivery/outbox.ts';

/** Every account and region has its own schedules. */
export interface Scope {
  readonly account: string;
  readonly region: string;
}

export interface ScheduleName {
  readonly group: string;
  readonly name: string;
}

export interface Schedule extends Scope, ScheduleName {
  /** Never another's, even after it was deleted. */
  readonly id: number;
  readonly settings: ScheduleSettings;
  /** From when a rate counts that has no start. */
  readonly anchorMs: number;
  readonly createdMs: number;
  readonly modifiedMs: number;
}

export interface ScheduleSettings {
  /** One that `readExpression` takes for schedules. */
  readonly expression: string;
  readonly zone: string;
  readonly startMs: number | undefined;
  readonly endMs: number | undefined;
  readonly isEnabled: boolean;
  /** Of a flexible time window; undefined: there is none. */
  readonly windowMinutes: number | undefined;
  readonly description: string | undefined;
  /** Whether it is deleted after its last fire has been delivered or given up. */
  readonly isDeletedAfterwards: boolean;
  readonly target: ScheduleTarget;
}

export interface ScheduleTarget {
  /** Of a resource, or of an operation: `arn:aws:scheduler:::aws-sdk:sqs:sendMessage`. */
  readonly arn: string;
  readonly roleArn: string;
  /** undefined: a notification that says which schedule it was. */
  readonly input: string | undefined;
  readonly retries: RetryLimits;
  readonly deadLetterArn: string | undefined;
  /** For FIFO queues. */
  readonly groupId: string | undefined;
  /** For event buses. */
  readonly event: Pick<EventFacts, 'source' | 'detailType'> | undefined;
}

export interface Group extends Scope {
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  /** undefined: of the default group, which nobody has made. */
  readonly createdMs: number | undefined;
  readonly modifiedMs: number | undefined;
}

/** Is there without being made, and cannot be deleted. */
export const DEFAULT_GROUP = 'default';

export function scheduleArn({ account, region, group, name }: Scope & ScheduleName): string {
  return `arn:aws:scheduler:${region}:${account}:schedule/${group}/${name}`;
}

export function groupArn({ account, region, name }: Scope & { readonly name: string }): string {
  return `arn:aws:scheduler:${region}:${account}:schedule-group/${name}`;
}
