import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeFunction, refusalOf, serveLambda } from './testing/lambda-client.ts';

test('a number with a fraction is refused wherever only whole ones make sense, in bodies, paths and queries', async (t) => {
  const { lambda, idle } = await serveLambda(t);
  const FunctionName = 'hello';
  await lambda.createFunction({ ...(await nodeFunction(FunctionName)), Publish: true });
  await idle();
  const before = await lambda.getFunctionConfiguration({ FunctionName });
  const calls: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['Timeout', () => lambda.updateFunctionConfiguration({ FunctionName, Timeout: 1.5 })],
    ['Size', () => lambda.updateFunctionConfiguration({ FunctionName, EphemeralStorage: { Size: 512.5 } })],
    [
      'ReservedConcurrentExecutions',
      () => lambda.putFunctionConcurrency({ FunctionName, ReservedConcurrentExecutions: 1.5 }),
    ],
    [
      'ProvisionedConcurrentExecutions',
      () =>
        lambda.putProvisionedConcurrencyConfig({ FunctionName, Qualifier: '1', ProvisionedConcurrentExecutions: 1.5 }),
    ],
    ['MaximumRetryAttempts', () => lambda.putFunctionEventInvokeConfig({ FunctionName, MaximumRetryAttempts: 0.5 })],
    ['VersionNumber', () => lambda.getLayerVersion({ LayerName: 'tools', VersionNumber: 1.5 })],
    ['MaxItems', () => lambda.listFunctions({ MaxItems: 1.5 })],
  ];
  for (const [member, call] of calls) {
    const { name, message } = await refusalOf(call());
    assert.equal(name, 'SerializationException', member);
    assert.match(message, new RegExp(`^\\d+\\.5 cannot be converted to Integer: ${member} takes whole numbers$`));
  }
  const { $metadata: _, ...after } = await lambda.getFunctionConfiguration({ FunctionName });
  assert.deepEqual({ ...after, $metadata: before.$metadata }, before);
});

test('a weight is a number with a fraction', async (t) => {
  const { lambda, idle } = await serveLambda(t);
  const FunctionName = 'hello';
  await lambda.createFunction({ ...(await nodeFunction(FunctionName)), Publish: true });
  await idle();
  await lambda.updateFunctionConfiguration({ FunctionName, Timeout: 4 });
  await idle();
  await lambda.publishVersion({ FunctionName });
  const RoutingConfig = { AdditionalVersionWeights: { 2: 0.25 } };
  const created = await lambda.createAlias({ FunctionName, Name: 'live', FunctionVersion: '1', RoutingConfig });
  assert.deepEqual(created.RoutingConfig, RoutingConfig);
});
