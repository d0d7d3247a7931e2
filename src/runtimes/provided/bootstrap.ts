import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';

export type Bootstrap =
  /** `path` is as inside the sandbox, in terms of the roots that were given. */
  | { kind: 'found'; path: string }
  | { kind: 'missing' }
  | { kind: 'not-executable'; path: string }
  /** Neither a script with an interpreter line nor a program for this machine's processor. */
  | { kind: 'not-runnable'; path: string };

/** Where one root is for us, and for the function. */
export interface BootstrapRoot {
  readonly hostDir: string;
  readonly inside: string;
}

/**
 * Finds a custom runtime's `bootstrap`: AWS looks in the code, then in the layers (lambda-facts 16.1; the
 * `/var/runtime/bootstrap` it looks at first does not exist in `provided.*`). The first file of that name decides.
 */
export function findBootstrap(task: BootstrapRoot, opt: BootstrapRoot | undefined): Bootstrap {
  for (const root of opt === undefined ? [task] : [task, opt]) {
    const found = inspect(join(root.hostDir, 'bootstrap'), join(root.inside, 'bootstrap'));
    if (found !== undefined) return found;
  }
  return { kind: 'missing' };
}

/** The text after `RequestId: <id> Error: ` of a `Runtime.InvalidEntrypoint` (lambda-facts 6.3). */
export function bootstrapProblem(bootstrap: Exclude<Bootstrap, { kind: 'found' }>): string {
  switch (bootstrap.kind) {
    case 'missing':
      return "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]";
    case 'not-executable':
      return `fork/exec ${bootstrap.path}: permission denied`;
    case 'not-runnable':
      return `fork/exec ${bootstrap.path}: exec format error`;
  }
}

const ELF_MACHINES: Partial<Record<NodeJS.Architecture, number>> = { x64: 62, arm64: 183 };

function inspect(hostPath: string, path: string): Bootstrap | undefined {
  let fd: number;
  try {
    fd = openSync(hostPath, 'r');
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw new Error(`cannot read ${hostPath}`, { cause: error });
  }
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) return undefined;
    if ((stat.mode & 0o111) === 0) return { kind: 'not-executable', path };
    const head = Buffer.alloc(20);
    const bytes = readSync(fd, head, 0, head.length, 0);
    return { kind: runs(head.subarray(0, bytes)) ? 'found' : 'not-runnable', path };
  } finally {
    closeSync(fd);
  }
}

function runs(head: Buffer): boolean {
  if (head.toString('latin1', 0, 2) === '#!') return true;
  if (head.length < 20 || head.toString('latin1', 0, 4) !== '\x7fELF') return false;
  const machine = ELF_MACHINES[process.arch];
  return machine === undefined || head.readUInt16LE(18) === machine;
}

function isAbsent(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP';
}
