// Event buses. First the matching alone, in the bench's own process: an event of 1 KB is made and held against the 300 rules that a
// bus may have, of every kind of condition; beside it stands what nobody can do without: that the event's JSON is parsed. Then the
// whole way: requests of PutEvents with ten events each, signed beforehand by the official client, a rule that matches them
// among others, and a function that does nothing; measured until the last one has begun. Beside it stands what SQLite alone
// does of the same, in this process. Rounds alternate.
import { setTimeout as sleep } from 'node:timers/promises';
import { newEvent } from '../src/services/events/event.ts';
import { routeOf, routesOf } from '../src/services/events/routes.ts';
import { addRule, eventsClient, eventsSdk } from '../test/event-buses.ts';
import { metricsOf } from '../test/metrics.ts';
import { lambdaClient, lambdaSdk, serve, type TestServer } from '../test/server.ts';
import { deploy } from './deploy.ts';
import { rawSqlite } from './raw.ts';
import { signedBytes } from './signed-request.ts';
import { table } from './table.ts';
import { COMPARED_HEAD, compared, comparedRow, perSecond, requestsPerSecond } from './throughput.ts';
import { ACCOUNT_CONCURRENCY } from './warm.ts';

const RULES = 300;
const ENTRIES = 10;
const CALLERS = 16;
const ROUNDS = 5;
const ROUND_MS = 2_000;
const DRAIN_MS_MAX = 300_000;
const DETAIL = JSON.stringify({
  ...{ state: 'running', count: 7, name: 'a/b/photo.png', ip: '10.0.1.7', tags: ['red', 'green', 'blue'] },
  data: 'x'.repeat(850),
});
/** One for each kind of condition; with another source each, as rules of a bus have, and without any. */
const CONDITIONS: readonly ((at: number) => object)[] = [
  (at) => ({ state: ['stopped', `state-${at}`] }),
  (at) => ({ name: [{ prefix: `prefix-${at}/` }] }),
  (at) => ({ name: [{ suffix: `-${at}.jpg` }] }),
  (at) => ({ name: [{ wildcard: `*/${at}/*.jpg` }] }),
  (at) => ({ count: [{ numeric: ['>', at + 100, '<', at + 200] }] }),
  (at) => ({ ip: [{ cidr: `192.168.${at % 256}.0/24` }] }),
  (at) => ({ tags: [`tag-${at}`, { 'equals-ignore-case': `TAG-${at}` }] }),
  (at) => ({ $or: [{ absent: [at] }, { state: [{ 'anything-but': ['running'] }] }] }),
];

export async function measureBuses(scale: number, print: (line: string) => void): Promise<void> {
  await using cleanUp = new AsyncDisposableStack();
  const ms = ROUND_MS * scale;
  const matched = await compared(
    ROUNDS,
    () => perSecond({ callers: 1, ms, work: matching() }),
    () => perSecond({ callers: 1, ms, work: parsing }),
  );
  const server = await serve(cleanUp, { args: ['--account-concurrency', ACCOUNT_CONCURRENCY] });
  const requests = [await ready(cleanUp, server)];
  const raw = await rawSqlite(cleanUp);
  const delivered = await compared(
    ROUNDS,
    () => delivering(server, requests, ms),
    () => raw.cycles({ callers: CALLERS, ms, batch: ENTRIES, bytes: DETAIL.length }),
  );
  print('Events of 1 KB on a bus\n');
  const byTens = `events put by tens, ${CALLERS} callers, matched, delivered to a function, begun`;
  print(
    table(COMPARED_HEAD, [
      comparedRow(`events made and held against ${RULES} rules, in process`, 'their JSON parsed', matched),
      comparedRow(byTens, 'rows inserted, taken, deleted by tens', delivered),
    ]),
  );
  print('');
}

const patternOf = (at: number) =>
  JSON.stringify({
    ...(at % 2 === 0 && { source: [`shop.${at}`] }),
    detail: CONDITIONS[at % CONDITIONS.length]?.(at),
  });

/** A hundred at a time: looking at the clock takes time, too. */
function matching(): () => Promise<number> {
  const key = { account: '000000000000', region: 'us-east-1' };
  const rules = Array.from({ length: RULES }, (_, at) => {
    const rule = {
      ...key,
      bus: 'default',
      rule: `rule-${at}`,
      state: 'ENABLED',
      tags: {},
      createdBy: key.account,
    } as const;
    return { route: routeOf(rule, []), pattern: at === 0 ? '{"source":["shop"]}' : patternOf(at) };
  });
  const routes = routesOf(rules);
  return async () => {
    for (let count = 0; count < 100; count += 1) {
      const event = newEvent({
        ...{ ...key, id: String(count), source: 'shop', detailType: 'order', timeMs: 0, resources: [], detail: DETAIL },
      });
      if (event === undefined || routes(event).length !== 1) throw new Error('a wrong answer has no speed');
    }
    return 100;
  };
}

async function parsing(): Promise<number> {
  for (let count = 0; count < 100; count += 1) {
    if (JSON.parse(DETAIL).count !== 7) throw new Error('a wrong answer has no speed');
  }
  return 100;
}

/** A bus with rules, one of which has a function as its target. Answers the request that puts events on it. */
async function ready(cleanUp: AsyncDisposableStack, server: TestServer): Promise<Buffer> {
  const files = { 'index.mjs': 'export const handler = async () => {};\n' };
  await deploy(server, { name: 'told', runtime: 'nodejs24.x', files, memoryMb: 1769 });
  const events = eventsClient(cleanUp, server);
  for (let at = 1; at < 20; at += 1) await events.putRule({ Name: `rule-${at}`, EventPattern: patternOf(at) });
  const Arn = 'arn:aws:lambda:us-east-1:000000000000:function:told';
  const SourceArn = await addRule(events, { Name: 'told', pattern: { source: ['shop'] } }, { Arn });
  const permission = { Action: 'lambda:InvokeFunction', Principal: 'events.amazonaws.com', SourceArn };
  await lambdaClient(cleanUp, server).send(
    new (lambdaSdk().AddPermissionCommand)({ FunctionName: 'told', StatementId: 'rule', ...permission }),
  );
  const Entries = Array.from({ length: ENTRIES }, () => ({ Source: 'shop', DetailType: 'order', Detail: DETAIL }));
  return signedBytes(server, (configuration) => {
    const { EventBridge } = eventsSdk();
    return new EventBridge(configuration).putEvents({ Entries });
  });
}

/** Puts events for so long, and waits until the last one has begun: how many a second that were in all. */
async function delivering(server: TestServer, requests: readonly Buffer[], ms: number): Promise<number> {
  const before = await begun(server);
  const startMs = performance.now();
  let put = 0;
  const look = (body: Buffer) => {
    if (!body.includes('"FailedEntryCount":0')) throw new Error(`a wrong answer has no speed: ${body}`);
    put += ENTRIES;
  };
  await requestsPerSecond({ port: server.process.port, callers: CALLERS, ms, requests, look });
  while ((await begun(server)) < before + put) {
    if (performance.now() - startMs > DRAIN_MS_MAX) throw new Error('the events do not come to an end');
    await sleep(20);
  }
  return put / ((performance.now() - startMs) / 1_000);
}

/** Asynchronous invocations that have begun, of all time. */
async function begun(server: TestServer): Promise<number> {
  const metrics = await metricsOf(server);
  return Number(/^lambent_async_event_age_count\{.*\} (\d+)$/m.exec(metrics)?.[1] ?? 0);
}
