// What functions may do by their roles where signatures are checked: their policies decide, as on AWS.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { noting } from '../src/wire/testing/seen-answers.ts';
import { deploy, invoke } from './deploy.ts';
import { eventsSdk } from './event-buses.ts';
import { type LambdaClient, lambdaClient, lambdaSdk, serve, type TestServer } from './server.ts';

const require = createRequire(import.meta.url);
const iamSdk = require('@aws-sdk/client-iam') as typeof import('@aws-sdk/client-iam');
const stsSdk = require('@aws-sdk/client-sts') as typeof import('@aws-sdk/client-sts');
const sqsSdk = require('@aws-sdk/client-sqs') as typeof import('@aws-sdk/client-sqs');
const snsSdk = require('@aws-sdk/client-sns') as typeof import('@aws-sdk/client-sns');
const s3Sdk = require('@aws-sdk/client-s3') as typeof import('@aws-sdk/client-s3');
const schedulerSdk = require('@aws-sdk/client-scheduler') as typeof import('@aws-sdk/client-scheduler');

const ACCOUNT = '000000000000';
const ARN = (service: string, name: string) => `arn:aws:${service}:us-east-1:${ACCOUNT}:${name}`;
const SESSION = `arn:aws:sts::${ACCOUNT}:assumed-role/worker/session`;

