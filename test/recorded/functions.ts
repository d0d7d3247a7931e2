import type { Case } from './case.ts';
import {
  ACCOUNT,
  ACTIVE,
  broken,
  code,
  conflict,
  create,
  DEFAULTS,
  FARN,
  invalid,
  long,
  named,
  otherZip,
  PENDING,
  pattern,
  RUNTIME_VERSION,
  type Section,
  stale,
  UPDATING,
  zip,
} from './words.ts';

export const FUNCTIONS: readonly Section[] = [
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
        answer: invalid('nodejs24.x is not supported for SnapStart enabled functions.'),
      },
      {
        says: 'SnapStart is shown, and is not on before a version is published',
        operation: 'CreateFunction',
        input: {
          ...code,
          FunctionName: 'snap-start',
          Runtime: 'python3.13',
          SnapStart: { ApplyOn: 'PublishedVersions' },
        },
        answer: { status: 201, shows: { SnapStart: { ApplyOn: 'PublishedVersions', OptimizationStatus: 'Off' } } },
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
];
