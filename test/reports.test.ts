// What the platform reports of an invocation: how long it took, how it ended, and of what.
import assert from 'node:assert/strict';
import { buffer } from 'node:stream/consumers';
import { after, before, suite, test } from 'node:test';
import { ZipFile } from 'yazl';
import { deploy, invoke } from './deploy.ts';
import { cleanUpOf, type LambdaClient, lambdaClient, lambdaSdk, serve, settled } from './server.ts';

const FUNCTION = `
if (process.env.FAIL_INIT) throw new Error('no init');
exports.handler = async (event) => {
  if (event.sleepMs) await new Promise((resolve) => setTimeout(resolve, event.sleepMs));
  if (event.exit) process.exit(event.exit);
  if (event.later) { setImmediate(() => { throw new TypeError('later'); }); await new Promise(() => {}); }
  if (event.throw) throw new TypeError('thrown');
  return 1;
};`;

const WORK_MS = 250;
/** Works for a while after each invocation, or ends if the function is named so. */
const BUSY = `#!/var/lang/bin/node
const base = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/2020-01-01/extension';
(async () => {
  const registered = await fetch(base + '/register', {
    method: 'POST', headers: { 'Lambda-Extension-Name': 'busy' }, body: '{"events":["INVOKE"]}',
  });
  const headers = { 'Lambda-Extension-Identifier': registered.headers.get('lambda-extension-identifier') };
  for (;;) {
    await (await fetch(base + '/event/next', { headers })).text();
    await new Promise((resolve) => setTimeout(resolve, ${WORK_MS}));
    if (process.env.AWS_LAMBDA_FUNCTION_NAME === 'crashing') process.exit(3);
  }
})();
`;

/** Answers its first invocation, and ends. */
const LEAVES = `#!/bin/bash
base=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation
id=$(curl -sSi $base/next | tr -d '\\r' | sed -n 's/^lambda-runtime-aws-request-id: //pI')
curl -sS -d 1 $base/$id/response
exit 7
`;

