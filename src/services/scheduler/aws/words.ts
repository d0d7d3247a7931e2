import { AwsError } from '../../../wire/aws-error.ts';

export function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}

/** What AWS has and Lambent has not, yet. */
export function notYet(what: string): AwsError {
  return new AwsError('NotImplemented', `Lambent does not support ${what} yet.`);
}
