import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type TestContext, test } from 'node:test';
import type {
  CreateFunctionCommandInput,
  FunctionConfiguration,
  UpdateFunctionConfigurationCommandInput,
} from '@aws-sdk/client-lambda';
import { StorageFull } from '../../store/outage.ts';
import type { Records } from '../../store/records.ts';
import { clientOf, serve } from '../../wire/test-server.ts';
import { noting } from '../../wire/testing/seen-answers.ts';
import type { Outcome } from '../life-cycle.ts';
import { type TestOptions, testFunctions } from '../testing/test-functions.ts';
import { zipOf } from '../testing/zips.ts';
import { lambdaService } from './lambda-service.ts';
import type { Lambda as Client } from './operation.ts';

// The official client against the engine and a real store. Shapes and texts are those that AWS gave (lambda-facts 2 to 5, 11, 15).

const { Lambda } = createRequire(import.meta.url)('@aws-sdk/client-lambda') as Client;
const FILE_SYSTEM = 'arn:aws:elasticfilesystem:eu-west-1:123456789012:access-point/fsap-0123456789abcdef0';
const KEY = 'arn:aws:kms:eu-west-1:123456789012:key/k';
const CAPACITY_PROVIDER = {
  LambdaManagedInstancesCapacityProviderConfig: {
    CapacityProviderArn: 'arn:aws:lambda:eu-west-1:123456789012:capacity-provider:p',
  },
};
const ROLE = 'arn:aws:iam::123456789012:role/lambda-role';
const FARN = 'arn:aws:lambda:eu-west-1:123456789012:function:hello';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const V1 = await zipOf({ 'index.js': 'exports.handler = async () => 1;' });
const V2 = await zipOf({ 'index.js': 'exports.handler = async () => 2;' });
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('base64');
const IN_PROGRESS = `The operation cannot be performed at this time. An update is in progress for resource: ${FARN}`;
const WRONG_REVISION =
  'The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id';

/** Everything that a plain function shows, but for what changes from one to the next. */
const SHOWN = {
  FunctionName: 'hello',
  FunctionArn: FARN,
  Runtime: 'nodejs22.x',
  Role: ROLE,
  Handler: 'index.handler',
  CodeSize: V1.length,
  Description: '',
  Timeout: 3,
  MemorySize: 128,
  CodeSha256: sha256(V1),
  Version: '$LATEST',
  TracingConfig: { Mode: 'PassThrough' },
  PackageType: 'Zip',
  Architectures: ['x86_64'],
  EphemeralStorage: { Size: 512 },
  SnapStart: { ApplyOn: 'None', OptimizationStatus: 'Off' },
  LoggingConfig: { LogFormat: 'Text', LogGroup: '/aws/lambda/hello' },
};
const PENDING = { State: 'Pending', StateReason: 'The function is being created.', StateReasonCode: 'Creating' };
const ACTIVE = { State: 'Active', LastUpdateStatus: 'Successful' };
const UPDATING = {
  State: 'Active',
  LastUpdateStatus: 'InProgress',
  LastUpdateStatusReason: 'The function is being created.',
  LastUpdateStatusReasonCode: 'Creating',
};

test('a function is created with AWS’s defaults, and every step of its life has its own revision', async (t) => {
  const gate = gated();
  const { lambda, idle } = await open(t, { prepare: gate.prepare });
  const revisions: unknown[] = [];
  const step = (answer: FunctionConfiguration, expected: object) => revisions.push(assertShows(answer, expected));

  const created = await lambda.createFunction(newFunction());
  assert.equal(created.$metadata.httpStatusCode, 201);
  step(created, { ...SHOWN, ...PENDING });
  await gate.pass(idle);
  const got = await lambda.getFunction({ FunctionName: 'hello' });
  step(got.Configuration ?? {}, { ...SHOWN, ...ACTIVE });
  assert.deepEqual([got.Code?.RepositoryType, got.Tags, got.Concurrency], ['S3', undefined, undefined]);

  step(await lambda.updateFunctionCode({ FunctionName: FARN, ZipFile: V2 }), { ...SHOWN, ...OF_V2, ...UPDATING });
  await gate.pass(idle);
  step(await lambda.getFunctionConfiguration({ FunctionName: 'hello' }), { ...SHOWN, ...OF_V2, ...ACTIVE });

  const changed = { ...SHOWN, ...OF_V2, Timeout: 900, Environment: { Variables: { AB: 'ü=' } } };
  step(
    await lambda.updateFunctionConfiguration({
      FunctionName: 'hello',
      Timeout: 900,
      Environment: { Variables: { AB: 'ü=' } },
    }),
    { ...changed, ...UPDATING },
  );
  await gate.pass(idle);
  step(await lambda.getFunctionConfiguration({ FunctionName: 'hello' }), { ...changed, ...ACTIVE });
  assert.equal(new Set(revisions).size, 6);

  const deleted = await lambda.deleteFunction({ FunctionName: 'hello' });
  assert.deepEqual([deleted.$metadata.httpStatusCode, deleted.StatusCode], [204, 204]);
  await refused(
    lambda.deleteFunction({ FunctionName: 'hello' }),
    'ResourceNotFoundException',
    `Function not found: ${FARN}`,
  );
});

const OF_V2 = { CodeSha256: sha256(V2), CodeSize: V2.length };

test('Code.Location is the link to exactly the bytes that were uploaded', async (t) => {
  const { lambda, functions } = await open(t);
  await lambda.createFunction(newFunction());
  const { Code } = await lambda.getFunction({ FunctionName: 'hello' });
  const digest = createHash('sha256').update(V1).digest('hex');
  assert.match(Code?.Location ?? '', new RegExp(`^http://127\\.0\\.0\\.1:\\d+/code/${digest}$`));
  const found = await functions.openCode(digest);
  assert.deepEqual(Buffer.concat(await Array.fromAsync(found?.content ?? [])), V1);
});

