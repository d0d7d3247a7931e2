// Start-up: from starting `bin/lambent serve` to the line that says it is ready, on a data directory that exists, as
// after a restart; the first start of all makes the root key and is told apart. Memory: the resident set of the server
// process three seconds after it is ready, without the warm pool; and with it, after a Node function was used and deleted
// again, so that only the pool is left. Sandboxes are counted by their proportional share (PSS): shared pages count once.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { startServer } from '../scripts/server-process.ts';
import { descendants } from '../test/host.ts';
import { lambdaClient, lambdaSdk, serve, type TestServer, temporaryDirectory } from '../test/server.ts';
import { deploy } from './deploy.ts';
import { median, percentile, promise } from './statistics.ts';

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
  print(`Start-up to ready: median ${median(laterMs).toFixed(0)} ms, worst ${percentile(laterMs, 100).toFixed(0)} ms, \
first start of all ${firstMs.toFixed(0)} ms   (${promise(median(laterMs), { atMost: 500 })})`);

  for (const args of [['--pool', '0'], []]) {
    await using each = new AsyncDisposableStack();
    const server = await serve(each, { args });
    if (args.length === 0) await useOnce(server);
    await sleep(SETTLE_MS);
    const residentMb = memoryMb(server.process.pid, 'status', 'VmRSS');
    if (args.length > 0) {
      print(`Idle memory, no pool: ${residentMb.toFixed(0)} MB   (${promise(residentMb, { atMost: 120 })})`);
    } else {
      const sandboxes = descendants(server.process.pid);
      const sharesMb = sandboxes.map((one) => memoryMb(one.pid, 'smaps_rollup', 'Pss'));
      const sum = sharesMb.reduce((total, share) => total + share, 0);
      print(
        `Idle memory, warm pool: ${residentMb.toFixed(0)} MB, and ${sum.toFixed(0)} MB in ${sandboxes.length} processes of waiting sandboxes`,
      );
    }
  }
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

/** A field of a file in /proc that is given in kB, in MB of a million bytes. */
export function memoryMb(pid: number, file: string, field: string): number {
  const found = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/${file}`, 'utf8'));
  if (found === null) throw new Error(`/proc/${pid}/${file} has no ${field}`);
  return (Number(found[1]) * 1_024) / 1e6;
}
