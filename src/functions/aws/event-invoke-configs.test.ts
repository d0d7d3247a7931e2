import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type {
  ListFunctionEventInvokeConfigsResponse,
  PutFunctionEventInvokeConfigRequest,
} from '@aws-sdk/client-lambda';
import { type LambdaClient, nodeFunction, refusalOf, serveLambda } from './testing/lambda-client.ts';

// The official client against the engine and a real store. Texts are those that AWS gave (lambda-facts 9.4).

const HERE = 'arn:aws:lambda:eu-west-1:123456789012:function';
const FARN = `${HERE}:hello`;
const FunctionName = 'hello';
const QUEUE = 'arn:aws:sqs:eu-west-1:123456789012:records';
const INVALID = 'InvalidParameterValueException';
const NOT_FOUND = 'ResourceNotFoundException';
const NO_DESTINATIONS = { OnSuccess: {}, OnFailure: {} };
const MISMATCH = 'The derived qualifier from the function name does not match the specified qualifier.';

describe('event-invoke configuration', () => {
  test('is put, read and listed, shows both destinations and only the numbers that were given', async (t) => {
    const { lambda, closeTo } = await open(t);
    const { $metadata, LastModified, ...put } = await lambda.putFunctionEventInvokeConfig({
      FunctionName,
      MaximumRetryAttempts: 1,
    });
    const shown = { FunctionArn: `${FARN}:$LATEST`, MaximumRetryAttempts: 1, DestinationConfig: NO_DESTINATIONS };
    assert.deepEqual([$metadata.httpStatusCode, put], [200, shown]);
    closeTo(LastModified);
    const { $metadata: _, ...got } = await lambda.getFunctionEventInvokeConfig({ FunctionName });
    assert.deepEqual(got, { ...shown, LastModified });
    const listed = await lambda.listFunctionEventInvokeConfigs({ FunctionName });
    assert.deepEqual(listed.FunctionEventInvokeConfigs, [{ ...shown, LastModified }]);
    assert.equal(listed.NextMarker, undefined);
  });

  test('is replaced by a put, and merged by an update', async (t) => {
    const { lambda } = await open(t);
    const all = {
      MaximumRetryAttempts: 2,
      MaximumEventAgeInSeconds: 60,
      DestinationConfig: { OnSuccess: { Destination: `${HERE}:other` }, OnFailure: { Destination: QUEUE } },
    };
    assert.deepEqual(await put(lambda, all), all);
    assert.deepEqual(await put(lambda, { MaximumRetryAttempts: 0 }), {
      MaximumRetryAttempts: 0,
      DestinationConfig: NO_DESTINATIONS,
    });
    await put(lambda, all);
    assert.deepEqual(await update(lambda, { MaximumRetryAttempts: 0 }), { ...all, MaximumRetryAttempts: 0 });
    assert.deepEqual(await update(lambda, { MaximumEventAgeInSeconds: 61 }), {
      ...all,
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 61,
    });
    const { DestinationConfig } = await update(lambda, { DestinationConfig: { OnSuccess: {} } });
    assert.deepEqual(DestinationConfig, { OnSuccess: {}, OnFailure: { Destination: QUEUE } });
    const emptied = await update(lambda, { DestinationConfig: { OnFailure: { Destination: '' } } });
    assert.deepEqual(emptied.DestinationConfig, NO_DESTINATIONS);
    assert.deepEqual(await update(lambda, { MaximumRetryAttempts: 0 }), emptied);
    const revision = (await lambda.getFunctionConfiguration({ FunctionName })).RevisionId;
    await put(lambda, all);
    await put(lambda, all);
    assert.equal((await lambda.getFunctionConfiguration({ FunctionName })).RevisionId, revision);
  });

  test('belongs to $LATEST, to a version or to an alias, however that is named', async (t) => {
    const { lambda } = await withAlias(t);
    const arnOf = async (name: string, Qualifier?: string) =>
      (await lambda.putFunctionEventInvokeConfig({ FunctionName: name, Qualifier, MaximumRetryAttempts: 1 }))
        .FunctionArn;
    const forms = [FunctionName, FARN, '123456789012:function:hello', 'function:hello'];
    for (const form of forms) {
      assert.equal(await arnOf(form), `${FARN}:$LATEST`);
      for (const qualifier of ['$LATEST', '1', 'live']) {
        assert.equal(await arnOf(form, qualifier), `${FARN}:${qualifier}`);
        assert.equal(await arnOf(`${form}:${qualifier}`), `${FARN}:${qualifier}`);
        assert.equal(await arnOf(`${form}:${qualifier}`, qualifier), `${FARN}:${qualifier}`);
      }
    }
    for (const [name, Qualifier] of [
      ['hello:1', '$LATEST'],
      ['hello:$LATEST', '1'],
      ['hello:1', 'live'],
      [`${FARN}:live`, 'lively'],
    ] as const) {
      const input = { FunctionName: name, Qualifier, MaximumRetryAttempts: 1 };
      const refused = { name: INVALID, message: MISMATCH, Type: 'User' };
      assert.deepEqual(await refusalOf(lambda.putFunctionEventInvokeConfig(input)), refused);
      assert.deepEqual(await refusalOf(lambda.updateFunctionEventInvokeConfig(input)), refused);
      assert.deepEqual(await refusalOf(lambda.getFunctionEventInvokeConfig(input)), refused);
      assert.deepEqual(await refusalOf(lambda.deleteFunctionEventInvokeConfig(input)), refused);
    }
  });

  test('of a version is not that of $LATEST which it was published from, and goes with it, as an alias’s does', async (t) => {
    const { lambda } = await withAlias(t);
    await put(lambda, { MaximumRetryAttempts: 1 });
    await lambda.updateFunctionConfiguration({ FunctionName, Description: 'two' });
    await lambda.publishVersion({ FunctionName });
    assert.equal((await refusalOf(get(lambda, '2'))).message, none('2'));
    for (const Qualifier of ['2', 'live']) {
      await lambda.putFunctionEventInvokeConfig({ FunctionName, Qualifier, MaximumRetryAttempts: 0 });
    }
    await lambda.deleteFunction({ FunctionName, Qualifier: '2' });
    await lambda.deleteAlias({ FunctionName, Name: 'live' });
    assert.deepEqual(await qualifiers(lambda), ['$LATEST']);
    await lambda.createAlias({ FunctionName, Name: 'live', FunctionVersion: '1' });
    assert.equal((await refusalOf(get(lambda, 'live'))).message, none('live'));
    await lambda.deleteFunction({ FunctionName });
    await lambda.createFunction(await nodeFunction(FunctionName));
    assert.deepEqual(await qualifiers(lambda), []);
  });

  test('is listed with $LATEST first, then versions by number, then aliases by name, page by page', async (t) => {
    const { lambda, idle } = await withAlias(t);
    for (let version = 2; version <= 11; version += 1) {
      await lambda.updateFunctionConfiguration({ FunctionName, Description: String(version) });
      await idle();
      await lambda.publishVersion({ FunctionName });
    }
    await lambda.createAlias({ FunctionName, Name: 'a', FunctionVersion: '1' });
    const expected = ['$LATEST', '1', '2', '10', '11', 'a', 'live'];
    for (const Qualifier of [...expected].reverse()) {
      await lambda.putFunctionEventInvokeConfig({ FunctionName, Qualifier, MaximumRetryAttempts: 1 });
    }
    assert.deepEqual(await qualifiers(lambda), expected);
    for (const MaxItems of [1, 2, 6, 7, 50]) {
      const seen: (readonly string[])[] = [];
      let Marker: string | undefined;
      do {
        const page = await lambda.listFunctionEventInvokeConfigs({ FunctionName, MaxItems, Marker });
        seen.push(namesOf(page));
        Marker = page.NextMarker;
      } while (Marker !== undefined);
      assert.deepEqual(seen.flat(), expected);
      assert.equal(seen.length, Math.ceil(expected.length / MaxItems));
    }
    assert.equal(
      (await refusalOf(lambda.listFunctionEventInvokeConfigs({ FunctionName, Marker: 'x' }))).message,
      'Invalid Marker',
    );
    for (const [MaxItems, bound] of [
      [0, 'greater than or equal to 1'],
      [51, 'less than or equal to 50'],
    ] as const) {
      assert.equal(
        (await refusalOf(lambda.listFunctionEventInvokeConfigs({ FunctionName, MaxItems }))).message,
        `1 validation error detected: Value '${MaxItems}' at 'maxItems' failed to satisfy constraint: Member must have value ${bound}`,
      );
    }
  });

  test('is deleted once, and is then missing for everybody but a put', async (t) => {
    const { lambda } = await withAlias(t);
    for (const Qualifier of [undefined, '1', 'live']) {
      const named = { FunctionName, Qualifier };
      const missing = { name: NOT_FOUND, message: none(Qualifier ?? '$LATEST'), Type: 'User' };
      assert.deepEqual(
        await refusalOf(lambda.updateFunctionEventInvokeConfig({ ...named, MaximumRetryAttempts: 1 })),
        missing,
      );
      await lambda.putFunctionEventInvokeConfig({ ...named, MaximumRetryAttempts: 1 });
      assert.equal((await lambda.deleteFunctionEventInvokeConfig(named)).$metadata.httpStatusCode, 204);
      assert.deepEqual(await refusalOf(lambda.deleteFunctionEventInvokeConfig(named)), missing);
      assert.deepEqual(await refusalOf(lambda.getFunctionEventInvokeConfig(named)), missing);
    }
    assert.deepEqual(await qualifiers(lambda), []);
  });

  test('of functions, versions and aliases that are missing or elsewhere', async (t) => {
    const { lambda } = await open(t);
    const noFunction = { name: NOT_FOUND, message: "The function doesn't exist.", Type: 'User' };
    const calls = (name: string, Qualifier?: string) => {
      const named = { FunctionName: name, Qualifier };
      return {
        put: refusalOf(lambda.putFunctionEventInvokeConfig({ ...named, MaximumRetryAttempts: 1 })),
        update: refusalOf(lambda.updateFunctionEventInvokeConfig({ ...named, MaximumRetryAttempts: 1 })),
        get: refusalOf(lambda.getFunctionEventInvokeConfig(named)),
        delete: refusalOf(lambda.deleteFunctionEventInvokeConfig(named)),
      };
    };
    for (const [name, qualifier] of [
      ['missing', undefined],
      [`${HERE}:missing`, undefined],
      ['missing', 'live'],
      [FunctionName, 'live'],
      [FunctionName, '7'],
      [FunctionName, 'constructor'],
      [FunctionName, '$LATEST.PUBLISHED'],
    ] as const) {
      const asked = calls(name, qualifier);
      assert.deepEqual(await asked.put, noFunction);
      assert.deepEqual(await asked.update, noFunction);
      const bare = name.startsWith('arn:') ? name : `${HERE}:${name}`;
      const message = `The function ${bare}:${qualifier ?? '$LATEST'} doesn't have an EventInvokeConfig`;
      assert.deepEqual(await asked.get, { name: NOT_FOUND, message, Type: 'User' });
      assert.deepEqual(await asked.delete, { name: NOT_FOUND, message, Type: 'User' });
    }
    for (const name of ['missing', 'hello:live']) {
      assert.deepEqual(await refusalOf(lambda.listFunctionEventInvokeConfigs({ FunctionName: name })), noFunction);
    }
    const elsewhere = Object.values(calls('arn:aws:lambda:us-east-1:123456789012:function:hello'));
    for (const refusal of await Promise.all(elsewhere)) {
      const message = "Functions from 'us-east-1' are not reachable in this region ('eu-west-1')";
      assert.deepEqual(refusal, { name: NOT_FOUND, message, Type: 'User' });
    }
    const foreign = Object.values(calls('arn:aws:lambda:eu-west-1:210987654321:function:hello'));
    for (const { name } of await Promise.all(foreign)) assert.equal(name, 'AccessDeniedException');
  });

  test('must set something, which is asked before anybody looks for the function', async (t) => {
    const { lambda } = await open(t);
    const message = 'You must specify at least one of error handling or destination setting.';
    for (const name of [FunctionName, 'missing']) {
      const nothing = { FunctionName: name };
      const refused = { name: INVALID, message, Type: 'User' };
      assert.deepEqual(await refusalOf(lambda.putFunctionEventInvokeConfig(nothing)), refused);
      assert.deepEqual(await refusalOf(lambda.updateFunctionEventInvokeConfig(nothing)), refused);
    }
    for (const half of ['OnSuccess', 'OnFailure']) {
      const { DestinationConfig } = await put(lambda, { DestinationConfig: { [half]: {} } });
      assert.deepEqual(DestinationConfig, NO_DESTINATIONS);
    }
  });

  test('holds its numbers to AWS’s ranges, on both sides of each limit', async (t) => {
    const { lambda } = await open(t);
    for (const MaximumRetryAttempts of [0, 2]) await put(lambda, { MaximumRetryAttempts });
    for (const MaximumEventAgeInSeconds of [60, 21_600]) await put(lambda, { MaximumEventAgeInSeconds });
    for (const [member, value, bound] of [
      ['MaximumRetryAttempts', -1, 'greater than or equal to 0'],
      ['MaximumRetryAttempts', 3, 'less than or equal to 2'],
      ['MaximumEventAgeInSeconds', 59, 'greater than or equal to 60'],
      ['MaximumEventAgeInSeconds', 21_601, 'less than or equal to 21600'],
    ] as const) {
      const path = member.replace('M', 'm');
      const message = `1 validation error detected: Value '${value}' at '${path}' failed to satisfy constraint: Member must have value ${bound}`;
      const refused = { name: 'ValidationException', message };
      const input = { FunctionName, [member]: value };
      assert.deepEqual(await refusalOf(lambda.putFunctionEventInvokeConfig(input)), refused);
      assert.deepEqual(await refusalOf(lambda.updateFunctionEventInvokeConfig(input)), refused);
    }
  });

  test('takes two updates at once, and keeps both', async (t) => {
    const { lambda } = await open(t);
    await put(lambda, { DestinationConfig: { OnFailure: {} } });
    await Promise.all([
      update(lambda, { MaximumRetryAttempts: 1 }),
      update(lambda, { MaximumEventAgeInSeconds: 90 }),
      update(lambda, { DestinationConfig: { OnFailure: { Destination: QUEUE } } }),
    ]);
    const { FunctionArn: _, LastModified: __, $metadata: ___, ...got } = await get(lambda);
    assert.deepEqual(got, {
      MaximumRetryAttempts: 1,
      MaximumEventAgeInSeconds: 90,
      DestinationConfig: { OnSuccess: {}, OnFailure: { Destination: QUEUE } },
    });
  });

  test('outlives a restart', async (t) => {
    const { lambda, restart } = await withAlias(t);
    for (const Qualifier of [undefined, '1', 'live']) {
      const DestinationConfig = { OnFailure: { Destination: QUEUE } };
      await lambda.putFunctionEventInvokeConfig({
        FunctionName,
        Qualifier,
        MaximumRetryAttempts: 0,
        DestinationConfig,
      });
    }
    const before = (await lambda.listFunctionEventInvokeConfigs({ FunctionName })).FunctionEventInvokeConfigs;
    const again = await restart();
    const after = (await again.lambda.listFunctionEventInvokeConfigs({ FunctionName })).FunctionEventInvokeConfigs;
    assert.equal(before?.length, 3);
    assert.deepEqual(after, before);
  });
});

