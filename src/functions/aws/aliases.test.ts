import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, type TestContext, test } from 'node:test';
import type { AliasConfiguration, CreateAliasCommandInput, UpdateAliasCommandInput } from '@aws-sdk/client-lambda';
import { StorageFull } from '../../store/outage.ts';
import type { Records } from '../../store/records.ts';
import { zipOf } from '../testing/zips.ts';
import type { Lambda as Client } from './operation.ts';
import { functionWithVersions } from './testing/function-with-versions.ts';
import { nodeFunction } from './testing/lambda-client.ts';

// The official client against the engine and a real store. Texts are those that AWS gave (lambda-facts 2, 5.2, 10.2, 11).

const { Lambda } = createRequire(import.meta.url)('@aws-sdk/client-lambda') as Client;
const FARN = 'arn:aws:lambda:eu-west-1:123456789012:function:hello';
const MISSING = 'arn:aws:lambda:eu-west-1:123456789012:function:missing';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const ZIP = await zipOf({ 'index.js': 'exports.handler = async () => 1;' });
const OTHER_ZIP = await zipOf({ 'index.js': 'exports.handler = async () => 2;' });
type Lambda = InstanceType<typeof Lambda>;
const FunctionName = 'hello';
const INVALID = 'InvalidParameterValueException';
const VIOLATES = 'ValidationException';
const NOT_FOUND = 'ResourceNotFoundException';
const CONFLICT = 'ResourceConflictException';
const WRONG_REVISION =
  'The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id';

describe('an alias', () => {
  test('is created, shown, changed and deleted, each change with another revision', async (t) => {
    const { lambda, create, update } = await open(t, { versions: 2 });
    const created = await create({ Name: 'live', FunctionVersion: '1' });
    assert.equal(created.$metadata.httpStatusCode, 201);
    const first = shown(created, { ...LIVE, FunctionVersion: '1', Description: '' });
    shown(await lambda.getAlias({ FunctionName, Name: 'live' }), plain(created));

    const moved = await update({ FunctionVersion: '2', Description: 'blue' });
    assert.equal(moved.$metadata.httpStatusCode, 200);
    const second = shown(moved, { ...LIVE, FunctionVersion: '2', Description: 'blue' });
    // Nothing given changes nothing but the revision.
    const third = shown(await update({}), { ...LIVE, FunctionVersion: '2', Description: 'blue' });
    assert.equal(new Set([first, second, third]).size, 3);
    shown(await update({ Description: '' }), { ...LIVE, FunctionVersion: '2', Description: '' });

    const deleted = await lambda.deleteAlias({ FunctionName, Name: 'live' });
    assert.equal(deleted.$metadata.httpStatusCode, 204);
    assert.equal((await lambda.deleteAlias({ FunctionName, Name: 'live' })).$metadata.httpStatusCode, 204);
    await refused(lambda.getAlias({ FunctionName, Name: 'live' }), NOT_FOUND, `Cannot find alias arn: ${FARN}:live`);
  });

  test('changes no revision of its function and versions', async (t) => {
    const { lambda, create, update } = await open(t, { versions: 1 });
    const revisions = async () =>
      Promise.all(
        [undefined, '1'].map(
          async (Qualifier) => (await lambda.getFunctionConfiguration({ FunctionName, Qualifier })).RevisionId,
        ),
      );
    const before = await revisions();
    await create({ Name: 'live', FunctionVersion: '1' });
    await update({ Description: 'x' });
    await lambda.deleteAlias({ FunctionName, Name: 'live' });
    assert.deepEqual(await revisions(), before);
  });

  test('of $LATEST follows it; of a version it shows that one under its own ARN', async (t) => {
    const { lambda, create, idle } = await open(t, { versions: 1 });
    await create({ Name: 'dev', FunctionVersion: '$LATEST' });
    await create({ Name: 'live', FunctionVersion: '1' });
    await lambda.updateFunctionConfiguration({ FunctionName, Description: 'newer' });
    await idle();
    const dev = await lambda.getFunctionConfiguration({ FunctionName, Qualifier: 'dev' });
    assert.deepEqual([dev.FunctionArn, dev.Version, dev.Description], [`${FARN}:dev`, '$LATEST', 'newer']);
    const version = await lambda.getFunctionConfiguration({ FunctionName, Qualifier: '1' });
    const { Configuration: live } = await lambda.getFunction({ FunctionName: `${FARN}:live` });
    assert.deepEqual(plain(live ?? {}), { ...plain(version), FunctionArn: `${FARN}:live` });
    await refused(
      lambda.getFunction({ FunctionName, Qualifier: 'other' }),
      NOT_FOUND,
      `Function not found: ${FARN}:other`,
    );
  });

  test('takes every form of its function’s name, and no other region’s', async (t) => {
    const { lambda, create } = await open(t, { versions: 1 });
    for (const [index, name] of ['hello', '123456789012:function:hello', 'function:hello', FARN].entries()) {
      const { AliasArn } = await create({ FunctionName: name, Name: `a${index}`, FunctionVersion: '1' });
      assert.equal(AliasArn, `${FARN}:a${index}`);
    }
    await refused(
      lambda.listAliases({ FunctionName: FARN.replace('eu-west-1', 'us-east-1') }),
      NOT_FOUND,
      "Functions from 'us-east-1' are not reachable in this region ('eu-west-1')",
    );
    const denied = await failure(
      lambda.getAlias({ FunctionName: FARN.replace('123456789012', '9'.repeat(12)), Name: 'a' }),
    );
    assert.deepEqual([denied.name, denied.$metadata.httpStatusCode], ['AccessDeniedException', 403]);
  });

  test('goes with its function, and does not come back with its name', async (t) => {
    const { lambda, create, idle } = await open(t, { versions: 1 });
    await create({ Name: 'live', FunctionVersion: '1' });
    await lambda.deleteFunction({ FunctionName });
    await lambda.createFunction({ ...NEW, Publish: true });
    await idle();
    assert.deepEqual((await lambda.listAliases({ FunctionName })).Aliases, []);
  });

  test('is as it was when the disk is full, and the client is told', async (t) => {
    const full = new StorageFull('write to the store', { cause: new Error('ENOSPC') });
    let isFull = false;
    const wrapRecords = (records: Records): Records => ({
      ...records,
      put: (...write) => (isFull ? Promise.reject(full) : records.put(...write)),
    });
    const { lambda, create, update } = await open(t, { versions: 2, wrapRecords });
    const before = await create({ Name: 'live', FunctionVersion: '1' });
    isFull = true;
    const told = async (change: Promise<unknown>) =>
      assert.equal((await refused(change, 'ServiceException', full.message)).$metadata.httpStatusCode, 500);
    await told(create({ Name: 'other', FunctionVersion: '1' }));
    await told(update({ FunctionVersion: '2' }));
    await told(lambda.deleteAlias({ FunctionName, Name: 'live' }));
    const { Aliases = [] } = await lambda.listAliases({ FunctionName });
    assert.deepEqual(Aliases.map(plain), [plain(before)]);
    isFull = false;
    await update({ FunctionVersion: '2' });
  });

  test('may be called like what every object has', async (t) => {
    const { lambda, create } = await open(t, { versions: 1 });
    for (const Name of ['constructor', '__proto__', 'toString']) {
      await refused(lambda.getAlias({ FunctionName, Name }), NOT_FOUND, `Cannot find alias arn: ${FARN}:${Name}`);
      await refused(
        lambda.getPolicy({ FunctionName, Qualifier: Name }),
        NOT_FOUND,
        'The resource you requested does not exist.',
      );
      await create({ Name, FunctionVersion: '1' });
      await lambda.putProvisionedConcurrencyConfig({
        FunctionName,
        Qualifier: Name,
        ProvisionedConcurrentExecutions: 1,
      });
      await lambda.addPermission({ FunctionName, Qualifier: Name, ...PERMISSION });
      assert.equal((await lambda.getAlias({ FunctionName, Name })).Name, Name);
      await lambda.deleteAlias({ FunctionName, Name });
    }
    assert.deepEqual((await lambda.listAliases({ FunctionName })).Aliases, []);
  });
});

