// Two accounts in two regions each, on one server: each of the four places has everything to itself.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { deploy, type Invoked, invoke, zipOf } from './deploy.ts';
import { logged } from './logs.ts';
import { addAccount, inRegion, type LambdaClient, lambdaClient, lambdaSdk, serve, type TestServer } from './server.ts';

const require = createRequire(import.meta.url);
const sdk = lambdaSdk();
const iamSdk = require('@aws-sdk/client-iam') as typeof import('@aws-sdk/client-iam');
const logsSdk = require('@aws-sdk/client-cloudwatch-logs') as typeof import('@aws-sdk/client-cloudwatch-logs');

const ACCOUNTS = ['111122223333', '444455556666'];
const REGIONS = ['us-east-1', 'eu-west-1'];

/** One account in one region. */
interface Place {
  readonly account: string;
  readonly region: string;
  /** What only this place's function says. */
  readonly secret: string;
  readonly server: TestServer;
  readonly lambda: LambdaClient;
}

/** Asks the platform who it is, with nothing but its own variables: what a client library does. */
const ASKS = `
import { createHash, createHmac } from 'node:crypto';
const hmac = (key, text) => createHmac('sha256', key).update(text).digest();
const hash = (text) => createHash('sha256').update(text).digest('hex');
export const handler = async (event, context) => {
  console.log('this is', SECRET);
  const { AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
  const { host } = new URL(AWS_ENDPOINT_URL);
  const body = 'Action=GetCallerIdentity&Version=2011-06-15';
  const date = new Date().toISOString().replace(/[:-]|\\.\\d{3}/g, '');
  const scope = [date.slice(0, 8), AWS_REGION, 'sts', 'aws4_request'];
  const signed = { host, 'x-amz-date': date, 'x-amz-security-token': AWS_SESSION_TOKEN };
  const names = Object.keys(signed).join(';');
  const lines = Object.entries(signed).map(([name, value]) => name + ':' + value + '\\n').join('');
  const text = ['AWS4-HMAC-SHA256', date, scope.join('/'), hash(['POST', '/', '', lines, names, hash(body)].join('\\n'))];
  const signature = createHmac('sha256', scope.reduce(hmac, 'AWS4' + AWS_SECRET_ACCESS_KEY)).update(text.join('\\n'));
  const authorization = 'AWS4-HMAC-SHA256 Credential=' + AWS_ACCESS_KEY_ID + '/' + scope.join('/') +
    ', SignedHeaders=' + names + ', Signature=' + signature.digest('hex');
  const headers = { ...signed, authorization, 'content-type': 'application/x-www-form-urlencoded' };
  const answer = await fetch(AWS_ENDPOINT_URL, { method: 'POST', headers, body }).then((response) => response.text());
  const whoAmI = /<Arn>(.*)<\\/Arn>/.exec(answer)?.[1] ?? answer;
  return { secret: SECRET, whoAmI, region: AWS_REGION, arn: context.invokedFunctionArn };
};`;

