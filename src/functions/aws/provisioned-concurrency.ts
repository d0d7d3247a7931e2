import type { GetProvisionedConcurrencyConfigResponse } from '@aws-sdk/client-lambda';
import type { ProvisionedStatus } from '../capacity.ts';
import { functionArn, LATEST } from '../function.ts';
import { readTarget } from './function-target.ts';
import type { FunctionOperation } from './operation.ts';
import { idOfQualifier, page } from './page.ts';
import { invalid } from './refusal-to-aws.ts';

// Orders of checks and texts: lambda-facts 10.2.

type Members = Pick<GetProvisionedConcurrencyConfigResponse, 'Status' | 'StatusReason' | 'LastModified'> & {
  RequestedProvisionedConcurrentExecutions: number;
  AvailableProvisionedConcurrentExecutions: number;
  AllocatedProvisionedConcurrentExecutions: number;
};

export const putProvisionedConcurrencyConfig: FunctionOperation<'PutProvisionedConcurrencyConfig'> =
  (functions) => async (input, context) => {
    const requested = input.ProvisionedConcurrentExecutions;
    const target = readTarget(input.FunctionName, input.Qualifier, context);
    const { qualifier = '' } = target;
    if (qualifier === LATEST) {
      throw invalid('Provisioned Concurrency Configs cannot be applied to unpublished function versions.');
    }
    // SAFE: validated as required.
    const status = await functions.provision(target, qualifier, requested as number);
    // The environments are made behind the answer, which shows none of them yet, nor how earlier ones fared.
    return { ...members({ ...status, failure: undefined }), Status: 'IN_PROGRESS' };
  };

export const getProvisionedConcurrencyConfig: FunctionOperation<'GetProvisionedConcurrencyConfig'> =
  (functions) => (input, context) => {
    const { target, qualifier } = published(input, context);
    return members(functions.provisioned(target, qualifier));
  };

export const deleteProvisionedConcurrencyConfig: FunctionOperation<'DeleteProvisionedConcurrencyConfig'> =
  (functions) => async (input, context) => {
    const { target, qualifier } = published(input, context);
    await functions.unprovision(target, qualifier);
    return {};
  };

export const listProvisionedConcurrencyConfigs: FunctionOperation<'ListProvisionedConcurrencyConfigs'> =
  (functions) => (input, context) => {
    const target = readTarget(input.FunctionName, undefined, context);
    const all = functions.listProvisioned(target);
    const shown = page(all, idOfQualifier, {
      marker: input.Marker,
      maxItems: input.MaxItems,
    });
    return {
      ProvisionedConcurrencyConfigs: shown.items.map((status) => ({
        FunctionArn: functionArn(target, status.qualifier),
        ...members(status),
      })),
      NextMarker: shown.nextMarker,
    };
  };

function published(
  input: { FunctionName: string | undefined; Qualifier: string | undefined },
  context: { account: string; region: string },
) {
  const target = readTarget(input.FunctionName, input.Qualifier, context);
  const { qualifier = '' } = target;
  if (qualifier === LATEST) {
    throw invalid('The function resource provided must be an alias or a published version.');
  }
  return { target, qualifier };
}

function members({ requested, allocated, available, failure, modifiedMs }: ProvisionedStatus): Members {
  const rest = {
    RequestedProvisionedConcurrentExecutions: requested,
    AvailableProvisionedConcurrentExecutions: Math.min(available, requested),
    AllocatedProvisionedConcurrentExecutions: Math.min(allocated, requested),
    LastModified: `${new Date(modifiedMs).toISOString().slice(0, 19)}+0000`,
  };
  if (failure !== undefined) return { ...rest, Status: 'FAILED', StatusReason: failure };
  return { ...rest, Status: available >= requested ? 'READY' : 'IN_PROGRESS' };
}