describe('what an alias may be', () => {
  test('a name of 1 to 128 letters, digits, - and _, which is no number', async (t) => {
    const { lambda, create } = await open(t, { versions: 1 });
    const named = (Name: string) => create({ Name, FunctionVersion: '1' });
    for (const Name of ['a', '2024-01-02', '_', 'x'.repeat(128)]) assert.equal((await named(Name)).Name, Name);
    const PATTERN = 'Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)';
    await refused(named('1'), VIOLATES, violation("'1'", 'name', PATTERN));
    await refused(named('a.b'), VIOLATES, violation("'a.b'", 'name', PATTERN));
    const long = 'x'.repeat(129);
    const tooLong = violation(`'${long}'`, 'name', 'Member must have length less than or equal to 128');
    await refused(named(long), VIOLATES, tooLong);
    await refused(lambda.getAlias({ FunctionName, Name: long }), VIOLATES, tooLong);
    await refused(lambda.deleteAlias({ FunctionName, Name: long }), VIOLATES, tooLong);
    await refused(lambda.updateAlias({ FunctionName, Name: long }), VIOLATES, tooLong);
  });

  test('a description of at most 256 characters', async (t) => {
    const { create, update } = await open(t, { versions: 1 });
    await create({ Name: 'live', FunctionVersion: '1', Description: 'd'.repeat(256) });
    const long = 'd'.repeat(257);
    const text = violation(`'${long}'`, 'description', 'Member must have length less than or equal to 256');
    await refused(create({ Name: 'b', FunctionVersion: '1', Description: long }), VIOLATES, text);
    await refused(update({ Description: long }), VIOLATES, text);
  });

  test('of a version that exists, named as AWS names it', async (t) => {
    const { create, update } = await open(t, { versions: 1 });
    const at = (FunctionVersion: string) => create({ Name: 'live', FunctionVersion });
    await refused(at('10'), NOT_FOUND, `Function not found: ${FARN}:10`);
    await refused(at('01'), NOT_FOUND, `Function not found: ${FARN}:01`);
    await refused(at('$LATEST.PUBLISHED'), NOT_FOUND, `Function not found: ${FARN}:$LATEST.PUBLISHED`);
    const PATTERN = 'Member must satisfy regular expression pattern: (\\$LATEST(\\.PUBLISHED)?|[0-9]+)';
    await refused(at('live'), VIOLATES, violation("'live'", 'functionVersion', PATTERN));
    await refused(at('$latest'), VIOLATES, violation("'$latest'", 'functionVersion', PATTERN));
    await refused(
      create({ Name: 'live', FunctionVersion: undefined }),
      VIOLATES,
      violation('null', 'functionVersion', 'Member must not be null'),
    );
    await at('1');
    await refused(update({ FunctionVersion: '10' }), NOT_FOUND, `Function not found: ${FARN}:10`);
    await refused(update({ FunctionVersion: 'x' }), VIOLATES, violation("'x'", 'functionVersion', PATTERN));
    await refused(
      create({ FunctionName: 'missing', Name: 'live', FunctionVersion: '1' }),
      NOT_FOUND,
      `Function not found: ${MISSING}:1`,
    );
  });

  test('of a function that exists, whose name is one', async (t) => {
    const { lambda, create } = await open(t);
    const Name = 'live';
    await refused(lambda.listAliases({ FunctionName: 'missing' }), NOT_FOUND, `Function not found: ${MISSING}`);
    await refused(lambda.deleteAlias({ FunctionName: 'missing', Name }), NOT_FOUND, `Function not found: ${MISSING}`);
    await refused(
      lambda.getAlias({ FunctionName: 'missing', Name }),
      NOT_FOUND,
      `Cannot find alias arn: ${MISSING}:live`,
    );
    await refused(lambda.updateAlias({ FunctionName: 'missing', Name }), NOT_FOUND, `Alias not found: ${MISSING}:live`);
    await refused(lambda.updateAlias({ FunctionName, Name }), NOT_FOUND, `Alias not found: ${FARN}:live`);
    const error = await failure(create({ FunctionName: 'a:b:c', Name: '1', FunctionVersion: '1' }));
    assert.equal(error.name, VIOLATES);
    assert.match(
      error.message,
      /^2 validation errors detected: Value '1' at 'name' .*; Value 'a:b:c' at 'functionName' /,
    );
  });

  test('one of its name', async (t) => {
    const { create } = await open(t, { versions: 2 });
    await create({ Name: 'live', FunctionVersion: '1' });
    await refused(create({ Name: 'live', FunctionVersion: '2' }), CONFLICT, `Alias already exists: ${FARN}:live`);
    await create({ Name: 'Live', FunctionVersion: '2' });
  });

  test('changed by whoever knows its newest revision', async (t) => {
    const { lambda, create, update } = await open(t, { versions: 2 });
    const { RevisionId } = await create({ Name: 'live', FunctionVersion: '1' });
    const moved = await update({ FunctionVersion: '2', RevisionId });
    await refused(update({ FunctionVersion: '1', RevisionId }), 'PreconditionFailedException', WRONG_REVISION);
    assert.deepEqual(plain(await lambda.getAlias({ FunctionName, Name: 'live' })), plain(moved));
    const { RevisionId: ofVersion } = await lambda.getFunctionConfiguration({ FunctionName, Qualifier: '2' });
    await refused(update({ RevisionId: ofVersion }), 'PreconditionFailedException', WRONG_REVISION);
  });
});

