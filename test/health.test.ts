// The story of examples/health: a schedule has a website looked at, and mail goes out when it is down.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import PostalMime from 'postal-mime';
import { pack } from '../examples/pack.ts';
import { checkout } from '../scripts/server-process.ts';
import { smtpRelay } from '../src/services/ses/aws/testing/smtp-relay.ts';
import { noting } from '../src/wire/testing/seen-answers.ts';
import { logged } from './logs.ts';
import { createRole } from './roles.ts';
import { s3Client, s3Sdk } from './s3.ts';
import { cleanUpOf, lambdaClient, lambdaSdk, patience, serve, until } from './server.ts';

const require = createRequire(import.meta.url);
const { Scheduler } = require('@aws-sdk/client-scheduler') as typeof import('@aws-sdk/client-scheduler');
const { SNS } = require('@aws-sdk/client-sns') as typeof import('@aws-sdk/client-sns');
const { CloudWatch } = require('@aws-sdk/client-cloudwatch') as typeof import('@aws-sdk/client-cloudwatch');

const SITE = 'http://127.0.0.1:4566/site/index.html';

test('a website that goes down is noticed by a schedule, and told by mail', async (t) => {
  const cleanUp = cleanUpOf(t);
  const relay = await smtpRelay(t);
  const server = await serve(cleanUp, { args: ['--smtp-relay', relay.url] });
  const { AWS_ENDPOINT_URL: endpoint = '', AWS_REGION: region = '' } = server.env;
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } = server.env;
  const settings = { endpoint, region, credentials: { accessKeyId, secretAccessKey } };
  const scheduler = new Scheduler(noting(settings));
  const sns = new SNS(noting(settings));
  const cloudWatch = new CloudWatch(noting(settings));
  cleanUp.defer(async () => {
    for (const client of [scheduler, sns, cloudWatch]) client.destroy();
  });

  const s3 = s3Client(cleanUp, server);
  const sdk = { ...s3Sdk(), ...lambdaSdk() };
  const page = { Bucket: 'site', Key: 'index.html' };
  await s3.send(new sdk.CreateBucketCommand({ Bucket: 'site' }));
  await s3.send(new sdk.PutObjectCommand({ ...page, Body: '<h1>Open</h1>' }));
  await s3.send(new sdk.DeletePublicAccessBlockCommand({ Bucket: 'site' }));
  const open = { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::site/*' };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: open });
  await s3.send(new sdk.PutBucketPolicyCommand({ Bucket: 'site', Policy }));

  const { TopicArn = '' } = await sns.createTopic({ Name: 'operators' });
  await sns.subscribe({ TopicArn, Protocol: 'email', Endpoint: 'you@example.com' });
  await until('you are asked to confirm', () => relay.letters.length === 1);
  const { text: asked = '' } = await PostalMime.parse(relay.letters[0]?.source ?? '');
  assert.equal((await fetch(/https?:\/\/\S+/.exec(asked)?.[0] ?? '')).status, 200);

  const lambda = lambdaClient(cleanUp, server);
  const count = { Effect: 'Allow', Action: 'cloudwatch:PutMetricData', Resource: '*' };
  const { FunctionArn = '' } = await lambda.send(
    new sdk.CreateFunctionCommand({
      ...{ FunctionName: 'health', Runtime: 'nodejs24.x', Handler: 'index.handler', Timeout: 30, MemorySize: 512 },
      Role: await createRole(cleanUp, server, { name: 'health', policy: { Version: '2012-10-17', Statement: count } }),
      Code: { ZipFile: await pack(join(checkout, 'examples/health'), ['@aws-sdk/client-cloudwatch']) },
    }),
  );
  await sdk.waitUntilFunctionActiveV2(patience(lambda), { FunctionName: 'health' });
  const invoke = { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: FunctionArn };
  const RoleArn = await createRole(cleanUp, server, {
    name: 'scheduler',
    policy: { Version: '2012-10-17', Statement: invoke },
    service: 'scheduler.amazonaws.com',
  });
  // Of ten seconds, so that nobody waits for five minutes.
  await cloudWatch.putMetricAlarm({
    ...{ AlarmName: 'website-down', Namespace: 'Websites', MetricName: 'Down', Statistic: 'Maximum', Period: 10 },
    ...{ Dimensions: [{ Name: 'Website', Value: SITE }], EvaluationPeriods: 1, Threshold: 1 },
    ...{ ComparisonOperator: 'GreaterThanOrEqualToThreshold', TreatMissingData: 'ignore' },
    AlarmActions: [TopicArn],
  });
  const schedule = (Name: string, ScheduleExpression: string) =>
    scheduler.createSchedule({
      ...{ Name, ScheduleExpression, FlexibleTimeWindow: { Mode: 'OFF' } },
      Target: {
        ...{ Arn: FunctionArn, RoleArn },
        Input: JSON.stringify({ websites: [SITE], at: '<aws.scheduler.scheduled-time>' }),
      },
    });

  // A rate begins at once.
  await schedule('health', 'rate(1 hour)');
  await logged(server, 'health', `${SITE} is well`);
  await s3.send(new sdk.DeleteObjectCommand(page));
  await schedule('sooner', `at(${new Date(Date.now() + 1_000).toISOString().slice(0, 19)})`);
  // A public bucket says no to what it does not have, as it tells nobody what that is.
  await logged(server, 'health', `${SITE} is down: status 40`);
  await until('there is mail', () => relay.letters.length === 2);
  const { Datapoints = [] } = await cloudWatch.getMetricStatistics({
    ...{ Namespace: 'AWS/Scheduler', MetricName: 'InvocationAttemptCount', Period: 3_600, Statistics: ['Sum'] },
    Dimensions: [{ Name: 'ScheduleGroup', Value: 'default' }],
    ...{ StartTime: new Date(Date.now() - 7_200_000), EndTime: new Date(Date.now() + 3_600_000) },
  });
  assert.equal(
    Datapoints.reduce((sum, { Sum = 0 }) => sum + Sum, 0),
    2,
  );
  assert.deepEqual(relay.letters[1]?.to, ['you@example.com']);
  const { subject, text = '' } = await PostalMime.parse(relay.letters[1]?.source ?? '');
  assert.equal(subject, 'ALARM: "website-down" in US East (N. Virginia)');
  assert.match(text, /"NewStateReason":"Threshold Crossed: 1 datapoint \[1\.0 /);
});