test('a function that failed shows the reason', async (t) => {
  const reason = 'The runtime nodejs22.x is not installed. Type: lambent runtime add nodejs22.x';
  const { lambda, idle } = await open(t, {
    prepare: async () => ({ ok: false, reasonCode: 'InvalidRuntime', reason }),
  });
  await lambda.createFunction(newFunction());
  await idle();
  const failed = { State: 'Failed', StateReason: reason, StateReasonCode: 'InvalidRuntime' };
  assertShows(await lambda.getFunctionConfiguration({ FunctionName: 'hello' }), { ...SHOWN, ...failed });
});

test('while a change is under way, others are refused', async (t) => {
  const gate = gated();
  const { lambda, idle } = await open(t, { prepare: gate.prepare });
  const FunctionName = 'hello';
  await lambda.createFunction(newFunction());
  await refused(lambda.updateFunctionCode({ FunctionName, ZipFile: V2 }), 'ResourceConflictException', IN_PROGRESS);
  await gate.pass(idle);
  await lambda.updateFunctionCode({ FunctionName, ZipFile: V2 });
  await refused(lambda.updateFunctionCode({ FunctionName, ZipFile: V1 }), 'ResourceConflictException', IN_PROGRESS);
  await refused(lambda.updateFunctionConfiguration({ FunctionName }), 'ResourceConflictException', IN_PROGRESS);
  await refused(lambda.publishVersion({ FunctionName }), 'ResourceConflictException', IN_PROGRESS);
  await gate.pass(idle);
  await lambda.updateFunctionConfiguration({ FunctionName });
});

test('every setting that can be given is shown, and only given ones are changed', async (t) => {
  const { lambda, idle } = await open(t);
  const given = {
    Description: 'd',
    Timeout: 900,
    MemorySize: 10_240,
    EphemeralStorage: { Size: 10_240 },
    Environment: { Variables: { AB: '', CD: '1' } },
    TracingConfig: { Mode: 'Active' as const },
    Architectures: ['arm64' as const],
    LoggingConfig: { LogFormat: 'JSON' as const, LogGroup: 'cool_lambda' },
  };
  const json = { LogFormat: 'JSON', LogGroup: 'cool_lambda', ApplicationLogLevel: 'INFO', SystemLogLevel: 'INFO' };
  const shown = { ...SHOWN, ...given, LoggingConfig: json };
  assertShows(await lambda.createFunction({ ...newFunction(), ...given }), { ...shown, ...PENDING });
  await idle();
  const update = async (change: Omit<UpdateFunctionConfigurationCommandInput, 'FunctionName'>, expected: object) => {
    assertShows(await lambda.updateFunctionConfiguration({ FunctionName: 'hello', ...change }), {
      ...shown,
      ...expected,
      ...UPDATING,
    });
    await idle();
  };
  await update({}, {});
  await update({ Environment: { Variables: {} } }, { Environment: { Variables: {} } });
  const debug = { ...json, ApplicationLogLevel: 'DEBUG' };
  const rest = { Environment: { Variables: {} } };
  await update({ LoggingConfig: { ApplicationLogLevel: 'DEBUG' } }, { ...rest, LoggingConfig: debug });
  await update(
    { LoggingConfig: { LogFormat: 'JSON', SystemLogLevel: 'WARN' } },
    { ...rest, LoggingConfig: { ...debug, SystemLogLevel: 'WARN' } },
  );
  await update(
    { LoggingConfig: { LogFormat: 'Text' } },
    { ...rest, LoggingConfig: { LogFormat: 'Text', LogGroup: 'cool_lambda' } },
  );
  await update({ LoggingConfig: { LogFormat: 'JSON' } }, { ...rest, LoggingConfig: json });
  await update(
    {
      Description: '',
      Layers: [],
      VpcConfig: { SubnetIds: [], SecurityGroupIds: [] },
      DeadLetterConfig: { TargetArn: '' },
      KMSKeyArn: '',
    },
    { ...rest, Description: '' },
  );
});

test('a dead-letter queue is a standard queue or topic, shown until it is taken away', async (t) => {
  const { lambda, idle } = await open(t);
  const to = (TargetArn: string) => ({ FunctionName: 'hello', DeadLetterConfig: { TargetArn } });
  const queue = 'arn:aws:sqs:eu-west-1:123456789012:dead';
  const topic = 'arn:aws:sns:eu-west-1:123456789012:dead';
  const created = await lambda.createFunction({ ...newFunction(), ...to(queue) });
  assert.deepEqual(created.DeadLetterConfig, { TargetArn: queue });
  await idle();
  assert.deepEqual((await lambda.updateFunctionConfiguration(to(topic))).DeadLetterConfig, { TargetArn: topic });
  await idle();
  const published = await lambda.publishVersion({ FunctionName: 'hello' });
  assert.deepEqual(published.DeadLetterConfig, { TargetArn: topic });
  await idle();
  for (const other of [
    'arn:aws:sqs:eu-west-1:123456789012:dead.fifo',
    'arn:aws:sns:eu-west-1:123456789012:dead.fifo',
    'arn:aws:kinesis:eu-west-1:123456789012:stream/dead',
    'arn:aws:lambda:eu-west-1:123456789012:function:dead',
  ]) {
    await refused(
      lambda.updateFunctionConfiguration(to(other)),
      'InvalidParameterValueException',
      /^Invalid dead letter/,
    );
  }
  // What is not given stays; without a target there is none any more.
  await lambda.updateFunctionConfiguration({ FunctionName: 'hello', Timeout: 4 });
  await idle();
  assert.deepEqual((await lambda.getFunctionConfiguration({ FunctionName: 'hello' })).DeadLetterConfig, {
    TargetArn: topic,
  });
  const without = await lambda.updateFunctionConfiguration({ FunctionName: 'hello', DeadLetterConfig: {} });
  assert.equal(without.DeadLetterConfig, undefined);
  await idle();
});

