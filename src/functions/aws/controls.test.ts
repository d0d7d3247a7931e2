import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { nodeFunction, refusalOf, serveLambda } from './testing/lambda-client.ts';

// The official client against the engine and a real store. Texts: lambda-facts 2 and 15.

const HERE = 'arn:aws:lambda:eu-west-1:123456789012:function';
const FunctionName = 'hello';
const NAMES = [FunctionName, `${HERE}:hello`, '123456789012:function:hello', 'function:hello'];
const ELSEWHERE = 'arn:aws:lambda:us-east-1:123456789012:function:hello';
const FOREIGN = 'arn:aws:lambda:eu-west-1:210987654321:function:hello';
const INVALID = 'InvalidParameterValueException';
const NOT_FOUND = 'ResourceNotFoundException';
const elsewhere = {
  name: NOT_FOUND,
  message: "Functions from 'us-east-1' are not reachable in this region ('eu-west-1')",
  Type: 'User',
};

describe('recursion', () => {
  test('is stopped unless it is allowed, by any form of the name, and stays so over a restart', async (t) => {
    const { lambda, restart } = await open(t);
    for (const name of NAMES) {
      const { $metadata, ...got } = await lambda.getFunctionRecursionConfig({ FunctionName: name });
      assert.deepEqual([$metadata.httpStatusCode, got], [200, { RecursiveLoop: 'Terminate' }]);
    }
    const revision = (await lambda.getFunctionConfiguration({ FunctionName })).RevisionId;
    const { $metadata, ...put } = await lambda.putFunctionRecursionConfig({ FunctionName, RecursiveLoop: 'Allow' });
    assert.deepEqual([$metadata.httpStatusCode, put], [200, { RecursiveLoop: 'Allow' }]);
    await lambda.putFunctionRecursionConfig({ FunctionName, RecursiveLoop: 'Allow' });
    assert.equal((await lambda.getFunctionConfiguration({ FunctionName })).RevisionId, revision);
    const again = await restart();
    assert.equal((await again.lambda.getFunctionRecursionConfig({ FunctionName })).RecursiveLoop, 'Allow');
    await again.lambda.putFunctionRecursionConfig({ FunctionName, RecursiveLoop: 'Terminate' });
    assert.equal((await again.lambda.getFunctionRecursionConfig({ FunctionName })).RecursiveLoop, 'Terminate');
  });

  test('is forgotten with the function', async (t) => {
    const { lambda } = await open(t);
    await lambda.putFunctionRecursionConfig({ FunctionName, RecursiveLoop: 'Allow' });
    await lambda.deleteFunction({ FunctionName });
    await lambda.createFunction(await nodeFunction(FunctionName));
    assert.equal((await lambda.getFunctionRecursionConfig({ FunctionName })).RecursiveLoop, 'Terminate');
  });

  test('has two values, and belongs to functions that exist here, as a whole', async (t) => {
    const { lambda } = await open(t);
    const put = (name: string, RecursiveLoop = 'Allow') =>
      refusalOf(lambda.putFunctionRecursionConfig({ FunctionName: name, RecursiveLoop: RecursiveLoop as 'Allow' }));
    const get = (name: string) => refusalOf(lambda.getFunctionRecursionConfig({ FunctionName: name }));
    assert.deepEqual(await put(FunctionName, 'allow'), {
      name: 'ValidationException',
      message:
        "1 validation error detected: Value 'allow' at 'recursiveLoop' failed to satisfy constraint: Member must satisfy enum value set: [Terminate, Allow]",
    });
    const missing = { name: NOT_FOUND, message: `Function not found: ${HERE}:missing` };
    for (const ask of [put, get]) {
      assert.deepEqual({ ...(await ask('missing')), Type: undefined }, { ...missing, Type: undefined });
      assert.deepEqual(await ask(ELSEWHERE), elsewhere);
      assert.equal((await ask(FOREIGN)).name, 'AccessDeniedException');
      for (const qualified of ['hello:1', `${HERE}:hello:$LATEST`, 'no!']) {
        assert.match(
          (await ask(qualified)).message,
          /at 'functionName' failed to satisfy constraint: Member must satisfy/,
        );
      }
      assert.equal((await ask('a'.repeat(140))).name, NOT_FOUND);
      assert.match((await ask('a'.repeat(141))).message, /Member must have length less than or equal to 140$/);
    }
  });
});

