import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect, type Server, type Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import { closeServer } from '../close-server.ts';
import type { Sandbox, SandboxCode, SandboxExit, SandboxPaths, SideProcess } from '../sandbox.ts';
import { sandboxExit } from '../sandbox-exit.ts';
import { Supervisor } from '../supervisor.ts';
import { listeningSocket } from '../system/listening-socket.ts';
import { TemporaryDirectory } from './temporary-directory.ts';

const KILL_MS_MAX = 5_000;
const CHILDREN_WAITS_MAX = 20; // Of one millisecond.

interface Options {
  readonly id: string;
  /** Turns a path of `spec.mounts` into the host's. */
  readonly atHost: (path: string) => string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly isSupervised: boolean;
  readonly onFreed: (sandbox: Sandbox) => void;
}

export class ProcessSandbox implements Sandbox {
  readonly id: string;
  readonly channel: Socket;
  readonly output: Readable;
  readonly records: Readable;
  readonly sideOutput: Readable | undefined;
  readonly exited: Promise<SandboxExit>;
  /** Resolves when the process is gone that leads the group, which is killed with it. Never rejects. */
  readonly #gone: Promise<SandboxExit>;
  readonly #options: Options;
  readonly #pid: number;
  readonly #servers = new Set<Server>();
  readonly #streams: readonly (Socket | Readable)[];
  readonly #supervisor: Supervisor | undefined;
  #isAttached = false;
  #tmp: TemporaryDirectory | undefined;
  #hasEnded = false;
  #freed: Promise<void> | undefined;

  /** `child` has been spawned, leads its process group, and has pipes at 1, 3 and 4; when it is supervised, at 5 and 6 too. */
  constructor(child: ChildProcess, options: Options) {
    this.id = options.id;
    this.#options = options;
    // The types know of five at most.
    const [, output, , channel, records, control, side] = child.stdio as readonly (Readable | Writable | null)[];
    if (!output || !channel || !records || child.pid === undefined) throw new Error('a child without its pipes');
    // SAFE: node:child_process makes a two-way socket of each `pipe`, whatever the types say of the direction.
    this.channel = channel as unknown as Socket;
    this.output = output as Readable;
    this.records = records as Readable;
    // A process that dies with unread data in the channel resets it; `exited` and the end of the stream tell the same.
    this.sideOutput = (side ?? undefined) as Readable | undefined;
    this.#streams = [this.channel, this.output, this.records, this.sideOutput, control as unknown as Socket].filter(
      (stream) => stream !== undefined,
    );
    for (const stream of this.#streams) stream.on('error', () => {});
    this.#pid = child.pid;
    const gone = new Promise<SandboxExit>((resolve) => {
      child.once('exit', (code, signal) => {
        // Now, and never later: as long as somebody is in the group, no stranger's group can have its number.
        this.#signalGroup('SIGKILL');
        this.#hasEnded = true;
        // A supervised one's leader is a shell, which says it as shells do.
        if (options.isSupervised && code !== null) resolve(sandboxExit({ kind: 'code', code }, false));
        else resolve({ code: code ?? undefined, signal: signal ?? undefined, killedForMemory: false });
      });
    });
    this.#supervisor =
      options.isSupervised && control
        ? // SAFE: as above.
          new Supervisor({ control: control as unknown as Socket, gone, memoryKilled: () => false })
        : undefined;
    this.#gone = gone;
    this.exited = this.#supervisor === undefined ? gone : Promise.race([this.#supervisor.firstExited, gone]);
  }

  attach({ taskDir, optDir, tmp }: SandboxCode): SandboxPaths {
    if (this.#isAttached || this.#freed !== undefined) throw new Error(`sandbox ${this.id} takes no code any more`);
    if (!(tmp instanceof TemporaryDirectory)) throw new Error('a /tmp of another kind of sandboxes');
    this.#isAttached = true;
    tmp.take();
    this.#tmp = tmp;
    return { task: taskDir, opt: optDir ?? tmp.emptyOpt, tmp: tmp.path, mounted: this.#options.atHost };
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

  run(process: SideProcess): Promise<SandboxExit> {
    if (this.#supervisor === undefined) return Promise.reject(new Error(`sandbox ${this.id} is not supervised`));
    return this.#supervisor.run(process);
  }

  terminate(signal: 'SIGTERM' | 'SIGKILL'): void {
    this.#supervisor?.terminate(signal);
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
    const { clock, log, onFreed } = this.#options;
    for (const server of this.#servers) closeServer(server);
    this.#signalGroup('SIGKILL');
    const { promise: tooLong, resolve } = Promise.withResolvers<'too-long'>();
    using _timer = clock.after(KILL_MS_MAX, () => resolve('too-long'));
    if ((await Promise.race([this.#gone, tooLong])) === 'too-long') {
      log.error({ sandbox: this.id, pid: this.#pid }, 'a process cannot be killed');
    }
    // Its children are killed but may be dying still. Not waited for any longer: the dead count too, until the
    // system's first process takes note of their end, and some take their time.
    for (let i = 0; i < CHILDREN_WAITS_MAX && this.#groupIsThere(); i += 1) await clock.sleep(1);
    for (const stream of this.#streams) stream.destroy();
    this.#tmp?.giveBack();
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

function kilobytes(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0);
}
