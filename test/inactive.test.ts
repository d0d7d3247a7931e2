// Functions that nobody uses for long, on a server whose two weeks are a few seconds.
import assert from 'node:assert/strict';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FunctionConfiguration, LambdaServiceException } from '@aws-sdk/client-lambda';
import { runLambent } from '../scripts/server-process.ts';
import { generator } from '../src/lib/testing/random.ts';
import { type FunctionSource, invoke, zipOf } from './deploy.ts';
import {
  cleanUpOf,
  type LambdaClient,
  lambdaClient,
  lambdaSdk,
  patience,
  ROLE,
  serve,
  type TestServer,
  temporaryDirectory,
  text,
  until,
} from './server.ts';

const seed = Number(process.env.SEED ?? 20_261_121);
const SOON = ['--inactive-after', (3 / 86_400).toFixed(9)];
const NOT_READY = [
  'CodeArtifactUserPendingException',
  409,
  'Lambda is initializing your function. It will be ready to invoke shortly.',
];
const FILES = { 'index.js': 'exports.handler = async () => "hello";' };

describe('a function that nobody uses', () => {
  const cleanUp = cleanUpOf({ after });
  let server: TestServer;
  let client: LambdaClient;
  const sdk = lambdaSdk();
  before(async () => {
    server = await serve(cleanUp, { args: SOON });
    client = lambdaClient(cleanUp, server, { maxAttempts: 1 });
  });

  test('becomes Inactive, refuses the first invocation, and answers again', async () => {
    const FunctionName = 'hello';
    await create(client, { name: FunctionName, runtime: 'nodejs24.x', files: FILES });
    assert.equal(await answer(client, { FunctionName }), '"hello"');

    const inactive = await untilState(client, { FunctionName }, ({ State }) => State === 'Inactive');
    assert.deepEqual(
      [inactive.StateReason, inactive.StateReasonCode, inactive.LastUpdateStatus],
      ['The function is currently idle.', 'Idle', 'Successful'],
    );
    const { Functions } = await client.send(new sdk.ListFunctionsCommand({}));
    assert.equal(Functions?.find((listed) => listed.FunctionName === FunctionName)?.State, undefined);
    await until('its code is packed away', () => unpacked(server.dataDir).length === 0);

    assert.deepEqual(await refusal(invoke(client, FunctionName)), NOT_READY);
    assert.equal(await answer(client, { FunctionName }), '"hello"');

    await untilState(client, { FunctionName }, ({ State }) => State === 'Inactive');
    const ZipFile = await zipOf({ 'index.js': 'exports.handler = async () => "changed";' });
    const updating = await client.send(new sdk.UpdateFunctionCodeCommand({ FunctionName, ZipFile }));
    assert.deepEqual([updating.State, updating.LastUpdateStatus], ['Active', 'InProgress']);
    await sdk.waitUntilFunctionUpdatedV2(patience(client), { FunctionName });
    assert.equal(await answer(client, { FunctionName }), '"changed"');
  });

  test('says what went wrong when it cannot be brought back, and is mended by new code', async () => {
    const FunctionName = 'broken';
    const files = { 'index.js': 'exports.handler = async () => "broken";' };
    await create(client, { name: FunctionName, runtime: 'nodejs24.x', files });
    const { CodeSha256 = '' } = await untilState(client, { FunctionName }, ({ State }) => State === 'Inactive');
    rmSync(join(server.dataDir, 'blobs', Buffer.from(CodeSha256, 'base64').toString('hex')));

    const streamed = () => client.send(new sdk.InvokeWithResponseStreamCommand({ FunctionName }));
    assert.deepEqual(await refusal(streamed()), NOT_READY);
    let failed = await untilState(client, { FunctionName }, hasFailed);
    assert.deepEqual([failed.State, failed.LastUpdateStatus], ['Inactive', 'Successful']);
    for (const again of [() => invoke(client, FunctionName), streamed]) {
      const [name, status, message] = await refusal(again());
      assert.deepEqual([name, status], ['CodeArtifactUserFailedException', 409]);
      assert.match(String(message), /^The function \S+:broken is inactive\..* the code [0-9a-f]{64} is lost/);
      // It is tried again, and each state has a revision of its own.
      const { RevisionId } = failed;
      failed = await untilState(client, { FunctionName }, (now) => hasFailed(now) && now.RevisionId !== RevisionId);
    }
    await client.send(new sdk.UpdateFunctionCodeCommand({ FunctionName, ZipFile: await zipOf(FILES) }));
    await untilState(client, { FunctionName }, ({ State }) => State !== 'Pending');
    assert.equal(await answer(client, { FunctionName }), '"hello"');
  });
});

test(`functions that come and go while they are invoked and changed answer rightly, or that they are coming (SEED=${seed})`, async (t) => {
  const cleanUp = cleanUpOf(t);
  const hurry = ['--inactive-after', (0.4 / 86_400).toFixed(9), '--keep-alive', '1'];
  const client = lambdaClient(cleanUp, await serve(cleanUp, { args: hurry }), { maxAttempts: 1 });
  const sdk = lambdaSdk();
  const layers: string[] = [];
  for (const LayerName of ['a', 'b']) {
    const Content = { ZipFile: await zipOf({ [`${LayerName}.txt`]: '' }) };
    const published = await client.send(new sdk.PublishLayerVersionCommand({ LayerName, Content }));
    layers.push(published.LayerVersionArn ?? '');
  }
  const names = ['one', 'two', 'three'];
  for (const name of names) {
    const files = {
      'index.js': `exports.handler = async () => ['${name}', ...require('node:fs').readdirSync('/opt')].join();`,
    };
    await create(client, { name, runtime: 'nodejs24.x', files, layers });
  }
  const seen = { right: 0, coming: 0 };
  const caller = async (who: number) => {
    const random = generator(seed + who);
    for (let call = 0; call < 25; call += 1) {
      const FunctionName = names[Math.floor(random() * names.length)] ?? '';
      if (random() < 0.05) {
        const Timeout = 30 + Math.floor(random() * 5);
        // A change while another one is under way is refused.
        await client.send(new sdk.UpdateFunctionConfigurationCommand({ FunctionName, Timeout })).catch(expectConflict);
      }
      try {
        assert.equal((await invoke(client, FunctionName)).text, `"${FunctionName},a.txt,b.txt"`);
        seen.right += 1;
      } catch (error) {
        if (!(error instanceof sdk.CodeArtifactUserPendingException)) throw error;
        seen.coming += 1;
      }
      await sleep(random() < 0.5 ? random() * 900 : random() * 50);
    }
  };
  await Promise.all([0, 1, 2].map(caller));
  t.diagnostic(`${seen.right} right answers, ${seen.coming} that the function is coming`);
  assert.ok(seen.right > 0);
});

