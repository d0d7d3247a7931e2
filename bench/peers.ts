// The same handler on Lambent and on what else runs functions on one machine without Docker, in one run.
//
// Starts, one after another, nothing else running: from the start of the process until its port accepts a connection; then,
// a second later, the first request, until its answer; memory of all its processes before that request and three seconds
// after (proportional shares: shared pages count once). Then all run at once, and each in turn is asked by 1, 16 and 64
// callers for a round; medians of rounds are compared. Each is asked in the cheapest way that it takes: Lambent with
// signed requests, which it checks; the others with unsigned ones.
import { setTimeout as sleep } from 'node:timers/promises';
import { descendants } from '../test/host.ts';
import { openCaller } from './caller.ts';
import { closedLoop, middle, type Round } from './closed-loop.ts';
import { proportionalMb } from './memory.ts';
import { bare } from './peers/bare.ts';
import { functionsFramework } from './peers/functions-framework.ts';
import { lambentPeer } from './peers/lambent.ts';
import { ministack } from './peers/ministack.ts';
import type { Peer, Running } from './peers/peer.ts';
import { serverlessOffline } from './peers/serverless-offline.ts';
import { workerd } from './peers/workerd.ts';
import { median } from './statistics.ts';
import { table } from './table.ts';
import { ACCOUNT_CONCURRENCY } from './warm.ts';

const PEERS = [
  lambentPeer('**Lambent**', 'signed requests, each function in a sandbox of its own', [
    '--account-concurrency',
    ACCOUNT_CONCURRENCY,
  ]),
  serverlessOffline,
  ministack,
  functionsFramework,
  workerd,
  bare,
];
const STARTS = 5;
const BEFORE_FIRST_MS = 1_000;
const SETTLE_MS = 3_000;
const CALLERS = [1, 16, 64] as const;
const EVENT = JSON.stringify({ data: 'x'.repeat(1_000) });
const ROUNDS = 5;
const ROUND_MS = 2_500;
const WARM_UP_MS = 10_000;

interface Start {
  readonly readyMs: number;
  readonly firstMs: number;
  readonly readyMb: number;
  readonly usedMb: number;
}

export async function measurePeers(scale: number, print: (line: string) => void): Promise<void> {
  const peers: Peer[] = [];
  const missing: string[] = [];
  for (const peer of PEERS) {
    try {
      await peer.install();
      peers.push(peer);
    } catch (error) {
      missing.push(`${peer.name} (${error instanceof Error ? error.message.split('\n')[0] : error})`);
    }
  }
  print('The same handler elsewhere: starts and memory\n');
  const startRows: string[][] = [];
  for (const peer of peers) {
    const starts: Start[] = [];
    for (let count = 0; count < Math.max(1, Math.round(STARTS * scale)); count += 1) starts.push(await start(peer));
    const of = (pick: (one: Start) => number, digits: number) => median(starts.map(pick)).toFixed(digits);
    startRows.push([
      peer.name,
      of(({ readyMs }) => readyMs, 0),
      of(({ firstMs }) => firstMs, 1),
      of(({ readyMb }) => readyMb, 0),
      of(({ usedMb }) => usedMb, 0),
    ]);
  }
  print(table(['', 'ready ms', 'first answer ms', 'MB when ready', 'MB after the first answer'], startRows));

  print('\nThe same handler elsewhere: warm, 1 KB, answers a second and p50 / p99 in ms\n');
  const failures: string[] = [];
  const loads = await measureLoads(peers, scale, (failure) => failures.push(failure));
  const rows = peers.map((peer) => [peer.name, ...(loads.get(peer)?.flatMap(cells) ?? [])]);
  print(table(['', ...CALLERS.flatMap((callers) => [`${callers}: a second`, 'p50 / p99'])], rows));
  for (const failure of failures) print(`\n${failure}`);

  print('\nWhat each is:\n');
  for (const { name, is } of peers) print(`- ${name}: ${is}`);
  if (missing.length > 0) print(`\nCould not be installed here: ${missing.join('; ')}`);
  print('');
}

async function start(peer: Peer): Promise<Start> {
  await using cleanUp = new AsyncDisposableStack();
  const running = await peer.start(cleanUp);
  await running.deploy?.();
  await sleep(BEFORE_FIRST_MS);
  const readyMb = memoryMb(running.pid);
  using caller = await openCaller(running.port);
  const request = await running.request(EVENT);
  const startMs = performance.now();
  await caller.call(request);
  const firstMs = performance.now() - startMs;
  await sleep(SETTLE_MS);
  return { readyMs: running.readyMs, firstMs, readyMb, usedMb: memoryMb(running.pid) };
}

/** By peer, one for each number of callers; `undefined` where it failed, which `tell` is told. */
async function measureLoads(
  peers: readonly Peer[],
  scale: number,
  tell: (failure: string) => void,
): Promise<Map<Peer, (Round | undefined)[]>> {
  await using cleanUp = new AsyncDisposableStack();
  const found = new Map<Peer, (Round | undefined)[]>();
  const running = new Map<Peer, Running>();
  for (const peer of peers) {
    const one = await peer.start(cleanUp);
    await one.deploy?.();
    running.set(peer, one);
    found.set(peer, []);
  }
  for (const callers of CALLERS) {
    const rounds = new Map<Peer, Round[]>(peers.map((peer) => [peer, []]));
    for (let count = -1; count < Math.max(2, Math.round(ROUNDS * scale)); count += 1) {
      for (const [peer, { port, request }] of running) {
        const seen = rounds.get(peer);
        if (seen === undefined) continue;
        const ms = count < 0 ? WARM_UP_MS * Math.max(scale, 0.3) : ROUND_MS * scale;
        try {
          const one = await closedLoop({ port, callers, ms, request: await request(EVENT), event: EVENT });
          if (count >= 0) seen.push(one);
        } catch (error) {
          // What we measure may not fail; that another one does under this load is worth knowing.
          if (peer === PEERS[0]) throw error;
          rounds.delete(peer);
          tell(`${peer.name}, ${callers} callers, failed: ${String(error).split('\n', 1)[0]?.slice(0, 200)}`);
        }
      }
    }
    for (const peer of peers) {
      const seen = rounds.get(peer);
      found.get(peer)?.push(seen && middle(seen));
    }
  }
  return found;
}

function memoryMb(pid: number): number {
  return [pid, ...descendants(pid).map((one) => one.pid)].reduce((total, one) => total + proportionalMb(one), 0);
}

function cells(round: Round | undefined): string[] {
  if (round === undefined) return ['failed', ''];
  return [round.perSecond.toFixed(0), `${round.p50Ms.toFixed(2)} / ${round.p99Ms.toFixed(2)}`];
}
