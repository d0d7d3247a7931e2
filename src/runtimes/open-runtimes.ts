import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Clock, systemClock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import { nodePackage, RUNTIME_CATALOG, type RuntimeKind } from './catalog.ts';
import { installedNode, installNode } from './node-install.ts';
import { nodeRuntime } from './node-runtime.ts';
import { providedRuntime } from './provided/provided-runtime.ts';
import { pythonAdvice, pythonCommand } from './python-advice.ts';
import { findPythonInterpreters } from './python-interpreters.ts';
import { pythonRuntime } from './python-runtime.ts';
import type { Runtime, RuntimeStatus, Runtimes } from './runtime.ts';

export interface RuntimesOptions {
  /** Where interpreters that we install go, and what we remember of the host's. See `defaultRuntimesDir`. */
  readonly dir: string;
  readonly log: Logger;
  readonly clock?: Clock;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly home?: string;
}

/** `LAMBENT_RUNTIMES_DIR`; else the machine's data directory for root, the user's for others. */
export function defaultRuntimesDir(
  env: Readonly<Record<string, string | undefined>> = process.env,
  uid: number | undefined = process.getuid?.(),
  home: string = homedir(),
): string {
  if (env.LAMBENT_RUNTIMES_DIR) return env.LAMBENT_RUNTIMES_DIR;
  if (uid === 0) return '/var/lib/lambent/runtimes';
  return join(env.XDG_DATA_HOME || join(home, '.local/share'), 'lambent/runtimes');
}

/**
 * Which runtimes this machine has. Interpreters that have not been seen before are run once; the next start knows them.
 */
export async function openRuntimes(options: RuntimesOptions): Promise<Runtimes> {
  const { dir, log, clock = systemClock, env = process.env, home = homedir() } = options;
  const host = { env, home };
  const npmPackage = nodePackage(process.platform, process.arch);
  const ready = new Map<string, { runtime: Runtime; path: string }>();

  const lookForNode = (name: string, major: number) => {
    for (const directory of [npmPackage && pinnedDirectory(npmPackage), join(dir, name)]) {
      const node = directory === undefined ? undefined : installedNode(directory);
      if (node === undefined || !node.version.startsWith(`${major}.`)) continue;
      ready.set(name, { runtime: nodeRuntime({ major, ...node }), path: join(node.directory, 'bin/node') });
      return;
    }
  };
  const lookForPythons = async () => {
    const versions = kinds('python').map(([, { version }]) => version);
    const cacheFile = join(dir, 'python-interpreters.json');
    const found = await findPythonInterpreters({ versions, env, home, cacheFile, log });
    for (const [name, { version }] of kinds('python')) {
      const interpreter = found.get(version);
      if (interpreter === undefined) ready.delete(name);
      else ready.set(name, { runtime: pythonRuntime(interpreter), path: interpreter.path });
    }
  };

  for (const [name] of kinds('provided')) ready.set(name, { runtime: providedRuntime(name), path: 'bootstrap' });
  for (const [name, { major }] of kinds('nodejs')) lookForNode(name, major);
  await lookForPythons();

  const statusOf = (name: string, kind: RuntimeKind): RuntimeStatus => {
    // Another process (`lambent runtime add`) may have installed it since.
    if (kind.family === 'nodejs' && !ready.has(name)) lookForNode(name, kind.major);
    const found = ready.get(name);
    if (found !== undefined) return { kind: 'ready', name, version: found.runtime.version, path: found.path };
    if (kind.family === 'python') return { kind: 'missing', name, command: pythonCommand(kind.version, host) };
    if (kind.family === 'nodejs' && npmPackage !== undefined) {
      return { kind: 'missing', name, command: `lambent runtime add ${name}` };
    }
    return { kind: 'unsupported', name };
  };
  const status = (name: string) => {
    const kind = RUNTIME_CATALOG.get(name);
    return kind === undefined ? undefined : statusOf(name, kind);
  };

  return {
    list: () => [...RUNTIME_CATALOG].map(([name, kind]) => statusOf(name, kind)),
    status,
    get: (name) => {
      const found = ready.get(name);
      if (found === undefined) throw new Error(`the runtime ${name} is not ready: ask for its status first`);
      return found.runtime;
    },
    add: async (name, progress, signal) => {
      const kind = RUNTIME_CATALOG.get(name);
      if (kind === undefined) {
        throw new Error(`There is no runtime ${name}. Type "lambent runtime list" to see which there are.`);
      }
      if (kind.family === 'python') await lookForPythons();
      const before = statusOf(name, kind);
      if (before.kind === 'ready') return before;
      if (kind.family === 'python') throw new Error(await pythonAdvice(kind.version, host, signal));
      if (kind.family !== 'nodejs') throw new Error(`Lambent does not run ${name} yet.`);
      if (npmPackage === undefined) {
        throw new Error(`The npm registry has no package with Node for ${process.platform} on ${process.arch}.`);
      }
      const { major } = kind;
      await installNode({ npmPackage, major, target: join(dir, name), progress, clock, env, signal });
      return statusOf(name, kind);
    },
  };
}

type KindOf<F extends RuntimeKind['family']> = Extract<RuntimeKind, { family: F }>;

function kinds<F extends RuntimeKind['family']>(family: F): [string, KindOf<F>][] {
  return [...RUNTIME_CATALOG].filter((entry): entry is [string, KindOf<F>] => entry[1].family === family);
}

/** The Node that Lambent itself runs on comes as one of its dependencies; `undefined` where npm has left it out. */
function pinnedDirectory(npmPackage: string): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${npmPackage}/package.json`));
  } catch {
    return undefined; // An optional dependency: not installed on a machine it is not for.
  }
}
