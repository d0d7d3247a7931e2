// Functions that nobody uses for long, on a server whose two weeks are a few seconds.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { deploy, invoke, zipOf } from './deploy.ts';
import { cleanUpOf, type LambdaClient, lambdaClient, lambdaSdk, patience, serve, until } from './server.ts';

const SECONDS = 1 / 86_400;
const HELLO = { name: 'hello', runtime: 'nodejs24.x', files: { 'index.js': 'exports.handler = async () => "hello";' } };

test('a function that nobody uses becomes Inactive, and answers again after the first invocation has failed', async (t) => {
  const cleanUp = cleanUpOf(t);
  const server = await serve(cleanUp, { args: ['--inactive-after', (2 * SECONDS).toFixed(9)] });
  const client = lambdaClient(cleanUp, server, { maxAttempts: 1 });
  const { ListFunctionsCommand, UpdateFunctionCodeCommand } = lambdaSdk();
  const { waitUntilFunctionActiveV2, waitUntilFunctionUpdatedV2 } = lambdaSdk();
  await deploy(client, HELLO);
  assert.equal(await answer(client), '"hello"');

  const inactive = await untilInactive(client);
  assert.deepEqual(
    [inactive?.StateReason, inactive?.StateReasonCode, inactive?.LastUpdateStatus],
    ['The function is currently idle.', 'Idle', 'Successful'],
  );
  const { Functions } = await client.send(new ListFunctionsCommand({}));
  assert.deepEqual(
    Functions?.map(({ FunctionName, State }) => [FunctionName, State]),
    [['hello', undefined]],
  );
  await until('its code is packed away', () => unpacked(server.dataDir).length === 0);

  const refused = await invoke(client, 'hello').catch((error: unknown) => error);
  assert.ok(refused instanceof lambdaSdk().CodeArtifactUserPendingException);
  assert.equal(refused.$metadata.httpStatusCode, 409);
  assert.equal(refused.message, 'Lambda is initializing your function. It will be ready to invoke shortly.');
  await waitUntilFunctionActiveV2(patience(client), { FunctionName: 'hello' });
  assert.equal(await answer(client), '"hello"');

  await untilInactive(client);
  const ZipFile = await zipOf({ 'index.js': 'exports.handler = async () => "changed";' });
  const updating = await client.send(new UpdateFunctionCodeCommand({ FunctionName: 'hello', ZipFile }));
  assert.deepEqual([updating.State, updating.LastUpdateStatus], ['Active', 'InProgress']);
  await waitUntilFunctionUpdatedV2(patience(client), { FunctionName: 'hello' });
  assert.equal(await answer(client), '"changed"');
});

/** What it answers, as a caller gets it who tries again: on a busy machine it may become Inactive once more before it is invoked. */
async function answer(client: LambdaClient): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return (await invoke(client, 'hello')).text;
    } catch (error) {
      if (!(error instanceof lambdaSdk().CodeArtifactUserPendingException) || attempt === 100) throw error;
      await sleep(50);
    }
  }
}

/** Its configuration when it has become Inactive. */
async function untilInactive(client: LambdaClient) {
  const { GetFunctionCommand } = lambdaSdk();
  for (let waitedMs = 0; ; waitedMs += 50) {
    const { Configuration } = await client.send(new GetFunctionCommand({ FunctionName: 'hello' }));
    if (Configuration?.State === 'Inactive') return Configuration;
    if (waitedMs > 30_000) throw new Error(`it is still ${Configuration?.State}`);
    await sleep(50);
  }
}

const unpacked = (dataDir: string) => readdirSync(join(dataDir, 'code')).filter((name) => name.length === 64);
