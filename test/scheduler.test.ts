// EventBridge Scheduler of the whole server, seen from outside: what fires, as whom, and where it arrives.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import type { Scheduler } from '@aws-sdk/client-scheduler';
import type { SQS } from '@aws-sdk/client-sqs';
import { noting } from '../src/wire/testing/seen-answers.ts';
import { awsCli } from './aws-cli.ts';
import { pythonWithBoto3 } from './boto3.ts';
import { deploy } from './deploy.ts';
import { logged } from './logs.ts';
import { makeQueue, queueClient, type TestQueue } from './queues.ts';
import { cleanUpOf, lambdaClient, serve, type TestServer } from './server.ts';

const require = createRequire(import.meta.url);
const RoleArn = 'arn:aws:iam::000000000000:role/scheduler';
const OFF = { Mode: 'OFF' } as const;

describe('schedules of the whole server', () => {
  const cleanUp = cleanUpOf({ after });
  let server: TestServer;
  let scheduler: Scheduler;
  let sqs: SQS;
  before(async () => {
    server = await serve(cleanUp);
    assert.equal(existsSync(join(server.dataDir, 'scheduler.db')), false, 'nothing is opened before somebody asks');
    scheduler = schedulerClient(cleanUp, server);
    sqs = queueClient(cleanUp, server);
  });

  test('a function is invoked once, at its time', async () => {
    const handler = `export const handler = async (event) => console.log('fired', JSON.stringify(event));`;
    await deploy(lambdaClient(cleanUp, server), {
      name: 'clockwork',
      runtime: 'nodejs24.x',
      files: { 'index.mjs': handler },
    });
    const at = soon();
    await scheduler.createSchedule({
      Name: 'clockwork',
      ScheduleExpression: `at(${at})`,
      FlexibleTimeWindow: OFF,
      ActionAfterCompletion: 'DELETE',
      Target: {
        Arn: 'arn:aws:lambda:us-east-1:000000000000:function:clockwork',
        RoleArn,
        Input: '{"at":"<aws.scheduler.scheduled-time>"}',
      },
    });
    const line = await logged(server, 'clockwork', 'fired');
    assert.match(line, new RegExp(`"at":"${at}Z"`));
    await gone('clockwork');
  });

  test('a dead-letter queue gets what no queue takes', async () => {
    const dead = await makeQueue(sqs, 'dead');
    await scheduler.createSchedule({
      Name: 'nowhere',
      ScheduleExpression: `at(${soon()})`,
      FlexibleTimeWindow: OFF,
      Target: {
        Arn: 'arn:aws:sqs:us-east-1:000000000000:no-such-queue',
        RoleArn,
        Input: 'lost',
        DeadLetterConfig: { Arn: dead.arn },
      },
    });
    const letter = await received(sqs, dead);
    assert.equal(letter.Body, 'lost');
    assert.equal(letter.MessageAttributes?.ERROR_CODE?.StringValue, 'AWS.SimpleQueueService.NonExistentQueue');
  });

  test('what fell due while the server was killed fires at the next start, without anybody asking for schedules', async () => {
    const queue = await makeQueue(sqs, 'killed');
    await scheduler.createSchedule({
      Name: 'killed',
      ScheduleExpression: `at(${soon()})`,
      FlexibleTimeWindow: OFF,
      Target: { Arn: queue.arn, RoleArn, Input: '<aws.scheduler.execution-id>' },
    });
    await server.process.kill();
    server = await serve(cleanUp, { dataDir: server.dataDir });
    scheduler = schedulerClient(cleanUp, server);
    sqs = queueClient(cleanUp, server);
    const { QueueUrl: url = '' } = await sqs.getQueueUrl({ QueueName: 'killed' });
    assert.match((await received(sqs, { ...queue, url })).Body ?? '', /^[0-9a-f]{16}$/);
  });

  test('boto3 makes a schedule that fires, and takes its group away', async () => {
    const env = { ...process.env, ...server.env };
    const python = await pythonWithBoto3(env);
    const { stdout } = await promisify(execFile)(python, [join(import.meta.dirname, 'boto3-scheduler.py')], { env });
    assert.deepEqual(JSON.parse(stdout), {
      'on time': true,
      listed: ['once'],
      tags: [{ Key: 'a', Value: 'b' }],
      refused: ['ValidationException', 'Invalid Schedule Expression cron(0 1 * * * *).'],
      left: ['default'],
    });
  });

  test('the AWS CLI makes a schedule, changes it, and takes it away', async () => {
    const aws = await awsCli({ ...process.env, ...server.env }, 'scheduler');
    const target = JSON.stringify({ Arn: 'arn:aws:sqs:us-east-1:000000000000:killed', RoleArn, Input: 'tick' });
    const window = JSON.stringify(OFF);
    const plan = (expression: string) => [
      ...['--name', 'by-cli', '--schedule-expression', expression],
      ...['--flexible-time-window', window, '--target', target],
    ];
    const { ScheduleArn } = await aws('create-schedule', ...plan('cron(0 9 ? * MON-FRI *)'));
    assert.equal(ScheduleArn, 'arn:aws:scheduler:us-east-1:000000000000:schedule/default/by-cli');
    await aws('update-schedule', ...plan('rate(7 days)'), '--state', 'DISABLED');
    const shown = await aws('get-schedule', '--name', 'by-cli');
    assert.equal(shown.ScheduleExpression, 'rate(7 days)');
    assert.equal(shown.State, 'DISABLED');
    await aws('delete-schedule', '--name', 'by-cli');
    await assert.rejects(aws('get-schedule', '--name', 'by-cli'), /Schedule by-cli does not exist/);
  });

  /** Resolves when the schedule has been deleted. */
  async function gone(Name: string): Promise<void> {
    for (;;) {
      const { Schedules = [] } = await scheduler.listSchedules({ NamePrefix: Name });
      if (Schedules.length === 0) return;
    }
  }
});

