import type { FunctionOperation } from './operation.ts';

export const getAccountSettings: FunctionOperation<'GetAccountSettings'> = (functions) => (_, context) => {
  const { functions: count, codeBytes } = functions.usage(context);
  const { max, unreserved } = functions.concurrency(context);
  const { totalCodeBytesMax, unzippedBytesMax, zippedBytesMax } = functions.limits;
  return {
    AccountLimit: {
      TotalCodeSize: totalCodeBytesMax,
      CodeSizeUnzipped: unzippedBytesMax,
      CodeSizeZipped: zippedBytesMax,
      ConcurrentExecutions: max,
      UnreservedConcurrentExecutions: unreserved,
    },
    AccountUsage: { TotalCodeSize: codeBytes, FunctionCount: count },
  };
};
