import { AwsError } from '../../../wire/aws-error.ts';
import type { EventsRefusal } from '../refusal.ts';
import { invalid } from './words.ts';

/** AWS's code and text for each refusal. The texts are as clients have recorded them. */
export function refusalToAws(refusal: EventsRefusal): AwsError {
  switch (refusal.kind) {
    case 'no-such-bus':
      return missing(`Event bus ${refusal.bus} does not exist.`);
    case 'bus-exists':
      return exists(`Event bus ${refusal.bus} already exists.`);
    case 'default-bus':
      return invalid('Cannot delete event bus default.');
    case 'bus-has-rules':
      return invalid("Event bus can't be deleted since it has rules.");
    case 'no-such-rule':
      return missing(`Rule ${refusal.rule.rule} does not exist on EventBus ${refusal.rule.bus}.`);
    case 'rule-has-targets':
      return invalid("Rule can't be deleted since it has targets.");
    case 'no-such-statement':
      return missing('Statement with the provided id does not exist.');
    case 'policy-too-long':
      return new AwsError(
        'PolicyLengthExceededException',
        'The policy length exceeds the maximum of 10240 characters.',
      );
    case 'no-such-archive':
      return missing(`Archive ${refusal.archive} does not exist.`);
    case 'archive-exists':
      return exists(`Archive ${refusal.archive} already exists.`);
    case 'no-such-replay':
      return missing(`Replay ${refusal.replay} does not exist.`);
    case 'replay-exists':
      return exists(`Replay ${refusal.replay} already exists.`);
    case 'replay-has-ended':
      return new AwsError(
        'IllegalStatusException',
        `Replay ${refusal.replay} is not in a valid state for this operation.`,
      );
    case 'too-many':
      return new AwsError('LimitExceededException', 'The requested resource exceeds the maximum number allowed.');
  }
}

const missing = (message: string) => new AwsError('ResourceNotFoundException', message);
const exists = (message: string) => new AwsError('ResourceAlreadyExistsException', message);
