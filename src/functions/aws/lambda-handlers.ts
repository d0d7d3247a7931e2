import { inAwsWords } from '../../wire/in-aws-words.ts';
import type { Handlers } from '../../wire/service.ts';
import type { Functions } from '../functions.ts';
import { createAlias, deleteAlias, getAlias, listAliases, updateAlias } from './aliases.ts';
import { type CodeObjects, NO_CODE_OBJECTS } from './code-objects.ts';
import {
  createCodeSigningConfig,
  deleteCodeSigningConfig,
  getCodeSigningConfig,
  listCodeSigningConfigs,
  listFunctionsByCodeSigningConfig,
  updateCodeSigningConfig,
} from './code-signing-configs.ts';
import { createFunction } from './create-function.ts';
import { deleteFunction } from './delete-function.ts';
import {
  deleteFunctionEventInvokeConfig,
  getFunctionEventInvokeConfig,
  listFunctionEventInvokeConfigs,
  putFunctionEventInvokeConfig,
  updateFunctionEventInvokeConfig,
} from './event-invoke-configs.ts';
import {
  deleteFunctionCodeSigningConfig,
  getFunctionCodeSigningConfig,
  putFunctionCodeSigningConfig,
} from './function-code-signing.ts';
import { deleteFunctionConcurrency, getFunctionConcurrency, putFunctionConcurrency } from './function-concurrency.ts';
import {
  createFunctionUrlConfig,
  deleteFunctionUrlConfig,
  getFunctionUrlConfig,
  listFunctionUrlConfigs,
  updateFunctionUrlConfig,
} from './function-urls.ts';
import { getAccountSettings } from './get-account-settings.ts';
import { type CodeUrl, getFunction, getFunctionConfiguration } from './get-function.ts';
import type { LambdaPart } from './lambda-part.ts';
import { addLayerVersionPermission, getLayerVersionPolicy, removeLayerVersionPermission } from './layer-permissions.ts';
import {
  deleteLayerVersion,
  getLayerVersion,
  getLayerVersionByArn,
  listLayers,
  listLayerVersions,
  publishLayerVersion,
} from './layers.ts';
import { listFunctions, listVersionsByFunction } from './list-functions.ts';
import type { Lambda } from './operation.ts';
import { addPermission, getPolicy, removePermission } from './permissions.ts';
import {
  deleteProvisionedConcurrencyConfig,
  getProvisionedConcurrencyConfig,
  listProvisionedConcurrencyConfigs,
  putProvisionedConcurrencyConfig,
} from './provisioned-concurrency.ts';
import { publishVersion } from './publish-version.ts';
import { getFunctionRecursionConfig, putFunctionRecursionConfig } from './recursion-config.ts';
import { errorToAws } from './refusal-to-aws.ts';
import { deleteResourcePolicy, getResourcePolicy, putResourcePolicy } from './resource-policies.ts';
import { getRuntimeManagementConfig, putRuntimeManagementConfig } from './runtime-management.ts';
import { listTags, tagResource, untagResource } from './tags.ts';
import { updateFunctionCode } from './update-function-code.ts';
import { updateFunctionConfiguration } from './update-function-configuration.ts';