test('an Inactive version with SnapStart runs its hooks again when it comes back, after kill -9, too', async (t) => {
  const { stdout } = await runLambent(['runtime', 'list']);
  const [, runtime] = /^(python3\.1[23])\s+ready\b/m.exec(stdout) ?? [];
  if (runtime === undefined) {
    t.diagnostic('left out: SnapStart needs Python 3.12 or 3.13, and this machine has neither');
    return;
  }
  const cleanUp = cleanUpOf(t);
  const dataDir = await temporaryDirectory(cleanUp);
  const killed = await serve(cleanUp, { dataDir, args: SOON });
  const before = lambdaClient(cleanUp, killed, { maxAttempts: 1 });
  const sdk = lambdaSdk();
  const FunctionName = 'snap';
  await create(before, { name: FunctionName, runtime, handler: 'app.handler', files: { 'app.py': HOOKS } });
  const SnapStart = { ApplyOn: 'PublishedVersions' } as const;
  await before.send(new sdk.UpdateFunctionConfigurationCommand({ FunctionName, SnapStart }));
  await sdk.waitUntilFunctionUpdatedV2(patience(before), { FunctionName });
  await before.send(new sdk.PublishVersionCommand({ FunctionName }));
  const version = { FunctionName, Qualifier: '1' };
  await untilState(before, version, ({ State }) => State === 'Inactive');
  await killed.process.kill();

  const client = lambdaClient(cleanUp, await serve(cleanUp, { dataDir, args: SOON }), { maxAttempts: 1 });
  assert.deepEqual(await refusal(client.send(new sdk.InvokeCommand(version))), [
    'SnapStartNotReadyException',
    409,
    'Lambda is initializing your function. It will be ready to invoke once your function state becomes ACTIVE.',
  ]);
  assert.equal(await answer(client, version), '["before", "after"]');
});

function expectConflict(error: Error): void {
  if (error.name !== 'ResourceConflictException') throw error;
}

const hasFailed = ({ StateReasonCode }: FunctionConfiguration) => StateReasonCode === 'InternalError';

const HOOKS = `
from snapshot_restore_py import register_after_restore, register_before_snapshot
calls = []
register_before_snapshot(lambda: calls.append('before'))
register_after_restore(lambda: calls.append('after'))
def handler(event, context):
    return calls
`;

/** Until it is no longer Pending. Not with the SDK's waiter: it may be Inactive again before that looks. */
async function create(client: LambdaClient, { name, runtime, handler, files, layers }: FunctionSource): Promise<void> {
  const { CreateFunctionCommand } = lambdaSdk();
  const FunctionName = name;
  await client.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: runtime as 'nodejs24.x', // SAFE: the server judges names of runtimes, not the client's list.
      Handler: handler ?? 'index.handler',
      Role: ROLE,
      Timeout: 30,
      Code: { ZipFile: await zipOf(files) },
      Layers: layers === undefined ? undefined : [...layers],
    }),
  );
  await untilState(client, { FunctionName }, ({ State }) => State !== 'Pending');
}

interface Named {
  readonly FunctionName: string;
  readonly Qualifier?: string;
}

/** What it answers, as a caller gets it who tries again: on a busy machine it may become Inactive once more before it is invoked. */
async function answer(client: LambdaClient, named: Named): Promise<string> {
  const { InvokeCommand } = lambdaSdk();
  for (let attempt = 1; ; attempt += 1) {
    try {
      return text((await client.send(new InvokeCommand(named))).Payload);
    } catch (error) {
      const isComing = error instanceof Error && /^(CodeArtifactUserPending|SnapStartNotReady)/.test(error.name);
      if (!isComing || attempt === 2_400) throw error;
      await sleep(50);
    }
  }
}

/** Its configuration once that is so. */
async function untilState(
  client: LambdaClient,
  named: Named,
  isSo: (configuration: FunctionConfiguration) => boolean,
): Promise<FunctionConfiguration> {
  const { GetFunctionConfigurationCommand } = lambdaSdk();
  for (let waitedMs = 0; ; waitedMs += 50) {
    const found = await client.send(new GetFunctionConfigurationCommand(named));
    if (isSo(found)) return found;
    if (waitedMs > 120_000) throw new Error(`${named.FunctionName} is still ${found.State}: ${found.StateReason}`);
    await sleep(50);
  }
}

/** Code, status and text of what a call must be refused with. */
async function refusal(call: Promise<unknown>): Promise<unknown[]> {
  return call.then(
    () => assert.fail('it was not refused'),
    (error: LambdaServiceException) => [error.name, error.$metadata.httpStatusCode, error.message],
  );
}

const unpacked = (dataDir: string) => readdirSync(join(dataDir, 'code')).filter((name) => name.length === 64);
