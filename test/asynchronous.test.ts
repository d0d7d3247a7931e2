// Asynchronous invocations, seen from outside: what is answered, what runs how often, who is told of it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { withoutAwsSettings } from '../scripts/server-process.ts';
import { awsLambda } from './aws-cli.ts';
import { pythonWithBoto3 } from './boto3.ts';
import { deploy } from './deploy.ts';
import { logged, logLines } from './logs.ts';
import { metricsOf } from './metrics.ts';
import {
  cleanUpOf,
  type LambdaClient,
  lambdaClient,
  lambdaSdk,
  serve,
  type TestServer,
  temporaryDirectory,
  text,
  until,
} from './server.ts';

test('asynchronous invocations', async (t) => {
  const cleanUp = cleanUpOf(t);
  // Retries after 0.2 and 0.4 seconds instead of 60 and 120.
  const server = await serve(cleanUp, { env: { LAMBENT_EVENT_RETRY: '0.2' } });
  const client = lambdaClient(cleanUp, server, { maxAttempts: 1 });
  const sdk = lambdaSdk();
  await deploy(client, {
    name: 'echo',
    runtime: 'nodejs24.x',
    files: {
      'index.mjs':
        'export const handler = async (event) => { console.log("got", JSON.stringify(event)); return { event }; };',
    },
  });
  await deploy(client, {
    name: 'failing',
    runtime: 'nodejs24.x',
    files: {
      'index.mjs': `let runs = 0;
export const handler = async (event, { awsRequestId }) => { runs += 1; console.log('run', runs, 'of', awsRequestId); if (event.ms) await new Promise((done) => setTimeout(done, event.ms)); throw new TypeError('no ' + event.what); };`,
    },
  });
  // What it gets as a destination is in its log: the event alone in one line.
  await deploy(client, {
    name: 'collector',
    runtime: 'nodejs24.x',
    files: {
      'index.mjs': `export const handler = async (event) => { console.log('record', event.requestContext?.requestId, JSON.stringify(event)); };`,
    },
  });
  const collector = 'arn:aws:lambda:us-east-1:000000000000:function:collector';
  const send = (name: string, event: unknown, more: object = {}) =>
    client.send(
      new sdk.InvokeCommand({ FunctionName: name, InvocationType: 'Event', Payload: JSON.stringify(event), ...more }),
    );
  const record = async (requestId: string) => {
    const line = await logged(server, 'collector', `record ${requestId}`);
    return JSON.parse(line.slice(line.indexOf('{"version"')));
  };

  await t.test('an accepted event is answered with 202 and nothing else, and run', async () => {
    const answer = await send('echo', { greeting: 'hello' });
    assert.deepEqual(
      [answer.StatusCode, text(answer.Payload), answer.ExecutedVersion, answer.FunctionError],
      [202, '', undefined, undefined],
    );
    assert.match(await logged(server, 'echo', '{\\"greeting\\":\\"hello\\"}'), /got/);
    await logged(server, 'echo', `START RequestId: ${answer.$metadata.requestId}`);
  });

  await t.test('an event without a payload is an empty object', async () => {
    await client.send(new sdk.InvokeCommand({ FunctionName: 'echo', InvocationType: 'Event' }));
    await logged(server, 'echo', 'got {}');
  });

  await t.test('the deprecated InvokeAsync does the same', async () => {
    const command = new sdk.InvokeAsyncCommand({ FunctionName: 'echo', InvokeArgs: Buffer.from('{"way":"old"}') });
    assert.equal((await client.send(command)).Status, 202);
    await logged(server, 'echo', '{\\"way\\":\\"old\\"}');
  });

  await t.test('a megabyte is accepted, a byte more is not', async () => {
    const quoted = (bytes: number) => `"${'x'.repeat(bytes - 2)}"`;
    const send = (Payload: string) =>
      client.send(new sdk.InvokeCommand({ FunctionName: 'collector', InvocationType: 'Event', Payload }));
    assert.equal((await send(quoted(1_048_576))).StatusCode, 202);
    await assert.rejects(send(quoted(1_048_577)), {
      name: 'RequestTooLargeException',
      message: '1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)',
    });
    await assert.rejects(send(quoted(6_291_457)), {
      name: 'RequestTooLargeException',
      message: '6291457 byte payload is too large for the Event invocation type (limit 1048576 bytes)',
    });
  });

  await t.test('what cannot be run is refused at once', async () => {
    await assert.rejects(send('nobody', {}), { name: 'ResourceNotFoundException' });
    await assert.rejects(send('echo', {}, { Qualifier: '7' }), { name: 'ResourceNotFoundException' });
    await assert.rejects(send('echo', {}, { Payload: Buffer.from('{') }), { name: 'InvalidRequestContentException' });
  });

  await t.test('an event that fails is run three times under one id, and then told to the destination', async () => {
    await configure(client, 'failing', { DestinationConfig: { OnFailure: { Destination: collector } } });
    const answer = await send('failing', { what: 'luck' });
    const requestId = answer.$metadata.requestId ?? '';
    const told = await record(requestId);
    assert.match(told.timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const { trace, ...payload } = told.responsePayload;
    assert.ok(trace.length > 0);
    assert.deepEqual(
      { ...told, timestamp: '', responsePayload: payload },
      {
        version: '1.0',
        timestamp: '',
        requestContext: {
          requestId,
          functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:failing:$LATEST',
          condition: 'RetriesExhausted',
          approximateInvokeCount: 3,
        },
        requestPayload: { what: 'luck' },
        responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
        responsePayload: { errorType: 'TypeError', errorMessage: 'no luck' },
      },
    );
    for (const run of [1, 2, 3]) await logged(server, 'failing', `run ${run} of ${requestId}`);
  });

  await t.test('without retries it is run once', async () => {
    await configure(client, 'failing', {
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnFailure: { Destination: collector } },
    });
    const told = await record((await send('failing', { what: 'retry' })).$metadata.requestId ?? '');
    assert.deepEqual(
      [told.requestContext.condition, told.requestContext.approximateInvokeCount],
      ['RetriesExhausted', 1],
    );
  });

  await t.test('success is told too, but not that of a synchronous invocation', async () => {
    await configure(client, 'echo', { DestinationConfig: { OnSuccess: { Destination: collector } } });
    const direct = await client.send(new sdk.InvokeCommand({ FunctionName: 'echo', Payload: '{"by":"hand"}' }));
    const answer = await send('echo', { by: 'mail' });
    const requestId = answer.$metadata.requestId ?? '';
    const { timestamp: _, ...told } = await record(requestId);
    assert.deepEqual(told, {
      version: '1.0',
      requestContext: {
        requestId,
        functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:echo:$LATEST',
        condition: 'Success',
        approximateInvokeCount: 1,
      },
      requestPayload: { by: 'mail' },
      responseContext: { statusCode: 200, executedVersion: '$LATEST' },
      responsePayload: { event: { by: 'mail' } },
    });
    assert.deepEqual(await logLines(server, 'collector', `record ${direct.$metadata.requestId}`), []);
  });

  await t.test(
    'a function that may not run at all is not run: the event goes straight to the destination',
    async () => {
      await client.send(
        new sdk.PutFunctionConcurrencyCommand({ FunctionName: 'failing', ReservedConcurrentExecutions: 0 }),
      );
      const requestId = (await send('failing', { what: 'chance' })).$metadata.requestId ?? '';
      const told = await record(requestId);
      assert.deepEqual(told.requestContext, {
        requestId,
        functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:failing:$LATEST',
        condition: 'ZeroReservedConcurrency',
        approximateInvokeCount: 0,
      });
      assert.deepEqual([told.responseContext, told.responsePayload], [undefined, undefined]);
      await client.send(new sdk.DeleteFunctionConcurrencyCommand({ FunctionName: 'failing' }));
    },
  );

  await t.test('each qualifier has its own destinations, and is named in the record', async () => {
    await client.send(new sdk.PublishVersionCommand({ FunctionName: 'echo' }));
    await client.send(new sdk.CreateAliasCommand({ FunctionName: 'echo', Name: 'live', FunctionVersion: '1' }));
    await configure(client, 'echo', { DestinationConfig: { OnSuccess: { Destination: collector } } }, 'live');
    const requestId = (await send('echo', {}, { Qualifier: 'live' })).$metadata.requestId ?? '';
    const told = await record(requestId);
    assert.equal(told.requestContext.functionArn, 'arn:aws:lambda:us-east-1:000000000000:function:echo:live');
    assert.equal(told.responseContext.executedVersion, '1');
  });

  await t.test('a destination or dead-letter queue that cannot be had is in the log and in the metrics', async () => {
    await client.send(
      new sdk.UpdateFunctionConfigurationCommand({
        FunctionName: 'failing',
        DeadLetterConfig: { TargetArn: 'arn:aws:sqs:us-east-1:000000000000:nowhere' },
      }),
    );
    const settled = await client.send(new sdk.GetFunctionConfigurationCommand({ FunctionName: 'failing' }));
    assert.equal(settled.DeadLetterConfig?.TargetArn, 'arn:aws:sqs:us-east-1:000000000000:nowhere');
    await configure(client, 'failing', {
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnFailure: { Destination: 'arn:aws:sns:us-east-1:000000000000:nobody' } },
    });
    await send('failing', { what: 'addressee' });
    const labels = '{account="000000000000",region="us-east-1",function="failing"}';
    const wanted = [
      `lambent_dead_letter_errors_total${labels} 1`,
      `lambent_destination_delivery_failures_total${labels} 1`,
    ];
    await untilMetrics(server, wanted);
    for (const target of ['sqs:us-east-1:000000000000:nowhere', 'sns:us-east-1:000000000000:nobody']) {
      assert.match(server.process.logged(), new RegExp(`"target":"arn:aws:${target}".*a delivery has been given up`));
    }
  });

  await t.test('the metrics of events', async () => {
    const metrics = await metricsOf(server);
    const of = (name: string) =>
      Number(new RegExp(`^lambent_${name}\\{[^}]*function="failing"\\} (\\d+)`, 'm').exec(metrics)?.[1]);
    assert.equal(of('async_events_received_total'), 4);
    assert.equal(of('async_events_dropped_total'), 4);
    // Three runs, one, none, one.
    assert.equal(of('async_event_age_count'), 5);
  });

  await t.test('metrics are shown to who has signed for them', async () => {
    const answer = await fetch(`${server.env.AWS_ENDPOINT_URL}/_lambent/metrics`);
    assert.equal(answer.status, 403);
  });

  await t.test('the AWS CLI and boto3 send events', async () => {
    const env = { ...withoutAwsSettings(), ...server.env };
    const aws = await awsLambda(env);
    const directory = await temporaryDirectory(cleanUp);
    const payload = join(directory, 'event.json');
    const answer = join(directory, 'answer');
    await writeFile(payload, '{"by":"cli"}');
    const invoked = ['--function-name', 'echo', '--invocation-type', 'Event', '--payload', `fileb://${payload}`];
    assert.deepEqual(await aws('invoke', ...invoked, answer), { StatusCode: 202 });
    assert.equal(await readFile(answer, 'utf8'), '');
    await logged(server, 'echo', '{\\"by\\":\\"cli\\"}');
    assert.deepEqual(await aws('invoke-async', '--function-name', 'echo', '--invoke-args', payload), { Status: 202 });

    const script = join(import.meta.dirname, 'boto3-events.py');
    const { stdout } = await promisify(execFile)(await pythonWithBoto3(env), [script, 'echo'], { env });
    assert.deepEqual(JSON.parse(stdout), { event: [202, '', null], old: 202, large: 'RequestTooLargeException' });
    await logged(server, 'echo', '{\\"by\\":\\"boto3\\"}');
  });

  await t.test('a flood of events of one function does not delay another one’s', async () => {
    const slow = 'export const handler = async () => { await new Promise((resolve) => setTimeout(resolve, 1_000)); };';
    await deploy(client, { name: 'flooded', runtime: 'nodejs24.x', files: { 'index.mjs': slow } });
    await client.send(
      new sdk.PutFunctionConcurrencyCommand({ FunctionName: 'flooded', ReservedConcurrentExecutions: 2 }),
    );
    await Promise.all(Array.from({ length: 60 }, () => send('flooded', {})));
    await send('echo', { after: 'the flood' });
    await logged(server, 'echo', '{\\"after\\":\\"the flood\\"}');
    // Sixty events, two at once, of a second each: most of them still wait.
    const begun = (await logLines(server, 'flooded', 'START RequestId')).length;
    assert.ok(begun < 40, `${begun} of the flood have begun`);
    await client.send(new sdk.DeleteFunctionCommand({ FunctionName: 'flooded' }));
  });

  await t.test('events of a function that is deleted are dropped, and the log says so', async () => {
    await client.send(
      new sdk.PutFunctionEventInvokeConfigCommand({ FunctionName: 'failing', MaximumRetryAttempts: 2 }),
    );
    const requestId = (await send('failing', { what: 'future', ms: 5_000 })).$metadata.requestId ?? '';
    await logged(server, 'failing', `of ${requestId}`);
    // While it runs, so that it is still to be tried again.
    await client.send(new sdk.DeleteFunctionCommand({ FunctionName: 'failing' }));
    const pattern = new RegExp(`"requestId":"${requestId}".*an event was dropped`);
    await until('the log says so', () => pattern.test(server.process.logged()));
  });
});

