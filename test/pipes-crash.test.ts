// The server is killed while messages flow through pipes. Every message that was acknowledged must come out in the end.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { generator } from '../src/lib/testing/random.ts';
import { deploy } from './deploy.ts';
import { makePipe, pipesClient, received } from './piping.ts';
import { makeQueue, queueClient } from './queues.ts';
import { cleanUpOf, lambdaClient, serve, type TestServer, temporaryDirectory, until } from './server.ts';

const ROUNDS = 2;
const seed = Number(process.env.SEED ?? 20_261_121);
const ARGS = ['--sandbox', 'process', '--pool', '0'];
const ENRICH = `exports.handler = async (records) => {
  await new Promise((done) => setTimeout(done, 5));
  return records.map(({ messageId, body }) => ({ messageId, body }));
};`;

test(`every acknowledged message comes out of its pipe, whenever the server is killed (SEED=${seed})`, async (t) => {
  const cleanUp = cleanUpOf(t);
  const dataDir = await temporaryDirectory(cleanUp);
  const start = () => serve(cleanUp, { dataDir, args: ARGS });
  const random = generator(seed);
  const acknowledged: string[] = [];
  let piped: Piped | undefined;
  for (let round = 1; round <= ROUNDS; round += 1) {
    const server = await start();
    piped ??= await wire(t, server);
    const { source } = piped;
    const killAt = acknowledged.length + 20 + Math.floor(random() * 60);
    const killed = until('enough was sent', () => acknowledged.length >= killAt).then(() => server.process.kill());
    const sqs = queueClient(cleanUp, server);
    const sender = async (who: string) => {
      for (let n = 1; ; n += 1) {
        const MessageBody = `${round}-${who}-${n}`;
        await sqs.sendMessage({ QueueUrl: source.url, MessageBody });
        acknowledged.push(MessageBody);
      }
    };
    const outcomes = await Promise.allSettled([sender('a'), sender('b'), sender('c')]);
    await killed;
    assert.ok(outcomes.every(({ status }) => status === 'rejected'));
  }
  const sqs = queueClient(cleanUp, await start());
  assert.ok(piped);
  const missing = new Set(acknowledged);
  // Some may come twice: what was delivered and not yet deleted when the server died.
  while (missing.size > 0) {
    for (const { Body = '' } of await received(sqs, piped.target, 1)) missing.delete(JSON.parse(Body).body);
  }
});

type Piped = Awaited<ReturnType<typeof wire>>;

/** A pipe between two queues, with a function in it. */
async function wire(t: TestContext, server: TestServer) {
  const cleanUp = cleanUpOf(t);
  const sqs = queueClient(cleanUp, server);
  await deploy(lambdaClient(cleanUp, server), {
    ...{ name: 'enrich', runtime: 'nodejs24.x', files: { 'index.js': ENRICH } },
  });
  const source = await makeQueue(sqs, 'in', { VisibilityTimeout: '2' });
  const target = await makeQueue(sqs, 'out');
  await makePipe(pipesClient(cleanUp, server), {
    ...{ Name: 'through', Source: source.arn, Target: target.arn },
    Enrichment: `arn:aws:lambda:${server.env.AWS_REGION}:000000000000:function:enrich`,
  });
  return { source, target };
}
