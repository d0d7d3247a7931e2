import { raceAbort } from '../lib/abort.ts';
import type { Clock } from '../lib/clock.ts';
import { launchScript, WRAPPER_VARIABLE } from '../runtimes/launch-script.ts';
import type { Runtimes } from '../runtimes/runtime.ts';
import type { SandboxPaths } from '../sandbox/sandbox.ts';
import type { Environment } from './environment.ts';
import { type ExternalExtension, externalExtensions } from './extensions/external-extension.ts';
import { freeShare, isShort, plentyFor } from './free-memory.ts';
import type { GuestStart } from './guests/guest.ts';
import { guestVariables, type RoleCredentials } from './guests/guest-variables.ts';
import { type Initialised, initStatus, Life } from './life.ts';
import { openEnvironmentLog } from './logs/environment-log.ts';
import type { InitPhase } from './logs/phases.ts';
import { type EnvironmentSpec, EnvironmentUnavailable, NoRoom } from './spec.ts';
import { discard, type PoolClass, type WarmPool, type WarmSandbox } from './warm-pool.ts';

/** What a life is made from. */
export interface LifePorts {
  readonly runtimes: Runtimes;
  readonly clock: Clock;
  /** The unpacked code's directory, kept there until it is given back. */
  codeDir(codeDigest: string): Promise<string>;
  /** The directory with these layers laid over each other; undefined for none. */
  layersDir(layerDigests: readonly string[]): Promise<string | undefined>;
  credentials(spec: EnvironmentSpec): RoleCredentials;
  runtimeVersionArn(region: string, runtime: string): string;
}

interface Parts extends LifePorts {
  readonly pool: WarmPool;
  /** Ends an environment that nobody uses, if there is one. */
  makeRoom(): void;
  /** Told of work that goes on after a life could not begin. */
  inBackground(work: Promise<void>): void;
}

interface Begun {
  readonly environment: Environment;
  readonly life: Life;
  readonly initialised: Initialised;
}

/** AWS: the hooks that follow a restore have 10 seconds. */
const RESTORE_MS_MAX = 10_000;
/** 1,769 MB of memory buy one core (AWS). */
const MB_PER_CPU = 1_769;
/** What a life that is being begun is taken to need, until it is there and the system counts it. */
const BEGINNING_BYTES = 64 * 1024 * 1024;
const BEGUN_BLIND_MAX = 16;
const ROOM_WAIT_MS_MAX = 10_000;
const ROOM_POLL_MS = 50;
const MIB = 1024 * 1024;

/** Begins lives of environments: in a sandbox of the warm pool, when this machine has room for one more. */
export class Lives {
  readonly #parts: Parts;
  /** Lives being begun: the system does not count their memory yet. */
  #beginning = 0;
  /** So many more may begin on the word of the last look at the memory: a look takes 0.3 ms of a cold start. */
  #plenty = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Looks at the memory, as somebody should every second. Answers its free share. */
  look(): number {
    const share = freeShare();
    this.#plenty = Math.min(BEGUN_BLIND_MAX, plentyFor(BEGINNING_BYTES, share));
    return share;
  }

  /** A function of this kind exists: keep a sandbox waiting for it. */
  expect(spec: EnvironmentSpec): void {
    if (this.#parts.runtimes.status(spec.runtime)?.kind !== 'ready') return;
    // Whether layers bring extensions is known once they are unpacked: such functions are not expected.
    if (spec.layerDigests.length === 0) this.#parts.pool.expect(this.#poolClass(spec, false));
  }

  /**
   * A new life in a sandbox of its own, adopted by the environment and initialised, or failed to. Rejects with NoRoom or
   * EnvironmentUnavailable when the platform has none, and with the signal's reason until there is a sandbox. `owner`:
   * asked for the environment when there is one.
   */
  async begin(
    spec: EnvironmentSpec,
    owner: () => Environment,
    options: { phase: InitPhase; limitMs: number; signal: AbortSignal },
  ): Promise<Begun> {
    this.#beginning += 1;
    try {
      await this.#waitForRoom(options.signal);
      const { codeDigest, layerDigests } = spec;
      const optDir = layerDigests.length === 0 ? undefined : await this.#parts.layersDir(layerDigests);
      const external = optDir === undefined ? [] : externalExtensions(optDir);
      const [codeDir, warm] = await this.#codeAndSandbox(
        codeDigest,
        this.#poolClass(spec, external.length > 0),
        options,
      );
      return await this.#beginIn(spec, owner, warm, { ...options, codeDir, optDir, external });
    } finally {
      this.#beginning -= 1;
    }
  }

