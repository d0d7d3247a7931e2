// The life of execution environments as a function's author sees it: reuse, concurrency, freezing, keep-alive, context.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { deploy, invoke, zipOf } from './deploy.ts';
import { descendants } from './host.ts';
import {
  cleanUpOf,
  type LambdaClient,
  lambdaClient,
  lambdaSdk,
  patience,
  readyPython,
  serve,
  type TestServer,
  until,
} from './server.ts';

const NODE = `
let count = 0, ticks = 0;
const id = Math.random();
setInterval(() => { ticks += 1 }, 5).unref();
exports.handler = async (event, context) => {
  count += 1;
  if (event.ms) await new Promise((done) => setTimeout(done, event.ms));
  if (event.log) console.log(event.log);
  return { id, count, ticks, context: { ...context, remaining: context.getRemainingTimeInMillis() }, env: event.env ? process.env : undefined, cwd: process.cwd() };
};`;

const PYTHON = `
import os
count = 0
def handler(event, context):
    global count
    count += 1
    print('said by print')
    return {
        'count': count, 'name': context.function_name, 'version': context.function_version,
        'arn': context.invoked_function_arn, 'memory': context.memory_limit_in_mb, 'request': context.aws_request_id,
        'group': context.log_group_name, 'stream': context.log_stream_name,
        'remaining': context.get_remaining_time_in_millis(), 'whoami': os.getuid(), 'task': os.environ['LAMBDA_TASK_ROOT'],
    }
`;

