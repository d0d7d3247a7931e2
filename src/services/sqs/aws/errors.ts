import { AwsError } from '../../../wire/aws-error.ts';

/** The code of SQS for a value that cannot be; `InvalidParameterValue` in the query protocol. */
export function invalidParameter(message: string, cause?: unknown): AwsError {
  return new AwsError('InvalidParameterValueException', message, { cause });
}

/** As recorded: `Value 11 for parameter MaxNumberOfMessages is invalid. Reason: …`. */
export function invalidValue(value: unknown, parameter: string, reason: string): AwsError {
  return invalidParameter(`Value ${value} for parameter ${parameter} is invalid. Reason: ${reason}`);
}

export function missingParameter(parameter: string): AwsError {
  return new AwsError('MissingRequiredParameterException', `The request must contain the parameter ${parameter}.`);
}

/** Throws when the value is not given; the empty text counts as not given. */
export function given<Value>(value: Value | undefined, parameter: string): Value {
  if (value === undefined || value === null || value === '') throw missingParameter(parameter);
  return value;
}

/** Throws unless the number, if it is given, is a whole one from `min` to `max`. */
export function checkRange(
  value: number | undefined,
  parameter: string,
  { min, max, reason }: { min: number; max: number; reason: string },
): void {
  if (value !== undefined && !(Number.isInteger(value) && value >= min && value <= max)) {
    throw invalidValue(value, parameter, reason);
  }
}