test('an event that cannot be stored is not accepted', async (t) => {
  const cleanUp = cleanUpOf(t);
  const dataDir = await temporaryDirectory(cleanUp);
  // No file can be made where a directory stands.
  const file = join(dataDir, 'events.db');
  await mkdir(file);
  const server = await serve(cleanUp, { dataDir });
  const client = lambdaClient(cleanUp, server, { maxAttempts: 1 });
  const sdk = lambdaSdk();
  await deploy(client, {
    name: 'f',
    runtime: 'nodejs24.x',
    files: { 'index.mjs': 'export const handler = async () => console.log("ran");' },
  });
  const event = { FunctionName: 'f', InvocationType: 'Event' } as const;
  await assert.rejects(client.send(new sdk.InvokeCommand(event)), { name: 'ServiceException' });
  assert.match(server.process.logged(), /unable to open database file/);
  await client.send(new sdk.InvokeCommand({ FunctionName: 'f' }));

  await rm(file, { recursive: true });
  assert.equal((await client.send(new sdk.InvokeCommand(event))).StatusCode, 202);
  for (let look = 0; look < 2_400 && (await logLines(server, 'f', 'ran')).length < 2; look += 1) await pause();
  assert.equal((await logLines(server, 'f', 'ran')).length, 2);
});

