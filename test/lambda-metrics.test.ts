// AWS's metrics of Lambda come out exactly after a run of known invocations, errors and throttles, and survive a restart.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import type { CloudWatchClient, Dimension } from '@aws-sdk/client-cloudwatch';
import { noting } from '../src/wire/testing/seen-answers.ts';
import { deploy } from './deploy.ts';
import {
  cleanUpOf,
  type LambdaClient,
  lambdaClient,
  lambdaSdk,
  serve,
  type TestServer,
  temporaryDirectory,
} from './server.ts';

const require = createRequire(import.meta.url);
const sdk = require('@aws-sdk/client-cloudwatch') as typeof import('@aws-sdk/client-cloudwatch');

const SOME_FAIL = `export const handler = async ({ fail }) => {
  if (fail) throw new Error('as asked');
  // AWS's embedded metric format: a line of the log that is a metric.
  const CloudWatchMetrics = [{ Namespace: 'Shop', Dimensions: [[]], Metrics: [{ Name: 'orders' }] }];
  console.log(JSON.stringify({ _aws: { Timestamp: Date.now(), CloudWatchMetrics }, orders: 3 }));
  return 'done';
};`;
const INVOCATIONS = 200;
const ERRORS = 40;
const THROTTLES = 7;
const BY_ALIAS = 12;
const EVENTS = 5;
const LAST = 3;
const CALLERS = 8;

describe('metrics of Lambda', () => {
  const cleanUp = cleanUpOf({ after });
  let dataDir: string;
  let server: TestServer;
  before(async () => {
    dataDir = await temporaryDirectory(cleanUp);
    server = await serve(cleanUp, { dataDir });
  });

  test('are exact after a run, and after a restart', async () => {
    const lambda = lambdaClient(cleanUp, server, { maxAttempts: 1 });
    await run(lambda);
    const cloudWatch = metricsClient(cleanUp, server);
    await check(cloudWatch, BY_ALIAS);
    const Namespace = 'Shop';
    assert.equal(
      await sumOf(cloudWatch, 'orders', [], 'Sum', Namespace),
      3 * (INVOCATIONS - ERRORS + BY_ALIAS + EVENTS + 1),
    );
    // Of these the file knows nothing when the server is asked to stop.
    for (let at = 0; at < LAST; at += 1) await invoke(lambda, 'orders', false, { Qualifier: 'live' });
    await server.process.stop();
    await check(metricsClient(cleanUp, await serve(cleanUp, { dataDir })), BY_ALIAS + LAST);
  });
});

