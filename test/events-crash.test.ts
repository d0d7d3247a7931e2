// The server is killed at random instants while events come in and run. Whatever was accepted must run at least once, and
// its end must be told to its destination; only what was running may run twice. LAMBENT_KILLS sets how often, SEED when: hours of it are for by hand.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { generator } from '../src/lib/testing/random.ts';
import { deploy } from './deploy.ts';
import { cleanUpOf, lambdaClient, lambdaSdk, serve, type TestServer, temporaryDirectory, until } from './server.ts';

const sqs = createRequire(import.meta.url)('@aws-sdk/client-sqs') as typeof import('@aws-sdk/client-sqs');
const KILLS = Number(process.env.LAMBENT_KILLS ?? 3);
const CONCURRENCY = 4;
const seed = Number(process.env.SEED ?? 20_261_121);

test(`every accepted event runs, whenever the server is killed (SEED=${seed})`, async (t) => {
  const cleanUp = cleanUpOf(t);
  const dataDir = await temporaryDirectory(cleanUp);
  const notes = join(await temporaryDirectory(cleanUp), 'notes');
  await writeFile(notes, '');
  await chmod(notes, 0o666);
  await chmod(join(notes, '..'), 0o777);
  const sdk = lambdaSdk();
  const random = generator(seed);
  // Without isolation a function can write to a file of the host: its log may lose its last lines in a crash.
  const start = () => serve(cleanUp, { dataDir, args: ['--sandbox', 'process', '--pool', '1'] });
  const accepted = new Set<string>();

  let server = await start();
  const files = {
    'index.mjs': `import { appendFileSync } from 'node:fs';
export const handler = async ({ id }) => {
  appendFileSync(process.env.NOTES, 'begin ' + id + '\\n');
  await new Promise((resolve) => setTimeout(resolve, 5));
  appendFileSync(process.env.NOTES, 'end ' + id + '\\n');
};`,
  };
  const client = lambdaClient(cleanUp, server);
  await deploy(client, { name: 'noting', runtime: 'nodejs24.x', files, variables: { NOTES: notes } });
  await client.send(
    new sdk.PutFunctionConcurrencyCommand({ FunctionName: 'noting', ReservedConcurrentExecutions: CONCURRENCY }),
  );
  const { QueueUrl } = await queuesOf(server).send(new sqs.CreateQueueCommand({ QueueName: 'ends' }));
  await client.send(
    new sdk.PutFunctionEventInvokeConfigCommand({
      FunctionName: 'noting',
      DestinationConfig: { OnSuccess: { Destination: 'arn:aws:sqs:us-east-1:000000000000:ends' } },
    }),
  );

  for (let round = 1; round <= KILLS; round += 1) {
    const caller = lambdaClient(cleanUp, server, { maxAttempts: 1 });
    // By how much was accepted, not by time alone: the machine may be slow.
    const enough = accepted.size + 5 + Math.floor(random() * 30);
    const killed = until(`${enough} events are accepted`, () => accepted.size >= enough)
      .then(() => sleep(random() * 50))
      .then(() => server.process.kill());
    const send = async (who: number) => {
      for (let count = 1; ; count += 1) {
        const id = `${round}-${who}-${count}`;
        const event = { FunctionName: 'noting', InvocationType: 'Event', Payload: JSON.stringify({ id }) } as const;
        assert.equal((await caller.send(new sdk.InvokeCommand(event))).StatusCode, 202);
        accepted.add(id);
      }
    };
    await Promise.allSettled([send(1), send(2), send(3)]);
    await killed;
    server = await start();
  }

  const noted = (what: string) => readFileSync(notes, 'utf8').match(new RegExp(`(?<=^${what} )\\S+$`, 'gm')) ?? [];
  await until('every accepted event has run', () => accepted.difference(new Set(noted('end'))).size === 0);
  const told = new Set<string>();
  const queues = queuesOf(server);
  // As long as messages come, and a while longer.
  for (let silentS = 0; silentS < 60 && accepted.difference(told).size > 0; silentS += 1) {
    const few = { QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 };
    const { Messages = [] } = await queues.send(new sqs.ReceiveMessageCommand(few));
    if (Messages.length > 0) silentS = 0;
    for (const { Body, ReceiptHandle } of Messages) {
      told.add(JSON.parse(Body ?? '').requestPayload.id);
      await queues.send(new sqs.DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
  }
  assert.deepEqual([...accepted.difference(told)], [], 'the end of every accepted event is told');
  await server.process.stop();
  const begun = noted('begin');
  const again = begun.length - new Set(begun).size;
  // What was running, and what had just ended and was being written down.
  assert.ok(again <= KILLS * 2 * CONCURRENCY, `${again} of ${begun.length} ran again after ${KILLS} kills`);
  function queuesOf({ env }: TestServer) {
    const queues = new sqs.SQSClient({
      endpoint: env.AWS_ENDPOINT_URL ?? '',
      region: env.AWS_REGION ?? '',
      credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID ?? '', secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '' },
    });
    cleanUp.defer(() => queues.destroy());
    return queues;
  }
  t.diagnostic(`${accepted.size} events accepted, ${KILLS} kills, ${again} ran again`);
});
