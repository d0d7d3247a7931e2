import type { Constraints } from '../../../wire/service.ts';
import { range, required } from '../../../wire/validation.ts';
import type { Lambda } from '../operation.ts';
import { NAMESPACED_FUNCTION_NAME, QUALIFIER } from './names.ts';
import { DESTINATION, MAX_ITEMS_OF_PAGE } from './shared.ts';

const FUNCTION = { functionName: [required, ...NAMESPACED_FUNCTION_NAME] };

const CONFIG = { qualifier: QUALIFIER, ...FUNCTION };

const WHOLE = {
  qualifier: QUALIFIER,
  maximumRetryAttempts: [range(0, 2)],
  maximumEventAgeInSeconds: [range(60, 21_600)],
  'destinationConfig.onSuccess.destination': DESTINATION,
  'destinationConfig.onFailure.destination': DESTINATION,
  ...FUNCTION,
};

export const EVENT_INVOKE_CONSTRAINTS: Constraints<Lambda> = {
  PutFunctionEventInvokeConfig: WHOLE,
  UpdateFunctionEventInvokeConfig: WHOLE,
  GetFunctionEventInvokeConfig: CONFIG,
  DeleteFunctionEventInvokeConfig: CONFIG,
  ListFunctionEventInvokeConfigs: { maxItems: MAX_ITEMS_OF_PAGE, ...FUNCTION },
};
