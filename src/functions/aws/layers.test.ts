import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { type TestContext, test } from 'node:test';
import type { Lambda as LambdaClient } from '@aws-sdk/client-lambda';
import { clientOf, everybody, serve } from '../../wire/test-server.ts';
import { noting } from '../../wire/testing/seen-answers.ts';
import { type TestOptions, testFunctions } from '../testing/test-functions.ts';
import { zipOf } from '../testing/zips.ts';
import { lambdaService } from './lambda-service.ts';
import type { Lambda as Client } from './operation.ts';

// The official client against the engine and a real store. Shapes and texts are those that AWS gave (lambda-facts 14).

const { Lambda } = createRequire(import.meta.url)('@aws-sdk/client-lambda') as Client;
const OWN = '123456789012';
const OTHER = '999999999999';
const ROLE = `arn:aws:iam::${OWN}:role/lambda-role`;
const LARN = `arn:aws:lambda:eu-west-1:${OWN}:layer:tools`;
const CODE = await zipOf({ 'index.js': 'exports.handler = async () => 1;' });
const ZIP = await zipOf({ 'nodejs/node_modules/tool/index.js': 'module.exports = 1;' });
const GONE = 'The resource you requested does not exist.';
const VERSION_PATTERN =
  '(arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+)|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+)';
const STALE =
  'The Revision Id provided does not match the latest Revision Id. Call the GetLayerPolicy API to retrieve the latest Revision Id';

test('a published layer version is shown whole, and the same again by number and by ARN', async (t) => {
  const { lambda } = await open(t);
  const published = await lambda.publishLayerVersion({
    LayerName: 'tools',
    Description: 'what everybody needs',
    Content: { ZipFile: ZIP },
    CompatibleRuntimes: ['python3.7', 'nodejs22.x'],
    CompatibleArchitectures: ['arm64', 'x86_64'],
    LicenseInfo: 'MIT',
  });
  assert.equal(published.$metadata.httpStatusCode, 201);
  const { CreatedDate, ...shown } = plain(published);
  assert.match(CreatedDate ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/);
  const hash = createHash('sha256').update(ZIP).digest();
  assert.match(shown.Content?.Location ?? '', new RegExp(`/code/${hash.toString('hex')}$`));
  assert.deepEqual(shown, {
    Content: { Location: shown.Content?.Location, CodeSha256: hash.toString('base64'), CodeSize: ZIP.length },
    LayerArn: LARN,
    LayerVersionArn: `${LARN}:1`,
    Description: 'what everybody needs',
    Version: 1,
    CompatibleRuntimes: ['python3.7', 'nodejs22.x'],
    CompatibleArchitectures: ['arm64', 'x86_64'],
    LicenseInfo: 'MIT',
  });
  assert.deepEqual(plain(await lambda.getLayerVersion({ LayerName: 'tools', VersionNumber: 1 })), plain(published));
  assert.deepEqual(plain(await lambda.getLayerVersion({ LayerName: LARN, VersionNumber: 1 })), plain(published));
  assert.deepEqual(plain(await lambda.getLayerVersionByArn({ Arn: `${LARN}:1` })), plain(published));
});

test('what was not given is left out, and an empty list is an empty list', async (t) => {
  const { lambda } = await open(t);
  const members = async (input: object) => {
    const answer = await lambda.publishLayerVersion({ LayerName: 'tools', Content: { ZipFile: ZIP }, ...input });
    return Object.keys(plain(answer)).sort();
  };
  const always = ['Content', 'CreatedDate', 'Description', 'LayerArn', 'LayerVersionArn', 'Version'];
  assert.deepEqual(await members({}), always);
  const lists = { CompatibleRuntimes: [], CompatibleArchitectures: [] };
  assert.deepEqual(await members(lists), [...Object.keys(lists), ...always].sort());
});

test('numbers go up by one, also for the same content, and are never given twice', async (t) => {
  const { lambda, reopen } = await open(t);
  const publish = async (by: LambdaClient) =>
    (await by.publishLayerVersion({ LayerName: 'tools', Content: { ZipFile: ZIP } })).Version;
  assert.deepEqual([await publish(lambda), await publish(lambda)], [1, 2]);
  for (const VersionNumber of [1, 2]) await lambda.deleteLayerVersion({ LayerName: 'tools', VersionNumber });
  assert.deepEqual((await lambda.listLayers({})).Layers, []);
  assert.equal(await publish(lambda), 3);
  await lambda.deleteLayerVersion({ LayerName: 'tools', VersionNumber: 3 });
  const again = await reopen();
  assert.equal(await publish(again.lambda), 4);
});

