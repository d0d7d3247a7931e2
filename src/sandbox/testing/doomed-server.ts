import { systemClock } from '../../lib/clock.ts';
import { openLog } from '../../lib/log.ts';
import { openSandboxes } from '../open-sandboxes.ts';
import { NEVER, spec } from './inside.ts';

// A server with three sandboxes, to be killed by its test. Says when they are up; the argument is what they run.
const sandboxes = await openSandboxes({ kind: 'bubblewrap', log: openLog('fatal'), clock: systemClock });
const script = `${process.argv[2]} & echo up >&3; ${process.argv[2]}`;
const started = await Promise.all([1, 2, 3].map(() => sandboxes.start(spec(script), NEVER)));
started[2]?.freeze();
process.stdout.write('up\n');
