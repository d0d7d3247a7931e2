import { AwsError } from '../../wire/aws-error.ts';
import { validate } from '../../wire/validation.ts';
import { type FunctionKey, functionArn, LATEST } from '../function.ts';
import { NAMESPACED_FUNCTION_NAME, QUALIFIER } from './constraints/names.ts';

/** Which function a request means. */
export interface FunctionTarget extends FunctionKey {
  /** From the name or from the Qualifier parameter. */
  readonly qualifier: string | undefined;
  /** With the qualifier, if there is one. */
  readonly arn: string;
}

/** From where a function is named. */
export interface Where {
  readonly account: string;
  readonly region: string;
  /** Whether the policy of another account's function lets the caller do what it wants to; without it none does. */
  readonly mayReach?: (arn: string) => boolean;
}

const PARTS =
  /^(?:arn:[a-zA-Z-]*:lambda:)?(?:(?<region>(?:eusc-)?[a-z]{2}(?:-gov|-iso[a-z]?)?-[a-z]+-\d):)?(?:(?<account>\d{12}):)?(?:function:)?(?<name>[a-zA-Z0-9-_.]+)(?::(?<qualifier>[$a-zA-Z0-9-_.]+))?$/;

/** The ARN that a FunctionName in any of its forms means, with its qualifier; undefined: it is none. */
export function functionArnOf(
  functionName: string,
  qualifier: string | undefined,
  where: Pick<Where, 'account' | 'region'>,
): string | undefined {
  const parts = PARTS.exec(functionName)?.groups;
  if (parts === undefined) return undefined;
  const { name = '', region = where.region, account = where.account } = parts;
  return functionArn({ account, region, name }, qualifier ?? parts.qualifier);
}

/** Reads a FunctionName in any of its forms, with the Qualifier, for doors that no table of constraints stands before. Throws AwsError. */
export function functionTarget(
  functionName: string | undefined,
  qualifier: string | undefined,
  where: Where,
): FunctionTarget {
  validate([
    { path: 'qualifier', value: qualifier, constraints: QUALIFIER },
    { path: 'functionName', value: functionName, constraints: NAMESPACED_FUNCTION_NAME },
  ]);
  return readTarget(functionName, qualifier, where);
}

/** The same for operations, whose constraints have been checked before they are called. Throws AwsError. */
export function readTarget(
  functionName: string | undefined,
  qualifier: string | undefined,
  where: Where,
): FunctionTarget {
  const parts = PARTS.exec(functionName ?? '')?.groups;
  if (parts === undefined) throw new Error(`not a function name, though it was validated: ${functionName}`);
  const { name = '', region = where.region, account = where.account } = parts;
  if (qualifier !== undefined && parts.qualifier !== undefined && qualifier !== parts.qualifier) {
    throw new AwsError(
      'InvalidParameterValueException',
      'The derived qualifier from the function name does not match the specified qualifier.',
    );
  }
  const key = { account, region, name };
  const given = qualifier ?? parts.qualifier;
  const arn = functionArn(key, given);
  assertReachable({ region, account, arn }, where);
  return { ...key, qualifier: given, arn };
}

/**
 * The same for operations on a function itself or on its `$LATEST`: to do them under the name of a version or an alias would
 * be something else than what was asked for. What AWS answers to such a name is not known. Throws AwsError.
 */
export function latestTarget(functionName: string | undefined, where: Where): FunctionTarget {
  const target = readTarget(functionName, undefined, where);
  if (target.qualifier !== LATEST) assertUnqualified(target);
  return target;
}

/** Throws AwsError for another region, and for a resource of another account unless its own policy lets the caller in. */
export function assertReachable(
  { region, account, arn }: { region: string; account: string; arn: string },
  where: Where,
): void {
  if (region !== where.region) {
    const message = `Functions from '${region}' are not reachable in this region ('${where.region}')`;
    throw new AwsError('ResourceNotFoundException', message);
  }
  if (account === where.account || where.mayReach?.(arn) === true) return;
  // Not even whether it is there is told (lambda-facts 1.1: 403 with a null message).
  throw new AwsError('AccessDeniedException', null);
}

/** Throws AwsError if a version or an alias is named where only the whole function can be meant. */
export function assertUnqualified({ qualifier }: FunctionTarget): void {
  if (qualifier === undefined) return;
  throw new AwsError(
    'InvalidParameterValueException',
    'This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.',
  );
}
