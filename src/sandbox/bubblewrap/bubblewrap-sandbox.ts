import { closeSync, openSync } from 'node:fs';
import { type Server, Socket } from 'node:net';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import { raceAbort } from '../../lib/abort.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import { closeServer } from '../close-server.ts';
import type {
  Sandbox,
  SandboxCode,
  SandboxExit,
  SandboxLimits,
  SandboxPaths,
  SandboxSpec,
  SideProcess,
} from '../sandbox.ts';
import { sandboxExit } from '../sandbox-exit.ts';
import { Supervisor } from '../supervisor.ts';
import { closeDescriptor, type Ends, killProcess, openProcess, type ProcessEnd, reap, spawn } from '../system/linux.ts';
import { bubblewrapCommand, commandInside, type Descriptor, descriptors } from './bubblewrap-arguments.ts';
import { type Held, type Holder, hold } from './held.ts';
import type { SandboxNetworks } from './network.ts';
import type { UserNumber } from './user-numbers.ts';
import { Volume } from './volume.ts';

/** What the sandboxes of one server share. */
export interface BubblewrapHost extends Holder {
  readonly tools: { readonly bwrap: string; readonly setpriv: string; readonly prlimit: string };
  /** The filter of system calls, as a file. */
  readonly seccompPath: string;
  readonly networks: SandboxNetworks;
  /** Options of `prlimit`. */
  readonly resourceLimits: readonly string[];
  readonly clock: Clock;
  readonly log: Logger;
}

const START_MS_MAX = 10_000;
const KILL_MS_MAX = 5_000;
const LAST_WORDS_MS_MAX = 1_000;
const PATHS: SandboxPaths = { task: '/var/task', opt: '/opt', tmp: '/tmp', mounted: (target) => target };
const ENVIRONMENT = ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'];
// The process enters its control groups itself, before it becomes `bwrap`: the kernel takes 5 to 15 ms for that, in
// which the server would stand still. Then it lowers its limits, then it gives up its user, if it has one to give up.
const ENTER_GROUPS =
  'n=$1; shift; while [ $n -gt 0 ]; do echo $$ > "$1" || exit 125; shift; n=$((n-1)); done; exec "$@"';

/** Starts a sandbox. When this rejects, nothing of it is left. */
export async function startBubblewrapSandbox(
  host: BubblewrapHost,
  options: { id: string; spec: SandboxSpec; signal: AbortSignal; onFreed: (sandbox: Sandbox) => void },
): Promise<Sandbox> {
  const { id, spec, signal, onFreed } = options;
  signal.throwIfAborted();
  const sandbox = new BubblewrapSandbox(host, { id, spec, onFreed });
  const tooLong = new AbortController();
  using _timer = host.clock.after(START_MS_MAX, () =>
    tooLong.abort(new Error(`sandbox ${id} did not start within ${START_MS_MAX / 1000} s`)),
  );
  try {
    await raceAbort(sandbox.started, AbortSignal.any([signal, tooLong.signal]));
    return sandbox;
  } catch (error) {
    await sandbox[Symbol.asyncDispose]();
    throw error;
  }
}

/** A number of the host for the first process's pid namespace and network, which no later process can take over. */
interface Inside {
  readonly processFd: number;
  readonly networkFd: number;
}

class BubblewrapSandbox implements Sandbox {
  readonly id: string;
  readonly channel: Socket;
  readonly output: Readable;
  readonly records: Readable;
  readonly sideOutput: Readable | undefined;
  readonly exited: Promise<SandboxExit>;
  /** Resolves when everything is set up and the first process is about to run. */
  readonly started: Promise<void>;
  readonly #host: BubblewrapHost;
  readonly #held: Held;
  readonly #pid: number;
  readonly #onFreed: (sandbox: Sandbox) => void;
  readonly #servers = new Set<Server>();
  readonly #connections = new Set<Socket>();
  readonly #streams: readonly Socket[];
  readonly #supervisor: Supervisor | undefined;
  /** Resolves when the outermost process is gone, and with it all others. Never rejects. */
  readonly #gone: Promise<SandboxExit>;
  /** Resolves when it is known who is inside, or that nobody will be. */
  readonly #settled = Promise.withResolvers<void>();
  #inside: Inside | undefined;
  #limits: SandboxLimits;
  #isAttached = false;
  #volume: Volume | undefined;
  #hasEnded = false;
  #freed: Promise<void> | undefined;