test('a text log has no levels', async (t) => {
  const { lambda, idle } = await open(t);
  const words =
    'LogLevel is not supported when LogFormat is set to "Text". Remove LogLevel from your request or change the LogFormat to "Json" and try again.';
  const isRefused = (act: Promise<unknown>) => refused(act, 'InvalidParameterValueException', words);
  const LoggingConfig = { LogFormat: 'Text' as const, ApplicationLogLevel: 'INFO' as const };
  await isRefused(lambda.createFunction({ ...newFunction(), LoggingConfig }));
  await isRefused(lambda.createFunction({ ...newFunction(), LoggingConfig: { SystemLogLevel: 'WARN' } }));
  await lambda.createFunction(newFunction());
  await idle();
  await isRefused(lambda.updateFunctionConfiguration({ FunctionName: 'hello', LoggingConfig }));
  const toJson = { LogFormat: 'JSON' as const, ApplicationLogLevel: 'INFO' as const };
  await lambda.updateFunctionConfiguration({ FunctionName: 'hello', LoggingConfig: toJson });
  await idle();
  await isRefused(lambda.updateFunctionConfiguration({ FunctionName: 'hello', LoggingConfig }));
});

test('code updates: dry run, revision, architecture, publish', async (t) => {
  const gate = gated();
  const { lambda, idle } = await open(t, { prepare: gate.prepare });
  const FunctionName = 'hello';
  await lambda.createFunction(newFunction());
  await gate.pass(idle);
  assertShows(await lambda.updateFunctionCode({ FunctionName, ZipFile: V2, DryRun: true }), {
    ...SHOWN,
    ...OF_V2,
    ...ACTIVE,
  });
  const { RevisionId } = await lambda.getFunctionConfiguration({ FunctionName });
  await refused(
    lambda.updateFunctionCode({ FunctionName, ZipFile: V2, RevisionId: 'other' }),
    'PreconditionFailedException',
    WRONG_REVISION,
  );
  const published = await lambda.updateFunctionCode({
    FunctionName,
    ZipFile: V2,
    RevisionId,
    Architectures: ['arm64'],
    Publish: true,
  });
  const arm = { ...SHOWN, ...OF_V2, Architectures: ['arm64'] };
  const version = { ...arm, FunctionArn: `${FARN}:1`, Version: '1' };
  const latest = { ...arm, FunctionArn: `${FARN}:$LATEST` };
  const versionRevision = assertShows(published, { ...version, ...PENDING });
  assertShows(await lambda.getFunctionConfiguration({ FunctionName, Qualifier: '1' }), { ...version, ...PENDING });
  const latestRevision = assertShows(await lambda.getFunctionConfiguration({ FunctionName, Qualifier: '$LATEST' }), {
    ...latest,
    ...UPDATING,
  });
  assert.notEqual(versionRevision, latestRevision);
  await gate.pass(idle);
  assertShows(await lambda.getFunctionConfiguration({ FunctionName: `${FARN}:1` }), { ...version, ...ACTIVE });
});

test('versions: published on create, published once for each change, listed, deleted', async (t) => {
  const { lambda, idle } = await open(t);
  const FunctionName = 'hello';
  const created = await lambda.createFunction({ ...newFunction(), Publish: true });
  assertShows(created, { ...SHOWN, Version: '1', ...PENDING });
  await idle();
  const version1 = await lambda.getFunctionConfiguration({ FunctionName, Qualifier: '1' });
  const latest = await lambda.getFunctionConfiguration({ FunctionName });
  const repeated = await lambda.publishVersion({ FunctionName, Description: 'ignored' });
  assert.equal(repeated.$metadata.httpStatusCode, 201);
  assert.deepEqual(plain(repeated), plain(version1));
  assert.deepEqual(plain(await lambda.getFunctionConfiguration({ FunctionName })), plain(latest));

  await lambda.updateFunctionConfiguration({ FunctionName, Description: 'Second version :))' });
  await idle();
  const { RevisionId } = await lambda.getFunctionConfiguration({ FunctionName });
  await refused(
    lambda.publishVersion({ FunctionName, RevisionId: 'other' }),
    'PreconditionFailedException',
    WRONG_REVISION,
  );
  await refused(
    lambda.publishVersion({ FunctionName, CodeSha256: 'abc=' }),
    'InvalidParameterValueException',
    `CodeSHA256 (abc=) is different from current CodeSHA256 in $LATEST (${sha256(V1)}). Please try again with the CodeSHA256 in $LATEST.`,
  );
  const second = await lambda.publishVersion({ FunctionName, RevisionId, CodeSha256: sha256(V1), Description: 'mine' });
  const version2 = { ...SHOWN, FunctionArn: `${FARN}:2`, Version: '2', Description: 'mine' };
  assertShows(second, { ...version2, ...ACTIVE });
  const after = await lambda.getFunctionConfiguration({ FunctionName });
  assert.equal(after.Description, 'Second version :))');
  assert.notEqual(after.RevisionId, RevisionId);

  const { Versions, NextMarker } = await lambda.listVersionsByFunction({ FunctionName });
  assert.equal(NextMarker, undefined);
  assert.deepEqual(
    Versions?.map(({ FunctionArn }) => FunctionArn),
    [`${FARN}:$LATEST`, `${FARN}:1`, `${FARN}:2`],
  );
  assert.deepEqual(
    Object.keys(Versions?.[1] ?? {}).filter((member) => /State|LastUpdate|RuntimeVersion/.test(member)),
    [],
  );
  const [first] = (await lambda.listVersionsByFunction({ FunctionName, MaxItems: 1 })).Versions ?? [];
  assert.equal(first?.Version, '$LATEST');

  const gone = await lambda.deleteFunction({ FunctionName, Qualifier: '1' });
  assert.equal(gone.$metadata.httpStatusCode, 204);
  await lambda.deleteFunction({ FunctionName, Qualifier: '1' });
  await lambda.deleteFunction({ FunctionName, Qualifier: '1221' });
  await refused(
    lambda.getFunction({ FunctionName, Qualifier: '1' }),
    'ResourceNotFoundException',
    `Function not found: ${FARN}:1`,
  );
  const left = await lambda.listVersionsByFunction({ FunctionName });
  assert.deepEqual(
    left.Versions?.map(({ Version }) => Version),
    ['$LATEST', '2'],
  );
});

