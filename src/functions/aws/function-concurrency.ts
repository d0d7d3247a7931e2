import { range, required, validate } from '../../wire/validation.ts';
import { functionArn, LATEST } from '../function.ts';
import { Refused } from '../refusal.ts';
import { assertUnqualified, readTarget } from './function-target.ts';
import type { FunctionOperation } from './operation.ts';

// Orders of checks and texts: lambda-facts 10.1.

const RESERVED = [required, range(0, Number.POSITIVE_INFINITY)];

export const putFunctionConcurrency: FunctionOperation<'PutFunctionConcurrency'> =
  (functions) => async (input, context) => {
    const target = readTarget(input.FunctionName, undefined, context);
    assertUnqualified(target);
    if (functions.get(target) === undefined) {
      throw new Refused({ kind: 'no-such-function', arn: functionArn(target, LATEST) });
    }
    const { ReservedConcurrentExecutions: reserved } = input;
    // Not in the table of constraints: AWS looks for the function before it looks at this value.
    validate([{ path: 'reservedConcurrentExecutions', value: reserved, constraints: RESERVED }]);
    await functions.reserve(target, reserved);
    return { ReservedConcurrentExecutions: reserved };
  };

export const getFunctionConcurrency: FunctionOperation<'GetFunctionConcurrency'> = (functions) => (input, context) => {
  const target = readTarget(input.FunctionName, undefined, context);
  assertUnqualified(target);
  return { ReservedConcurrentExecutions: functions.find(target).head.reserved };
};

export const deleteFunctionConcurrency: FunctionOperation<'DeleteFunctionConcurrency'> =
  (functions) => async (input, context) => {
    const target = readTarget(input.FunctionName, undefined, context);
    assertUnqualified(target);
    await functions.reserve(target, undefined);
    return {};
  };
