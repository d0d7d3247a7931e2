import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, test } from 'node:test';
import { newSettings } from '../settings.ts';
import { memoryProvisioner } from '../testing/memory-provisioner.ts';
import { testFunctions } from '../testing/test-functions.ts';
import { zipOf } from '../testing/zips.ts';
import type { Lambda as Client } from './operation.ts';
import { functionWithVersions } from './testing/function-with-versions.ts';
import { nodeFunction } from './testing/lambda-client.ts';

// The official client against the engine and a real store. Texts are those that AWS gave (lambda-facts 10).

const { Lambda } = createRequire(import.meta.url)('@aws-sdk/client-lambda') as Client;
const FARN = 'arn:aws:lambda:eu-west-1:123456789012:function:hello';
const ZIP = await zipOf({ 'index.js': 'exports.handler = async () => 1;' });
const FunctionName = 'hello';
const INVALID = 'InvalidParameterValueException';
const NOT_FOUND = 'ResourceNotFoundException';

describe('reserved concurrency', () => {
  test('is set, shown with the function, counted in the account, and taken back', async (t) => {
    const { lambda } = await functionWithVersions(t);
    assert.equal((await lambda.getFunctionConcurrency({ FunctionName })).ReservedConcurrentExecutions, undefined);
    const put = await lambda.putFunctionConcurrency({ FunctionName, ReservedConcurrentExecutions: 7 });
    assert.equal(put.ReservedConcurrentExecutions, 7);
    assert.equal((await lambda.getFunctionConcurrency({ FunctionName })).ReservedConcurrentExecutions, 7);
    assert.deepEqual((await lambda.getFunction({ FunctionName })).Concurrency, { ReservedConcurrentExecutions: 7 });
    assert.deepEqual(await unreserved(lambda), [1_000, 993]);
    await lambda.putFunctionConcurrency({ FunctionName, ReservedConcurrentExecutions: 0 });
    assert.deepEqual((await lambda.getFunction({ FunctionName })).Concurrency, { ReservedConcurrentExecutions: 0 });
    const deleted = await lambda.deleteFunctionConcurrency({ FunctionName });
    assert.equal(deleted.$metadata.httpStatusCode, 204);
    assert.equal((await lambda.getFunction({ FunctionName })).Concurrency, undefined);
    assert.deepEqual(await unreserved(lambda), [1_000, 1_000]);
  });

  test('leaves 100 to the other functions', async (t) => {
    const { lambda } = await functionWithVersions(t);
    const text =
      "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].";
    const tooMuch = (ReservedConcurrentExecutions: number) =>
      refused(lambda.putFunctionConcurrency({ FunctionName, ReservedConcurrentExecutions }), INVALID, text);
    const { Type } = await tooMuch(901);
    assert.equal(Type, undefined);
    await tooMuch(1_001);
    await lambda.putFunctionConcurrency({ FunctionName, ReservedConcurrentExecutions: 900 });
    await lambda.putFunctionConcurrency({ FunctionName, ReservedConcurrentExecutions: 900 });
    await tooMuch(901);
  });

  test('is asked for by two functions at once, and given to one', async () => {
    await using opened = await testFunctions();
    const keys = ['a', 'b'].map((name) => ({ account: '1', region: 'r', name }));
    for (const key of keys) await opened.functions.create(key, { ...CORE, zip: ZIP }, AbortSignal.timeout(60_000));
    const answers = await Promise.allSettled(keys.map((key) => opened.functions.reserve(key, 600)));
    assert.deepEqual(answers.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    assert.deepEqual(opened.functions.concurrency({ account: '1', region: 'r' }), { max: 1_000, unreserved: 400 });
  });

  test('belongs to functions, not to versions, and to functions that exist', async (t) => {
    const { lambda } = await functionWithVersions(t);
    const text =
      'This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.';
    await refused(
      lambda.putFunctionConcurrency({ FunctionName: `${FARN}:1`, ReservedConcurrentExecutions: 1 }),
      INVALID,
      text,
    );
    const missing = 'arn:aws:lambda:eu-west-1:123456789012:function:missing';
    await refused(
      lambda.putFunctionConcurrency({ FunctionName: 'missing', ReservedConcurrentExecutions: -1 }),
      NOT_FOUND,
      `Function not found: ${missing}:$LATEST`,
    );
    await refused(
      lambda.getFunctionConcurrency({ FunctionName: 'missing' }),
      NOT_FOUND,
      `Function not found: ${missing}`,
    );
    await refused(
      lambda.putFunctionConcurrency({ FunctionName, ReservedConcurrentExecutions: -1 }),
      'ValidationException',
      "1 validation error detected: Value '-1' at 'reservedConcurrentExecutions' failed to satisfy constraint: Member must have value greater than or equal to 0",
    );
  });

  test('is given back when the function is deleted, and outlives a restart', async () => {
    const opened = await testFunctions();
    const { functions } = opened;
    const key = { account: '1', region: 'r', name: 'a' };
    await functions.create(key, { ...CORE, zip: ZIP }, AbortSignal.timeout(60_000));
    await functions.reserve(key, 300);
    await using again = await opened.reopen();
    assert.deepEqual(again.functions.concurrency(key), { max: 1_000, unreserved: 700 });
    assert.equal(again.functions.find(key).head.reserved, 300);
    await again.functions.delete(key, undefined);
    assert.deepEqual(again.functions.concurrency(key), { max: 1_000, unreserved: 1_000 });
  });
});

describe('provisioned concurrency', () => {
  test('goes from IN_PROGRESS to READY, changes the version’s revision, and is listed', async (t) => {
    const { lambda, environments } = await functionWithVersions(t, { versions: 2 });
    const before = await lambda.getFunctionConfiguration({ FunctionName, Qualifier: '1' });
    const { LastModified, $metadata, ...put } = await lambda.putProvisionedConcurrencyConfig(config('1', 2));
    assert.equal($metadata.httpStatusCode, 202);
    assert.deepEqual(put, { ...shown(2, 0, 0), Status: 'IN_PROGRESS' });
    assert.match(LastModified ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000$/);
    const after = await lambda.getFunctionConfiguration({ FunctionName, Qualifier: '1' });
    assert.notEqual(after.RevisionId, before.RevisionId);
    assert.deepEqual(await got(lambda, '1'), { ...shown(2, 2, 0), Status: 'IN_PROGRESS', LastModified });
    environments.makeReady();
    assert.deepEqual(await got(lambda, '1'), { ...shown(2, 2, 2), Status: 'READY', LastModified });
    await lambda.putProvisionedConcurrencyConfig(config('2', 1));
    const listed = await lambda.listProvisionedConcurrencyConfigs({ FunctionName, MaxItems: 1 });
    assert.deepEqual(
      listed.ProvisionedConcurrencyConfigs?.map((one) => one.FunctionArn),
      [`${FARN}:1`],
    );
    const rest = await lambda.listProvisionedConcurrencyConfigs({ FunctionName, Marker: listed.NextMarker });
    assert.deepEqual(rest.ProvisionedConcurrencyConfigs, [{ FunctionArn: `${FARN}:2`, ...(await got(lambda, '2')) }]);
    assert.deepEqual(await unreserved(lambda), [1_000, 997]);
  });

  test('is FAILED with a reason when the function’s init fails', async (t) => {
    const { lambda, environments } = await functionWithVersions(t, { versions: 1 });
    await lambda.putProvisionedConcurrencyConfig(config('1', 2));
    environments.fail('FUNCTION_ERROR_INIT_FAILURE');
    const { LastModified: _, ...answer } = await got(lambda, '1');
    assert.deepEqual(answer, { ...shown(2, 2, 0), Status: 'FAILED', StatusReason: 'FUNCTION_ERROR_INIT_FAILURE' });
  });

  test('ends when it, its version or its function is deleted', async (t) => {
    const { lambda, environments } = await functionWithVersions(t, { versions: 3 });
    for (const version of ['1', '2', '3']) await lambda.putProvisionedConcurrencyConfig(config(version, 2));
    await lambda.putProvisionedConcurrencyConfig(config('3', 4));
    environments.asked.length = 0;
    const deleted = await lambda.deleteProvisionedConcurrencyConfig({ FunctionName, Qualifier: '1' });
    assert.equal(deleted.$metadata.httpStatusCode, 204);
    await lambda.deleteProvisionedConcurrencyConfig({ FunctionName, Qualifier: '1' });
    await refused(
      lambda.getProvisionedConcurrencyConfig({ FunctionName, Qualifier: '1' }),
      'ProvisionedConcurrencyConfigNotFoundException',
      'No Provisioned Concurrency Config found for this function',
    );
    await lambda.deleteFunction({ FunctionName, Qualifier: '2' });
    assert.deepEqual(await unreserved(lambda), [1_000, 996]);
    await lambda.deleteFunction({ FunctionName });
    assert.deepEqual(
      environments.asked,
      ['1', '2', '3'].map((version) => ({ version, count: 0 })),
    );
    assert.deepEqual(await unreserved(lambda), [1_000, 1_000]);
  });

  test('stays within the function’s reserved concurrency, which stays above it', async (t) => {
    const { lambda } = await functionWithVersions(t, { versions: 2 });
    await lambda.putFunctionConcurrency({ FunctionName, ReservedConcurrentExecutions: 3 });
    await lambda.putProvisionedConcurrencyConfig(config('1', 2));
    const { Type } = await refused(
      lambda.putProvisionedConcurrencyConfig(config('2', 2)),
      INVALID,
      'Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function',
    );
    assert.equal(Type, 'User');
    await lambda.putProvisionedConcurrencyConfig(config('1', 3));
    await lambda.putProvisionedConcurrencyConfig(config('1', 2));
    await refused(
      lambda.putFunctionConcurrency({ FunctionName, ReservedConcurrentExecutions: 1 }),
      INVALID,
      " ReservedConcurrentExecutions  1 should not be lower than function's total provisioned concurrency [2].",
    );
    await lambda.putFunctionConcurrency({ FunctionName, ReservedConcurrentExecutions: 2 });
    assert.deepEqual(await unreserved(lambda), [1_000, 998]);
  });

  test('stays within what the account has left, less 100', async (t) => {
    const { lambda } = await functionWithVersions(t, { versions: 1 });
    const asked = (count: number) => lambda.putProvisionedConcurrencyConfig(config('1', count));
    await asked(10);
    await refused(
      asked(1_001),
      INVALID,
      "Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [1000].",
    );
    await refused(
      asked(901),
      INVALID,
      "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].",
    );
    await asked(900);
  });

  test('needs a published version', async (t) => {
    const { lambda } = await functionWithVersions(t, { versions: 1 });
    const put = (Qualifier: string, count = 1) => lambda.putProvisionedConcurrencyConfig(config(Qualifier, count));
    const LATEST = 'The function resource provided must be an alias or a published version.';
    await refused(
      put('$LATEST'),
      INVALID,
      'Provisioned Concurrency Configs cannot be applied to unpublished function versions.',
    );
    const latest = { FunctionName, Qualifier: '$LATEST' };
    await refused(lambda.getProvisionedConcurrencyConfig(latest), INVALID, LATEST);
    await refused(lambda.deleteProvisionedConcurrencyConfig(latest), INVALID, LATEST);
    await refused(put('live'), NOT_FOUND, `Cannot find alias arn: ${FARN}:live`);
    await refused(put('10'), NOT_FOUND, `Function not found: ${FARN}:10`);
    const missing = 'arn:aws:lambda:eu-west-1:123456789012:function:missing';
    await refused(
      lambda.getProvisionedConcurrencyConfig({ FunctionName: 'missing', Qualifier: 'a' }),
      NOT_FOUND,
      `Cannot find alias arn: ${missing}:a`,
    );
    await refused(
      lambda.listProvisionedConcurrencyConfigs({ FunctionName: 'missing' }),
      NOT_FOUND,
      `Function not found: ${missing}`,
    );
    await refused(
      put('1', 0),
      'ValidationException',
      "1 validation error detected: Value '0' at 'provisionedConcurrentExecutions' failed to satisfy constraint: Member must have value greater than or equal to 1",
    );
    assert.deepEqual(
      (await lambda.listProvisionedConcurrencyConfigs({ FunctionName })).ProvisionedConcurrencyConfigs,
      [],
    );
  });

  test('and SnapStart exclude each other', async (t) => {
    const { lambda, idle } = await functionWithVersions(t);
    const SnapStart = { ApplyOn: 'PublishedVersions' } as const;
    await lambda.updateFunctionConfiguration({ FunctionName, Runtime: 'python3.13', SnapStart });
    await idle();
    await lambda.publishVersion({ FunctionName });
    await refused(
      lambda.putProvisionedConcurrencyConfig(config('1', 1)),
      INVALID,
      'Provisioned Concurrency is not supported for SnapStart enabled functions.',
    );
  });

  test('is asked for again after a restart', async () => {
    const opened = await testFunctions();
    const key = { account: '1', region: 'r', name: 'a' };
    opened.functions.keepProvisioned(memoryProvisioner().provisioner);
    await opened.functions.create(key, { ...CORE, zip: ZIP, publish: true }, AbortSignal.timeout(60_000));
    await opened.functions.idle();
    await opened.functions.provision(key, '1', 5);
    await using again = await opened.reopen();
    const environments = memoryProvisioner();
    again.functions.keepProvisioned(environments.provisioner);
    assert.deepEqual(environments.asked, [{ version: '1', count: 5 }]);
  });

  test('of a version that is still being prepared waits for it', async () => {
    const gate = Promise.withResolvers<void>();
    await using opened = await testFunctions({ prepare: () => gate.promise.then(() => ({ ok: true })) });
    const environments = memoryProvisioner();
    opened.functions.keepProvisioned(environments.provisioner);
    const key = { account: '1', region: 'r', name: 'a' };
    await opened.functions.create(key, { ...CORE, zip: ZIP, publish: true }, AbortSignal.timeout(60_000));
    await opened.functions.provision(key, '1', 5);
    assert.deepEqual(environments.asked, []);
    gate.resolve();
    await opened.functions.idle();
    assert.deepEqual(environments.asked, [{ version: '1', count: 5 }]);
  });
});

describe('SnapStart', () => {
  const SnapStart = { ApplyOn: 'PublishedVersions' } as const;
  const PYTHON = { FunctionName: 'snap', Runtime: 'python3.13', SnapStart } as const;
  const ON = { ...SnapStart, OptimizationStatus: 'On' };
  const OFF = { ...SnapStart, OptimizationStatus: 'Off' };

  test('is on for a version once that has been prepared by itself, and never for $LATEST', async (t) => {
    const gate = Promise.withResolvers<void>();
    const prepared: string[] = [];
    const { lambda, idle } = await functionWithVersions(t, {
      prepare: async ({ snapStart, version }) => {
        prepared.push(`${version} ${snapStart}`);
        if (snapStart) await gate.promise;
        return { ok: true };
      },
    });
    prepared.length = 0;
    const { SnapStart: created } = await lambda.createFunction({ ...NEW, ...PYTHON, Publish: true });
    assert.deepEqual(created, OFF);
    while (prepared.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.deepEqual(prepared.sort(), ['$LATEST false', '1 true']);
    const version = { FunctionName: 'snap', Qualifier: '1' };
    const pending = await lambda.getFunctionConfiguration(version);
    assert.deepEqual([pending.State, pending.SnapStart], ['Pending', OFF]);
    gate.resolve();
    await idle();
    const active = await lambda.getFunctionConfiguration(version);
    assert.deepEqual([active.State, active.SnapStart], ['Active', ON]);
    assert.deepEqual((await lambda.getFunctionConfiguration({ FunctionName: 'snap' })).SnapStart, OFF);
    const again = await lambda.publishVersion({ FunctionName: 'snap' });
    assert.equal(again.Version, '1');
  });

  test('makes a version whose hooks fail Failed, and leaves $LATEST as it is', async (t) => {
    const failure = { ok: false, reasonCode: 'FunctionError.RuntimeInitError', reason: 'cannot close' } as const;
    const { lambda, idle } = await functionWithVersions(t, {
      prepare: async ({ snapStart }) => (snapStart ? failure : { ok: true }),
    });
    await lambda.createFunction({ ...NEW, ...PYTHON });
    await idle();
    assert.equal((await lambda.publishVersion({ FunctionName: 'snap' })).State, 'Pending');
    await idle();
    const failed = await lambda.getFunctionConfiguration({ FunctionName: 'snap', Qualifier: '1' });
    assert.deepEqual(
      [failed.State, failed.StateReasonCode, failed.StateReason, failed.SnapStart],
      ['Failed', failure.reasonCode, failure.reason, OFF],
    );
    assert.equal((await lambda.getFunctionConfiguration({ FunctionName: 'snap' })).State, 'Active');
  });

  test('goes with some runtimes and with at most 512 MB of /tmp, also when those change later', async (t) => {
    const { lambda, idle } = await functionWithVersions(t);
    const runtime = 'nodejs22.x is not supported for SnapStart enabled functions.';
    const storage = 'Ephemeral storage greater than 512 MB is not supported for SnapStart enabled functions.';
    await refused(lambda.createFunction({ ...NEW, ...PYTHON, Runtime: 'nodejs22.x' }), INVALID, runtime);
    await refused(lambda.createFunction({ ...NEW, ...PYTHON, EphemeralStorage: { Size: 513 } }), INVALID, storage);
    await lambda.createFunction({ ...NEW, ...PYTHON, EphemeralStorage: { Size: 512 } });
    await idle();
    const update = (change: object) => lambda.updateFunctionConfiguration({ FunctionName: 'snap', ...change });
    await refused(update({ Runtime: 'nodejs22.x' }), INVALID, runtime);
    await refused(update({ EphemeralStorage: { Size: 513 } }), INVALID, storage);
    const { SnapStart: off } = await update({ SnapStart: { ApplyOn: 'None' }, EphemeralStorage: { Size: 513 } });
    assert.deepEqual(off, { ApplyOn: 'None', OptimizationStatus: 'Off' });
  });
});

const NEW = await nodeFunction(FunctionName, ZIP);

const CORE = {
  settings: newSettings('a', { roleArn: NEW.Role, runtime: NEW.Runtime, handler: NEW.Handler }),
  architecture: 'x86_64',
  tags: {},
  publish: false,
} as const;

const config = (Qualifier: string, ProvisionedConcurrentExecutions: number) => ({
  FunctionName,
  Qualifier,
  ProvisionedConcurrentExecutions,
});

const shown = (requested: number, allocated: number, available: number) => ({
  RequestedProvisionedConcurrentExecutions: requested,
  AllocatedProvisionedConcurrentExecutions: allocated,
  AvailableProvisionedConcurrentExecutions: available,
});

async function got(lambda: InstanceType<typeof Lambda>, Qualifier: string) {
  const { $metadata: _, ...answer } = await lambda.getProvisionedConcurrencyConfig({ FunctionName, Qualifier });
  return answer;
}

async function unreserved(lambda: InstanceType<typeof Lambda>) {
  const { AccountLimit } = await lambda.getAccountSettings({});
  return [AccountLimit?.ConcurrentExecutions, AccountLimit?.UnreservedConcurrentExecutions];
}

interface Failure extends Error {
  Type?: string;
}

async function refused(promise: Promise<unknown>, name: string, message: string): Promise<Failure> {
  const error = await promise.then(
    () => assert.fail('it was not refused'),
    (failure: Failure) => failure,
  );
  assert.deepEqual([error.name, error.message], [name, message]);
  return error;
}
