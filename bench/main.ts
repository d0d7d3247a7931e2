// `npm run bench`: what Lambent costs beside a bare node:http server, on this machine, in one run.
//
// Measured from outside, as a client sees it, with real signed requests:
// - warm invokes at 1, 16 and 64 callers, of 1 KB and 1 MB: throughput, p50, p99, and the ratio to a bare server with the same handler;
// - cold starts of a small Node and Python function, with the warm pool and without;
// - a burst of 100 first invocations; 200 warm environments, memory each;
// - start-up of the server, and its memory when idle.
// Each part's file tells its method. The client, the server and the sandboxes share the machine, as they do on a laptop:
// the numbers say what one machine does in all, and the ratio is what compares between machines.
// Not covered: many functions at once, network distance, asynchronous invocation, hours of uptime.
//
// Flags: --quick (a tenth of the work), --only footprint|cold|burst|density|warm.
import { parseArgs } from 'node:util';
import { measureBursts } from './burst.ts';
import { measureColdStarts } from './cold-start.ts';
import { measureDensity } from './density.ts';
import { measureFootprint } from './footprint.ts';
import { here } from './here.ts';
import { measureWarmInvokes } from './warm.ts';

const PARTS = {
  footprint: measureFootprint,
  cold: measureColdStarts,
  burst: measureBursts,
  density: measureDensity,
  warm: measureWarmInvokes,
};

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false }, only: { type: 'string' } } });
if (values.only !== undefined && !Object.hasOwn(PARTS, values.only)) {
  console.error(`bench: --only takes one of ${Object.keys(PARTS).join(', ')}`);
  process.exit(2);
}
console.log(`${here()}\n`);
for (const [name, measure] of Object.entries(PARTS)) {
  if (values.only === undefined || values.only === name) await measure(values.quick ? 0.1 : 1, console.log);
}