test('lists show the newest first, a page at a time, and what fits a runtime or a processor', async (t) => {
  const { lambda } = await open(t);
  const publish = (LayerName: string, CompatibleRuntimes?: ['nodejs22.x'], CompatibleArchitectures?: ['arm64']) =>
    lambda.publishLayerVersion({ LayerName, Content: { ZipFile: ZIP }, CompatibleRuntimes, CompatibleArchitectures });
  await publish('tools', ['nodejs22.x']);
  await publish('tools', undefined, ['arm64']);
  await publish('tools');
  await publish('art');
  const layers = async (input: object) =>
    ((await lambda.listLayers(input)).Layers ?? []).map(
      ({ LayerName, LatestMatchingVersion }) => `${LayerName}:${LatestMatchingVersion?.Version}`,
    );
  const versions = async (input: object) =>
    ((await lambda.listLayerVersions({ LayerName: 'tools', ...input })).LayerVersions ?? []).map(
      ({ Version }) => Version,
    );
  assert.deepEqual(await layers({}), ['art:1', 'tools:3']);
  assert.deepEqual(await layers({ CompatibleRuntime: 'nodejs22.x' }), ['tools:1']);
  assert.deepEqual(await layers({ CompatibleArchitecture: 'arm64' }), ['tools:2']);
  assert.deepEqual(await layers({ CompatibleRuntime: 'python3.13' }), []);
  assert.deepEqual(await versions({}), [3, 2, 1]);
  assert.deepEqual(await versions({ CompatibleRuntime: 'nodejs22.x' }), [1]);
  assert.deepEqual(await versions({ LayerName: 'never-was' }), []);

  const first = await lambda.listLayerVersions({ LayerName: 'tools', MaxItems: 2 });
  const second = await lambda.listLayerVersions({ LayerName: 'tools', MaxItems: 2, Marker: first.NextMarker });
  const listed = [...(first.LayerVersions ?? []), ...(second.LayerVersions ?? [])];
  assert.deepEqual(
    listed.map(({ Version }) => Version),
    [3, 2, 1],
  );
  assert.equal(second.NextMarker, undefined);
  assert.deepEqual(Object.keys(plain(listed[0] ?? {})).sort(), [
    'CreatedDate',
    'Description',
    'LayerVersionArn',
    'Version',
  ]);
  const [layer] = (await lambda.listLayers({ MaxItems: 1 })).Layers ?? [];
  assert.deepEqual([layer?.LayerName, layer?.LayerArn], ['art', LARN.replace('tools', 'art')]);
});

test('deleting answers the same whether there was anything or not', async (t) => {
  const { lambda } = await open(t);
  await lambda.publishLayerVersion({ LayerName: 'tools', Content: { ZipFile: ZIP } });
  for (const LayerName of ['tools', 'tools', 'never-was']) {
    const { $metadata } = await lambda.deleteLayerVersion({ LayerName, VersionNumber: 1 });
    assert.equal($metadata.httpStatusCode, 204);
  }
  await refused(lambda.getLayerVersion({ LayerName: 'tools', VersionNumber: 1 }), 'ResourceNotFoundException', GONE);
  await refused(lambda.getLayerVersionByArn({ Arn: `${LARN}:1` }), 'ResourceNotFoundException', GONE);
});

