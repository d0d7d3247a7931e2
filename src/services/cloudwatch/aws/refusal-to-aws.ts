import { AwsError } from '../../../wire/aws-error.ts';
import type { CloudWatchRefusal } from '../refusal.ts';

/** AWS's code and text for each refusal. */
export function refusalToAws(refusal: CloudWatchRefusal): AwsError {
  switch (refusal.kind) {
    case 'bad-expression':
      return new AwsError('ValidationException', `Error in expression '${refusal.id}': ${refusal.reason}\n`);
    case 'no-such-alarm':
      // Recorded: AWS has no text for it.
      return new AwsError('ResourceNotFound', null);
    case 'no-such-dashboard':
      return new AwsError('DashboardNotFoundError', `Dashboard ${refusal.name} does not exist`);
    case 'other-kind-of-alarm':
      return new AwsError('ValidationException', `An alarm of another type has the name ${refusal.name}.`);
  }
}
