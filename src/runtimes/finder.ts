import type { Logger } from '../lib/log.ts';
import type { Runtime, RuntimeStatus } from './runtime.ts';

/** A program of the host that runs functions, as it says of itself. */
export interface Interpreter {
  /** Absolute and real. */
  readonly path: string;
  readonly version: string;
  /** The directory tree it consists of; `/usr` for the system's own. */
  readonly prefix: string;
}

/** What finders look at: the environment that Lambent was started with, and its user's home. */
export interface Host {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
}

export interface FinderOptions {
  /** Where interpreters that we install go, and what we remember of the host's. */
  readonly dir: string;
  readonly host: Host;
  readonly log: Logger;
}

/** Finds one family's interpreters on this machine. */
export interface RuntimeFinder {
  /** AWS's names, in the order in which people see them: newest first. */
  readonly names: readonly string[];
  /** Looks over the machine. Interpreters that have not been seen before are run once; the next start knows them. */
  look(): Promise<void>;
  /** Synchronous: from memory, but for what another process may have installed since. Only for one of `names`. */
  status(name: string): RuntimeStatus;
  /** Only for a name whose status is `ready`; throws otherwise. */
  get(name: string): Runtime;
  /** Installs what is missing, or throws with what to type next. Idempotent. */
  add(name: string, progress: (line: string) => void, signal: AbortSignal): Promise<void>;
  /** How a program that a person has named is used; absent where a runtime has no interpreter. */
  readonly named?: NamedInterpreters;
}

export interface NamedInterpreters {
  /** Asks the program at `path` about itself. Throws when it cannot run functions, and says why. */
  inspect(name: string, path: string, signal: AbortSignal): Promise<Interpreter>;
  runtime(name: string, interpreter: Interpreter): Runtime;
}

/** A runtime that is ready, and where its program is. */
export interface FoundRuntime {
  readonly runtime: Runtime;
  readonly path: string;
}

/** What every finder keeps: the runtimes that are ready. */
export interface FoundRuntimes extends Pick<RuntimeFinder, 'status' | 'get'> {
  has(name: string): boolean;
  set(name: string, found: FoundRuntime): void;
  delete(name: string): void;
}

/** `missing` is the status of a name that is not among them. */
export function foundRuntimes(missing: (name: string) => RuntimeStatus): FoundRuntimes {
  const ready = new Map<string, FoundRuntime>();
  return {
    has: (name) => ready.has(name),
    set: (name, found) => void ready.set(name, found),
    delete: (name) => void ready.delete(name),
    status: (name) => {
      const found = ready.get(name);
      return found === undefined ? missing(name) : readyStatus(name, found);
    },
    get: (name) => {
      const found = ready.get(name);
      if (found === undefined) throw new Error(`the runtime ${name} is not ready: ask for its status first`);
      return found.runtime;
    },
  };
}

export function readyStatus(name: string, { runtime, path }: FoundRuntime): RuntimeStatus {
  return { kind: 'ready', name, version: runtime.version, path };
}
