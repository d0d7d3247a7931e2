// `npm run bench`: what Lambent costs beside a bare node:http server and beside others, on this machine, in one run.
//
// Measured from outside, as a client sees it, with real signed requests:
// - start-up of the server, and its memory when idle;
// - cold starts of every runtime that this machine has, with the warm pool and without;
// - a burst of 100 first invocations; 200 warm environments, memory each;
// - warm invokes at 1, 16 and 64 callers, of 1 KB and 1 MB: throughput, p50, p99, and the ratio to a bare server with the same handler;
// - events: how many a second are accepted and run, beside the file that they wait in;
// - messages of a queue through a mapping, and the ratio to what SQLite alone does;
// - events on a bus: how many are held against its rules, and delivered to a function, a second;
// - messages sent and taken by clients, beside SQLite alone; objects put and got, beside files alone;
// - searches of a million log lines, beside a file that is read and tested line by line;
// - the same handler on others that run functions without Docker.
// Each part's file tells its method. The client, the server and the sandboxes share the machine, as they do on a laptop:
// the numbers say what one machine does in all, and the ratio is what compares between machines.
// Not covered: many functions at once, network distance, hours of uptime.
//
// Flags: --quick (a tenth of the work), --only PART, --write (puts each part's tables into docs/performance.md).
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkout } from '../scripts/server-process.ts';
import { descendants } from '../test/host.ts';
import { measureBursts } from './burst.ts';
import { measureBuses } from './buses.ts';
import { measureColdStarts } from './cold-start.ts';
import { measureDensity } from './density.ts';
import { measureEvents } from './events.ts';
import { measureFootprint } from './footprint.ts';
import { here } from './here.ts';
import { measureLogs } from './logs.ts';
import { measureMessages } from './messages.ts';
import { measureObjects } from './objects.ts';
import { measurePeers } from './peers.ts';
import { measureQueues } from './queues.ts';
import { measureWarmInvokes } from './warm.ts';

const PARTS = {
  footprint: measureFootprint,
  cold: measureColdStarts,
  burst: measureBursts,
  density: measureDensity,
  warm: measureWarmInvokes,
  events: measureEvents,
  queues: measureQueues,
  messages: measureMessages,
  buses: measureBuses,
  objects: measureObjects,
  logs: measureLogs,
  peers: measurePeers,
};
const DOCUMENT = join(checkout, 'docs/performance.md');

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});
if (values.only !== undefined && !Object.hasOwn(PARTS, values.only)) {
  console.error(`bench: --only takes one of ${Object.keys(PARTS).join(', ')}`);
  process.exit(2);
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, leave);
const where = `${here()}${values.quick ? ' · a quick run, a tenth of the work' : ''}`;
console.log(`${where}\n`);
for (const [name, measure] of Object.entries(PARTS)) {
  if (values.only !== undefined && values.only !== name) continue;
  const lines: string[] = [];
  await measure(values.quick ? 0.1 : 1, (line) => {
    console.log(line);
    lines.push(line);
  });
  if (values.write) write(name, `${lines.join('\n').trim()}\n\n${where}`);
}

/** What was started ends with us. */
function leave(): void {
  for (const { pid, parent } of descendants(process.pid)) if (parent === process.pid) process.kill(pid);
  process.exit(130);
}

/** In place of what stands between the part's marks. */
function write(part: string, text: string): void {
  const document = readFileSync(DOCUMENT, 'utf8');
  const [begin, end] = [`<!-- bench ${part} -->\n`, `<!-- end ${part} -->`];
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${DOCUMENT} has no place for the part "${part}"`);
  writeFileSync(DOCUMENT, `${document.slice(0, from + begin.length)}\n${text}\n\n${document.slice(to)}`);
}
