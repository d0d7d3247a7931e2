import { systemClock } from '../../lib/clock.ts';
import { openLog } from '../../lib/log.ts';
import { openSandboxes } from '../open-sandboxes.ts';
import { NEVER, spec } from './inside.ts';

// A server with three sandboxes, to be killed by its test. Says when they are up; the arguments are what they run, and how.
const kind = process.argv[3] === 'process' ? 'process' : 'bubblewrap';
const sandboxes = await openSandboxes({ kind, log: openLog('fatal'), clock: systemClock });
const script = `${process.argv[2]} & echo up >&3; ${process.argv[2]}`;
const started = await Promise.all([1, 2, 3].map(() => sandboxes.start(spec(script), NEVER)));
for (const sandbox of started) sandbox.attach({ taskDir: '/', tmp: sandboxes.tmp(2 ** 20) });
started[2]?.freeze();
process.stdout.write('up\n');
