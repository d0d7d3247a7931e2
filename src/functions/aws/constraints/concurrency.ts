import type { Constraints } from '../../../wire/service.ts';
import { range, required } from '../../../wire/validation.ts';
import type { Lambda } from '../operation.ts';
import { FUNCTION_NAME, PROVISIONED_QUALIFIER } from './names.ts';
import { MAX_ITEMS_OF_PAGE } from './shared.ts';

const FUNCTION = { functionName: [required, ...FUNCTION_NAME] };

const PROVISIONED = { qualifier: [required, ...PROVISIONED_QUALIFIER], ...FUNCTION };

export const CONCURRENCY_CONSTRAINTS: Constraints<Lambda> = {
  // The value comes after the function has been found, so the handler looks at it (lambda-facts 10.1).
  PutFunctionConcurrency: FUNCTION,
  GetFunctionConcurrency: FUNCTION,
  DeleteFunctionConcurrency: FUNCTION,
  PutProvisionedConcurrencyConfig: {
    qualifier: [required, ...PROVISIONED_QUALIFIER],
    provisionedConcurrentExecutions: [required, range(1, Number.POSITIVE_INFINITY)],
    ...FUNCTION,
  },
  GetProvisionedConcurrencyConfig: PROVISIONED,
  DeleteProvisionedConcurrencyConfig: PROVISIONED,
  ListProvisionedConcurrencyConfigs: { maxItems: MAX_ITEMS_OF_PAGE, ...FUNCTION },
};
