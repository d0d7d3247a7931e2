// The server is killed, or told to stop, while messages flow through a mapping. Every message that was acknowledged must
// have run in the end, and what a stop left must not have to wait.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { SQS } from '@aws-sdk/client-sqs';
import { generator } from '../src/lib/testing/random.ts';
import { deploy } from './deploy.ts';
import { countsOf, makeMapping, makeQueue, queueClient, sendAll, type TestQueue } from './queues.ts';
import { cleanUpOf, lambdaClient, serve, type TestServer, temporaryDirectory, until } from './server.ts';

const ROUNDS = 3;
const seed = Number(process.env.SEED ?? 20_261_121);
/** Functions are processes of the host, and tell it in a file what they have done. */
const ARGS = ['--sandbox', 'process', '--pool', '0'];

/** Notes the messages of each batch as it begins, and again when it is done. */
const NOTING = `const { appendFileSync } = require('node:fs');
exports.handler = async ({ Records }) => {
  const note = (word) => {
    for (const { body, attributes } of Records) {
      const { ApproximateReceiveCount: count, MessageGroupId: group = '-' } = attributes;
      appendFileSync(process.env.NOTES, [word, group, JSON.parse(body).n, count].join(' ') + '\\n');
    }
  };
  note('began');
  await new Promise((done) => setTimeout(done, Math.max(...Records.map(({ body }) => JSON.parse(body).ms))));
  note('ended');
};`;

test(`every acknowledged message runs, whenever the server is killed (SEED=${seed})`, async (t) => {
  const { start, dataDir, notes } = await prepared(t);
  const random = generator(seed);
  const acknowledged: string[] = [];
  let queues: { plain: TestQueue; ordered: TestQueue } | undefined;
  for (let round = 1; round <= ROUNDS; round += 1) {
    const server = await start(dataDir);
    queues ??= await wire(t, server, 2);
    const { plain, ordered } = queues;
    const killAt = acknowledged.length + 20 + Math.floor(random() * 60);
    const killed = until('enough was sent', () => acknowledged.length >= killAt).then(() => server.process.kill());
    const sender = async (queue: TestQueue, who: string, group?: string) => {
      const sqs = clientOf(t, server);
      for (let n = round * 1_000 + 1; ; n += 1) {
        const MessageBody = JSON.stringify({ n, who, ms: 5 });
        await sqs.sendMessage({ QueueUrl: queue.url, MessageBody, MessageGroupId: group });
        acknowledged.push(`${group ?? '-'} ${n}`);
      }
    };
    const senders = [sender(plain, 'p'), sender(ordered, 'a', 'a'), sender(ordered, 'b', 'b')];
    const outcomes = await Promise.allSettled(senders);
    await killed;
    assert.ok(outcomes.every(({ status }) => status === 'rejected'));
  }
  const server = await start(dataDir);
  const sqs = clientOf(t, server);
  for (const queue of Object.values(queues ?? {})) await emptied(sqs, queue);
  const ran = new Set(notes('ended').map(({ group, n }) => `${group} ${n}`));
  assert.deepEqual(
    acknowledged.filter((message) => !ran.has(message)),
    [],
    'acknowledged messages that never ran',
  );
});

test('a stop finishes what runs, gives back what does not, and the next start goes on with it', async (t) => {
  const { start, dataDir, notes } = await prepared(t);
  const first = await start(dataDir);
  // So long that nobody waits for it here: what the stop gives back comes again at once, and nothing comes twice.
  const { plain } = await wire(t, first, 300);
  const sqs = clientOf(t, first);
  const numbers = Array.from({ length: 40 }, (_, at) => at + 1);
  await sendAll(
    sqs,
    plain,
    numbers.map((n) => JSON.stringify({ n, ms: 500 })),
  );
  await until('messages are worked on', () => notes('began').length > 2);
  assert.equal((await first.process.stop()).code, 0);
  const [began, ended] = [notes('began').length, notes('ended').length];
  assert.equal(ended, began, 'what had begun was not finished');
  assert.ok(ended < numbers.length, 'nothing was left to be stopped');

  const second = await start(dataDir);
  await emptied(clientOf(t, second), plain);
  assert.deepEqual(
    notes('ended')
      .map(({ n }) => n)
      .sort((one, other) => one - other),
    numbers,
  );
});

async function prepared(t: TestContext) {
  const cleanUp = cleanUpOf(t);
  const dataDir = await temporaryDirectory(cleanUp);
  const path = join(dataDir, 'notes');
  return {
    dataDir,
    start: (directory: string) => serve(cleanUp, { dataDir: directory, args: ARGS }),
    notes: (word: 'began' | 'ended') =>
      (existsSync(path) ? readFileSync(path, 'utf8') : '')
        .split('\n')
        .filter((line) => line.startsWith(`${word} `))
        .map((line) => {
          const [, group, n] = line.split(' ');
          return { group, n: Number(n) };
        }),
  };
}

/** A function with a standard and a FIFO queue, which show a message again after so many seconds. */
async function wire(t: TestContext, server: TestServer, timeoutS: number) {
  const lambda = lambdaClient(cleanUpOf(t), server);
  const sqs = clientOf(t, server);
  await deploy(lambda, {
    name: 'noting',
    runtime: 'nodejs24.x',
    timeoutS,
    files: { 'index.js': NOTING },
    variables: { NOTES: join(server.dataDir, 'notes') },
  });
  const made = async (name: string) => {
    const queue = await makeQueue(sqs, name, { VisibilityTimeout: String(timeoutS) });
    const ScalingConfig = { MaximumConcurrency: 2 };
    await makeMapping(lambda, { FunctionName: 'noting', EventSourceArn: queue.arn, BatchSize: 2, ScalingConfig });
    return queue;
  };
  return { plain: await made('plain'), ordered: await made('ordered.fifo') };
}

function clientOf(t: TestContext, server: TestServer): SQS {
  return queueClient(cleanUpOf(t), server);
}

async function emptied(sqs: SQS, queue: TestQueue): Promise<void> {
  await until('the queue is empty', async () => {
    const { visible, inFlight } = await countsOf(sqs, queue);
    return visible + inFlight === 0;
  });
}
