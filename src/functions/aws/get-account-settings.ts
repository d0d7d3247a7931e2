import { TOTAL_CODE_BYTES_MAX } from '../functions.ts';
import { PACKAGE_LIMITS } from '../package/limits.ts';
import type { FunctionOperation } from './operation.ts';

export const getAccountSettings: FunctionOperation<'GetAccountSettings'> = (functions) => (_, context) => {
  const { functions: count, codeBytes } = functions.usage(context);
  const { max, unreserved } = functions.concurrency(context);
  return {
    AccountLimit: {
      TotalCodeSize: TOTAL_CODE_BYTES_MAX,
      CodeSizeUnzipped: PACKAGE_LIMITS.unzippedBytesMax,
      CodeSizeZipped: PACKAGE_LIMITS.zippedBytesMax,
      ConcurrentExecutions: max,
      UnreservedConcurrentExecutions: unreserved,
    },
    AccountUsage: { TotalCodeSize: codeBytes, FunctionCount: count },
  };
};
