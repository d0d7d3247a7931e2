import type { SandboxSpec } from '../sandbox.ts';
import { quietly, supervised } from '../supervisor.ts';
import { withWorkingDirectory } from '../with-working-directory.ts';
import { SANDBOX_HOSTNAME, SANDBOX_USER, type Skeleton } from './skeleton.ts';

const OF_FIRST_PROCESS = ['input', 'output', 'errors', 'channel', 'records'] as const;
const OF_SUPERVISOR = ['control', 'side'] as const;
// Those that a shell names have one digit: some shells know no others.
const OF_START = ['started'] as const;
const OF_BWRAP = ['seccomp', 'options', 'status'] as const;
export type Descriptor =
  | (typeof OF_FIRST_PROCESS)[number]
  | (typeof OF_SUPERVISOR)[number]
  | (typeof OF_START)[number]
  | (typeof OF_BWRAP)[number];

/** Which descriptors a sandbox is started with. The first process has the first five alone. */
export function descriptors({ supervised }: Pick<SandboxSpec, 'supervised'>): Descriptor[] {
  return [...OF_FIRST_PROCESS, ...OF_START, ...(supervised ? OF_SUPERVISOR : []), ...OF_BWRAP];
}

function numberOf(name: Descriptor, spec: Pick<SandboxSpec, 'supervised'>): number {
  return descriptors(spec).indexOf(name);
}

/** What the first process sees as pid 1. It says that it is up, closes what the first process shall not have, and waits. */
const STARTED = '{"started":true}';
// A shell, and not bwrap's own pid 1: that one runs without the seccomp filter, as the same user, and writing to its
// memory (/proc/1/mem) would be a way out of the filter. This one collects orphans as pid 1 must, and lets the first
// process have a pid where signals do what they do anywhere else. bwrap sets PWD; the environment is the caller's alone.
function firstProcess(spec: Pick<SandboxSpec, 'supervised'>): string {
  const started = numberOf('started', spec);
  const run = spec.supervised
    ? supervised({ control: numberOf('control', spec), side: numberOf('side', spec) })
    : quietly('"$@"');
  return `printf '%s\\n' '${STARTED}' >&${started}; exec ${started}>&-; unset PWD OLDPWD; ${run}; exit $?`;
}

/** The options of `bwrap`, for its `--args`: not on its command line, where every user of the host could read them. */
export function bubblewrapOptions(options: {
  spec: SandboxSpec;
  skeleton: Skeleton;
  slotDir: string;
  /** `spec.mounts`, but with the sources that the sandbox's user may read. */
  mounts: readonly { path: string; target: string }[];
}): string[] {
  const { spec, skeleton, slotDir, mounts } = options;
  const words = [
    ...['--unshare-user', '--unshare-pid', '--unshare-net', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try'],
    ...['--hostname', SANDBOX_HOSTNAME, '--uid', String(SANDBOX_USER.uid), '--gid', String(SANDBOX_USER.gid)],
    ...['--die-with-parent', '--new-session', '--as-pid-1', '--cap-drop', 'ALL'],
    ...['--seccomp', String(numberOf('seccomp', spec)), '--json-status-fd', String(numberOf('status', spec))],
    ...skeleton.layout,
    // Made by hand: what `bwrap` makes on the way to a mount point, only its owner may walk through.
    ...['--perms', '0755', '--dir', '/var'],
    ...['--ro-bind', `${slotDir}/task`, '/var/task', '--ro-bind', `${slotDir}/opt`, '/opt'],
    // Empty until a volume is attached, whose own mount can be written to.
    ...['--ro-bind', `${slotDir}/tmp`, '/tmp'],
    ...mounts.flatMap(({ path, target }) => ['--ro-bind', path, target]),
    ...['--remount-ro', '/', '--chdir', '/', '--clearenv'],
    ...Object.entries(spec.env).flatMap(([name, value]) => ['--setenv', name, value]),
  ];
  // A NUL would end one option and begin the next: whoever chose a variable could mount what they like.
  const bad = words.find((word) => word.includes('\0'));
  if (bad !== undefined) throw new Error(`a sandbox’s settings may not hold a NUL character: ${JSON.stringify(bad)}`);
  const names = Object.keys(spec.env).filter((name) => name === '' || name.includes('='));
  if (names.length > 0) throw new Error(`not the name of a variable: ${JSON.stringify(names[0])}`);
  return words;
}

/** What `bwrap` is told to run inside. */
export function commandInside(spec: Pick<SandboxSpec, 'command' | 'env' | 'supervised'>): string[] {
  return ['/bin/sh', '-c', firstProcess(spec), 'sh', ...withWorkingDirectory(spec)];
}

/** The `bwrap` call, to be followed by the command. */
export function bubblewrapCommand(bwrap: string, spec: Pick<SandboxSpec, 'supervised'>): string[] {
  return [bwrap, '--args', String(numberOf('options', spec)), '--'];
}