  /** The version's code on disk and a sandbox for it, fetched side by side. */
  async #codeAndSandbox(
    codeDigest: string,
    poolClass: PoolClass,
    { signal }: { signal: AbortSignal },
  ): Promise<[string, WarmSandbox]> {
    const taking = this.#parts.pool.take(poolClass, signal);
    try {
      // Both are waited for from the start: whichever fails first has somebody who hears of it.
      return await Promise.all([raceAbort(this.#parts.codeDir(codeDigest), signal), taking]);
    } catch (error) {
      // SAFE: a start that failed holds nothing; one that succeeds for nobody is given back.
      taking.then(
        (warm) => this.#parts.inBackground(discard(warm)),
        () => {},
      );
      throw error;
    }
  }

  async #beginIn(
    spec: EnvironmentSpec,
    owner: () => Environment,
    warm: WarmSandbox,
    options: {
      phase: InitPhase;
      limitMs: number;
      codeDir: string;
      optDir: string | undefined;
      external: readonly ExternalExtension[];
    },
  ): Promise<Begun> {
    const { runtimes, clock, runtimeVersionArn } = this.#parts;
    const { sandbox, guest } = warm;
    const { phase, limitMs, codeDir, optDir, external } = options;
    const runtime = runtimes.get(spec.runtime);
    const limits = { memoryBytes: spec.memoryMb * MIB, cpus: undefined };
    let environment: Environment;
    let life: Life;
    let paths: SandboxPaths;
    guest.wake();
    try {
      environment = owner();
      const log = openEnvironmentLog({
        ...{ spec, clock, initializationType: environment.type },
        logStream: environment.home.logStream,
        logStreamName: environment.home.logStreamName,
        runtimeVersion: runtime.version,
        runtimeVersionArn: runtimeVersionArn(spec.region, spec.runtime),
        connect: (port) => sandbox.connect(port),
      });
      life = new Life({ spec, sandbox, guest, api: warm.api, log, clock });
      environment.adopt(life);
      paths = sandbox.attach({ taskDir: codeDir, optDir, tmp: environment.home.tmp });
      life.setLimits(limits);
    } catch (error) {
      await discard(warm);
      if (error instanceof EnvironmentUnavailable) throw error;
      throw new EnvironmentUnavailable(`cannot start an environment for ${spec.functionArn}`, { cause: error });
    }
    const { home, type } = environment;
    const variables = guestVariables({
      ...{ spec, runtime, paths, initializationType: type },
      credentials: this.#parts.credentials(spec),
      logStream: home.logStreamName,
      runtimeApi: warm.api.address,
      endpointUrl: warm.endpointUrl,
    });
    const snapStart = type === 'snap-start';
    const start = {
      ...{ handler: spec.handler, variables, paths, codeDir, optDir, snapStart },
      launchScript: this.#launchScript(spec, variables, paths),
    };
    // Of a snapshot there is nothing here but its hooks: what a start "restores" is all that an init does, and takes as long.
    const initialised =
      snapStart && phase !== 'snap-start'
        ? await restored(life, start, external, limitMs)
        : await initialisedIn(phase, life, start, external, limitMs);
    // AWS lets INIT run at full speed; the share of the processor that memory buys holds from the first invocation.
    life.setLimits({ ...limits, cpus: spec.memoryMb / MB_PER_CPU });
    return { environment, life, initialised };
  }

  /** For a sandbox that was started without its interpreter: how that starts, with the function's own variables. */
  #launchScript(
    spec: EnvironmentSpec,
    variables: Readonly<Record<string, string>>,
    paths: SandboxPaths,
  ): string | undefined {
    if (!this.#launchesLate(spec)) return undefined;
    const { command } = this.#parts.runtimes.get(spec.runtime).launch(spec.memoryMb);
    const [program = '', ...args] = command.map((word) => paths.mounted(word));
    const wrapper = spec.variables[WRAPPER_VARIABLE];
    return launchScript({ env: variables, cwd: paths.task, program, args, keepChannel: true, wrapper });
  }

  /** Programs that speak the Runtime API always launch late, by themselves (`runtimeApiGuest`). */
  #launchesLate(spec: EnvironmentSpec): boolean {
    const runtime = this.#parts.runtimes.get(spec.runtime);
    if (runtime.channel !== 'frames') return false;
    return Object.keys(spec.variables).some((name) => name === WRAPPER_VARIABLE || runtime.readsAtStart(name));
  }

  /** Waits until the host has room for one more environment, ending idle ones meanwhile. */
  async #waitForRoom(signal: AbortSignal): Promise<void> {
    const isTight = () => {
      this.#plenty -= 1;
      return this.#plenty < 0 && isShort((this.#beginning - 1) * BEGINNING_BYTES);
    };
    for (let waitedMs = 0; isTight(); waitedMs += ROOM_POLL_MS) {
      if (waitedMs >= ROOM_WAIT_MS_MAX)
        throw new NoRoom('this machine has no memory left for another execution environment');
      this.#parts.makeRoom();
      await this.#parts.clock.sleep(ROOM_POLL_MS, signal);
    }
    signal.throwIfAborted();
  }

  #poolClass(spec: EnvironmentSpec, supervised: boolean): PoolClass {
    const runtime = this.#parts.runtimes.get(spec.runtime);
    return { runtime, memoryMb: spec.memoryMb, launchesLate: this.#launchesLate(spec), supervised };
  }
}

async function initialisedIn(
  phase: InitPhase,
  life: Life,
  start: GuestStart,
  external: readonly ExternalExtension[],
  limitMs: number,
): Promise<Initialised> {
  life.log.initStart(phase);
  const outcome = await life.init(start, external, limitMs);
  const status = initStatus(outcome);
  life.log.initRuntimeDone(phase, status);
  life.tellExtensionStates();
  life.log.initReport(phase, status, outcome.ms);
  return outcome;
}

async function restored(
  life: Life,
  start: GuestStart,
  external: readonly ExternalExtension[],
  limitMs: number,
): Promise<Initialised> {
  life.log.restoreStart();
  const before = await life.init(start, external, limitMs);
  life.tellExtensionStates();
  const after = before.kind === 'done' ? await life.restore(RESTORE_MS_MAX) : before;
  const outcome = { ...after, ms: before === after ? before.ms : before.ms + after.ms, inRestore: before !== after };
  life.log.restoreRuntimeDone(initStatus(outcome));
  life.log.restoreReport(initStatus(outcome), outcome.ms);
  return outcome;
}
