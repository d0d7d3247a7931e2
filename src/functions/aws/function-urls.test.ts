import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { Cors, FunctionUrlAuthType, InvokeMode } from '@aws-sdk/client-lambda';
import { type LambdaClient, nodeFunction, refusalOf, serveLambda } from './testing/lambda-client.ts';

// The official client against the engine and a real store. Texts are those that AWS gave (lambda-facts 12.1), but for one
// that says so.

const HERE = 'arn:aws:lambda:eu-west-1:123456789012:function';
const FARN = `${HERE}:hello`;
const FunctionName = 'hello';
const INVALID = 'InvalidParameterValueException';
const NOT_FOUND = 'ResourceNotFoundException';
const NOTHING = { name: NOT_FOUND, message: 'The resource you requested does not exist.', Type: 'User' };
const NO_FUNCTION = { name: NOT_FOUND, message: 'Function does not exist', Type: 'User' };
const URL_FORM = /^http:\/\/[a-z0-9]{32}\.lambda-url\.eu-west-1\.localhost:\d+\/$/;
const CORS: Cors = {
  AllowCredentials: true,
  AllowHeaders: ['Date', 'Keep-Alive'],
  AllowMethods: ['GET', 'PUT', 'POST', 'DELETE', 'HEAD', 'PATCH'],
  AllowOrigins: ['https://www.example.com', 'http://localhost:60905'],
  ExposeHeaders: ['Date'],
  MaxAge: 86_400,
};

