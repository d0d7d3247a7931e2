import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PACKAGE_LIMITS } from '../package/limits.ts';
import { zipOf } from '../testing/zips.ts';
import { type LambdaClient, nodeFunction, refusalOf, serveLambda } from './testing/lambda-client.ts';

const ZIP = await zipOf({ 'index.js': 'exports.handler = async () => 1;' });
const OTHER_ZIP = await zipOf({ 'index.js': 'exports.handler = async () => 2;' });
assert.equal(ZIP.length, OTHER_ZIP.length);
const FULL = { name: 'CodeStorageExceededException', message: 'Code storage limit exceeded.', Type: 'User' };

test('functions, versions and layers share the code storage of an account, up to its last byte', async (t) => {
  const { lambda, idle } = await serveLambda(t, { limits: roomFor(4) });
  await lambda.createFunction(await nodeFunction('one', ZIP));
  await idle();
  await lambda.publishVersion({ FunctionName: 'one' });
  await publishLayer(lambda);
  await publishLayer(lambda);
  assert.deepEqual(await storage(lambda), { used: 4 * ZIP.length, max: 4 * ZIP.length });

  await lambda.updateFunctionConfiguration({ FunctionName: 'one', Timeout: 4 });
  await idle();
  const more = [
    lambda.createFunction(await nodeFunction('two', ZIP)),
    lambda.publishVersion({ FunctionName: 'one' }),
    publishLayer(lambda),
    lambda.updateFunctionCode({ FunctionName: 'one', ZipFile: OTHER_ZIP, Publish: true }),
  ];
  for (const call of await Promise.all(more.map(refusalOf))) assert.deepEqual(call, FULL);
  assert.deepEqual((await refusalOf(lambda.getFunction({ FunctionName: 'two' }))).name, 'ResourceNotFoundException');
  assert.equal((await storage(lambda)).used, 4 * ZIP.length);
});

test('code that takes the place of other code needs room for what it is larger alone', async (t) => {
  const { lambda, idle } = await serveLambda(t, { limits: roomFor(2) });
  await lambda.createFunction({ ...(await nodeFunction('one', ZIP)), Publish: true });
  await idle();
  await lambda.updateFunctionCode({ FunctionName: 'one', ZipFile: OTHER_ZIP });
  await idle();
  const larger = await zipOf({ 'index.js': 'exports.handler = async () => "one byte more";' });
  assert.ok(larger.length > ZIP.length);
  assert.deepEqual(await refusalOf(lambda.updateFunctionCode({ FunctionName: 'one', ZipFile: larger })), FULL);
  await lambda.deleteFunction({ FunctionName: 'one', Qualifier: '1' });
  await lambda.updateFunctionCode({ FunctionName: 'one', ZipFile: larger });
  assert.equal((await storage(lambda)).used, larger.length);
});

test('what is deleted makes room, one by one', async (t) => {
  const { lambda, idle } = await serveLambda(t, { limits: roomFor(3) });
  const create = async (name: string) => lambda.createFunction(await nodeFunction(name, ZIP));
  await lambda.createFunction({ ...(await nodeFunction('one', ZIP)), Publish: true });
  await publishLayer(lambda);
  await idle();
  const frees = [
    () => lambda.deleteLayerVersion({ LayerName: 'tools', VersionNumber: 1 }),
    () => lambda.deleteFunction({ FunctionName: 'one', Qualifier: '1' }),
    () => lambda.deleteFunction({ FunctionName: 'one' }),
  ];
  for (const [index, free] of frees.entries()) {
    assert.deepEqual(await refusalOf(create(`new-${index}`)), FULL);
    await free();
    assert.equal((await storage(lambda)).used, 2 * ZIP.length);
    await create(`new-${index}`);
    assert.equal((await storage(lambda)).used, 3 * ZIP.length);
  }
});

test('a function that is made published at once needs room for both, or is not made', async (t) => {
  const { lambda } = await serveLambda(t, { limits: roomFor(1) });
  assert.deepEqual(
    await refusalOf(lambda.createFunction({ ...(await nodeFunction('one', ZIP)), Publish: true })),
    FULL,
  );
  await lambda.createFunction(await nodeFunction('one', ZIP));
});

test('of many that come at once, as many are taken as there is room for', async (t) => {
  const { lambda } = await serveLambda(t, { limits: roomFor(5) });
  const requests = await Promise.all(Array.from({ length: 12 }, (_, index) => nodeFunction(`f${index}`, ZIP)));
  const made = await Promise.allSettled([
    ...requests.map((request) => lambda.createFunction(request)),
    ...requests.map(() => publishLayer(lambda)),
  ]);
  assert.equal(made.filter(({ status }) => status === 'fulfilled').length, 5);
  assert.equal((await storage(lambda)).used, 5 * ZIP.length);
  assert.deepEqual(await refusalOf(publishLayer(lambda)), FULL, 'those that were refused left nothing behind');
  const [first] = (await lambda.listFunctions()).Functions ?? [];
  if (first === undefined) await lambda.deleteLayerVersion({ LayerName: 'tools', VersionNumber: 1 });
  else await lambda.deleteFunction({ FunctionName: first.FunctionName });
  await publishLayer(lambda);
});

const roomFor = (copies: number) => ({ ...PACKAGE_LIMITS, totalCodeBytesMax: copies * ZIP.length });

const publishLayer = (lambda: LambdaClient) =>
  lambda.publishLayerVersion({ LayerName: 'tools', Content: { ZipFile: ZIP } });

async function storage(lambda: LambdaClient) {
  const { AccountLimit, AccountUsage } = await lambda.getAccountSettings();
  return { used: AccountUsage?.TotalCodeSize, max: AccountLimit?.TotalCodeSize };
}
