import type { Constraints } from '../../../wire/service.ts';
import type { Lambda } from '../operation.ts';
import { ALIAS_CONSTRAINTS } from './aliases.ts';
import { CODE_SIGNING_CONSTRAINTS } from './code-signing.ts';
import { CONCURRENCY_CONSTRAINTS } from './concurrency.ts';
import { CONTROL_CONSTRAINTS } from './controls.ts';
import { EVENT_INVOKE_CONSTRAINTS } from './event-invoke-configs.ts';
import { EVENT_SOURCE_MAPPING_CONSTRAINTS } from './event-source-mappings.ts';
import { FUNCTION_URL_CONSTRAINTS } from './function-urls.ts';
import { FUNCTION_CONSTRAINTS } from './functions.ts';
import { LAYER_CONSTRAINTS } from './layers.ts';
import { PERMISSION_CONSTRAINTS } from './permissions.ts';
import { TAG_CONSTRAINTS } from './tags.ts';

/**
 * What every operation's members must satisfy: recorded texts (lambda-facts) first, else the API's model. Left out are
 * operations of durable executions, capacity providers and scaling, which answer before anything is read, and those that
 * invoke, which have doors of their own.
 */
export const LAMBDA_CONSTRAINTS: Constraints<Lambda> = {
  ...FUNCTION_CONSTRAINTS,
  ...ALIAS_CONSTRAINTS,
  ...LAYER_CONSTRAINTS,
  ...PERMISSION_CONSTRAINTS,
  ...CONCURRENCY_CONSTRAINTS,
  ...CODE_SIGNING_CONSTRAINTS,
  ...EVENT_SOURCE_MAPPING_CONSTRAINTS,
  ...FUNCTION_URL_CONSTRAINTS,
  ...EVENT_INVOKE_CONSTRAINTS,
  ...CONTROL_CONSTRAINTS,
  ...TAG_CONSTRAINTS,
};