test('wrong names, numbers, runtimes and processors are refused in AWS’s words', async (t) => {
  const { lambda } = await open(t);
  const Content = { ZipFile: ZIP };
  const belowOne = 'Layer Version Cannot be less than 1';
  const bad = 'InvalidParameterValueException';
  await refused(lambda.getLayerVersion({ LayerName: 'tools', VersionNumber: 0 }), bad, belowOne);
  await refused(lambda.deleteLayerVersion({ LayerName: 'tools', VersionNumber: -1 }), bad, belowOne);
  await refused(
    lambda.getLayerVersionByArn({ Arn: LARN }),
    'ValidationException',
    `1 validation error detected: Value '${LARN}' at 'arn' failed to satisfy constraint: Member must satisfy regular expression pattern: ${VERSION_PATTERN}`,
  );
  await refused(lambda.publishLayerVersion({ LayerName: 'a b', Content }), 'ValidationException', /at 'layerName'/);
  await refused(
    lambda.publishLayerVersion({
      LayerName: 'tools',
      Content,
      CompatibleRuntimes: ['invalidruntime' as 'nodejs22.x'],
      CompatibleArchitectures: ['invalidarch' as 'arm64'],
    }),
    'ValidationException',
    /^2 validation errors detected: Value '\[invalidruntime\]' at 'compatibleRuntimes' failed to satisfy constraint: Member must satisfy enum value set: \[nodejs20\.x, .*\]; Value '\[invalidarch\]' at 'compatibleArchitectures' failed to satisfy constraint: Member must satisfy constraint: \[Member must satisfy enum value set: \[x86_64, arm64\], Member must not be null\]$/,
  );
  await refused(
    lambda.listLayers({ CompatibleRuntime: 'invalidruntime' as 'nodejs22.x' }),
    'ValidationException',
    /^1 validation error detected: Value 'invalidruntime' at 'compatibleRuntime' failed to satisfy constraint: Member must satisfy enum value set: \[ruby3\.5, .*\]$/,
  );
  await refused(
    lambda.listLayers({ CompatibleArchitecture: 'x64' as 'arm64' }),
    'ValidationException',
    "1 validation error detected: Value 'x64' at 'compatibleArchitecture' failed to satisfy constraint: Member must satisfy enum value set: [x86_64, arm64]",
  );
  await refused(lambda.listLayers({ MaxItems: 51 }), 'ValidationException', /value less than or equal to 50$/);
  await lambda.listLayers({ MaxItems: 50 });
});

test('a package that cannot be a function’s cannot be a layer’s, either', async (t) => {
  const limits = { zippedBytesMax: 1_000, unzippedBytesMax: 500, entriesMax: 10, totalCodeBytesMax: 1_000 };
  const { lambda } = await open(t, { limits });
  const publish = (ZipFile: Uint8Array) => lambda.publishLayerVersion({ LayerName: 'tools', Content: { ZipFile } });
  const bad = 'InvalidParameterValueException';
  await refused(
    publish(Buffer.from('no zip')),
    bad,
    'Could not unzip uploaded file. Please check your file, then try to upload again.',
  );
  await refused(
    publish(Buffer.alloc(1_001)),
    'RequestEntityTooLargeException',
    /^Zipped size must be smaller than 1000 bytes/,
  );
  await refused(publish(await zipOf({ a: 'x'.repeat(501) })), bad, 'Unzipped size must be smaller than 500 bytes');
  const largest = await zipOf({ a: 'x'.repeat(500) });
  await publish(largest);
  const left = 1_000 - largest.length;
  assert.equal((await lambda.getAccountSettings({})).AccountUsage?.TotalCodeSize, largest.length);
  for (let copies = 0; (copies + 1) * largest.length <= left; copies += 1) await publish(largest);
  await refused(publish(largest), 'CodeStorageExceededException', /.*/);
});

test('a function shows its layers in the given order, and keeps them until it is given others', async (t) => {
  const { lambda, idle } = await open(t);
  const first = await publishTo(lambda, 'first');
  const second = await publishTo(lambda, 'second');
  const Layers = [second, first];
  const shown = Layers.map((Arn) => ({ Arn, CodeSize: ZIP.length }));
  const created = await lambda.createFunction({ ...newFunction(), Layers });
  assert.deepEqual(created.Layers, shown);
  await idle();
  await lambda.updateFunctionConfiguration({ FunctionName: 'hello', Timeout: 4 });
  await idle();
  await lambda.publishVersion({ FunctionName: 'hello' });
  const reversed = await lambda.updateFunctionConfiguration({ FunctionName: 'hello', Layers: [first, second] });
  assert.deepEqual(reversed.Layers, shown.toReversed());
  await idle();
  const cleared = await lambda.updateFunctionConfiguration({ FunctionName: 'hello', Layers: [] });
  assert.equal('Layers' in cleared, false);
  await idle();
  const version = await lambda.getFunction({ FunctionName: 'hello', Qualifier: '1' });
  assert.deepEqual(version.Configuration?.Layers, shown);
});

