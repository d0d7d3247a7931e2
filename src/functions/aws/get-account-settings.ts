import { TOTAL_CODE_BYTES_MAX } from '../functions.ts';
import { PACKAGE_LIMITS } from '../package/limits.ts';
import type { FunctionOperation } from './operation.ts';

const CONCURRENT_EXECUTIONS_MAX = 1_000; // AWS: default quota of an account in a region (lambda-facts 4.3).

export const getAccountSettings: FunctionOperation<'GetAccountSettings'> = (functions) => (_, context) => {
  const { functions: count, codeBytes } = functions.usage(context);
  return {
    AccountLimit: {
      TotalCodeSize: TOTAL_CODE_BYTES_MAX,
      CodeSizeUnzipped: PACKAGE_LIMITS.unzippedBytesMax,
      CodeSizeZipped: PACKAGE_LIMITS.zippedBytesMax,
      ConcurrentExecutions: CONCURRENT_EXECUTIONS_MAX,
      UnreservedConcurrentExecutions: CONCURRENT_EXECUTIONS_MAX,
    },
    AccountUsage: { TotalCodeSize: codeBytes, FunctionCount: count },
  };
};
