import { AwsError } from '../../../wire/aws-error.ts';

/** What AWS has and Lambent has not, yet. */
export function notYet(what: string): AwsError {
  return new AwsError('NotImplemented', `Lambent does not support ${what} yet.`);
}
