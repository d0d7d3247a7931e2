// Metrics of the whole server, seen from outside.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import type { SQS } from '@aws-sdk/client-sqs';
import { awsCli } from './aws-cli.ts';
import { pythonWithBoto3 } from './boto3.ts';
import { deploy } from './deploy.ts';
import { logged } from './logs.ts';
import { makeQueue, queueClient, type TestQueue } from './queues.ts';
import { cleanUpOf, lambdaClient, lambdaSdk, serve, type TestServer } from './server.ts';

const require = createRequire(import.meta.url);
const eventBridge = require('@aws-sdk/client-eventbridge') as typeof import('@aws-sdk/client-eventbridge');
const sns = require('@aws-sdk/client-sns') as typeof import('@aws-sdk/client-sns');

const LOGGER = `export const handler = async (event) => {
  console.log('alarm', JSON.stringify(event.alarmData.state));
};`;

describe('metrics of the whole server', () => {
  const cleanUp = cleanUpOf({ after });
  let server: TestServer;
  before(async () => {
    server = await serve(cleanUp);
    assert.equal(existsSync(join(server.dataDir, 'metrics.db')), false, 'nothing is opened before somebody asks');
  });

  test('boto3 puts and reads values by each protocol that it speaks', async () => {
    const env = { ...process.env, ...server.env };
    const python = await pythonWithBoto3(env);
    const { stdout } = await promisify(execFile)(python, [join(import.meta.dirname, 'boto3-cloudwatch.py')], { env });
    const seen: Record<string, unknown> = JSON.parse(stdout);
    assert.ok(Object.keys(seen).length > 0);
    for (const [protocol, answers] of Object.entries(seen)) {
      assert.deepEqual(
        answers,
        {
          statistics: [7.5, { p100: 4 }, 'Count', true],
          data: [
            ['orders', [0, 4, 3.5], 'Complete'],
            ['twice', [0, 8, 7], 'Complete'],
          ],
          times: true,
          listed: [[{ Name: 'shop', Value: 'north & south' }]],
          refused: [
            'InvalidParameterCombination',
            'The parameters MetricData.member.1.Value and MetricData.member.1.Values are mutually exclusive and you have specified both.',
          ],
        },
        protocol,
      );
    }
  });

  test('the AWS CLI puts and reads values', async () => {
    const aws = await awsCli({ ...process.env, ...server.env }, 'cloudwatch');
    const metric = ['--namespace', 'CLI', '--metric-name', 'orders', '--dimensions'];
    await aws('put-metric-data', ...metric, 'shop=north', '--value', '3', '--unit', 'Count');
    const now = Date.now();
    const time = (ms: number) => new Date(now + ms).toISOString();
    const range = ['--start-time', time(-300_000), '--end-time', time(300_000), '--period', '3600'];
    const asked = [...metric, 'Name=shop,Value=north', ...range, '--statistics', 'Sum', 'Maximum'];
    const { Datapoints } = await aws('get-metric-statistics', ...asked);
    assert.deepEqual([Datapoints[0].Sum, Datapoints[0].Maximum, Datapoints[0].Unit], [3, 3, 'Count']);
    const { Metrics } = await aws('list-metrics', '--namespace', 'CLI');
    assert.deepEqual(Metrics, [
      { Namespace: 'CLI', MetricName: 'orders', Dimensions: [{ Name: 'shop', Value: 'north' }] },
    ]);
  });

  test('an alarm reaches the queue behind its topic, which needs no policy for it, a function that lets it in, and the bus', async () => {
    const aws = await awsCli({ ...process.env, ...server.env }, 'cloudwatch');
    const settings = {
      endpoint: server.env.AWS_ENDPOINT_URL ?? '',
      region: 'us-east-1',
      credentials: credentialsOf(server),
    };
    const topics = new sns.SNSClient(settings);
    cleanUp.defer(() => topics.destroy());
    const queues = queueClient(cleanUp, server);
    const { TopicArn = '' } = await topics.send(new sns.CreateTopicCommand({ Name: 'operators' }));
    const [pager, watcher] = [await openQueue(queues, 'pager'), await openQueue(queues, 'watcher')];
    const bus = new eventBridge.EventBridgeClient(settings);
    cleanUp.defer(() => bus.destroy());
    const EventPattern = JSON.stringify({ source: ['aws.cloudwatch'], detail: { state: { value: ['ALARM'] } } });
    await bus.send(new eventBridge.PutRuleCommand({ Name: 'alarms', EventPattern }));
    const Targets = [{ Id: 'watcher', Arn: watcher.arn }];
    await bus.send(new eventBridge.PutTargetsCommand({ Rule: 'alarms', Targets }));
    await topics.send(new sns.SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: pager.arn }));
    const lambda = lambdaClient(cleanUp, server);
    await deploy(lambda, { name: 'restart', runtime: 'nodejs24.x', files: { 'index.mjs': LOGGER } });
    await lambda.send(
      new (lambdaSdk().AddPermissionCommand)({
        ...{ FunctionName: 'restart', StatementId: 'alarms', Action: 'lambda:InvokeFunction' },
        Principal: 'lambda.alarms.cloudwatch.amazonaws.com',
      }),
    );
    const metric = ['--namespace', 'Shop', '--metric-name', 'errors', '--statistic', 'Sum', '--period', '60'];
    const rule = ['--evaluation-periods', '1', '--threshold', '1', '--comparison-operator', 'GreaterThanThreshold'];
    // It has no values, and may be looked at any moment: what is set by hand is to stay.
    const missing = ['--treat-missing-data', 'ignore'];
    const actions = ['--alarm-actions', TopicArn, 'arn:aws:lambda:us-east-1:000000000000:function:restart'];
    await aws('put-metric-alarm', '--alarm-name', 'broken', ...metric, ...rule, ...missing, ...actions);
    await aws('set-alarm-state', '--alarm-name', 'broken', '--state-value', 'ALARM', '--state-reason', 'by hand');
    const { Subject, Message } = JSON.parse(await received(queues, pager));
    assert.equal(Subject, 'ALARM: "broken" in US East (N. Virginia)');
    assert.equal(JSON.parse(Message).NewStateReason, 'by hand');
    const event = JSON.parse(await received(queues, watcher));
    assert.deepEqual(
      [event['detail-type'], event.account, event.detail.alarmName, event.detail.previousState.value],
      ['CloudWatch Alarm State Change', '000000000000', 'broken', 'INSUFFICIENT_DATA'],
    );
    assert.match(await logged(server, 'restart', 'alarm'), /"value":"ALARM","reason":"by hand"/);
    const { MetricAlarms } = await aws('describe-alarms', '--state-value', 'ALARM');
    assert.equal(MetricAlarms[0].AlarmName, 'broken');
  });
});

/** A queue that takes from everybody. */
async function openQueue(client: SQS, name: string): Promise<TestQueue> {
  const queue = await makeQueue(client, name);
  const statement = { Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: queue.arn };
  const Attributes = { Policy: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }) };
  await client.setQueueAttributes({ QueueUrl: queue.url, Attributes });
  return queue;
}

/** The body of the next message; nothing after 20 s. */
async function received(client: SQS, { url }: TestQueue): Promise<string> {
  const { Messages: [message] = [] } = await client.receiveMessage({ QueueUrl: url, WaitTimeSeconds: 20 });
  return message?.Body ?? '{}';
}

const credentialsOf = ({ env }: TestServer) => ({
  accessKeyId: env.AWS_ACCESS_KEY_ID ?? '',
  secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '',
});
