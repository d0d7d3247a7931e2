// What a server that is told to stop still owes its clients.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { deploy } from './deploy.ts';
import { cleanUpOf, lambdaClient, serve, temporaryDirectory, until } from './server.ts';

const ANSWER_BYTES = 6 * 1024 * 1024;

const FUNCTION = `
const { existsSync, writeFileSync } = require('node:fs');
exports.handler = async ({ started, until }) => {
  if (started) writeFileSync(started, '');
  while (until && !existsSync(until)) await new Promise((done) => setTimeout(done, 10));
  return 'x'.repeat(${ANSWER_BYTES - 2});
};`;

test('a large answer reaches a client that reads slowly, and then the server ends', async (t) => {
  const { stop, invoke } = await serving(t);
  const response = await invoke({});
  await once(response, 'readable'); // It has begun, and the client takes a first part only.
  const stopped = await stop();
  assert.equal(await length(response), ANSWER_BYTES);
  assert.equal((await stopped.ended).code, 0);
});

test('an invocation that runs is answered, and its connection is closed for good', async (t) => {
  const { stop, invoke, directory } = await serving(t);
  const started = join(directory, 'started');
  const goOn = join(directory, 'go-on');
  const answering = invoke({ started, until: goOn });
  await until('the function runs', () => existsSync(started));
  const stopped = await stop();
  await writeFile(goOn, '');
  const response = await answering;
  assert.equal(response.headers.connection, 'close');
  assert.equal(await length(response), ANSWER_BYTES);
  assert.equal((await stopped.ended).code, 0);
});

async function serving(t: TestContext) {
  const cleanUp = cleanUpOf(t);
  const directory = await temporaryDirectory(cleanUp);
  const server = await serve(cleanUp, { args: ['--auth', 'relaxed', '--sandbox', 'process', '--pool', '0'] });
  const files = { 'index.js': FUNCTION };
  await deploy(lambdaClient(cleanUp, server), { name: 'large', runtime: 'nodejs24.x', files });
  const agent = new Agent({ keepAlive: true });
  cleanUp.defer(() => Promise.resolve(agent.destroy()));
  return {
    directory,
    /** Resolves when the server has begun to stop. */
    stop: async () => {
      const ended = server.process.stop();
      await until('the server begins to stop', () => server.process.logged().includes('stopping'));
      return { ended };
    },
    /** The answer's head; who asks reads the rest, at leisure. */
    invoke: async (event: object) => {
      const request = httpRequest(`${server.process.url}/2015-03-31/functions/large/invocations`, {
        ...{ method: 'POST', agent },
        headers: {
          Authorization:
            'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=00',
        },
      });
      request.end(JSON.stringify(event));
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      return response;
    },
  };
}

async function length(response: IncomingMessage): Promise<number> {
  let bytes = 0;
  for await (const part of response) bytes += (part as Buffer).length;
  return bytes;
}
