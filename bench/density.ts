// Density: how much memory a warm environment takes. So many invocations of one small Node function run at once that each
// needs an environment; when all have answered, the environments stay, frozen. Each process of a sandbox counts by its
// proportional share (PSS): pages that sandboxes share, as those of the interpreter's file, count once in all.
import { setTimeout as sleep } from 'node:timers/promises';
import { descendants } from '../test/host.ts';
import { serve } from '../test/server.ts';
import { openCaller } from './caller.ts';
import { deploy } from './deploy.ts';
import { proportionalMb, residentMb } from './memory.ts';
import { signedInvoke } from './signed-request.ts';
import { aim } from './statistics.ts';
import { table } from './table.ts';

const ENVIRONMENTS = 200;
const BATCH = 25;
const HOLD_MS = 30_000;
const SETTLE_MS = 2_000;
/** Holds each environment until all have been made. */
const CODE = `export const handler = (event) => new Promise((resolve) => setTimeout(() => resolve(null), event.until - Date.now()));
`;

export async function measureDensity(scale: number, print: (line: string) => void): Promise<void> {
  const count = Math.max(20, Math.round(ENVIRONMENTS * scale));
  await using cleanUp = new AsyncDisposableStack();
  const server = await serve(cleanUp, { args: ['--pool', '0'] });
  await deploy(server, { name: 'dense', runtime: 'nodejs24.x', files: { 'index.mjs': CODE }, memoryMb: 128 });
  const before = residentMb(server.process.pid);
  const until = Date.now() + HOLD_MS * Math.max(scale, 0.3);
  const request = await signedInvoke(server, 'dense', JSON.stringify({ until }));
  using callers = new DisposableStack();
  const open = await Promise.all(Array.from({ length: count }, () => openCaller(server.process.port)));
  for (const caller of open) callers.use(caller);
  const answers: Promise<Buffer>[] = [];
  for (let at = 0; at < count; at += BATCH) {
    answers.push(...open.slice(at, at + BATCH).map((caller) => caller.call(request)));
    await sleep(100);
  }
  await Promise.all(answers);
  await sleep(SETTLE_MS);
  const processes = descendants(server.process.pid);
  const shares = processes.map((one) => proportionalMb(one.pid));
  const each = shares.reduce((total, share) => total + share, 0) / count;
  const ours = (residentMb(server.process.pid) - before) / count;
  const cells = [each, ours, each + ours].map((one) => one.toFixed(1));
  print('Density: memory of a warm environment of a small Node function, MB\n');
  const head = ['Environments', 'processes each', 'in its sandbox', 'in the server', 'sum', 'aim'];
  const perSandbox = (processes.length / count).toFixed(1);
  print(table(head, [[String(count), perSandbox, ...cells, aim(each + ours, { atMost: 15 })]]));
  print('');
}
