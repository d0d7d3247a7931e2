import { AwsError } from '../../../wire/aws-error.ts';

/** AWS's refusal of a member, in the form in which Terraform's users have recorded it. */
export function invalid(name: string, message: string): AwsError {
  const text = JSON.stringify({ ValidationErrorFields: [{ Name: name, Message: message }] });
  return new AwsError('ValidationException', text, { members: { fieldList: [{ name, message }] } });
}

export function notYet(what: string): AwsError {
  return new AwsError('NotImplemented', `Lambent does not support ${what} yet.`);
}
