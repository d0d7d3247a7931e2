// What AWS has been seen to answer, as cases: each request is sent to a real server with the official client, and the
// whole answer is held against what was recorded: status, error code, text, members. The numbers name the sections of
// lambda-facts. Cases of one section run in their order, on functions of their own.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { zipOf } from './deploy.ts';
import { type Answer, assertRecorded, type Case, type Refusal, recorder } from './recorded.ts';
import { cleanUpOf, lambdaClient, ROLE, serve, settled } from './server.ts';

const REGION = 'us-east-1';
const ACCOUNT = '000000000000';
const LARN = `arn:aws:lambda:${REGION}:${ACCOUNT}`;
const FARN = `${LARN}:function`;
const QUEUE = `arn:aws:sqs:${REGION}:${ACCOUNT}:queue`;
const STREAM = `arn:aws:kinesis:${REGION}:${ACCOUNT}:stream/s`;
const TABLE = `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/t/stream/2024-01-01T00:00:00.000`;
const UUID = /^[0-9a-f-]{36}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/;
const any = undefined;

const NAME_TO_CHANGE =
  '(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?';
const NAME_TO_READ =
  '(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_\\.]+)(:(\\$LATEST(\\.PUBLISHED)?|[a-zA-Z0-9-_]+))?';
const QUALIFIER = '\\$(LATEST(\\.PUBLISHED)?)|[a-zA-Z0-9-_$]+';

const zip = await zipOf({ 'index.js': 'exports.handler = async () => 1;' });
const otherZip = await zipOf({ 'index.js': 'exports.handler = async () => 2;' });
const code = { Runtime: 'nodejs22.x', Handler: 'index.handler', Role: ROLE, Code: { ZipFile: zip } };
const layerContent = { Content: { ZipFile: zip } };
const long = (count: number) => 'a'.repeat(count);

const refusal = (
  status: number,
  name: string,
  message: Refusal['message'],
  rest: { untyped?: true } = {},
): Refusal => ({
  status,
  code: name,
  message,
  ...rest,
});
const invalid = (message: string | RegExp) => refusal(400, 'InvalidParameterValueException', message);
const invalidUntyped = (message: string) => refusal(400, 'InvalidParameterValueException', message, { untyped: true });
const missing = (message: string) => refusal(404, 'ResourceNotFoundException', message);
const conflict = (message: string) => refusal(409, 'ResourceConflictException', message);
const stale = (call: string) =>
  refusal(
    412,
    'PreconditionFailedException',
    `The Revision Id provided does not match the latest Revision Id. Call the ${call} API to retrieve the latest Revision Id`,
  );
/** Each constraint as `value at 'member'` and what the member must be. */
const broken = (...constraints: readonly (readonly [value: string, member: string, must: string])[]) => {
  const texts = constraints.map(
    ([value, member, must]) => `Value ${value} at '${member}' failed to satisfy constraint: Member must ${must}`,
  );
  const count = texts.length === 1 ? '1 validation error' : `${texts.length} validation errors`;
  return refusal(400, 'ValidationException', `${count} detected: ${texts.join('; ')}`, { untyped: true });
};
const pattern = (value: string, member: string, expression: string) =>
  [`'${value}'`, member, `satisfy regular expression pattern: ${expression}`] as const;

/** What a function's configuration shows when it was created with nothing but `code`. */
const DEFAULTS = {
  Runtime: 'nodejs22.x',
  Role: ROLE,
  Handler: 'index.handler',
  CodeSize: zip.length,
  Description: '',
  Timeout: 3,
  MemorySize: 128,
  LastModified: TIME,
  CodeSha256: any,
  TracingConfig: { Mode: 'PassThrough' },
  RevisionId: UUID,
  PackageType: 'Zip',
  Architectures: [process.arch === 'arm64' ? 'arm64' : 'x86_64'],
  EphemeralStorage: { Size: 512 },
  SnapStart: { ApplyOn: 'None', OptimizationStatus: 'Off' },
};
const RUNTIME_VERSION = {
  RuntimeVersionConfig: { RuntimeVersionArn: /^arn:aws:lambda:us-east-1::runtime:[0-9a-f]{64}$/ },
};
const LOGGING = (name: string) => ({ LoggingConfig: { LogFormat: 'Text', LogGroup: `/aws/lambda/${name}` } });
const PENDING = { State: 'Pending', StateReason: 'The function is being created.', StateReasonCode: 'Creating' };
const ACTIVE = { State: 'Active', LastUpdateStatus: 'Successful' };
const UPDATING = {
  State: 'Active',
  LastUpdateStatus: 'InProgress',
  LastUpdateStatusReason: 'The function is being created.',
  LastUpdateStatusReasonCode: 'Creating',
};
const named = (name: string, version = '$LATEST', qualifier = '') => ({
  FunctionName: name,
  FunctionArn: `${FARN}:${name}${qualifier && `:${qualifier}`}`,
  Version: version,
  ...LOGGING(name),
});

/** Not as recorded: AWS shows it for streams only, and says "No records processed"; here nothing is polled yet. */
const NOT_POLLED = { LastProcessingResult: /^PROBLEM: Lambent does not poll / };

type Send = (operation: string, input?: object) => Promise<Answer>;

/** Cases, in their order; `settle` waits until a function is neither created nor updated. */
interface Section {
  readonly title: string;
  readonly given?: (send: Send, settle: (name: string) => Promise<void>) => Promise<unknown>;
  /** Functions to wait for after each case. */
  readonly settles?: string;
  readonly cases: readonly Case[];
}

const create =
  (name: string, more: object = {}): Section['given'] =>
  async (send, settle) => {
    const { status, body } = await send('CreateFunction', { FunctionName: name, ...code, ...more });
    assert.equal(status, 201, body);
    await settle(name);
  };

/** With versions 1 and 2, and the alias `live` of version 1. */
const withVersions =
  (name: string): Section['given'] =>
  async (send, settle) => {
    await create(name)?.(send, settle);
    for (const Description of ['one', 'two']) {
      await send('UpdateFunctionConfiguration', { FunctionName: name, Description });
      await settle(name);
      await send('PublishVersion', { FunctionName: name });
    }
    await send('CreateAlias', { FunctionName: name, Name: 'live', FunctionVersion: '1' });
  };

