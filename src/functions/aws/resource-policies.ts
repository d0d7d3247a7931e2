import type { GetResourcePolicyResponse } from '@aws-sdk/client-lambda';
import type { Policy } from '../function.ts';
import { policyJson } from '../permissions.ts';
import { Refused } from '../refusal.ts';
import { assertReachable, type FunctionTarget, readTarget, type Where } from './function-target.ts';
import type { FunctionOperation } from './operation.ts';
import { readPolicy } from './policy-document.ts';

// The policies that AddPermission makes, as whole documents.

export const putResourcePolicy: FunctionOperation<'PutResourcePolicy'> = (functions) => async (input, context) => {
  const target = policyTarget(input.ResourceArn, context);
  const document = readPolicy(input.Policy ?? '', target.arn);
  return shown(await functions.putPolicy(target, target.qualifier, document, input.RevisionId));
};

export const getResourcePolicy: FunctionOperation<'GetResourcePolicy'> = (functions) => (input, context) => {
  const target = policyTarget(input.ResourceArn, context);
  return shown(functions.policy(target, target.qualifier));
};

export const deleteResourcePolicy: FunctionOperation<'DeleteResourcePolicy'> =
  (functions) => async (input, context) => {
    const target = policyTarget(input.ResourceArn, context);
    await functions.deletePolicy(target, target.qualifier, input.RevisionId);
    return {};
  };

/** Throws AwsError, and `Refused` for the one other kind of resource that the API names: there are no runtimes to share. */
function policyTarget(arn: string | undefined, context: Where): FunctionTarget {
  const [, , , region = '', account = '', kind] = (arn ?? '').split(':');
  if (kind === 'function') return readTarget(arn, undefined, context);
  assertReachable({ region, account, arn: arn ?? '' }, context);
  throw new Refused({ kind: 'nothing-to-show' });
}

const shown = (policy: Policy): GetResourcePolicyResponse => ({
  Policy: policyJson(policy),
  RevisionId: policy.revisionId,
});