describe('destinations', () => {
  test('are functions, standard queues and topics, event buses, and for failures buckets', async (t) => {
    const { lambda } = await withAlias(t, 'other');
    for (const arn of [
      `${HERE}:other`,
      `${HERE}:other:1`,
      `${HERE}:other:live`,
      `${HERE}:other:$LATEST`,
      QUEUE,
      'arn:aws:sqs:us-east-1:210987654321:elsewhere',
      'arn:aws:lambda:eu-west-1:210987654321:function:hello',
      'arn:aws:sns:eu-west-1:123456789012:topic',
      'arn:aws:events:eu-west-1:123456789012:event-bus/default',
      'arn:aws:events:eu-west-1:123456789012:event-bus/aws.partner/example.com/a/b',
    ]) {
      const both = { OnSuccess: { Destination: arn }, OnFailure: { Destination: arn } };
      assert.deepEqual((await put(lambda, { DestinationConfig: both })).DestinationConfig, both);
    }
    const bucket = { Destination: 'arn:aws:s3:::records' };
    const put3 = await put(lambda, { DestinationConfig: { OnFailure: bucket } });
    assert.deepEqual(put3.DestinationConfig, { OnSuccess: {}, OnFailure: bucket });
  });

  test('of other kinds are refused, as the record that AWS prints', async (t) => {
    const { lambda } = await open(t);
    const refused = async (config: string, DestinationConfig: object) => {
      const message = `The provided destination config DestinationConfig(${config}) is invalid.`;
      const input = { FunctionName, DestinationConfig };
      const expected = { name: INVALID, message, Type: 'User' };
      assert.deepEqual(await refusalOf(lambda.putFunctionEventInvokeConfig(input)), expected);
    };
    for (const arn of [
      'arn:aws:iam:eu-west-1:123456789012:function:hello',
      'arn:aws:s3:::records',
      `${QUEUE}.fifo`,
      'arn:aws:sns:eu-west-1:123456789012:topic.fifo',
      'kafka://topic',
    ]) {
      const OnSuccess = { Destination: arn };
      await refused(`onSuccess=OnSuccess(destination=${arn}), onFailure=null`, { OnSuccess });
      await refused(`onSuccess=OnSuccess(destination=${arn}), onFailure=OnFailure(destination=null)`, {
        OnSuccess,
        OnFailure: {},
      });
    }
    const Destination = 'arn:aws:iam:eu-west-1:123456789012:role';
    await refused(`onSuccess=OnSuccess(destination=${QUEUE}), onFailure=OnFailure(destination=${Destination})`, {
      OnSuccess: { Destination: QUEUE },
      OnFailure: { Destination },
    });
  });

  test('are functions that exist, and another one than the function itself', async (t) => {
    const { lambda } = await open(t);
    const refused = async (arn: string, message: string) => {
      for (const half of ['OnSuccess', 'OnFailure']) {
        const input = { FunctionName, DestinationConfig: { [half]: { Destination: arn } } };
        assert.deepEqual(await refusalOf(lambda.putFunctionEventInvokeConfig(input)), {
          name: INVALID,
          message,
          Type: 'User',
        });
      }
    };
    for (const arn of [
      `${HERE}:missing`,
      `${HERE}:other:live`,
      `${HERE}:other:7`,
      'arn:aws:lambda:us-east-1:123456789012:function:other',
    ]) {
      await refused(arn, `The destination ARN ${arn} is invalid.`);
    }
    for (const arn of [FARN, `${FARN}:$LATEST`]) {
      await refused(arn, "You can't specify the function as a destination for itself.");
    }
    // One that has gone since is no obstacle to other changes.
    await put(lambda, { DestinationConfig: { OnSuccess: { Destination: `${HERE}:other` } } });
    await lambda.deleteFunction({ FunctionName: 'other' });
    const { DestinationConfig } = await update(lambda, { MaximumRetryAttempts: 1 });
    assert.equal(DestinationConfig?.OnSuccess?.Destination, `${HERE}:other`);
  });

  test('are ARNs of at most 350 characters', async (t) => {
    const { lambda } = await open(t);
    const at = (path: string, value: string, tail: string) =>
      `1 validation error detected: Value '${value}' at 'destinationConfig.${path}.destination' failed to satisfy constraint: Member must ${tail}`;
    const malformed = 'arn:aws:_-/!lambda:eu-west-1:123456789012:function:hello';
    const refusalFor = (half: string, Destination: string) =>
      refusalOf(lambda.putFunctionEventInvokeConfig({ FunctionName, DestinationConfig: { [half]: { Destination } } }));
    assert.deepEqual(await refusalFor('OnFailure', malformed), {
      name: 'ValidationException',
      message: at(
        'onFailure',
        malformed,
        'satisfy regular expression pattern: $|kafka://([^.]([a-zA-Z0-9\\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1})?:(\\d{12})?:(.*)',
      ),
    });
    const bus = 'arn:aws:events:eu-west-1:123456789012:event-bus/';
    const long = bus + 'b'.repeat(350 - bus.length);
    assert.match((await refusalFor('OnSuccess', long)).message, /^The provided destination config /);
    assert.equal(
      (await refusalFor('OnSuccess', `${long}b`)).message,
      at('onSuccess', `${long}b`, 'have length less than or equal to 350'),
    );
  });
});

