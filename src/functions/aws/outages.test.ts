// The disk is full: every operation that changes something says so, has changed nothing, and works again afterwards.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { StorageFull } from '../../store/outage.ts';
import type { Records } from '../../store/records.ts';
import { readModel } from '../../wire/schema.ts';
import { zipOf } from '../testing/zips.ts';
import { lambdaHandlers } from './lambda-handlers.ts';
import type { Lambda } from './operation.ts';
import { functionWithVersions } from './testing/function-with-versions.ts';
import { type LambdaClient, nodeFunction } from './testing/lambda-client.ts';

const sdk = createRequire(import.meta.url)('@aws-sdk/client-lambda') as Lambda;
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

/** In an order in which each finds what it needs. */
const CALLS: Readonly<Record<string, Call>> = {
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

test('when the disk is full, every change is refused and not made, and made once there is room again', async (t) => {
  const full = new StorageFull('write to the store', { cause: new Error('ENOSPC') });
  let isFull = false;
  const wrapRecords = (records: Records): Records => ({
    ...records,
    put: (...write) => (isFull ? Promise.reject(full) : records.put(...write)),
    delete: (...write) => (isFull ? Promise.reject(full) : records.delete(...write)),
    [Symbol.asyncDispose]: () => records[Symbol.asyncDispose](),
  });
  const { lambda, idle } = await functionWithVersions(t, { versions: 1, wrapRecords });
  const { CodeSigningConfig } = await lambda.createCodeSigningConfig(signing('one'));
  const config = CodeSigningConfig?.CodeSigningConfigArn ?? '';

  for (const [operation, call] of Object.entries(CALLS)) {
    const before = await stateOf(lambda);
    isFull = true;
    const error = await call(lambda, config).then(
      () => assert.fail(`${operation} was made on a full disk`),
      (error: Error & { $metadata: { httpStatusCode?: number } }) => error,
    );
    assert.deepEqual(
      [operation, error.name, error.message, error.$metadata.httpStatusCode],
      [operation, 'ServiceException', full.message, 500],
    );
    assert.deepEqual(await stateOf(lambda), before, operation);
    isFull = false;
    await call(lambda, config);
    await idle();
    assert.notDeepEqual(await stateOf(lambda), before, `${operation} changes nothing that is looked at`);
  }
});

test('every operation that changes something is in this table', () => {
  // SAFE: handlers are listed, and none is called.
  const handlers = lambdaHandlers({} as never, {} as never);
  const changing = [...readModel(sdk).operations.values()]
    .filter(({ name, http }) => name in handlers && http?.[0] !== 'GET')
    .map(({ name }) => name);
  assert.deepEqual(Object.keys(CALLS).sort(), changing.sort());
});

function signing(Description: string) {
  return {
    Description,
    AllowedPublishers: { SigningProfileVersionArns: [publisher] },
    CodeSigningPolicies: { UntrustedArtifactOnDeployment: 'Warn' as const },
  };
}

/** All that these operations change, as a client sees it. What is not there is told by the error's name. */
async function stateOf(lambda: LambdaClient): Promise<unknown> {
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
