import { policyJson } from '../permissions.ts';
import { readTarget } from './function-target.ts';
import type { FunctionOperation } from './operation.ts';
import { statementJson } from './policy-statement.ts';

export const addPermission: FunctionOperation<'AddPermission'> = (functions) => async (input, context) => {
  const target = readTarget(input.FunctionName, input.Qualifier, context);
  const json = statementJson(input, target.arn);
  await functions.addPermission(target, target.qualifier, { id: input.StatementId ?? '', json }, input.RevisionId);
  return { Statement: json };
};

export const removePermission: FunctionOperation<'RemovePermission'> = (functions) => async (input, context) => {
  const target = readTarget(input.FunctionName, input.Qualifier, context);
  await functions.removePermission(target, target.qualifier, input.StatementId ?? '', input.RevisionId);
  return {};
};

export const getPolicy: FunctionOperation<'GetPolicy'> = (functions) => (input, context) => {
  const target = readTarget(input.FunctionName, input.Qualifier, context);
  const policy = functions.policy(target, target.qualifier);
  return { Policy: policyJson(policy), RevisionId: policy.revisionId };
};