describe('execution environments', () => {
  let server: TestServer;
  let client: LambdaClient;
  const cleanUp = cleanUpOf({ after });

  before(async () => {
    server = await serve(cleanUp);
    client = lambdaClient(cleanUp, server);
    await deploy(client, {
      name: 'node',
      runtime: 'nodejs24.x',
      files: { 'index.js': NODE },
      memoryMb: 1024,
      timeoutS: 20,
      variables: { MINE: 'é=1', EMPTY: '' },
    });
    await deploy(client, { name: 'python', runtime: await readyPython(), files: { 'index.py': PYTHON } });
  });

  test('are used again by the next invocation, and the first one reports its init', async () => {
    const first = await invoke(client, 'node');
    const second = await invoke(client, 'node');
    assert.match(first.log, /Init Duration: \d+\.\d\d ms/);
    assert.doesNotMatch(second.log, /Init Duration/);
    assert.equal(json(first).id, json(second).id);
    assert.equal(json(second).count, 2);
  });

  test('serve one invocation at a time: concurrent ones get their own', async () => {
    const answers = await Promise.all([1, 2, 3, 4].map(() => invoke(client, 'node', { ms: 4_000 })));
    assert.equal(new Set(answers.map((answer) => json(answer).id)).size, 4);
    assert.equal(new Set(answers.map((answer) => json(answer).context.logStreamName)).size, 4);
  });

  test('stand still while they have no work', async () => {
    await invoke(client, 'node');
    await sleep(200);
    const before = json(await invoke(client, 'node'));
    await sleep(3_000);
    const later = json(await invoke(client, 'node'));
    assert.equal(later.id, before.id);
    // At 5 ms a tick, three seconds of running would be about 600 of them; a busy machine may thaw it a while before it is invoked.
    assert.ok(later.ticks - before.ticks < 300, `${later.ticks - before.ticks} ticks while frozen`);
  });

  test('end after their keep-alive, with all their processes', async (t) => {
    const own = cleanUpOf(t);
    const brief = await serve(own, { args: ['--keep-alive', '1', '--pool', '0'] });
    const lambda = lambdaClient(own, brief);
    await deploy(lambda, { name: 'node', runtime: 'nodejs24.x', files: { 'index.js': NODE } });
    const processes = () => descendants(brief.process.pid).length;
    const idle = processes();
    const before = json(await invoke(lambda, 'node'));
    await until('they have ended', () => processes() === idle);
    const later = json(await invoke(lambda, 'node'));
    assert.notEqual(later.id, before.id);
    assert.equal(later.count, 1);
  });

  test('are replaced when the code or the configuration changes', async () => {
    const { UpdateFunctionCodeCommand, UpdateFunctionConfigurationCommand, waitUntilFunctionUpdatedV2 } = lambdaSdk();
    const before = json(await invoke(client, 'node'));
    await client.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'node', Description: 'changed' }));
    await waitUntilFunctionUpdatedV2(patience(client), { FunctionName: 'node' });
    assert.notEqual(json(await invoke(client, 'node')).id, before.id);
    const ZipFile = await zipOf({ 'index.js': 'exports.handler = async () => "new code"' });
    await client.send(new UpdateFunctionCodeCommand({ FunctionName: 'python', ZipFile }));
    await client.send(new UpdateFunctionCodeCommand({ FunctionName: 'node', ZipFile }));
    await waitUntilFunctionUpdatedV2(patience(client), { FunctionName: 'node' });
    assert.equal((await invoke(client, 'node')).text, '"new code"');
    await waitUntilFunctionUpdatedV2(patience(client), { FunctionName: 'python' });
    await client.send(
      new UpdateFunctionCodeCommand({ FunctionName: 'node', ZipFile: await zipOf({ 'index.js': NODE }) }),
    );
    await client.send(
      new UpdateFunctionCodeCommand({ FunctionName: 'python', ZipFile: await zipOf({ 'index.py': PYTHON }) }),
    );
    await waitUntilFunctionUpdatedV2(patience(client), { FunctionName: 'node' });
    await waitUntilFunctionUpdatedV2(patience(client), { FunctionName: 'python' });
  });

  test('tell the handler who and where it is (Node)', async () => {
    const { context, env, cwd } = json(await invoke(client, 'node', { env: true }));
    assert.equal(context.functionName, 'node');
    assert.equal(context.functionVersion, '$LATEST');
    assert.equal(context.invokedFunctionArn, 'arn:aws:lambda:us-east-1:000000000000:function:node');
    assert.equal(context.memoryLimitInMB, '1024');
    assert.equal(context.logGroupName, '/aws/lambda/node');
    assert.match(context.logStreamName, /^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][\da-f]{32}$/);
    assert.match(context.awsRequestId, /^[\da-f]{8}-/);
    assert.ok(context.remaining > 5_000 && context.remaining <= 20_000);
    assert.equal(cwd, '/var/task');
    const expected = {
      MINE: 'é=1',
      EMPTY: '',
      _HANDLER: 'index.handler',
      AWS_REGION: 'us-east-1',
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      AWS_LAMBDA_FUNCTION_NAME: 'node',
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1024',
      AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
      AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/node',
      LAMBDA_TASK_ROOT: '/var/task',
      LAMBDA_RUNTIME_DIR: '/var/runtime',
      LANG: 'en_US.UTF-8',
      TZ: ':UTC',
    };
    for (const [name, value] of Object.entries(expected)) assert.equal(env[name], value, name);
    assert.match(env.AWS_ACCESS_KEY_ID, /^ASIA/);
    assert.ok(env.AWS_SECRET_ACCESS_KEY.length >= 40 && env.AWS_SESSION_TOKEN.length > 40);
  });

  test('tell the handler who and where it is (Python)', async () => {
    const answer = await invoke(client, 'python');
    const said = JSON.parse(answer.text);
    assert.equal(said.name, 'python');
    assert.equal(said.arn, 'arn:aws:lambda:us-east-1:000000000000:function:python');
    assert.equal(said.memory, '128');
    assert.equal(said.task, '/var/task');
    assert.equal(said.whoami, 993);
    assert.ok(said.remaining > 5_000 && said.remaining <= 30_000);
    assert.match(answer.log, /^said by print$/m);
  });

  test('show the qualifier that was invoked, and keep a version apart from $LATEST', async () => {
    const { InvokeCommand, PublishVersionCommand } = lambdaSdk();
    const { Version } = await client.send(new PublishVersionCommand({ FunctionName: 'node' }));
    const answer = await client.send(new InvokeCommand({ FunctionName: 'node', Qualifier: Version }));
    assert.equal(answer.ExecutedVersion, Version);
    const { context } = JSON.parse(Buffer.from(answer.Payload ?? []).toString());
    assert.equal(context.invokedFunctionArn, `arn:aws:lambda:us-east-1:000000000000:function:node:${Version}`);
    assert.equal(context.functionVersion, Version);
  });

  test('are not made for a dry run', async () => {
    const { InvokeCommand } = lambdaSdk();
    const dry = await client.send(new InvokeCommand({ FunctionName: 'node', InvocationType: 'DryRun' }));
    assert.equal(dry.StatusCode, 204);
  });

  test('hand their function credentials that work, and that allow nothing more', async () => {
    const files = {
      'index.mjs': `
import { request } from 'node:http';
export const handler = async () => process.env.AWS_ENDPOINT_URL + ' ' + await new Promise((resolve, reject) => {
  request(process.env.AWS_ENDPOINT_URL, (response) => { response.resume(); resolve(response.statusCode); }).on('error', reject).end();
});`,
    };
    await deploy(client, { name: 'caller', runtime: 'nodejs24.x', files });
    const answer = await invoke(client, 'caller');
    assert.match(answer.text, /^"http:\/\/127\.0\.0\.1:4566 4\d\d"$/, answer.text);
  });

  test('do not keep a caller who leaves, nor are they kept by it', async () => {
    const { InvokeCommand } = lambdaSdk();
    const leaving = new AbortController();
    const call = client.send(new InvokeCommand({ FunctionName: 'node', Payload: JSON.stringify({ ms: 3_000 }) }), {
      abortSignal: leaving.signal,
    });
    setTimeout(() => leaving.abort(), 100);
    await assert.rejects(call, { name: 'AbortError' });
    const next = await invoke(client, 'node', { ms: 1 });
    assert.equal(next.error, undefined);
  });
});

// biome-ignore lint/suspicious/noExplicitAny: SAFE: the function above made it, and every use is an assertion.
function json(answer: { text: string; error: string | undefined }): any {
  assert.equal(answer.error, undefined, answer.text);
  return JSON.parse(answer.text);
}
