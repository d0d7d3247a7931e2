// Extensions in whole environments: an external one from a layer takes part in each phase, and can end its environment.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { after, before, suite, test } from 'node:test';
import { ZipFile } from 'yazl';
import { pack } from '../examples/pack.ts';
import { checkout } from '../scripts/server-process.ts';
import { deploy, invoke } from './deploy.ts';
import { cleanUpOf, type LambdaClient, lambdaClient, lambdaSdk, patience, serve } from './server.ts';

/** Answers what has been shipped so far. */
const READER = `
const { readFileSync } = require('node:fs');
exports.handler = async (event) => {
  console.log('the handler says', event.word);
  try { return readFileSync('/tmp/log-shipper.ndjson', 'utf8').trimEnd().split('\\n').map((line) => JSON.parse(line)); }
  catch { return []; }
};`;

/** Ends as it is told, or answers why its environment has ended before. */
const ENDING = `
const { appendFileSync, readFileSync } = require('node:fs');
process.on('SIGTERM', () => {});
exports.handler = (event) => {
  if (event.do === 'exit') process.exit(1);
  if (event.do === 'hang') return new Promise(() => setInterval(() => appendFileSync('/tmp/alive', '.'), 10));
  return Promise.resolve(readFileSync('/tmp/reasons', 'utf8').trim().split('\\n'));
};`;

/** An extension that takes its time before it writes down why it ends. */
const WITNESS = `#!/usr/bin/env node
const { appendFileSync, statSync } = require('node:fs');
const alive = () => statSync('/tmp/alive', { throwIfNoEntry: false })?.size ?? 0;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const api = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/2020-01-01/extension/';
(async () => {
  const body = JSON.stringify({ events: ['SHUTDOWN'] });
  const registered = await fetch(api + 'register', { method: 'POST', headers: { 'Lambda-Extension-Name': 'witness' }, body });
  const headers = { 'Lambda-Extension-Identifier': registered.headers.get('lambda-extension-identifier') };
  const { shutdownReason } = await (await fetch(api + 'event/next', { headers })).json();
  await pause(150);
  const before = alive();
  await pause(150);
  appendFileSync('/tmp/reasons', shutdownReason + (alive() > before ? ', and the function goes on' : '') + '\\n');
})();`;

const WRITES_VARIABLES = `#!/usr/bin/env node
require('node:fs').writeFileSync('/tmp/variables', JSON.stringify(process.env));
const api = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/2020-01-01/extension/';
(async () => {
  const headers = { 'Lambda-Extension-Name': 'writes' };
  const registered = await fetch(api + 'register', { method: 'POST', headers, body: '{"events":[]}' });
  const next = { 'Lambda-Extension-Identifier': registered.headers.get('lambda-extension-identifier') };
  await fetch(api + 'event/next', { headers: next });
})();`;