test('with --check-roles a role must exist and trust the Scheduler, and its policies must allow the target', async (t) => {
  const cleanUp = cleanUpOf(t);
  const server = await serve(cleanUp, { args: ['--check-roles'] });
  const scheduler = schedulerClient(cleanUp, server);
  const sqs = queueClient(cleanUp, server);
  const { IAM } = require('@aws-sdk/client-iam') as typeof import('@aws-sdk/client-iam');
  const iam = new IAM(noting(clientSettings(server)));
  cleanUp.defer(async () => iam.destroy());
  const queue = await makeQueue(sqs, 'jobs');
  const dead = await makeQueue(sqs, 'dead');
  const create = (Name: string) =>
    scheduler.createSchedule({
      ...{ Name, ScheduleExpression: `at(${soon()})`, FlexibleTimeWindow: OFF },
      Target: { Arn: queue.arn, RoleArn, Input: Name, DeadLetterConfig: { Arn: dead.arn } },
    });
  const distrusted = {
    name: 'ValidationException',
    message: 'The execution role you provide must allow AWS EventBridge Scheduler to assume the role.',
  };
  await assert.rejects(create('none'), distrusted);
  const trust = (Service: string) =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' }],
    });
  const RoleName = 'scheduler';
  await iam.createRole({ RoleName, AssumeRolePolicyDocument: trust('lambda.amazonaws.com') });
  await assert.rejects(create('lambda'), distrusted);
  await iam.updateAssumeRolePolicy({ RoleName, PolicyDocument: trust('scheduler.amazonaws.com') });
  const allow = (Resource: string[]) =>
    iam.putRolePolicy({
      ...{ RoleName, PolicyName: 'send' },
      PolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: 'sqs:SendMessage', Resource }],
      }),
    });
  await allow([dead.arn]);
  await create('denied');
  const letter = await received(sqs, dead);
  assert.equal(letter.Body, 'denied');
  assert.equal(letter.MessageAttributes?.ERROR_CODE?.StringValue, 'AccessDenied');
  await allow([queue.arn]);
  await create('allowed');
  assert.equal((await received(sqs, queue)).Body, 'allowed');
});

/** The next message, taken out of the queue. */
async function received(sqs: SQS, { url: QueueUrl }: TestQueue) {
  for (;;) {
    const wait = { WaitTimeSeconds: 10, MessageAttributeNames: ['All'] };
    const { Messages: [message] = [] } = await sqs.receiveMessage({ QueueUrl, ...wait });
    if (message === undefined) continue;
    await sqs.deleteMessage({ QueueUrl, ReceiptHandle: message.ReceiptHandle });
    return message;
  }
}

/** The next full second but one, as `at(…)` takes it. */
function soon(): string {
  return new Date(Date.now() + 1_000).toISOString().slice(0, 19);
}

function schedulerClient(cleanUp: AsyncDisposableStack, server: TestServer): Scheduler {
  const { Scheduler: Client } = require('@aws-sdk/client-scheduler') as typeof import('@aws-sdk/client-scheduler');
  const client = new Client(noting(clientSettings(server)));
  cleanUp.defer(async () => client.destroy());
  return client;
}

function clientSettings({ env }: TestServer) {
  return {
    endpoint: env.AWS_ENDPOINT_URL ?? '',
    region: env.AWS_REGION ?? '',
    credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID ?? '', secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '' },
  };
}
