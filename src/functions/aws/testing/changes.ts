import { zipOf } from '../../testing/zips.ts';
import { type LambdaClient, nodeFunction } from './lambda-client.ts';

const FunctionName = 'hello';
const FARN = 'arn:aws:lambda:eu-west-1:123456789012:function:hello';
const publisher = 'arn:aws:signer:eu-west-1:123456789012:/signing-profiles/us/abcdefghij';
const ZipFile = await zipOf({ 'index.js': 'exports.handler = async () => 2;' });
const layer = { LayerName: 'layer', VersionNumber: 1 };
const policy = (Sid: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Sid, Effect: 'Allow', Principal: { AWS: '123456789012' }, Action: 'lambda:InvokeFunction', Resource: FARN },
    ],
  });

type Call = (lambda: LambdaClient, config: string) => Promise<unknown>;

/** One call of every operation that changes something, in an order in which each finds what it needs. */
export const CALLS: Readonly<Record<string, Call>> = {
  CreateFunction: async (lambda) => lambda.createFunction(await nodeFunction('other')),
  UpdateFunctionConfiguration: (lambda) => lambda.updateFunctionConfiguration({ FunctionName, Description: 'other' }),
  UpdateFunctionCode: (lambda) => lambda.updateFunctionCode({ FunctionName, ZipFile }),
  PublishVersion: (lambda) => lambda.publishVersion({ FunctionName }),
  CreateAlias: (lambda) => lambda.createAlias({ FunctionName, Name: 'live', FunctionVersion: '1' }),
  UpdateAlias: (lambda) => lambda.updateAlias({ FunctionName, Name: 'live', Description: 'other' }),
  DeleteAlias: (lambda) => lambda.deleteAlias({ FunctionName, Name: 'live' }),
  TagResource: (lambda) => lambda.tagResource({ Resource: FARN, Tags: { k: 'v' } }),
  UntagResource: (lambda) => lambda.untagResource({ Resource: FARN, TagKeys: ['k'] }),
  AddPermission: (lambda) =>
    lambda.addPermission({
      FunctionName,
      StatementId: 's',
      Action: 'lambda:InvokeFunction',
      Principal: '123456789012',
    }),
  RemovePermission: (lambda) => lambda.removePermission({ FunctionName, StatementId: 's' }),
  PutResourcePolicy: (lambda) => lambda.putResourcePolicy({ ResourceArn: FARN, Policy: policy('s') }),
  DeleteResourcePolicy: (lambda) => lambda.deleteResourcePolicy({ ResourceArn: FARN }),
  PutFunctionConcurrency: (lambda) => lambda.putFunctionConcurrency({ FunctionName, ReservedConcurrentExecutions: 10 }),
  PutProvisionedConcurrencyConfig: (lambda) =>
    lambda.putProvisionedConcurrencyConfig({ FunctionName, Qualifier: '1', ProvisionedConcurrentExecutions: 1 }),
  DeleteProvisionedConcurrencyConfig: (lambda) =>
    lambda.deleteProvisionedConcurrencyConfig({ FunctionName, Qualifier: '1' }),
  DeleteFunctionConcurrency: (lambda) => lambda.deleteFunctionConcurrency({ FunctionName }),
  PutFunctionEventInvokeConfig: (lambda) =>
    lambda.putFunctionEventInvokeConfig({ FunctionName, MaximumRetryAttempts: 1 }),
  UpdateFunctionEventInvokeConfig: (lambda) =>
    lambda.updateFunctionEventInvokeConfig({ FunctionName, MaximumRetryAttempts: 0 }),
  DeleteFunctionEventInvokeConfig: (lambda) => lambda.deleteFunctionEventInvokeConfig({ FunctionName }),
  CreateFunctionUrlConfig: (lambda) => lambda.createFunctionUrlConfig({ FunctionName, AuthType: 'NONE' }),
  UpdateFunctionUrlConfig: (lambda) => lambda.updateFunctionUrlConfig({ FunctionName, AuthType: 'AWS_IAM' }),
  DeleteFunctionUrlConfig: (lambda) => lambda.deleteFunctionUrlConfig({ FunctionName }),
  PutFunctionRecursionConfig: (lambda) => lambda.putFunctionRecursionConfig({ FunctionName, RecursiveLoop: 'Allow' }),
  PutRuntimeManagementConfig: (lambda) =>
    lambda.putRuntimeManagementConfig({ FunctionName, UpdateRuntimeOn: 'FunctionUpdate' }),
  CreateCodeSigningConfig: (lambda) => lambda.createCodeSigningConfig(signing('another')),
  UpdateCodeSigningConfig: (lambda, CodeSigningConfigArn) =>
    lambda.updateCodeSigningConfig({ CodeSigningConfigArn, Description: 'other' }),
  PutFunctionCodeSigningConfig: (lambda, CodeSigningConfigArn) =>
    lambda.putFunctionCodeSigningConfig({ FunctionName, CodeSigningConfigArn }),
  DeleteFunctionCodeSigningConfig: (lambda) => lambda.deleteFunctionCodeSigningConfig({ FunctionName }),
  DeleteCodeSigningConfig: (lambda, CodeSigningConfigArn) => lambda.deleteCodeSigningConfig({ CodeSigningConfigArn }),
  PublishLayerVersion: (lambda) => lambda.publishLayerVersion({ LayerName: 'layer', Content: { ZipFile } }),
  AddLayerVersionPermission: (lambda) =>
    lambda.addLayerVersionPermission({
      ...layer,
      StatementId: 's',
      Action: 'lambda:GetLayerVersion',
      Principal: '*',
    }),
  RemoveLayerVersionPermission: (lambda) => lambda.removeLayerVersionPermission({ ...layer, StatementId: 's' }),
  DeleteLayerVersion: (lambda) => lambda.deleteLayerVersion(layer),
  DeleteFunction: (lambda) => lambda.deleteFunction({ FunctionName }),
};

export function signing(Description: string) {
  return {
    Description,
    AllowedPublishers: { SigningProfileVersionArns: [publisher] },
    CodeSigningPolicies: { UntrustedArtifactOnDeployment: 'Warn' as const },
  };
}

/** All that these operations change, as a client sees it. What is not there is told by the error's name. */
export async function stateOf(lambda: LambdaClient): Promise<unknown> {
  const looks: readonly Promise<object>[] = [
    lambda.listFunctions({ FunctionVersion: 'ALL' }),
    lambda.listAliases({ FunctionName }),
    lambda.listTags({ Resource: FARN }),
    lambda.getPolicy({ FunctionName }),
    lambda.getFunctionConcurrency({ FunctionName }),
    lambda.listProvisionedConcurrencyConfigs({ FunctionName }),
    lambda.listFunctionEventInvokeConfigs({ FunctionName }),
    lambda.listFunctionUrlConfigs({ FunctionName }),
    lambda.getFunctionRecursionConfig({ FunctionName }),
    lambda.getRuntimeManagementConfig({ FunctionName }),
    lambda.listCodeSigningConfigs(),
    lambda.getFunctionCodeSigningConfig({ FunctionName }),
    lambda.listLayerVersions({ LayerName: 'layer' }),
    lambda.getLayerVersionPolicy(layer),
    lambda.getAccountSettings(),
  ];
  const seen = await Promise.allSettled(looks);
  return seen.map((look) =>
    look.status === 'rejected' ? look.reason.name : JSON.stringify({ ...look.value, $metadata: undefined }),
  );
}
