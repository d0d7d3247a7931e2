// What a function's own code may do to whoever runs it: speak nonsense where ours would speak sense. Whatever it does, the
// server goes on, and other functions with it.
import assert from 'node:assert/strict';
import { buffer } from 'node:stream/consumers';
import { after, afterEach, before, suite, test } from 'node:test';
import { ZipFile } from 'yazl';
import { deploy, invoke } from './deploy.ts';
import {
  cleanUpOf,
  type LambdaClient,
  lambdaClient,
  lambdaSdk,
  readyPython,
  serve,
  type TestServer,
} from './server.ts';

/** Writes frames as our own guest does (guest/frames.md), but when it likes. */
const FRAMES = `
const { writeSync } = require('node:fs');
const frame = (type, text) => {
  const head = Buffer.alloc(5);
  head.writeUInt32LE(text.length, 0);
  head[4] = type;
  writeSync(3, Buffer.concat([head, Buffer.from(text)]));
};
const [RESPONSE, STREAM_START, STREAM_DATA, STREAM_END] = [19, 22, 23, 24];
`;

suite('a hostile function', () => {
  let server: TestServer;
  let client: LambdaClient;
  const cleanUp = cleanUpOf({ after });
  before(async () => {
    server = await serve(cleanUp);
    client = lambdaClient(cleanUp, server, { maxAttempts: 1 });
    await deploy(client, {
      name: 'bystander',
      runtime: 'nodejs24.x',
      files: { 'index.js': 'exports.handler = async () => 1' },
    });
  });
  afterEach(async () => {
    assert.equal((await invoke(client, 'bystander')).text, '1', server.process.logged());
  });

  test('that answers in the midst of its stream has not ended it', async () => {
    const code = `${FRAMES}
    exports.handler = async () => {
      frame(STREAM_START, '{}');
      frame(STREAM_DATA, 'so ');
      frame(RESPONSE, '"an answer"');
      frame(STREAM_DATA, 'far');
      frame(STREAM_END, '');
      await new Promise(() => {});
    };`;
    await deploy(client, { name: 'answering', runtime: 'nodejs24.x', files: { 'index.js': code } });
    const { InvokeWithResponseStreamCommand } = lambdaSdk();
    const { EventStream } = await client.send(new InvokeWithResponseStreamCommand({ FunctionName: 'answering' }));
    const pieces: Uint8Array[] = [];
    for await (const { PayloadChunk } of EventStream ?? []) pieces.push(PayloadChunk?.Payload ?? new Uint8Array());
    assert.equal(Buffer.concat(pieces).toString(), 'so far');
  });

  test('that asks for an operation which every JavaScript object has gets none', async () => {
    const code = `exports.handler = async () => {
      const base = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API;
      const paths = ['/2020-01-01/extension/constructor', '/2020-01-01/extension/__proto__', '/toString', '//', '/%00'];
      return Promise.all(paths.map(async (path) => (await fetch(base + path)).status));
    };`;
    await deploy(client, { name: 'asking', runtime: 'nodejs24.x', files: { 'index.js': code } });
    assert.equal((await invoke(client, 'asking')).text, '[404,404,404,404,404]');
  });

  test('that forks for as long as it can is ended when its time is up, and starts anew', async () => {
    const code = `import os, time
def handler(event, context):
    while event.get('fork'):
        try: os.fork()
        except OSError: time.sleep(0.1)
    return 'anew'
`;
    const runtime = await readyPython();
    await deploy(client, {
      name: 'forking',
      runtime,
      handler: 'index.handler',
      files: { 'index.py': code },
      timeoutS: 5,
    });
    assert.match((await invoke(client, 'forking', { fork: true })).text, /Task timed out after 5.00 seconds/);
    assert.equal((await invoke(client, 'forking')).text, '"anew"');
  });

  async function withLayer(name: string, path: string, content: string): Promise<void> {
    const zip = new ZipFile();
    zip.addBuffer(Buffer.from(content), path, { mode: 0o100755 });
    zip.end();
    const { PublishLayerVersionCommand } = lambdaSdk();
    const ZipContent = await buffer(zip.outputStream);
    const layer = await client.send(
      new PublishLayerVersionCommand({ LayerName: name, Content: { ZipFile: ZipContent } }),
    );
    await deploy(client, {
      name,
      runtime: 'nodejs24.x',
      files: { 'index.js': 'exports.handler = async () => 1' },
      layers: [layer.LayerVersionArn ?? assert.fail('no ARN')],
    });
  }

  test('whose extension has a name like a variable is run all the same', async () => {
    await withLayer('named', 'extensions/NAME=value', '#!/bin/sh\nexit 3\n');
    assert.match((await invoke(client, 'named')).text, /"Extension.Crash".*exit status 3/);
  });

  test('whose layer has a file in place of the extensions has none', async () => {
    await withLayer('filed', 'extensions', '#!/bin/sh\nexit 3\n');
    assert.equal((await invoke(client, 'filed')).text, '1');
  });
});