test('layers that a function cannot have are refused in AWS’s words', async (t) => {
  const { lambda, idle } = await open(t);
  const arns: string[] = [];
  for (const name of ['one', 'two', 'three', 'four', 'five', 'six']) arns.push(await publishTo(lambda, name));
  const [one = ''] = arns;
  const again = await publishTo(lambda, 'one');
  await lambda.createFunction(newFunction());
  await idle();
  const bad = 'InvalidParameterValueException';
  const attach = (Layers: string[]) => lambda.updateFunctionConfiguration({ FunctionName: 'hello', Layers });
  await refused(attach(arns), bad, 'Cannot reference more than 5 layers.');
  await attach(arns.slice(1));
  await idle();
  const twice = (a: string, b: string) =>
    `Two different versions of the same layer are not allowed to be referenced in the same function. ${a} and ${b} are versions of the same layer.`;
  await refused(attach([one, again]), bad, twice(one, again));
  await refused(attach([one, one]), bad, twice(one, one));
  await refused(attach([`${LARN}:7`]), bad, `Layer version ${LARN}:7 does not exist.`);
  await refused(
    attach([LARN]),
    'ValidationException',
    `1 validation error detected: Value '[${LARN}]' at 'layers' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 2048, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: ${VERSION_PATTERN}, Member must not be null]`,
  );
  await refused(
    attach([one.replace('eu-west-1', 'us-east-1')]),
    bad,
    'Layers are not in the same region as the function. Layers are expected to be in region eu-west-1.',
  );
  await refused(lambda.createFunction({ ...newFunction('other'), Layers: [`${LARN}:7`] }), bad, /does not exist\.$/);
});

test('code and layers together are held to the limit of the unzipped size', async (t) => {
  const limits = { zippedBytesMax: 10_000, unzippedBytesMax: 1_000, entriesMax: 10, totalCodeBytesMax: 100_000 };
  const { lambda, idle } = await open(t, { limits });
  const layer = async (name: string, bytes: number) =>
    publishTo(lambda, name, await zipOf({ [name]: 'x'.repeat(bytes) }));
  const a = await layer('a', 600);
  const b = await layer('b', 400);
  const c = await layer('c', 401);
  const code = async (bytes: number) => zipOf({ 'index.js': 'x'.repeat(bytes) });
  const create = async (name: string, bytes: number, Layers: string[]) =>
    lambda.createFunction({ ...newFunction(name), Code: { ZipFile: await code(bytes) }, Layers });
  const bad = 'InvalidParameterValueException';
  const combined =
    'Function code combined with layers exceeds the maximum allowed size of 1000 bytes. The actual size is 1001 bytes.';
  await refused(create('full', 1, [a, c]), bad, 'Layers consume more than the available size of 1000 bytes');
  await refused(create('full', 1, [a, b]), bad, combined);
  await refused(create('full', 401, [a]), bad, combined);
  await create('full', 400, [a]);
  await idle();
  await refused(lambda.updateFunctionCode({ FunctionName: 'full', ZipFile: await code(401) }), bad, combined);
  await refused(
    lambda.updateFunctionConfiguration({ FunctionName: 'full', Layers: [a, b] }),
    bad,
    /actual size is 1400/,
  );
});

test('another account uses a layer once it is shared with it, and not longer', async (t) => {
  const { lambda, as } = await open(t);
  const other = as(OTHER);
  const arn = await publishTo(lambda, 'tools');
  let made = 0;
  const attach = (Layers: string[]) => {
    made += 1;
    return other.createFunction({ ...newFunction(`f${made}`), Layers });
  };
  const denied = `User: arn:aws:iam::${OTHER}:root is not authorized to perform: lambda:GetLayerVersion on resource: ${arn} because no resource-based policy allows the lambda:GetLayerVersion action`;
  await refused(attach([arn]), 'AccessDeniedException', denied);
  await refused(attach([`${LARN}:2`]), 'AccessDeniedException', denied.replace(arn, `${LARN}:2`));
  const share = { LayerName: 'tools', VersionNumber: 1, Action: 'lambda:GetLayerVersion' };
  await lambda.addLayerVersionPermission({ ...share, StatementId: 'third', Principal: '111111111111' });
  await lambda.addLayerVersionPermission({
    ...share,
    StatementId: 'organization',
    Principal: '*',
    OrganizationId: 'o-0123456789',
  });
  await refused(attach([arn]), 'AccessDeniedException', denied);
  for (const Principal of [OTHER, `arn:aws:iam::${OTHER}:root`, '*']) {
    await lambda.addLayerVersionPermission({ ...share, StatementId: 'them', Principal });
    assert.deepEqual((await attach([arn])).Layers, [{ Arn: arn, CodeSize: ZIP.length }]);
    await lambda.removeLayerVersionPermission({ LayerName: 'tools', VersionNumber: 1, StatementId: 'them' });
    await refused(attach([arn]), 'AccessDeniedException', denied);
  }
});