describe('a function URL', () => {
  test('is created, read, changed and deleted', async (t) => {
    const { lambda } = await open(t);
    const { $metadata, CreationTime = '', FunctionUrl = '', ...created } = await create(lambda);
    assert.equal($metadata.httpStatusCode, 201);
    assert.deepEqual(created, { FunctionArn: FARN, AuthType: 'NONE' });
    assert.match(FunctionUrl, URL_FORM);
    assert.match(CreationTime, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

    const shown = { FunctionUrl, FunctionArn: FARN, CreationTime };
    const { $metadata: got, ...config } = await lambda.getFunctionUrlConfig({ FunctionName });
    assert.equal(got.httpStatusCode, 200);
    const unchanged = { ...shown, AuthType: 'NONE', InvokeMode: 'BUFFERED', LastModifiedTime: CreationTime };
    assert.deepEqual(config, unchanged);
    assert.deepEqual((await lambda.listFunctionUrlConfigs({ FunctionName })).FunctionUrlConfigs, [unchanged]);

    const updated = await lambda.updateFunctionUrlConfig({ FunctionName, AuthType: 'AWS_IAM' });
    const { $metadata: changed, LastModifiedTime = '', ...rest } = updated;
    assert.equal(changed.httpStatusCode, 200);
    assert.deepEqual(rest, { ...shown, AuthType: 'AWS_IAM' });
    assert.ok(LastModifiedTime >= CreationTime);

    const deleted = await lambda.deleteFunctionUrlConfig({ FunctionName });
    assert.equal(deleted.$metadata.httpStatusCode, 204);
    const { get, update, delete: remove } = calls(lambda, FunctionName);
    for (const call of [get, update, remove]) assert.deepEqual(await call(), NOTHING);
    assert.deepEqual((await lambda.listFunctionUrlConfigs({ FunctionName })).FunctionUrlConfigs, []);
    assert.notEqual((await create(lambda)).FunctionUrl, FunctionUrl);
  });

  test('exists once for a function and once for each alias, and none of them for another', async (t) => {
    const { lambda } = await withAlias(t);
    const duplicate = (arn: string) => ({
      name: 'ResourceConflictException',
      message: `Failed to create function url config for [functionArn = ${arn}]. Error message:  FunctionUrlConfig exists for this Lambda function`,
      Type: 'User',
    });
    const plain = await create(lambda);
    assert.deepEqual(await refusalOf(lambda.getFunctionUrlConfig({ FunctionName, Qualifier: 'live' })), NOTHING);
    const live = await create(lambda, { Qualifier: 'live' });
    assert.deepEqual([plain.FunctionArn, live.FunctionArn], [FARN, `${FARN}:live`]);
    assert.notEqual(plain.FunctionUrl, live.FunctionUrl);
    assert.deepEqual(await refusalOf(create(lambda)), duplicate(FARN));
    assert.deepEqual(await refusalOf(create(lambda, { Qualifier: 'live' })), duplicate(`${FARN}:live`));
    await lambda.deleteFunctionUrlConfig({ FunctionName });
    assert.equal((await lambda.getFunctionUrlConfig({ FunctionName: 'hello:live' })).FunctionUrl, live.FunctionUrl);
  });

  test('goes with its alias and with its function, and does not come back', async (t) => {
    const { lambda } = await withAlias(t);
    await create(lambda);
    await create(lambda, { Qualifier: 'live' });
    await lambda.updateAlias({ FunctionName, Name: 'live', FunctionVersion: '$LATEST' });
    assert.equal((await lambda.listFunctionUrlConfigs({ FunctionName })).FunctionUrlConfigs?.length, 2);
    await lambda.deleteAlias({ FunctionName, Name: 'live' });
    assert.deepEqual(await refusalOf(lambda.getFunctionUrlConfig({ FunctionName, Qualifier: 'live' })), NOTHING);
    await lambda.createAlias({ FunctionName, Name: 'live', FunctionVersion: '1' });
    assert.deepEqual(await refusalOf(lambda.getFunctionUrlConfig({ FunctionName, Qualifier: 'live' })), NOTHING);
    assert.equal((await lambda.listFunctionUrlConfigs({ FunctionName })).FunctionUrlConfigs?.length, 1);
    await lambda.deleteFunction({ FunctionName });
    await lambda.createFunction(await nodeFunction(FunctionName));
    assert.deepEqual((await lambda.listFunctionUrlConfigs({ FunctionName })).FunctionUrlConfigs, []);
  });

  test('shows its mode in answers to changes only once that was given, and keeps what an update leaves out', async (t) => {
    const { lambda } = await open(t);
    assert.equal((await create(lambda, { Cors: CORS })).InvokeMode, undefined);
    const { AuthType, Cors: kept, InvokeMode: mode } = await lambda.updateFunctionUrlConfig({ FunctionName });
    assert.deepEqual([AuthType, kept, mode], ['NONE', CORS, undefined]);
    const streamed = await lambda.updateFunctionUrlConfig({ FunctionName, InvokeMode: 'RESPONSE_STREAM' });
    assert.equal(streamed.InvokeMode, 'RESPONSE_STREAM');
    const signed = await lambda.updateFunctionUrlConfig({ FunctionName, AuthType: 'AWS_IAM' });
    assert.deepEqual([signed.InvokeMode, signed.Cors], ['RESPONSE_STREAM', CORS]);
    const AllowOrigins = ['*'];
    const other = await lambda.updateFunctionUrlConfig({ FunctionName, Cors: { AllowOrigins } });
    assert.deepEqual([other.AuthType, other.Cors], ['AWS_IAM', { AllowOrigins }]);
    assert.equal((await lambda.updateFunctionUrlConfig({ FunctionName, Cors: {} })).Cors, undefined);
    await lambda.deleteFunctionUrlConfig({ FunctionName });
    assert.equal((await create(lambda, { InvokeMode: 'BUFFERED' })).InvokeMode, 'BUFFERED');
  });

  test('takes every form of the name, with the alias in it or beside it', async (t) => {
    const { lambda } = await withAlias(t);
    for (const form of [FunctionName, FARN, '123456789012:function:hello', 'function:hello']) {
      for (const [name, Qualifier, arn] of [
        [form, undefined, FARN],
        [form, 'live', `${FARN}:live`],
        [`${form}:live`, undefined, `${FARN}:live`],
        [`${form}:live`, 'live', `${FARN}:live`],
      ] as const) {
        const named = { FunctionName: name, Qualifier };
        assert.equal((await lambda.createFunctionUrlConfig({ ...named, AuthType: 'NONE' })).FunctionArn, arn);
        assert.equal((await lambda.updateFunctionUrlConfig(named)).FunctionArn, arn);
        assert.equal((await lambda.getFunctionUrlConfig(named)).FunctionArn, arn);
        assert.equal((await lambda.listFunctionUrlConfigs({ FunctionName: name })).FunctionUrlConfigs?.length, 1);
        await lambda.deleteFunctionUrlConfig(named);
      }
    }
  });

  test('of functions and aliases that are missing, mismatched or elsewhere', async (t) => {
    const { lambda } = await withAlias(t);
    for (const [name, qualifier] of [
      ['missing', undefined],
      [`${HERE}:missing`, undefined],
      ['missing', 'live'],
      [FunctionName, 'nope'],
      [FunctionName, 'constructor'],
    ] as const) {
      const { create, update, get, delete: remove } = calls(lambda, name, qualifier);
      assert.deepEqual(await create(), NO_FUNCTION);
      assert.deepEqual(await update(), NO_FUNCTION);
      assert.deepEqual(await get(), NOTHING);
      assert.deepEqual(await remove(), NOTHING);
    }
    for (const name of ['missing', 'hello:nope']) {
      assert.deepEqual(await refusalOf(lambda.listFunctionUrlConfigs({ FunctionName: name })), NO_FUNCTION);
    }
    const mismatch = 'The derived qualifier from the function name does not match the specified qualifier.';
    for (const call of Object.values(calls(lambda, 'hello:lively', 'live'))) {
      assert.deepEqual(await call(), { name: INVALID, message: mismatch, Type: 'User' });
    }
    for (const call of Object.values(calls(lambda, 'arn:aws:lambda:us-east-1:123456789012:function:hello'))) {
      const message = "Functions from 'us-east-1' are not reachable in this region ('eu-west-1')";
      assert.deepEqual(await call(), { name: NOT_FOUND, message, Type: 'User' });
    }
    for (const call of Object.values(calls(lambda, 'arn:aws:lambda:eu-west-1:210987654321:function:hello'))) {
      assert.equal((await call()).name, 'AccessDeniedException');
    }
  });

  test('belongs to no version', async (t) => {
    const { lambda } = await withAlias(t);
    for (const qualifier of ['1', '2', '$LATEST']) {
      for (const call of Object.values(calls(lambda, FunctionName, qualifier))) {
        assert.deepEqual(await call(), {
          name: 'ValidationException',
          message: violation(
            qualifier,
            'qualifier',
            'satisfy regular expression pattern: ((?!^\\d+$)^[0-9a-zA-Z-_]+$)',
          ),
        });
      }
      for (const call of Object.values(calls(lambda, `hello:${qualifier}`))) {
        assert.match((await call()).message, /at 'functionName' .* regular expression pattern/);
      }
    }
  });

  test('holds its names to the lengths of AWS’s model', async (t) => {
    const { lambda } = await open(t);
    const get = (name: string, Qualifier?: string) =>
      refusalOf(lambda.getFunctionUrlConfig({ FunctionName: name, Qualifier }));
    assert.deepEqual(await get('x'.repeat(64)), NOTHING);
    assert.match((await get('x'.repeat(65))).message, /^1 validation error .* regular expression pattern/);
    assert.deepEqual(await get(FunctionName, 'x'.repeat(128)), NOTHING);
    const long = 'x'.repeat(129);
    assert.equal((await get(FunctionName, long)).message, violation(long, 'qualifier', AT_MOST(128)));
    const name = `${FARN}:${'x'.repeat(139 - FARN.length)}`;
    assert.deepEqual(await get(name), NOTHING);
    assert.equal((await get(`${name}x`)).message, violation(`${name}x`, 'functionName', AT_MOST(140)));
  });

  test('must say who may call it, and how', async (t) => {
    const { lambda } = await open(t);
    const validation = async (AuthType: string | undefined, mode?: string) => {
      const given = { AuthType: AuthType as FunctionUrlAuthType, InvokeMode: mode as InvokeMode };
      return (await refusalOf(lambda.createFunctionUrlConfig({ FunctionName, ...given }))).message;
    };
    assert.equal(
      await validation(undefined),
      "1 validation error detected: Value null at 'authType' failed to satisfy constraint: Member must not be null",
    );
    assert.equal(
      await validation('iam', 'STREAM'),
      [
        "2 validation errors detected: Value 'iam' at 'authType' failed to satisfy constraint: Member must satisfy enum value set: [NONE, AWS_IAM]",
        "Value 'STREAM' at 'invokeMode' failed to satisfy constraint: Member must satisfy enum value set: [RESPONSE_STREAM, BUFFERED]",
      ].join('; '),
    );
  });

  test('is asked for by several clients at once, and given to one', async (t) => {
    const { lambda } = await open(t);
    const answers = await Promise.allSettled([create(lambda), create(lambda), create(lambda)]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), ['fulfilled', 'rejected', 'rejected']);
    await Promise.all([
      lambda.updateFunctionUrlConfig({ FunctionName, AuthType: 'AWS_IAM' }),
      lambda.updateFunctionUrlConfig({ FunctionName, InvokeMode: 'RESPONSE_STREAM' }),
      lambda.updateFunctionUrlConfig({ FunctionName, Cors: CORS }),
    ]);
    const { AuthType, InvokeMode: mode, Cors: cors } = await lambda.getFunctionUrlConfig({ FunctionName });
    assert.deepEqual([AuthType, mode, cors], ['AWS_IAM', 'RESPONSE_STREAM', CORS]);
  });

  test('outlives a restart', async (t) => {
    const { lambda, restart } = await withAlias(t);
    const idOf = (url = '') => new URL(url).hostname.split('.', 1)[0];
    await create(lambda, { Cors: CORS, InvokeMode: 'RESPONSE_STREAM' });
    await create(lambda, { Qualifier: 'live' });
    const before = (await lambda.listFunctionUrlConfigs({ FunctionName })).FunctionUrlConfigs ?? [];
    const again = await restart();
    const after = (await again.lambda.listFunctionUrlConfigs({ FunctionName })).FunctionUrlConfigs ?? [];
    const withId = (configs: typeof before) => configs.map((one) => ({ ...one, FunctionUrl: idOf(one.FunctionUrl) }));
    assert.equal(before.length, 2);
    assert.deepEqual(withId(after), withId(before));
  });
});

