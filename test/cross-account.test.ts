// One account calls the functions of another: what a function's policy lets in, and what it does not.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { withoutAwsSettings } from '../scripts/server-process.ts';
import { awsLambda } from './aws-cli.ts';
import { pythonWithBoto3 } from './boto3.ts';
import { deploy, invoke, zipOf } from './deploy.ts';
import {
  addAccount,
  cleanUpOf,
  inRegion,
  type LambdaClient,
  lambdaClient,
  lambdaSdk,
  serve,
  type TestServer,
  text,
} from './server.ts';

const sdk = lambdaSdk();
const stsSdk = createRequire(import.meta.url)('@aws-sdk/client-sts') as typeof import('@aws-sdk/client-sts');
const OWNER = '111122223333';
const FRIEND = '444455556666';
const ROLE = `arn:aws:iam::${OWNER}:role/worker`;
const ARN = `arn:aws:lambda:us-east-1:${OWNER}:function:shared`;
const FILES = { 'index.mjs': 'export const handler = async (event, context) => context.invokedFunctionArn;' };

/** Neither what was asked for nor whether it is there is told: the message is null, which the client calls so. */
const DENIED = { name: 'AccessDeniedException', status: 403, message: 'UnknownError' };

describe('the functions of another account', () => {
  const cleanUp = new AsyncDisposableStack();
  let server: TestServer;
  let friendServer: TestServer;
  let owner: LambdaClient;
  let friend: LambdaClient;

  before(async () => {
    server = await serve(cleanUp);
    owner = lambdaClient(cleanUp, await addAccount(server, OWNER));
    friendServer = await addAccount(server, FRIEND);
    friend = lambdaClient(cleanUp, friendServer);
    for (const name of ['shared', 'closed'])
      await deploy(owner, { name, runtime: 'nodejs24.x', role: ROLE, files: FILES });
  });
  after(() => cleanUp.disposeAsync());

  const allow = (
    FunctionName: string,
    Action: string,
    options: { Principal?: string; Qualifier?: string; SourceArn?: string; PrincipalOrgID?: string } = {},
  ) =>
    owner.send(
      new sdk.AddPermissionCommand({
        FunctionName,
        StatementId: 's',
        Action,
        Principal: FRIEND,
        ...options,
      }),
    );
  const withdraw = (FunctionName: string, Qualifier?: string) =>
    owner.send(new sdk.RemovePermissionCommand({ FunctionName, StatementId: 's', Qualifier }));

  test('are refused, there or not, by any form of their names, until their policy says otherwise', async () => {
    const closed = ARN.replace('shared', 'closed');
    const forms = [closed, `${closed}:$LATEST`, `${OWNER}:function:closed`, `us-east-1:${OWNER}:function:closed`];
    for (const FunctionName of [...forms, ARN.replace('shared', 'none')]) {
      for (const { name, call } of calls(friend, FunctionName)) assert.deepEqual(await refusal(call()), DENIED, name);
    }
    // The owner's name for it is a name of the caller's own account.
    await assert.rejects(friend.send(new sdk.GetFunctionCommand({ FunctionName: 'closed' })), {
      message: `Function not found: arn:aws:lambda:us-east-1:${FRIEND}:function:closed`,
    });
  });

  test('are open to an account for the one action that is named', async () => {
    for (const { name, action, call } of sharedCalls(friend)) {
      assert.deepEqual(await refusal(call()), DENIED, `${name} before`);
      await allow('shared', action);
      await call();
      await withdraw('shared');
      assert.deepEqual(await refusal(call()), DENIED, `${name} after`);
    }
    await allow('shared', 'lambda:GetFunction');
    await assert.rejects(friend.send(new sdk.GetFunctionConfigurationCommand({ FunctionName: ARN })), {
      name: DENIED.name,
    });
    await withdraw('shared');
  });

  test('are open to everything that can be shared by lambda:*, and to nothing that would change the permission', async () => {
    for (const action of ['lambda:*', '*']) {
      await allow('shared', action);
      for (const { call } of sharedCalls(friend)) await call();
      for (const { name, call } of unsharedCalls(friend)) assert.deepEqual(await refusal(call()), DENIED, name);
      await withdraw('shared');
    }
  });

  test('are invoked, streamed and dry-run by who may, and run as their own account’s', async () => {
    await allow('shared', 'lambda:InvokeFunction');
    assert.equal((await invoke(friend, ARN)).text, JSON.stringify(ARN));
    const dryRun = await friend.send(new sdk.InvokeCommand({ FunctionName: ARN, InvocationType: 'DryRun' }));
    assert.equal(dryRun.StatusCode, 204);
    const streamed = await friend.send(new sdk.InvokeWithResponseStreamCommand({ FunctionName: ARN }));
    let whole = '';
    for await (const { PayloadChunk } of streamed.EventStream ?? []) whole += text(PayloadChunk?.Payload);
    assert.equal(whole, JSON.stringify(ARN));
    await withdraw('shared');
  });

  test('are shared by account, root, role, or with everybody, but not with a stranger or a service', async () => {
    const call = () => invoke(friend, ARN);
    for (const [Principal, isLetIn] of [
      [FRIEND, true],
      [`arn:aws:iam::${FRIEND}:root`, true],
      ['*', true],
      [`arn:aws:iam::${FRIEND}:role/worker`, false],
      ['777788889999', false],
      [OWNER, false],
      ['s3.amazonaws.com', false],
    ] as const) {
      await allow('shared', 'lambda:InvokeFunction', { Principal });
      if (isLetIn) await call();
      else assert.deepEqual(await refusal(call()), DENIED, Principal);
      await withdraw('shared');
    }
  });

  test('are shared by a whole policy, except what it denies', async () => {
    const statement = { Effect: 'Allow', Principal: { AWS: FRIEND }, Action: 'lambda:*', Resource: ARN };
    const put = (...Statement: object[]) =>
      owner.send(
        new sdk.PutResourcePolicyCommand({
          ResourceArn: ARN,
          Policy: JSON.stringify({ Version: '2012-10-17', Statement }),
        }),
      );
    await put(statement, { ...statement, Effect: 'Deny', Action: 'lambda:Get*' });
    await invoke(friend, ARN);
    const get = () => friend.send(new sdk.GetFunctionCommand({ FunctionName: ARN }));
    assert.deepEqual(await refusal(get()), DENIED);
    await put({ ...statement, Action: 'lambda:Get*' });
    await get();
    assert.deepEqual(await refusal(invoke(friend, ARN)), DENIED);
    const own = { ResourceArn: ARN, Policy: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }) };
    assert.deepEqual(await refusal(friend.send(new sdk.PutResourcePolicyCommand(own))), DENIED);
    await owner.send(new sdk.DeleteResourcePolicyCommand({ ResourceArn: ARN }));
    assert.deepEqual(await refusal(get()), DENIED);
  });

  test('are deleted by who may', async () => {
    await deploy(owner, { name: 'doomed', runtime: 'nodejs24.x', role: ROLE, files: FILES });
    const FunctionName = ARN.replace('shared', 'doomed');
    await allow('doomed', 'lambda:DeleteFunction');
    await friend.send(new sdk.DeleteFunctionCommand({ FunctionName }));
    await assert.rejects(owner.send(new sdk.GetFunctionCommand({ FunctionName })), {
      name: 'ResourceNotFoundException',
    });
  });

  test('are not shared with who calls directly by a statement with a condition', async () => {
    for (const condition of [
      { SourceArn: 'arn:aws:s3:::bucket' },
      { SourceAccount: FRIEND },
      { PrincipalOrgID: 'o-abcdefghij', Principal: '*' },
      { FunctionUrlAuthType: 'NONE' as const, Action: 'lambda:InvokeFunctionUrl' },
    ]) {
      await allow('shared', 'lambda:InvokeFunction', condition);
      assert.deepEqual(await refusal(invoke(friend, ARN)), DENIED, JSON.stringify(condition));
      await withdraw('shared');
    }
  });

  test('share a version or an alias by its own policy, and the function by the function’s', async () => {
    const { Version: version = '' } = await owner.send(new sdk.PublishVersionCommand({ FunctionName: 'shared' }));
    await owner.send(new sdk.CreateAliasCommand({ FunctionName: 'shared', Name: 'live', FunctionVersion: version }));
    const names = [ARN, `${ARN}:${version}`, `${ARN}:live`, `${ARN}:$LATEST`];
    for (const [Qualifier, open] of [
      [undefined, ARN],
      [version, `${ARN}:${version}`],
      ['live', `${ARN}:live`],
    ] as const) {
      await allow('shared', 'lambda:InvokeFunction', Qualifier === undefined ? {} : { Qualifier });
      for (const name of names) {
        if (name === open) assert.equal((await invoke(friend, name)).text, JSON.stringify(name));
        else assert.deepEqual(await refusal(invoke(friend, name)), DENIED, `${name}, ${open} is shared`);
      }
      await withdraw('shared', Qualifier);
    }
    await owner.send(new sdk.DeleteAliasCommand({ FunctionName: 'shared', Name: 'live' }));
  });

  test('share the provisioned concurrency of a version by its own policy', async () => {
    const { Version: Qualifier = '' } = await owner.send(new sdk.PublishVersionCommand({ FunctionName: 'shared' }));
    const named = { FunctionName: ARN, Qualifier };
    for (const [action, call] of [
      [
        'PutProvisionedConcurrencyConfig',
        () =>
          friend.send(new sdk.PutProvisionedConcurrencyConfigCommand({ ...named, ProvisionedConcurrentExecutions: 1 })),
      ],
      ['GetProvisionedConcurrencyConfig', () => friend.send(new sdk.GetProvisionedConcurrencyConfigCommand(named))],
      [
        'DeleteProvisionedConcurrencyConfig',
        () => friend.send(new sdk.DeleteProvisionedConcurrencyConfigCommand(named)),
      ],
    ] as const) {
      await allow('shared', `lambda:${action}`);
      assert.deepEqual(await refusal(call()), DENIED, `${action} by the function's policy`);
      await withdraw('shared');
      await allow('shared', `lambda:${action}`, { Qualifier });
      await call();
      await withdraw('shared', Qualifier);
    }
  });

  test('are not reached from another region, whatever their policy says', async () => {
    await allow('shared', '*');
    const elsewhere = lambdaClient(cleanUp, inRegion(friendServer, 'eu-west-1'));
    for (const { name, call } of calls(elsewhere, ARN)) {
      const told = await refusal(call());
      assert.equal(told.message, "Functions from 'us-east-1' are not reachable in this region ('eu-west-1')", name);
      assert.equal(told.status, 404);
    }
    await withdraw('shared');
  });

  test('are invoked by the AWS CLI as their policy allows', async () => {
    const env = { ...withoutAwsSettings(), ...friendServer.env };
    const aws = await awsLambda(env);
    const named = ['--function-name', ARN];
    await assert.rejects(aws('invoke', ...named, '/dev/null'), /AccessDeniedException/);
    await allow('shared', 'lambda:InvokeFunction');
    assert.equal((await aws('invoke', ...named, '/dev/null')).StatusCode, 200);
    await assert.rejects(aws('get-function', ...named), /AccessDeniedException/);
    await withdraw('shared');
  });

  test('are invoked by boto3 as their policy allows', async () => {
    await allow('shared', 'lambda:InvokeFunction');
    const env = { ...withoutAwsSettings(), ...friendServer.env };
    const script = join(import.meta.dirname, 'boto3-accounts.py');
    const { stdout } = await promisify(execFile)(await pythonWithBoto3(env), [script, ARN], { env });
    // The message is null, which boto3 shows as it is.
    const denied = ['AccessDeniedException', null, 403];
    assert.deepEqual(JSON.parse(stdout), {
      account: FRIEND,
      invoked: [200, ARN],
      configuration: denied,
      permission: denied,
      missing: denied,
      elsewhere: [
        'ResourceNotFoundException',
        "Functions from 'us-east-1' are not reachable in this region ('eu-west-1')",
        404,
      ],
    });
    await withdraw('shared');
  });

  test('get no role of another account', async () => {
    const refused = { name: 'AccessDeniedException', status: 403, message: 'Cross-account pass role is not allowed.' };
    const create = new sdk.CreateFunctionCommand({
      FunctionName: 'borrowed',
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: `arn:aws:iam::${FRIEND}:role/worker`,
      Code: { ZipFile: await zipOf(FILES) },
    });
    assert.deepEqual(await refusal(owner.send(create)), refused);
    const Role = `arn:aws:iam::${FRIEND}:role/worker`;
    const update = new sdk.UpdateFunctionConfigurationCommand({ FunctionName: 'shared', Role });
    assert.deepEqual(await refusal(owner.send(update)), refused);
  });
});

