import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { failing } from '../testing/test-functions.ts';
import { zipOf } from '../testing/zips.ts';
import { type LambdaClient, nodeFunction, refusalOf, type Served, serveLambda } from './testing/lambda-client.ts';

// The official client against the engine and a real store. Texts: lambda-facts 15.2.

const HERE = 'arn:aws:lambda:eu-west-1:123456789012';
const FunctionName = 'hello';
const PROFILE = 'arn:aws:signer:eu-west-1:123456789012:/signing-profiles/mine/0123456789';
const OTHER_PROFILE = 'arn:aws:signer:us-west-2:210987654321:/signing-profiles/never_made/9876543210';
const AllowedPublishers = { SigningProfileVersionArns: [PROFILE] };
const UNKNOWN = `${HERE}:code-signing-config:csc-00000000000000000`;
const notFound = (arn: string) => ({
  name: 'ResourceNotFoundException',
  message: `The Lambda code signing configuration ${arn} can not be found.`,
});
const untrusted = (arn: string) => ({
  name: 'CodeVerificationFailedException',
  message: `Lambda cannot deploy the function. The function or layer might be signed using a signature that the client is not configured to accept. Check the provided signature for ${arn}.`,
  Type: 'User',
});

describe('a code signing configuration', () => {
  test('is made, shown, changed and deleted, and outlives a restart', async (t) => {
    const { lambda, restart } = await serveLambda(t);
    const created = await lambda.createCodeSigningConfig({ AllowedPublishers });
    assert.equal(created.$metadata.httpStatusCode, 201);
    const { CodeSigningConfig: first } = created;
    const CodeSigningConfigArn = first?.CodeSigningConfigArn ?? '';
    assert.match(first?.CodeSigningConfigId ?? '', /^csc-[a-z0-9]{17}$/);
    assert.match(first?.LastModified ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/);
    assert.deepEqual(first, {
      CodeSigningConfigId: first?.CodeSigningConfigId,
      CodeSigningConfigArn: `${HERE}:code-signing-config:${first?.CodeSigningConfigId}`,
      AllowedPublishers,
      CodeSigningPolicies: { UntrustedArtifactOnDeployment: 'Warn' },
      LastModified: first?.LastModified,
    });
    assert.deepEqual((await lambda.getCodeSigningConfig({ CodeSigningConfigArn })).CodeSigningConfig, first);

    const { CodeSigningConfig: updated } = await lambda.updateCodeSigningConfig({
      CodeSigningConfigArn,
      CodeSigningPolicies: { UntrustedArtifactOnDeployment: 'Enforce' },
    });
    assert.deepEqual(
      { ...updated, LastModified: undefined },
      {
        ...first,
        Description: '',
        CodeSigningPolicies: { UntrustedArtifactOnDeployment: 'Enforce' },
        LastModified: undefined,
      },
    );
    const publishers = { SigningProfileVersionArns: [OTHER_PROFILE, PROFILE] };
    await lambda.updateCodeSigningConfig({ CodeSigningConfigArn, Description: 'ours', AllowedPublishers: publishers });
    const unchanged = await lambda.updateCodeSigningConfig({ CodeSigningConfigArn, CodeSigningPolicies: {} });
    const again = await restart();
    const { CodeSigningConfig: kept } = await again.lambda.getCodeSigningConfig({ CodeSigningConfigArn });
    assert.deepEqual(kept, unchanged.CodeSigningConfig);
    assert.deepEqual(
      [kept?.Description, kept?.AllowedPublishers, kept?.CodeSigningPolicies],
      ['ours', publishers, { UntrustedArtifactOnDeployment: 'Enforce' }],
    );
    const deleted = await again.lambda.deleteCodeSigningConfig({ CodeSigningConfigArn });
    assert.equal(deleted.$metadata.httpStatusCode, 204);
    const last = await again.restart();
    assert.deepEqual(
      await refusalOf(last.lambda.getCodeSigningConfig({ CodeSigningConfigArn })),
      notFound(CodeSigningConfigArn),
    );
  });

  test('that is not there is told as such by every operation', async (t) => {
    const { lambda } = await serveLambda(t);
    const CodeSigningConfigArn = UNKNOWN;
    const calls = [
      () => lambda.getCodeSigningConfig({ CodeSigningConfigArn }),
      () => lambda.updateCodeSigningConfig({ CodeSigningConfigArn }),
      () => lambda.deleteCodeSigningConfig({ CodeSigningConfigArn }),
      () => lambda.listFunctionsByCodeSigningConfig({ CodeSigningConfigArn }),
      () => lambda.listTags({ Resource: CodeSigningConfigArn }),
    ];
    for (const call of calls) assert.deepEqual(await refusalOf(call()), notFound(UNKNOWN));
    const toUse = {
      name: 'CodeSigningConfigNotFoundException',
      message: `The code signing configuration cannot be found. Check that the provided configuration is not deleted: ${UNKNOWN}.`,
      Type: 'User',
    };
    const missing = lambda.putFunctionCodeSigningConfig({ FunctionName: 'missing', CodeSigningConfigArn });
    assert.deepEqual(await refusalOf(missing), toUse);
    const create = lambda.createFunction({ ...(await nodeFunction(FunctionName)), CodeSigningConfigArn });
    assert.deepEqual(await refusalOf(create), toUse);
    assert.deepEqual((await lambda.listFunctions({})).Functions, []);
  });

  test('of another region or account is not there', async (t) => {
    const { lambda } = await serveLambda(t);
    for (const place of ['us-east-1:123456789012', 'eu-west-1:210987654321']) {
      const CodeSigningConfigArn = `arn:aws:lambda:${place}:code-signing-config:csc-00000000000000000`;
      assert.deepEqual(
        await refusalOf(lambda.getCodeSigningConfig({ CodeSigningConfigArn })),
        notFound(CodeSigningConfigArn),
      );
    }
  });

  test('names 1 to 20 publishers, by ARN, and one of two policies', async (t) => {
    const { lambda } = await serveLambda(t);
    const create = (SigningProfileVersionArns: string[], more: object = {}) =>
      lambda.createCodeSigningConfig({ AllowedPublishers: { SigningProfileVersionArns }, ...more });
    await create(Array.from({ length: 20 }, () => PROFILE));
    const tooMany = await refusalOf(create(Array.from({ length: 21 }, () => PROFILE)));
    assert.equal(tooMany.name, 'ValidationException');
    assert.match(
      tooMany.message,
      /at 'allowedPublishers.signingProfileVersionArns' failed to satisfy constraint: Member must have length less than or equal to 20$/,
    );
    assert.match((await refusalOf(create([]))).message, /Member must have length greater than or equal to 1$/);
    assert.match((await refusalOf(create(['mine']))).message, /^1 validation error detected: Value '\[mine\]'/);
    assert.match(
      (await refusalOf(create([PROFILE], { CodeSigningPolicies: { UntrustedArtifactOnDeployment: 'warn' } }))).message,
      /at 'codeSigningPolicies.untrustedArtifactOnDeployment' failed to satisfy constraint: Member must satisfy enum value set/,
    );
    await create([PROFILE], { Description: 'd'.repeat(256) });
    assert.match(
      (await refusalOf(create([PROFILE], { Description: 'd'.repeat(257) }))).message,
      /at 'description' .* less than or equal to 256$/,
    );
    assert.equal(
      (await refusalOf(lambda.createCodeSigningConfig({ AllowedPublishers: undefined }))).message,
      "1 validation error detected: Value null at 'allowedPublishers' failed to satisfy constraint: Member must not be null",
    );
    const malformed = await refusalOf(lambda.getCodeSigningConfig({ CodeSigningConfigArn: `${UNKNOWN}0` }));
    assert.match(
      malformed.message,
      /at 'codeSigningConfigArn' failed to satisfy constraint: Member must satisfy regular/,
    );
  });

  test('is listed with all others, page by page', async (t) => {
    const { lambda } = await serveLambda(t);
    const made: string[] = [];
    for (let count = 0; count < 5; count += 1) made.push(await configOf(lambda, 'Warn'));
    const listed: string[] = [];
    let Marker: string | undefined;
    let pages = 0;
    do {
      const answer = await lambda.listCodeSigningConfigs({ MaxItems: 2, Marker });
      listed.push(...(answer.CodeSigningConfigs ?? []).map((config) => config.CodeSigningConfigArn ?? ''));
      Marker = answer.NextMarker;
      pages += 1;
    } while (Marker !== undefined);
    assert.deepEqual([pages, listed], [3, made.sort()]);
    const range = (MaxItems: number) => refusalOf(lambda.listCodeSigningConfigs({ MaxItems }));
    assert.match((await range(0)).message, /greater than or equal to 1$/);
    assert.match((await range(10_001)).message, /less than or equal to 10000$/);
    assert.equal((await lambda.listCodeSigningConfigs({ MaxItems: 10_000 })).CodeSigningConfigs?.length, 5);
  });

  test('has up to 50 tags', async (t) => {
    const { lambda } = await serveLambda(t);
    const tags = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, 'v']));
    const { CodeSigningConfig } = await lambda.createCodeSigningConfig({ AllowedPublishers, Tags: tags(49) });
    const Resource = CodeSigningConfig?.CodeSigningConfigArn ?? '';
    await lambda.tagResource({ Resource, Tags: { last: 'one' } });
    const full = {
      name: 'InvalidParameterValueException',
      message: 'Number of tags exceeds resource tag limit.',
      Type: 'User',
    };
    assert.deepEqual(await refusalOf(lambda.tagResource({ Resource, Tags: { more: '' } })), full);
    assert.deepEqual(await refusalOf(lambda.createCodeSigningConfig({ AllowedPublishers, Tags: tags(51) })), full);
    await lambda.untagResource({ Resource, TagKeys: ['k0', 'no such key'] });
    const { Tags } = await lambda.listTags({ Resource });
    assert.deepEqual([Object.keys(Tags ?? {}).length, Tags?.last, Tags?.k0], [49, 'one', undefined]);
  });
});

