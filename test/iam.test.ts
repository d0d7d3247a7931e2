// Roles as those who deploy functions use them, in the whole server: created first, named in a function, and assumed.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { withoutAwsSettings } from '../scripts/server-process.ts';
import { pythonWithBoto3 } from './boto3.ts';
import { invoke, zipOf } from './deploy.ts';
import {
  cleanUpOf,
  type LambdaClient,
  lambdaClient,
  lambdaSdk,
  serve,
  settled,
  type TestServer,
  temporaryDirectory,
} from './server.ts';

const require = createRequire(import.meta.url);
const iamSdk = require('@aws-sdk/client-iam') as typeof import('@aws-sdk/client-iam');
const stsSdk = require('@aws-sdk/client-sts') as typeof import('@aws-sdk/client-sts');

interface Key {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

const ACCOUNT = '000000000000';
const ROOT = `arn:aws:iam::${ACCOUNT}:root`;
const run = promisify(execFile);

test('with --check-roles a function takes a role that exists and trusts Lambda, and no other', async (t) => {
  const cleanUp = cleanUpOf(t);
  const server = await serve(cleanUp, { args: ['--check-roles'] });
  const lambda = lambdaClient(cleanUp, server);
  const iam = iamClient(cleanUp, server);
  const worker = await createRole(iam, 'worker', { Service: 'lambda.amazonaws.com' }, '/service-role/');
  const machine = await createRole(iam, 'machine', { Service: 'ec2.amazonaws.com' });
  for (const role of [machine, `arn:aws:iam::${ACCOUNT}:role/worker`, `arn:aws:iam::${ACCOUNT}:role/made-up`]) {
    await assert.rejects(createFunction(lambda, 'refused', role), {
      name: 'InvalidParameterValueException',
      message: 'The role defined for the function cannot be assumed by Lambda.',
    });
  }
  await createFunction(lambda, 'taken', worker);
  await iam.send(
    new iamSdk.UpdateAssumeRolePolicyCommand({
      RoleName: 'machine',
      PolicyDocument: trust({ Service: ['ec2.amazonaws.com', 'lambda.amazonaws.com'] }),
    }),
  );
  const { UpdateFunctionConfigurationCommand } = lambdaSdk();
  await settled(lambda, 'taken');
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'taken', Role: machine }));
  const assume = stsClient(cleanUp, server).send(
    new stsSdk.AssumeRoleCommand({ RoleArn: `arn:aws:iam::${ACCOUNT}:role/made-up`, RoleSessionName: 'session' }),
  );
  await assert.rejects(assume, { name: 'AccessDenied' });
});

test('a function’s credentials are those of its role, and assume the roles that trust it', async (t) => {
  const cleanUp = cleanUpOf(t);
  const server = await serve(cleanUp);
  const lambda = lambdaClient(cleanUp, server);
  const iam = iamClient(cleanUp, server);
  const worker = await createRole(iam, 'worker', { Service: 'lambda.amazonaws.com' });
  const trusting = await createRole(iam, 'trusting', { AWS: worker });
  const closed = await createRole(iam, 'closed', { AWS: ROOT });
  await createFunction(lambda, 'tell', worker);
  await settled(lambda, 'tell');
  const env: Record<string, string> = JSON.parse((await invoke(lambda, 'tell')).text);
  const key = {
    accessKeyId: env.AWS_ACCESS_KEY_ID ?? '',
    secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '',
    sessionToken: env.AWS_SESSION_TOKEN ?? '',
  };
  const sts = stsClient(cleanUp, server, key);
  const { Role } = await iam.send(new iamSdk.GetRoleCommand({ RoleName: 'worker' }));
  const identity = await sts.send(new stsSdk.GetCallerIdentityCommand({}));
  assert.equal(identity.Arn, `arn:aws:sts::${ACCOUNT}:assumed-role/worker/tell`);
  assert.equal(identity.UserId, `${Role?.RoleId}:tell`);
  const assume = (RoleArn: string) => sts.send(new stsSdk.AssumeRoleCommand({ RoleArn, RoleSessionName: 'chained' }));
  const { AssumedRoleUser } = await assume(trusting);
  assert.equal(AssumedRoleUser?.Arn, `arn:aws:sts::${ACCOUNT}:assumed-role/trusting/chained`);
  await assert.rejects(assume(closed), {
    name: 'AccessDenied',
    message: `User: ${identity.Arn} is not authorized to perform: sts:AssumeRole on resource: ${closed}`,
  });
  // The role has no policies.
  const roles = iamClient(cleanUp, server, key).send(new iamSdk.ListRolesCommand({}));
  await assert.rejects(roles, { name: 'AccessDenied' });
});

test('roles are still there after the server was killed, and sessions of them go on', async (t) => {
  const cleanUp = cleanUpOf(t);
  const dataDir = await temporaryDirectory(cleanUp);
  const first = await serve(cleanUp, { dataDir });
  const RoleArn = await createRole(iamClient(cleanUp, first), 'worker', { AWS: ROOT });
  const key = await assumeRole(stsClient(cleanUp, first), RoleArn);
  await first.process.kill();
  const second = await serve(cleanUp, { dataDir });
  const { Role } = await iamClient(cleanUp, second).send(new iamSdk.GetRoleCommand({ RoleName: 'worker' }));
  assert.equal(Role?.Arn, RoleArn);
  const whoIs = await stsClient(cleanUp, second, key).send(new stsSdk.GetCallerIdentityCommand({}));
  assert.equal(whoIs.UserId, `${Role?.RoleId}:session`);
});

