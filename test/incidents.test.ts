// The story of examples/incidents: log lines trigger a function, and become a metric.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { pack } from '../examples/pack.ts';
import { checkout } from '../scripts/server-process.ts';
import { awsCli } from './aws-cli.ts';
import { logsClient, logsSdk } from './logs.ts';
import { makeQueue, queueClient } from './queues.ts';
import { cleanUpOf, lambdaClient, lambdaSdk, patience, ROLE, serve, until } from './server.ts';

const GROUP = '/aws/lambda/shop';
const ARN = 'arn:aws:lambda:us-east-1:000000000000:function';

test('errors in the log of a shop become incidents in a queue, and are counted', async (t) => {
  const cleanUp = cleanUpOf(t);
  const server = await serve(cleanUp);
  const lambda = lambdaClient(cleanUp, server);
  const sqs = queueClient(cleanUp, server);
  const sdk = lambdaSdk();
  const ZipFile = await pack(join(checkout, 'examples/incidents'));
  for (const FunctionName of ['shop', 'watch']) {
    await lambda.send(
      new sdk.CreateFunctionCommand({
        ...{ FunctionName, Runtime: 'nodejs24.x', Handler: `${FunctionName}.handler`, Role: ROLE, Code: { ZipFile } },
        Timeout: 30,
        ...(FunctionName === 'shop' ? { LoggingConfig: { LogFormat: 'JSON' } } : {}),
      }),
    );
    await sdk.waitUntilFunctionActiveV2(patience(lambda), { FunctionName });
  }
  const queue = await makeQueue(sqs, 'incidents');
  await lambda.send(
    new sdk.PutFunctionEventInvokeConfigCommand({
      FunctionName: 'watch',
      DestinationConfig: { OnSuccess: { Destination: queue.arn } },
    }),
  );

  const logs = logsClient(server);
  cleanUp.defer(() => logs.destroy());
  const { CreateLogGroupCommand, PutSubscriptionFilterCommand } = logsSdk();
  const subscribe = (logGroupName: string) =>
    logs.send(
      new PutSubscriptionFilterCommand({
        ...{ logGroupName, filterName: 'incidents', filterPattern: '{ $.level = "ERROR" }' },
        destinationArn: `${ARN}:watch`,
      }),
    );
  for (const logGroupName of [GROUP, '/aws/lambda/watch']) {
    await logs.send(new CreateLogGroupCommand({ logGroupName }));
  }
  await assert.rejects(subscribe(GROUP), /Could not execute the lambda function/);
  await lambda.send(
    new sdk.AddPermissionCommand({
      ...{ FunctionName: 'watch', StatementId: 'logs', Action: 'lambda:InvokeFunction' },
      Principal: 'logs.us-east-1.amazonaws.com',
      SourceArn: 'arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/*:*',
    }),
  );
  await subscribe(GROUP);
  await assert.rejects(subscribe('/aws/lambda/watch'), /reserved for the function logs of the destination function/);
  const aws = await awsCli({ ...process.env, ...server.env }, 'logs');
  await aws(
    ...['put-metric-filter', '--log-group-name', GROUP, '--filter-name', 'declined'],
    ...['--filter-pattern', '{ $.message.kind = "declined" }', '--metric-transformations'],
    'metricName=Declined,metricNamespace=Shop,metricValue=1,unit=Count',
  );

  const cards = ['4111111111111111', '4000000000000002', '5555555555554444', '4000000000009995'];
  for (const [order, card] of cards.entries()) {
    const Payload = JSON.stringify({ order, card });
    await lambda.send(new sdk.InvokeCommand({ FunctionName: 'shop', Payload }));
  }
  const incidents: { order: number; kind: string; card: string; logGroup: string; requestId: string }[] = [];
  await until('every declined card is an incident', async () => {
    const { Messages = [] } = await sqs.receiveMessage({ QueueUrl: queue.url, MaxNumberOfMessages: 10 });
    for (const { Body = '' } of Messages) incidents.push(...JSON.parse(Body).responsePayload.incidents);
    return incidents.length >= 2;
  });
  assert.deepEqual(
    incidents
      .map(({ order, kind, card, logGroup }) => ({ order, kind, card, logGroup }))
      .sort((one, other) => one.order - other.order),
    [
      { order: 1, kind: 'declined', card: '…0002', logGroup: GROUP },
      { order: 3, kind: 'declined', card: '…9995', logGroup: GROUP },
    ],
  );

  const cloudWatch = createRequire(import.meta.url)(
    '@aws-sdk/client-cloudwatch',
  ) as typeof import('@aws-sdk/client-cloudwatch');
  const metrics = new cloudWatch.CloudWatchClient({
    endpoint: server.env.AWS_ENDPOINT_URL ?? '',
    region: server.env.AWS_REGION ?? '',
    credentials: {
      accessKeyId: server.env.AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: server.env.AWS_SECRET_ACCESS_KEY ?? '',
    },
  });
  cleanUp.defer(() => metrics.destroy());
  await until('both are counted', async () => {
    const nowMs = Date.now();
    const { Datapoints = [] } = await metrics.send(
      new cloudWatch.GetMetricStatisticsCommand({
        ...{ Namespace: 'Shop', MetricName: 'Declined', Period: 3_600, Statistics: ['Sum'] },
        ...{ StartTime: new Date(nowMs - 7_200_000), EndTime: new Date(nowMs + 3_600_000) },
      }),
    );
    return Datapoints.reduce((sum, { Sum = 0 }) => sum + Sum, 0) === 2;
  });
});