describe('a function', () => {
  test('gets a configuration, shows it, and loses it, over restarts', async (t) => {
    const { lambda, restart } = await withFunction(t);
    const none = await lambda.getFunctionCodeSigningConfig({ FunctionName });
    assert.deepEqual(
      [none.$metadata.httpStatusCode, none.CodeSigningConfigArn, none.FunctionName],
      [200, undefined, undefined],
    );
    const CodeSigningConfigArn = await configOf(lambda, 'Warn');
    for (const name of [FunctionName, `${HERE}:function:hello`, '123456789012:function:hello', 'function:hello']) {
      const { $metadata, ...put } = await lambda.putFunctionCodeSigningConfig({
        FunctionName: name,
        CodeSigningConfigArn,
      });
      assert.deepEqual([$metadata.httpStatusCode, put], [200, { CodeSigningConfigArn, FunctionName }]);
    }
    const again = await restart();
    const { $metadata: _, ...got } = await again.lambda.getFunctionCodeSigningConfig({ FunctionName });
    assert.deepEqual(got, { CodeSigningConfigArn, FunctionName });
    for (const time of ['once', 'twice']) {
      const { $metadata } = await again.lambda.deleteFunctionCodeSigningConfig({ FunctionName });
      assert.equal($metadata.httpStatusCode, 204, time);
    }
    const last = await again.restart();
    assert.equal((await last.lambda.getFunctionCodeSigningConfig({ FunctionName })).CodeSigningConfigArn, undefined);
  });

  test('that is not there, elsewhere, or only a version, has none', async (t) => {
    const { lambda } = await withFunction(t);
    const CodeSigningConfigArn = await configOf(lambda, 'Warn');
    const calls = [
      (name: string) => lambda.putFunctionCodeSigningConfig({ FunctionName: name, CodeSigningConfigArn }),
      (name: string) => lambda.getFunctionCodeSigningConfig({ FunctionName: name }),
      (name: string) => lambda.deleteFunctionCodeSigningConfig({ FunctionName: name }),
    ];
    for (const call of calls) {
      const ask = (name: string) => refusalOf(call(name));
      assert.equal((await ask('missing')).message, `Function not found: ${HERE}:function:missing`);
      assert.equal(
        (await ask('arn:aws:lambda:us-east-1:123456789012:function:hello')).message,
        "Functions from 'us-east-1' are not reachable in this region ('eu-west-1')",
      );
      assert.equal((await ask('arn:aws:lambda:eu-west-1:210987654321:function:hello')).name, 'AccessDeniedException');
      for (const name of ['hello:1', 'missing:$LATEST', `${HERE}:function:hello:live`]) {
        assert.match((await ask(name)).message, /^This operation is permitted on Lambda functions only\./);
      }
      assert.equal((await ask('no!')).name, 'ValidationException');
    }
  });

  test('keeps its configuration from being deleted, and is listed with it page by page', async (t) => {
    const { lambda } = await serveLambda(t);
    const CodeSigningConfigArn = await configOf(lambda, 'Warn');
    const other = await configOf(lambda, 'Warn');
    for (const name of ['c', 'a', 'b']) {
      await lambda.createFunction({ ...(await nodeFunction(name)), CodeSigningConfigArn });
    }
    const first = await lambda.listFunctionsByCodeSigningConfig({ CodeSigningConfigArn, MaxItems: 2 });
    const Marker = first.NextMarker;
    const second = await lambda.listFunctionsByCodeSigningConfig({ CodeSigningConfigArn, MaxItems: 2, Marker });
    assert.deepEqual(
      [first.FunctionArns, second.FunctionArns, second.NextMarker],
      [[`${HERE}:function:a`, `${HERE}:function:b`], [`${HERE}:function:c`], undefined],
    );
    assert.deepEqual((await lambda.listFunctionsByCodeSigningConfig({ CodeSigningConfigArn: other })).FunctionArns, []);
    assert.deepEqual(await refusalOf(lambda.deleteCodeSigningConfig({ CodeSigningConfigArn })), {
      name: 'ResourceConflictException',
      message: `The code signing configuration ${CodeSigningConfigArn} cannot be deleted while functions have it: ListFunctionsByCodeSigningConfig names them, and DeleteFunctionCodeSigningConfig takes it from one.`,
      Type: 'User',
    });
    await lambda.deleteFunction({ FunctionName: 'a' });
    await lambda.deleteFunctionCodeSigningConfig({ FunctionName: 'b' });
    await lambda.putFunctionCodeSigningConfig({ FunctionName: 'c', CodeSigningConfigArn: other });
    await lambda.deleteCodeSigningConfig({ CodeSigningConfigArn });
  });

  test('never has a configuration that is deleted at the same time', async (t) => {
    const { lambda } = await withFunction(t);
    for (let round = 0; round < 10; round += 1) {
      const CodeSigningConfigArn = await configOf(lambda, 'Warn');
      const [put, removed] = await Promise.allSettled([
        lambda.putFunctionCodeSigningConfig({ FunctionName, CodeSigningConfigArn }),
        lambda.deleteCodeSigningConfig({ CodeSigningConfigArn }),
      ]);
      assert.notEqual(put.status, removed.status);
      await lambda.deleteFunctionCodeSigningConfig({ FunctionName });
    }
  });
});

