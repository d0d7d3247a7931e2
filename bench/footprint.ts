// Start-up: from starting `bin/lambent serve` to the line that says it is ready, on a data directory that exists, as
// after a restart; the first start of all makes the root key and is told apart. Memory: the resident set of the server
// process three seconds after it is ready, without the warm pool; and with it, after a Node function was used and deleted
// again, so that only the pool is left. Sandboxes are counted by their proportional share (PSS): shared pages count once.
import { setTimeout as sleep } from 'node:timers/promises';
import { startServer } from '../scripts/server-process.ts';
import { descendants } from '../test/host.ts';
import { lambdaClient, lambdaSdk, serve, type TestServer, temporaryDirectory } from '../test/server.ts';
import { deploy } from './deploy.ts';
import { proportionalMb, residentMb } from './memory.ts';
import { aim, median, percentile } from './statistics.ts';
import { table } from './table.ts';

const STARTS = 15;
const SETTLE_MS = 3_000;

export async function measureFootprint(scale: number, print: (line: string) => void): Promise<void> {
  await using cleanUp = new AsyncDisposableStack();
  const dataDir = await temporaryDirectory(cleanUp);
  const readyMs: number[] = [];
  for (let count = 0; count < Math.max(4, Math.round(STARTS * scale)); count += 1) {
    const server = await startServer({ args: ['--port', '0', '--data-dir', dataDir] });
    readyMs.push(server.readyMs);
    await server.stop();
  }
  const [firstMs = 0, ...laterMs] = readyMs;
  const rows = [
    ['Ready after its start, ms: median', median(laterMs).toFixed(0), aim(median(laterMs), { atMost: 500 })],
    ['Ready after its start, ms: worst', percentile(laterMs, 100).toFixed(0), ''],
    ['Ready after the first start of all, which makes the root key, ms', firstMs.toFixed(0), ''],
  ];
  for (const args of [['--pool', '0'], []]) {
    await using each = new AsyncDisposableStack();
    const server = await serve(each, { args });
    if (args.length === 0) await useOnce(server);
    await sleep(SETTLE_MS);
    const serverMb = residentMb(server.process.pid);
    if (args.length > 0) {
      rows.push(['Idle memory without a pool, MB', serverMb.toFixed(0), aim(serverMb, { atMost: 120 })]);
      continue;
    }
    const sandboxes = descendants(server.process.pid);
    const sum = sandboxes.map((one) => proportionalMb(one.pid)).reduce((total, share) => total + share, 0);
    rows.push(['Idle memory with a pool: the server, MB', serverMb.toFixed(0), '']);
    rows.push([
      `Idle memory with a pool: ${sandboxes.length} processes of sandboxes that wait, MB`,
      sum.toFixed(0),
      '',
    ]);
  }
  print('The server\n');
  print(table(['', 'measured', 'aim'], rows));
  print('');
}

/** The pool keeps sandboxes of the runtimes that are in use. */
async function useOnce(server: TestServer): Promise<void> {
  const name = 'used-once';
  const code = 'export const handler = async () => null;';
  await deploy(server, { name, runtime: 'nodejs24.x', files: { 'index.mjs': code }, memoryMb: 128 });
  await using cleanUp = new AsyncDisposableStack();
  const client = lambdaClient(cleanUp, server);
  await client.send(new (lambdaSdk().InvokeCommand)({ FunctionName: name }));
  await client.send(new (lambdaSdk().DeleteFunctionCommand)({ FunctionName: name }));
}