test('what is not there is told in each operation’s own words', async (t) => {
  const { lambda } = await open(t);
  const FunctionName = 'hello';
  const missing = (promise: Promise<unknown>, text: string) => refused(promise, 'ResourceNotFoundException', text);
  await missing(lambda.getFunction({ FunctionName }), `Function not found: ${FARN}`);
  await missing(lambda.getFunction({ FunctionName, Qualifier: '$LATEST' }), `Function not found: ${FARN}:$LATEST`);
  await missing(lambda.getFunction({ FunctionName, Qualifier: '$latest' }), `Function not found: ${FARN}:$latest`);
  await missing(
    lambda.getFunction({ FunctionName, Qualifier: 'a'.repeat(65) }),
    `Function not found: ${FARN}:${'a'.repeat(65)}`,
  );
  await missing(lambda.getFunctionConfiguration({ FunctionName }), `Function not found: ${FARN}`);
  await missing(lambda.updateFunctionCode({ FunctionName, ZipFile: V1 }), `Function not found: ${FARN}`);
  await missing(lambda.updateFunctionConfiguration({ FunctionName }), `Function not found: ${FARN}`);
  await missing(lambda.publishVersion({ FunctionName }), `Function not found: ${FARN}`);
  await missing(lambda.listVersionsByFunction({ FunctionName }), `Function not found: ${FARN}`);
  await missing(lambda.deleteFunction({ FunctionName, Qualifier: '1' }), `Function not found: ${FARN}`);
  await missing(lambda.deleteFunction({ FunctionName, Qualifier: '$latest' }), `Function not found: ${FARN}`);
  await missing(lambda.listTags({ Resource: FARN }), `Function not found: ${FARN}`);
  await missing(lambda.getPolicy({ FunctionName }), 'The resource you requested does not exist.');
  await missing(lambda.removePermission({ FunctionName, StatementId: 's' }), `No policy found for: ${FARN}`);
  const undeletable = (Qualifier: string, text: string) =>
    refused(lambda.deleteFunction({ FunctionName, Qualifier }), 'InvalidParameterValueException', text);
  await undeletable('$LATEST', '$LATEST version cannot be deleted without deleting the function.');
  await undeletable('a'.repeat(65), 'Deletion of aliases is not currently supported.');
});

test('another account is denied without a word', async (t) => {
  const { lambda } = await open(t);
  const FunctionName = FARN.replace('123456789012', '999999999999');
  const error = await failure(lambda.getFunction({ FunctionName }));
  assert.deepEqual([error.name, error.$metadata.httpStatusCode], ['AccessDeniedException', 403]);
});

test('a wrong request is answered in AWS’s words, and makes no function', async (t) => {
  const { lambda, functions } = await open(t, { assumable: (role) => (role === ROLE ? 'assumable' : 'not-assumable') });
  const base = newFunction();
  const invalid = (change: object, text: string | RegExp) =>
    refused(lambda.createFunction({ ...base, ...change }), 'InvalidParameterValueException', text);
  const violates = (change: object, text: string | RegExp) =>
    refused(lambda.createFunction({ ...base, ...change }), 'ValidationException', text);
  const constraint = (value: string, path: string, tail: string) =>
    `1 validation error detected: Value ${value} at '${path}' failed to satisfy constraint: ${tail}`;

  const atMost = 'Member must have length less than or equal to';
  await violates(
    { FunctionName: 'a:b:c' },
    /Value 'a:b:c' at 'functionName' failed to satisfy constraint: Member must satisfy regular/,
  );
  await invalid({ FunctionName: 'a'.repeat(65) }, constraint(`'${'a'.repeat(65)}'`, 'functionName', `${atMost} 64`));
  const long = FARN.replace('hello', 'a'.repeat(140));
  await violates({ FunctionName: long }, constraint(`'${long}'`, 'functionName', `${atMost} 140`));
  await violates(
    { Role: 'r1' },
    constraint(
      "'r1'",
      'role',
      'Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+',
    ),
  );
  await invalid(
    { Role: 'arn:aws:iam::123456789012:role/other' },
    'The role defined for the function cannot be assumed by Lambda.',
  );
  await invalid(
    { Runtime: 'PYTHON3.9' },
    /^Value PYTHON3\.9 at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: \[nodejs20\.x, python3\.14, .*java8\.al2\] or be a valid ARN$/,
  );
  await invalid(
    { Runtime: 'nodejs14.x' },
    'The runtime parameter of nodejs14.x is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions.',
  );
  await invalid(
    { Runtime: undefined },
    'Runtime and Handler are mandatory parameters for functions created with deployment packages.',
  );
  await violates(
    { Architectures: ['x86_64', 'arm64'] },
    constraint("'[x86_64, arm64]'", 'architectures', `${atMost} 1`),
  );
  await violates(
    { Architectures: ['X86_64'] },
    constraint(
      "'[X86_64]'",
      'architectures',
      'Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]',
    ),
  );
  await violates({ Timeout: 901 }, constraint("'901'", 'timeout', 'Member must have value less than or equal to 900'));
  await violates({ Timeout: 0 }, constraint("'0'", 'timeout', 'Member must have value greater than or equal to 1'));
  await violates(
    { MemorySize: 127 },
    constraint("'127'", 'memorySize', 'Member must have value greater than or equal to 128'),
  );
  await invalid(
    { MemorySize: 10_241 },
    "'MemorySize' value failed to satisfy constraint: Member must have value less than or equal to 10240",
  );
  await violates(
    { EphemeralStorage: { Size: 511 } },
    constraint("'511'", 'ephemeralStorage.size', 'Member must have value greater than or equal to 512'),
  );
  await violates({ Description: 'd'.repeat(257) }, constraint(`'${'d'.repeat(257)}'`, 'description', `${atMost} 256`));
  await violates(
    { Handler: 'in dex' },
    constraint("'in dex'", 'handler', 'Member must satisfy regular expression pattern: [^\\s]+'),
  );
  await violates(
    { Environment: { Variables: { '1A': 'x' } } },
    constraint(
      "'{1A=x}'",
      'environment.variables',
      'Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]',
    ),
  );
  await invalid(
    { Environment: { Variables: { AWS_REGION: 'x', OK: '', AWS_SESSION_TOKEN: 'y' } } },
    /reserved keys .* Reserved keys used in this request: AWS_REGION, AWS_SESSION_TOKEN$/,
  );
  await violates({ LoggingConfig: { LogGroup: 'a b' } }, /'loggingConfig\.logGroup' .* \[\\\.\\-_\/#A-Za-z0-9\]\+$/);
  await violates(
    { SnapStart: { ApplyOn: 'Always' } },
    constraint("'Always'", 'snapStart.applyOn', 'Member must satisfy enum value set: [PublishedVersions, None]'),
  );
  await invalid(
    { SnapStart: { ApplyOn: 'PublishedVersions' } },
    'nodejs22.x is not supported for SnapStart enabled functions.',
  );
  await violates(
    { VpcConfig: { SubnetIds: ['bad'] } },
    /'\[bad\]' at 'vpcConfig\.subnetIds' .* pattern: subnet-\[0-9a-z\]\*, Member must not be null\]$/,
  );
  await invalid(
    { Code: { ZipFile: Buffer.from('no zip') } },
    'Could not unzip uploaded file. Please check your file, then try to upload again.',
  );
  await invalid({ Code: {} }, 'Please provide a source for function code.');
  await invalid(
    { Code: { S3Bucket: 'bucket', S3Key: 'key' } },
    'Error occurred while GetObject. S3 Error Code: NoSuchBucket. S3 Error Message: The specified bucket does not exist',
  );
  const tooMany = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`k${index}`, 'v']));
  await invalid({ Tags: tooMany }, 'Number of tags exceeds resource tag limit.');
  assert.deepEqual(functions.list({ account: '123456789012', region: 'eu-west-1' }), []);

  await lambda.createFunction(base);
  await refused(lambda.createFunction(base), 'ResourceConflictException', 'Function already exist: hello');
});