test('without checks of signatures, a role is let in by its sessions, and roles of any account are taken', async (t) => {
  const cleanUp = cleanUpOf(t);
  const server = await serve(cleanUp, { args: ['--auth', 'relaxed', '--sandbox', 'process', '--pool', '0'] });
  const as = (AWS_ACCESS_KEY_ID: string) =>
    lambdaClient(cleanUp, { ...server, env: { ...server.env, AWS_ACCESS_KEY_ID } });
  const owner = as(OWNER);
  await deploy(owner, { name: 'shared', runtime: 'nodejs24.x', role: `arn:aws:iam::${FRIEND}:role/any`, files: FILES });
  const role = `arn:aws:iam::${FRIEND}:role/worker`;
  const permission = { StatementId: 's', Action: 'lambda:InvokeFunction', Principal: role };
  await owner.send(new sdk.AddPermissionCommand({ FunctionName: 'shared', ...permission }));
  const invokeAs = (client: LambdaClient) =>
    client.send(new sdk.InvokeCommand({ FunctionName: ARN, InvocationType: 'DryRun' }));
  assert.deepEqual(await refusal(invokeAs(as(FRIEND))), DENIED);

  const settings = { endpoint: server.env.AWS_ENDPOINT_URL ?? '', region: 'us-east-1' };
  const sts = new stsSdk.STSClient({ ...settings, credentials: { accessKeyId: FRIEND, secretAccessKey: 'any' } });
  cleanUp.defer(() => sts.destroy());
  const sessionOf = async (RoleArn: string) => {
    const { Credentials } = await sts.send(new stsSdk.AssumeRoleCommand({ RoleArn, RoleSessionName: 'run' }));
    const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {};
    const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
    const client = new sdk.LambdaClient({ ...settings, credentials });
    cleanUp.defer(() => client.destroy());
    return client;
  };
  assert.equal((await invokeAs(await sessionOf(role))).StatusCode, 204);
  assert.deepEqual(await refusal(invokeAs(await sessionOf(`${role}-of-another-kind`))), DENIED);
});