describe('CORS of a function URL', () => {
  test('is kept and shown as it was given', async (t) => {
    const { lambda } = await open(t);
    for (const Cors of [CORS, { AllowOrigins: ['*'] }, { AllowOrigins: ['*'], AllowMethods: ['*'], MaxAge: 0 }]) {
      assert.deepEqual((await create(lambda, { Cors })).Cors, Cors);
      assert.deepEqual((await lambda.getFunctionUrlConfig({ FunctionName })).Cors, Cors);
      await lambda.deleteFunctionUrlConfig({ FunctionName });
    }
    assert.equal((await create(lambda, { Cors: {} })).Cors, undefined);
  });

  test('names origins, and methods that it can have', async (t) => {
    const { lambda } = await open(t);
    const refused = async (Cors: Cors, message: string) => {
      const expected = { name: INVALID, message, Type: 'User' };
      assert.deepEqual(await refusalOf(create(lambda, { Cors })), expected);
      await create(lambda);
      assert.deepEqual(await refusalOf(lambda.updateFunctionUrlConfig({ FunctionName, Cors })), expected);
      await lambda.deleteFunctionUrlConfig({ FunctionName });
    };
    const withoutOrigins = "You can't leave AllowOrigins as empty when Cors is enabled.";
    for (const Cors of [{ AllowMethods: ['GET'] }, { AllowOrigins: [] }, { MaxAge: 1, AllowOrigins: [] }]) {
      await refused(Cors, withoutOrigins);
    }
    // Ours: AWS's is not known.
    await refused(
      { AllowOrigins: ['*'], AllowMethods: ['GET', 'TRACE'] },
      "AllowMethods cannot have 'TRACE'. You can use GET, PUT, POST, DELETE, HEAD, PATCH, and the wildcard character (*).",
    );
  });

  test('holds to AWS’s limits, on both sides of each', async (t) => {
    const { lambda } = await open(t);
    const AllowOrigins = ['*'];
    const many = (count: number, text = 'x') => Array.from({ length: count }, () => text);
    for (const Cors of [
      { AllowOrigins: many(100) },
      { AllowOrigins: ['o'.repeat(253)] },
      { AllowOrigins, AllowHeaders: many(100), ExposeHeaders: many(100) },
      { AllowOrigins, AllowHeaders: ['h'.repeat(1_024), ''], ExposeHeaders: ['h'.repeat(1_024), ''] },
      { AllowOrigins, AllowMethods: many(6, 'DELETE') },
      { AllowOrigins, MaxAge: 86_400 },
    ]) {
      assert.deepEqual((await create(lambda, { Cors })).Cors, Cors);
      await lambda.deleteFunctionUrlConfig({ FunctionName });
    }
    const refused = async (member: keyof Cors, value: unknown, tail: string) => {
      const { message } = await refusalOf(create(lambda, { Cors: { AllowOrigins, [member]: value } }));
      const printed = Array.isArray(value) ? `[${value.join(', ')}]` : value;
      assert.equal(message, violation(printed, `cors.${member[0]?.toLowerCase()}${member.slice(1)}`, tail));
    };
    const each = (min: number, max: number) =>
      `satisfy constraint: [Member must have length less than or equal to ${max}, Member must have length greater than or equal to ${min}, Member must satisfy regular expression pattern: .*, Member must not be null]`;
    await refused('AllowOrigins', many(101), AT_MOST(100));
    await refused('AllowOrigins', ['o'.repeat(254)], each(1, 253));
    await refused('AllowOrigins', [''], each(1, 253));
    await refused('AllowHeaders', many(101), AT_MOST(100));
    await refused('ExposeHeaders', many(101), AT_MOST(100));
    await refused('AllowHeaders', ['h'.repeat(1_025)], each(0, 1_024));
    await refused('ExposeHeaders', ['h'.repeat(1_025)], each(0, 1_024));
    await refused('AllowMethods', many(7, 'GET'), AT_MOST(6));
    await refused('AllowMethods', ['GET', 'POST', 'OPTIONS'], each(0, 6));
    await refused('MaxAge', -1, 'have value greater than or equal to 0');
    await refused('MaxAge', 86_401, 'have value less than or equal to 86400');
  });
});

