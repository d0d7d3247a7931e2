import { checked, declare, hasFunction } from './libc.ts';

// System calls that Node has no function for. They are synchronous and take microseconds; FINDINGS "Gotchas" tells
// why processes are not started with child_process.spawn here.

const call = {
  mount: declare<(source: string, target: string, type: string | null, flags: number, data: string | null) => number>(
    'int mount(const char *, const char *, const char *, unsigned long, const char *)',
  ),
  umount2: declare<(target: string, flags: number) => number>('int umount2(const char *, int)'),
  setns: declare<(fd: number, type: number) => number>('int setns(int, int)'),
  unshare: declare<(flags: number) => number>('int unshare(int)'),
  pipe2: declare<(fds: number[], flags: number) => number>('int pipe2(_Out_ int *, int)'),
  socketpair: declare<(family: number, type: number, protocol: number, fds: number[]) => number>(
    'int socketpair(int, int, int, _Out_ int *)',
  ),
  fcntl: declare<(fd: number, command: number, argument: number) => number>('int fcntl(int, int, int)'),
  close: declare<(fd: number) => number>('int close(int)'),
  waitpid: declare<(pid: number, status: number[], options: number) => number>('int waitpid(int, _Out_ int *, int)'),
  syscall: declare<(number: number, a: number, b: number, c: number, d: number) => number>(
    'long syscall(long, long, long, long, long)',
  ),
};

export const MOUNT = {
  READ_ONLY: 1,
  NO_SUID: 2,
  NO_DEV: 4,
  NO_EXEC: 8,
  REMOUNT: 32,
  NO_ATIME: 1024,
  NO_DIR_ATIME: 2048,
  BIND: 4096,
  SHARED: 1 << 20,
  REL_ATIME: 1 << 21,
} as const;
const MNT_DETACH = 2;
const CLONE_NEWNET = 0x40000000;
const O_CLOEXEC = 0o2000000;
const F_DUPFD_CLOEXEC = 1030;
const WNOHANG = 1;

export function mount(options: { source: string; target: string; type?: string; flags: number; data?: string }): void {
  const { source, target, type = null, flags, data = null } = options;
  checked(call.mount(source, target, type, flags, data), `mount ${source} on ${target}`);
}

/** Takes the mount out of sight at once; the kernel frees it when nobody uses it any more. */
export function unmount(target: string): void {
  checked(call.umount2(target, MNT_DETACH), `unmount ${target}`);
}

/** Moves the calling thread into a network namespace. */
export function enterNetwork(namespaceFd: number): void {
  checked(call.setns(namespaceFd, CLONE_NEWNET), 'enter a network namespace');
}

/** Moves the calling thread into a new network namespace with nothing in it. */
export function leaveNetwork(): void {
  checked(call.unshare(CLONE_NEWNET), 'make a network namespace');
}

/** Descriptors of two ends: the one we keep, and the one a child is given. Both are closed on exec. */
export interface Ends {
  readonly ours: number;
  readonly theirs: number;
}

/** A pipe that we read and a child writes. */
export function openPipe(): Ends {
  const fds = [0, 0];
  checked(call.pipe2(fds, O_CLOEXEC), 'open a pipe');
  return { ours: fds[0] ?? -1, theirs: fds[1] ?? -1 };
}

/** A two-way byte stream. */
export function openSocketPair(): Ends {
  const AF_UNIX = 1;
  const SOCK_STREAM = 1;
  const fds = [0, 0];
  checked(call.socketpair(AF_UNIX, SOCK_STREAM | O_CLOEXEC, 0, fds), 'open a socket pair');
  return { ours: fds[0] ?? -1, theirs: fds[1] ?? -1 };
}

export function closeDescriptor(fd: number): void {
  checked(call.close(fd), `close descriptor ${fd}`);
}

/** How a process ended. */
export type ProcessEnd = { kind: 'code'; code: number } | { kind: 'signal'; number: number };

/** Takes note of a child's end, which frees its process id; `undefined` while it runs. */
export function reap(pid: number): ProcessEnd | undefined {
  const status = [0];
  if (checked(call.waitpid(pid, status, WNOHANG), `wait for process ${pid}`) === 0) return undefined;
  const bits = status[0] ?? 0;
  const number = bits & 0x7f;
  return number === 0 ? { kind: 'code', code: (bits >> 8) & 0xff } : { kind: 'signal', number };
}

/** A descriptor that means this process and, unlike its number, never another one. Same call number everywhere. */
export function openProcess(pid: number): number {
  const PIDFD_OPEN = 434;
  return checked(call.syscall(PIDFD_OPEN, pid, 0, 0, 0), `open process ${pid}`);
}

/** Whether the process was still there to be killed. */
export function killProcess(processFd: number): boolean {
  const PIDFD_SEND_SIGNAL = 424;
  const SIGKILL = 9;
  return call.syscall(PIDFD_SEND_SIGNAL, processFd, SIGKILL, 0, 0) === 0;
}