test('what Lambent cannot do yet is refused, not ignored', async (t) => {
  const { lambda, idle } = await open(t);
  const documented = readFileSync(new URL('../../../docs/compatibility.md', import.meta.url), 'utf8');
  const unsupported = async (change: object, member: string) => {
    await refused(
      lambda.createFunction({ ...newFunction(), ...change }),
      'InvalidParameterValueException',
      `Lambent does not support ${member} yet. Leave it out to go on without it.`,
    );
    for (const word of member.split(' ')) assert.ok(documented.includes(`\`${word}\``), `${word} is not documented`);
  };
  await unsupported({ VpcConfig: { SubnetIds: ['subnet-1'], SecurityGroupIds: ['sg-1'] } }, 'VpcConfig');
  await unsupported({ KMSKeyArn: KEY }, 'KMSKeyArn');
  await unsupported({ FileSystemConfigs: [{ Arn: FILE_SYSTEM, LocalMountPath: '/mnt/a' }] }, 'FileSystemConfigs');
  await unsupported({ ImageConfig: { Command: ['x'] } }, 'ImageConfig');
  await unsupported({ TenancyConfig: { TenantIsolationMode: 'PER_TENANT' } }, 'TenancyConfig');
  await unsupported({ CapacityProviderConfig: CAPACITY_PROVIDER }, 'CapacityProviderConfig');
  await unsupported({ PublishTo: 'LATEST_PUBLISHED' }, 'PublishTo');
  await unsupported({ Code: { ...newFunction().Code, SourceKMSKeyArn: KEY } }, 'SourceKMSKeyArn');
  await unsupported({ DurableConfig: { ExecutionTimeout: 60 } }, 'DurableConfig');
  await unsupported({ PackageType: 'Image', Code: { ImageUri: 'x' } }, 'PackageType Image');
  await lambda.createFunction(newFunction());
  await idle();
  await refused(
    lambda.updateFunctionConfiguration({ FunctionName: 'hello', ImageConfig: { Command: ['x'] } }),
    'InvalidParameterValueException',
    /does not support ImageConfig yet/,
  );
  await refused(
    lambda.updateFunctionCode({ FunctionName: 'hello', ImageUri: 'x' }),
    'InvalidParameterValueException',
    "Please don't provide ImageUri when updating a function with packageType Zip.",
  );
  assert.equal((await failure(lambda.listCapacityProviders({}))).name, 'NotImplemented');
});

test('variables may measure 4096 bytes as JSON, and no more', async (t) => {
  const { lambda } = await open(t);
  const fits = { KEY: 'x'.repeat(4_096 - '{"KEY":""}'.length) };
  await lambda.createFunction({ ...newFunction(), Environment: { Variables: fits } });
  const tooLarge = { KEY: `${fits.KEY}x` };
  await refused(
    lambda.createFunction({ ...newFunction(), FunctionName: 'other', Environment: { Variables: tooLarge } }),
    'InvalidParameterValueException',
    `Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. String measured: ${JSON.stringify(tooLarge)}`,
  );
});

test('a zip that is too large is refused with its limit', async (t) => {
  const limits = { zippedBytesMax: V1.length, unzippedBytesMax: 100, entriesMax: 10, totalCodeBytesMax: 10_000 };
  const { lambda } = await open(t, { limits });
  await lambda.createFunction(newFunction());
  const large = await zipOf({ 'index.js': 'x'.repeat(101) });
  const create = (ZipFile: Buffer) =>
    lambda.createFunction({ ...newFunction(), FunctionName: 'other', Code: { ZipFile } });
  const error = await refused(
    create(Buffer.alloc(V1.length + 1)),
    'RequestEntityTooLargeException',
    `Zipped size must be smaller than ${V1.length} bytes`,
  );
  assert.equal(error.$metadata.httpStatusCode, 413);
  assert.ok(large.length <= V1.length, 'only the content is too large');
  await refused(create(large), 'InvalidParameterValueException', 'Unzipped size must be smaller than 100 bytes');
});

