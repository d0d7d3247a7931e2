// Cold starts, of every runtime that this machine has: from the request on an open connection to the whole answer, for a
// small function whose configuration has just changed, so that no environment of it exists. The function counts its own
// invocations: an answer other than 1 was not a cold start, and fails the bench. Between two measurements the warm pool has
// time to fill again; "no pool" is a server with `--pool 0`, which starts a sandbox and an interpreter for each. V8 compiles
// the server's own code as it gets hot: the first cold starts of a server have a row of their own, before those of all. The
// client's cost is a raw socket. A function's own imports, and the JDK's or an SDK's classes that it uses, come on top.
import { setTimeout as sleep } from 'node:timers/promises';
import { runLambent } from '../scripts/server-process.ts';
import { testRuby } from '../src/runtimes/testing/ruby-interpreter.ts';
import { lambdaClient, lambdaSdk, serve, settled, type TestServer } from '../test/server.ts';
import { openCaller } from './caller.ts';
import { deploy } from './deploy.ts';
import { type CounterFunction, counters } from './functions.ts';
import { signedInvoke } from './signed-request.ts';
import { aim, median, percentile } from './statistics.ts';
import { table } from './table.ts';

const STARTS = 20;
/** A pool that was emptied is full again after that; a JVM takes its time. */
const REFILL_MS = { java: 2_500, others: 500 } as const;
const MEMORY_MB = 128;

interface Measured extends CounterFunction {
  readonly runtime: string;
  /** Of the server that it runs on; undefined: the machine's own. */
  readonly runtimesDir?: string;
}

export async function measureColdStarts(scale: number, print: (line: string) => void): Promise<void> {
  await using cleanUp = new AsyncDisposableStack();
  const { measured, missing } = await everyRuntime(cleanUp);
  const pooled = await startsOf(measured, [], scale);
  const unpooled = await startsOf(measured, ['--pool', '0'], scale);
  const [first] = measured;
  const all = first === undefined ? measured : [{ ...first, label: firstOf(first) }, ...measured];
  const rows = all.map(({ label, runtime }) => {
    const [warm = [], cold = []] = [pooled.get(label), unpooled.get(label)];
    const bound = boundOf(runtime);
    return [label, ...cells(warm), ...cells(cold), bound === undefined ? '' : aim(median(warm), { atMost: bound })];
  });
  print(`Cold starts, ${MEMORY_MB} MB, request to answer, ms\n`);
  print(table(['Runtime', 'pool: median', 'p95', 'worst', 'no pool: median', 'p95', 'worst', 'aim'], rows));
  if (missing.length > 0) print(`\nNot measured, because this machine does not have them: ${missing.join(', ')}.`);
  print('');
}

/** What is ready here; Debian's Ruby, where there is none that AWS has, in the place of one. */
async function everyRuntime(cleanUp: AsyncDisposableStack): Promise<{ measured: Measured[]; missing: string[] }> {
  const { stdout } = await runLambent(['runtime', 'list']);
  const measured: Measured[] = [];
  const missing: string[] = [];
  for (const line of stdout.trim().split('\n')) {
    const [runtime = '', state, , path = ''] = line.split(/\s+/);
    // The same as provided.al2023, for us; and what AWS no longer has for new functions.
    if (runtime === 'provided.al2' || runtime === 'nodejs16.x' || runtime === 'java8.al2') continue;
    const found = state === 'ready' ? await counters(runtime, path) : [];
    measured.push(...found.map((one) => ({ ...one, runtime })));
    if (found.length === 0) missing.push(runtime);
  }
  if (measured.some(({ runtime }) => runtime.startsWith('ruby'))) return { measured, missing };
  try {
    const { runtime, dir } = cleanUp.use(await testRuby());
    const label = `Ruby ${runtime.version} as ${runtime.name}`;
    measured.push(
      ...(await counters(runtime.name, '')).map((one) => ({ ...one, label, runtime: runtime.name, runtimesDir: dir })),
    );
  } catch {
    // No Ruby at all: the names above say so.
  }
  return { measured, missing };
}

async function startsOf(
  all: readonly Measured[],
  args: readonly string[],
  scale: number,
): Promise<Map<string, number[]>> {
  const found = new Map<string, number[]>();
  for (const runtimesDir of new Set(all.map((one) => one.runtimesDir))) {
    await using cleanUp = new AsyncDisposableStack();
    const env = runtimesDir === undefined ? {} : { LAMBENT_RUNTIMES_DIR: runtimesDir };
    const server = await serve(cleanUp, { args, env });
    const [first] = all.filter((other) => other.runtimesDir === runtimesDir);
    if (first !== undefined && runtimesDir === undefined) {
      found.set(firstOf(first), await coldStarts(server, first, { scale, hasPool: args.length === 0 }));
    }
    for (const one of all.filter((other) => other.runtimesDir === runtimesDir)) {
      found.set(one.label, await coldStarts(server, one, { scale, hasPool: args.length === 0 }));
    }
  }
  return found;
}

async function coldStarts(
  server: TestServer,
  { runtime, handler, files }: Measured,
  { scale, hasPool }: { scale: number; hasPool: boolean },
): Promise<number[]> {
  await using cleanUp = new AsyncDisposableStack();
  const client = lambdaClient(cleanUp, server);
  const { DeleteFunctionCommand, UpdateFunctionConfigurationCommand } = lambdaSdk();
  const FunctionName = 'cold';
  await deploy(server, { name: FunctionName, runtime, handler, files, memoryMb: MEMORY_MB });
  const refillMs = !hasPool ? 50 : runtime.startsWith('java') ? REFILL_MS.java : REFILL_MS.others;
  const tookMs: number[] = [];
  // The first start of all is the pool's own: it is what makes it keep this runtime ready.
  for (let count = -1; count < Math.max(3, Math.round(STARTS * scale)); count += 1) {
    const Environment = { Variables: { COUNT: String(count) } };
    await client.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment }));
    await settled(client, FunctionName);
    await sleep(refillMs);
    const request = await signedInvoke(server, FunctionName, '{}');
    using caller = await openCaller(server.process.port);
    const startMs = performance.now();
    const answer = await caller.call(request);
    const endMs = performance.now();
    if (JSON.parse(answer.toString()).count !== 1) throw new Error(`not the answer of a cold start: ${answer}`);
    if (count >= 0) tookMs.push(endMs - startMs);
  }
  await client.send(new DeleteFunctionCommand({ FunctionName }));
  return tookMs;
}

function boundOf(runtime: string): number | undefined {
  if (runtime.startsWith('nodejs') || runtime.startsWith('python')) return 5;
  return runtime.startsWith('java') ? 50 : undefined;
}

/** The row of a server that has just started. */
const firstOf = ({ label }: Measured) => `${label}, a server's first`;

const cells = (ms: readonly number[]) =>
  [median(ms), percentile(ms, 95), percentile(ms, 100)].map((one) => one.toFixed(1));
