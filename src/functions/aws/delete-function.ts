import { readTarget } from './function-target.ts';
import type { FunctionOperation } from './operation.ts';

export const deleteFunction: FunctionOperation<'DeleteFunction'> = (functions) => async (input, context) => {
  const target = readTarget(input.FunctionName, input.Qualifier, context);
  await functions.delete(target, target.qualifier);
  return { StatusCode: 204 };
};
