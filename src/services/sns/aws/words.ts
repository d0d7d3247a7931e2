import { AwsError } from '../../../wire/aws-error.ts';

/** `Invalid parameter: <what>`: SNS's way to say no. */
export function invalid(what: string): AwsError {
  return new AwsError('InvalidParameterException', `Invalid parameter: ${what}`);
}

/** What AWS has and Lambent has not, yet. */
export function notYet(what: string): AwsError {
  return new AwsError('NotImplemented', `Lambent does not support ${what} yet.`);
}

/** A member that must be given, in the words of SNS's model. */
export function missing(path: string): AwsError {
  return new AwsError(
    'ValidationError',
    `1 validation error detected: Value null at '${path}' failed to satisfy constraint: Member must not be null`,
  );
}
