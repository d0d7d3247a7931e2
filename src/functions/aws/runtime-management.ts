import type { PutRuntimeManagementConfigResponse } from '@aws-sdk/client-lambda';
import { length, oneOf, pattern, validate } from '../../wire/validation.ts';
import type { RuntimeUpdates } from '../runtime-updates.ts';
import { REQUIRED } from './constraints.ts';
import { type FunctionTarget, functionTarget, NAME_TO_READ, QUALIFIER, readTarget } from './function-target.ts';
import type { FunctionOperation } from './operation.ts';
import { invalid } from './refusal-to-aws.ts';

// Constraints: the API's model. AWS's texts for an ARN that is missing or too much are not known; these are ours.

const UPDATE_RUNTIME_ON = { auto: 'Auto', manual: 'Manual', 'function-update': 'FunctionUpdate' } as const;

const RUNTIME_VERSION_ARN = pattern(
  'arn:(aws[a-zA-Z-]*):lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}::runtime:.+',
);

export const getRuntimeManagementConfig: FunctionOperation<'GetRuntimeManagementConfig'> =
  (functions) => (input, context) => {
    const target = functionTarget(input.FunctionName, input.Qualifier, context);
    return shown(target, functions.runtimeUpdates(target, target.qualifier));
  };

export const putRuntimeManagementConfig: FunctionOperation<'PutRuntimeManagementConfig'> =
  (functions) => async (input, context) => {
    const { UpdateRuntimeOn: mode, RuntimeVersionArn: arn } = input;
    validate([
      { path: 'qualifier', value: input.Qualifier, constraints: QUALIFIER },
      {
        path: 'updateRuntimeOn',
        value: mode,
        constraints: [...REQUIRED, oneOf(Object.values(UPDATE_RUNTIME_ON))],
      },
      { path: 'runtimeVersionArn', value: arn, constraints: [length(26, 2_048), RUNTIME_VERSION_ARN] },
      { path: 'functionName', value: input.FunctionName, constraints: NAME_TO_READ },
    ]);
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
