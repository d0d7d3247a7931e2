import { AwsError } from '../../../wire/aws-error.ts';
import type { CloudWatchRefusal } from '../refusal.ts';

/** AWS's code and text for each refusal. */
export function refusalToAws(refusal: CloudWatchRefusal): AwsError {
  switch (refusal.kind) {
    case 'bad-expression':
      return new AwsError('ValidationException', `Error in expression '${refusal.id}': ${refusal.reason}\n`);
    case 'unsupported':
      return new AwsError('NotImplemented', `Lambent does not support ${refusal.what} yet.`);
  }
}