const SECTIONS: readonly Section[] = [
  {
    title: '2 names and qualifiers',
    given: withVersions('names'),
    cases: [
      {
        says: 'a name of 65 characters is too long for a new function',
        operation: 'CreateFunction',
        input: { ...code, FunctionName: long(65) },
        answer: invalid(
          `1 validation error detected: Value '${long(65)}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 64`,
        ),
      },
      {
        says: 'a name of 65 characters is not found',
        operation: 'GetFunction',
        input: { FunctionName: long(65) },
        answer: missing(`Function not found: ${FARN}:${long(65)}`),
      },
      {
        says: 'nor deleted',
        operation: 'DeleteFunction',
        input: { FunctionName: long(65) },
        answer: missing(`Function not found: ${FARN}:${long(65)}`),
      },
      {
        says: 'nor invoked, where $LATEST is meant',
        operation: 'Invoke',
        input: { FunctionName: long(65) },
        answer: missing(`Function not found: ${FARN}:${long(65)}:$LATEST`),
      },
      {
        says: 'of a name that is too long, and in a region that is none, both are told, the length first',
        operation: 'CreateFunction',
        input: { ...code, FunctionName: `arn:aws:lambda:invalid-region:${ACCOUNT}:function:${long(140)}` },
        answer: broken(
          [
            `'arn:aws:lambda:invalid-region:${ACCOUNT}:function:${long(140)}'`,
            'functionName',
            'have length less than or equal to 140',
          ],
          pattern(`arn:aws:lambda:invalid-region:${ACCOUNT}:function:${long(140)}`, 'functionName', NAME_TO_CHANGE),
        ),
      },
      {
        says: 'a new function’s name has no two colons',
        operation: 'CreateFunction',
        input: { ...code, FunctionName: 'a:b:c' },
        answer: broken(pattern('a:b:c', 'functionName', NAME_TO_CHANGE)),
      },
      {
        says: 'an odd character is told with the whole pattern',
        operation: 'GetFunction',
        input: { FunctionName: 'my-function!' },
        answer: broken(pattern('my-function!', 'functionName', NAME_TO_READ)),
      },
      {
        says: 'a qualifier has 128 characters at most',
        operation: 'GetFunction',
        input: { FunctionName: 'names', Qualifier: long(129) },
        answer: broken([`'${long(129)}'`, 'qualifier', 'have length less than or equal to 128']),
      },
      {
        says: 'a qualifier’s error comes before the name’s',
        operation: 'GetFunction',
        input: { FunctionName: 'my-function!', Qualifier: 'invalid!' },
        answer: broken(
          pattern('invalid!', 'qualifier', QUALIFIER),
          pattern('my-function!', 'functionName', NAME_TO_READ),
        ),
      },
      {
        says: 'two qualifiers that differ contradict each other',
        operation: 'GetFunction',
        input: { FunctionName: `${FARN}:names:1`, Qualifier: '$LATEST' },
        answer: invalid('The derived qualifier from the function name does not match the specified qualifier.'),
      },
      {
        says: 'two that are the same are one',
        operation: 'GetFunctionConfiguration',
        input: { FunctionName: `${FARN}:names:1`, Qualifier: '1' },
        answer: { status: 200, shows: { FunctionArn: `${FARN}:names:1` } },
      },
      {
        says: 'a long qualifier is looked for like an alias',
        operation: 'GetFunction',
        input: { FunctionName: 'names', Qualifier: long(65) },
        answer: missing(`Function not found: ${FARN}:names:${long(65)}`),
      },
      {
        says: 'and is not deleted, as no alias is this way',
        operation: 'DeleteFunction',
        input: { FunctionName: 'names', Qualifier: long(65) },
        answer: invalid('Deletion of aliases is not currently supported.'),
      },
      {
        says: '$latest is not $LATEST',
        operation: 'GetFunction',
        input: { FunctionName: 'names', Qualifier: '$latest' },
        answer: missing(`Function not found: ${FARN}:names:$latest`),
      },
      {
        says: 'nor is it for an invocation',
        operation: 'Invoke',
        input: { FunctionName: 'names', Qualifier: '$latest' },
        answer: missing(`Function not found: ${FARN}:names:$latest`),
      },
      {
        says: 'nor for a deletion, which names the function alone',
        operation: 'DeleteFunction',
        input: { FunctionName: 'names', Qualifier: '$latest' },
        answer: missing(`Function not found: ${FARN}:names`),
      },
      {
        says: 'an ARN without a name is that of a function called function',
        operation: 'GetFunction',
        input: { FunctionName: `${LARN}:function` },
        answer: missing(`Function not found: ${FARN}:function`),
      },
      {
        says: 'another region is told with both',
        operation: 'GetFunction',
        input: { FunctionName: `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:names` },
        answer: missing(`Functions from 'eu-west-1' are not reachable in this region ('${REGION}')`),
      },
      {
        says: 'another account is closed',
        operation: 'GetFunction',
        input: { FunctionName: `arn:aws:lambda:${REGION}:111111111111:function:names` },
        answer: refusal(403, 'AccessDeniedException', null, { untyped: true }),
      },
      {
        says: 'a version that is not there is not found',
        operation: 'GetFunction',
        input: { FunctionName: 'names', Qualifier: '1221' },
        answer: missing(`Function not found: ${FARN}:names:1221`),
      },
      {
        says: 'and deleting it is no error',
        operation: 'DeleteFunction',
        input: { FunctionName: 'names', Qualifier: '1221' },
        answer: { status: 204 },
      },
      {
        says: 'a version of a function that is not there is told without its number',
        operation: 'DeleteFunction',
        input: { FunctionName: 'unknown', Qualifier: '1' },
        answer: missing(`Function not found: ${FARN}:unknown`),
      },
      {
        says: '$LATEST is not deleted by itself',
        operation: 'DeleteFunction',
        input: { FunctionName: 'names', Qualifier: '$LATEST' },
        answer: invalid('$LATEST version cannot be deleted without deleting the function.'),
      },
      {
        says: 'with $LATEST the ARN ends with it',
        operation: 'GetFunctionConfiguration',
        input: { FunctionName: 'names', Qualifier: '$LATEST' },
        answer: { status: 200, shows: { FunctionArn: `${FARN}:names:$LATEST`, Version: '$LATEST' } },
      },
      {
        says: 'with an alias the ARN ends with it, and the version is the alias’s',
        operation: 'GetFunctionConfiguration',
        input: { FunctionName: 'names', Qualifier: 'live' },
        answer: { status: 200, shows: { FunctionArn: `${FARN}:names:live`, Version: '1', Description: 'one' } },
      },
    ],
  },
  {
    title: '3.1 creating',
    settles: 'created',
    cases: [
      {
        says: 'a function is Pending at first, with every default',
        operation: 'CreateFunction',
        input: { FunctionName: 'created', ...code },
        answer: { status: 201, body: { ...DEFAULTS, ...named('created'), ...RUNTIME_VERSION, ...PENDING } },
      },
      {
        says: 'then it is Active, without a reason',
        operation: 'GetFunctionConfiguration',
        input: { FunctionName: 'created' },
        answer: { status: 200, body: { ...DEFAULTS, ...named('created'), ...RUNTIME_VERSION, ...ACTIVE } },
      },
      {
        says: 'and is shown with a link to its code, without tags and concurrency that it has not',
        operation: 'GetFunction',
        input: { FunctionName: 'created' },
        answer: {
          status: 200,
          body: {
            Configuration: { ...DEFAULTS, ...named('created'), ...RUNTIME_VERSION, ...ACTIVE },
            Code: { RepositoryType: 'S3', Location: /^http/ },
          },
        },
      },
      {
        says: 'there is one function of a name',
        operation: 'CreateFunction',
        input: { FunctionName: 'created', ...code },
        answer: conflict('Function already exist: created'),
      },
      {
        says: 'published at once it is version 1 under the function’s own ARN',
        operation: 'CreateFunction',
        input: { FunctionName: 'published', ...code, Publish: true },
        answer: { status: 201, shows: { FunctionArn: `${FARN}:published`, Version: '1' } },
      },
      {
        says: 'no variables are echoed as none',
        operation: 'CreateFunction',
        input: { FunctionName: 'no-variables', ...code, Environment: { Variables: {} } },
        answer: { status: 201, shows: { Environment: { Variables: {} } } },
      },
      {
        says: 'a list shows no states and no runtime version',
        operation: 'ListVersionsByFunction',
        input: { FunctionName: 'created' },
        answer: {
          status: 200,
          body: { Versions: [{ ...DEFAULTS, ...named('created', '$LATEST', '$LATEST') }] },
        },
      },
      {
        says: 'a list of functions can have every version, and no other choice',
        operation: 'ListFunctions',
        input: { FunctionVersion: 'INVALID' },
        answer: broken(["'INVALID'", 'functionVersion', 'satisfy enum value set: [ALL]']),
      },
    ],
  },
  {
    title: '3.2 updating',
    given: create('updated'),
    settles: 'updated',
    cases: [
      {
        says: 'an update is in progress first',
        operation: 'UpdateFunctionConfiguration',
        input: { FunctionName: 'updated', Description: 'other' },
        answer: {
          status: 200,
          body: { ...DEFAULTS, ...named('updated'), ...RUNTIME_VERSION, ...UPDATING, Description: 'other' },
        },
      },
      {
        says: 'so is one of code',
        operation: 'UpdateFunctionCode',
        input: { FunctionName: 'updated', ZipFile: otherZip },
        answer: { status: 200, shows: { ...UPDATING, CodeSize: otherZip.length } },
      },
      {
        says: 'one that changes nothing is, too',
        operation: 'UpdateFunctionConfiguration',
        input: { FunctionName: 'updated' },
        answer: { status: 200, shows: UPDATING },
      },
      {
        says: 'code that is published is shown as the version, which is being made',
        operation: 'UpdateFunctionCode',
        input: { FunctionName: 'updated', ZipFile: zip, Publish: true },
        answer: { status: 200, shows: { FunctionArn: `${FARN}:updated:1`, Version: '1', ...PENDING } },
      },
      {
        says: 'another revision than the newest is told',
        operation: 'UpdateFunctionConfiguration',
        input: { FunctionName: 'updated', RevisionId: 'wrong' },
        answer: stale('GetFunction/GetAlias'),
      },
      {
        says: 'for code, too',
        operation: 'UpdateFunctionCode',
        input: { FunctionName: 'updated', ZipFile: zip, RevisionId: 'wrong' },
        answer: stale('GetFunction/GetAlias'),
      },
    ],
  },
  {
    title: '3.5 what cannot be created',
    given: create('refusing'),
    cases: [
      {
        says: 'a role is an ARN of IAM',
        operation: 'CreateFunction',
        input: { ...code, FunctionName: 'new', Role: 'r1' },
        answer: broken(pattern('r1', 'role', 'arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+')),
      },
      {
        says: 'a runtime is one of a list',
        operation: 'CreateFunction',
        input: { ...code, FunctionName: 'new', Runtime: 'non-existent-runtime' },
        answer: invalid(
          /^Value non-existent-runtime at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: \[.*\] or be a valid ARN$/,
        ),
      },
      {
        says: 'in the case of its letters',
        operation: 'UpdateFunctionConfiguration',
        input: { FunctionName: 'refusing', Runtime: 'PYTHON3.9' },
        answer: invalid(/^Value PYTHON3\.9 at 'runtime' failed to satisfy constraint: /),
      },
      ...['java8', 'go1.x', 'provided', 'ruby2.7', 'nodejs14.x', 'nodejs12.x', 'python3.7', 'dotnetcore3.1'].map(
        (runtime): Case => ({
          says: `${runtime} is too old`,
          operation: 'CreateFunction',
          input: { ...code, FunctionName: 'new', Runtime: runtime },
          answer: invalid(
            `The runtime parameter of ${runtime} is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions.`,
          ),
        }),
      ),
      {
        says: 'there is one architecture',
        operation: 'CreateFunction',
        input: { ...code, FunctionName: 'new', Architectures: ['x86_64', 'arm64'] },
        answer: broken(["'[x86_64, arm64]'", 'architectures', 'have length less than or equal to 1']),
      },
      {
        says: 'in small letters',
        operation: 'CreateFunction',
        input: { ...code, FunctionName: 'new', Architectures: ['X86_64'] },
        answer: broken([
          "'[X86_64]'",
          'architectures',
          'satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]',
        ]),
      },
      {
        says: 'code is a zip',
        operation: 'CreateFunction',
        input: { ...code, FunctionName: 'new', Code: { ZipFile: Buffer.from('not a zip') } },
        answer: invalid('Could not unzip uploaded file. Please check your file, then try to upload again.'),
      },
      {
        says: 'an image is not for a function of zips',
        operation: 'UpdateFunctionCode',
        input: { FunctionName: 'refusing', ImageUri: `${ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/i:latest` },
        answer: invalid("Please don't provide ImageUri when updating a function with packageType Zip."),
      },
      {
        says: 'SnapStart is for published versions, or for none',
        operation: 'CreateFunction',
        input: { ...code, FunctionName: 'new', SnapStart: { ApplyOn: 'invalidOption' } },
        answer: broken(["'invalidOption'", 'snapStart.applyOn', 'satisfy enum value set: [PublishedVersions, None]']),
      },
      {
        says: 'SnapStart is not for every runtime',
        operation: 'CreateFunction',
        input: { ...code, FunctionName: 'new', SnapStart: { ApplyOn: 'PublishedVersions' } },
        answer: invalid('nodejs22.x is not supported for SnapStart enabled functions.'),
      },
      {
        says: 'a subnet is named as one',
        operation: 'CreateFunction',
        input: { ...code, FunctionName: 'new', VpcConfig: { SubnetIds: ['bad-format'], SecurityGroupIds: ['sg-1'] } },
        answer: broken([
          "'[bad-format]'",
          'vpcConfig.subnetIds',
          'satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 0, Member must satisfy regular expression pattern: subnet-[0-9a-z]*, Member must not be null]',
        ]),
      },
      {
        says: 'variables have 4 KB',
        operation: 'CreateFunction',
        input: {
          ...code,
          FunctionName: 'new',
          Environment: { Variables: { AB: long(4096 - '{"AB":""}'.length + 1) } },
        },
        answer: invalid(
          `Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. String measured: {"AB":"${long(4088)}"}`,
        ),
      },
      {
        says: 'all of them',
        operation: 'CreateFunction',
        input: { ...code, FunctionName: 'full', Environment: { Variables: { AB: long(4096 - '{"AB":""}'.length) } } },
        answer: { status: 201 },
      },
    ],
  },
  {
    title: '3.8 logging',
    settles: 'logging',
    cases: [
      {
        says: 'JSON has levels',
        operation: 'CreateFunction',
        input: { ...code, FunctionName: 'logging', LoggingConfig: { LogFormat: 'JSON', LogGroup: 'cool_lambda' } },
        answer: {
          status: 201,
          shows: {
            LoggingConfig: {
              LogFormat: 'JSON',
              ApplicationLogLevel: 'INFO',
              SystemLogLevel: 'INFO',
              LogGroup: 'cool_lambda',
            },
          },
        },
      },
      {
        says: 'one level is changed, and the rest stays',
        operation: 'UpdateFunctionConfiguration',
        input: { FunctionName: 'logging', LoggingConfig: { LogFormat: 'JSON', ApplicationLogLevel: 'DEBUG' } },
        answer: {
          status: 200,
          shows: {
            LoggingConfig: {
              LogFormat: 'JSON',
              ApplicationLogLevel: 'DEBUG',
              SystemLogLevel: 'INFO',
              LogGroup: 'cool_lambda',
            },
          },
        },
      },
      {
        says: 'text has none',
        operation: 'UpdateFunctionConfiguration',
        input: { FunctionName: 'logging', LoggingConfig: { LogFormat: 'Text' } },
        answer: { status: 200, shows: { LoggingConfig: { LogFormat: 'Text', LogGroup: 'cool_lambda' } } },
      },
    ],
  },
  {
    title: '5.1 versions',
    given: withVersions('versions'),
    settles: 'versions',
    cases: [
      {
        says: 'publishing what was published answers that version again',
        operation: 'PublishVersion',
        input: { FunctionName: 'versions' },
        answer: {
          status: 201,
          body: {
            ...DEFAULTS,
            ...named('versions', '2', '2'),
            ...RUNTIME_VERSION,
            ...ACTIVE,
            Description: 'two',
          },
        },
      },
      {
        says: 'other code than was expected is told with both digests',
        operation: 'PublishVersion',
        input: { FunctionName: 'versions', CodeSha256: 'wrong' },
        answer: invalid(
          /^CodeSHA256 \(wrong\) is different from current CodeSHA256 in \$LATEST \([A-Za-z0-9+/]{43}=\)\. Please try again with the CodeSHA256 in \$LATEST\.$/,
        ),
      },
      {
        says: 'another revision is told',
        operation: 'PublishVersion',
        input: { FunctionName: 'versions', RevisionId: 'wrong' },
        answer: stale('GetFunction/GetAlias'),
      },
      {
        says: 'a version is listed after $LATEST, by number',
        operation: 'ListVersionsByFunction',
        input: { FunctionName: 'versions' },
        answer: {
          status: 200,
          body: {
            Versions: ['$LATEST', '1', '2'].map((version) => ({
              ...DEFAULTS,
              ...named('versions', version, version),
              Description: version === '1' ? 'one' : 'two',
            })),
          },
        },
      },
      {
        says: 'a version can have a description of its own',
        operation: 'PublishVersion',
        input: { FunctionName: 'versions', Description: 'own' },
        answer: { status: 201, shows: { Description: 'two', Version: '2' } },
      },
      {
        says: 'a version that an alias names is not deleted',
        operation: 'DeleteFunction',
        input: { FunctionName: 'versions', Qualifier: '1' },
        answer: refusal(409, 'ResourceConflictException', /live/),
      },
      {
        says: 'another is',
        operation: 'DeleteFunction',
        input: { FunctionName: 'versions', Qualifier: '2' },
        answer: { status: 204 },
      },
    ],
  },
  {
    title: '5.2 aliases',
    given: withVersions('aliases'),
    cases: [
      {
        says: 'an alias is created without a description',
        operation: 'CreateAlias',
        input: { FunctionName: 'aliases', Name: 'plain', FunctionVersion: '1' },
        answer: {
          status: 201,
          body: {
            AliasArn: `${FARN}:aliases:plain`,
            Name: 'plain',
            FunctionVersion: '1',
            Description: '',
            RevisionId: UUID,
          },
        },
      },
      {
        says: 'with weights',
        operation: 'CreateAlias',
        input: {
          FunctionName: 'aliases',
          Name: 'weighted',
          FunctionVersion: '1',
          RoutingConfig: { AdditionalVersionWeights: { 2: 0.2 } },
        },
        answer: {
          status: 201,
          body: {
            AliasArn: `${FARN}:aliases:weighted`,
            Name: 'weighted',
            FunctionVersion: '1',
            Description: '',
            RoutingConfig: { AdditionalVersionWeights: { 2: 0.2 } },
            RevisionId: UUID,
          },
        },
      },
      {
        says: 'weights are taken away',
        operation: 'UpdateAlias',
        input: { FunctionName: 'aliases', Name: 'weighted', RoutingConfig: {} },
        answer: {
          status: 200,
          body: {
            AliasArn: `${FARN}:aliases:weighted`,
            Name: 'weighted',
            FunctionVersion: '1',
            Description: '',
            RevisionId: UUID,
          },
        },
      },
      {
        says: 'a date may be a name',
        operation: 'CreateAlias',
        input: { FunctionName: 'aliases', Name: '2024-01-02', FunctionVersion: '$LATEST' },
        answer: { status: 201, shows: { FunctionVersion: '$LATEST' } },
      },
      {
        says: 'there is one of a name',
        operation: 'CreateAlias',
        input: { FunctionName: 'aliases', Name: 'live', FunctionVersion: '1' },
        answer: conflict(`Alias already exists: ${FARN}:aliases:live`),
      },
      {
        says: 'a number is no name',
        operation: 'CreateAlias',
        input: { FunctionName: 'aliases', Name: '123', FunctionVersion: '1' },
        answer: broken(pattern('123', 'name', '(?!^[0-9]+$)([a-zA-Z0-9-_]+)')),
      },
      {
        says: 'its version is there',
        operation: 'CreateAlias',
        input: { FunctionName: 'aliases', Name: 'new', FunctionVersion: '10' },
        answer: missing(`Function not found: ${FARN}:aliases:10`),
      },
      {
        says: 'and the one that it gives a weight',
        operation: 'CreateAlias',
        input: {
          FunctionName: 'aliases',
          Name: 'new',
          FunctionVersion: '1',
          RoutingConfig: { AdditionalVersionWeights: { 10: 0.2 } },
        },
        answer: missing(`Function not found: ${FARN}:aliases:10`),
      },
      {
        says: 'and its function',
        operation: 'CreateAlias',
        input: { FunctionName: 'unknown', Name: 'new', FunctionVersion: '1' },
        answer: missing(`Function not found: ${FARN}:unknown:1`),
      },
      {
        says: 'there is one weight',
        operation: 'CreateAlias',
        input: {
          FunctionName: 'aliases',
          Name: 'new',
          FunctionVersion: '1',
          RoutingConfig: { AdditionalVersionWeights: { 1: 0.8, 2: 0.2 } },
        },
        answer: invalid('Number of items in AdditionalVersionWeights cannot be greater than 1'),
      },
      {
        says: 'of 0 to 1',
        operation: 'CreateAlias',
        input: {
          FunctionName: 'aliases',
          Name: 'new',
          FunctionVersion: '1',
          RoutingConfig: { AdditionalVersionWeights: { 2: 2 } },
        },
        answer: refusal(
          400,
          'ValidationException',
          "1 validation error detected: Value '{2=2.0}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]",
          { untyped: true },
        ),
      },
      {
        says: 'of a version’s number',
        operation: 'CreateAlias',
        input: {
          FunctionName: 'aliases',
          Name: 'new',
          FunctionVersion: '1',
          RoutingConfig: { AdditionalVersionWeights: { $LATEST: 0.5 } },
        },
        answer: refusal(
          400,
          'ValidationException',
          "1 validation error detected: Value '{$LATEST=0.5}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+]",
          { untyped: true },
        ),
      },
      {
        says: 'of another version',
        operation: 'CreateAlias',
        input: {
          FunctionName: 'aliases',
          Name: 'new',
          FunctionVersion: '1',
          RoutingConfig: { AdditionalVersionWeights: { 1: 0.5 } },
        },
        answer: invalid('Invalid function version 1. Function version 1 is already included in routing configuration.'),
      },
      {
        says: '$LATEST has no weight beside it',
        operation: 'CreateAlias',
        input: {
          FunctionName: 'aliases',
          Name: 'new',
          FunctionVersion: '$LATEST',
          RoutingConfig: { AdditionalVersionWeights: { 1: 0.5 } },
        },
        answer: invalidUntyped('$LATEST is not supported for an alias pointing to more than 1 version'),
      },
      {
        says: 'one that is not there is not found',
        operation: 'GetAlias',
        input: { FunctionName: 'aliases', Name: 'unknown' },
        answer: missing(`Cannot find alias arn: ${FARN}:aliases:unknown`),
      },
      {
        says: 'in other words when it is changed',
        operation: 'UpdateAlias',
        input: { FunctionName: 'aliases', Name: 'unknown' },
        answer: missing(`Alias not found: ${FARN}:aliases:unknown`),
      },
      {
        says: 'in others when a function is got by it',
        operation: 'GetFunction',
        input: { FunctionName: 'aliases', Qualifier: 'unknown' },
        answer: missing(`Function not found: ${FARN}:aliases:unknown`),
      },
      {
        says: 'another revision is told',
        operation: 'UpdateAlias',
        input: { FunctionName: 'aliases', Name: 'live', RevisionId: 'wrong' },
        answer: stale('GetFunction/GetAlias'),
      },
      {
        says: 'deleting is no error',
        operation: 'DeleteAlias',
        input: { FunctionName: 'aliases', Name: 'live' },
        answer: { status: 204 },
      },
      {
        says: 'the second time neither',
        operation: 'DeleteAlias',
        input: { FunctionName: 'aliases', Name: 'live' },
        answer: { status: 204 },
      },
      {
        says: 'a list is in the order of names, with one version’s only',
        operation: 'ListAliases',
        input: { FunctionName: 'aliases', FunctionVersion: '1' },
        answer: { status: 200, shows: { Aliases: [{ Name: 'plain' }, { Name: 'weighted' }].map(subset) } },
      },
    ],
  },
  {
    title: '6.1 invoking',
    given: create('invoked'),
    cases: [
      {
        says: 'a dry run has no answer',
        operation: 'Invoke',
        input: { FunctionName: 'invoked', InvocationType: 'DryRun' },
        answer: { status: 204 },
      },
      {
        says: 'an event is JSON',
        operation: 'Invoke',
        input: { FunctionName: 'invoked', Payload: Buffer.from('not json') },
        answer: refusal(
          400,
          'InvalidRequestContentException',
          /^Could not parse request body into json: Could not parse payload into json: /,
        ),
      },
      {
        says: 'a version that is not there is not found',
        operation: 'Invoke',
        input: { FunctionName: 'invoked', Qualifier: '7' },
        answer: missing(`Function not found: ${FARN}:invoked:7`),
      },
    ],
  },
  {
    title: '9.4 event-invoke configuration',
    given: withVersions('events'),
    cases: [
      {
        says: 'there is none at first',
        operation: 'GetFunctionEventInvokeConfig',
        input: { FunctionName: 'events' },
        answer: missing(`The function ${FARN}:events:$LATEST doesn't have an EventInvokeConfig`),
      },
      {
        says: 'nor to be changed',
        operation: 'UpdateFunctionEventInvokeConfig',
        input: { FunctionName: 'events', MaximumRetryAttempts: 1 },
        answer: missing(`The function ${FARN}:events:$LATEST doesn't have an EventInvokeConfig`),
      },
      {
        says: 'nor to be deleted, of an alias neither',
        operation: 'DeleteFunctionEventInvokeConfig',
        input: { FunctionName: 'events', Qualifier: 'live' },
        answer: missing(`The function ${FARN}:events:live doesn't have an EventInvokeConfig`),
      },
      {
        says: 'it says something',
        operation: 'PutFunctionEventInvokeConfig',
        input: { FunctionName: 'events' },
        answer: invalid('You must specify at least one of error handling or destination setting.'),
      },
      {
        says: 'it shows what was put, and empty destinations',
        operation: 'PutFunctionEventInvokeConfig',
        input: { FunctionName: 'events', MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 21600 },
        answer: {
          status: 200,
          body: {
            FunctionArn: `${FARN}:events:$LATEST`,
            LastModified: /^\d+(\.\d+)?$/,
            DestinationConfig: { OnSuccess: {}, OnFailure: {} },
            MaximumRetryAttempts: 2,
            MaximumEventAgeInSeconds: 21600,
          },
        },
      },
      {
        says: 'putting replaces all',
        operation: 'PutFunctionEventInvokeConfig',
        input: { FunctionName: 'events', MaximumRetryAttempts: 1 },
        answer: {
          status: 200,
          body: {
            FunctionArn: `${FARN}:events:$LATEST`,
            LastModified: any,
            DestinationConfig: { OnSuccess: {}, OnFailure: {} },
            MaximumRetryAttempts: 1,
          },
        },
      },
      {
        says: 'updating adds',
        operation: 'UpdateFunctionEventInvokeConfig',
        input: { FunctionName: 'events', MaximumEventAgeInSeconds: 60 },
        answer: { status: 200, shows: { MaximumRetryAttempts: 1, MaximumEventAgeInSeconds: 60 } },
      },
      {
        says: 'an unknown function or alias has none',
        operation: 'PutFunctionEventInvokeConfig',
        input: { FunctionName: 'events', Qualifier: 'unknown', MaximumRetryAttempts: 1 },
        answer: missing("The function doesn't exist."),
      },
      {
        says: 'a destination is there',
        operation: 'PutFunctionEventInvokeConfig',
        input: {
          FunctionName: 'events',
          DestinationConfig: { OnSuccess: { Destination: `${FARN}:unknown` } },
        },
        answer: invalid(`The destination ARN ${FARN}:unknown is invalid.`),
      },
      {
        says: 'and is another function',
        operation: 'PutFunctionEventInvokeConfig',
        input: { FunctionName: 'events', DestinationConfig: { OnSuccess: { Destination: `${FARN}:events` } } },
        answer: invalid("You can't specify the function as a destination for itself."),
      },
      {
        says: 'of a service that takes events',
        operation: 'PutFunctionEventInvokeConfig',
        input: { FunctionName: 'events', DestinationConfig: { OnSuccess: { Destination: ROLE } } },
        answer: invalid(
          `The provided destination config DestinationConfig(onSuccess=OnSuccess(destination=${ROLE}), onFailure=null) is invalid.`,
        ),
      },
      {
        says: 'named by an ARN',
        operation: 'PutFunctionEventInvokeConfig',
        input: { FunctionName: 'events', DestinationConfig: { OnFailure: { Destination: 'invalid' } } },
        answer: broken(
          pattern(
            'invalid',
            'destinationConfig.onFailure.destination',
            '$|kafka://([^.]([a-zA-Z0-9\\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1})?:(\\d{12})?:(.*)',
          ),
        ),
      },
    ],
  },
  {
    title: '10 concurrency',
    given: withVersions('concurrency'),
    cases: [
      {
        says: 'unset it is nothing',
        operation: 'GetFunctionConcurrency',
        input: { FunctionName: 'concurrency' },
        answer: { status: 200, body: {} },
      },
      {
        says: 'it may be 0',
        operation: 'PutFunctionConcurrency',
        input: { FunctionName: 'concurrency', ReservedConcurrentExecutions: 0 },
        answer: { status: 200, body: { ReservedConcurrentExecutions: 0 } },
      },
      {
        says: 'then nobody invokes it',
        operation: 'Invoke',
        input: { FunctionName: 'concurrency' },
        answer: {
          ...refusal(429, 'TooManyRequestsException', 'Rate Exceeded.'),
          members: { Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded' },
        },
      },
      {
        says: 'the function shows it',
        operation: 'GetFunction',
        input: { FunctionName: 'concurrency' },
        answer: { status: 200, shows: { Concurrency: { ReservedConcurrentExecutions: 0 } } },
      },
      {
        says: 'it leaves 100 to others',
        operation: 'PutFunctionConcurrency',
        input: { FunctionName: 'concurrency', ReservedConcurrentExecutions: 901 },
        answer: invalidUntyped(
          "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].",
        ),
      },
      {
        says: 'a missing function is told before a wrong number',
        operation: 'PutFunctionConcurrency',
        input: { FunctionName: 'unknown', ReservedConcurrentExecutions: -1 },
        answer: missing(`Function not found: ${FARN}:unknown:$LATEST`),
      },
      {
        says: 'no version has its own',
        operation: 'PutFunctionConcurrency',
        input: { FunctionName: 'concurrency:1', ReservedConcurrentExecutions: 1 },
        answer: invalid(
          'This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.',
        ),
      },
      {
        says: 'it is taken back',
        operation: 'DeleteFunctionConcurrency',
        input: { FunctionName: 'concurrency' },
        answer: { status: 204 },
      },
      {
        says: '$LATEST has none provisioned',
        operation: 'PutProvisionedConcurrencyConfig',
        input: { FunctionName: 'concurrency', Qualifier: '$LATEST', ProvisionedConcurrentExecutions: 1 },
        answer: invalid('Provisioned Concurrency Configs cannot be applied to unpublished function versions.'),
      },
      {
        says: 'nor is it looked for there',
        operation: 'GetProvisionedConcurrencyConfig',
        input: { FunctionName: 'concurrency', Qualifier: '$LATEST' },
        answer: invalid('The function resource provided must be an alias or a published version.'),
      },
      {
        says: 'nor taken away',
        operation: 'DeleteProvisionedConcurrencyConfig',
        input: { FunctionName: 'concurrency', Qualifier: '$LATEST' },
        answer: invalid('The function resource provided must be an alias or a published version.'),
      },
      {
        says: 'it is at least 1',
        operation: 'PutProvisionedConcurrencyConfig',
        input: { FunctionName: 'concurrency', Qualifier: '1', ProvisionedConcurrentExecutions: 0 },
        answer: broken(["'0'", 'provisionedConcurrentExecutions', 'have value greater than or equal to 1']),
      },
      {
        says: 'an alias that is not there is told as an alias',
        operation: 'PutProvisionedConcurrencyConfig',
        input: { FunctionName: 'concurrency', Qualifier: 'unknown', ProvisionedConcurrentExecutions: 1 },
        answer: missing(`Cannot find alias arn: ${FARN}:concurrency:unknown`),
      },
      {
        says: 'also of a function that is not there',
        operation: 'GetProvisionedConcurrencyConfig',
        input: { FunctionName: 'unknown', Qualifier: 'unknown' },
        answer: missing(`Cannot find alias arn: ${FARN}:unknown:unknown`),
      },
      {
        says: 'a version that is not there is told as a function',
        operation: 'PutProvisionedConcurrencyConfig',
        input: { FunctionName: 'concurrency', Qualifier: '10', ProvisionedConcurrentExecutions: 1 },
        answer: missing(`Function not found: ${FARN}:concurrency:10`),
      },
      {
        says: 'a version has none at first',
        operation: 'GetProvisionedConcurrencyConfig',
        input: { FunctionName: 'concurrency', Qualifier: '1' },
        answer: refusal(
          404,
          'ProvisionedConcurrencyConfigNotFoundException',
          'No Provisioned Concurrency Config found for this function',
        ),
      },
      {
        says: 'taking none away is no error',
        operation: 'DeleteProvisionedConcurrencyConfig',
        input: { FunctionName: 'concurrency', Qualifier: '1' },
        answer: { status: 204 },
      },
      {
        says: 'there are none to list',
        operation: 'ListProvisionedConcurrencyConfigs',
        input: { FunctionName: 'concurrency' },
        answer: { status: 200, body: { ProvisionedConcurrencyConfigs: [] } },
      },
      {
        says: 'not of a function that is not there',
        operation: 'ListProvisionedConcurrencyConfigs',
        input: { FunctionName: 'unknown' },
        answer: missing(`Function not found: ${FARN}:unknown`),
      },
      {
        says: 'it is asked for first, and made then',
        operation: 'PutProvisionedConcurrencyConfig',
        input: { FunctionName: 'concurrency', Qualifier: '1', ProvisionedConcurrentExecutions: 1 },
        answer: {
          status: 202,
          body: {
            RequestedProvisionedConcurrentExecutions: 1,
            AvailableProvisionedConcurrentExecutions: 0,
            AllocatedProvisionedConcurrentExecutions: 0,
            Status: 'IN_PROGRESS',
            LastModified: /^\d{4}-\d\d-\d\dT/,
          },
        },
      },
      {
        says: 'an alias of a version that has its own has none',
        operation: 'PutProvisionedConcurrencyConfig',
        input: { FunctionName: 'concurrency', Qualifier: 'live', ProvisionedConcurrentExecutions: 1 },
        answer: conflict(
          "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version",
        ),
      },
      {
        says: 'less is not reserved than is provisioned',
        operation: 'PutFunctionConcurrency',
        input: { FunctionName: 'concurrency', ReservedConcurrentExecutions: 0 },
        answer: invalidUntyped(
          " ReservedConcurrentExecutions  0 should not be lower than function's total provisioned concurrency [1].",
        ),
      },
      {
        says: 'as much is',
        operation: 'PutFunctionConcurrency',
        input: { FunctionName: 'concurrency', ReservedConcurrentExecutions: 1 },
        answer: { status: 200 },
      },
      {
        says: 'more is not provisioned than is reserved',
        operation: 'PutProvisionedConcurrencyConfig',
        input: { FunctionName: 'concurrency', Qualifier: '2', ProvisionedConcurrentExecutions: 2 },
        answer: invalid(
          'Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function',
        ),
      },
    ],
  },
  {
    title: '11 policies of functions',
    given: withVersions('policies'),
    cases: [
      {
        says: 'there is none at first',
        operation: 'GetPolicy',
        input: { FunctionName: 'policies' },
        answer: missing('The resource you requested does not exist.'),
      },
      {
        says: 'nor anything to remove',
        operation: 'RemovePermission',
        input: { FunctionName: 'policies', StatementId: 's3' },
        answer: missing('No policy is associated with the given resource.'),
      },
      {
        says: 'nor of an unknown function',
        operation: 'RemovePermission',
        input: { FunctionName: 'unknown', StatementId: 's3' },
        answer: missing(`No policy found for: ${FARN}:unknown`),
      },
      {
        says: 'a statement is answered in AWS’s order',
        operation: 'AddPermission',
        input: {
          FunctionName: 'policies',
          StatementId: 's3',
          Action: 'lambda:InvokeFunction',
          Principal: 's3.amazonaws.com',
          SourceArn: 'arn:aws:s3:::bucket',
          SourceAccount: ACCOUNT,
        },
        answer: {
          status: 201,
          body: {
            Statement: `{"Sid":"s3","Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"${FARN}:policies","Condition":{"StringEquals":{"AWS:SourceAccount":"${ACCOUNT}"},"ArnLike":{"AWS:SourceArn":"arn:aws:s3:::bucket"}}}`,
          },
        },
      },
      {
        says: 'an account is its root',
        operation: 'AddPermission',
        input: { FunctionName: 'policies', StatementId: 'a', Action: 'lambda:InvokeFunction', Principal: ACCOUNT },
        answer: {
          status: 201,
          body: {
            Statement: `{"Sid":"a","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::${ACCOUNT}:root"},"Action":"lambda:InvokeFunction","Resource":"${FARN}:policies"}`,
          },
        },
      },
      {
        says: 'everybody is a star, and a URL’s kind a condition',
        operation: 'AddPermission',
        input: {
          FunctionName: 'policies',
          Qualifier: 'live',
          StatementId: 's3',
          Action: 'lambda:InvokeFunctionUrl',
          Principal: '*',
          FunctionUrlAuthType: 'NONE',
        },
        answer: {
          status: 201,
          body: {
            Statement: `{"Sid":"s3","Effect":"Allow","Principal":"*","Action":"lambda:InvokeFunctionUrl","Resource":"${FARN}:policies:live","Condition":{"StringEquals":{"lambda:FunctionUrlAuthType":"NONE"}}}`,
          },
        },
      },
      {
        says: 'the policy has its statements in the order in which they were added',
        operation: 'GetPolicy',
        input: { FunctionName: 'policies' },
        answer: {
          status: 200,
          body: {
            Policy: /^\{"Version":"2012-10-17","Id":"default","Statement":\[\{"Sid":"s3",.*\},\{"Sid":"a",.*\}\]\}$/,
            RevisionId: UUID,
          },
        },
      },
      {
        says: 'who cannot be is told',
        operation: 'AddPermission',
        input: {
          FunctionName: 'policies',
          StatementId: 'x',
          Action: 'lambda:InvokeFunction',
          Principal: 'invalid.nonaws.com',
        },
        answer: invalid('The provided principal was invalid. Please check the principal and try again.'),
      },
      {
        says: 'a statement’s id has no dot',
        operation: 'AddPermission',
        input: {
          FunctionName: 'policies',
          StatementId: 'example.com',
          Action: 'lambda:InvokeFunction',
          Principal: '*',
        },
        answer: broken(pattern('example.com', 'statementId', '([a-zA-Z0-9-_]+)')),
      },
      {
        says: 'there is one of an id',
        operation: 'AddPermission',
        input: { FunctionName: 'policies', StatementId: 's3', Action: 'lambda:InvokeFunction', Principal: '*' },
        answer: conflict(
          'The statement id (s3) provided already exists. Please provide a new statement id, or remove the existing statement.',
        ),
      },
      {
        says: '$LATEST has none of its own',
        operation: 'AddPermission',
        input: {
          FunctionName: 'policies',
          Qualifier: '$LATEST',
          StatementId: 'x',
          Action: 'lambda:InvokeFunction',
          Principal: '*',
        },
        answer: invalid('We currently do not support adding policies for $LATEST.'),
      },
      {
        says: 'an alias that is not there is told as an alias',
        operation: 'AddPermission',
        input: {
          FunctionName: 'policies',
          Qualifier: 'unknown',
          StatementId: 'x',
          Action: 'lambda:InvokeFunction',
          Principal: '*',
        },
        answer: missing(`Cannot find alias arn: ${FARN}:policies:unknown`),
      },
      {
        says: 'a version that is not there as a function, and so is what cannot be an alias',
        operation: 'AddPermission',
        input: {
          FunctionName: 'policies',
          Qualifier: '$odd',
          StatementId: 'x',
          Action: 'lambda:InvokeFunction',
          Principal: '*',
        },
        answer: missing(`Function not found: ${FARN}:policies:$odd`),
      },
      {
        says: 'another revision is told',
        operation: 'AddPermission',
        input: {
          FunctionName: 'policies',
          StatementId: 'x',
          Action: 'lambda:InvokeFunction',
          Principal: '*',
          RevisionId: 'wrong',
        },
        answer: stale('GetPolicy'),
      },
      {
        says: 'also when one is removed',
        operation: 'RemovePermission',
        input: { FunctionName: 'policies', StatementId: 's3', RevisionId: 'wrong' },
        answer: stale('GetPolicy'),
      },
      {
        says: 'one that is not there is told',
        operation: 'RemovePermission',
        input: { FunctionName: 'policies', StatementId: 'unknown' },
        answer: missing('Statement unknown is not found in resource policy.'),
      },
      {
        says: 'one is removed',
        operation: 'RemovePermission',
        input: { FunctionName: 'policies', StatementId: 's3', Qualifier: 'live' },
        answer: { status: 204 },
      },
      {
        says: 'with the last one the policy goes',
        operation: 'GetPolicy',
        input: { FunctionName: 'policies', Qualifier: 'live' },
        answer: missing('The resource you requested does not exist.'),
      },
    ],
  },
  {
    title: '12.1 function URLs',
    given: withVersions('urls'),
    cases: [
      {
        says: 'a function has none at first',
        operation: 'GetFunctionUrlConfig',
        input: { FunctionName: 'urls' },
        answer: missing('The resource you requested does not exist.'),
      },
      {
        says: 'nor one to change',
        operation: 'UpdateFunctionUrlConfig',
        input: { FunctionName: 'urls', AuthType: 'NONE' },
        answer: missing('The resource you requested does not exist.'),
      },
      {
        says: 'nor one to delete',
        operation: 'DeleteFunctionUrlConfig',
        input: { FunctionName: 'urls' },
        answer: missing('The resource you requested does not exist.'),
      },
      {
        says: 'it is created without an invoke mode that was not given',
        operation: 'CreateFunctionUrlConfig',
        input: { FunctionName: 'urls', AuthType: 'NONE' },
        answer: {
          status: 201,
          body: {
            FunctionUrl: /^https?:\/\/[a-z0-9]{32}\.lambda-url\.us-east-1\./,
            FunctionArn: `${FARN}:urls`,
            AuthType: 'NONE',
            CreationTime: /^\d{4}-\d\d-\d\dT/,
          },
        },
      },
      {
        says: 'and shown with one',
        operation: 'GetFunctionUrlConfig',
        input: { FunctionName: 'urls' },
        answer: {
          status: 200,
          body: {
            FunctionUrl: any,
            FunctionArn: `${FARN}:urls`,
            AuthType: 'NONE',
            CreationTime: any,
            LastModifiedTime: any,
            InvokeMode: 'BUFFERED',
          },
        },
      },
      {
        says: 'there is one',
        operation: 'CreateFunctionUrlConfig',
        input: { FunctionName: 'urls', AuthType: 'NONE' },
        answer: conflict(
          `Failed to create function url config for [functionArn = ${FARN}:urls]. Error message:  FunctionUrlConfig exists for this Lambda function`,
        ),
      },
      {
        says: 'and one for an alias, under its ARN',
        operation: 'CreateFunctionUrlConfig',
        input: { FunctionName: 'urls', Qualifier: 'live', AuthType: 'AWS_IAM', InvokeMode: 'RESPONSE_STREAM' },
        answer: {
          status: 201,
          body: {
            FunctionUrl: any,
            FunctionArn: `${FARN}:urls:live`,
            AuthType: 'AWS_IAM',
            CreationTime: any,
            InvokeMode: 'RESPONSE_STREAM',
          },
        },
      },
      ...(
        [
          'CreateFunctionUrlConfig',
          'GetFunctionUrlConfig',
          'UpdateFunctionUrlConfig',
          'DeleteFunctionUrlConfig',
        ] as const
      ).flatMap((operation) =>
        ['1', '$LATEST'].map(
          (Qualifier): Case => ({
            says: `${operation}: ${Qualifier} has none`,
            operation,
            input: { FunctionName: 'urls', AuthType: 'NONE', Qualifier },
            answer: broken(pattern(Qualifier, 'qualifier', '((?!^\\d+$)^[0-9a-zA-Z-_]+$)')),
          }),
        ),
      ),
      ...(
        [
          ['CreateFunctionUrlConfig', 'Function does not exist'],
          ['UpdateFunctionUrlConfig', 'Function does not exist'],
          ['GetFunctionUrlConfig', 'The resource you requested does not exist.'],
          ['DeleteFunctionUrlConfig', 'The resource you requested does not exist.'],
        ] as const
      ).map(
        ([operation, message]): Case => ({
          says: `${operation}: an unknown alias has none`,
          operation,
          input: { FunctionName: 'urls', AuthType: 'NONE', Qualifier: 'unknown' },
          answer: missing(message),
        }),
      ),
      {
        says: 'an answer is buffered or streamed',
        operation: 'UpdateFunctionUrlConfig',
        input: { FunctionName: 'urls', InvokeMode: 'UNKNOWN' },
        answer: broken(["'UNKNOWN'", 'invokeMode', 'satisfy enum value set: [RESPONSE_STREAM, BUFFERED]']),
      },
      {
        says: 'without a qualifier only the function’s own is deleted',
        operation: 'DeleteFunctionUrlConfig',
        input: { FunctionName: 'urls' },
        answer: { status: 204 },
      },
      {
        says: 'the alias’s stays',
        operation: 'GetFunctionUrlConfig',
        input: { FunctionName: 'urls', Qualifier: 'live' },
        answer: { status: 200, shows: { InvokeMode: 'RESPONSE_STREAM' } },
      },
    ],
  },
  {
    title: '13 event source mappings',
    given: withVersions('mapped'),
    cases: [
      ...(['GetEventSourceMapping', 'UpdateEventSourceMapping', 'DeleteEventSourceMapping'] as const).map(
        (operation): Case => ({
          says: `${operation}: an unknown id is not found`,
          operation,
          input: { UUID: '00000000-0000-4000-8000-000000000000' },
          answer: missing('The resource you requested does not exist.'),
        }),
      ),
      {
        says: 'a source is named',
        operation: 'CreateEventSourceMapping',
        input: { FunctionName: 'mapped' },
        answer: invalid('Unrecognized event source.'),
      },
      {
        says: 'a function is there',
        operation: 'CreateEventSourceMapping',
        input: { FunctionName: 'unknown', EventSourceArn: QUEUE },
        answer: invalid('Function does not exist'),
      },
      {
        says: 'what succeeds goes nowhere',
        operation: 'CreateEventSourceMapping',
        input: {
          FunctionName: 'mapped',
          EventSourceArn: QUEUE,
          DestinationConfig: { OnSuccess: { Destination: QUEUE } },
        },
        answer: invalid('Unsupported DestinationConfig parameter for given event source mapping type.'),
      },
      {
        says: 'more than ten of a queue are waited for',
        operation: 'CreateEventSourceMapping',
        input: { FunctionName: 'mapped', EventSourceArn: QUEUE, BatchSize: 11 },
        answer: invalid(
          'Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10',
        ),
      },
      {
        says: 'a stream is read from somewhere',
        operation: 'CreateEventSourceMapping',
        input: { FunctionName: 'mapped', EventSourceArn: STREAM },
        answer: invalid(
          "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.",
        ),
      },
      {
        says: 'which is one of three places',
        operation: 'CreateEventSourceMapping',
        input: { FunctionName: 'mapped', EventSourceArn: STREAM, StartingPosition: 'invalid' },
        answer: broken([
          "'invalid'",
          'startingPosition',
          'satisfy enum value set: [LATEST, AT_TIMESTAMP, TRIM_HORIZON]',
        ]),
      },
      {
        says: 'a table’s stream is not read from a time on',
        operation: 'CreateEventSourceMapping',
        input: {
          FunctionName: 'mapped',
          EventSourceArn: TABLE,
          StartingPosition: 'AT_TIMESTAMP',
          StartingPositionTimestamp: new Date(0),
        },
        answer: invalid(`Unsupported starting position for arn type: ${TABLE}`),
      },
      {
        says: 'a filter is an object of lists',
        operation: 'CreateEventSourceMapping',
        input: {
          FunctionName: 'mapped',
          EventSourceArn: QUEUE,
          FilterCriteria: { Filters: [{ Pattern: '{"a":[]}' }] },
        },
        answer: invalid('Invalid filter pattern definition.'),
      },
      {
        says: 'brokers of one’s own have access configurations',
        operation: 'CreateEventSourceMapping',
        input: {
          FunctionName: 'mapped',
          SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: ['kafka.example.com:9092'] } },
          Topics: ['topic'],
        },
        answer: invalid("Required 'sourceAccessConfigurations' parameter is missing."),
      },
      {
        says: 'a queue’s shows what belongs to queues',
        operation: 'CreateEventSourceMapping',
        input: { FunctionName: 'mapped', EventSourceArn: QUEUE },
        answer: {
          status: 202,
          body: {
            UUID,
            EventSourceMappingArn: /^arn:aws:lambda:us-east-1:000000000000:event-source-mapping:[0-9a-f-]{36}$/,
            EventSourceArn: QUEUE,
            FunctionArn: `${FARN}:mapped`,
            BatchSize: 10,
            MaximumBatchingWindowInSeconds: 0,
            FunctionResponseTypes: [],
            LastModified: /^\d+(\.\d+)?$/,
            State: 'Creating',
            StateTransitionReason: 'USER_INITIATED',
            ...NOT_POLLED,
          },
        },
      },
      {
        says: 'there is one of a queue and a function',
        operation: 'CreateEventSourceMapping',
        input: { FunctionName: 'mapped', EventSourceArn: QUEUE },
        answer: refusal(
          409,
          'ResourceConflictException',
          /^An event source mapping with SQS arn \(" arn:aws:sqs:us-east-1:000000000000:queue "\) and function \(" mapped "\) already exists\. Please update or delete the existing mapping with UUID [0-9a-f-]{36}$/,
        ),
      },
      {
        says: 'the alias that was named is kept, and one that is not enabled is Disabled at once',
        operation: 'CreateEventSourceMapping',
        input: { FunctionName: 'mapped:live', EventSourceArn: `${QUEUE}-2`, Enabled: false },
        answer: { status: 202, shows: { FunctionArn: `${FARN}:mapped:live`, State: 'Disabled' } },
      },
      {
        says: 'a stream’s shows what belongs to streams',
        operation: 'CreateEventSourceMapping',
        input: { FunctionName: 'mapped', EventSourceArn: STREAM, StartingPosition: 'TRIM_HORIZON' },
        answer: {
          status: 202,
          body: {
            UUID,
            EventSourceMappingArn: any,
            EventSourceArn: STREAM,
            FunctionArn: `${FARN}:mapped`,
            BatchSize: 100,
            MaximumBatchingWindowInSeconds: 0,
            FunctionResponseTypes: [],
            LastModified: any,
            State: 'Creating',
            StateTransitionReason: 'User action',
            ...NOT_POLLED,
            StartingPosition: 'TRIM_HORIZON',
            BisectBatchOnFunctionError: false,
            DestinationConfig: { OnFailure: {} },
            MaximumRecordAgeInSeconds: -1,
            MaximumRetryAttempts: -1,
            ParallelizationFactor: 1,
            TumblingWindowInSeconds: 0,
          },
        },
      },
    ],
  },
  {
    title: '14 layers',
    given: create('layered'),
    cases: [
      {
        says: 'a layer is published with what was given, and no more',
        operation: 'PublishLayerVersion',
        input: { LayerName: 'layer', ...layerContent },
        answer: {
          status: 201,
          body: {
            Content: { Location: /^http/, CodeSha256: any, CodeSize: zip.length },
            LayerArn: `${LARN}:layer:layer`,
            LayerVersionArn: `${LARN}:layer:layer:1`,
            Description: '',
            CreatedDate: TIME,
            Version: 1,
          },
        },
      },
      {
        says: 'the same content is another version, and empty lists are echoed',
        operation: 'PublishLayerVersion',
        input: { LayerName: 'layer', ...layerContent, CompatibleRuntimes: [], CompatibleArchitectures: [] },
        answer: { status: 201, shows: { Version: 2, CompatibleRuntimes: [], CompatibleArchitectures: [] } },
      },
      {
        says: 'a runtime and an architecture that are none are told together',
        operation: 'PublishLayerVersion',
        input: {
          LayerName: 'layer',
          ...layerContent,
          CompatibleRuntimes: ['invalidruntime'],
          CompatibleArchitectures: ['invalidarch'],
        },
        answer: refusal(
          400,
          'ValidationException',
          /^2 validation errors detected: Value '\[invalidruntime\]' at 'compatibleRuntimes' failed to satisfy constraint: .*; Value '\[invalidarch\]' at 'compatibleArchitectures' failed to satisfy constraint: Member must satisfy constraint: \[Member must satisfy enum value set: \[x86_64, arm64\], Member must not be null\]$/,
          { untyped: true },
        ),
      },
      {
        says: 'versions are listed newest first, without content',
        operation: 'ListLayerVersions',
        input: { LayerName: 'layer' },
        answer: {
          status: 200,
          body: {
            LayerVersions: [
              {
                LayerVersionArn: `${LARN}:layer:layer:2`,
                Version: 2,
                Description: '',
                CreatedDate: TIME,
                CompatibleRuntimes: [],
                CompatibleArchitectures: [],
              },
              { LayerVersionArn: `${LARN}:layer:layer:1`, Version: 1, Description: '', CreatedDate: TIME },
            ],
          },
        },
      },
      {
        says: 'an unknown layer has none',
        operation: 'ListLayerVersions',
        input: { LayerName: 'unknown' },
        answer: { status: 200, body: { LayerVersions: [] } },
      },
      {
        says: 'a version below 1 is told',
        operation: 'GetLayerVersion',
        input: { LayerName: 'layer', VersionNumber: 0 },
        answer: invalid('Layer Version Cannot be less than 1'),
      },
      {
        says: 'also in an ARN',
        operation: 'GetLayerVersionByArn',
        input: { Arn: `${LARN}:layer:layer:0` },
        answer: invalid('Layer Version Cannot be less than 1'),
      },
      {
        says: 'also when it is deleted',
        operation: 'DeleteLayerVersion',
        input: { LayerName: 'layer', VersionNumber: -1 },
        answer: invalid('Layer Version Cannot be less than 1'),
      },
      {
        says: 'one that is not there is not found',
        operation: 'GetLayerVersion',
        input: { LayerName: 'layer', VersionNumber: 10 },
        answer: missing('The resource you requested does not exist.'),
      },
      {
        says: 'nor by its ARN',
        operation: 'GetLayerVersionByArn',
        input: { Arn: `${LARN}:layer:layer:10` },
        answer: missing('The resource you requested does not exist.'),
      },
      {
        says: 'an ARN has a version',
        operation: 'GetLayerVersionByArn',
        input: { Arn: `${LARN}:layer:layer` },
        answer: broken(
          pattern(
            `${LARN}:layer:layer`,
            'arn',
            '(arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+)|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+)',
          ),
        ),
      },
      {
        says: 'no layer for an architecture that is none',
        operation: 'ListLayers',
        input: { CompatibleArchitecture: 'invalid' },
        answer: broken(["'invalid'", 'compatibleArchitecture', 'satisfy enum value set: [x86_64, arm64]']),
      },
      {
        says: 'an unknown layer is not attached',
        operation: 'UpdateFunctionConfiguration',
        input: { FunctionName: 'layered', Layers: [`${LARN}:layer:unknown:1`] },
        answer: invalid(`Layer version ${LARN}:layer:unknown:1 does not exist.`),
      },
      {
        says: 'nor two versions of one',
        operation: 'UpdateFunctionConfiguration',
        input: { FunctionName: 'layered', Layers: [`${LARN}:layer:layer:1`, `${LARN}:layer:layer:2`] },
        answer: invalid(
          `Two different versions of the same layer are not allowed to be referenced in the same function. ${LARN}:layer:layer:1 and ${LARN}:layer:layer:2 are versions of the same layer.`,
        ),
      },
      {
        says: 'nor more than five',
        operation: 'UpdateFunctionConfiguration',
        input: { FunctionName: 'layered', Layers: [1, 2, 3, 4, 5, 6].map((one) => `${LARN}:layer:layer${one}:1`) },
        answer: invalid('Cannot reference more than 5 layers.'),
      },
      {
        says: 'nor one of another region',
        operation: 'UpdateFunctionConfiguration',
        input: { FunctionName: 'layered', Layers: [`arn:aws:lambda:eu-west-1:${ACCOUNT}:layer:layer:1`] },
        answer: invalid(
          `Layers are not in the same region as the function. Layers are expected to be in region ${REGION}.`,
        ),
      },
      {
        says: 'a layer has no policy at first',
        operation: 'GetLayerVersionPolicy',
        input: { LayerName: 'layer', VersionNumber: 1 },
        answer: missing('No policy is associated with the given resource.'),
      },
      {
        says: 'a permission is for getting it',
        operation: 'AddLayerVersionPermission',
        input: { LayerName: 'layer', VersionNumber: 1, StatementId: 's', Action: '*', Principal: '*' },
        answer: broken(pattern('*', 'action', 'lambda:GetLayerVersion')),
      },
      {
        says: 'and answered with the revision',
        operation: 'AddLayerVersionPermission',
        input: {
          LayerName: 'layer',
          VersionNumber: 1,
          StatementId: 's',
          Action: 'lambda:GetLayerVersion',
          Principal: '*',
        },
        answer: {
          status: 201,
          body: {
            Statement: `{"Sid":"s","Effect":"Allow","Principal":"*","Action":"lambda:GetLayerVersion","Resource":"${LARN}:layer:layer:1"}`,
            RevisionId: UUID,
          },
        },
      },
      {
        says: 'there is one of an id',
        operation: 'AddLayerVersionPermission',
        input: {
          LayerName: 'layer',
          VersionNumber: 1,
          StatementId: 's',
          Action: 'lambda:GetLayerVersion',
          Principal: '*',
        },
        answer: conflict(
          'The statement id (s) provided already exists. Please provide a new statement id, or remove the existing statement.',
        ),
      },
      {
        says: 'another revision is told',
        operation: 'AddLayerVersionPermission',
        input: {
          LayerName: 'layer',
          VersionNumber: 1,
          StatementId: 'x',
          Action: 'lambda:GetLayerVersion',
          Principal: '*',
          RevisionId: 'wrong',
        },
        answer: stale('GetLayerPolicy'),
      },
      {
        says: 'also when one is removed',
        operation: 'RemoveLayerVersionPermission',
        input: { LayerName: 'layer', VersionNumber: 1, StatementId: 's', RevisionId: 'wrong' },
        answer: stale('GetLayerPolicy'),
      },
      {
        says: 'an unknown layer is not shared',
        operation: 'AddLayerVersionPermission',
        input: {
          LayerName: 'unknown',
          VersionNumber: 1,
          StatementId: 's',
          Action: 'lambda:GetLayerVersion',
          Principal: '*',
        },
        answer: missing(`Layer version ${LARN}:layer:unknown:1 does not exist.`),
      },
      {
        says: 'one that is not there is told',
        operation: 'RemoveLayerVersionPermission',
        input: { LayerName: 'layer', VersionNumber: 1, StatementId: 'unknown' },
        answer: missing('Statement unknown is not found in resource policy.'),
      },
      {
        says: 'one is removed',
        operation: 'RemoveLayerVersionPermission',
        input: { LayerName: 'layer', VersionNumber: 1, StatementId: 's' },
        answer: { status: 204 },
      },
      {
        says: 'a version is deleted',
        operation: 'DeleteLayerVersion',
        input: { LayerName: 'layer', VersionNumber: 2 },
        answer: { status: 204 },
      },
      {
        says: 'twice, too',
        operation: 'DeleteLayerVersion',
        input: { LayerName: 'layer', VersionNumber: 2 },
        answer: { status: 204 },
      },
      {
        says: 'and its number does not come back',
        operation: 'PublishLayerVersion',
        input: { LayerName: 'layer', ...layerContent },
        answer: { status: 201, shows: { Version: 3 } },
      },
    ],
  },
  {
    title: '15.1 tags',
    given: create('tagged'),
    cases: [
      {
        says: 'there are none at first',
        operation: 'ListTags',
        input: { Resource: `${FARN}:tagged` },
        answer: { status: 200, body: { Tags: {} } },
      },
      {
        says: 'fifty are taken',
        operation: 'TagResource',
        input: { Resource: `${FARN}:tagged`, Tags: tags(50) },
        answer: { status: 204 },
      },
      {
        says: 'one more is too many',
        operation: 'TagResource',
        input: { Resource: `${FARN}:tagged`, Tags: { more: 'v' } },
        answer: invalid('Number of tags exceeds resource tag limit.'),
      },
      {
        says: 'a new function has fifty at most, too',
        operation: 'CreateFunction',
        input: { ...code, FunctionName: 'new', Tags: tags(51) },
        answer: invalid('Number of tags exceeds resource tag limit.'),
      },
      {
        says: 'none at all are refused',
        operation: 'TagResource',
        input: { Resource: `${FARN}:tagged`, Tags: {} },
        answer: invalid('An error occurred and the request cannot be processed.'),
      },
      {
        says: 'keys to take away are named',
        operation: 'UntagResource',
        input: { Resource: `${FARN}:tagged`, TagKeys: [] },
        answer: broken(['null', 'tagKeys', 'not be null']),
      },
      {
        says: 'one that is not there is taken away',
        operation: 'UntagResource',
        input: { Resource: `${FARN}:tagged`, TagKeys: ['unknown'] },
        answer: { status: 204 },
      },
      ...(['TagResource', 'UntagResource', 'ListTags'] as const).map(
        (operation): Case => ({
          says: `${operation}: a version has none`,
          operation,
          input: { Resource: `${FARN}:tagged:$LATEST`, Tags: { k: 'v' }, TagKeys: ['k'] },
          answer: invalid('Tags on function aliases and versions are not supported. Please specify a function ARN.'),
        }),
      ),
      ...(['TagResource', 'UntagResource', 'ListTags'] as const).map(
        (operation): Case => ({
          says: `${operation}: an unknown function is not found`,
          operation,
          input: { Resource: `${FARN}:unknown`, Tags: { k: 'v' }, TagKeys: ['k'] },
          answer: missing(`Function not found: ${FARN}:unknown`),
        }),
      ),
      {
        says: 'a resource is an ARN',
        operation: 'ListTags',
        input: { Resource: 'tagged' },
        answer: broken(
          pattern(
            'tagged',
            'resource',
            'arn:(aws[a-zA-Z-]*):lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:(function:[a-zA-Z0-9-_]+(:(\\$LATEST|[a-zA-Z0-9-_]+))?|layer:([a-zA-Z0-9-_]+)|code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|capacity-provider:[a-zA-Z0-9-_]+)',
          ),
        ),
      },
    ],
  },
  {
    title: '15.2 code signing',
    given: create('signed'),
    cases: [
      ...(
        [
          'GetCodeSigningConfig',
          'UpdateCodeSigningConfig',
          'DeleteCodeSigningConfig',
          'ListFunctionsByCodeSigningConfig',
        ] as const
      ).map(
        (operation): Case => ({
          says: `${operation}: an unknown configuration is not found`,
          operation,
          input: { CodeSigningConfigArn: `${LARN}:code-signing-config:csc-0123456789abcdef0` },
          answer: refusal(
            404,
            'ResourceNotFoundException',
            `The Lambda code signing configuration ${LARN}:code-signing-config:csc-0123456789abcdef0 can not be found.`,
            { untyped: true },
          ),
        }),
      ),
      {
        says: 'an unknown one is not given to a function, and is told before a missing function',
        operation: 'PutFunctionCodeSigningConfig',
        input: {
          FunctionName: 'unknown',
          CodeSigningConfigArn: `${LARN}:code-signing-config:csc-0123456789abcdef0`,
        },
        answer: refusal(
          404,
          'CodeSigningConfigNotFoundException',
          `The code signing configuration cannot be found. Check that the provided configuration is not deleted: ${LARN}:code-signing-config:csc-0123456789abcdef0.`,
        ),
      },
      {
        says: 'a function has none at first',
        operation: 'GetFunctionCodeSigningConfig',
        input: { FunctionName: 'signed' },
        answer: { status: 200, body: {} },
      },
      {
        says: 'taking none away is no error',
        operation: 'DeleteFunctionCodeSigningConfig',
        input: { FunctionName: 'signed' },
        answer: { status: 204 },
      },
    ],
  },
  {
    title: '15.3 and 15.4 recursion and runtime management',
    given: create('controlled'),
    cases: [
      {
        says: 'loops are ended',
        operation: 'GetFunctionRecursionConfig',
        input: { FunctionName: 'controlled' },
        answer: { status: 200, body: { RecursiveLoop: 'Terminate' } },
      },
      {
        says: 'or allowed, and nothing else',
        operation: 'PutFunctionRecursionConfig',
        input: { FunctionName: 'controlled', RecursiveLoop: 'INVALID' },
        answer: broken(["'INVALID'", 'recursiveLoop', 'satisfy enum value set: [Terminate, Allow]']),
      },
      {
        says: 'runtimes are updated by themselves',
        operation: 'GetRuntimeManagementConfig',
        input: { FunctionName: 'controlled' },
        answer: { status: 200, shows: { UpdateRuntimeOn: 'Auto', FunctionArn: `${FARN}:controlled` } },
      },
    ],
  },
];

const cleanUp = cleanUpOf({ after });
let send: Send;
let settle: (name: string) => Promise<void>;

before(async () => {
  const server = await serve(cleanUp);
  const client = lambdaClient(cleanUp, server);
  send = recorder(cleanUp, server);
  settle = (name) => settled(client, name);
});

for (const { title, given, settles, cases } of SECTIONS) {
  describe(`as recorded: ${title}`, () => {
    before(async () => {
      await given?.(send, settle);
    });
    for (const { says, operation, input, answer } of cases) {
      test(`${operation}: ${says}`, async () => {
        assertRecorded(await send(operation, input), answer);
        if (settles !== undefined) await settle(settles);
      });
    }
  });
}

function tags(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 'v']));
}

/** An alias of which only some members matter. */
function subset(members: object) {
  return { AliasArn: any, Name: any, FunctionVersion: any, Description: any, RevisionId: any, ...members };
}
