import { getSystemErrorName } from 'node:util';
import koffi from 'koffi';

/** A system call that failed: what was being done, and the kernel's answer by name (`ENOENT`). */
export class SystemCallError extends Error {
  readonly code: string;
  constructor(doing: string, errno: number) {
    const code = getSystemErrorName(-errno);
    super(`cannot ${doing}: ${code}`);
    this.code = code;
  }
}

/** Throws when a system call answered -1, unless with the error `fine`. `doing` completes the sentence "cannot …". */
export function checked(result: number, doing: string, fine?: number): number {
  if (result < 0 && koffi.errno() !== fine) throw new SystemCallError(doing, koffi.errno());
  return result;
}

// The C library of this very process: Node is linked with it, whatever its file is called on this system.
const library = koffi.load(null);

/** The type is the C declaration's, which TypeScript cannot read: whoever declares a function keeps the two alike. */
export function declare<F>(definition: string): F {
  return library.func(definition) as F;
}

export function hasFunction(name: string): boolean {
  try {
    library.symbol(name);
    return true;
  } catch {
    return false; // Its only failure is that there is no such function.
  }
}

// Declared with its dots: on Apple's ARM machines the arguments behind them travel another way.
const fcntl =
  declare<(fd: number, command: number, type: 'int', argument: number) => number>('int fcntl(int, int, ...)');
const F_SETFD = 2;
const FD_CLOEXEC = 1;

/** Keeps a descriptor from the programs that this process starts. */
export function closeOnExec(fd: number): void {
  checked(fcntl(fd, F_SETFD, 'int', FD_CLOEXEC), `keep descriptor ${fd} from children`);
}
