import type { Server, Socket } from 'node:net';
import type { Readable } from 'node:stream';

/** A file or directory of the host that every process in the sandbox may read and execute, and nobody may write. */
export interface ReadOnlyMount {
  /** Absolute path on the host. */
  readonly source: string;
  /** Absolute path inside the sandbox, for example `/var/lang`. */
  readonly target: string;
}

/** What a sandbox may use. Can be changed while it lives. */
export interface SandboxLimits {
  /** Hard limit over all its processes and what lies in its `/tmp`. */
  readonly memoryBytes: number;
  /** Processor time in cores: 0.5 is half of one. `undefined`: as much as the machine has. */
  readonly cpus: number | undefined;
}

export interface SandboxSpec {
  readonly limits: SandboxLimits;
  readonly pidsMax: number;
  /** The first process: absolute path inside the sandbox, then its arguments. `atHost` below translates paths. */
  readonly command: readonly string[];
  /** The whole environment of the first process. */
  readonly env: Readonly<Record<string, string>>;
  /** Interpreters and guests, there from the start. */
  readonly mounts: readonly ReadOnlyMount[];
  /** Whether further processes can be started in it (`run`) and its first one asked to end (`terminate`). */
  readonly supervised: boolean;
}

/** A process beside the first one: an extension. */
export interface SideProcess {
  /** Absolute path inside the sandbox, then its arguments. */
  readonly command: readonly string[];
  readonly cwd: string;
  /** Its whole environment. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * What appears as `/tmp`. It belongs to whoever made it and outlives the sandbox it is attached to: the next one that it is
 * attached to finds the files as they were. In one living sandbox at a time.
 */
export interface TmpVolume extends Disposable {
  readonly bytes: number;
}

/**
 * How the first process ended; a code of 128 and a signal's number may be that signal or a program that chose this code,
 * as in a shell. `killedForMemory`: the kernel killed something here because the limit was reached.
 */
export interface SandboxExit {
  readonly code: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
  readonly killedForMemory: boolean;
}

/** Code and layers to appear inside a sandbox that already runs. */
export interface SandboxCode {
  /** Host directory that appears as `/var/task`. */
  readonly taskDir: string;
  /** Host directory that appears as `/opt`. */
  readonly optDir?: string | undefined;
  readonly tmp: TmpVolume;
}

/** Where things are for a process inside. Isolated adapters answer AWS's paths; the process adapter, the host's. */
export interface SandboxPaths {
  readonly task: string;
  readonly opt: string;
  readonly tmp: string;
  /** Where a `ReadOnlyMount` with this target is found inside. */
  mounted(target: string): string;
}

export interface Sandbox extends AsyncDisposable {
  readonly id: string;
  /** The first process's descriptor 3, a two-way byte stream. */
  readonly channel: Socket;
  /** What processes inside write to descriptors 1 and 2: one pipe, so that the order of lines is theirs. */
  readonly output: Readable;
  /** The first process's descriptor 4: a one-way pipe for framed log records. */
  readonly records: Readable;
  /** Resolves once, when the first process has ended; never rejects. Those of `run` may live on until the sandbox is freed. */
  readonly exited: Promise<SandboxExit>;
  /**
   * Makes code visible inside; once in a sandbox's life. Synchronous: it lies on the cold start's path. Throws.
   * Every user of the host must be able to read what is in the directories: sandboxes run as users of their own.
   */
  attach(code: SandboxCode): SandboxPaths;
  /** Synchronous, for the same reason. */
  setLimits(limits: SandboxLimits): void;
  /**
   * Listens on a port of the sandbox's own loopback. Whoever connects is a process of this sandbox.
   * Answers the address that processes inside use (the process adapter picks another port). The server listens at
   * once, whenever its `listening` event comes, and is closed when the sandbox is freed. Synchronous. Throws.
   */
  listen(port: number, server: Server): { host: string; port: number };
  /**
   * Connects to a port of the sandbox's own loopback, and to nothing else. Synchronous; does not wait: when nobody listens
   * there, the socket's `error` says so, so it needs a listener at once. Throws when the sandbox has ended.
   */
  connect(port: number): Socket;
  /**
   * Starts a process beside the first one, after `attach`. Resolves with how it ended. It has none of the first process's
   * descriptors; what it writes to 1 and 2 comes out of `sideOutput`. Only in a supervised sandbox.
   */
  run(process: SideProcess): Promise<SandboxExit>;
  /** What all side processes write, line by line in their order; undefined in a sandbox that is not supervised. */
  readonly sideOutput: Readable | undefined;
  /** Asks the first process to end, or kills it. Only in a supervised sandbox; elsewhere nothing happens. */
  terminate(signal: 'SIGTERM' | 'SIGKILL'): void;
  /** Stops every process inside from running, and lets them run again. Idempotent. */
  freeze(): void;
  thaw(): void;
  /**
   * The most memory that was in use at once, so far; an estimate, or 0, where memory is not limited (`can.limitMemory`).
   * Cheap: it is asked after each invocation.
   */
  memoryPeakBytes(): number;
  /** Kills every process inside and frees all it held: mounts, cgroups, files, descriptors. Idempotent. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** One way to make sandboxes: an adapter. What it cannot do, it says here, as data. */
export interface Sandboxes extends AsyncDisposable {
  readonly kind: 'bubblewrap' | 'process';
  readonly can: {
    /** Functions cannot see each other or the host. */
    readonly isolate: boolean;
    readonly limitMemory: boolean;
    readonly limitCpu: boolean;
    readonly limitPids: boolean;
    readonly limitTmp: boolean;
    readonly freeze: boolean;
  };
  /** An empty `/tmp` of this size. Synchronous: it lies on the cold start's path. Throws. */
  tmp(bytes: number): TmpVolume;
  /** Starts the first process. Resolves when it has been started, not when it is up: its guest says that itself. */
  start(spec: SandboxSpec, signal: AbortSignal): Promise<Sandbox>;
}
