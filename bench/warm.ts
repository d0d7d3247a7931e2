// Warm invokes: one function echoes 1 KB to 1, 16 and 64 callers, each waiting for its answer before it asks again; and
// 1 MB to 1 and 16.
// The same client sends the same bytes to Lambent and to a bare node:http server that has the handler in its own
// process; rounds alternate between the two, so that a noisy machine disturbs both, and medians of rounds are compared.
// The function has 1769 MB, a whole processor: its share of processor time is not what is measured.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { serve } from '../test/server.ts';
import { type Caller, openCaller } from './caller.ts';
import { deploy } from './deploy.ts';
import { signedInvoke } from './signed-request.ts';
import { median, percentile, promise } from './statistics.ts';

const LOADS = [
  { callers: 1, bytes: 1_000 },
  { callers: 16, bytes: 1_000 },
  { callers: 64, bytes: 1_000 },
  { callers: 1, bytes: 1_000_000 },
  { callers: 16, bytes: 1_000_000 },
] as const;
const ROUNDS = 7;
const ROUND_MS = 2_500;
const WARM_UP_MS = 5_000;

interface Round {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export async function measureWarmInvokes(scale: number, print: (line: string) => void): Promise<void> {
  await using cleanUp = new AsyncDisposableStack();
  const server = await serve(cleanUp);
  const code = readFileSync(join(import.meta.dirname, 'echo.mjs'), 'utf8');
  await deploy(server, { name: 'echo', runtime: 'nodejs24.x', files: { 'index.mjs': code }, memoryMb: 1769 });
  const barePort = await bareServer(cleanUp);
  const ports = { 'node:http': barePort, Lambent: server.process.port };

  print('Warm invokes, signed                       per second   ratio   p50 ms   p99 ms');
  for (const { callers, bytes } of LOADS) {
    const event = JSON.stringify({ data: 'x'.repeat(bytes) });
    const request = () => signedInvoke(server, 'echo', event);
    const rounds: Record<keyof typeof ports, Round[]> = { 'node:http': [], Lambent: [] };
    for (const port of Object.values(ports)) await round(port, callers, WARM_UP_MS * scale, await request(), event);
    for (let count = 0; count < ROUNDS; count += 1) {
      rounds['node:http'].push(await round(ports['node:http'], callers, ROUND_MS * scale, await request(), event));
      rounds.Lambent.push(await round(ports.Lambent, callers, ROUND_MS * scale, await request(), event));
    }
    const bare = median(rounds['node:http'].map((one) => one.perSecond));
    for (const [name, seen] of Object.entries(rounds)) {
      const perSecond = median(seen.map((one) => one.perSecond));
      const ratio = perSecond / bare;
      const cells = [
        `  ${name}, ${bytes / 1_000} KB, ${callers === 1 ? '1 caller' : `${callers} callers`}`.padEnd(40),
        perSecond.toFixed(0).padStart(13),
        ratio.toFixed(2).padStart(8),
        median(seen.map((one) => one.p50Ms))
          .toFixed(2)
          .padStart(9),
        median(seen.map((one) => one.p99Ms))
          .toFixed(2)
          .padStart(9),
      ];
      const judged =
        name === 'Lambent' && callers === 16 && bytes === 1_000 ? `   (${promise(ratio, { atLeast: 0.4 })})` : '';
      print(cells.join('') + judged);
      if (name === 'Lambent') print(`    ${spread(rounds['node:http'], seen)}`);
    }
  }
  print('');
}

/** How far the rounds lie apart, each beside the bare server's round just before it: a noisy machine shows here. */
function spread(bare: readonly Round[], ours: readonly Round[]): string {
  const ratios = ours.map((one, index) => one.perSecond / (bare[index]?.perSecond ?? Number.NaN));
  return `round by round, the ratio was ${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`;
}

/** Callers that ask as fast as they are answered, for `ms`. Throws at the first wrong answer: it has no speed. */
async function round(port: number, callers: number, ms: number, request: Buffer, event: string): Promise<Round> {
  const expected = Buffer.from(event);
  const open = await Promise.all(Array.from({ length: callers }, () => openCaller(port)));
  const latenciesMs: number[] = [];
  const startMs = performance.now();
  const endMs = startMs + ms;
  const loop = async (caller: Caller) => {
    for (let sentMs = performance.now(); sentMs < endMs; ) {
      const answer = await caller.call(request);
      const nowMs = performance.now();
      latenciesMs.push(nowMs - sentMs);
      sentMs = nowMs;
      if (!answer.equals(expected)) throw new Error(`a wrong answer: ${answer}`);
    }
  };
  try {
    await Promise.all(open.map(loop));
  } finally {
    for (const caller of open) caller[Symbol.dispose]();
  }
  return {
    perSecond: latenciesMs.length / ((performance.now() - startMs) / 1_000),
    p50Ms: percentile(latenciesMs, 50),
    p99Ms: percentile(latenciesMs, 99),
  };
}

async function bareServer(cleanUp: AsyncDisposableStack): Promise<number> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'bare-server.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  cleanUp.defer(() => {
    child.kill();
  });
  const [port] = await once(child.stdout.setEncoding('utf8'), 'data');
  return Number(port);
}