describe('two accounts in two regions', () => {
  const cleanUp = new AsyncDisposableStack();
  const places: Place[] = [];

  before(async () => {
    const server = await serve(cleanUp);
    for (const account of ACCOUNTS) {
      const ofAccount = await addAccount(server, account);
      for (const region of REGIONS) {
        const here = inRegion(ofAccount, region);
        const lambda = lambdaClient(cleanUp, here);
        const secret = `secret-of-${account}-in-${region}`;
        places.push({ account, region, secret, server: here, lambda });
        await deploy(lambda, {
          name: 'same',
          runtime: 'nodejs24.x',
          role: `arn:aws:iam::${account}:role/worker`,
          files: { 'index.mjs': `const SECRET = ${JSON.stringify(secret)};${ASKS}` },
        });
      }
    }
  });
  after(() => cleanUp.disposeAsync());

  /** Does the same in all places, and then tells whether each sees its own and nothing else. */
  const inEach = async <T>(act: (place: Place) => Promise<T>): Promise<T[]> => {
    const answers: T[] = [];
    for (const place of places) answers.push(await act(place));
    return answers;
  };
  const first = () => places[0] ?? assert.fail();
  const others = () => places.slice(1);

  test('have functions of one name with code, variables and credentials of their own', async () => {
    // All at once, and again on environments that are warm: none is given to another place.
    const rounds = await Promise.all([...places, ...places].map(async ({ lambda }) => invoke(lambda, 'same')));
    for (const [index, answer] of rounds.entries()) {
      const { account, region, secret } = places[index % places.length] ?? assert.fail();
      assert.deepEqual(answered(answer), {
        secret,
        whoAmI: `arn:aws:sts::${account}:assumed-role/worker/same`,
        region,
        arn: `arn:aws:lambda:${region}:${account}:function:same`,
      });
    }
  });

  test('have logs of their own', async () => {
    for (const { account, region, server, secret } of places) {
      assert.match(await logged(server, 'same', 'this is'), new RegExp(secret));
      const reader = logsClient(cleanUp, server);
      const { logGroups } = await reader.send(new logsSdk.DescribeLogGroupsCommand({}));
      assert.deepEqual(
        logGroups?.map(({ arn }) => arn),
        [`arn:aws:logs:${region}:${account}:log-group:/aws/lambda/same:*`],
      );
      const { events = [] } = await reader.send(
        new logsSdk.FilterLogEventsCommand({ logGroupName: '/aws/lambda/same', filterPattern: '"this is"' }),
      );
      assert.ok(events.length > 0 && events.every(({ message }) => message?.includes(secret)), secret);
    }
  });

  test('have versions, aliases, tags, settings and permissions of their own', async () => {
    const { lambda, account, region } = first();
    const FunctionName = 'same';
    const { Version = '' } = await lambda.send(new sdk.PublishVersionCommand({ FunctionName }));
    await lambda.send(new sdk.CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: Version }));
    const Resource = `arn:aws:lambda:${region}:${account}:function:same`;
    await lambda.send(new sdk.TagResourceCommand({ Resource, Tags: { whose: 'first' } }));
    const permission = { StatementId: 's', Action: 'lambda:InvokeFunction', Principal: 's3.amazonaws.com' };
    await lambda.send(new sdk.AddPermissionCommand({ FunctionName, ...permission }));
    await lambda.send(new sdk.PutFunctionEventInvokeConfigCommand({ FunctionName, MaximumRetryAttempts: 1 }));
    await lambda.send(new sdk.CreateFunctionUrlConfigCommand({ FunctionName, AuthType: 'NONE' }));

    const seen = async ({ lambda }: Place) => {
      const { Functions = [] } = await lambda.send(new sdk.ListFunctionsCommand({}));
      const { Versions = [] } = await lambda.send(new sdk.ListVersionsByFunctionCommand({ FunctionName }));
      const { Aliases = [] } = await lambda.send(new sdk.ListAliasesCommand({ FunctionName }));
      const { Tags } = await lambda.send(new sdk.GetFunctionCommand({ FunctionName }));
      const configs = await lambda.send(new sdk.ListFunctionEventInvokeConfigsCommand({ FunctionName }));
      const urls = await lambda.send(new sdk.ListFunctionUrlConfigsCommand({ FunctionName }));
      const isShared = await lambda.send(new sdk.GetPolicyCommand({ FunctionName })).then(
        () => true,
        ({ name }) => assert.equal(name, 'ResourceNotFoundException'),
      );
      return [
        Functions.length,
        Versions.length,
        Aliases.length,
        Tags?.whose,
        configs.FunctionEventInvokeConfigs?.length,
        urls.FunctionUrlConfigs?.length,
        isShared,
      ];
    };
    const untouched = [1, 1, 0, undefined, 0, 0, undefined];
    assert.deepEqual(await inEach(seen), [[1, 2, 1, 'first', 1, 1, true], ...others().map(() => untouched)]);
  });

  test('have limits of their own: concurrency, and room for code', async () => {
    const { lambda } = first();
    const before = await inEach(limits);
    await lambda.send(new sdk.PutFunctionConcurrencyCommand({ FunctionName: 'same', ReservedConcurrentExecutions: 0 }));
    await deploy(lambda, {
      name: 'second',
      runtime: 'nodejs24.x',
      role: `arn:aws:iam::${first().account}:role/worker`,
      files: { 'index.js': 'exports.handler = async () => 2;' },
    });
    const now = await inEach(limits);
    assert.deepEqual(now.slice(1), before.slice(1));
    assert.equal(now[0]?.functions, 2);
    assert.ok((now[0]?.codeBytes ?? 0) > (before[0]?.codeBytes ?? 0));
    await assert.rejects(invoke(lambda, 'same'), {
      name: 'TooManyRequestsException',
      Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
    });
    for (const place of others()) assert.equal(answered(await invoke(place.lambda, 'same')).secret, place.secret);
    await lambda.send(
      new sdk.PutFunctionConcurrencyCommand({ FunctionName: 'same', ReservedConcurrentExecutions: 900 }),
    );
    assert.deepEqual(
      (await inEach(limits)).map(({ unreserved }) => unreserved),
      [100, 1_000, 1_000, 1_000],
    );
    await lambda.send(new sdk.DeleteFunctionConcurrencyCommand({ FunctionName: 'same' }));
    await lambda.send(new sdk.DeleteFunctionCommand({ FunctionName: 'second' }));
  });

  test('have layers of one name, each counted from 1, and none of another place’s', async () => {
    const made = await inEach(async ({ lambda, secret }) => {
      const ZipFile = await zipOf({ 'layer.txt': secret });
      return lambda.send(new sdk.PublishLayerVersionCommand({ LayerName: 'shared', Content: { ZipFile } }));
    });
    for (const [index, { account, region, lambda }] of places.entries()) {
      const arn = `arn:aws:lambda:${region}:${account}:layer:shared:1`;
      assert.equal(made[index]?.LayerVersionArn, arn);
      const { Layers = [] } = await lambda.send(new sdk.ListLayersCommand({}));
      assert.deepEqual(
        Layers.map(({ LatestMatchingVersion }) => LatestMatchingVersion?.LayerVersionArn),
        [arn],
      );
      for (const other of made.filter((_, at) => at !== index)) {
        const attached = lambda.send(
          new sdk.UpdateFunctionConfigurationCommand({ FunctionName: 'same', Layers: [other.LayerVersionArn ?? ''] }),
        );
        const isOwn = other.LayerVersionArn?.includes(`:${account}:`);
        await assert.rejects(attached, { name: isOwn ? 'InvalidParameterValueException' : 'AccessDeniedException' });
      }
    }
  });

  test('have code signing configurations and event source mappings of their own', async () => {
    const { lambda, account, region } = first();
    const profile = `arn:aws:signer:${region}:${account}:/signing-profiles/mine/0123456789`;
    const { CodeSigningConfig } = await lambda.send(
      new sdk.CreateCodeSigningConfigCommand({ AllowedPublishers: { SigningProfileVersionArns: [profile] } }),
    );
    const CodeSigningConfigArn = CodeSigningConfig?.CodeSigningConfigArn ?? '';
    const source = {
      EventSourceArn: `arn:aws:kinesis:${region}:${account}:stream/s`,
      StartingPosition: 'LATEST',
    } as const;
    const { UUID } = await lambda.send(
      new sdk.CreateEventSourceMappingCommand({ FunctionName: 'same', ...source, Enabled: false }),
    );
    assert.deepEqual(
      await inEach(async ({ lambda }) => {
        const { CodeSigningConfigs } = await lambda.send(new sdk.ListCodeSigningConfigsCommand({}));
        const { EventSourceMappings } = await lambda.send(new sdk.ListEventSourceMappingsCommand({}));
        return [CodeSigningConfigs?.length, EventSourceMappings?.length];
      }),
      [[1, 1], ...others().map(() => [0, 0])],
    );
    for (const other of others()) {
      await assert.rejects(other.lambda.send(new sdk.GetEventSourceMappingCommand({ UUID })), {
        name: 'ResourceNotFoundException',
      });
      await assert.rejects(other.lambda.send(new sdk.GetCodeSigningConfigCommand({ CodeSigningConfigArn })), {
        name: 'ResourceNotFoundException',
      });
      await assert.rejects(
        other.lambda.send(new sdk.PutFunctionCodeSigningConfigCommand({ FunctionName: 'same', CodeSigningConfigArn })),
        { name: 'CodeSigningConfigNotFoundException' },
      );
    }
  });

  test('have the roles of their account, which are the same in its regions', async () => {
    const [here, , there] = places;
    const trusting = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
    };
    const role = { RoleName: 'worker', AssumeRolePolicyDocument: JSON.stringify(trusting) };
    const names = async ({ server }: Place) => {
      const { Roles = [] } = await iamClient(cleanUp, server).send(new iamSdk.ListRolesCommand({}));
      return Roles.map(({ Arn }) => Arn);
    };
    const [one, two] = ACCOUNTS.map((account) => [`arn:aws:iam::${account}:role/worker`]);
    await iamClient(cleanUp, here?.server).send(new iamSdk.CreateRoleCommand(role));
    assert.deepEqual(await inEach(names), [one, one, [], []]);
    await iamClient(cleanUp, there?.server).send(new iamSdk.CreateRoleCommand(role));
    assert.deepEqual(await inEach(names), [one, one, two, two]);
  });

  test('lose nothing when another place loses its function', async () => {
    await first().lambda.send(new sdk.DeleteFunctionCommand({ FunctionName: 'same' }));
    await assert.rejects(invoke(first().lambda, 'same'), { name: 'ResourceNotFoundException' });
    for (const { lambda, secret } of others()) assert.equal(answered(await invoke(lambda, 'same')).secret, secret);
  });
});

async function limits({ lambda }: Place) {
  const { AccountUsage, AccountLimit } = await lambda.send(new sdk.GetAccountSettingsCommand({}));
  return {
    functions: AccountUsage?.FunctionCount,
    codeBytes: AccountUsage?.TotalCodeSize,
    unreserved: AccountLimit?.UnreservedConcurrentExecutions,
  };
}

function answered({ error, text }: Invoked): Record<string, unknown> {
  assert.equal(error, undefined, text);
  return JSON.parse(text);
}

function settingsOf(server: TestServer | undefined) {
  const env = server?.env ?? {};
  return {
    endpoint: env.AWS_ENDPOINT_URL ?? '',
    region: env.AWS_REGION ?? '',
    credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID ?? '', secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '' },
  };
}

function logsClient(cleanUp: AsyncDisposableStack, server: TestServer) {
  const client = new logsSdk.CloudWatchLogsClient(settingsOf(server));
  cleanUp.defer(() => client.destroy());
  return client;
}

function iamClient(cleanUp: AsyncDisposableStack, server: TestServer | undefined) {
  const client = new iamSdk.IAMClient(settingsOf(server));
  cleanUp.defer(() => client.destroy());
  return client;
}
