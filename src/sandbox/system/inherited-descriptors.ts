import { readdirSync } from 'node:fs';
import { closeOnExec, SystemCallError } from './libc.ts';

const STANDARD = 2;

/**
 * Whoever started this process may have left descriptors open that it knows nothing of; Node would hand them on to
 * functions. What Node opens by itself is kept from children anyway.
 */
export function keepFromChildren(): void {
  for (const fd of readdirSync('/dev/fd').map(Number)) {
    if (!(fd > STANDARD)) continue;
    try {
      closeOnExec(fd);
    } catch (error) {
      // It was the descriptor of the listing itself, which is closed by now.
      if (!(error instanceof SystemCallError) || error.code !== 'EBADF') throw error;
    }
  }
}
