import type { Cors as AwsCors, FunctionUrlConfig } from '@aws-sdk/client-lambda';
import type { RequestContext } from '../../wire/service.ts';
import { type Cors, functionArn } from '../function.ts';
import type { FunctionUrlRequest, OwnedFunctionUrl } from '../function-url.ts';
import { type FunctionTarget, readTarget } from './function-target.ts';
import { functionUrlAddress } from './function-url-address.ts';
import type { FunctionOperation } from './operation.ts';
import { page } from './page.ts';

// Texts: lambda-facts 12.1.

export const createFunctionUrlConfig: FunctionOperation<'CreateFunctionUrlConfig'> =
  (functions) => async (input, context) => {
    const target = readTarget(input.FunctionName, input.Qualifier, context);
    // The default is the compiler's: the member is required.
    const { auth = 'iam', ...request } = requestOf(input);
    const url = await functions.createUrl(target, target.qualifier, { ...request, auth });
    return members(target, url, context);
  };

export const updateFunctionUrlConfig: FunctionOperation<'UpdateFunctionUrlConfig'> =
  (functions) => async (input, context) => {
    const target = readTarget(input.FunctionName, input.Qualifier, context);
    const url = await functions.updateUrl(target, target.qualifier, requestOf(input));
    return { ...members(target, url, context), LastModifiedTime: timeOf(url.modifiedMs) };
  };

export const getFunctionUrlConfig: FunctionOperation<'GetFunctionUrlConfig'> = (functions) => (input, context) => {
  const target = readTarget(input.FunctionName, input.Qualifier, context);
  return config(target, functions.url(target, target.qualifier), context);
};

export const deleteFunctionUrlConfig: FunctionOperation<'DeleteFunctionUrlConfig'> =
  (functions) => async (input, context) => {
    const target = readTarget(input.FunctionName, input.Qualifier, context);
    await functions.deleteUrl(target, target.qualifier);
    return {};
  };

export const listFunctionUrlConfigs: FunctionOperation<'ListFunctionUrlConfigs'> = (functions) => (input, context) => {
  const target = readTarget(input.FunctionName, undefined, context);
  const all = functions.urls(target, target.qualifier);
  const shown = page(all, ({ owner = '' }) => [owner, 0], { marker: input.Marker, maxItems: input.MaxItems });
  return {
    FunctionUrlConfigs: shown.items.map((url) => config(target, url, context)),
    NextMarker: shown.nextMarker,
  };
};

const AUTH_TYPES = { none: 'NONE', iam: 'AWS_IAM' } as const;
const INVOKE_MODES = { streamed: 'RESPONSE_STREAM', buffered: 'BUFFERED' } as const;

interface Settings {
  AuthType?: string | undefined;
  Cors?: AwsCors | undefined;
  InvokeMode?: string | undefined;
}

function requestOf({ AuthType, Cors: cors, InvokeMode }: Settings): FunctionUrlRequest {
  return {
    auth: keyOf(AUTH_TYPES, AuthType),
    cors: cors === undefined ? undefined : corsOf(cors),
    invokeMode: keyOf(INVOKE_MODES, InvokeMode),
  };
}

function keyOf<Key extends string>(names: Readonly<Record<Key, string>>, name: string | undefined): Key | undefined {
  // SAFE: an object literal without a type of its own has no other keys.
  return (Object.keys(names) as Key[]).find((key) => names[key] === name);
}

function corsOf(cors: AwsCors): Cors {
  return {
    allowCredentials: cors.AllowCredentials,
    allowHeaders: cors.AllowHeaders,
    allowMethods: cors.AllowMethods,
    allowOrigins: cors.AllowOrigins,
    exposeHeaders: cors.ExposeHeaders,
    maxAgeS: cors.MaxAge,
  };
}

function shownCors(cors: Cors): AwsCors {
  const list = (items: readonly string[] | undefined) => (items === undefined ? undefined : [...items]);
  return {
    AllowCredentials: cors.allowCredentials,
    AllowHeaders: list(cors.allowHeaders),
    AllowMethods: list(cors.allowMethods),
    AllowOrigins: list(cors.allowOrigins),
    ExposeHeaders: list(cors.exposeHeaders),
    MaxAge: cors.maxAgeS,
  };
}

/** As the answers to changes show it: with the mode only if it was ever given. */
function members(target: FunctionTarget, url: OwnedFunctionUrl, { origin }: RequestContext) {
  return {
    FunctionUrl: functionUrlAddress(url.id, target.region, origin),
    FunctionArn: functionArn(target, url.owner),
    AuthType: AUTH_TYPES[url.auth],
    Cors: url.cors === undefined ? undefined : shownCors(url.cors),
    CreationTime: timeOf(url.createdMs),
    InvokeMode: url.invokeMode === undefined ? undefined : INVOKE_MODES[url.invokeMode],
  };
}

function config(target: FunctionTarget, url: OwnedFunctionUrl, context: RequestContext): FunctionUrlConfig {
  const { modifiedMs, invokeMode = 'buffered' } = url;
  return { ...members(target, { ...url, invokeMode }, context), LastModifiedTime: timeOf(modifiedMs) };
}

const timeOf = (ms: number) => new Date(ms).toISOString();