suite('reports', () => {
  let client: LambdaClient;
  const cleanUp = cleanUpOf({ after });
  const source = { runtime: 'nodejs24.x', files: { 'index.js': FUNCTION } };
  before(async () => {
    client = lambdaClient(cleanUp, await serve(cleanUp));
    await deploy(client, { ...source, name: 'text' });
  });

  async function configure(name: string, changes: object): Promise<void> {
    const { UpdateFunctionConfigurationCommand } = lambdaSdk();
    await client.send(new UpdateFunctionConfigurationCommand({ FunctionName: name, ...changes }));
    await settled(client, name);
  }

  /** The system events of an invocation, `platform.` left away. */
  async function systemEvents(name: string, event: object): Promise<Map<string, Record<string, unknown>>> {
    const { log } = await invoke(client, name, event);
    const lines = log.trimEnd().split('\n');
    const read = lines.map((line) => JSON.parse(line) as { type?: string; record: Record<string, unknown> });
    return new Map(read.map(({ type = '', record }) => [type.replace('platform.', ''), record]));
  }

  const endOf = async (event: object) =>
    /\tMax Memory Used: \d+ MB\t(.*)\n/.exec((await invoke(client, 'text', event)).log)?.[1];

  test('an error that the handler throws is no failure of the invocation’s', async () => {
    assert.match((await endOf({ throw: true })) ?? '', /^(Init Duration: [\d.]+ ms\t)?$/);
    await deploy(client, { ...source, name: 'json' });
    await configure('json', { LoggingConfig: { LogFormat: 'JSON', SystemLogLevel: 'DEBUG' } });
    const events = await systemEvents('json', { throw: true });
    for (const type of ['runtimeDone', 'report']) {
      const { status, errorType } = events.get(type) ?? {};
      assert.deepEqual([type, status, errorType], [type, 'success', undefined]);
    }
  });

  test('a JSON log has what a function prints only from its level on', async () => {
    const DEBUG = '{"level":"debug","msg":"fine","timestamp":"2024-11-02T16:51:31.587199Z"}';
    const ERROR = '{"level":"error","msg":"bad","timestamp":"2024-11-02T16:51:31.587199Z"}';
    const code = `exports.handler = async () => process.stdout.write(${JSON.stringify(`${DEBUG}\n${ERROR}\nplain\n`)});`;
    await deploy(client, { ...source, name: 'printing', files: { 'index.js': code } });
    const printed = async (ApplicationLogLevel: string) => {
      await configure('printing', {
        LoggingConfig: { LogFormat: 'JSON', SystemLogLevel: 'WARN', ApplicationLogLevel },
      });
      return (await invoke(client, 'printing')).log;
    };
    assert.equal(await printed('DEBUG'), `${DEBUG}\n${ERROR}\nplain\n`);
    assert.equal(await printed('INFO'), `${ERROR}\nplain\n`);
    assert.equal(await printed('WARN'), `${ERROR}\n`);
    await configure('printing', { LoggingConfig: { LogFormat: 'Text' } });
    assert.match((await invoke(client, 'printing')).log, /"debug".*\n.*"error".*\nplain\n/);
  });

  test('a runtime that ends has exited, whatever it ended of', async () => {
    assert.equal(await endOf({ exit: 3 }), 'Status: error\tError Type: Runtime.ExitError');
    assert.equal(await endOf({ later: true }), 'Status: error\tError Type: Runtime.ExitError');
  });

  test('an invocation that is cut off has taken exactly its time', async () => {
    await deploy(client, { ...source, name: 'brief', timeoutS: 2 });
    await invoke(client, 'brief'); // Whose init is billed.
    const { log } = await invoke(client, 'brief', { sleepMs: 60_000 });
    assert.match(log, /\tDuration: 2000\.00 ms\tBilled Duration: 2000 ms\t.*\tStatus: timeout\n/);
  });

  test('errors of an init that AWS has no name for are unknown', async () => {
    await deploy(client, { ...source, name: 'broken', variables: { FAIL_INIT: '1' } });
    const { log, text } = await invoke(client, 'broken');
    assert.equal((JSON.parse(text) as { errorType: string }).errorType, 'Error', 'the caller is told which');
    assert.match(log, /^REPORT .*\tStatus: error\tError Type: Runtime\.Unknown$/m);
    await configure('broken', { Handler: 'index.missing', Environment: { Variables: {} } });
    assert.match((await invoke(client, 'broken')).log, /\tStatus: error\tError Type: Runtime\.HandlerNotFound\n/);
  });

  /** Has the extension and logs every system event. */
  async function deployBusy(name: string): Promise<void> {
    const sdk = lambdaSdk();
    const zip = new ZipFile();
    zip.addBuffer(Buffer.from(BUSY), 'extensions/busy', { mode: 0o100755 });
    zip.end();
    const Content = { ZipFile: await buffer(zip.outputStream) };
    const layer = await client.send(new sdk.PublishLayerVersionCommand({ LayerName: 'busy', Content }));
    await deploy(client, { ...source, name, layers: [layer.LayerVersionArn ?? ''] });
    await configure(name, { LoggingConfig: { LogFormat: 'JSON', SystemLogLevel: 'DEBUG' } });
  }

  test('what fails when the function has answered is told by the report, and the answer stands', async () => {
    await deployBusy('crashing');
    const events = await systemEvents('crashing', {});
    assert.equal(events.get('runtimeDone')?.status, 'success');
    const { status, errorType } = events.get('report') ?? {};
    assert.deepEqual([status, errorType], ['error', 'Extension.Crash']);
    // The runtime itself is not done before it asks for the next event.
    await deploy(client, { name: 'leaving', runtime: 'provided.al2023', files: { bootstrap: LEAVES } });
    const { text, error, log } = await invoke(client, 'leaving');
    assert.deepEqual([text, error], ['1', undefined]);
    assert.match(log, /\tStatus: error\tError Type: Runtime\.ExitError\n/);
  });

  test('an invocation lasts until its extensions are done with it, and says how long they took', async () => {
    await deployBusy('busy');
    const events = await systemEvents('busy', {});
    const report = events.get('report') as {
      metrics: { durationMs: number };
      spans: { name: string; durationMs: number }[];
    };
    assert.deepEqual(
      report.spans.map(({ name }) => name),
      ['extensionOverhead'],
    );
    // Timers may fire a millisecond early.
    assert.ok(report.metrics.durationMs >= WORK_MS - 1, String(report.metrics.durationMs));
    const spans = events.get('runtimeDone')?.spans as { name: string }[];
    assert.deepEqual(
      spans.map(({ name }) => name),
      ['responseLatency', 'responseDuration', 'runtimeOverhead'],
    );
  });
});
