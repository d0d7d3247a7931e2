import type { PutRuntimeManagementConfigResponse } from '@aws-sdk/client-lambda';
import type { RuntimeUpdates } from '../runtime-updates.ts';
import { type FunctionTarget, readTarget } from './function-target.ts';
import type { FunctionOperation } from './operation.ts';
import { invalid } from './refusal-to-aws.ts';

// AWS's texts for an ARN that is missing or too much are not known; these are ours.

const UPDATE_RUNTIME_ON = { auto: 'Auto', manual: 'Manual', 'function-update': 'FunctionUpdate' } as const;

export const getRuntimeManagementConfig: FunctionOperation<'GetRuntimeManagementConfig'> =
  (functions) => (input, context) => {
    const target = readTarget(input.FunctionName, input.Qualifier, context);
    return shown(target, functions.runtimeUpdates(target, target.qualifier));
  };

export const putRuntimeManagementConfig: FunctionOperation<'PutRuntimeManagementConfig'> =
  (functions) => async (input, context) => {
    const { UpdateRuntimeOn: mode, RuntimeVersionArn: arn } = input;
    const target = readTarget(input.FunctionName, input.Qualifier, context);
    functions.find(target);
    if (mode === 'Manual' && arn === undefined) {
      throw invalid('RuntimeVersionArn is required when UpdateRuntimeOn is Manual.');
    }
    if (mode !== 'Manual' && arn !== undefined) {
      throw invalid(`RuntimeVersionArn can only be given when UpdateRuntimeOn is Manual, and it is ${mode}.`);
    }
    const updates = await functions.setRuntimeUpdates(
      target,
      target.qualifier,
      arn === undefined
        ? { on: mode === 'Auto' ? 'auto' : 'function-update' }
        : { on: 'manual', runtimeVersionArn: arn },
    );
    return shown(target, updates);
  };

function shown(target: FunctionTarget, updates: RuntimeUpdates): PutRuntimeManagementConfigResponse {
  return {
    UpdateRuntimeOn: UPDATE_RUNTIME_ON[updates.on],
    FunctionArn: target.arn,
    RuntimeVersionArn: updates.on === 'manual' ? updates.runtimeVersionArn : undefined,
  };
}
