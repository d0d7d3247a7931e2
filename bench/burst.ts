// Burst: a function that nobody has invoked yet gets 100 invocations at the same instant, each on a connection of its own
// that is open already. Measured until the last answer. Two handlers: one that answers at once, where an environment that
// becomes free serves the next invocation; and one that works for 100 ms, where most need an environment of their own.
import { lambdaClient, lambdaSdk, serve, settled } from '../test/server.ts';
import { openCaller } from './caller.ts';
import { deploy } from './deploy.ts';
import { signedInvoke } from './signed-request.ts';
import { aim, median, percentile } from './statistics.ts';
import { table } from './table.ts';

const INVOCATIONS = 100;
const ROUNDS = 5;
const WORK_MS = [0, 100];
const CODE = `export const handler = (event) => new Promise((resolve) => setTimeout(() => resolve(null), event.ms));
`;

export async function measureBursts(scale: number, print: (line: string) => void): Promise<void> {
  await using cleanUp = new AsyncDisposableStack();
  const server = await serve(cleanUp);
  const client = lambdaClient(cleanUp, server);
  const name = 'burst';
  await deploy(server, { name, runtime: 'nodejs24.x', files: { 'index.mjs': CODE }, memoryMb: 128 });
  const rows: string[][] = [];
  for (const ms of WORK_MS) {
    const tookMs: number[] = [];
    for (let round = 0; round < Math.max(2, Math.round(ROUNDS * scale)); round += 1) {
      // Another configuration: none of the environments that there are may be used.
      const Environment = { Variables: { ROUND: `${ms} ${round}` } };
      await client.send(new (lambdaSdk().UpdateFunctionConfigurationCommand)({ FunctionName: name, Environment }));
      await settled(client, name);
      const request = await signedInvoke(server, name, JSON.stringify({ ms }));
      using callers = new DisposableStack();
      const open = await Promise.all(Array.from({ length: INVOCATIONS }, () => openCaller(server.process.port)));
      for (const caller of open) callers.use(caller);
      const startMs = performance.now();
      await Promise.all(open.map((caller) => caller.call(request)));
      tookMs.push(performance.now() - startMs);
    }
    rows.push([
      ms === 0 ? 'answers at once' : `works for ${ms} ms`,
      median(tookMs).toFixed(0),
      percentile(tookMs, 100).toFixed(0),
      aim(median(tookMs), { atMost: 2_000 }),
    ]);
  }
  print(`Burst: ${INVOCATIONS} first invocations of a Node function at once, until all are answered\n`);
  print(table(['The function', 'median ms', 'worst ms', 'aim'], rows));
  print('');
}
