// Warm invokes: one function echoes 1 KB and 1 MB to 1, 16 and 64 callers, each waiting for its answer before it asks again.
// The same client sends the same bytes to Lambent and to a bare node:http server that has the handler in its own
// process; rounds alternate between the two, so that a noisy machine disturbs both, and medians of rounds are compared.
// Each is warmed up first, for seconds: V8 compiles what is used much, in the server and in every environment's process.
// The function has 1769 MB, a whole processor: its share of processor time is not what is measured. The account's concurrency
// is raised: AWS lets ten times that many invocations a second through.
import { serve } from '../test/server.ts';
import { closedLoop, middle, type Round } from './closed-loop.ts';
import { deploy } from './deploy.ts';
import { source } from './functions.ts';
import { startBare } from './peers/bare.ts';
import { signedInvoke } from './signed-request.ts';
import { aim } from './statistics.ts';
import { table } from './table.ts';

const LOADS = [
  { callers: 1, bytes: 1_000 },
  { callers: 16, bytes: 1_000 },
  { callers: 64, bytes: 1_000 },
  { callers: 1, bytes: 1_000_000 },
  { callers: 16, bytes: 1_000_000 },
  { callers: 64, bytes: 1_000_000 },
] as const;
const ROUNDS = 7;
const ROUND_MS = 2_500;
const WARM_UP_MS = 10_000;
export const ACCOUNT_CONCURRENCY = '100000';

export async function measureWarmInvokes(scale: number, print: (line: string) => void): Promise<void> {
  await using cleanUp = new AsyncDisposableStack();
  const server = await serve(cleanUp, { args: ['--account-concurrency', ACCOUNT_CONCURRENCY] });
  const files = { 'index.mjs': source('echo.mjs') };
  await deploy(server, { name: 'echo', runtime: 'nodejs24.x', files, memoryMb: 1769 });
  const { port: barePort } = await startBare(cleanUp);

  const rows: string[][] = [];
  for (const { callers, bytes } of LOADS) {
    const event = JSON.stringify({ data: 'x'.repeat(bytes) });
    const run = async (port: number, ms: number) =>
      closedLoop({ port, callers, ms, request: await signedInvoke(server, 'echo', event), event });
    const bare: Round[] = [];
    const ours: Round[] = [];
    for (const port of [barePort, server.process.port]) await run(port, WARM_UP_MS * Math.max(scale, 0.3));
    for (let count = 0; count < ROUNDS; count += 1) {
      bare.push(await run(barePort, ROUND_MS * scale));
      ours.push(await run(server.process.port, ROUND_MS * scale));
    }
    const ratio = middle(ours).perSecond / middle(bare).perSecond;
    const load = `${bytes < 1e6 ? `${bytes / 1e3} KB` : `${bytes / 1e6} MB`}, ${callers} ${callers === 1 ? 'caller' : 'callers'}`;
    const isJudged = callers === 16 && bytes === 1_000;
    rows.push([`${load}: bare node:http`, ...cells(middle(bare)), '1.00', '', '']);
    rows.push([
      `${load}: **Lambent**`,
      ...cells(middle(ours)),
      `**${ratio.toFixed(2)}**`,
      spread(bare, ours),
      isJudged ? aim(ratio, { atLeast: 0.4 }) : '',
    ]);
  }
  print('Warm invokes, signed\n');
  print(table(['Load', 'a second', 'p50 ms', 'p99 ms', 'ratio', 'ratio of single rounds', 'aim'], rows));
  print('');
}

const cells = ({ perSecond, p50Ms, p99Ms }: Round) => [perSecond.toFixed(0), p50Ms.toFixed(2), p99Ms.toFixed(2)];

/** How far the rounds lie apart, each beside the bare server's round just before it: a noisy machine shows here. */
function spread(bare: readonly Round[], ours: readonly Round[]): string {
  const ratios = ours.map((one, index) => one.perSecond / (bare[index]?.perSecond ?? Number.NaN));
  return `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`;
}