interface Call {
  readonly name: string;
  readonly call: () => Promise<unknown>;
}

/** A few of each kind: that read, that change, that invoke. */
function calls(client: LambdaClient, FunctionName: string): Call[] {
  return [
    { name: 'GetFunction', call: () => client.send(new sdk.GetFunctionCommand({ FunctionName })) },
    { name: 'ListAliases', call: () => client.send(new sdk.ListAliasesCommand({ FunctionName })) },
    { name: 'PublishVersion', call: () => client.send(new sdk.PublishVersionCommand({ FunctionName })) },
    { name: 'Invoke', call: () => client.send(new sdk.InvokeCommand({ FunctionName })) },
    {
      name: 'InvokeWithResponseStream',
      call: () => client.send(new sdk.InvokeWithResponseStreamCommand({ FunctionName })),
    },
  ];
}

/** All that AWS lets a policy share, in an order in which each finds what it needs; each leaves things as they were. */
function sharedCalls(client: LambdaClient) {
  const FunctionName = ARN;
  const alias = { FunctionName, Name: 'theirs' };
  return [
    { action: 'GetFunction', call: () => client.send(new sdk.GetFunctionCommand({ FunctionName })) },
    {
      action: 'GetFunctionConfiguration',
      call: () => client.send(new sdk.GetFunctionConfigurationCommand({ FunctionName })),
    },
    { action: 'GetPolicy', call: () => client.send(new sdk.GetPolicyCommand({ FunctionName })) },
    {
      action: 'ListVersionsByFunction',
      call: () => client.send(new sdk.ListVersionsByFunctionCommand({ FunctionName })),
    },
    { action: 'PublishVersion', call: () => client.send(new sdk.PublishVersionCommand({ FunctionName })) },
    {
      action: 'PutFunctionConcurrency',
      call: () => client.send(new sdk.PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 5 })),
    },
    {
      action: 'DeleteFunctionConcurrency',
      call: () => client.send(new sdk.DeleteFunctionConcurrencyCommand({ FunctionName })),
    },
    {
      action: 'GetFunctionConcurrency',
      call: () => client.send(new sdk.GetFunctionConcurrencyCommand({ FunctionName })),
    },
    {
      action: 'PutFunctionEventInvokeConfig',
      call: () => client.send(new sdk.PutFunctionEventInvokeConfigCommand({ FunctionName, MaximumRetryAttempts: 1 })),
    },
    {
      action: 'UpdateFunctionEventInvokeConfig',
      call: () =>
        client.send(new sdk.UpdateFunctionEventInvokeConfigCommand({ FunctionName, MaximumRetryAttempts: 0 })),
    },
    {
      action: 'GetFunctionEventInvokeConfig',
      call: () => client.send(new sdk.GetFunctionEventInvokeConfigCommand({ FunctionName })),
    },
    {
      action: 'ListFunctionEventInvokeConfigs',
      call: () => client.send(new sdk.ListFunctionEventInvokeConfigsCommand({ FunctionName })),
    },
    {
      action: 'DeleteFunctionEventInvokeConfig',
      call: () => client.send(new sdk.DeleteFunctionEventInvokeConfigCommand({ FunctionName })),
    },
    {
      action: 'ListProvisionedConcurrencyConfigs',
      call: () => client.send(new sdk.ListProvisionedConcurrencyConfigsCommand({ FunctionName })),
    },
    {
      action: 'TagResource',
      call: () => client.send(new sdk.TagResourceCommand({ Resource: ARN, Tags: { by: 'friend' } })),
    },
    { action: 'ListTags', call: () => client.send(new sdk.ListTagsCommand({ Resource: ARN })) },
    {
      action: 'UntagResource',
      call: () => client.send(new sdk.UntagResourceCommand({ Resource: ARN, TagKeys: ['by'] })),
    },
    {
      action: 'CreateAlias',
      call: () => client.send(new sdk.CreateAliasCommand({ ...alias, FunctionVersion: '$LATEST' })),
    },
    { action: 'GetAlias', call: () => client.send(new sdk.GetAliasCommand(alias)) },
    { action: 'UpdateAlias', call: () => client.send(new sdk.UpdateAliasCommand({ ...alias, Description: 'd' })) },
    { action: 'ListAliases', call: () => client.send(new sdk.ListAliasesCommand({ FunctionName })) },
    { action: 'DeleteAlias', call: () => client.send(new sdk.DeleteAliasCommand(alias)) },
    { action: 'InvokeFunction', call: () => client.send(new sdk.InvokeCommand({ FunctionName })) },
    {
      action: 'UpdateFunctionCode',
      call: async () =>
        client.send(new sdk.UpdateFunctionCodeCommand({ FunctionName, DryRun: true, ZipFile: await zipOf(FILES) })),
    },
  ].map(({ action, call }) => ({ name: action, action: `lambda:${action}`, call: call as () => Promise<unknown> }));
}

