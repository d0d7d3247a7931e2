import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { raw, scope, serve } from '../../wire/test-server.ts';
import { testFunctions } from '../testing/test-functions.ts';
import { lambdaService } from './lambda-service.ts';
import { type LambdaClient, nodeFunction, refusalOf, serveLambda } from './testing/lambda-client.ts';

// Everything that is wrong with a request is told in one answer. Texts that AWS gave: lambda-facts 1.5, 2, 3.5, 5.2, 9.4, 12.1,
// 13.2, 14, 15.1; the others are its model's constraints in the same words.

const REGION = '(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}';
const PREFIX = `(arn:(aws[a-zA-Z-]*)?:lambda:)?(${REGION}:)?(\\d{12}:)?(function:)?`;
const NAME_TO_CHANGE = `${PREFIX}([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?`;
const NAME_TO_READ = `${PREFIX}([a-zA-Z0-9-_\\.]+)(:(\\$LATEST(\\.PUBLISHED)?|[a-zA-Z0-9-_]+))?`;
const NULL = 'Member must not be null';
const FARN = 'arn:aws:lambda:eu-west-1:123456789012:function:hello';

describe('a request that breaks several constraints', () => {
  test('to create a function: a name that is too long, and of no region', async (t) => {
    const name = `arn:aws:lambda:invalid-region:123456789012:function:${'a'.repeat(100)}`;
    await check(t, 'createFunction', { ...(await nodeFunction(name)) }, [
      [`'${name}'`, 'functionName', 'Member must have length less than or equal to 140'],
      [`'${name}'`, 'functionName', matches(NAME_TO_CHANGE)],
    ]);
  });

  test('to create a function: members of every kind', async (t) => {
    const wrong = {
      Role: 'not-a-role',
      PackageType: 'Tar',
      Handler: 'a b',
      Timeout: 901,
      MemorySize: 127,
      VpcConfig: { SubnetIds: ['subnet-1', 'net-2'], SecurityGroupIds: ['1', '2', '3', '4', '5', '6'] },
      Environment: { Variables: { A1: 'x', '1A': 'y' } },
      Architectures: ['x86_64', 'arm64'],
      SnapStart: { ApplyOn: 'Always' },
      LoggingConfig: { LogFormat: 'XML', LogGroup: '!' },
      Tags: { 'k!': 'v' },
    };
    await check(t, 'createFunction', { ...(await nodeFunction('hello')), ...wrong }, [
      ["'not-a-role'", 'role', matches('arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+')],
      ["'Tar'", 'packageType', 'Member must satisfy enum value set: [Zip, Image]'],
      ["'a b'", 'handler', matches('[^\\s]+')],
      ["'901'", 'timeout', 'Member must have value less than or equal to 900'],
      ["'127'", 'memorySize', 'Member must have value greater than or equal to 128'],
      [
        "'[subnet-1, net-2]'",
        'vpcConfig.subnetIds',
        `Member must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 0, ${matches('subnet-[0-9a-z]*')}, ${NULL}]`,
      ],
      ["'[1, 2, 3, 4, 5, 6]'", 'vpcConfig.securityGroupIds', 'Member must have length less than or equal to 5'],
      [
        "'[1, 2, 3, 4, 5, 6]'",
        'vpcConfig.securityGroupIds',
        `Member must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 0, ${matches('sg-[0-9a-zA-Z]*')}, ${NULL}]`,
      ],
      [
        "'{A1=x, 1A=y}'",
        'environment.variables',
        `Map keys must satisfy constraint: [${matches('[a-zA-Z]([a-zA-Z0-9_])+')}]`,
      ],
      ["'Always'", 'snapStart.applyOn', 'Member must satisfy enum value set: [PublishedVersions, None]'],
      ["'XML'", 'loggingConfig.logFormat', 'Member must satisfy enum value set: [JSON, Text]'],
      ["'!'", 'loggingConfig.logGroup', matches('[\\.\\-_/#A-Za-z0-9]+')],
      ["'[x86_64, arm64]'", 'architectures', 'Member must have length less than or equal to 1'],
      [
        "'{k!=v}'",
        'tags',
        `Map keys must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, ${matches('([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)')}]`,
      ],
    ]);
  });

  test('to read one: the qualifier comes before the name', async (t) => {
    const long = 'a'.repeat(129);
    await check(t, 'getFunction', { FunctionName: 'my-function!', Qualifier: long }, [
      [`'${long}'`, 'qualifier', 'Member must have length less than or equal to 128'],
      ["'my-function!'", 'functionName', matches(NAME_TO_READ)],
    ]);
  });

  test('to list versions: the page and the name', async (t) => {
    await check(t, 'listVersionsByFunction', { FunctionName: 'my-function!', MaxItems: 10_001 }, [
      ["'10001'", 'maxItems', 'Member must have value less than or equal to 10000'],
      ["'my-function!'", 'functionName', matches(NAME_TO_READ)],
    ]);
  });

  test('to create an alias: its name, and both sides of its weights', async (t) => {
    await check(
      t,
      'createAlias',
      {
        FunctionName: 'hello',
        Name: '10',
        FunctionVersion: 'one',
        RoutingConfig: { AdditionalVersionWeights: { two: 2 } },
      },
      [
        ["'10'", 'name', matches('(?!^[0-9]+$)([a-zA-Z0-9-_]+)')],
        ["'one'", 'functionVersion', matches('(\\$LATEST(\\.PUBLISHED)?|[0-9]+)')],
        [
          "'{two=2.0}'",
          'routingConfig.additionalVersionWeights',
          `Map keys must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 1, ${matches('[0-9]+')}]`,
        ],
        [
          "'{two=2.0}'",
          'routingConfig.additionalVersionWeights',
          `Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, ${NULL}]`,
        ],
      ],
    );
  });

  test('to publish a layer: the runtime told as of one value, the architecture as of an element', async (t) => {
    const { lambda } = await serveLambda(t);
    const { name, message } = await refusalOf(
      send(lambda, 'publishLayerVersion', {
        LayerName: 'layer',
        Content: {},
        CompatibleRuntimes: ['invalidruntime'],
        CompatibleArchitectures: ['invalidarch'],
      }),
    );
    assert.equal(name, 'ValidationException');
    assert.match(
      message,
      /^2 validation errors detected: Value '\[invalidruntime\]' at 'compatibleRuntimes' failed to satisfy constraint: Member must satisfy enum value set: \[nodejs20\.x, [^\]]+\]; Value '\[invalidarch\]' at 'compatibleArchitectures' failed to satisfy constraint: Member must satisfy constraint: \[Member must satisfy enum value set: \[x86_64, arm64\], Member must not be null\]$/,
    );
  });

  test('to tag: what is malformed, and what is missing', async (t) => {
    await check(t, 'tagResource', { Resource: 'arn:aws:something' }, [
      [
        "'arn:aws:something'",
        'resource',
        matches(
          `arn:(aws[a-zA-Z-]*):lambda:${REGION}:\\d{12}:(function:[a-zA-Z0-9-_]+(:(\\$LATEST|[a-zA-Z0-9-_]+))?|layer:([a-zA-Z0-9-_]+)|code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|capacity-provider:[a-zA-Z0-9-_]+)`,
        ),
      ],
      ['null', 'tags', NULL],
    ]);
    await check(t, 'untagResource', { Resource: FARN }, [['null', 'tagKeys', NULL]]);
  });

  test('to set where asynchronous invocations go', async (t) => {
    const destination = `$|kafka://([^.]([a-zA-Z0-9\\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:(${REGION})?:(\\d{12})?:(.*)`;
    await check(
      t,
      'putFunctionEventInvokeConfig',
      {
        FunctionName: 'hello',
        Qualifier: 'with-?',
        MaximumRetryAttempts: 3,
        MaximumEventAgeInSeconds: 59,
        DestinationConfig: { OnFailure: { Destination: '_-/!lambda' } },
      },
      [
        ["'with-?'", 'qualifier', matches('\\$(LATEST(\\.PUBLISHED)?)|[a-zA-Z0-9-_$]+')],
        ["'3'", 'maximumRetryAttempts', 'Member must have value less than or equal to 2'],
        ["'59'", 'maximumEventAgeInSeconds', 'Member must have value greater than or equal to 60'],
        ["'_-/!lambda'", 'destinationConfig.onFailure.destination', matches(destination)],
      ],
    );
  });

  test('to give a function a URL: a version instead of an alias, and its cross-origin rules', async (t) => {
    await check(
      t,
      'createFunctionUrlConfig',
      {
        FunctionName: 'hello',
        Qualifier: '1',
        AuthType: 'BASIC',
        InvokeMode: 'FAST',
        Cors: { AllowMethods: ['OPTIONS'], AllowOrigins: [''], MaxAge: 86_401 },
      },
      [
        ["'1'", 'qualifier', matches('((?!^\\d+$)^[0-9a-zA-Z-_]+$)')],
        ["'BASIC'", 'authType', 'Member must satisfy enum value set: [NONE, AWS_IAM]'],
        [
          "'[OPTIONS]'",
          'cors.allowMethods',
          `Member must satisfy constraint: [Member must have length less than or equal to 6, Member must have length greater than or equal to 0, ${matches('.*')}, ${NULL}]`,
        ],
        [
          "'[]'",
          'cors.allowOrigins',
          `Member must satisfy constraint: [Member must have length less than or equal to 253, Member must have length greater than or equal to 1, ${matches('.*')}, ${NULL}]`,
        ],
        ["'86401'", 'cors.maxAge', 'Member must have value less than or equal to 86400'],
        ["'FAST'", 'invokeMode', 'Member must satisfy enum value set: [RESPONSE_STREAM, BUFFERED]'],
      ],
    );
  });
});