test('a full disk is told to the client, and nothing of the function is there', async (t) => {
  const full = new StorageFull('write to the store', { cause: new Error('ENOSPC') });
  const wrapRecords = (records: Records): Records => ({ ...records, put: () => Promise.reject(full) });
  const { lambda } = await open(t, { wrapRecords });
  const error = await refused(lambda.createFunction(newFunction()), 'ServiceException', full.message);
  assert.equal(error.$metadata.httpStatusCode, 500);
  await refused(
    lambda.getFunction({ FunctionName: 'hello' }),
    'ResourceNotFoundException',
    `Function not found: ${FARN}`,
  );
});

test('functions are listed by name, 50 on a page at most', async (t) => {
  const { lambda } = await open(t);
  const names = Array.from({ length: 52 }, (_, index) => `f${String(index).padStart(2, '0')}`);
  await Promise.all(
    names.map((FunctionName) =>
      lambda.createFunction({ ...newFunction(), FunctionName, Publish: FunctionName === 'f01' }),
    ),
  );
  const first = await lambda.listFunctions({ MaxItems: 10_000 });
  assert.equal(first.Functions?.length, 50);
  const second = await lambda.listFunctions({ Marker: first.NextMarker });
  assert.equal(second.NextMarker, undefined);
  const listed = [...(first.Functions ?? []), ...(second.Functions ?? [])];
  assert.deepEqual(
    listed.map(({ FunctionName }) => FunctionName),
    names,
  );
  assert.equal(listed[0]?.FunctionArn, FARN.replace('hello', 'f00'));
  assert.deepEqual(
    Object.keys(listed[0] ?? {}).filter((member) => /State|LastUpdate|RuntimeVersion/.test(member)),
    [],
  );
  const all = await lambda.listFunctions({ FunctionVersion: 'ALL', MaxItems: 3 });
  assert.deepEqual(
    all.Functions?.map(({ FunctionArn }) => FunctionArn?.slice(FARN.length - 5)),
    ['f00:$LATEST', 'f01:$LATEST', 'f01:1'],
  );
  const next = await lambda.listFunctions({ FunctionVersion: 'ALL', MaxItems: 1, Marker: all.NextMarker });
  assert.equal(next.Functions?.[0]?.FunctionName, 'f02');
  await refused(
    lambda.listFunctions({ FunctionVersion: 'invalid' as 'ALL' }),
    'ValidationException',
    "1 validation error detected: Value 'invalid' at 'functionVersion' failed to satisfy constraint: Member must satisfy enum value set: [ALL]",
  );
  await refused(
    lambda.listFunctions({ MaxItems: 10_001 }),
    'ValidationException',
    /'maxItems' .* less than or equal to 10000$/,
  );
  await refused(lambda.listFunctions({ Marker: 'nonsense' }), 'InvalidParameterValueException', 'Invalid Marker');
});

test('account settings count functions and code, each version once more', async (t) => {
  const { lambda } = await open(t);
  await lambda.createFunction({ ...newFunction(), Publish: true });
  const { AccountLimit, AccountUsage } = await lambda.getAccountSettings({});
  assert.deepEqual(AccountLimit, {
    TotalCodeSize: 80_530_636_800,
    CodeSizeUnzipped: 262_144_000,
    CodeSizeZipped: 52_428_800,
    ConcurrentExecutions: 1_000,
    UnreservedConcurrentExecutions: 1_000,
  });
  assert.deepEqual(AccountUsage, { TotalCodeSize: V1.length * 2, FunctionCount: 1 });
});

test('tags: given, overwritten, taken, limited', async (t) => {
  const { lambda, idle } = await open(t);
  await lambda.createFunction({ ...newFunction(), Tags: { A: 'tag-a' } });
  await idle();
  const revision = async () => (await lambda.getFunctionConfiguration({ FunctionName: 'hello' })).RevisionId;
  const before = await revision();
  assert.equal(
    (await lambda.tagResource({ Resource: FARN, Tags: { A: 'new', B: 'tag b' } })).$metadata.httpStatusCode,
    204,
  );
  assert.notEqual(await revision(), before);
  assert.deepEqual((await lambda.listTags({ Resource: FARN })).Tags, { A: 'new', B: 'tag b' });
  assert.deepEqual((await lambda.getFunction({ FunctionName: 'hello' })).Tags, { A: 'new', B: 'tag b' });
  assert.equal((await lambda.untagResource({ Resource: FARN, TagKeys: ['A', 'Z'] })).$metadata.httpStatusCode, 204);
  await lambda.untagResource({ Resource: FARN, TagKeys: ['B'] });
  assert.deepEqual((await lambda.listTags({ Resource: FARN })).Tags, {});
  assert.equal((await lambda.getFunction({ FunctionName: 'hello' })).Tags, undefined);

  const tags = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`${index}_key`, 'v']));
  const invalid = (promise: Promise<unknown>, text: string) => refused(promise, 'InvalidParameterValueException', text);
  await invalid(lambda.tagResource({ Resource: FARN, Tags: tags(51) }), 'Number of tags exceeds resource tag limit.');
  await lambda.tagResource({ Resource: FARN, Tags: tags(50) });
  await invalid(
    lambda.tagResource({ Resource: FARN, Tags: { a_key: '' } }),
    'Number of tags exceeds resource tag limit.',
  );
  for (const key of ['aws:owner', 'AWS:']) {
    const reserved = 'aws: prefixed tag key names are not allowed for external use.';
    await invalid(lambda.tagResource({ Resource: FARN, Tags: { [key]: 'v' } }), reserved);
    await invalid(lambda.createFunction({ ...newFunction(), FunctionName: 'other', Tags: { [key]: 'v' } }), reserved);
  }
  await invalid(
    lambda.tagResource({ Resource: FARN, Tags: {} }),
    'An error occurred and the request cannot be processed.',
  );
  await invalid(
    lambda.tagResource({ Resource: `${FARN}:1`, Tags: { A: '' } }),
    'Tags on function aliases and versions are not supported. Please specify a function ARN.',
  );
  await refused(
    lambda.untagResource({ Resource: FARN, TagKeys: [] }),
    'ValidationException',
    "1 validation error detected: Value null at 'tagKeys' failed to satisfy constraint: Member must not be null",
  );
  await refused(
    lambda.listTags({ Resource: 'arn:aws:something' }),
    'ValidationException',
    /^1 validation error detected: Value 'arn:aws:something' at 'resource' failed/,
  );
  const mapping = FARN.replace('function:hello', 'event-source-mapping:6d9bce8e-836b-442c-8070-74e77903c815');
  await refused(
    lambda.listTags({ Resource: mapping }),
    'ResourceNotFoundException',
    `Event source mapping not found: ${mapping}`,
  );
});

