// Cold starts: from the request on an open connection to the whole answer, for a small function whose configuration has
// just changed, so that no environment of it exists. The function counts its own invocations: an answer other than 1
// was not a cold start, and fails the bench. Between two measurements the warm pool has time to fill again; "no pool"
// is a server with `--pool 0`, which starts a sandbox and an interpreter for each. The client's cost is a raw socket.
import { setTimeout as sleep } from 'node:timers/promises';
import { lambdaClient, lambdaSdk, readyPython, serve, settled } from '../test/server.ts';
import { openCaller } from './caller.ts';
import { type Deployment, deploy } from './deploy.ts';
import { signedInvoke } from './signed-request.ts';
import { median, percentile, promise } from './statistics.ts';

const STARTS = 30;
const REFILL_MS = 500;
const MEMORY_MB = 128;

const NODE = `let count = 0;
export const handler = async () => { count += 1; return { count }; };
`;
const PYTHON = `count = 0

def handler(event, context):
    global count
    count += 1
    return {"count": count}
`;

export async function measureColdStarts(scale: number, print: (line: string) => void): Promise<void> {
  print(`Cold start, ${MEMORY_MB} MB, request to answer     median ms   p95 ms   worst ms`);
  for (const pool of ['warm pool', 'no pool'] as const) {
    await using cleanUp = new AsyncDisposableStack();
    const server = await serve(cleanUp, { args: pool === 'no pool' ? ['--pool', '0'] : [] });
    const client = lambdaClient(cleanUp, server);
    const python = await readyPython();
    const functions: readonly (Deployment & { label: string })[] = [
      { label: 'Node', name: 'cold-node', runtime: 'nodejs24.x', files: { 'index.mjs': NODE }, memoryMb: MEMORY_MB },
      { label: 'Python', name: 'cold-python', runtime: python, files: { 'index.py': PYTHON }, memoryMb: MEMORY_MB },
    ];
    for (const one of functions) {
      await deploy(server, one);
      const tookMs: number[] = [];
      // The first start of all is the pool's own: it is what makes it keep this runtime ready.
      for (let count = -1; count < Math.max(3, Math.round(STARTS * scale)); count += 1) {
        const Environment = { Variables: { COUNT: String(count) } };
        const change = { FunctionName: one.name, Environment };
        await client.send(new (lambdaSdk().UpdateFunctionConfigurationCommand)(change));
        await settled(client, one.name);
        await sleep(REFILL_MS);
        const request = await signedInvoke(server, one.name, '{}');
        using caller = await openCaller(server.process.port);
        const startMs = performance.now();
        const answer = await caller.call(request);
        const endMs = performance.now();
        if (answer.toString() !== '{"count":1}' && answer.toString() !== '{"count": 1}') {
          throw new Error(`not the answer of a cold start: ${answer}`);
        }
        if (count >= 0) tookMs.push(endMs - startMs);
      }
      const cells = [
        `  ${one.label}, ${pool}`.padEnd(42),
        median(tookMs).toFixed(1).padStart(10),
        percentile(tookMs, 95).toFixed(1).padStart(9),
        percentile(tookMs, 100).toFixed(1).padStart(11),
      ];
      print(cells.join('') + (pool === 'warm pool' ? `   (${promise(median(tookMs), { atMost: 5 })})` : ''));
    }
  }
  print('');
}