/**
 * Starts a process without copying this one: 0.27 ms where child_process.spawn blocked 40 ms (a server of 658 MB).
 * The child leads its own session, has every signal as at boot, and exactly the given descriptors: a number is one of
 * ours, a text a file that is opened for reading. Needs glibc 2.34 (`canSpawn`).
 */
export function spawn(options: {
  argv: readonly string[];
  env: readonly string[];
  descriptors: readonly (number | string)[];
}): number {
  const { argv, env, descriptors } = options;
  const path = argv[0];
  if (path === undefined) throw new Error('nothing to start');
  const spawner = posixSpawn();
  const actions = Buffer.alloc(SPAWN_STRUCT_BYTES);
  const attributes = Buffer.alloc(SPAWN_STRUCT_BYTES);
  spawner.actionsInit(actions);
  spawner.attributesInit(attributes);
  // A number below the last target could be overwritten before it is copied, so ours are lifted above all targets.
  const lifted: number[] = [];
  try {
    const everySignal = Buffer.alloc(SIGNAL_SET_BYTES, 0xff);
    spawner.setDefaultSignals(attributes, everySignal);
    spawner.setSignalMask(attributes, Buffer.alloc(SIGNAL_SET_BYTES));
    spawner.setFlags(attributes, SPAWN_SETSIGDEF | SPAWN_SETSIGMASK | SPAWN_SETSID);
    for (const [target, source] of descriptors.entries()) {
      if (typeof source === 'string') {
        spawner.addOpen(actions, target, source, 0, 0);
        continue;
      }
      const fd = checked(call.fcntl(source, F_DUPFD_CLOEXEC, descriptors.length + 1), `copy descriptor ${source}`);
      lifted.push(fd);
      spawner.addCopy(actions, fd, target);
    }
    spawner.addCloseFrom(actions, descriptors.length);
    const pid = [0];
    const error = spawner.spawn(pid, path, actions, attributes, [...argv, null], [...env, null]);
    if (error !== 0) throw new Error(`cannot start ${path}: errno ${error}`);
    return pid[0] ?? -1;
  } finally {
    for (const fd of lifted) closeDescriptor(fd);
    spawner.actionsDestroy(actions);
    spawner.attributesDestroy(attributes);
  }
}

/** Whether the C library can start a process that inherits nothing by accident. */
export function canSpawn(): boolean {
  return hasFunction('posix_spawn_file_actions_addclosefrom_np');
}

const SPAWN_STRUCT_BYTES = 512; // glibc: 80 for the actions, 336 for the attributes.
const SIGNAL_SET_BYTES = 128;
const SPAWN_SETSIGDEF = 0x04;
const SPAWN_SETSIGMASK = 0x08;
const SPAWN_SETSID = 0x80;

type OfStruct = (struct: Buffer) => number;
interface PosixSpawn {
  actionsInit: OfStruct;
  actionsDestroy: OfStruct;
  addCopy: (actions: Buffer, fd: number, target: number) => number;
  addOpen: (actions: Buffer, target: number, path: string, flags: number, mode: number) => number;
  addCloseFrom: (actions: Buffer, from: number) => number;
  attributesInit: OfStruct;
  attributesDestroy: OfStruct;
  setFlags: (attributes: Buffer, flags: number) => number;
  setDefaultSignals: (attributes: Buffer, signals: Buffer) => number;
  setSignalMask: (attributes: Buffer, signals: Buffer) => number;
  spawn: (
    pid: number[],
    path: string,
    actions: Buffer,
    attributes: Buffer,
    argv: (string | null)[],
    env: (string | null)[],
  ) => number;
}
let spawnFunctions: PosixSpawn | undefined;

// Declared at first use: an older C library lacks one of them, and importing this file must not fail for that.
function posixSpawn(): PosixSpawn {
  spawnFunctions ??= {
    actionsInit: declare('int posix_spawn_file_actions_init(void *)'),
    actionsDestroy: declare('int posix_spawn_file_actions_destroy(void *)'),
    addCopy: declare('int posix_spawn_file_actions_adddup2(void *, int, int)'),
    addOpen: declare('int posix_spawn_file_actions_addopen(void *, int, const char *, int, unsigned int)'),
    addCloseFrom: declare('int posix_spawn_file_actions_addclosefrom_np(void *, int)'),
    attributesInit: declare('int posix_spawnattr_init(void *)'),
    attributesDestroy: declare('int posix_spawnattr_destroy(void *)'),
    setFlags: declare('int posix_spawnattr_setflags(void *, short)'),
    setDefaultSignals: declare('int posix_spawnattr_setsigdefault(void *, const void *)'),
    setSignalMask: declare('int posix_spawnattr_setsigmask(void *, const void *)'),
    spawn: declare('int posix_spawn(_Out_ int *, const char *, void *, void *, const char **, const char **)'),
  };
  return spawnFunctions;
}