/** All invocations are answered, and no event waits, when it has resolved. */
async function run(lambda: LambdaClient): Promise<void> {
  const { PublishVersionCommand, CreateAliasCommand } = lambdaSdk();
  await deploy(lambda, { name: 'orders', runtime: 'nodejs24.x', files: { 'index.mjs': SOME_FAIL } });
  await deploy(lambda, { name: 'other', runtime: 'nodejs24.x', files: { 'index.mjs': SOME_FAIL } });
  const FunctionName = 'orders';
  await lambda.send(new PublishVersionCommand({ FunctionName }));
  await lambda.send(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '1' }));
  let next = 0;
  const caller = async () => {
    for (let at = next; at < INVOCATIONS; at = next) {
      next += 1;
      await invoke(lambda, 'orders', at % (INVOCATIONS / ERRORS) === 0);
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  for (let at = 0; at < BY_ALIAS; at += 1) await invoke(lambda, 'orders', false, { Qualifier: 'live' });
  await invoke(lambda, 'other', false);
  const concurrency = { FunctionName: 'other', ReservedConcurrentExecutions: 0 };
  await lambda.send(new (lambdaSdk().PutFunctionConcurrencyCommand)(concurrency));
  for (let at = 0; at < THROTTLES; at += 1)
    await assert.rejects(invoke(lambda, 'other', false), { name: 'TooManyRequestsException' });
  for (let at = 0; at < EVENTS; at += 1) await invoke(lambda, 'orders', false, { InvocationType: 'Event' });
}

async function invoke(lambda: LambdaClient, FunctionName: string, fail: boolean, more = {}): Promise<void> {
  const Payload = JSON.stringify({ fail });
  const { FunctionError } = await lambda.send(new (lambdaSdk().InvokeCommand)({ FunctionName, Payload, ...more }));
  assert.equal(FunctionError !== undefined, fail);
}

async function check(cloudWatch: CloudWatchClient, byAlias: number): Promise<void> {
  const orders = [{ Name: 'FunctionName', Value: 'orders' }];
  const other = [{ Name: 'FunctionName', Value: 'other' }];
  const alias = [...orders, { Name: 'Resource', Value: 'orders:live' }];
  const total = (name: string, Dimensions: Dimension[] = [], Stat = 'Sum') => sumOf(cloudWatch, name, Dimensions, Stat);
  // Events run when they are accepted, in a moment.
  const expected = INVOCATIONS + byAlias + EVENTS;
  while ((await total('Invocations', orders)) < expected) await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual(
    {
      all: await total('Invocations'),
      orders: await total('Invocations', orders),
      unqualified: await total('Invocations', [...orders, { Name: 'Resource', Value: 'orders' }]),
      alias: await total('Invocations', alias),
      version: await total('Invocations', [...alias, { Name: 'ExecutedVersion', Value: '1' }]),
      errors: await total('Errors', orders),
      judged: await total('Errors', orders, 'SampleCount'),
      durations: await total('Duration', orders, 'SampleCount'),
      throttles: await total('Throttles', other),
      allThrottles: await total('Throttles'),
      ran: await total('Invocations', other),
      received: await total('AsyncEventsReceived', orders),
      aged: await total('AsyncEventAge', orders, 'SampleCount'),
    },
    {
      ...{ all: expected + 1, orders: expected, unqualified: INVOCATIONS + EVENTS, alias: byAlias, version: byAlias },
      ...{ errors: ERRORS, judged: expected, durations: expected, throttles: THROTTLES, allThrottles: THROTTLES },
      ...{ ran: 1, received: EVENTS, aged: EVENTS },
    },
  );
  const most = await sumOf(cloudWatch, 'ConcurrentExecutions', orders, 'Maximum');
  assert.ok(most >= 1 && most <= CALLERS, `${most} ran at once`);
  assert.ok((await total('Duration', orders, 'p99')) >= (await total('Duration', orders, 'p50')));
  const { Metrics = [] } = await cloudWatch.send(
    new sdk.ListMetricsCommand({ Namespace: 'AWS/Lambda', MetricName: 'Invocations' }),
  );
  const shown = Metrics.map((one) => one.Dimensions?.map(({ Name, Value }) => `${Name}=${Value}`).join(' '));
  assert.deepEqual(shown.sort(), [
    '',
    'ExecutedVersion=1 FunctionName=orders Resource=orders:live',
    'FunctionName=orders',
    'FunctionName=orders Resource=orders',
    'FunctionName=orders Resource=orders:live',
    'FunctionName=other',
    'FunctionName=other Resource=other',
  ]);
}

/** What a statistic of a metric comes to over all that has happened here: it is within one period. */
async function sumOf(
  cloudWatch: CloudWatchClient,
  MetricName: string,
  Dimensions: Dimension[],
  Stat: string,
  Namespace = 'AWS/Lambda',
): Promise<number> {
  const Metric = { Namespace, MetricName, Dimensions };
  const { MetricDataResults: [result] = [] } = await cloudWatch.send(
    new sdk.GetMetricDataCommand({
      MetricDataQueries: [{ Id: 'm1', MetricStat: { Metric, Period: 7_200, Stat } }],
      StartTime: new Date(Date.now() - 3_600_000),
      EndTime: new Date(Date.now() + 60_000),
    }),
  );
  return result?.Values?.[0] ?? 0;
}

function metricsClient(cleanUp: AsyncDisposableStack, { env }: TestServer): CloudWatchClient {
  const client = new sdk.CloudWatchClient(
    noting({
      endpoint: env.AWS_ENDPOINT_URL ?? '',
      region: env.AWS_REGION ?? '',
      credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID ?? '', secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '' },
    }),
  );
  cleanUp.defer(() => client.destroy());
  return client;
}
