import { AwsError } from '../../../wire/aws-error.ts';
import type { PipeRefusal } from '../refusal.ts';
import { stateToAws } from './pipe-to-aws.ts';
import { invalid } from './words.ts';

/** AWS's code for each refusal. It documents no texts; these say the same. */
export function refusalToAws(refusal: PipeRefusal): AwsError {
  switch (refusal.kind) {
    case 'no-such-pipe':
      return new AwsError('NotFoundException', `Pipe ${refusal.name} does not exist.`);
    case 'pipe-exists':
      return conflict(refusal.name, `Pipe ${refusal.name} already exists.`);
    case 'pipe-in-use':
      return conflict(
        refusal.name,
        `Pipe ${refusal.name} is in state ${stateToAws(refusal.state)}: try again when that is over.`,
      );
    case 'too-many-pipes':
      return new AwsError(
        'ServiceQuotaExceededException',
        `The account has as many pipes in this region as it may have: ${refusal.max}.`,
        { members: { resourceId: 'pipe', resourceType: 'pipe', serviceCode: 'pipes', quotaCode: 'L-0E94EE4C' } },
      );
    case 'too-many-tags':
      return invalid('Tags', `A pipe has at most ${refusal.max} tags.`);
    case 'reserved-tag':
      return invalid('Tags', 'Tag keys that begin with aws: are reserved for AWS.');
    case 'role-of-other-account':
      return invalid('RoleArn', 'Cross-account pass role is not allowed.');
    case 'role-not-assumable':
      return invalid('RoleArn', `The role ${refusal.roleArn} does not exist, or does not trust pipes.amazonaws.com.`);
    case 'elsewhere':
      return invalid(refusal.member, `${refusal.arn} is not in the account and region of the pipe.`);
    case 'invalid-filter':
      return invalid('SourceParameters.FilterCriteria', `Event pattern is not valid. Reason: ${refusal.reason}`);
    case 'batch-too-large':
      return invalid(BATCH_SIZE, `The target takes at most ${refusal.max} items at once.`);
    case 'batch-of-fifo':
      return invalid(BATCH_SIZE, `The maximum batch size for FIFO queues is ${refusal.max}.`);
    case 'window-of-fifo':
      return invalid(WINDOW, 'Batching window is not supported for FIFO queues.');
    case 'window-missing':
      return invalid(WINDOW, 'A batch size greater than 10 needs a batching window of at least one second.');
    case 'group-missing':
      return invalid('TargetParameters.SqsQueueParameters.MessageGroupId', 'Missing required parameter.');
  }
}

const BATCH_SIZE = 'SourceParameters.SqsQueueParameters.BatchSize';
const WINDOW = 'SourceParameters.SqsQueueParameters.MaximumBatchingWindowInSeconds';

function conflict(name: string, text: string): AwsError {
  return new AwsError('ConflictException', text, { members: { resourceId: name, resourceType: 'pipe' } });
}