describe('an alias of two versions', () => {
  const half = { AdditionalVersionWeights: { '2': 0.5 } };

  test('keeps its weights until they are replaced or taken away', async (t) => {
    const { lambda, create, update } = await open(t, { versions: 3 });
    const created = await create({ Name: 'live', FunctionVersion: '1', RoutingConfig: half });
    assert.deepEqual(created.RoutingConfig, half);
    assert.deepEqual((await update({ Description: 'x' })).RoutingConfig, half);
    const other = { AdditionalVersionWeights: { '3': 0.25 } };
    assert.deepEqual((await update({ RoutingConfig: other })).RoutingConfig, other);
    assert.deepEqual((await update({ FunctionVersion: '2' })).RoutingConfig, other);
    assert.equal((await update({ RoutingConfig: {} })).RoutingConfig, undefined);
    await update({ RoutingConfig: other });
    assert.equal((await update({ RoutingConfig: { AdditionalVersionWeights: {} } })).RoutingConfig, undefined);
    assert.equal((await lambda.getAlias({ FunctionName, Name: 'live' })).RoutingConfig, undefined);
    assert.equal((await create({ Name: 'b', FunctionVersion: '1', RoutingConfig: {} })).RoutingConfig, undefined);
  });

  test('has a weight of 0 to 1', async (t) => {
    const { create } = await open(t, { versions: 2 });
    const at = (Name: string, weight: number) =>
      create({ Name, FunctionVersion: '1', RoutingConfig: { AdditionalVersionWeights: { '2': weight } } });
    assert.deepEqual((await at('none', 0)).RoutingConfig, { AdditionalVersionWeights: { '2': 0 } });
    assert.deepEqual((await at('all', 1)).RoutingConfig, { AdditionalVersionWeights: { '2': 1 } });
    const VALUES =
      'Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]';
    const path = 'routingConfig.additionalVersionWeights';
    await refused(at('over', 2), VIOLATES, violation("'{2=2.0}'", path, VALUES));
    await refused(at('over', 1.001), VIOLATES, violation("'{2=1.001}'", path, VALUES));
    await refused(at('under', -0.001), VIOLATES, violation("'{2=-0.001}'", path, VALUES));
  });

  test('has one additional version, another one, which exists', async (t) => {
    const { create, update } = await open(t, { versions: 3 });
    const RoutingConfig = (AdditionalVersionWeights: Record<string, number>) => ({
      RoutingConfig: { AdditionalVersionWeights },
    });
    const at = (weights: Record<string, number>, FunctionVersion = '1') =>
      create({ Name: 'live', FunctionVersion, ...RoutingConfig(weights) });
    const tooMany = await refused(
      at({ '2': 0.3, '3': 0.3 }),
      INVALID,
      'Number of items in AdditionalVersionWeights cannot be greater than 1',
    );
    assert.equal(tooMany.Type, 'User');
    const TWICE = 'Invalid function version 1. Function version 1 is already included in routing configuration.';
    await refused(at({ '1': 0.3 }), INVALID, TWICE);
    await refused(at({ '10': 0.3 }), NOT_FOUND, `Function not found: ${FARN}:10`);
    await refused(at({ '2': 0.3 }, '10'), NOT_FOUND, `Function not found: ${FARN}:10`);
    const latest = await refused(
      at({ '1': 0.3 }, '$LATEST'),
      INVALID,
      '$LATEST is not supported for an alias pointing to more than 1 version',
    );
    assert.equal(latest.Type, undefined);
    const KEYS =
      'Map keys must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+]';
    await refused(
      at({ $LATEST: 0.5 }),
      VIOLATES,
      violation("'{$LATEST=0.5}'", 'routingConfig.additionalVersionWeights', KEYS),
    );
    await at({ '2': 0.3 });
    await refused(
      update({ FunctionVersion: '2' }),
      INVALID,
      'Invalid function version 2. Function version 2 is already included in routing configuration.',
    );
    await refused(
      update({ FunctionVersion: '$LATEST' }),
      INVALID,
      '$LATEST is not supported for an alias pointing to more than 1 version',
    );
    await refused(update(RoutingConfig({ '1': 0.3 })), INVALID, TWICE);
    await refused(update(RoutingConfig({ '10': 0.3 })), NOT_FOUND, `Function not found: ${FARN}:10`);
    await update({ FunctionVersion: '2', ...RoutingConfig({ '1': 0.3 }) });
  });

  test('is shown as the version that it points to', async (t) => {
    const { lambda, create } = await open(t, { versions: 2 });
    await create({ Name: 'live', FunctionVersion: '1', RoutingConfig: { AdditionalVersionWeights: { '2': 1 } } });
    assert.equal((await lambda.getFunctionConfiguration({ FunctionName, Qualifier: 'live' })).Version, '1');
  });
});

