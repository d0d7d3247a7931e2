// Layers as functions of each runtime see them, published with the official SDK and with the AWS CLI.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { withoutAwsSettings } from '../scripts/server-process.ts';
import { deploy, type Files, invoke, zipOf } from './deploy.ts';
import {
  cleanUpOf,
  type LambdaClient,
  lambdaClient,
  lambdaSdk,
  readyPython,
  serve,
  settled,
  temporaryDirectory,
} from './server.ts';

const NODE = 'nodejs24.x';

test('a Node function requires what lies in its layers, the last layer’s where several have it', async (t) => {
  const cleanUp = cleanUpOf(t);
  const client = lambdaClient(cleanUp, await serve(cleanUp));
  const below = await publish(client, 'below', {
    'nodejs/node_modules/tool/index.js': "module.exports = 'tool of the lower layer';",
    'nodejs/node_modules/lower/index.js': "module.exports = 'lower';",
    'nodejs/node24/node_modules/only24/index.js': "module.exports = 'for Node 24';",
  });
  const above = await publish(client, 'above', {
    'nodejs/node_modules/tool/index.js': "module.exports = 'tool of the upper layer';",
  });
  const files = {
    'index.js': `exports.handler = async () => ['tool', 'lower', 'only24'].map((name) => require(name));`,
  };
  await deploy(client, { name: 'node', runtime: NODE, files, layers: [below, above] });
  assert.deepEqual(await answerOf(client, 'node'), ['tool of the upper layer', 'lower', 'for Node 24']);

  const { UpdateFunctionConfigurationCommand } = lambdaSdk();
  await client.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'node', Layers: [above, below] }));
  await settled(client, 'node');
  assert.deepEqual(await answerOf(client, 'node'), ['tool of the lower layer', 'lower', 'for Node 24']);

  await client.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'node', Layers: [] }));
  await settled(client, 'node');
  assert.match((await invoke(client, 'node')).text, /Cannot find module 'tool'/);
});

test('a Python function imports what lies in its layers', async (t) => {
  const cleanUp = cleanUpOf(t);
  const client = lambdaClient(cleanUp, await serve(cleanUp));
  const runtime = await readyPython();
  const layer = await publish(client, 'python', {
    'python/plain.py': 'NAME = "plain"',
    [`python/lib/${runtime}/site-packages/packaged/__init__.py`]: 'NAME = "packaged"',
    'data.txt': 'data',
  });
  const files = {
    'index.py': `
import plain, packaged
def handler(event, context):
    return [plain.NAME, packaged.NAME, open("/opt/data.txt").read()]
`,
  };
  await deploy(client, { name: 'python', runtime, files, layers: [layer] });
  assert.deepEqual(await answerOf(client, 'python'), ['plain', 'packaged', 'data']);
});

test('a layer brings the bootstrap of a custom runtime, and programs on the PATH', async (t) => {
  const cleanUp = cleanUpOf(t);
  const client = lambdaClient(cleanUp, await serve(cleanUp));
  const runtime = await publish(client, 'runtime', { bootstrap: BOOTSTRAP });
  const tools = await publish(client, 'tools', { 'bin/greet': '#!/bin/sh\necho "hello $1"\n' });
  const source = { runtime: 'provided.al2023', files: { 'name.txt': 'layers' }, layers: [runtime, tools] };
  await deploy(client, { name: 'custom', ...source });
  const [greeting, libraries] = (await invoke(client, 'custom')).text.trim().split('\n');
  assert.equal(greeting, 'hello layers');
  assert.ok(libraries?.split(':').includes('/opt/lib'), libraries);
});

test('with the AWS CLI a layer is published, attached, downloaded and deleted; the function goes on, also after a restart', async (t) => {
  const cleanUp = cleanUpOf(t);
  const directory = await temporaryDirectory(cleanUp);
  const server = await serve(cleanUp);
  const client = lambdaClient(cleanUp, server);
  const env = { ...withoutAwsSettings(), HOME: directory, ...server.env };
  const aws = async (...args: string[]) => {
    const { stdout } = await promisify(execFile)('aws', ['lambda', ...args, '--output', 'json'], { env });
    return stdout === '' ? undefined : JSON.parse(stdout);
  };
  const zip = await zipOf({ 'nodejs/node_modules/tool/index.js': "module.exports = 'from a layer';" });
  const path = join(directory, 'layer.zip');
  await writeFile(path, zip);
  const published = await aws('publish-layer-version', '--layer-name', 'tool', '--zip-file', `fileb://${path}`);
  assert.equal(published.Version, 1);
  const downloaded = await fetch(published.Content.Location);
  assert.deepEqual(Buffer.from(await downloaded.arrayBuffer()), zip);
  assert.deepEqual(
    (await aws('list-layers')).Layers.map((layer: { LayerName: string }) => layer.LayerName),
    ['tool'],
  );

  const files = { 'index.js': "exports.handler = async () => require('tool');" };
  await deploy(client, { name: 'user', runtime: NODE, files });
  await aws('update-function-configuration', '--function-name', 'user', '--layers', published.LayerVersionArn);
  await settled(client, 'user');
  assert.equal(await answerOf(client, 'user'), 'from a layer');

  await aws('delete-layer-version', '--layer-name', 'tool', '--version-number', '1');
  assert.deepEqual((await aws('list-layers')).Layers, []);
  await server.process[Symbol.asyncDispose]();
  const again = lambdaClient(cleanUp, await serve(cleanUp, { dataDir: server.dataDir }));
  assert.equal(await answerOf(again, 'user'), 'from a layer');
});

const BOOTSTRAP = `#!/bin/bash
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
while true; do
  headers="$(mktemp)"
  curl -sS -o /dev/null -D "$headers" "$api/next"
  id="$(grep -i '^lambda-runtime-aws-request-id:' "$headers" | tr -d '\\r' | cut -d' ' -f2)"
  printf '%s\\n%s\\n' "$(greet "$(cat "$LAMBDA_TASK_ROOT/name.txt")")" "$LD_LIBRARY_PATH" |
    curl -sS -o /dev/null --data-binary @- "$api/$id/response"
done
`;

async function publish(client: LambdaClient, LayerName: string, files: Files): Promise<string> {
  const { PublishLayerVersionCommand } = lambdaSdk();
  const Content = { ZipFile: await zipOf(files) };
  const { LayerVersionArn } = await client.send(new PublishLayerVersionCommand({ LayerName, Content }));
  return LayerVersionArn ?? '';
}

async function answerOf(client: LambdaClient, name: string): Promise<unknown> {
  const { text, error } = await invoke(client, name);
  assert.equal(error, undefined, text);
  return JSON.parse(text);
}
