import type { ReadOnlyMount, SandboxPaths } from '../sandbox/sandbox.ts';

export const RUNTIME_FAMILIES = ['nodejs', 'python', 'java', 'dotnet', 'ruby', 'provided'] as const;
export type RuntimeFamily = (typeof RUNTIME_FAMILIES)[number];

/** How the platform and the function talk: our own frames on descriptor 3, or AWS's HTTP Runtime API. */
export type Channel = 'frames' | 'http';

/** What starts a sandbox of this runtime before any function is known: the warm pool's sandboxes are made so. */
export interface RuntimeLaunch {
  /** Absolute paths as inside the sandbox; `mounted()` of the adapter's paths is applied by the starter. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly mounts: readonly ReadOnlyMount[];
}

/** What decides which program a function is, when the runtime's channel is `http`. */
export interface EntrypointSearch {
  readonly handler: string;
  /** The function's whole environment. */
  readonly variables: Readonly<Record<string, string>>;
  readonly paths: SandboxPaths;
  /** The code's directory on the host. */
  readonly codeDir: string;
}

export type Entrypoint =
  /** Paths as inside the sandbox. `keepChannel`: the program gets descriptor 4, for framed log records (and 3). */
  | { kind: 'found'; program: string; args: readonly string[]; keepChannel: boolean }
  | { kind: 'missing'; problem: string };

export interface Runtime {
  /** AWS's identifier, for example `python3.12`. */
  readonly name: string;
  readonly family: RuntimeFamily;
  readonly channel: Channel;
  /** The interpreter's own version, for INIT_START and GetFunction, for example `3.12.1`. */
  readonly version: string;
  /** Whether sandboxes of different memory sizes need different flags, and so different pools. */
  readonly launchDependsOnMemory: boolean;
  launch(memoryMb: number): RuntimeLaunch;
  /** Which program a function of this runtime is; absent: the `bootstrap` of its code or layers. Only with `http`. */
  entrypoint?(search: EntrypointSearch): Entrypoint;
  /**
   * Whether the interpreter reads this variable at its start, when a pooled one knows no function yet (`NODE_OPTIONS`,
   * `LD_PRELOAD`): a function that sets one is given a fresh interpreter.
   */
  readsAtStart(variable: string): boolean;
  /** Variables AWS sets for this runtime in every function's environment (lambda-facts 7.1, 7.2). */
  variables(paths: SandboxPaths): Record<string, string>;
}

export type RuntimeStatus =
  | { kind: 'ready'; name: string; version: string; path: string }
  /** Can be had with `command`. */
  | { kind: 'missing'; name: string; command: string }
  /** AWS has it, Lambent does not run it yet. */
  | { kind: 'unsupported'; name: string };

export interface Runtimes {
  list(): RuntimeStatus[];
  /** `undefined`: AWS does not know that name either. Synchronous: from memory. */
  status(name: string): RuntimeStatus | undefined;
  /** Only for a name whose status is `ready`. The same object for as long as it is the same interpreter. */
  get(name: string): Runtime;
  /** Installs an interpreter. Progress in whole sentences, for people. Idempotent. Throws with what to type next. */
  add(name: string, progress: (line: string) => void, signal: AbortSignal): Promise<RuntimeStatus>;
  /**
   * Runs `name` on the interpreter at `path` from now on, whatever its version; remembered. Throws when that cannot run
   * functions, and says why.
   */
  use(name: string, path: string, signal: AbortSignal): Promise<RuntimeStatus>;
  /** Ends what `use` has begun. Throws when there is nothing to end. */
  forget(name: string): RuntimeStatus;
}
