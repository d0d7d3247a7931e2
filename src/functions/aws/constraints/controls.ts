import type { Constraints } from '../../../wire/service.ts';
import { length, oneOf, pattern, required } from '../../../wire/validation.ts';
import type { Lambda } from '../operation.ts';
import { NAMESPACED_FUNCTION_NAME, QUALIFIER, REGION, UNQUALIFIED_FUNCTION_NAME } from './names.ts';

const RUNTIME_VERSION_ARN = [
  length(26, 2_048),
  pattern(
    `((arn:(aws[a-zA-Z-]*):lambda:${REGION}::runtime:.+)|(arn:(aws[a-zA-Z-]*):lambda:${REGION}:\\d{12}:runtime/[A-Za-z0-9_.-]{1,128}/version/[A-Za-z0-9_.-]{1,128}))`,
  ),
];

export const CONTROL_CONSTRAINTS: Constraints<Lambda> = {
  PutRuntimeManagementConfig: {
    qualifier: QUALIFIER,
    updateRuntimeOn: [required, oneOf(['Auto', 'Manual', 'FunctionUpdate'])],
    runtimeVersionArn: RUNTIME_VERSION_ARN,
    functionName: [required, ...NAMESPACED_FUNCTION_NAME],
  },
  GetRuntimeManagementConfig: {
    qualifier: QUALIFIER,
    functionName: [required, ...NAMESPACED_FUNCTION_NAME],
  },
  PutFunctionRecursionConfig: {
    // The order of values is a recorded one (lambda-facts 15.3).
    recursiveLoop: [required, oneOf(['Terminate', 'Allow'])],
    functionName: [required, ...UNQUALIFIED_FUNCTION_NAME],
  },
  GetFunctionRecursionConfig: { functionName: [required, ...UNQUALIFIED_FUNCTION_NAME] },
};