/** The operations of Lambda's API that the control plane and these parts answer; the engine says of all others that they are missing. */
export function lambdaHandlers(
  functions: Functions,
  codeUrl: CodeUrl,
  parts: readonly LambdaPart[] = [],
  objects: CodeObjects = NO_CODE_OBJECTS,
): Handlers<Lambda> {
  const tagged = Object.assign({}, ...parts.map((part) => part.tagged));
  const handlers: Handlers<Lambda> = {
    AddLayerVersionPermission: addLayerVersionPermission(functions),
    AddPermission: addPermission(functions),
    CreateAlias: createAlias(functions),
    CreateCodeSigningConfig: createCodeSigningConfig(functions),
    CreateFunction: createFunction(functions, objects),
    CreateFunctionUrlConfig: createFunctionUrlConfig(functions),
    DeleteAlias: deleteAlias(functions),
    DeleteCodeSigningConfig: deleteCodeSigningConfig(functions),
    DeleteFunction: deleteFunction(functions),
    DeleteLayerVersion: deleteLayerVersion(functions),
    DeleteFunctionCodeSigningConfig: deleteFunctionCodeSigningConfig(functions),
    DeleteFunctionConcurrency: deleteFunctionConcurrency(functions),
    DeleteFunctionEventInvokeConfig: deleteFunctionEventInvokeConfig(functions),
    DeleteFunctionUrlConfig: deleteFunctionUrlConfig(functions),
    DeleteProvisionedConcurrencyConfig: deleteProvisionedConcurrencyConfig(functions),
    DeleteResourcePolicy: deleteResourcePolicy(functions),
    GetAccountSettings: getAccountSettings(functions),
    GetAlias: getAlias(functions),
    GetCodeSigningConfig: getCodeSigningConfig(functions),
    GetFunction: getFunction(functions, codeUrl),
    GetFunctionCodeSigningConfig: getFunctionCodeSigningConfig(functions),
    GetFunctionConcurrency: getFunctionConcurrency(functions),
    GetFunctionConfiguration: getFunctionConfiguration(functions),
    GetFunctionEventInvokeConfig: getFunctionEventInvokeConfig(functions),
    GetFunctionRecursionConfig: getFunctionRecursionConfig(functions),
    GetFunctionUrlConfig: getFunctionUrlConfig(functions),
    GetLayerVersion: getLayerVersion(functions, codeUrl),
    GetLayerVersionByArn: getLayerVersionByArn(functions, codeUrl),
    GetLayerVersionPolicy: getLayerVersionPolicy(functions),
    GetPolicy: getPolicy(functions),
    GetProvisionedConcurrencyConfig: getProvisionedConcurrencyConfig(functions),
    GetResourcePolicy: getResourcePolicy(functions),
    GetRuntimeManagementConfig: getRuntimeManagementConfig(functions),
    ListAliases: listAliases(functions),
    ListCodeSigningConfigs: listCodeSigningConfigs(functions),
    ListFunctionEventInvokeConfigs: listFunctionEventInvokeConfigs(functions),
    ListFunctions: listFunctions(functions),
    ListFunctionsByCodeSigningConfig: listFunctionsByCodeSigningConfig(functions),
    ListFunctionUrlConfigs: listFunctionUrlConfigs(functions),
    ListLayers: listLayers(functions),
    ListLayerVersions: listLayerVersions(functions),
    ListProvisionedConcurrencyConfigs: listProvisionedConcurrencyConfigs(functions),
    ListTags: listTags(functions, tagged),
    ListVersionsByFunction: listVersionsByFunction(functions),
    PublishLayerVersion: publishLayerVersion(functions, codeUrl, objects),
    PublishVersion: publishVersion(functions),
    RemoveLayerVersionPermission: removeLayerVersionPermission(functions),
    PutFunctionCodeSigningConfig: putFunctionCodeSigningConfig(functions),
    PutFunctionConcurrency: putFunctionConcurrency(functions),
    PutFunctionEventInvokeConfig: putFunctionEventInvokeConfig(functions),
    PutFunctionRecursionConfig: putFunctionRecursionConfig(functions),
    PutProvisionedConcurrencyConfig: putProvisionedConcurrencyConfig(functions),
    PutResourcePolicy: putResourcePolicy(functions),
    PutRuntimeManagementConfig: putRuntimeManagementConfig(functions),
    RemovePermission: removePermission(functions),
    TagResource: tagResource(functions, tagged),
    UntagResource: untagResource(functions, tagged),
    UpdateAlias: updateAlias(functions),
    UpdateCodeSigningConfig: updateCodeSigningConfig(functions),
    UpdateFunctionCode: updateFunctionCode(functions, objects),
    UpdateFunctionConfiguration: updateFunctionConfiguration(functions),
    UpdateFunctionEventInvokeConfig: updateFunctionEventInvokeConfig(functions),
    UpdateFunctionUrlConfig: updateFunctionUrlConfig(functions),
  };
  return Object.assign(inAwsWords(handlers, errorToAws), ...parts.map((part) => part.handlers));
}