describe('what is required', () => {
  test('is told as null, all of it at once', async (t) => {
    const { lambda } = await serveLambda(t);
    const missing = (operation: keyof LambdaClient, input: object, members: string[]) =>
      checkWith(
        lambda,
        operation,
        input,
        members.map((member) => ['null', member, NULL]),
      );
    await missing('createFunction', {}, ['functionName', 'role', 'code']);
    await missing('createAlias', { FunctionName: 'hello' }, ['name', 'functionVersion']);
    await missing('addPermission', { FunctionName: 'hello' }, ['statementId', 'action', 'principal']);
    await missing('addLayerVersionPermission', { LayerName: 'l', VersionNumber: 1 }, [
      'statementId',
      'action',
      'principal',
    ]);
    await missing('publishLayerVersion', { LayerName: 'l' }, ['content']);
    await missing('createCodeSigningConfig', {}, ['allowedPublishers']);
    await missing('createCodeSigningConfig', { AllowedPublishers: {} }, [
      'allowedPublishers.signingProfileVersionArns',
    ]);
    await missing('putFunctionCodeSigningConfig', { FunctionName: 'hello' }, ['codeSigningConfigArn']);
    await missing('putProvisionedConcurrencyConfig', { FunctionName: 'hello' }, [
      'qualifier',
      'provisionedConcurrentExecutions',
    ]);
    await missing('putFunctionRecursionConfig', { FunctionName: 'hello' }, ['recursiveLoop']);
    await missing('putRuntimeManagementConfig', { FunctionName: 'hello' }, ['updateRuntimeOn']);
  });

  test('within a structure is told only where the structure is given, and of each structure of a list', async (t) => {
    const base = await nodeFunction('hello');
    await check(t, 'createFunction', { ...base, EphemeralStorage: {} }, [['null', 'ephemeralStorage.size', NULL]]);
    await check(t, 'createFunction', { ...base, FileSystemConfigs: [{}] }, [
      ['null', 'fileSystemConfigs.1.member.arn', NULL],
      ['null', 'fileSystemConfigs.1.member.localMountPath', NULL],
    ]);
    const { lambda } = await serveLambda(t);
    assert.equal((await lambda.createFunction(base)).EphemeralStorage?.Size, 512);
  });
});