test('another account gets a layer version that is shared with it, and does nothing else to it', async (t) => {
  const { lambda, as } = await open(t);
  const other = as(OTHER);
  const Arn = await publishTo(lambda, 'tools');
  const version = { LayerName: LARN, VersionNumber: 1 };
  const denied = (action: string, resource: string) =>
    `User: arn:aws:iam::${OTHER}:root is not authorized to perform: lambda:${action} on resource: ${resource} because no resource-based policy allows the lambda:${action} action`;
  const get = [() => other.getLayerVersion(version), () => other.getLayerVersionByArn({ Arn })];
  for (const call of get) await refused(call(), 'AccessDeniedException', denied('GetLayerVersion', Arn));
  await lambda.addLayerVersionPermission({
    ...{ LayerName: 'tools', VersionNumber: 1, StatementId: 'them', Principal: OTHER },
    Action: 'lambda:GetLayerVersion',
  });
  for (const call of get) assert.deepEqual(plain(await call()), plain(await lambda.getLayerVersionByArn({ Arn })));
  await refused(
    other.getLayerVersion({ ...version, VersionNumber: 2 }),
    'AccessDeniedException',
    denied('GetLayerVersion', `${LARN}:2`),
  );

  const statement = { ...version, StatementId: 'them' };
  const refusals: [() => Promise<unknown>, string, string][] = [
    [() => other.publishLayerVersion({ LayerName: LARN, Content: { ZipFile: ZIP } }), 'PublishLayerVersion', LARN],
    [() => other.listLayerVersions({ LayerName: LARN }), 'ListLayerVersions', LARN],
    [() => other.deleteLayerVersion(version), 'DeleteLayerVersion', Arn],
    [() => other.getLayerVersionPolicy(version), 'GetLayerVersionPolicy', Arn],
    [() => other.removeLayerVersionPermission(statement), 'RemoveLayerVersionPermission', Arn],
    [
      () => other.addLayerVersionPermission({ ...statement, Action: 'lambda:GetLayerVersion', Principal: '*' }),
      'AddLayerVersionPermission',
      Arn,
    ],
  ];
  for (const [call, action, resource] of refusals) {
    await refused(call(), 'AccessDeniedException', denied(action, resource));
  }
  assert.deepEqual((await other.listLayers({})).Layers, []);
});

