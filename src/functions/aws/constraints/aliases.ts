import type { Constraints } from '../../../wire/service.ts';
import { doubleRange, keys, length, pattern, required, values } from '../../../wire/validation.ts';
import type { Lambda } from '../operation.ts';
import { FUNCTION_NAME, VERSION } from './names.ts';
import { DESCRIPTION, MAX_ITEMS } from './shared.ts';

const NAME = [required, length(1, 128), pattern('(?!^[0-9]+$)([a-zA-Z0-9-_]+)')];

const WEIGHTS = [keys(length(1, 1_024), pattern('[0-9]+')), values(doubleRange(0, 1))];

const NAMED = { name: NAME, functionName: [required, ...FUNCTION_NAME] };

// Order and texts: lambda-facts 5.2.
export const ALIAS_CONSTRAINTS: Constraints<Lambda> = {
  CreateAlias: {
    name: NAME,
    functionVersion: [required, ...VERSION],
    description: DESCRIPTION,
    'routingConfig.additionalVersionWeights': WEIGHTS,
    functionName: [required, ...FUNCTION_NAME],
  },
  UpdateAlias: {
    name: NAME,
    functionVersion: VERSION,
    description: DESCRIPTION,
    'routingConfig.additionalVersionWeights': WEIGHTS,
    functionName: [required, ...FUNCTION_NAME],
  },
  GetAlias: NAMED,
  DeleteAlias: NAMED,
  ListAliases: {
    functionVersion: VERSION,
    maxItems: MAX_ITEMS,
    functionName: [required, ...FUNCTION_NAME],
  },
};
