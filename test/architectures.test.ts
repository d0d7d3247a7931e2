// What a function that is built for another processor looks like, to the official SDK.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { deploy, invoke, zipOf } from './deploy.ts';
import { cleanUpOf, type LambdaClient, lambdaClient, lambdaSdk, ROLE, serve, settled } from './server.ts';

const [OWN, FOREIGN] = process.arch === 'arm64' ? (['arm64', 'x86_64'] as const) : (['x86_64', 'arm64'] as const);
const REASON = `The function is for ${FOREIGN}, and this machine is ${OWN}. Build it for ${OWN} and update its code with Architectures ["${OWN}"].`;

test('a function for another processor fails with the reason, and works once it is built for this one', async (t) => {
  const cleanUp = cleanUpOf(t);
  const client = lambdaClient(cleanUp, await serve(cleanUp));
  const { CreateFunctionCommand, UpdateFunctionCodeCommand } = lambdaSdk();
  const ZipFile = await zipOf({ 'index.mjs': 'export const handler = async () => process.arch;' });
  const created = await client.send(
    new CreateFunctionCommand({
      FunctionName: 'foreign',
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: ROLE,
      Architectures: [FOREIGN],
      Code: { ZipFile },
    }),
  );
  assert.deepEqual([created.State, created.Architectures], ['Pending', [FOREIGN]]);
  const failed = await once(client, 'foreign', ({ State }) => State !== 'Pending');
  assert.deepEqual(
    [failed.State, failed.StateReasonCode, failed.StateReason],
    ['Failed', 'InvalidConfiguration', REASON],
  );
  await assert.rejects(invoke(client, 'foreign'), { name: 'ResourceConflictException' });

  await client.send(new UpdateFunctionCodeCommand({ FunctionName: 'foreign', ZipFile, Architectures: [OWN] }));
  await settled(client, 'foreign');
  assert.equal((await invoke(client, 'foreign')).text, JSON.stringify(process.arch));
});

test('an update for another processor fails with the reason, and the old code goes on', async (t) => {
  const cleanUp = cleanUpOf(t);
  const client = lambdaClient(cleanUp, await serve(cleanUp));
  const { UpdateFunctionCodeCommand } = lambdaSdk();
  const source = (answer: string) => ({ 'index.mjs': `export const handler = async () => '${answer}';` });
  await deploy(client, { name: 'updated', runtime: 'nodejs24.x', files: source('old') });
  const ZipFile = await zipOf(source('new'));
  await client.send(new UpdateFunctionCodeCommand({ FunctionName: 'updated', ZipFile, Architectures: [FOREIGN] }));
  const failed = await once(client, 'updated', ({ LastUpdateStatus }) => LastUpdateStatus !== 'InProgress');
  assert.deepEqual(
    [failed.State, failed.LastUpdateStatus, failed.LastUpdateStatusReasonCode, failed.LastUpdateStatusReason],
    ['Active', 'Failed', 'InvalidConfiguration', REASON],
  );
  assert.equal((await invoke(client, 'updated')).text, '"old"');
});

type Configuration = import('@aws-sdk/client-lambda').FunctionConfiguration;

/** The configuration as soon as it is so. Throws after 10 s. */
async function once(
  client: LambdaClient,
  name: string,
  isSo: (found: Configuration) => boolean,
): Promise<Configuration> {
  const { GetFunctionConfigurationCommand } = lambdaSdk();
  for (let looks = 0; looks < 5_000; looks += 1) {
    const found = await client.send(new GetFunctionConfigurationCommand({ FunctionName: name }));
    if (isSo(found)) return found;
    await sleep(20);
  }
  throw new Error(`${name} stays as it is`);
}