describe('runtime management', () => {
  test('is automatic until it is set, for each version by itself, and stays so over a restart', async (t) => {
    const { lambda, idle, restart } = await open(t);
    await lambda.publishVersion({ FunctionName });
    await lambda.updateFunctionConfiguration({ FunctionName, Description: 'two' });
    await idle();
    await lambda.publishVersion({ FunctionName });
    for (const name of NAMES) {
      const { $metadata, ...got } = await lambda.getRuntimeManagementConfig({ FunctionName: name });
      assert.equal($metadata.httpStatusCode, 200);
      assert.deepEqual(got, { UpdateRuntimeOn: 'Auto', FunctionArn: `${HERE}:hello` });
    }
    const { $metadata, ...put } = await lambda.putRuntimeManagementConfig({
      FunctionName,
      Qualifier: '1',
      UpdateRuntimeOn: 'FunctionUpdate',
    });
    assert.equal($metadata.httpStatusCode, 200);
    assert.deepEqual(put, { UpdateRuntimeOn: 'FunctionUpdate', FunctionArn: `${HERE}:hello:1` });
    const again = await restart();
    const modeOf = async (Qualifier: string | undefined) =>
      (await again.lambda.getRuntimeManagementConfig({ FunctionName, Qualifier })).UpdateRuntimeOn;
    assert.deepEqual(
      [await modeOf(undefined), await modeOf('$LATEST'), await modeOf('1'), await modeOf('2')],
      ['Auto', 'Auto', 'FunctionUpdate', 'Auto'],
    );
    assert.equal(
      (await again.lambda.getRuntimeManagementConfig({ FunctionName: 'hello:1' })).UpdateRuntimeOn,
      put.UpdateRuntimeOn,
    );
    await again.lambda.putRuntimeManagementConfig({ FunctionName: 'hello:1', UpdateRuntimeOn: 'Auto' });
    assert.equal(await modeOf('1'), 'Auto');
  });

  test('by hand takes the runtime version that is installed, until the function has another runtime', async (t) => {
    const { lambda, idle } = await open(t);
    const { RuntimeVersionConfig } = await lambda.getFunctionConfiguration({ FunctionName });
    const RuntimeVersionArn = RuntimeVersionConfig?.RuntimeVersionArn;
    const manual = { FunctionName, UpdateRuntimeOn: 'Manual' } as const;
    const { $metadata: _, ...put } = await lambda.putRuntimeManagementConfig({ ...manual, RuntimeVersionArn });
    assert.deepEqual(put, { UpdateRuntimeOn: 'Manual', FunctionArn: `${HERE}:hello`, RuntimeVersionArn });
    assert.equal((await lambda.getRuntimeManagementConfig({ FunctionName })).RuntimeVersionArn, RuntimeVersionArn);

    const other = `arn:aws:lambda:eu-west-1::runtime:${'0'.repeat(64)}`;
    assert.deepEqual(await refusalOf(lambda.putRuntimeManagementConfig({ ...manual, RuntimeVersionArn: other })), {
      name: INVALID,
      message: `The runtime version ${other} cannot be used for nodejs22.x: this machine has ${RuntimeVersionArn}.`,
      Type: 'User',
    });
    await lambda.updateFunctionConfiguration({ FunctionName, Runtime: 'nodejs24.x' });
    await idle();
    assert.equal((await lambda.getRuntimeManagementConfig({ FunctionName })).UpdateRuntimeOn, 'Auto');
  });

  test('needs an ARN by hand, and takes none otherwise', async (t) => {
    const { lambda } = await open(t);
    const put = (UpdateRuntimeOn: string, RuntimeVersionArn?: string) =>
      refusalOf(
        lambda.putRuntimeManagementConfig({
          FunctionName,
          UpdateRuntimeOn: UpdateRuntimeOn as 'Auto',
          RuntimeVersionArn,
        }),
      );
    const arn = 'arn:aws:lambda:eu-west-1::runtime:0';
    assert.equal((await put('Manual')).message, 'RuntimeVersionArn is required when UpdateRuntimeOn is Manual.');
    assert.equal((await put('Auto', arn)).name, INVALID);
    assert.equal((await put('FunctionUpdate', arn)).name, INVALID);
    assert.deepEqual(await put('auto'), {
      name: 'ValidationException',
      message:
        "1 validation error detected: Value 'auto' at 'updateRuntimeOn' failed to satisfy constraint: Member must satisfy enum value set: [Auto, Manual, FunctionUpdate]",
    });
    const prefix = 'arn:aws:lambda:eu-west-1::runtime:';
    assert.equal((await put('Manual', prefix + '0'.repeat(2_048 - prefix.length))).name, INVALID);
    assert.match(
      (await put('Manual', prefix + '0'.repeat(2_049 - prefix.length))).message,
      /at 'runtimeVersionArn' failed to satisfy constraint: Member must have length less than or equal to 2048$/,
    );
    assert.match((await put('Manual', prefix)).message, /at 'runtimeVersionArn' .* regular expression pattern/);
  });

  test('belongs to versions that exist, not to aliases', async (t) => {
    const { lambda } = await open(t);
    await lambda.publishVersion({ FunctionName });
    await lambda.createAlias({ FunctionName, Name: 'live', FunctionVersion: '1' });
    const put = (name: string, Qualifier?: string) =>
      refusalOf(lambda.putRuntimeManagementConfig({ FunctionName: name, Qualifier, UpdateRuntimeOn: 'Auto' }));
    const get = (name: string, Qualifier?: string) =>
      refusalOf(lambda.getRuntimeManagementConfig({ FunctionName: name, Qualifier }));
    for (const ask of [put, get]) {
      assert.match((await ask(FunctionName, 'live')).message, /^arn:.*:hello:live is an alias, /);
      assert.equal((await ask(FunctionName, '7')).message, `Function not found: ${HERE}:hello:7`);
      assert.equal((await ask('missing')).name, NOT_FOUND);
      assert.deepEqual(await ask(ELSEWHERE), elsewhere);
      assert.equal((await ask(FOREIGN)).name, 'AccessDeniedException');
      assert.equal(
        (await ask('hello:1', '2')).message,
        'The derived qualifier from the function name does not match the specified qualifier.',
      );
    }
  });

  test('of a deleted version is not kept', async (t) => {
    const { lambda } = await open(t);
    await lambda.publishVersion({ FunctionName });
    await lambda.putRuntimeManagementConfig({ FunctionName, Qualifier: '1', UpdateRuntimeOn: 'FunctionUpdate' });
    await lambda.deleteFunction({ FunctionName, Qualifier: '1' });
    assert.equal(
      (await refusalOf(lambda.getRuntimeManagementConfig({ FunctionName, Qualifier: '1' }))).name,
      NOT_FOUND,
    );
  });
});

async function open(t: TestContext) {
  const served = await serveLambda(t);
  await served.lambda.createFunction(await nodeFunction(FunctionName));
  await served.idle();
  return served;
}