interface Key {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

describe('roles', () => {
  const cleanUp = new AsyncDisposableStack();
  let server: TestServer;
  let lambda: LambdaClient;
  let iam: InstanceType<typeof iamSdk.IAM>;
  let root: ReturnType<typeof clients>;
  let session: ReturnType<typeof clients>;

  function clients(key: Key) {
    const config = {
      endpoint: server.env.AWS_ENDPOINT_URL ?? '',
      region: 'us-east-1',
      credentials: key,
      maxAttempts: 1,
      forcePathStyle: true,
    };
    const all = {
      sqs: new sqsSdk.SQS(noting(config)),
      sns: new snsSdk.SNS(noting(config)),
      s3: new s3Sdk.S3(noting(config)),
      lambda: new (lambdaSdk().LambdaClient)(noting(config)),
      iam: new iamSdk.IAM(noting(config)),
      sts: new stsSdk.STS(noting(config)),
      scheduler: new schedulerSdk.Scheduler(noting(config)),
      events: new (eventsSdk().EventBridge)(noting(config)),
    };
    for (const client of Object.values(all)) cleanUp.defer(() => client.destroy());
    return all;
  }

  const allow = (...statements: object[]) =>
    iam.putRolePolicy({
      RoleName: 'worker',
      PolicyName: 'own',
      PolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: statements.map((one) => ({ Effect: 'Allow', Resource: '*', ...one })),
      }),
    });
  const trust = (principal: object) =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: principal },
    });
  const silent = (action: string, resource: string) => ({
    message: `User: ${SESSION} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`,
  });

  before(async () => {
    server = await serve(cleanUp);
    root = clients({
      accessKeyId: server.env.AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: server.env.AWS_SECRET_ACCESS_KEY ?? '',
    });
    ({ iam } = root);
    lambda = lambdaClient(cleanUp, server);
    const principal = { AWS: ACCOUNT, Service: 'lambda.amazonaws.com' };
    const { Role } = await iam.createRole({ RoleName: 'worker', AssumeRolePolicyDocument: trust(principal) });
    const assumed = await root.sts.assumeRole({ RoleArn: Role?.Arn, RoleSessionName: 'session' });
    session = clients({
      accessKeyId: assumed.Credentials?.AccessKeyId ?? '',
      secretAccessKey: assumed.Credentials?.SecretAccessKey ?? '',
      sessionToken: assumed.Credentials?.SessionToken ?? '',
    });
    await root.sqs.createQueue({ QueueName: 'orders' });
    await root.sqs.createQueue({ QueueName: 'dead' });
    await root.sns.createTopic({ Name: 'news' });
    await root.s3.createBucket({ Bucket: 'photos' });
    await root.s3.putObject({ Bucket: 'photos', Key: 'in/a', Body: 'a' });
  });
  after(() => cleanUp.disposeAsync());

  test('a session sends to the queue that its role’s policy names, and to no other', async () => {
    const [orders, dead] = ['orders', 'dead'].map((name) => `${server.env.AWS_ENDPOINT_URL}/${ACCOUNT}/${name}`);
    const send = (QueueUrl: string | undefined) => session.sqs.sendMessage({ QueueUrl, MessageBody: 'm' });
    await assert.rejects(send(orders), silent('sqs:SendMessage', ARN('sqs', 'orders')));
    await allow({ Action: 'sqs:SendMessage', Resource: ARN('sqs', 'orders') });
    await send(orders);
    await assert.rejects(send(dead), silent('sqs:SendMessage', ARN('sqs', 'dead')));
    const receive = session.sqs.receiveMessage({ QueueUrl: orders });
    await assert.rejects(receive, silent('sqs:ReceiveMessage', ARN('sqs', 'orders')));
    await allow({ Action: 'sqs:*' }, { Action: 'sqs:SendMessage', Effect: 'Deny', Resource: ARN('sqs', 'ord*') });
    await send(dead);
    await assert.rejects(send(orders), {
      message: `User: ${SESSION} is not authorized to perform: sqs:SendMessage on resource: ${ARN('sqs', 'orders')} with an explicit deny in an identity-based policy`,
    });
  });

  test('events are put on the bus that the policy of the role names, or on one whose own policy names the role', async () => {
    for (const Name of ['shop', 'open']) await root.events.createEventBus({ Name });
    const entry = { Source: 'shop', DetailType: 'order', Detail: '{}' };
    const put = (EventBusName: string) => session.events.putEvents({ Entries: [{ ...entry, EventBusName }] });
    await allow({ Action: 'events:PutEvents', Resource: ARN('events', 'event-bus/shop') });
    assert.equal((await put('shop')).FailedEntryCount, 0);
    await assert.rejects(put('open'), silent('events:PutEvents', ARN('events', 'event-bus/open')));
    const rule = session.events.putRule({ Name: 'all', EventBusName: 'shop', EventPattern: '{"source":["shop"]}' });
    await assert.rejects(rule, silent('events:PutRule', ARN('events', 'rule/shop/all')));
    const RoleArn = ARN('iam', 'role/worker').replace('us-east-1', '');
    await allow({ Action: 'events:*' });
    const target = { Id: 'one', Arn: ARN('sqs', 'orders'), RoleArn };
    await session.events.putRule({ Name: 'all', EventBusName: 'shop', EventPattern: '{"source":["shop"]}' });
    const targets = session.events.putTargets({ Rule: 'all', EventBusName: 'shop', Targets: [target] });
    await assert.rejects(targets, silent('iam:PassRole', RoleArn));
    await allow({ Action: 'events:PutEvents', Resource: ARN('events', 'event-bus/shop') });
    const Principal = { AWS: RoleArn };
    const Resource = ARN('events', 'event-bus/open');
    const Statement = { Sid: 'role', Effect: 'Allow', Principal, Action: 'events:PutEvents', Resource };
    await root.events.putPermission({
      EventBusName: 'open',
      Policy: JSON.stringify({ Version: '2012-10-17', Statement }),
    });
    assert.equal((await put('open')).FailedEntryCount, 0);
  });

  test('a policy of AWS that is attached counts, and a boundary holds it', async () => {
    const name = { RoleName: 'worker' };
    await allow({ Action: 'a:b' });
    const publish = () => session.sns.publish({ TopicArn: ARN('sns', 'news'), Message: 'm' });
    await assert.rejects(publish(), silent('sns:Publish', ARN('sns', 'news')));
    await iam.attachRolePolicy({ ...name, PolicyArn: 'arn:aws:iam::aws:policy/AmazonSNSFullAccess' });
    await publish();
    await iam.putRolePermissionsBoundary({
      ...name,
      PermissionsBoundary: 'arn:aws:iam::aws:policy/AmazonSQSFullAccess',
    });
    await assert.rejects(publish(), /because no permissions boundary allows the sns:Publish action$/);
    await iam.deleteRolePermissionsBoundary(name);
    await iam.detachRolePolicy({ ...name, PolicyArn: 'arn:aws:iam::aws:policy/AmazonSNSFullAccess' });
    await assert.rejects(publish(), silent('sns:Publish', ARN('sns', 'news')));
  });

  test('objects are read, listed and deleted by their prefix, each key of a deletion by itself', async () => {
    await allow(
      { Action: ['s3:GetObject', 's3:DeleteObject'], Resource: 'arn:aws:s3:::photos/in/*' },
      { Action: 's3:ListBucket', Resource: 'arn:aws:s3:::photos' },
    );
    const at = (Key: string) => ({ Bucket: 'photos', Key });
    assert.equal(await (await session.s3.getObject(at('in/a'))).Body?.transformToString(), 'a');
    await session.s3.listObjectsV2({ Bucket: 'photos' });
    await assert.rejects(session.s3.putObject({ ...at('in/b'), Body: 'b' }), { name: 'AccessDenied' });
    await assert.rejects(session.s3.listBuckets({}), { name: 'AccessDenied' });
    await root.s3.putObject({ ...at('out/a'), Body: 'a' });
    const remove = (...keys: string[]) =>
      session.s3.deleteObjects({ Bucket: 'photos', Delete: { Objects: keys.map((Key) => ({ Key })) } });
    await remove('in/a', 'in/b');
    const both = await remove('in/c', 'out/a').then(
      ({ Errors = [] }) => Errors.map(({ Key, Code }) => ({ Key, Code })),
      (error) => [{ Key: 'out/a', Code: error.name }],
    );
    assert.deepEqual(both, [{ Key: 'out/a', Code: 'AccessDenied' }]);
    assert.equal((await root.s3.listObjectsV2({ Bucket: 'photos', Prefix: 'out/' })).KeyCount, 1);
  });

  test('functions are invoked by name and alias, and get a role only from who may pass it', async () => {
    const { InvokeCommand, CreateAliasCommand, UpdateFunctionConfigurationCommand } = lambdaSdk();
    const files = { 'index.mjs': 'export const handler = async () => "done";' };
    await deploy(lambda, { name: 'job', runtime: 'nodejs24.x', files });
    await lambda.send(new CreateAliasCommand({ FunctionName: 'job', Name: 'live', FunctionVersion: '$LATEST' }));
    const call = (Qualifier?: string) => session.lambda.send(new InvokeCommand({ FunctionName: 'job', Qualifier }));
    await assert.rejects(call(), silent('lambda:InvokeFunction', ARN('lambda', 'function:job')));
    await allow({ Action: 'lambda:*', Resource: ARN('lambda', 'function:job') });
    await call();
    await assert.rejects(call('live'), silent('lambda:InvokeFunction', ARN('lambda', 'function:job:live')));
    const Role = `arn:aws:iam::${ACCOUNT}:role/other`;
    const update = () =>
      session.lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'job', Role, Description: 'new' }));
    await assert.rejects(update(), silent('iam:PassRole', Role));
    await allow(
      { Action: 'lambda:*' },
      {
        Action: 'iam:PassRole',
        Resource: Role,
        Condition: { StringEquals: { 'iam:PassedToService': 'lambda.amazonaws.com' } },
      },
    );
    await update();
  });

  test('a role that trusts an account is assumed by those whom their own policies let', async () => {
    const { Role } = await iam.createRole({ RoleName: 'next', AssumeRolePolicyDocument: trust({ AWS: ACCOUNT }) });
    const assume = () => session.sts.assumeRole({ RoleArn: Role?.Arn, RoleSessionName: 'chained' });
    await allow({ Action: 'a:b' });
    await assert.rejects(assume(), { name: 'AccessDenied' });
    await allow({ Action: 'sts:AssumeRole', Resource: Role?.Arn });
    await assume();
    await allow({ Action: 'sts:AssumeRole', Resource: Role?.Arn }, { Action: '*', Effect: 'Deny' });
    await assert.rejects(assume(), { name: 'AccessDenied' });
    await session.sts.getCallerIdentity({});
  });

  test('a queue’s or topic’s policy that names the role needs no policy of the role, and one that denies is heeded', async () => {
    await allow({ Action: 'a:b' });
    const QueueUrl = `${server.env.AWS_ENDPOINT_URL}/${ACCOUNT}/dead`;
    const put = (Effect: string) =>
      root.sqs.setQueueAttributes({
        QueueUrl,
        Attributes: {
          Policy: JSON.stringify({
            Version: '2012-10-17',
            Statement: {
              Effect,
              Principal: { AWS: `arn:aws:iam::${ACCOUNT}:role/worker` },
              Action: 'sqs:SendMessage',
              Resource: ARN('sqs', 'dead'),
            },
          }),
        },
      });
    const send = () => session.sqs.sendMessage({ QueueUrl, MessageBody: 'm' });
    await assert.rejects(send(), silent('sqs:SendMessage', ARN('sqs', 'dead')));
    await put('Allow');
    await send();
    await put('Deny');
    await allow({ Action: 'sqs:*' });
    await assert.rejects(send(), /with an explicit deny in a resource-based policy$/);
  });

  test('a schedule is made by who may make it, and acts as a role only for who may pass it', async () => {
    const RoleArn = `arn:aws:iam::${ACCOUNT}:role/timer`;
    const arn = ARN('scheduler', 'schedule/default/later');
    const create = () =>
      session.scheduler.createSchedule({
        Name: 'later',
        ScheduleExpression: 'rate(1 days)',
        StartDate: new Date(Date.now() + 86_400_000),
        FlexibleTimeWindow: { Mode: 'OFF' },
        Target: { Arn: ARN('sqs', 'orders'), RoleArn },
      });
    await allow({ Action: 'scheduler:*', Resource: ARN('scheduler', 'schedule/other/*') });
    await assert.rejects(create(), silent('scheduler:CreateSchedule', arn));
    await allow({ Action: 'scheduler:*', Resource: ARN('scheduler', 'schedule/default/*') });
    await assert.rejects(create(), silent('iam:PassRole', RoleArn));
    await allow({ Action: 'scheduler:*', Resource: arn }, { Action: 'iam:PassRole', Resource: RoleArn });
    assert.equal((await create()).ScheduleArn, arn);
    const group = session.scheduler.createScheduleGroup({ Name: 'more' });
    await assert.rejects(group, silent('scheduler:CreateScheduleGroup', ARN('scheduler', 'schedule-group/more')));
  });

  test('a mapping reads a queue only for a role that may', async () => {
    const { CreateEventSourceMappingCommand, UpdateFunctionConfigurationCommand } = lambdaSdk();
    const files = { 'index.mjs': 'export const handler = async () => "done";' };
    await deploy(lambda, { name: 'reader', runtime: 'nodejs24.x', files });
    const Role = `arn:aws:iam::${ACCOUNT}:role/worker`;
    await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'reader', Role }));
    const map = () =>
      lambda.send(
        new CreateEventSourceMappingCommand({ FunctionName: 'reader', EventSourceArn: ARN('sqs', 'orders') }),
      );
    await allow({ Action: 'a:b' });
    await assert.rejects(map(), {
      name: 'InvalidParameterValueException',
      message: /execution role does not have permissions to call ReceiveMessage on SQS/,
    });
    await iam.attachRolePolicy({
      RoleName: 'worker',
      PolicyArn: 'arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole',
    });
    assert.match((await map()).UUID ?? '', /^[0-9a-f-]{36}$/);
    const text = (await invoke(lambda, 'reader')).text;
    assert.equal(text, '"done"');
  });
});
