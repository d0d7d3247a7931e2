import type { SandboxSpec } from '../sandbox.ts';
import { withWorkingDirectory } from '../with-working-directory.ts';
import { SANDBOX_HOSTNAME, SANDBOX_USER, type Skeleton } from './skeleton.ts';

/** Which descriptors a sandbox is started with. The last four are closed before the first process runs. */
export const DESCRIPTORS = [
  'input',
  'output',
  'errors',
  'channel',
  'records',
  'seccomp',
  'options',
  'status',
  'started',
] as const;
const descriptor = (name: (typeof DESCRIPTORS)[number]) => String(DESCRIPTORS.indexOf(name));

/** What the first process sees as pid 1. It says that it is up, closes what the first process shall not have, and waits. */
const STARTED = '{"started":true}';
// A shell, and not bwrap's own pid 1: that one runs without the seccomp filter, as the same user, and writing to its
// memory (/proc/1/mem) would be a way out of the filter. This one collects orphans as pid 1 must, and lets the first
// process have a pid where signals do what they do anywhere else. bwrap sets PWD; the environment is the caller's alone.
const FIRST_PROCESS = `printf '%s\\n' '${STARTED}' >&${descriptor('started')}; exec ${descriptor('started')}>&-; unset PWD OLDPWD; "$@"; exit $?`;

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
    ...['--seccomp', descriptor('seccomp'), '--json-status-fd', descriptor('status')],
    ...skeleton.layout,
    ...['--perms', '1777', '--size', String(spec.tmpBytes), '--tmpfs', '/tmp'],
    // Made by hand: what `bwrap` makes on the way to a mount point, only its owner may walk through.
    ...['--perms', '0755', '--dir', '/var'],
    ...['--ro-bind', `${slotDir}/task`, '/var/task', '--ro-bind', `${slotDir}/opt`, '/opt'],
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
export function commandInside(spec: Pick<SandboxSpec, 'command' | 'env'>): string[] {
  return ['/bin/sh', '-c', FIRST_PROCESS, 'sh', ...withWorkingDirectory(spec)];
}

/** The `bwrap` call, to be followed by the command. */
export function bubblewrapCommand(bwrap: string): string[] {
  return [bwrap, '--args', descriptor('options'), '--'];
}