test('the policy of a layer version is stored, shown and removed as on AWS', async (t) => {
  const { lambda } = await open(t);
  const arn = await publishTo(lambda, 'tools');
  const version = { LayerName: 'tools', VersionNumber: 1 };
  const missing = 'ResourceNotFoundException';
  await refused(lambda.getLayerVersionPolicy(version), missing, 'No policy is associated with the given resource.');
  const statement = { ...version, StatementId: 's1', Action: 'lambda:GetLayerVersion', Principal: OTHER };
  const added = await lambda.addLayerVersionPermission(statement);
  assert.equal(added.$metadata.httpStatusCode, 201);
  const json = {
    Sid: 's1',
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${OTHER}:root` },
    Action: 'lambda:GetLayerVersion',
    Resource: arn,
  };
  assert.equal(added.Statement, JSON.stringify(json));
  const { Policy, RevisionId } = await lambda.getLayerVersionPolicy(version);
  assert.deepEqual(JSON.parse(Policy ?? ''), { Version: '2012-10-17', Id: 'default', Statement: [json] });
  assert.equal(RevisionId, added.RevisionId);

  await refused(
    lambda.addLayerVersionPermission(statement),
    'ResourceConflictException',
    'The statement id (s1) provided already exists. Please provide a new statement id, or remove the existing statement.',
  );
  const next = { ...statement, StatementId: 's2' };
  await refused(
    lambda.addLayerVersionPermission({ ...next, RevisionId: 'wrong' }),
    'PreconditionFailedException',
    STALE,
  );
  await lambda.addLayerVersionPermission({ ...next, RevisionId });
  await refused(
    lambda.addLayerVersionPermission({ ...next, Action: 'lambda:*' }),
    'ValidationException',
    "1 validation error detected: Value 'lambda:*' at 'action' failed to satisfy constraint: Member must satisfy regular expression pattern: lambda:GetLayerVersion",
  );
  const unknown = `Layer version ${LARN}:9 does not exist.`;
  await refused(lambda.addLayerVersionPermission({ ...next, VersionNumber: 9 }), missing, unknown);
  await refused(lambda.getLayerVersionPolicy({ ...version, VersionNumber: 9 }), missing, unknown);
  await refused(
    lambda.removeLayerVersionPermission({ ...version, StatementId: 's3' }),
    missing,
    'Statement s3 is not found in resource policy.',
  );
  for (const StatementId of ['s1', 's2']) {
    const { $metadata } = await lambda.removeLayerVersionPermission({ ...version, StatementId });
    assert.equal($metadata.httpStatusCode, 204);
  }
  await refused(lambda.getLayerVersionPolicy(version), missing, 'No policy is associated with the given resource.');
});

test('the policy of a layer version has 20,480 bytes at most', async (t) => {
  const { lambda } = await open(t);
  await publishTo(lambda, 'tools');
  const version = { LayerName: 'tools', VersionNumber: 1 };
  let added = 0;
  const add = async (idLength: number) => {
    const StatementId = `${'s'.repeat(idLength)}${added}`.slice(-idLength);
    await lambda.addLayerVersionPermission({
      ...version,
      StatementId,
      Action: 'lambda:GetLayerVersion',
      Principal: '*',
    });
    added += 1;
  };
  const bytes = async () => (await lambda.getLayerVersionPolicy(version)).Policy?.length ?? 0;
  await add(90);
  const one = await bytes();
  await add(90);
  const each = (await bytes()) - one;
  // Three more fill it, however much is left over.
  while ((await bytes()) + 3 * each <= 20_480) await add(90);
  const left = 270 + 20_480 - (await bytes()) - 3 * each;
  await add(Math.floor(left / 3));
  await add(Math.floor(left / 3));
  const last = left - 2 * Math.floor(left / 3);
  await refused(
    add(last + 1),
    'PolicyLengthExceededException',
    'The final policy size (20481) is bigger than the limit (20480).',
  );
  await add(last);
  assert.equal(await bytes(), 20_480);
});

async function publishTo(lambda: LambdaClient, LayerName: string, ZipFile: Uint8Array = ZIP): Promise<string> {
  return (await lambda.publishLayerVersion({ LayerName, Content: { ZipFile } })).LayerVersionArn ?? '';
}

function newFunction(FunctionName = 'hello') {
  const Runtime = 'nodejs22.x' as const;
  return { FunctionName, Runtime, Role: ROLE, Handler: 'index.handler', Code: { ZipFile: CODE } };
}

async function open(t: TestContext, options: TestOptions = {}) {
  let opened = await testFunctions({ uuid: () => crypto.randomUUID(), ...options });
  t.after(() => opened[Symbol.asyncDispose]());
  const clients = async () => {
    const { functions } = opened;
    const server = await serve(t, [lambdaService(functions, (digest, { origin }) => `${origin}/code/${digest}`)], {
      authenticate: byAccessKey,
    });
    const as = (account: string) => {
      const credentials = { accessKeyId: account, secretAccessKey: 'secret' };
      const lambda = new Lambda(noting({ ...clientOf(server), credentials }));
      t.after(() => lambda.destroy());
      return lambda;
    };
    return { lambda: as(OWN), as, functions, idle: () => functions.idle() };
  };
  return {
    ...(await clients()),
    async reopen() {
      opened = await opened.reopen({ uuid: () => crypto.randomUUID(), ...options });
      return clients();
    },
  };
}

/** The access key is the account. */
const byAccessKey: typeof everybody = (request) => {
  const { principal, ...scope } = everybody(request);
  const account = /Credential=(\d{12})/.exec(request.headers.authorization ?? '')?.[1] ?? OWN;
  return { ...scope, principal: { ...principal, account, arn: `arn:aws:iam::${account}:root` } };
};

function plain<Answer extends object>(answer: Answer): Answer {
  return JSON.parse(JSON.stringify({ ...answer, $metadata: undefined }));
}

async function refused(promise: Promise<unknown>, name: string, message: string | RegExp): Promise<void> {
  const found = await promise.then(
    () => assert.fail('it was not refused'),
    (error: Error) => error,
  );
  assert.equal(found.name, name, found.message);
  if (typeof message === 'string') assert.equal(found.message, message);
  else assert.match(found.message, message);
}