test('an account works in another one by a role of that one that trusts it', async (t) => {
  const cleanUp = cleanUpOf(t);
  const server = await serve(cleanUp, { args: ['--auth', 'relaxed'] });
  const account = (accessKeyId: string): Key => ({ accessKeyId, secretAccessKey: 'any' });
  const [owner, friend, stranger] = [account('000000000001'), account('000000000002'), account('000000000003')];
  const RoleArn = await createRole(iamClient(cleanUp, server, owner), 'shared', { AWS: '000000000002' });
  assert.equal(RoleArn, 'arn:aws:iam::000000000001:role/shared');
  await assert.rejects(assumeRole(stsClient(cleanUp, server, stranger), RoleArn), {
    name: 'AccessDenied',
    message: `User: arn:aws:iam::000000000003:root is not authorized to perform: sts:AssumeRole on resource: ${RoleArn}`,
  });
  const session = await assumeRole(stsClient(cleanUp, server, friend), RoleArn);
  const names = async (key: Key) => {
    const { Roles = [] } = await iamClient(cleanUp, server, key).send(new iamSdk.ListRolesCommand({}));
    return Roles.map(({ RoleName }) => RoleName);
  };
  assert.deepEqual(await names(session), ['shared'], 'the session is of the account whose role it is');
  assert.deepEqual(await names(friend), []);
});

test('boto3 creates a role with policies, assumes it and deletes it', async (t) => {
  const cleanUp = cleanUpOf(t);
  const env = await emptyHome(cleanUp, await serve(cleanUp));
  const { stdout } = await run(await pythonWithBoto3(env), [join(import.meta.dirname, 'boto3-iam.py')], { env });
  assert.deepEqual(JSON.parse(stdout), {
    trusts: true,
    tags: [{ Key: 'by', Value: 'boto3' }],
    inline: true,
    attached: ['boto3'],
    versioned: true,
    conflict: 'DeleteConflict',
    identity: `arn:aws:sts::${ACCOUNT}:assumed-role/boto3/session`,
    ofRole: true,
    gone: 'NoSuchEntity',
  });
});

test('the AWS CLI creates a role, attaches a policy of AWS’s, and assumes it', async (t) => {
  const cleanUp = cleanUpOf(t);
  const env = await emptyHome(cleanUp, await serve(cleanUp));
  const aws = async (...args: string[]) => {
    // An old CLI reads no endpoint from its environment.
    const all = [...args, '--output', 'json', '--endpoint-url', env.AWS_ENDPOINT_URL ?? ''];
    const { stdout } = await run('aws', all, { env });
    return stdout.trim() === '' ? undefined : JSON.parse(stdout);
  };
  const role = ['--role-name', 'cli'];
  const document = trust({ AWS: ROOT });
  const { Role } = await aws('iam', 'create-role', ...role, '--assume-role-policy-document', document);
  assert.deepEqual(Role.AssumeRolePolicyDocument, JSON.parse(document));
  const policy = ['--policy-arn', 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'];
  await aws('iam', 'attach-role-policy', ...role, ...policy);
  const { AttachedPolicies } = await aws('iam', 'list-attached-role-policies', ...role);
  assert.equal(AttachedPolicies[0].PolicyName, 'AWSLambdaBasicExecutionRole');
  await assert.rejects(aws('iam', 'delete-role', ...role), (error: { stderr?: string }) =>
    /\(DeleteConflict\).*Cannot delete entity, must detach all policies first\./.test(error.stderr ?? ''),
  );
  const { Credentials } = await aws('sts', 'assume-role', '--role-arn', Role.Arn, '--role-session-name', 'session');
  assert.match(Credentials.Expiration, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|\+00:00)$/);
});

function trust(Principal: Record<string, unknown>): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' }],
  });
}

/** Answers its ARN. */
async function createRole(
  iam: import('@aws-sdk/client-iam').IAMClient,
  RoleName: string,
  principal: Record<string, unknown>,
  Path?: string,
): Promise<string> {
  const command = new iamSdk.CreateRoleCommand({ RoleName, Path, AssumeRolePolicyDocument: trust(principal) });
  return (await iam.send(command)).Role?.Arn ?? '';
}

async function assumeRole(sts: import('@aws-sdk/client-sts').STSClient, RoleArn: string): Promise<Key> {
  const { Credentials } = await sts.send(new stsSdk.AssumeRoleCommand({ RoleArn, RoleSessionName: 'session' }));
  return {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  };
}

/** A function that answers its environment variables. */
async function createFunction(lambda: LambdaClient, FunctionName: string, Role: string): Promise<void> {
  await lambda.send(
    new (lambdaSdk().CreateFunctionCommand)({
      FunctionName,
      Role,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Code: { ZipFile: await zipOf({ 'index.js': 'exports.handler = async () => process.env;' }) },
    }),
  );
}

function iamClient(cleanUp: AsyncDisposableStack, server: TestServer, key?: Key) {
  const client = new iamSdk.IAMClient(settingsOf(server, key));
  cleanUp.defer(() => client.destroy());
  return client;
}

function stsClient(cleanUp: AsyncDisposableStack, server: TestServer, key?: Key) {
  const client = new stsSdk.STSClient(settingsOf(server, key));
  cleanUp.defer(() => client.destroy());
  return client;
}

/** The exports of `lambent env`, with another key where one is given. */
function settingsOf({ env }: TestServer, key?: Key) {
  const root = { accessKeyId: env.AWS_ACCESS_KEY_ID ?? '', secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '' };
  return {
    endpoint: env.AWS_ENDPOINT_URL ?? '',
    region: env.AWS_REGION ?? '',
    credentials: key ?? root,
    maxAttempts: 1,
  };
}

/** Only the exports: nobody's ~/.aws may help. */
async function emptyHome(cleanUp: AsyncDisposableStack, server: TestServer): Promise<NodeJS.ProcessEnv> {
  return { ...withoutAwsSettings(), HOME: await temporaryDirectory(cleanUp), ...server.env };
}