test('whoever may not call learns nothing about the request', async (t) => {
  await using opened = await testFunctions({ uuid: () => crypto.randomUUID() });
  const refuse = () => {
    throw new Error('nobody may call');
  };
  const server = await serve(t, [lambdaService(opened.functions, () => 'url')], { authenticate: refuse });
  const answer = await raw(server, { path: '/2015-03-31/functions', headers: scope('lambda'), body: '{}' });
  assert.deepEqual([answer.status, /validation/.test(answer.body)], [500, false]);
});

type Violation = [value: string, path: string, tail: string];

async function check(t: TestContext, operation: keyof LambdaClient, input: object, expected: Violation[]) {
  await checkWith((await serveLambda(t)).lambda, operation, input, expected);
}

async function checkWith(lambda: LambdaClient, operation: keyof LambdaClient, input: object, expected: Violation[]) {
  const { name, message, Type } = await refusalOf(send(lambda, operation, input));
  const told = expected.map(
    ([value, path, tail]) => `Value ${value} at '${path}' failed to satisfy constraint: ${tail}`,
  );
  const errors = told.length === 1 ? '1 validation error' : `${told.length} validation errors`;
  assert.deepEqual([name, message, Type], ['ValidationException', `${errors} detected: ${told.join('; ')}`, undefined]);
}

/** The client's types would not let these through, and its code does. */
function send(lambda: LambdaClient, operation: keyof LambdaClient, input: object): Promise<unknown> {
  const call = Reflect.get(lambda, operation) as (input: object) => Promise<unknown>; // SAFE: each is one of its operations.
  return call.call(lambda, input);
}

const matches = (pattern: string) => `Member must satisfy regular expression pattern: ${pattern}`;