  constructor(host: BubblewrapHost, options: { id: string; spec: SandboxSpec; onFreed: (sandbox: Sandbox) => void }) {
    const { id, spec, onFreed } = options;
    this.id = id;
    this.#host = host;
    this.#onFreed = onFreed;
    this.#limits = spec.limits;
    this.#held = hold(host, id, spec);
    const { ends, cgroup, optionsPath, user } = this.#held;
    // Those that the sandbox does not start with are not looked at.
    const sources: Record<Descriptor, number | string> = {
      ...{ input: '/dev/null', output: ends.output.theirs, errors: ends.output.theirs },
      ...{ channel: ends.channel.theirs, records: ends.records.theirs },
      ...{ started: ends.status.theirs, seccomp: host.seccompPath, options: optionsPath, status: ends.status.theirs },
      ...{ control: ends.control?.theirs ?? '/dev/null', side: ends.side?.theirs ?? '/dev/null' },
    };
    try {
      this.#pid = spawn({
        argv: [
          ...['/bin/sh', '-c', ENTER_GROUPS, 'sh', String(cgroup.entrances.length), ...cgroup.entrances],
          ...[host.tools.prlimit, ...host.resourceLimits],
          ...becomeUser(host.tools.setpriv, user),
          ...bubblewrapCommand(host.tools.bwrap, spec),
          ...commandInside(spec),
        ],
        env: ENVIRONMENT,
        descriptors: descriptors(spec).map((name) => sources[name]),
      });
    } catch (error) {
      for (const { ours } of Object.values(ends)) closeDescriptor(ours);
      this.#held.release();
      throw error;
    } finally {
      for (const { theirs } of Object.values(ends)) closeDescriptor(theirs);
    }
    const open = ({ ours }: Ends, writable = false) => new Socket({ fd: ours, readable: true, writable });
    const channel = open(ends.channel, true);
    const output = open(ends.output);
    const records = open(ends.records);
    const side = ends.side && open(ends.side);
    const control = ends.control && open(ends.control, true);
    this.channel = channel;
    this.output = output;
    this.records = records;
    this.sideOutput = side;
    this.#streams = [channel, output, records, side, control].filter((stream) => stream !== undefined);
    // A process that dies with unread data in the channel resets it; `exited` and the end of the stream tell the same.
    for (const stream of this.#streams) stream.on('error', () => {});
    const status = open(ends.status);
    const started = Promise.withResolvers<void>();
    this.started = started.promise;
    this.started.catch(() => {}); // SAFE: `startBubblewrapSandbox` awaits it; this only keeps an early abort quiet.
    const gone = this.#follow(status, started);
    this.#gone = gone;
    this.#supervisor = control && new Supervisor({ control, gone, memoryKilled: () => this.#memoryKills() > 0 });
    this.exited = this.#supervisor === undefined ? gone : Promise.race([this.#supervisor.firstExited, gone]);
  }

  attach({ taskDir, optDir, tmp }: SandboxCode): SandboxPaths {
    if (this.#isAttached || this.#freed !== undefined) throw new Error(`sandbox ${this.id} takes no code any more`);
    if (!(tmp instanceof Volume)) throw new Error('a /tmp of another kind of sandboxes');
    this.#isAttached = true;
    const { slot, binds, user } = this.#held;
    for (const [name, dir] of [
      ['task', taskDir],
      ['opt', optDir],
    ] as const) {
      if (dir === undefined) continue;
      const bind = this.#host.staging.readOnly(dir);
      binds.push(bind);
      slot.bind(name, bind.path);
    }
    tmp.take(user?.uid);
    this.#volume = tmp;
    slot.bind('tmp', tmp.path);
    return PATHS;
  }

  setLimits(limits: SandboxLimits): void {
    const { memoryBytes, cpus } = limits;
    // Each is a write into the kernel's files, on the way of a cold start; mostly one of the two is as it was.
    if (memoryBytes !== this.#limits.memoryBytes) this.#held.cgroup.memory?.setLimit(memoryBytes);
    if (cpus !== this.#limits.cpus) this.#held.cgroup.cpu?.setLimit(cpus);
    this.#limits = limits;
  }

  listen(port: number, server: Server): { host: string; port: number } {
    if (this.#inside === undefined || this.#freed !== undefined) throw new Error(`sandbox ${this.id} has ended`);
    const fd = this.#host.networks.listen(this.#inside.networkFd, port);
    server.listen({ fd });
    this.#servers.add(server);
    return { host: '127.0.0.1', port };
  }

  connect(port: number): Socket {
    if (this.#inside === undefined || this.#freed !== undefined) throw new Error(`sandbox ${this.id} has ended`);
    const connection = new Socket({ fd: this.#host.networks.connect(this.#inside.networkFd, port) });
    this.#connections.add(connection);
    connection.once('close', () => this.#connections.delete(connection));
    return connection;
  }

  run(process: SideProcess): Promise<SandboxExit> {
    if (this.#supervisor === undefined) return Promise.reject(new Error(`sandbox ${this.id} is not supervised`));
    return this.#supervisor.run(process);
  }

  terminate(signal: 'SIGTERM' | 'SIGKILL'): void {
    this.#supervisor?.terminate(signal);
  }

  freeze(): void {
    this.#held.cgroup.freezer?.freeze();
  }

  thaw(): void {
    this.#held.cgroup.freezer?.thaw();
  }

  memoryPeakBytes(): number {
    return this.#held.cgroup.memory?.peakBytes() ?? 0;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#freed ??= this.#free();
    return this.#freed;
  }

  /** Reads what `bwrap` and the first process say about themselves, until the outermost process is gone. */
  async #follow(status: Socket, started: PromiseWithResolvers<void>): Promise<SandboxExit> {
    let isStarted = false;
    try {
      let text = '';
      for await (const chunk of status.setEncoding('utf8')) {
        text += chunk;
        const lines = text.split('\n');
        text = lines.pop() ?? '';
        for (const line of lines) {
          const report = JSON.parse(line) as { 'child-pid'?: number; started?: boolean };
          if (report['child-pid'] !== undefined) this.#inside = openInside(report['child-pid']);
          this.#settled.resolve();
          if (!report.started) continue;
          isStarted = true;
          started.resolve();
        }
      }
    } catch (error) {
      started.reject(new Error(`cannot follow sandbox ${this.id}`, { cause: error }));
      this.#killInside();
    }
    const end = await this.#reaped();
    this.#hasEnded = true;
    this.#settled.resolve();
    if (this.#freed === undefined && !isStarted) {
      // It never became the caller's: what `bwrap` had to say is for us.
      const why = sandboxExit(end, false);
      const reason = await this.#lastWords();
      started.reject(new Error(`sandbox ${this.id} did not start (${why.signal ?? why.code}): ${reason}`));
    }
    return sandboxExit(end, this.#memoryKills() > 0);
  }

  async #reaped(): Promise<ProcessEnd> {
    const { clock, log } = this.#host;
    try {
      for (let waitMs = 1; ; waitMs = Math.min(waitMs * 2, 100)) {
        const end = reap(this.#pid);
        if (end !== undefined) return end;
        // After some 300 ms: it has closed its status, which is its last act, but goes on.
        if (waitMs === 100) process.kill(this.#pid, 'SIGKILL');
        await clock.sleep(waitMs);
      }
    } catch (error) {
      // Somebody else has reaped it, which is a mistake of ours; it has ended all the same.
      log.error({ sandbox: this.id, error }, 'how a sandbox ended is not known');
      return { kind: 'signal', number: constants.signals.SIGKILL };
    }
  }

  async #lastWords(): Promise<string> {
    let words = '';
    this.output.on('data', (chunk) => {
      words += chunk;
    });
    await this.#within(LAST_WORDS_MS_MAX, new Promise((resolve) => this.output.once('close', resolve)));
    return words.trim() || 'no reason given';
  }

  #memoryKills(): number {
    try {
      return this.#held.cgroup.memory?.kills() ?? 0;
    } catch {
      return 0; // Its group has been removed under it, as it would not die; nobody asks for the reason then.
    }
  }

  #killInside(): void {
    if (this.#inside !== undefined) killProcess(this.#inside.processFd);
  }

  async #free(): Promise<void> {
    const { cgroup } = this.#held;
    for (const server of this.#servers) closeServer(server);
    for (const connection of this.#connections) connection.destroy();
    // Before `bwrap` has said who is inside, it may have a child that waits for it, and would wait for ever.
    if (this.#inside === undefined) await this.#within(START_MS_MAX, this.#settled.promise);
    // To die takes the processor, too: 500 processes on a share of 0.07 were not dead after ten minutes (Linux 6.18).
    cgroup.cpu?.setLimit(undefined);
    // Pid 1 of a pid namespace takes every process of it along; `bwrap`, outside, then ends by itself and is reaped.
    this.#killInside();
    cgroup.freezer?.thaw();
    if (!(await this.#within(KILL_MS_MAX, this.#gone))) {
      cgroup.kill();
      // SAFE: until we have reaped it, the number is the outermost process's own.
      if (!this.#hasEnded) process.kill(this.#pid, 'SIGKILL');
      await this.#within(KILL_MS_MAX, this.#gone);
    }
    const { clock, log } = this.#host;
    const deadlineMs = clock.monotonicMs() + KILL_MS_MAX;
    let isRemoved = cgroup.remove();
    for (let waitMs = 1; !isRemoved && clock.monotonicMs() < deadlineMs; waitMs = Math.min(waitMs * 2, 50)) {
      cgroup.kill();
      await clock.sleep(waitMs);
      isRemoved = cgroup.remove();
    }
    if (!isRemoved) log.error({ sandbox: this.id }, 'a process of a sandbox cannot be killed; its control group stays');
    for (const stream of this.#streams) stream.destroy();
    if (this.#inside !== undefined) {
      closeSync(this.#inside.processFd);
      closeSync(this.#inside.networkFd);
    }
    this.#held.release();
    // While a process of ours lives that cannot be killed, nobody else is given what it may still be writing to.
    if (isRemoved && this.#hasEnded) this.#volume?.giveBack();
    this.#onFreed(this);
  }

  /** Whether that happened in time. The promise never rejects. */
  async #within(ms: number, promise: Promise<unknown>): Promise<boolean> {
    const { promise: first, resolve } = Promise.withResolvers<boolean>();
    using _timer = this.#host.clock.after(ms, () => resolve(false));
    promise.then(() => resolve(true));
    // Awaited here: whatever is `using` goes with the return, and without its timer this waits for ever.
    return await first;
  }
}

/** Undefined when the first process has ended already: its exit is on its way. */
function openInside(pid: number): Inside | undefined {
  const processFd = openIfThere(() => openProcess(pid));
  if (processFd === undefined) return undefined;
  try {
    return { processFd, networkFd: openSync(`/proc/${pid}/ns/net`, 'r') };
  } catch (error) {
    closeSync(processFd);
    if (hasGone(error)) return undefined;
    throw error;
  }
}

function openIfThere(open: () => number): number | undefined {
  try {
    return open();
  } catch (error) {
    if (hasGone(error)) return undefined;
    throw error;
  }
}

function hasGone(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException; // SAFE: only looked at.
  return code === 'ESRCH' || code === 'ENOENT';
}

function becomeUser(setpriv: string, user: UserNumber | undefined): string[] {
  if (user === undefined) return [];
  return [setpriv, '--reuid', String(user.uid), '--regid', String(user.uid), '--clear-groups', '--'];
}