test('permissions make the statements that AWS makes', async (t) => {
  const { lambda } = await open(t);
  await lambda.createFunction(newFunction());
  const statement = async (StatementId: string, Principal: string, more: object, expected: object) => {
    const added = await lambda.addPermission({
      FunctionName: 'hello',
      StatementId,
      Principal,
      Action: 'lambda:InvokeFunction',
      ...more,
    });
    assert.equal(added.$metadata.httpStatusCode, 201);
    const shown = {
      Sid: StatementId,
      Effect: 'Allow',
      Principal,
      Action: 'lambda:InvokeFunction',
      Resource: FARN,
      ...expected,
    };
    assert.equal(added.Statement, JSON.stringify(shown)); // Members in AWS's order.
    return added.Statement;
  };
  const s3 = { Service: 's3.amazonaws.com' };
  const arn = 'arn:aws:s3:::bucket';
  const statements = [
    await statement(
      's3',
      's3.amazonaws.com',
      { SourceArn: arn },
      { Principal: s3, Condition: { ArnLike: { 'AWS:SourceArn': arn } } },
    ),
    await statement('everybody', '*', {}, {}),
    await statement('account', '210987654321', {}, { Principal: { AWS: 'arn:aws:iam::210987654321:root' } }),
    await statement(
      'user',
      'arn:aws:iam::123456789012:user/u',
      {},
      { Principal: { AWS: 'arn:aws:iam::123456789012:user/u' } },
    ),
    await statement(
      'url',
      '*',
      {
        Action: 'lambda:InvokeFunctionUrl',
        SourceArn: arn,
        SourceAccount: '123456789012',
        FunctionUrlAuthType: 'NONE',
        PrincipalOrgID: 'o-1234567890',
      },
      {
        Action: 'lambda:InvokeFunctionUrl',
        Condition: {
          StringEquals: {
            'AWS:SourceAccount': '123456789012',
            'lambda:FunctionUrlAuthType': 'NONE',
            'aws:PrincipalOrgID': 'o-1234567890',
          },
          ArnLike: { 'AWS:SourceArn': arn },
        },
      },
    ),
    await statement(
      'via-url',
      '*',
      { InvokedViaFunctionUrl: true },
      { Condition: { Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } } },
    ),
    await statement(
      'alexa',
      '*',
      { EventSourceToken: 'amzn1.ask' },
      { Condition: { StringEquals: { 'lambda:EventSourceToken': 'amzn1.ask' } } },
    ),
  ];
  const { Policy } = await lambda.getPolicy({ FunctionName: 'hello' });
  assert.equal(Policy, `{"Version":"2012-10-17","Id":"default","Statement":[${statements.join(',')}]}`);
});

test('a policy belongs to one qualifier and has revisions of its own', async (t) => {
  const { lambda, idle } = await open(t);
  const FunctionName = 'hello';
  await lambda.createFunction(newFunction());
  await idle();
  const s3 = { StatementId: 's3', Principal: 's3.amazonaws.com', Action: 'lambda:InvokeFunction' };
  const { RevisionId: functionRevision } = await lambda.getFunctionConfiguration({ FunctionName });
  await lambda.addPermission({ FunctionName, ...s3, RevisionId: functionRevision });
  const policyRevision = async (Qualifier?: string) => (await lambda.getPolicy({ FunctionName, Qualifier })).RevisionId;
  const first = await policyRevision();
  assert.equal((await lambda.getFunctionConfiguration({ FunctionName })).RevisionId, functionRevision);
  await lambda.publishVersion({ FunctionName });
  assert.equal(await policyRevision(), first);
  await refused(
    lambda.getPolicy({ FunctionName, Qualifier: '1' }),
    'ResourceNotFoundException',
    'The resource you requested does not exist.',
  );
  const onVersion = await lambda.addPermission({ FunctionName: `${FARN}:1`, Qualifier: '1', ...s3 });
  assert.equal(JSON.parse(onVersion.Statement ?? '').Resource, `${FARN}:1`);
  assert.equal(await policyRevision(), first);

  const wrong =
    'The Revision Id provided does not match the latest Revision Id. Call the GetPolicy API to retrieve the latest Revision Id';
  const more = { ...s3, StatementId: 's3-2' };
  await refused(
    lambda.addPermission({ FunctionName, ...more, RevisionId: functionRevision }),
    'PreconditionFailedException',
    wrong,
  );
  await lambda.addPermission({ FunctionName, ...more, RevisionId: first });
  assert.notEqual(await policyRevision(), first);
  await refused(
    lambda.removePermission({ FunctionName, StatementId: 's3', RevisionId: first }),
    'PreconditionFailedException',
    wrong,
  );
  const removed = await lambda.removePermission({
    FunctionName,
    StatementId: 's3',
    RevisionId: await policyRevision(),
  });
  assert.equal(removed.$metadata.httpStatusCode, 204);
  await refused(
    lambda.removePermission({ FunctionName, StatementId: 's3' }),
    'ResourceNotFoundException',
    'Statement s3 is not found in resource policy.',
  );
  await lambda.removePermission({ FunctionName, StatementId: 's3-2' });
  await refused(
    lambda.getPolicy({ FunctionName }),
    'ResourceNotFoundException',
    'The resource you requested does not exist.',
  );
  await refused(
    lambda.removePermission({ FunctionName, StatementId: 's3' }),
    'ResourceNotFoundException',
    'No policy is associated with the given resource.',
  );
});