describe('aliases are listed', () => {
  test('by name, page by page to the end, while others come and go', async (t) => {
    const { lambda, create } = await open(t, { versions: 1 });
    const names = Array.from({ length: 52 }, (_, index) => `a${String(index).padStart(2, '0')}`);
    for (const Name of names.toReversed()) await create({ Name, FunctionVersion: '1' });
    const first = await lambda.listAliases({ FunctionName, MaxItems: 10_000 });
    assert.equal(first.Aliases?.length, 50);
    assert.deepEqual(plain(first.Aliases?.[0] ?? {}), plain(await lambda.getAlias({ FunctionName, Name: 'a00' })));
    await lambda.deleteAlias({ FunctionName, Name: 'a49' });
    await create({ Name: 'a10b', FunctionVersion: '1' });
    const second = await lambda.listAliases({ FunctionName, Marker: first.NextMarker });
    assert.equal(second.NextMarker, undefined);
    assert.deepEqual(namesOf(first.Aliases).concat(namesOf(second.Aliases)), names);

    const one = await lambda.listAliases({ FunctionName, MaxItems: 1 });
    assert.deepEqual(namesOf(one.Aliases), ['a00']);
    const two = await lambda.listAliases({ FunctionName, MaxItems: 1, Marker: one.NextMarker });
    assert.deepEqual(namesOf(two.Aliases), ['a01']);
  });

  test('of one version: those that point to it, not those that give it a weight', async (t) => {
    const { lambda, create } = await open(t, { versions: 2 });
    await create({ Name: 'b', FunctionVersion: '1', RoutingConfig: { AdditionalVersionWeights: { '2': 0.5 } } });
    await create({ Name: 'a', FunctionVersion: '1' });
    await create({ Name: 'c', FunctionVersion: '2' });
    await create({ Name: 'd', FunctionVersion: '$LATEST' });
    const of = async (FunctionVersion: string) =>
      namesOf((await lambda.listAliases({ FunctionName, FunctionVersion })).Aliases);
    assert.deepEqual(await of('1'), ['a', 'b']);
    assert.deepEqual(await of('2'), ['c']);
    assert.deepEqual(await of('$LATEST'), ['d']);
    assert.deepEqual(await of('10'), []);
  });

  test('with 1 to 10000 a page, and markers of ours', async (t) => {
    const { lambda } = await open(t);
    await refused(
      lambda.listAliases({ FunctionName, MaxItems: 0 }),
      VIOLATES,
      violation("'0'", 'maxItems', 'Member must have value greater than or equal to 1'),
    );
    await refused(
      lambda.listAliases({ FunctionName, MaxItems: 10_001 }),
      VIOLATES,
      violation("'10001'", 'maxItems', 'Member must have value less than or equal to 10000'),
    );
    await refused(lambda.listAliases({ FunctionName, Marker: 'x' }), INVALID, 'Invalid Marker');
    await refused(
      lambda.listAliases({ FunctionName, FunctionVersion: 'live' }),
      VIOLATES,
      violation(
        "'live'",
        'functionVersion',
        'Member must satisfy regular expression pattern: (\\$LATEST(\\.PUBLISHED)?|[0-9]+)',
      ),
    );
  });
});

