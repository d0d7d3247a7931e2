import type { AddPermissionRequest } from '@aws-sdk/client-lambda';
import { length, oneOf, pattern, validate } from '../../wire/validation.ts';
import { policyJson } from '../permissions.ts';
import { REQUIRED } from './constraints.ts';
import { functionTarget, NAME_TO_READ, QUALIFIER, readTarget } from './function-target.ts';
import type { FunctionOperation } from './operation.ts';
import { statementJson } from './policy-statement.ts';

export const addPermission: FunctionOperation<'AddPermission'> = (functions) => async (input, context) => {
  validateAddPermission(input);
  const target = readTarget(input.FunctionName, input.Qualifier, context);
  const json = statementJson(input, target.arn);
  await functions.addPermission(target, target.qualifier, { id: input.StatementId ?? '', json }, input.RevisionId);
  return { Statement: json };
};

export const removePermission: FunctionOperation<'RemovePermission'> = (functions) => async (input, context) => {
  validate([
    { path: 'qualifier', value: input.Qualifier, constraints: QUALIFIER },
    {
      path: 'statementId',
      value: input.StatementId,
      constraints: [...REQUIRED, length(1, 100), pattern('([a-zA-Z0-9-_.]+)')],
    },
    { path: 'functionName', value: input.FunctionName, constraints: NAME_TO_READ },
  ]);
  const target = readTarget(input.FunctionName, input.Qualifier, context);
  await functions.removePermission(target, target.qualifier, input.StatementId ?? '', input.RevisionId);
  return {};
};

export const getPolicy: FunctionOperation<'GetPolicy'> = (functions) => (input, context) => {
  const target = functionTarget(input.FunctionName, input.Qualifier, context);
  const policy = functions.policy(target, target.qualifier);
  return { Policy: policyJson(policy), RevisionId: policy.revisionId };
};

/** Ranges and patterns: the API's model. */
function validateAddPermission(input: AddPermissionRequest): void {
  validate([
    { path: 'qualifier', value: input.Qualifier, constraints: QUALIFIER },
    {
      path: 'statementId',
      value: input.StatementId,
      constraints: [...REQUIRED, length(1, 100), pattern('([a-zA-Z0-9-_]+)')],
    },
    {
      path: 'action',
      value: input.Action,
      constraints: [...REQUIRED, pattern('(lambda:[*]|lambda:[a-zA-Z]+|[*])')],
    },
    { path: 'principal', value: input.Principal, constraints: [...REQUIRED, pattern('[^\\s]+')] },
    {
      path: 'sourceArn',
      value: input.SourceArn,
      constraints: [
        pattern(
          'arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1})?:(\\d{12})?:(.*)',
        ),
      ],
    },
    { path: 'sourceAccount', value: input.SourceAccount, constraints: [length(0, 12), pattern('\\d{12}')] },
    {
      path: 'eventSourceToken',
      value: input.EventSourceToken,
      constraints: [length(0, 256), pattern('[a-zA-Z0-9._\\-]+')],
    },
    {
      path: 'principalOrgID',
      value: input.PrincipalOrgID,
      constraints: [length(12, 34), pattern('o-[a-z0-9]{10,32}')],
    },
    { path: 'functionUrlAuthType', value: input.FunctionUrlAuthType, constraints: [oneOf(['NONE', 'AWS_IAM'])] },
    { path: 'functionName', value: input.FunctionName, constraints: NAME_TO_READ },
  ]);
}
