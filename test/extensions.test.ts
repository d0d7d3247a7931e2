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
    assert.ok(records.some(({ type, record }) => type === 'function' && /the handler says one/.test(String(record))));
    assert.ok(!records.some(({ record }) => /the handler says two/.test(String(record))));
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