test('a wrong permission is answered in AWS’s words', async (t) => {
  const { lambda } = await open(t);
  await lambda.createFunction(newFunction());
  const s3 = {
    FunctionName: 'hello',
    StatementId: 's3',
    Principal: 's3.amazonaws.com',
    Action: 'lambda:InvokeFunction',
  };
  const wrong = (change: object, code: string, text: string | RegExp) =>
    refused(lambda.addPermission({ ...s3, ...change }), code, text);
  await wrong(
    { StatementId: 'example.com' },
    'ValidationException',
    "1 validation error detected: Value 'example.com' at 'statementId' failed to satisfy constraint: Member must satisfy regular expression pattern: ([a-zA-Z0-9-_]+)",
  );
  for (const Action of ['lambda:InvokeFunction', 'lambda:*', '*']) {
    await wrong(
      { Action, FunctionUrlAuthType: 'NONE' },
      'InvalidParameterValueException',
      'FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action',
    );
  }
  await wrong({ StatementId: 's'.repeat(101) }, 'ValidationException', /length less than or equal to 100$/);
  await wrong(
    { Qualifier: '$LATEST' },
    'InvalidParameterValueException',
    'We currently do not support adding policies for $LATEST.',
  );
  await wrong(
    { Principal: 'invalid.nonaws.com' },
    'InvalidParameterValueException',
    'The provided principal was invalid. Please check the principal and try again.',
  );
  await wrong(
    { FunctionName: 'doesnotexist' },
    'ResourceNotFoundException',
    `Function not found: ${FARN.replace('hello', 'doesnotexist')}`,
  );
  await wrong({ Qualifier: 'alias' }, 'ResourceNotFoundException', `Cannot find alias arn: ${FARN}:alias`);
  await wrong({ Qualifier: '42' }, 'ResourceNotFoundException', `Function not found: ${FARN}:42`);
  await wrong(
    { Qualifier: 'valid-with-$-but' },
    'ResourceNotFoundException',
    `Function not found: ${FARN}:valid-with-$-but`,
  );
  await wrong(
    { Qualifier: 'with-?' },
    'ValidationException',
    /^1 validation error detected: Value 'with-\?' at 'qualifier'/,
  );
  await wrong(
    { FunctionName: 'hello:1', Qualifier: '2' },
    'InvalidParameterValueException',
    'The derived qualifier from the function name does not match the specified qualifier.',
  );
  await lambda.addPermission({ ...s3, StatementId: 's'.repeat(100) });
  await lambda.addPermission(s3);
  await wrong(
    {},
    'ResourceConflictException',
    'The statement id (s3) provided already exists. Please provide a new statement id, or remove the existing statement.',
  );
});

test('a policy takes 20480 bytes, and not one more', async (t) => {
  const { lambda } = await open(t);
  await lambda.createFunction(newFunction());
  const add = (StatementId: string, filler: number) =>
    lambda.addPermission({
      FunctionName: 'hello',
      StatementId,
      Principal: '*',
      Action: 'lambda:InvokeFunction',
      SourceArn: `arn:aws:s3:::${'x'.repeat(filler)}`,
    });
  await add('a', 6_000);
  await add('c', 6_000);
  const { Policy = '' } = await lambda.getPolicy({ FunctionName: 'hello' });
  const { Statement = '' } = await add('b', 1);
  const left = 20_480 - (Policy.length + 1 + Statement.length);
  await lambda.removePermission({ FunctionName: 'hello', StatementId: 'b' });
  await refused(
    add('b', 1 + left + 1),
    'PolicyLengthExceededException',
    'The final policy size (20481) is bigger than the limit (20480).',
  );
  await add('b', 1 + left);
});

function newFunction(): CreateFunctionCommandInput {
  return { FunctionName: 'hello', Runtime: 'nodejs22.x', Role: ROLE, Handler: 'index.handler', Code: { ZipFile: V1 } };
}

/** A client and a server for one test. `idle` waits until nothing is being prepared. */
async function open(t: TestContext, options: TestOptions = {}) {
  const opened = await testFunctions({ uuid: () => crypto.randomUUID(), ...options });
  t.after(() => opened[Symbol.asyncDispose]());
  const { functions } = opened;
  const server = await serve(t, [lambdaService(functions, (digest, { origin }) => `${origin}/code/${digest}`)]);
  const lambda = new Lambda(noting(clientOf(server)));
  t.after(() => lambda.destroy());
  return { lambda, functions, idle: () => functions.idle() };
}

/** Preparation that waits until it is let pass. */
function gated() {
  let opening = Promise.withResolvers<void>();
  return {
    prepare: (): Promise<Outcome> => opening.promise.then(() => ({ ok: true })),
    async pass(idle: () => Promise<void>) {
      opening.resolve();
      await idle();
      opening = Promise.withResolvers<void>();
    },
  };
}

/** Checks every member, those that differ from run to run by their form. Answers the revision id. */
function assertShows(answer: FunctionConfiguration, expected: object): string | undefined {
  const { RevisionId, LastModified, RuntimeVersionConfig, ...rest } = plain(answer);
  assert.deepEqual(rest, expected);
  assert.match(RevisionId ?? '', UUID);
  assert.match(LastModified ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/);
  assert.match(RuntimeVersionConfig?.RuntimeVersionArn ?? '', /^arn:aws:lambda:eu-west-1::runtime:[0-9a-f]{64}$/);
  return RevisionId;
}

function plain<Answer extends object>(answer: Answer): Answer {
  return JSON.parse(JSON.stringify({ ...answer, $metadata: undefined }));
}

interface Failure {
  name: string;
  message: string;
  $metadata: { httpStatusCode?: number };
}

function failure(promise: Promise<unknown>): Promise<Failure> {
  return promise.then(
    () => assert.fail('it was not refused'),
    (error: Failure) => error,
  );
}

async function refused(promise: Promise<unknown>, name: string, message: string | RegExp): Promise<Failure> {
  const error = await failure(promise);
  assert.equal(error.name, name, error.message);
  if (typeof message === 'string') assert.equal(error.message, message);
  else assert.match(error.message, message);
  return error;
}