describe('deleting', () => {
  test('a version that aliases lead to is refused, with their names', async (t) => {
    const { lambda, create } = await open(t, { versions: 3 });
    await create({ Name: 'b', FunctionVersion: '1' });
    await create({ Name: 'a', FunctionVersion: '3', RoutingConfig: { AdditionalVersionWeights: { '1': 0 } } });
    const version = { FunctionName, Qualifier: '1' };
    const refusal = await refused(
      lambda.deleteFunction(version),
      CONFLICT,
      'Unable to delete version because the following aliases reference it: [a, b]',
    );
    assert.equal(refusal.$metadata.httpStatusCode, 409);
    await lambda.deleteFunction({ FunctionName, Qualifier: '2' });
    await lambda.deleteFunction({ FunctionName, Qualifier: '01' });
    await lambda.deleteAlias({ FunctionName, Name: 'b' });
    await refused(
      lambda.deleteFunction(version),
      CONFLICT,
      'Unable to delete version because the following aliases reference it: [a]',
    );
    await lambda.updateAlias({ FunctionName, Name: 'a', RoutingConfig: {} });
    await lambda.deleteFunction(version);
    await refused(lambda.getFunction(version), NOT_FOUND, `Function not found: ${FARN}:1`);
  });

  test('a function by its alias is refused', async (t) => {
    const { lambda, create } = await open(t, { versions: 1 });
    await create({ Name: 'live', FunctionVersion: '1' });
    await refused(
      lambda.deleteFunction({ FunctionName, Qualifier: 'live' }),
      INVALID,
      'Deletion of aliases is not currently supported.',
    );
  });
});

