import { assertUnqualified, readTarget } from './function-target.ts';
import type { FunctionOperation } from './operation.ts';

// Order of checks: lambda-facts 15.2. A configuration that is missing is told before a function that is.

export const putFunctionCodeSigningConfig: FunctionOperation<'PutFunctionCodeSigningConfig'> =
  (functions) => async (input, context) => {
    const target = readTarget(input.FunctionName, undefined, context);
    assertUnqualified(target);
    const arn = input.CodeSigningConfigArn ?? '';
    await functions.setCodeSigningConfig(target, arn);
    return { CodeSigningConfigArn: arn, FunctionName: target.name };
  };

export const getFunctionCodeSigningConfig: FunctionOperation<'GetFunctionCodeSigningConfig'> =
  (functions) => (input, context) => {
    const target = readTarget(input.FunctionName, undefined, context);
    assertUnqualified(target);
    const arn = functions.find(target).head.codeSigningConfig;
    // Recorded: without a configuration there is not even the function's name.
    return {
      CodeSigningConfigArn: arn,
      FunctionName: arn === undefined ? undefined : target.name,
    };
  };

export const deleteFunctionCodeSigningConfig: FunctionOperation<'DeleteFunctionCodeSigningConfig'> =
  (functions) => async (input, context) => {
    const target = readTarget(input.FunctionName, undefined, context);
    assertUnqualified(target);
    await functions.setCodeSigningConfig(target, undefined);
    return {};
  };
