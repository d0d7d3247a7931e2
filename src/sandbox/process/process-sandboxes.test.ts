import { systemClock } from '../../lib/clock.ts';
import { openLog } from '../../lib/log.ts';
import { sandboxesContract } from '../testing/sandboxes-contract.ts';
import { openProcessSandboxes } from './process-sandboxes.ts';

sandboxesContract('process', async () => openProcessSandboxes({ log: openLog('fatal'), clock: systemClock }));