test('events that wait when the server is stopped are run by the next one', async (t) => {
  const cleanUp = cleanUpOf(t);
  const first = await serve(cleanUp);
  const client = lambdaClient(cleanUp, first);
  const sdk = lambdaSdk();
  await deploy(client, {
    name: 'later',
    runtime: 'nodejs24.x',
    files: {
      'index.mjs': `export const handler = async ({ id }) => { console.log('ran ' + id + '.'); await new Promise((r) => setTimeout(r, 300)); };`,
    },
  });
  await client.send(new sdk.PutFunctionConcurrencyCommand({ FunctionName: 'later', ReservedConcurrentExecutions: 1 }));
  for (const id of [1, 2, 3, 4]) {
    await client.send(
      new sdk.InvokeCommand({ FunctionName: 'later', InvocationType: 'Event', Payload: `{"id":${id}}` }),
    );
  }
  await logged(first, 'later', 'ran 1.');
  assert.deepEqual(await first.process.stop(), { code: 0, signal: null });

  const second = await serve(cleanUp, { dataDir: first.dataDir });
  for (const id of [1, 2, 3, 4]) await logged(second, 'later', `ran ${id}.`);
});

function configure(client: LambdaClient, FunctionName: string, settings: object, Qualifier?: string) {
  const { PutFunctionEventInvokeConfigCommand } = lambdaSdk();
  return client.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, Qualifier, ...settings }));
}

async function untilMetrics(server: TestServer, lines: readonly string[]): Promise<void> {
  for (let look = 0; ; look += 1) {
    const metrics = await metricsOf(server);
    const missing = lines.filter((line) => !metrics.includes(`${line}\n`));
    if (missing.length === 0) return;
    if (look > 2_400) assert.fail(`not counted: ${missing.join(', ')} in\n${metrics}`);
    await pause();
  }
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 50));