describe('an alias’s provisioned concurrency', () => {
  const put = (lambda: Lambda, Qualifier: string, ProvisionedConcurrentExecutions = 2) =>
    lambda.putProvisionedConcurrencyConfig({ FunctionName, Qualifier, ProvisionedConcurrentExecutions });
  const get = async (lambda: Lambda, Qualifier: string) => {
    const { Status, RequestedProvisionedConcurrentExecutions: requested } =
      await lambda.getProvisionedConcurrencyConfig({ FunctionName, Qualifier });
    return [Status, requested];
  };
  const NONE = 'No Provisioned Concurrency Config found for this function';
  const NOT_PROVISIONED = 'ProvisionedConcurrencyConfigNotFoundException';

  test('belongs to the version it points to, whose revision changes, and is listed after those of versions', async (t) => {
    const { lambda, create, environments } = await open(t, { versions: 2 });
    await create({ Name: 'live', FunctionVersion: '2' });
    const revisionOf = async (Qualifier: string) =>
      (await lambda.getFunctionConfiguration({ FunctionName, Qualifier })).RevisionId;
    const [before, alias] = [await revisionOf('2'), await lambda.getAlias({ FunctionName, Name: 'live' })];
    const answer = await put(lambda, 'live', 3);
    assert.deepEqual([answer.$metadata.httpStatusCode, answer.Status], [202, 'IN_PROGRESS']);
    assert.deepEqual(environments.asked, [{ version: '2', count: 3 }]);
    assert.notEqual(await revisionOf('2'), before);
    assert.deepEqual(plain(await lambda.getAlias({ FunctionName, Name: 'live' })), plain(alias));
    assert.deepEqual(await get(lambda, 'live'), ['IN_PROGRESS', 3]);
    environments.makeReady();
    assert.deepEqual(await get(lambda, 'live'), ['READY', 3]);
    await refused(get(lambda, '2'), NOT_PROVISIONED, NONE);

    await put(lambda, '1');
    await create({ Name: '1e5', FunctionVersion: '$LATEST' });
    await lambda.updateAlias({ FunctionName, Name: '1e5', FunctionVersion: '1' });
    const listed: (string | undefined)[] = [];
    for (let Marker: string | undefined, more = true; more; more = Marker !== undefined) {
      const page = await lambda.listProvisionedConcurrencyConfigs({ FunctionName, MaxItems: 1, Marker });
      listed.push(...(page.ProvisionedConcurrencyConfigs ?? []).map(({ FunctionArn }) => FunctionArn));
      Marker = page.NextMarker;
    }
    assert.deepEqual(listed, [`${FARN}:1`, `${FARN}:live`]);
    await lambda.deleteProvisionedConcurrencyConfig({ FunctionName, Qualifier: 'live' });
    await lambda.deleteProvisionedConcurrencyConfig({ FunctionName, Qualifier: 'live' });
    await refused(get(lambda, 'live'), NOT_PROVISIONED, NONE);
    assert.deepEqual(environments.asked.at(-1), { version: '2', count: 0 });
  });

  test('moves with it', async (t) => {
    const { lambda, create, update, environments } = await open(t, { versions: 2 });
    await create({ Name: 'live', FunctionVersion: '1' });
    await put(lambda, 'live');
    environments.makeReady();
    environments.asked.length = 0;
    await update({ FunctionVersion: '2' });
    assert.deepEqual(environments.asked, [
      { version: '1', count: 0 },
      { version: '2', count: 2 },
    ]);
    assert.deepEqual(await get(lambda, 'live'), ['IN_PROGRESS', 2]);
    // The version that it has left is free.
    await put(lambda, '1');
  });

  test('ends with it, and with its function', async (t) => {
    const { lambda, functions, create, environments } = await open(t, { versions: 2 });
    for (const [Name, FunctionVersion] of [
      ['a', '1'],
      ['b', '2'],
    ] as const) {
      await create({ Name, FunctionVersion });
      await put(lambda, Name, 5);
    }
    assert.equal(functions.concurrency(HERE).unreserved, 990);
    await lambda.deleteAlias({ FunctionName, Name: 'a' });
    await refused(get(lambda, 'a'), NOT_FOUND, `Cannot find alias arn: ${FARN}:a`);
    await create({ Name: 'a', FunctionVersion: '1' });
    await refused(get(lambda, 'a'), NOT_PROVISIONED, NONE);
    assert.equal(functions.concurrency(HERE).unreserved, 995);
    await lambda.deleteFunction({ FunctionName });
    assert.equal(functions.concurrency(HERE).unreserved, 1_000);
    assert.deepEqual(environments.asked.slice(2), [
      { version: '1', count: 0 },
      { version: '2', count: 0 },
    ]);
  });

  test('is one of a version: that one’s own, or one alias’s', async (t) => {
    const { lambda, create, update } = await open(t, { versions: 2 });
    for (const Name of ['live', 'blue']) await create({ Name, FunctionVersion: '1' });
    const already = "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version";
    await put(lambda, '1');
    await refused(put(lambda, 'live'), CONFLICT, already);
    await lambda.deleteProvisionedConcurrencyConfig({ FunctionName, Qualifier: '1' });
    await put(lambda, 'live');
    await put(lambda, 'live', 3);
    await refused(put(lambda, '1'), CONFLICT, 'Version is pointed by a Provisioned Concurrency alias');
    await refused(put(lambda, 'blue'), CONFLICT, already);
    await put(lambda, '2');
    await refused(update({ FunctionVersion: '2' }), CONFLICT, already);
    assert.equal((await update({ Description: 'x' })).FunctionVersion, '1');
    await lambda.updateAlias({ FunctionName, Name: 'blue', FunctionVersion: '2' });
  });

  test('needs a published version, and no weights', async (t) => {
    const { lambda, create, update, environments } = await open(t, { versions: 3 });
    const unpublished = 'Provisioned Concurrency Configs cannot be applied to unpublished function versions.';
    await create({ Name: 'live', FunctionVersion: '$LATEST' });
    await refused(put(lambda, 'live'), INVALID, unpublished);
    await refused(put(lambda, 'other'), NOT_FOUND, `Cannot find alias arn: ${FARN}:other`);
    await update({ FunctionVersion: '1', RoutingConfig: { AdditionalVersionWeights: { '2': 0.5 } } });
    await refused(put(lambda, 'live'), INVALID, 'Invalid alias configuration for Provisioned Concurrency');
    await update({ RoutingConfig: {} });
    await put(lambda, 'live');
    await refused(update({ FunctionVersion: '$LATEST' }), INVALID, unpublished);

    // Weights may come later: both versions have their environments then.
    environments.asked.length = 0;
    await update({ RoutingConfig: { AdditionalVersionWeights: { '2': 0.5 } } });
    assert.deepEqual(environments.asked, [{ version: '2', count: 2 }]);
    await refused(put(lambda, 'live', 3), INVALID, 'Invalid alias configuration for Provisioned Concurrency');
    await update({ FunctionVersion: '2', RoutingConfig: { AdditionalVersionWeights: { '1': 0.5 } } });
    assert.deepEqual(environments.asked.slice(1), []);
    await update({ RoutingConfig: {} });
    assert.deepEqual(environments.asked.slice(1), [{ version: '1', count: 0 }]);
  });

  test('stays within the function’s reserved concurrency, all its versions and aliases together', async (t) => {
    const { lambda, create } = await open(t, { versions: 2 });
    await lambda.putFunctionConcurrency({ FunctionName, ReservedConcurrentExecutions: 3 });
    await create({ Name: 'live', FunctionVersion: '1' });
    await put(lambda, '2', 1);
    await refused(
      put(lambda, 'live', 3),
      INVALID,
      'Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function',
    );
    await put(lambda, 'live', 2);
    await refused(
      lambda.putFunctionConcurrency({ FunctionName, ReservedConcurrentExecutions: 2 }),
      INVALID,
      " ReservedConcurrentExecutions  2 should not be lower than function's total provisioned concurrency [3].",
    );
  });
});

