// Far more comes in than a slow function can take. What waits lies on the disk and not in memory, a server that starts with it
// is ready at once, and the disk is given back when it has been worked off.
// Twice 2,000 events and messages of 96 KB by default; LAMBENT_SOAK=full sends twice 100,000 of 2 KB, LAMBENT_SOAK=<number> twice that many.
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { residentMb } from '../bench/memory.ts';
import { deploy, invoke, zipOf } from './deploy.ts';
import { metricsOf } from './metrics.ts';
import { countsOf, makeMapping, makeQueue, queueClient } from './queues.ts';
import { cleanUpOf, lambdaClient, lambdaSdk, serve, settled, type TestServer, temporaryDirectory } from './server.ts';

const asked = process.env.LAMBENT_SOAK ?? '2000';
const COUNT = asked === 'full' ? 100_000 : Number(asked);
const BYTES = Math.max(1_000, Math.floor(192e6 / COUNT));
const SENDERS = 16;
/** Of the server, above what it had when the first half waited: of the second half alone there is {@link COUNT} times {@link BYTES}. */
const MORE_MB_MAX = 144;
const BODY = 'x'.repeat(BYTES);

test(`${COUNT} events for a slow function wait on the disk`, { timeout: 600_000 + COUNT * 10 }, async (t) => {
  const { cleanUp, dataDir, start } = await prepared(t);
  const first = await start();
  const client = lambdaClient(cleanUp, first);
  const sdk = lambdaSdk();
  const slow = 'export const handler = () => new Promise((done) => setTimeout(done, 600_000));';
  const quick = 'export const handler = async () => {};';
  await deploy(client, { name: 'quick', runtime: 'nodejs24.x', files: { 'index.mjs': quick } });
  await deploy(client, { name: 'slow', runtime: 'nodejs24.x', timeoutS: 900, files: { 'index.mjs': slow } });
  const once = { FunctionName: 'slow', ReservedConcurrentExecutions: 1 };
  await client.send(new sdk.PutFunctionConcurrencyCommand(once));
  const Payload = JSON.stringify(BODY);
  const flood = (to: typeof client, count: number) =>
    spread(count, () => to.send(new sdk.InvokeCommand({ FunctionName: 'slow', InvocationType: 'Event', Payload })));

  await flood(client, COUNT);
  const warmMb = residentMb(first.process.pid);
  await flood(client, COUNT);
  const grownMb = residentMb(first.process.pid) - warmMb;
  const file = join(dataDir, 'events.db');
  const fullBytes = bytesOf(file);
  t.diagnostic(`${grownMb.toFixed(0)} MB more in memory, ${(fullBytes / 1e6).toFixed(0)} MB on the disk`);
  assert.ok(fullBytes > COUNT * BYTES, 'it is on the disk');
  assert.ok(grownMb < MORE_MB_MAX, `${grownMb} MB more in memory`);

  await first.process.kill();
  // All, unless the flood took longer than the function sleeps.
  const left = eventsIn(file);
  assert.ok(left > COUNT, `${left} events wait`);
  const second = await start();
  const again = lambdaClient(cleanUp, second);
  assert.equal((await invoke(again, 'quick')).error, undefined);
  t.diagnostic(
    `the next start: ${second.process.readyMs.toFixed(0)} ms; ${residentMb(second.process.pid).toFixed(0)} MB`,
  );
  assert.ok(residentMb(second.process.pid) < warmMb + MORE_MB_MAX);

  await again.send(
    new sdk.UpdateFunctionCodeCommand({ FunctionName: 'slow', ZipFile: await zipOf({ 'index.mjs': quick }) }),
  );
  await settled(again, 'slow');
  await again.send(new sdk.DeleteFunctionConcurrencyCommand({ FunctionName: 'slow' }));
  // All but the one that still sleeps in the old code.
  while ((await begun(second)) < left) await sleep(100);
  while (bytesOf(file) > fullBytes / 4) await sleep(100);
  const drainedBytes = bytesOf(file);
  t.diagnostic(`${(drainedBytes / 1e6).toFixed(0)} MB on the disk when it is worked off`);
  await second.process.kill();
});

test(`${COUNT} messages for a slow function wait on the disk`, { timeout: 600_000 + COUNT * 10 }, async (t) => {
  const { cleanUp, dataDir, start } = await prepared(t);
  const first = await start();
  const client = lambdaClient(cleanUp, first);
  const sqs = queueClient(cleanUp, first);
  const slow = 'export const handler = () => new Promise((done) => setTimeout(done, 600_000));';
  await deploy(client, { name: 'slow', runtime: 'nodejs24.x', timeoutS: 900, files: { 'index.mjs': slow } });
  const queue = await makeQueue(sqs, 'flood', { VisibilityTimeout: '900' });
  const ScalingConfig = { MaximumConcurrency: 2 };
  await makeMapping(client, { FunctionName: 'slow', EventSourceArn: queue.arn, BatchSize: 10, ScalingConfig });
  const Entries = Array.from({ length: 10 }, (_, at) => ({ Id: String(at), MessageBody: BODY }));
  const flood = (count: number) => spread(count / 10, () => sqs.sendMessageBatch({ QueueUrl: queue.url, Entries }));

  await flood(COUNT);
  const warmMb = residentMb(first.process.pid);
  await flood(COUNT);
  const grownMb = residentMb(first.process.pid) - warmMb;
  const file = join(dataDir, 'queues.db');
  const fullBytes = bytesOf(file);
  t.diagnostic(`${grownMb.toFixed(0)} MB more in memory, ${(fullBytes / 1e6).toFixed(0)} MB on the disk`);
  assert.ok(fullBytes > COUNT * BYTES, 'it is on the disk');
  assert.ok(grownMb < MORE_MB_MAX, `${grownMb} MB more in memory`);

  await first.process.kill();
  const second = await start();
  const reader = queueClient(cleanUp, second);
  const { visible, inFlight } = await countsOf(reader, queue);
  t.diagnostic(
    `the next start: ${second.process.readyMs.toFixed(0)} ms; ${residentMb(second.process.pid).toFixed(0)} MB`,
  );
  assert.equal(visible + inFlight, COUNT * 2);
  assert.ok(residentMb(second.process.pid) < warmMb + MORE_MB_MAX);
  await reader.deleteQueue({ QueueUrl: queue.url });
  while (bytesOf(file) > fullBytes / 4) await sleep(100);
  t.diagnostic(`${(bytesOf(file) / 1e6).toFixed(0)} MB on the disk when the queue is gone`);
  await second.process.kill();
});

async function prepared(t: TestContext) {
  const cleanUp = cleanUpOf(t);
  const dataDir = await temporaryDirectory(cleanUp);
  return { cleanUp, dataDir, start: () => serve(cleanUp, { dataDir }) };
}

/** So many times, by some at once. */
async function spread(count: number, send: () => Promise<unknown>): Promise<void> {
  let left = count;
  const sender = async () => {
    while (left > 0) {
      left -= 1;
      await send();
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, sender));
}

/** Events that began to run since the start. */
async function begun(server: TestServer): Promise<number> {
  return Number(/^lambent_async_event_age_count\{.*\} (\d+)$/m.exec(await metricsOf(server))?.[1] ?? 0);
}

function eventsIn(file: string): number {
  using database = new DatabaseSync(file, { readOnly: true });
  return Number(database.prepare('SELECT count(*) AS count FROM messages').get()?.count);
}

const bytesOf = (file: string): number =>
  statSync(file).size + (statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0);
