import { AwsError } from '../../../wire/aws-error.ts';
import type { SchedulerRefusal } from '../refusal.ts';
import { DEFAULT_GROUP } from '../schedule.ts';
import { invalid } from './words.ts';

/** AWS's code and text for each refusal; those of tokens and quotas are ours, as nobody has recorded them. */
export function refusalToAws(refusal: SchedulerRefusal): AwsError {
  switch (refusal.kind) {
    case 'no-such-schedule':
      return new AwsError('ResourceNotFoundException', `Schedule ${refusal.name} does not exist.`);
    case 'schedule-exists':
      return new AwsError('ConflictException', `Schedule ${refusal.name} already exists.`);
    case 'no-such-group':
      return new AwsError('ResourceNotFoundException', `Schedule group ${refusal.name} does not exist.`);
    case 'group-exists':
      return new AwsError('ConflictException', `Schedule group ${refusal.name} already exists.`);
    case 'default-group':
      return invalid(`This operation cannot be performed on schedule group ${DEFAULT_GROUP}.`);
    case 'token-used-otherwise':
      return new AwsError('ConflictException', `The client token ${refusal.token} was used for another request.`);
    case 'too-many-schedules':
      return new AwsError('ServiceQuotaExceededException', `There are ${refusal.countMax} schedules already.`);
    case 'too-many-groups':
      return new AwsError('ServiceQuotaExceededException', `There are ${refusal.countMax} schedule groups already.`);
    case 'too-many-tags':
      return invalid('A schedule group has at most 50 tags.');
  }
}