/** With the functions `hello` and `other`. */
async function open(t: TestContext) {
  const startedMs = Date.now();
  const served = await serveLambda(t);
  for (const name of [FunctionName, 'other']) await served.lambda.createFunction(await nodeFunction(name));
  await served.idle();
  const closeTo = (time: Date | undefined) => {
    assert.ok(time !== undefined && time.getTime() >= startedMs && time.getTime() <= Date.now(), String(time));
  };
  return { ...served, closeTo };
}

/** The same, and the alias `live` of version 1 of one of them. */
async function withAlias(t: TestContext, name = FunctionName) {
  const opened = await open(t);
  await opened.lambda.publishVersion({ FunctionName: name });
  await opened.lambda.createAlias({ FunctionName: name, Name: 'live', FunctionVersion: '1' });
  return opened;
}

type Settings = Omit<PutFunctionEventInvokeConfigRequest, 'FunctionName'>;

async function put(lambda: LambdaClient, input: Settings) {
  return settingsOf(await lambda.putFunctionEventInvokeConfig({ FunctionName, ...input }));
}

async function update(lambda: LambdaClient, input: Settings) {
  return settingsOf(await lambda.updateFunctionEventInvokeConfig({ FunctionName, ...input }));
}

const settingsOf = ({
  $metadata: _,
  FunctionArn: __,
  LastModified: ___,
  ...settings
}: Awaited<ReturnType<typeof get>>) => settings;

const get = (lambda: LambdaClient, Qualifier?: string) =>
  lambda.getFunctionEventInvokeConfig({ FunctionName, Qualifier });

const none = (qualifier: string) => `The function ${FARN}:${qualifier} doesn't have an EventInvokeConfig`;

const namesOf = ({ FunctionEventInvokeConfigs = [] }: ListFunctionEventInvokeConfigsResponse) =>
  FunctionEventInvokeConfigs.map(({ FunctionArn = '' }) => FunctionArn.slice(FARN.length + 1));

const qualifiers = async (lambda: LambdaClient) =>
  namesOf(await lambda.listFunctionEventInvokeConfigs({ FunctionName }));