suite('extensions', () => {
  let client: LambdaClient;
  const cleanUp = cleanUpOf({ after });
  before(async () => {
    client = lambdaClient(cleanUp, await serve(cleanUp));
  });

  async function attach(name: string, zip: Buffer): Promise<void> {
    const sdk = lambdaSdk();
    const layer = await client.send(new sdk.PublishLayerVersionCommand({ LayerName: name, Content: { ZipFile: zip } }));
    await client.send(
      new sdk.UpdateFunctionConfigurationCommand({
        FunctionName: name,
        Layers: [layer.LayerVersionArn ?? assert.fail('no ARN')],
      }),
    );
    await sdk.waitUntilFunctionUpdatedV2(patience(client), { FunctionName: name });
  }

  test('the log shipper, as a layer, ships the init, the function’s lines and the platform’s events', async () => {
    await deploy(client, { name: 'shipped', runtime: 'nodejs24.x', files: { 'index.js': READER } });
    await attach('shipped', await pack(join(checkout, 'examples/log-shipper')));
    const first = await invoke(client, 'shipped', { word: 'one' });
    assert.equal(first.error, undefined, first.text);
    const second = await invoke(client, 'shipped', { word: 'two' });
    const records = JSON.parse(second.text) as { type: string; record: unknown }[];
    const types = records.map(({ type }) => type);
    for (const type of ['initStart', 'telemetrySubscription', 'initRuntimeDone', 'initReport', 'start', 'runtimeDone'])
      assert.ok(types.includes(`platform.${type}`), `${type} in ${types.join(' ')}`);
    // AWS's order: the runtime is initialised, the extensions are, the init is over.
    const ends = ['initRuntimeDone', 'extension', 'initReport'].map((type) => types.indexOf(`platform.${type}`));
    assert.deepEqual(
      ends,
      [...ends].sort((one, other) => one - other),
    );
    assert.ok(records.some(({ type, record }) => type === 'function' && /the handler says one/.test(String(record))));
    assert.ok(!records.some(({ record }) => /the handler says two/.test(String(record))));
  });

  test('one has the function’s variables, but for those of its runtime', async () => {
    const code = `exports.handler = async () => JSON.parse(require('node:fs').readFileSync('/tmp/variables', 'utf8'));`;
    const variables = { MINE: 'yes' };
    await deploy(client, { name: 'variables', runtime: 'nodejs24.x', files: { 'index.js': code }, variables });
    const zip = new ZipFile();
    zip.addBuffer(Buffer.from(WRITES_VARIABLES), 'extensions/writes', { mode: 0o100755 });
    zip.end();
    await attach('variables', await buffer(zip.outputStream));
    const names = new Set(Object.keys(JSON.parse((await invoke(client, 'variables')).text) as object));
    for (const name of [
      'MINE',
      'AWS_LAMBDA_RUNTIME_API',
      'AWS_LAMBDA_FUNCTION_NAME',
      'AWS_SESSION_TOKEN',
      'AWS_REGION',
    ])
      assert.ok(names.has(name), name);
    // AWS, "Lambda Extensions API", "Environment variables".
    const withheld =
      'AWS_EXECUTION_ENV AWS_LAMBDA_LOG_GROUP_NAME AWS_LAMBDA_LOG_STREAM_NAME AWS_XRAY_CONTEXT_MISSING AWS_XRAY_DAEMON_ADDRESS LAMBDA_RUNTIME_DIR LAMBDA_TASK_ROOT _AWS_XRAY_DAEMON_ADDRESS _AWS_XRAY_DAEMON_PORT _HANDLER';
    assert.deepEqual(
      withheld.split(' ').filter((name) => names.has(name)),
      [],
    );
  });

  test('one that is told why the environment ends has time to write it down', async () => {
    await deploy(client, { name: 'reasons', runtime: 'nodejs24.x', files: { 'index.js': ENDING }, timeoutS: 3 });
    const zip = new ZipFile();
    zip.addBuffer(Buffer.from(WITNESS), 'extensions/witness', { mode: 0o100755 });
    zip.end();
    await attach('reasons', await buffer(zip.outputStream));
    assert.equal((await invoke(client, 'reasons', { do: 'exit' })).error, 'Unhandled');
    assert.deepEqual(JSON.parse((await invoke(client, 'reasons', {})).text), ['failure']);
    assert.match((await invoke(client, 'reasons', { do: 'hang' })).text, /Task timed out after 3.00 seconds/);
    assert.deepEqual(JSON.parse((await invoke(client, 'reasons', {})).text), ['failure', 'timeout']);
  });

  test('one that the system cannot run is told in the system’s words, and nothing else is', async () => {
    const files = {
      // Built for another processor: its number stands in the header.
      foreign: Buffer.concat([Buffer.from('\x7fELF\x02\x01\x01', 'latin1'), Buffer.alloc(57, 8)]),
      scriptless: Buffer.from('exit 5\n'),
      missing: Buffer.from('#!/var/lang/bin/nothing\n'),
    };
    for (const [name, content] of Object.entries(files)) {
      await deploy(client, { name, runtime: 'nodejs24.x', files: { 'index.js': READER } });
      const zip = new ZipFile();
      zip.addBuffer(content, `extensions/${name}`, { mode: 0o100755 });
      zip.end();
      await attach(name, await buffer(zip.outputStream));
      const { errorType, errorMessage } = JSON.parse((await invoke(client, name)).text) as Record<string, string>;
      const problem = name === 'missing' ? 'no such file or directory' : 'exec format error';
      assert.equal(errorType, 'Extension.LaunchError');
      assert.equal(
        errorMessage?.replace(/^RequestId: \S+ /, ''),
        `Error: fork/exec /opt/extensions/${name}: ${problem}`,
      );
    }
  });

  test('one that ends is a crash, which the invoker is told', async () => {
    await deploy(client, { name: 'crashing', runtime: 'nodejs24.x', files: { 'index.js': READER } });
    const zip = new ZipFile();
    zip.addBuffer(Buffer.from('#!/bin/sh\nexit 3\n'), 'extensions/crash', { mode: 0o100755 });
    zip.end();
    await attach('crashing', await buffer(zip.outputStream));
    const { error, text } = await invoke(client, 'crashing');
    assert.equal(error, 'Unhandled');
    const payload = JSON.parse(text) as { errorType: string; errorMessage: string };
    assert.equal(payload.errorType, 'Extension.Crash');
    assert.match(payload.errorMessage, /^RequestId: [0-9a-f-]+ Error: exit status 3$/);
  });
});
