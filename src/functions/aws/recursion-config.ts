import { readTarget } from './function-target.ts';
import type { FunctionOperation } from './operation.ts';

// Values: lambda-facts 15.3.

const RECURSIVE_LOOP = { terminate: 'Terminate', allow: 'Allow' } as const;

export const getFunctionRecursionConfig: FunctionOperation<'GetFunctionRecursionConfig'> =
  (functions) => (input, context) => {
    const target = readTarget(input.FunctionName, undefined, context);
    return { RecursiveLoop: RECURSIVE_LOOP[functions.recursion(target)] };
  };

export const putFunctionRecursionConfig: FunctionOperation<'PutFunctionRecursionConfig'> =
  (functions) => async (input, context) => {
    const { RecursiveLoop } = input;
    const target = readTarget(input.FunctionName, undefined, context);
    await functions.setRecursion(target, RecursiveLoop === 'Allow' ? 'allow' : 'terminate');
    return { RecursiveLoop };
  };