describe('unsigned code', () => {
  test('is refused under Enforce, whichever way it comes, and leaves the function as it is', async (t) => {
    const { lambda, idle } = await serveLambda(t);
    const CodeSigningConfigArn = await configOf(lambda, 'Enforce');
    const farn = `${HERE}:function:hello`;
    const request = await nodeFunction(FunctionName);
    assert.deepEqual(await refusalOf(lambda.createFunction({ ...request, CodeSigningConfigArn })), untrusted(farn));
    assert.deepEqual((await lambda.listFunctions({})).Functions, []);
    assert.deepEqual((await lambda.getAccountSettings({})).AccountUsage, { FunctionCount: 0, TotalCodeSize: 0 });

    const { CodeSha256 } = await lambda.createFunction(request);
    await idle();
    await lambda.putFunctionCodeSigningConfig({ FunctionName, CodeSigningConfigArn });
    const ZipFile = await zipOf({ 'index.js': 'exports.handler = async () => 2;' });
    for (const DryRun of [true, false]) {
      assert.deepEqual(await refusalOf(lambda.updateFunctionCode({ FunctionName, ZipFile, DryRun })), untrusted(farn));
    }
    const LayerName = 'tools';
    const { LayerVersionArn = '' } = await lambda.publishLayerVersion({ LayerName, Content: { ZipFile } });
    const withLayer = { FunctionName, Layers: [LayerVersionArn] };
    assert.deepEqual(await refusalOf(lambda.updateFunctionConfiguration(withLayer)), untrusted(LayerVersionArn));
    const after = await lambda.getFunctionConfiguration({ FunctionName });
    assert.deepEqual([after.CodeSha256, after.Layers, after.LastUpdateStatus], [CodeSha256, undefined, 'Successful']);
    await lambda.updateFunctionConfiguration({ FunctionName, Description: 'what is not code goes through' });
  });

  test('passes under Warn, and without a configuration', async (t) => {
    const { lambda, idle } = await serveLambda(t);
    const CodeSigningConfigArn = await configOf(lambda, 'Warn');
    await lambda.createFunction({ ...(await nodeFunction(FunctionName)), CodeSigningConfigArn });
    await idle();
    const ZipFile = await zipOf({ 'index.js': 'exports.handler = async () => 2;' });
    await lambda.updateFunctionCode({ FunctionName, ZipFile });
    await idle();
    await lambda.updateCodeSigningConfig({
      CodeSigningConfigArn,
      CodeSigningPolicies: { UntrustedArtifactOnDeployment: 'Enforce' },
    });
    assert.equal((await refusalOf(lambda.updateFunctionCode({ FunctionName, ZipFile }))).name, untrusted('').name);
    await lambda.deleteFunctionCodeSigningConfig({ FunctionName });
    await lambda.updateFunctionCode({ FunctionName, ZipFile });
  });
});

test('a configuration that could not be deleted for an outage is still there', async (t) => {
  const { lambda, restart } = await withFunction(t);
  const CodeSigningConfigArn = await configOf(lambda, 'Warn');
  const struck: Served = await restart(failing(1, false));
  assert.equal(
    (await refusalOf(struck.lambda.deleteCodeSigningConfig({ CodeSigningConfigArn }))).name,
    'ServiceException',
  );
  await struck.lambda.putFunctionCodeSigningConfig({ FunctionName, CodeSigningConfigArn });
});

async function withFunction(t: TestContext): Promise<Served> {
  const served = await serveLambda(t);
  await served.lambda.createFunction(await nodeFunction(FunctionName));
  await served.idle();
  return served;
}

async function configOf(lambda: LambdaClient, UntrustedArtifactOnDeployment: 'Warn' | 'Enforce'): Promise<string> {
  const CodeSigningPolicies = { UntrustedArtifactOnDeployment };
  const { CodeSigningConfig } = await lambda.createCodeSigningConfig({ AllowedPublishers, CodeSigningPolicies });
  return CodeSigningConfig?.CodeSigningConfigArn ?? '';
}
