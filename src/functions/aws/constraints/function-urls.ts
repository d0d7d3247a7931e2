import type { Constraints } from '../../../wire/service.ts';
import { elements, length, oneOf, pattern, range, required } from '../../../wire/validation.ts';
import type { Lambda } from '../operation.ts';
import { URL_FUNCTION_NAME, URL_QUALIFIER } from './names.ts';
import { MAX_ITEMS_OF_PAGE, URL_AUTH_TYPES } from './shared.ts';

const FUNCTION = { functionName: [required, ...URL_FUNCTION_NAME] };

const URL = { qualifier: URL_QUALIFIER, ...FUNCTION };

const HEADERS = [length(0, 100), elements(length(0, 1_024), pattern('.*'))];

const MEMBERS = {
  'cors.allowHeaders': HEADERS,
  'cors.allowMethods': [length(0, 6), elements(length(0, 6), pattern('.*'))],
  'cors.allowOrigins': [length(0, 100), elements(length(1, 253), pattern('.*'))],
  'cors.exposeHeaders': HEADERS,
  'cors.maxAge': [range(0, 86_400)],
  // The order of values is a recorded one (lambda-facts 12.1).
  invokeMode: [oneOf(['RESPONSE_STREAM', 'BUFFERED'])],
};

export const FUNCTION_URL_CONSTRAINTS: Constraints<Lambda> = {
  CreateFunctionUrlConfig: {
    qualifier: URL_QUALIFIER,
    authType: [required, oneOf(URL_AUTH_TYPES)],
    ...MEMBERS,
    ...FUNCTION,
  },
  UpdateFunctionUrlConfig: {
    qualifier: URL_QUALIFIER,
    authType: [oneOf(URL_AUTH_TYPES)],
    ...MEMBERS,
    ...FUNCTION,
  },
  GetFunctionUrlConfig: URL,
  DeleteFunctionUrlConfig: URL,
  ListFunctionUrlConfigs: { maxItems: MAX_ITEMS_OF_PAGE, ...FUNCTION },
};
