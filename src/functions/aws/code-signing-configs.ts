import type { CodeSigningConfig as Shown } from '@aws-sdk/client-lambda';
import { type CodeSigningConfig, codeSigningConfigArn } from '../code-signing/code-signing-config.ts';
import type { CodeSigningRequest } from '../code-signing/code-signing-configs.ts';
import { functionArn } from '../function.ts';
import type { FunctionOperation } from './operation.ts';
import { page } from './page.ts';

// Answers and texts: lambda-facts 15.2.

const POLICIES = { warn: 'Warn', enforce: 'Enforce' } as const;

export const createCodeSigningConfig: FunctionOperation<'CreateCodeSigningConfig'> =
  (functions) => async (input, context) => {
    const { AllowedPublishers } = input;
    const publishers = AllowedPublishers?.SigningProfileVersionArns ?? [];
    const config = await functions.codeSigning.create(context, { ...requestOf(input), publishers }, input.Tags ?? {});
    return { CodeSigningConfig: shown(config) };
  };

export const getCodeSigningConfig: FunctionOperation<'GetCodeSigningConfig'> = (functions) => (input, context) => {
  return { CodeSigningConfig: shown(functions.codeSigning.find(context, input.CodeSigningConfigArn ?? '')) };
};

export const updateCodeSigningConfig: FunctionOperation<'UpdateCodeSigningConfig'> =
  (functions) => async (input, context) => {
    const config = await functions.codeSigning.update(context, input.CodeSigningConfigArn ?? '', requestOf(input));
    return { CodeSigningConfig: shown(config) };
  };

export const deleteCodeSigningConfig: FunctionOperation<'DeleteCodeSigningConfig'> =
  (functions) => async (input, context) => {
    await functions.codeSigning.delete(context, input.CodeSigningConfigArn ?? '');
    return {};
  };

export const listCodeSigningConfigs: FunctionOperation<'ListCodeSigningConfigs'> = (functions) => (input, context) => {
  const { items, nextMarker } = page(functions.codeSigning.list(context), ({ id }) => [id, 0], {
    marker: input.Marker,
    maxItems: input.MaxItems,
  });
  return { CodeSigningConfigs: items.map(shown), NextMarker: nextMarker };
};

export const listFunctionsByCodeSigningConfig: FunctionOperation<'ListFunctionsByCodeSigningConfig'> =
  (functions) => (input, context) => {
    const arn = input.CodeSigningConfigArn ?? '';
    functions.codeSigning.find(context, arn);
    const signed = functions.list(context).filter(({ head }) => head.codeSigningConfig === arn);
    const { items, nextMarker } = page(signed, ({ head }) => [head.key.name, 0], {
      marker: input.Marker,
      maxItems: input.MaxItems,
    });
    return { FunctionArns: items.map(({ head }) => functionArn(head.key)), NextMarker: nextMarker };
  };

interface Members {
  readonly Description?: string | undefined;
  readonly AllowedPublishers?: { readonly SigningProfileVersionArns?: readonly string[] | undefined } | undefined;
  readonly CodeSigningPolicies?: { readonly UntrustedArtifactOnDeployment?: string | undefined } | undefined;
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
