// The server is killed while messages flow through pipes. Every message that was acknowledged must come out in the end, and
// where nothing is made of it, once.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { generator } from '../src/lib/testing/random.ts';
import { deploy } from './deploy.ts';
import { makePipe, pipesClient, received } from './piping.ts';
import { countsOf, makeQueue, queueClient } from './queues.ts';
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
    const { enriched, plain } = piped;
    const killAt = acknowledged.length + 20 + Math.floor(random() * 60);
    const killed = until('enough was sent', () => acknowledged.length >= killAt).then(() => server.process.kill());
    const sqs = queueClient(cleanUp, server);
    const sender = async ({ source }: Piped['plain'], who: string) => {
      for (let n = 1; ; n += 1) {
        const MessageBody = `${round}-${who}-${n}`;
        await sqs.sendMessage({ QueueUrl: source.url, MessageBody });
        acknowledged.push(MessageBody);
      }
    };
    const outcomes = await Promise.allSettled([sender(enriched, 'a'), sender(enriched, 'b'), sender(plain, 'plain')]);
    await killed;
    assert.ok(outcomes.every(({ status }) => status === 'rejected'));
  }
  const sqs = queueClient(cleanUp, await start());
  assert.ok(piped);
  const { enriched, plain } = piped;
  const missing = new Set(acknowledged);
  const comeOut = new Map<string, number>();
  const take = async ({ target }: Piped['plain'], count: number) => {
    for (const { Body = '' } of await received(sqs, target, count)) {
      const { body } = JSON.parse(Body);
      missing.delete(body);
      comeOut.set(body, (comeOut.get(body) ?? 0) + 1);
    }
  };
  // Of those through the function some may come twice: what was delivered and not yet deleted when the server died.
  while ([...missing].some((body) => !body.includes('plain'))) await take(enriched, 1);
  while (missing.size > 0) await take(plain, 1);
  await until('nothing is left to come', async () => {
    const { visible, inFlight } = await countsOf(sqs, plain.source);
    return visible + inFlight === 0;
  });
  await take(plain, (await countsOf(sqs, plain.target)).visible);
  const twice = [...comeOut].filter(([body, count]) => body.includes('plain') && count > 1);
  assert.deepEqual(twice, []);
});

type Piped = Awaited<ReturnType<typeof wire>>;

/** Two pipes between queues, one with a function in it. */
async function wire(t: TestContext, server: TestServer) {
  const cleanUp = cleanUpOf(t);
  const sqs = queueClient(cleanUp, server);
  const pipes = pipesClient(cleanUp, server);
  await deploy(lambdaClient(cleanUp, server), {
    ...{ name: 'enrich', runtime: 'nodejs24.x', files: { 'index.js': ENRICH } },
  });
  const between = async (name: string, enrichment: { Enrichment?: string }) => {
    const source = await makeQueue(sqs, `${name}-in`, { VisibilityTimeout: '2' });
    const target = await makeQueue(sqs, `${name}-out`);
    await makePipe(pipes, { Name: name, Source: source.arn, Target: target.arn, ...enrichment });
    return { source, target };
  };
  const Enrichment = `arn:aws:lambda:${server.env.AWS_REGION}:000000000000:function:enrich`;
  return { enriched: await between('enriched', { Enrichment }), plain: await between('plain', {}) };
}
