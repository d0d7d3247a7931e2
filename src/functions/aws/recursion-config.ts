import { type Check, length, oneOf, pattern, validate } from '../../wire/validation.ts';
import { REQUIRED } from './constraints.ts';
import { NAME_PREFIX, readTarget } from './function-target.ts';
import type { FunctionOperation } from './operation.ts';

// Values and their order: lambda-facts 15.3; names: the API's model, which takes none with a qualifier.

const RECURSIVE_LOOP = { terminate: 'Terminate', allow: 'Allow' } as const;

export const getFunctionRecursionConfig: FunctionOperation<'GetFunctionRecursionConfig'> =
  (functions) => (input, context) => {
    validate([nameCheck(input.FunctionName)]);
    const target = readTarget(input.FunctionName, undefined, context);
    return { RecursiveLoop: RECURSIVE_LOOP[functions.recursion(target)] };
  };

export const putFunctionRecursionConfig: FunctionOperation<'PutFunctionRecursionConfig'> =
  (functions) => async (input, context) => {
    const { RecursiveLoop } = input;
    validate([
      {
        path: 'recursiveLoop',
        value: RecursiveLoop,
        constraints: [...REQUIRED, oneOf(Object.values(RECURSIVE_LOOP))],
      },
      nameCheck(input.FunctionName),
    ]);
    const target = readTarget(input.FunctionName, undefined, context);
    await functions.setRecursion(target, RecursiveLoop === 'Allow' ? 'allow' : 'terminate');
    return { RecursiveLoop };
  };

function nameCheck(value: string | undefined): Check {
  return {
    path: 'functionName',
    value,
    constraints: [...REQUIRED, length(1, 140), pattern(`${NAME_PREFIX}([a-zA-Z0-9-_]+)`)],
  };
}
