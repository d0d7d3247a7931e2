import type { ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { connect, type Server, type Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import { closeServer } from '../close-server.ts';
import type { Sandbox, SandboxCode, SandboxExit, SandboxPaths } from '../sandbox.ts';
import { listeningSocket } from '../system/listening-socket.ts';

const KILL_MS_MAX = 5_000;
const CHILDREN_WAITS_MAX = 20; // Of one millisecond.

interface Options {
  readonly id: string;
  readonly tmpDir: string;
  /** Turns a path of `spec.mounts` into the host's. */
  readonly atHost: (path: string) => string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly onFreed: (sandbox: Sandbox) => void;
}

export class ProcessSandbox implements Sandbox {
  readonly id: string;
  readonly channel: Socket;
  readonly output: Readable;
  readonly records: Readable;
  readonly exited: Promise<SandboxExit>;
  readonly #options: Options;
  readonly #pid: number;
  readonly #servers = new Set<Server>();
  #isAttached = false;
  #hasEnded = false;
  #freed: Promise<void> | undefined;

  /** `child` has been spawned, leads its process group, and has pipes at 1, 3 and 4. */
  constructor(child: ChildProcess, options: Options) {
    this.id = options.id;
    this.#options = options;
    const [, output, , channel, records] = child.stdio;
    if (!output || !channel || !records || child.pid === undefined) throw new Error('a child without its pipes');
    // SAFE: node:child_process makes a two-way socket of each `pipe`, whatever the types say of the direction.
    this.channel = channel as unknown as Socket;
    this.output = output as Readable;
    this.records = records as Readable;
    // A process that dies with unread data in the channel resets it; `exited` and the end of the stream tell the same.
    for (const stream of [this.channel, this.output, this.records]) stream.on('error', () => {});
    this.#pid = child.pid;
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        // Now, and never later: as long as somebody is in the group, no stranger's group can have its number.
        this.#signalGroup('SIGKILL');
        this.#hasEnded = true;
        resolve({ code: code ?? undefined, signal: signal ?? undefined, killedForMemory: false });
      });
    });
  }

  attach({ taskDir, optDir }: SandboxCode): SandboxPaths {
    if (this.#isAttached || this.#freed !== undefined) throw new Error(`sandbox ${this.id} takes no code any more`);
    this.#isAttached = true;
    const { tmpDir, atHost } = this.#options;
    const empty = `${tmpDir}/.opt`;
    if (optDir === undefined) mkdirSync(empty);
    return { task: taskDir, opt: optDir ?? empty, tmp: tmpDir, mounted: atHost };
  }

  setLimits(): void {
    // Nothing is limited here: `can` says so.
  }

  listen(_port: number, server: Server): { host: string; port: number } {
    if (this.#freed !== undefined) throw new Error(`sandbox ${this.id} has ended`);
    // All sandboxes share the host's loopback, so the port inside has to be a free one.
    const { fd, port } = listeningSocket(0);
    server.listen({ fd });
    this.#servers.add(server);
    return { host: '127.0.0.1', port };
  }

  connect(port: number): Socket {
    if (this.#freed !== undefined) throw new Error(`sandbox ${this.id} has ended`);
    return connect(port, '127.0.0.1');
  }

  freeze(): void {
    this.#signalGroup('SIGSTOP');
  }

  thaw(): void {
    this.#signalGroup('SIGCONT');
  }

  /** Of the first process alone, where the system tells (Linux); else 0. */
  memoryPeakBytes(): number {
    return kilobytes(this.#read('status'), 'VmHWM') * 1024;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#freed ??= this.#free();
    return this.#freed;
  }

  async #free(): Promise<void> {
    const { clock, log, tmpDir, onFreed } = this.#options;
    for (const server of this.#servers) closeServer(server);
    this.#signalGroup('SIGKILL');
    const { promise: tooLong, resolve } = Promise.withResolvers<'too-long'>();
    using _timer = clock.after(KILL_MS_MAX, () => resolve('too-long'));
    if ((await Promise.race([this.exited, tooLong])) === 'too-long') {
      log.error({ sandbox: this.id, pid: this.#pid }, 'a process cannot be killed');
    }
    // Its children are killed but may be dying still. Not waited for any longer: the dead count too, until the
    // system's first process takes note of their end, and some take their time.
    for (let i = 0; i < CHILDREN_WAITS_MAX && this.#groupIsThere(); i += 1) await clock.sleep(1);
    for (const stream of [this.channel, this.output, this.records]) stream.destroy();
    removeDirectory(tmpDir);
    onFreed(this);
  }

  #signalGroup(signal: NodeJS.Signals): void {
    if (!this.#hasEnded) sendToGroup(this.#pid, signal);
  }

  #groupIsThere(): boolean {
    const PROBE = 0;
    return sendToGroup(this.#pid, PROBE);
  }

  #read(file: string): string {
    try {
      return this.#hasEnded ? '' : readFileSync(`/proc/${this.#pid}/${file}`, 'utf8');
    } catch {
      return ''; // Another system, or the process has just ended.
    }
  }
}

/** Whether anybody was there to be sent it. */
function sendToGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal);
  } catch (error) {
    // Nobody is in it (ESRCH); or, on macOS, only processes that have ended (EPERM).
    if (['ESRCH', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

export function removeDirectory(path: string): void {
  // SAFE: made by us with mkdtemp; what a function wrote there is removed with it, links are not followed.
  rmSync(path, { recursive: true, force: true, maxRetries: 3 });
}

function kilobytes(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0);
}
