import type { CodeSigningConfig as Shown } from '@aws-sdk/client-lambda';
import { type Check, elements, length, oneOf, pattern, validate } from '../../wire/validation.ts';
import { type CodeSigningConfig, codeSigningConfigArn } from '../code-signing/code-signing-config.ts';
import type { CodeSigningRequest } from '../code-signing/code-signing-configs.ts';
import { functionArn } from '../function.ts';
import { REQUIRED } from './constraints.ts';
import type { FunctionOperation } from './operation.ts';
import { maxItemsCheck, page } from './page.ts';

// Answers and texts: lambda-facts 15.2; constraints: the API's model.

const POLICIES = { warn: 'Warn', enforce: 'Enforce' } as const;

const ARN = pattern(
  'arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1})?:(\\d{12})?:(.*)',
);

const CONFIG_ARN = pattern(
  'arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:code-signing-config:csc-[a-z0-9]{17}',
);

export const createCodeSigningConfig: FunctionOperation<'CreateCodeSigningConfig'> =
  (functions) => async (input, context) => {
    const { AllowedPublishers } = input;
    validate([{ path: 'allowedPublishers', value: AllowedPublishers, constraints: REQUIRED }, ...memberChecks(input)]);
    const publishers = AllowedPublishers?.SigningProfileVersionArns ?? [];
    const config = await functions.codeSigning.create(context, { ...requestOf(input), publishers }, input.Tags ?? {});
    return { CodeSigningConfig: shown(config) };
  };

export const getCodeSigningConfig: FunctionOperation<'GetCodeSigningConfig'> = (functions) => (input, context) => {
  const arn = validArn(input.CodeSigningConfigArn);
  return { CodeSigningConfig: shown(functions.codeSigning.find(context, arn)) };
};

export const updateCodeSigningConfig: FunctionOperation<'UpdateCodeSigningConfig'> =
  (functions) => async (input, context) => {
    validate([configArnCheck(input.CodeSigningConfigArn, REQUIRED), ...memberChecks(input)]);
    const config = await functions.codeSigning.update(context, input.CodeSigningConfigArn ?? '', requestOf(input));
    return { CodeSigningConfig: shown(config) };
  };

export const deleteCodeSigningConfig: FunctionOperation<'DeleteCodeSigningConfig'> =
  (functions) => async (input, context) => {
    await functions.codeSigning.delete(context, validArn(input.CodeSigningConfigArn));
    return {};
  };

export const listCodeSigningConfigs: FunctionOperation<'ListCodeSigningConfigs'> = (functions) => (input, context) => {
  validate([maxItemsCheck(input.MaxItems)]);
  const { items, nextMarker } = page(functions.codeSigning.list(context), ({ id }) => [id, 0], {
    marker: input.Marker,
    maxItems: input.MaxItems,
  });
  return { CodeSigningConfigs: items.map(shown), NextMarker: nextMarker };
};

export const listFunctionsByCodeSigningConfig: FunctionOperation<'ListFunctionsByCodeSigningConfig'> =
  (functions) => (input, context) => {
    validate([configArnCheck(input.CodeSigningConfigArn, REQUIRED), maxItemsCheck(input.MaxItems)]);
    const arn = input.CodeSigningConfigArn ?? '';
    functions.codeSigning.find(context, arn);
    const signed = functions.list(context).filter(({ head }) => head.codeSigningConfig === arn);
    const { items, nextMarker } = page(signed, ({ head }) => [head.key.name, 0], {
      marker: input.Marker,
      maxItems: input.MaxItems,
    });
    return { FunctionArns: items.map(({ head }) => functionArn(head.key)), NextMarker: nextMarker };
  };

export function configArnCheck(value: string | undefined, presence: Check['constraints']): Check {
  return { path: 'codeSigningConfigArn', value, constraints: [...presence, length(0, 200), CONFIG_ARN] };
}

function validArn(arn: string | undefined): string {
  validate([configArnCheck(arn, REQUIRED)]);
  return arn ?? '';
}

interface Members {
  readonly Description?: string | undefined;
  readonly AllowedPublishers?: { readonly SigningProfileVersionArns?: readonly string[] | undefined } | undefined;
  readonly CodeSigningPolicies?: { readonly UntrustedArtifactOnDeployment?: string | undefined } | undefined;
}

function memberChecks({ Description, AllowedPublishers, CodeSigningPolicies }: Members): Check[] {
  return [
    { path: 'description', value: Description, constraints: [length(0, 256)] },
    {
      path: 'allowedPublishers.signingProfileVersionArns',
      value: AllowedPublishers?.SigningProfileVersionArns,
      constraints: [
        ...(AllowedPublishers === undefined ? [] : REQUIRED),
        length(1, 20),
        elements(length(0, 10_000), ARN),
      ],
    },
    {
      path: 'codeSigningPolicies.untrustedArtifactOnDeployment',
      value: CodeSigningPolicies?.UntrustedArtifactOnDeployment,
      constraints: [oneOf(Object.values(POLICIES))],
    },
  ];
}

function requestOf({ Description, AllowedPublishers, CodeSigningPolicies }: Members): CodeSigningRequest {
  const policy = CodeSigningPolicies?.UntrustedArtifactOnDeployment;
  return {
    description: Description,
    publishers: AllowedPublishers?.SigningProfileVersionArns,
    untrusted: policy === undefined ? undefined : policy === POLICIES.enforce ? 'enforce' : 'warn',
  };
}

function shown(config: CodeSigningConfig): Shown {
  return {
    CodeSigningConfigId: config.id,
    CodeSigningConfigArn: codeSigningConfigArn(config),
    Description: config.description,
    AllowedPublishers: { SigningProfileVersionArns: [...config.publishers] },
    CodeSigningPolicies: { UntrustedArtifactOnDeployment: POLICIES[config.untrusted] },
    LastModified: new Date(config.modifiedMs).toISOString(),
  };
}