function unsharedCalls(client: LambdaClient): Call[] {
  const FunctionName = ARN;
  const permission = { FunctionName, StatementId: 'mine', Action: 'lambda:*', Principal: FRIEND };
  return [
    { name: 'AddPermission', call: () => client.send(new sdk.AddPermissionCommand(permission)) },
    {
      name: 'RemovePermission',
      call: () => client.send(new sdk.RemovePermissionCommand({ FunctionName, StatementId: 's' })),
    },
    {
      name: 'CreateFunctionUrlConfig',
      call: () => client.send(new sdk.CreateFunctionUrlConfigCommand({ FunctionName, AuthType: 'NONE' })),
    },
    { name: 'GetFunctionUrlConfig', call: () => client.send(new sdk.GetFunctionUrlConfigCommand({ FunctionName })) },
    { name: 'GetResourcePolicy', call: () => client.send(new sdk.GetResourcePolicyCommand({ ResourceArn: ARN })) },
    {
      name: 'UpdateFunctionConfiguration',
      call: () => client.send(new sdk.UpdateFunctionConfigurationCommand({ FunctionName, Timeout: 9 })),
    },
    {
      name: 'GetFunctionCodeSigningConfig',
      call: () => client.send(new sdk.GetFunctionCodeSigningConfigCommand({ FunctionName })),
    },
    {
      name: 'GetRuntimeManagementConfig',
      call: () => client.send(new sdk.GetRuntimeManagementConfigCommand({ FunctionName })),
    },
    {
      name: 'PutFunctionRecursionConfig',
      call: () => client.send(new sdk.PutFunctionRecursionConfigCommand({ FunctionName, RecursiveLoop: 'Allow' })),
    },
  ];
}

async function refusal(call: Promise<unknown>): Promise<{ name: string; status: number | undefined; message: string }> {
  return call.then(
    () => assert.fail('it was let in'),
    (error: Error & { $metadata?: { httpStatusCode?: number } }) => ({
      name: error.name,
      status: error.$metadata?.httpStatusCode,
      message: error.message,
    }),
  );
}
