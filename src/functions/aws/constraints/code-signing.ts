import type { Constraints } from '../../../wire/service.ts';
import { elements, length, oneOf, required } from '../../../wire/validation.ts';
import type { Lambda } from '../operation.ts';
import { NAMESPACED_FUNCTION_NAME } from './names.ts';
import { ARN, CODE_SIGNING_CONFIG_ARN, DESCRIPTION, MAX_ITEMS, TAGS } from './shared.ts';

const CONFIG_ARN = [required, ...CODE_SIGNING_CONFIG_ARN];

const MEMBERS = {
  description: DESCRIPTION,
  'allowedPublishers.signingProfileVersionArns': [required, length(1, 20), elements(...ARN)],
  'codeSigningPolicies.untrustedArtifactOnDeployment': [oneOf(['Warn', 'Enforce'])],
};

const FUNCTION = { functionName: [required, ...NAMESPACED_FUNCTION_NAME] };

export const CODE_SIGNING_CONSTRAINTS: Constraints<Lambda> = {
  CreateCodeSigningConfig: { allowedPublishers: [required], ...MEMBERS, tags: TAGS },
  UpdateCodeSigningConfig: { codeSigningConfigArn: CONFIG_ARN, ...MEMBERS },
  GetCodeSigningConfig: { codeSigningConfigArn: CONFIG_ARN },
  DeleteCodeSigningConfig: { codeSigningConfigArn: CONFIG_ARN },
  ListCodeSigningConfigs: { maxItems: MAX_ITEMS },
  ListFunctionsByCodeSigningConfig: { codeSigningConfigArn: CONFIG_ARN, maxItems: MAX_ITEMS },
  PutFunctionCodeSigningConfig: { codeSigningConfigArn: CONFIG_ARN, ...FUNCTION },
  GetFunctionCodeSigningConfig: FUNCTION,
  DeleteFunctionCodeSigningConfig: FUNCTION,
};
