// The server is killed at random instants while schedules fire. Each must fire once, and its message come once, whatever
// happens. LAMBENT_KILLS sets how often, SEED when.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { generator } from '../src/lib/testing/random.ts';
import { makeQueue, queueClient } from './queues.ts';
import { cleanUpOf, serve, type TestServer, temporaryDirectory, until } from './server.ts';

const { Scheduler } = createRequire(import.meta.url)(
  '@aws-sdk/client-scheduler',
) as typeof import('@aws-sdk/client-scheduler');
const KILLS = Number(process.env.LAMBENT_KILLS ?? 3);
const PER_KILL = 50;
const SECONDS = 2;
const seed = Number(process.env.SEED ?? 20_261_121);

test(`every schedule fires once, whenever the server is killed (SEED=${seed})`, async (t) => {
  const cleanUp = cleanUpOf(t);
  const dataDir = await temporaryDirectory(cleanUp);
  const random = generator(seed);
  let server = await serve(cleanUp, { dataDir });
  const queue = await makeQueue(queueClient(cleanUp, server), 'fired');
  const address = new URL(queue.url).pathname;
  // The port is another one after each start.
  const urlOf = ({ env }: TestServer) => `${env.AWS_ENDPOINT_URL}${address}`;
  const waiting = async () => {
    const { Attributes } = await queueClient(cleanUp, server).getQueueAttributes({
      ...{ QueueUrl: urlOf(server), AttributeNames: ['ApproximateNumberOfMessages'] },
    });
    return Number(Attributes?.ApproximateNumberOfMessages);
  };

  const expected: string[] = [];
  for (let kill = 1; kill <= KILLS; kill += 1) {
    const names = Array.from({ length: PER_KILL }, (_, at) => `s-${kill}-${at}`);
    const scheduler = schedulerClient(cleanUp, server);
    const fromMs = Date.now() + 1_000;
    await Promise.all(
      names.map((Name, at) => {
        const atMs = fromMs + (at / PER_KILL) * SECONDS * 1_000;
        return scheduler.createSchedule({
          ...{ Name, FlexibleTimeWindow: { Mode: 'OFF' } },
          ScheduleExpression: `at(${new Date(atMs).toISOString().slice(0, 19)})`,
          Target: {
            Arn: queue.arn,
            RoleArn: 'arn:aws:iam::000000000000:role/scheduler',
            Input: '<aws.scheduler.schedule-arn> <aws.scheduler.execution-id>',
          },
        });
      }),
    );
    // By how many have fired, not by time alone: the machine may be slow.
    const enough = expected.length + 1 + Math.floor(random() * PER_KILL * 0.8);
    expected.push(...names.map((name) => `arn:aws:scheduler:us-east-1:000000000000:schedule/default/${name}`));
    await until(`${enough} have fired`, async () => (await waiting()) >= enough);
    await sleep(random() * 50);
    await server.process.kill();
    server = await serve(cleanUp, { dataDir });
  }

  const ids = new Map<string, Set<string>>();
  let messages = 0;
  const sqs = queueClient(cleanUp, server);
  await until('every schedule has fired', async () => {
    const { Messages = [] } = await sqs.receiveMessage({ QueueUrl: urlOf(server), MaxNumberOfMessages: 10 });
    for (const { Body = '', ReceiptHandle } of Messages) {
      const [arn = '', id = ''] = Body.split(' ');
      ids.set(arn, (ids.get(arn) ?? new Set()).add(id));
      messages += 1;
      await sqs.deleteMessage({ QueueUrl: urlOf(server), ReceiptHandle });
    }
    return ids.size >= expected.length && (await waiting()) === 0;
  });
  assert.deepEqual([...ids.keys()].sort(), expected.sort());
  const often = [...ids].filter(([, executions]) => executions.size !== 1);
  assert.deepEqual(often, [], 'each has fired once');
  assert.equal(messages, expected.length, 'each message has come once');
});

function schedulerClient(cleanUp: AsyncDisposableStack, { env }: TestServer) {
  const client = new Scheduler({
    endpoint: env.AWS_ENDPOINT_URL ?? '',
    region: env.AWS_REGION ?? '',
    credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID ?? '', secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '' },
  });
  cleanUp.defer(async () => client.destroy());
  return client;
}
