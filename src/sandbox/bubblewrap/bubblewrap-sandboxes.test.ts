import { systemClock } from '../../lib/clock.ts';
import { openLog } from '../../lib/log.ts';
import { sandboxesContract } from '../contract/sandboxes-contract.ts';
import { openSandboxes } from '../open-sandboxes.ts';

sandboxesContract('bubblewrap', () => openSandboxes({ kind: 'bubblewrap', log: openLog('fatal'), clock: systemClock }));
