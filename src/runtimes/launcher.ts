import { fileURLToPath } from 'node:url';
import type { ReadOnlyMount } from '../sandbox/sandbox.ts';

const LAUNCHER_DIR = '/var/rapid';

/** Every sandbox that starts without its program has this mounted, and its first process is `LAUNCHER_COMMAND`. */
export const LAUNCHER_MOUNT: ReadOnlyMount = {
  source: fileURLToPath(new URL('../../guest/launch', import.meta.url)),
  target: LAUNCHER_DIR,
};

/** A shell that waits on descriptor 3 for a `launchFrame`, and becomes what its script says. */
export const LAUNCHER_COMMAND: readonly string[] = ['/bin/sh', `${LAUNCHER_DIR}/launch.sh`];