describe('an alias’s policy', () => {
  test('is its own, and goes with it', async (t) => {
    const { lambda, create } = await open(t, { versions: 1 });
    const { RevisionId } = await create({ Name: 'live', FunctionVersion: '1' });
    const live = { FunctionName, Qualifier: 'live' };
    const nothing = 'The resource you requested does not exist.';
    await refused(lambda.getPolicy(live), NOT_FOUND, nothing);
    const wrong =
      'The Revision Id provided does not match the latest Revision Id. Call the GetPolicy API to retrieve the latest Revision Id';
    await refused(
      lambda.addPermission({ ...live, ...PERMISSION, RevisionId: 'other' }),
      'PreconditionFailedException',
      wrong,
    );
    // Before there is a policy, whoever knows the alias may add one.
    const { Statement = '' } = await lambda.addPermission({ ...live, ...PERMISSION, RevisionId });
    assert.equal(JSON.parse(Statement).Resource, `${FARN}:live`);
    assert.equal((await lambda.getAlias({ FunctionName, Name: 'live' })).RevisionId, RevisionId);
    const { Policy = '', RevisionId: ofPolicy } = await lambda.getPolicy(live);
    assert.deepEqual(JSON.parse(Policy).Statement, [JSON.parse(Statement)]);
    await refused(
      lambda.addPermission({ ...live, ...PERMISSION, StatementId: 't', RevisionId }),
      'PreconditionFailedException',
      wrong,
    );
    await lambda.addPermission({ ...live, ...PERMISSION, StatementId: 't', RevisionId: ofPolicy });
    // The same statement id elsewhere is another statement.
    for (const Qualifier of [undefined, '1']) {
      await refused(lambda.getPolicy({ FunctionName, Qualifier }), NOT_FOUND, nothing);
      await lambda.addPermission({ FunctionName, Qualifier, ...PERMISSION });
    }
    await refused(
      lambda.addPermission({ FunctionName: 'hello:live', ...PERMISSION }),
      CONFLICT,
      'The statement id (s) provided already exists. Please provide a new statement id, or remove the existing statement.',
    );
    for (const StatementId of ['s', 't']) await lambda.removePermission({ ...live, StatementId });
    await refused(
      lambda.removePermission({ ...live, StatementId: 's' }),
      NOT_FOUND,
      'No policy is associated with the given resource.',
    );
    await lambda.addPermission({ ...live, ...PERMISSION });
    await lambda.deleteAlias({ FunctionName, Name: 'live' });
    await create({ Name: 'live', FunctionVersion: '1' });
    await refused(lambda.getPolicy(live), NOT_FOUND, nothing);
  });

  test('needs the alias', async (t) => {
    const { lambda } = await open(t, { versions: 1 });
    const at = (Qualifier: string) => lambda.addPermission({ FunctionName, Qualifier, ...PERMISSION });
    await refused(at('live'), NOT_FOUND, `Cannot find alias arn: ${FARN}:live`);
    await refused(at('01'), NOT_FOUND, `Function not found: ${FARN}:01`);
    await refused(
      lambda.addPermission({ FunctionName: 'hello:a', Qualifier: 'b', ...PERMISSION }),
      INVALID,
      'The derived qualifier from the function name does not match the specified qualifier.',
    );
  });
});

describe('versions', () => {
  test('never change, whatever becomes of $LATEST', async (t) => {
    const { lambda, idle } = await open(t, { versions: 1 });
    const version = { FunctionName, Qualifier: '1' };
    const before = await lambda.getFunctionConfiguration(version);
    await lambda.updateFunctionCode({ FunctionName, ZipFile: OTHER_ZIP });
    await idle();
    await lambda.updateFunctionConfiguration({ FunctionName, Timeout: 9, Environment: { Variables: { AB: 'x' } } });
    await idle();
    await lambda.tagResource({ Resource: FARN, Tags: { a: 'b' } });
    assert.deepEqual(plain(await lambda.getFunctionConfiguration(version)), plain(before));
    const text = /^This operation is permitted on Lambda functions only\. /;
    for (const name of ['hello:1', `${FARN}:live`]) {
      const code = await failure(lambda.updateFunctionCode({ FunctionName: name, ZipFile: ZIP }));
      const settings = await failure(lambda.updateFunctionConfiguration({ FunctionName: name, Timeout: 1 }));
      for (const error of [code, settings]) {
        assert.equal(error.name, INVALID);
        assert.match(error.message, text);
      }
    }
  });

  test('are published again only after code or configuration have changed, back and forth is no change', async (t) => {
    const { lambda, idle } = await open(t, { versions: 1 });
    const publish = async () => (await lambda.publishVersion({ FunctionName })).Version;
    const configure = async (change: object) => {
      await lambda.updateFunctionConfiguration({ FunctionName, ...change });
      await idle();
    };
    assert.equal(await publish(), '1');
    await configure({});
    await lambda.tagResource({ Resource: FARN, Tags: { a: 'b' } });
    await lambda.createAlias({ FunctionName, Name: 'live', FunctionVersion: '1' });
    assert.equal(await publish(), '1');
    await configure({ Timeout: 9 });
    await configure({ Timeout: 3 });
    assert.equal(await publish(), '1');
    await configure({ Timeout: 9 });
    assert.equal(await publish(), '2');
    await lambda.updateFunctionCode({ FunctionName, ZipFile: OTHER_ZIP });
    await idle();
    assert.equal(await publish(), '3');
    await lambda.deleteFunction({ FunctionName, Qualifier: '3' });
    assert.equal(await publish(), '4');
  });

  test('called $LATEST.PUBLISHED are for functions on capacity providers: there is none', async (t) => {
    const { lambda } = await open(t, { versions: 1 });
    const Qualifier = '$LATEST.PUBLISHED';
    const text = `Function not found: ${FARN}:$LATEST.PUBLISHED`;
    await refused(lambda.getFunction({ FunctionName, Qualifier }), NOT_FOUND, text);
    await refused(lambda.getFunctionConfiguration({ FunctionName: `${FARN}:${Qualifier}` }), NOT_FOUND, text);
    await refused(lambda.addPermission({ FunctionName, Qualifier, ...PERMISSION }), NOT_FOUND, text);
    await refused(
      lambda.putProvisionedConcurrencyConfig({ FunctionName, Qualifier, ProvisionedConcurrentExecutions: 1 }),
      'ValidationException',
      "1 validation error detected: Value '$LATEST.PUBLISHED' at 'qualifier' failed to satisfy constraint: Member must satisfy regular expression pattern: (|[a-zA-Z0-9$_-]+)",
    );
    await refused(lambda.deleteFunction({ FunctionName, Qualifier }), NOT_FOUND, `Function not found: ${FARN}`);
    await refused(
      lambda.publishVersion({ FunctionName, PublishTo: 'LATEST_PUBLISHED' }),
      INVALID,
      'Lambent does not support PublishTo yet. Leave it out to go on without it.',
    );
  });
});

