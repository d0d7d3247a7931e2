// Events: 1, 16 and 64 callers each send events of 1 KB for a Node function that does nothing, one after the other, as fast as they
// are accepted. Measured: how many a second are accepted, and, until the last one has begun, how many a second have run, while
// they come and after it. What bounds both is the disk: "the file alone" is the same queue in the bench's own process, put and
// settled by as many callers, without a server, a function or a signature.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openSqliteQueue } from '../src/store/sqlite/sqlite-queue.ts';
import { metricsOf } from '../test/metrics.ts';
import { serve, type TestServer } from '../test/server.ts';
import { openCaller } from './caller.ts';
import { deploy } from './deploy.ts';
import { signedInvoke } from './signed-request.ts';
import { percentile } from './statistics.ts';
import { table } from './table.ts';
import { ACCOUNT_CONCURRENCY } from './warm.ts';

const CALLERS = [1, 16, 64];
const MS = 10_000;
const DRAIN_MS_MAX = 300_000;
const EVENT = JSON.stringify({ data: 'x'.repeat(1_000) });

export async function measureEvents(scale: number, print: (line: string) => void): Promise<void> {
  await using cleanUp = new AsyncDisposableStack();
  const server = await serve(cleanUp, { args: ['--account-concurrency', ACCOUNT_CONCURRENCY] });
  const files = { 'index.mjs': 'export const handler = async () => {};\n' };
  await deploy(server, { name: 'event', runtime: 'nodejs24.x', files, memoryMb: 1769 });
  const request = await signedInvoke(server, 'event', EVENT, 'Event');
  // Code is compiled, and environments are there.
  await send(server, request, 16, MS * scale);
  await allRun(server);

  const rows: string[][] = [];
  for (const callers of CALLERS) {
    const file = await cyclesOfFile(callers, MS * scale);
    const startMs = performance.now();
    const latenciesMs = await send(server, request, callers, MS * scale);
    const sentMs = performance.now();
    await allRun(server);
    const ranMs = performance.now();
    const accepted = perSecond(latenciesMs.length, sentMs - startMs);
    rows.push([
      `${callers} ${callers === 1 ? 'caller' : 'callers'}`,
      accepted.toFixed(0),
      percentile(latenciesMs, 50).toFixed(2),
      percentile(latenciesMs, 99).toFixed(2),
      perSecond(latenciesMs.length, ranMs - startMs).toFixed(0),
      file.toFixed(0),
      (accepted / file).toFixed(2),
    ]);
  }
  print('Events of 1 KB for a function that does nothing, signed\n');
  print(
    table(['Load', 'accepted a second', 'p50 ms', 'p99 ms', 'run a second', 'the file alone, a second', 'ratio'], rows),
  );
  print('');
}

/** Sends until the time is over; how long each event took to be accepted. */
async function send(server: TestServer, request: Buffer, callers: number, ms: number): Promise<number[]> {
  using opened = new DisposableStack();
  const open = await Promise.all(Array.from({ length: callers }, () => openCaller(server.process.port)));
  for (const caller of open) opened.use(caller);
  const latenciesMs: number[] = [];
  const endMs = performance.now() + ms;
  await Promise.all(
    open.map(async (caller) => {
      for (let sentMs = performance.now(); sentMs < endMs; ) {
        await caller.call(request);
        const nowMs = performance.now();
        latenciesMs.push(nowMs - sentMs);
        sentMs = nowMs;
      }
    }),
  );
  return latenciesMs;
}

/** Until each accepted event has begun. None of them fails, so that each begins once. */
async function allRun(server: TestServer): Promise<void> {
  for (const endMs = performance.now() + DRAIN_MS_MAX; performance.now() < endMs; ) {
    const metrics = await metricsOf(server);
    const of = (name: string) => Number(new RegExp(`^lambent_${name}\\{.*\\} (\\d+)$`, 'm').exec(metrics)?.[1]);
    if (of('async_event_age_count') >= of('async_events_received_total')) return;
    await sleep(20);
  }
  throw new Error('the events do not come to an end');
}

/** Messages that are put and settled in a second by so many at once. */
async function cyclesOfFile(callers: number, ms: number): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), 'lambent-bench-'));
  try {
    await using queue = openSqliteQueue(join(directory, 'queue.db'));
    const body = Buffer.from(EVENT);
    const startMs = performance.now();
    let cycles = 0;
    await Promise.all(
      Array.from({ length: callers }, async () => {
        while (performance.now() - startMs < ms) {
          await queue.put({ group: 'g', dueMs: 0, state: EVENT.slice(0, 400), body });
          const { messages } = await queue.take('g', { nowMs: 0, limit: 1, bytesMax: 1e6 });
          for (const { id } of messages) await queue.settle(id);
          cycles += messages.length;
        }
      }),
    );
    return perSecond(cycles, performance.now() - startMs);
  } finally {
    await rm(directory, { recursive: true });
  }
}

const perSecond = (count: number, ms: number): number => count / (ms / 1_000);