/** With the function `hello`. */
async function open(t: TestContext) {
  const served = await serveLambda(t);
  await served.lambda.createFunction(await nodeFunction(FunctionName));
  await served.idle();
  return served;
}

/** The same, and the alias `live` of its version 1. */
async function withAlias(t: TestContext) {
  const opened = await open(t);
  await opened.lambda.publishVersion({ FunctionName });
  await opened.lambda.createAlias({ FunctionName, Name: 'live', FunctionVersion: '1' });
  return opened;
}

const create = (
  lambda: LambdaClient,
  more: { Qualifier?: string | undefined; Cors?: Cors; InvokeMode?: InvokeMode } = {},
) => lambda.createFunctionUrlConfig({ FunctionName, AuthType: 'NONE', ...more });

/** What each operation on one URL refuses this name with. */
function calls(lambda: LambdaClient, name: string, Qualifier?: string) {
  const named = { FunctionName: name, Qualifier };
  return {
    create: () => refusalOf(lambda.createFunctionUrlConfig({ ...named, AuthType: 'NONE' })),
    update: () => refusalOf(lambda.updateFunctionUrlConfig({ ...named, AuthType: 'AWS_IAM' })),
    get: () => refusalOf(lambda.getFunctionUrlConfig(named)),
    delete: () => refusalOf(lambda.deleteFunctionUrlConfig(named)),
  };
}

const violation = (value: unknown, path: string, tail: string) =>
  `1 validation error detected: Value '${value}' at '${path}' failed to satisfy constraint: Member must ${tail}`;
const AT_MOST = (max: number) => `have length less than or equal to ${max}`;