describe('at once', () => {
  test('two updates that know the same revision: one is made', async (t) => {
    const { lambda, create, update } = await open(t, { versions: 2 });
    const { RevisionId } = await create({ Name: 'live', FunctionVersion: '1' });
    const answers = await Promise.allSettled(['x', 'y'].map((Description) => update({ Description, RevisionId })));
    assert.deepEqual(answers.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    const made = answers.find((answer) => answer.status === 'fulfilled');
    const shownNow = await lambda.getAlias({ FunctionName, Name: 'live' });
    assert.equal(made?.status === 'fulfilled' && made.value.Description, shownNow.Description);
  });

  test('two creations of one name: one is made', async (t) => {
    const { create } = await open(t, { versions: 2 });
    const answers = await Promise.allSettled(
      ['1', '2'].map((FunctionVersion) => create({ Name: 'live', FunctionVersion })),
    );
    assert.deepEqual(answers.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  });

  test('an alias is moved to a version while that is deleted: it never points to nothing', async (t) => {
    const { lambda, create, update } = await open(t, { versions: 2 });
    await create({ Name: 'live', FunctionVersion: '1' });
    const [, deleted] = await Promise.allSettled([
      update({ FunctionVersion: '2' }),
      lambda.deleteFunction({ FunctionName, Qualifier: '2' }),
    ]);
    const { FunctionVersion = '' } = await lambda.getAlias({ FunctionName, Name: 'live' });
    assert.equal(FunctionVersion, deleted.status === 'rejected' ? '2' : '1');
    await lambda.getFunction({ FunctionName, Qualifier: 'live' });
  });

  test('an alias, or its function, is deleted while it is updated: it is gone', async (t) => {
    const { lambda, create, update, idle } = await open(t, { versions: 1 });
    await create({ Name: 'live', FunctionVersion: '1' });
    await Promise.allSettled([update({ Description: 'x' }), lambda.deleteAlias({ FunctionName, Name: 'live' })]);
    assert.deepEqual((await lambda.listAliases({ FunctionName })).Aliases, []);
    await create({ Name: 'live', FunctionVersion: '1' });
    await Promise.allSettled([update({ Description: 'x' }), lambda.deleteFunction({ FunctionName })]);
    await idle();
    await refused(lambda.listAliases({ FunctionName }), NOT_FOUND, `Function not found: ${FARN}`);
  });

  test('a version is published twice: once is one version', async (t) => {
    const { lambda } = await open(t);
    const published = await Promise.all([1, 2, 3].map(() => lambda.publishVersion({ FunctionName })));
    assert.deepEqual(
      published.map(({ Version }) => Version),
      ['1', '1', '1'],
    );
    assert.equal(new Set(published.map(({ RevisionId }) => RevisionId)).size, 1);
  });
});

const NEW = await nodeFunction(FunctionName, ZIP);
const HERE = { account: '123456789012', region: 'eu-west-1' };
const LIVE = { AliasArn: `${FARN}:live`, Name: 'live' };
const PERMISSION = { StatementId: 's', Principal: 's3.amazonaws.com', Action: 'lambda:InvokeFunction' };

/** The function, and short forms of what its aliases are asked for. */
async function open(t: TestContext, options: Parameters<typeof functionWithVersions>[1] = {}) {
  const opened = await functionWithVersions(t, options);
  const { lambda } = opened;
  return {
    ...opened,
    create: (input: Omit<CreateAliasCommandInput, 'FunctionName'> & { FunctionName?: string }) =>
      lambda.createAlias({ FunctionName, ...input }),
    update: (input: Omit<UpdateAliasCommandInput, 'FunctionName' | 'Name'>) =>
      lambda.updateAlias({ FunctionName, Name: 'live', ...input }),
  };
}

/** Checks every member but the revision, which is answered. */
function shown(answer: AliasConfiguration, expected: AliasConfiguration): string | undefined {
  const { RevisionId, ...rest } = plain(answer);
  const { RevisionId: _, ...others } = expected;
  assert.deepEqual(rest, others);
  assert.match(RevisionId ?? '', UUID);
  return RevisionId;
}

const namesOf = (aliases: AliasConfiguration[] | undefined) => (aliases ?? []).map(({ Name }) => Name);

function plain<Answer extends object>(answer: Answer): Answer {
  return JSON.parse(JSON.stringify({ ...answer, $metadata: undefined }));
}

const violation = (value: string, path: string, tail: string) =>
  `1 validation error detected: Value ${value} at '${path}' failed to satisfy constraint: ${tail}`;

interface Failure {
  name: string;
  message: string;
  Type?: string;
  $metadata: { httpStatusCode?: number };
}

function failure(promise: Promise<unknown>): Promise<Failure> {
  return promise.then(
    () => assert.fail('it was not refused'),
    (error: Failure) => error,
  );
}

async function refused(promise: Promise<unknown>, name: string, message: string): Promise<Failure> {
  const error = await failure(promise);
  assert.deepEqual([error.name, error.message], [name, message]);
  return error;
}
