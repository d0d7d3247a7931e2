import type { DestinationConfig, FunctionEventInvokeConfig } from '@aws-sdk/client-lambda';
import type { EventInvokeRequest, OwnedEventInvokeConfig } from '../event-invoke-config.ts';
import { type FunctionKey, functionArn } from '../function.ts';
import { readTarget } from './function-target.ts';
import type { FunctionOperation } from './operation.ts';
import { idOfQualifier, page } from './page.ts';
import { invalid } from './refusal-to-aws.ts';

// Order of checks and texts: lambda-facts 9.4.

export const putFunctionEventInvokeConfig: FunctionOperation<'PutFunctionEventInvokeConfig'> =
  (functions) => async (input, context) => {
    const { target, request } = settings(input, context);
    return members(target, await functions.putEventInvokeConfig(target, target.qualifier, request));
  };

export const updateFunctionEventInvokeConfig: FunctionOperation<'UpdateFunctionEventInvokeConfig'> =
  (functions) => async (input, context) => {
    const { target, request } = settings(input, context);
    return members(target, await functions.updateEventInvokeConfig(target, target.qualifier, request));
  };

export const getFunctionEventInvokeConfig: FunctionOperation<'GetFunctionEventInvokeConfig'> =
  (functions) => (input, context) => {
    const target = readTarget(input.FunctionName, input.Qualifier, context);
    return members(target, functions.eventInvokeConfig(target, target.qualifier));
  };

export const deleteFunctionEventInvokeConfig: FunctionOperation<'DeleteFunctionEventInvokeConfig'> =
  (functions) => async (input, context) => {
    const target = readTarget(input.FunctionName, input.Qualifier, context);
    await functions.deleteEventInvokeConfig(target, target.qualifier);
    return {};
  };

export const listFunctionEventInvokeConfigs: FunctionOperation<'ListFunctionEventInvokeConfigs'> =
  (functions) => (input, context) => {
    const target = readTarget(input.FunctionName, undefined, context);
    const all = functions.eventInvokeConfigs(target, target.qualifier);
    const shown = page(all, idOfQualifier, { marker: input.Marker, maxItems: input.MaxItems });
    return {
      FunctionEventInvokeConfigs: shown.items.map((config) => members(target, config)),
      NextMarker: shown.nextMarker,
    };
  };

interface Settings {
  FunctionName: string | undefined;
  Qualifier?: string | undefined;
  MaximumRetryAttempts?: number | undefined;
  MaximumEventAgeInSeconds?: number | undefined;
  DestinationConfig?: DestinationConfig | undefined;
}

/** Throws AwsError, for a request without any setting before anybody looks whether the function exists. */
function settings(input: Settings, context: { account: string; region: string }) {
  const { MaximumRetryAttempts, MaximumEventAgeInSeconds, DestinationConfig: destinations } = input;
  const target = readTarget(input.FunctionName, input.Qualifier, context);
  if ([MaximumRetryAttempts, MaximumEventAgeInSeconds, destinations].every((given) => given === undefined)) {
    throw invalid('You must specify at least one of error handling or destination setting.');
  }
  const request: EventInvokeRequest = {
    retriesMax: MaximumRetryAttempts,
    eventAgeMaxS: MaximumEventAgeInSeconds,
    onSuccess: given(destinations?.OnSuccess),
    onFailure: given(destinations?.OnFailure),
  };
  return { target, request };
}

/** An object without an ARN, or with an empty one, asks for no destination. */
function given(destination: { Destination?: string | undefined } | undefined): string | null | undefined {
  return destination === undefined ? undefined : destination.Destination || null;
}

function members(key: FunctionKey, config: OwnedEventInvokeConfig): FunctionEventInvokeConfig {
  return {
    FunctionArn: functionArn(key, config.qualifier),
    LastModified: new Date(config.modifiedMs),
    MaximumRetryAttempts: config.retriesMax,
    MaximumEventAgeInSeconds: config.eventAgeMaxS,
    DestinationConfig: { OnSuccess: { Destination: config.onSuccess }, OnFailure: { Destination: config.onFailure } },
  };
}
