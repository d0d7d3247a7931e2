import { homedir } from 'node:os';
import { join } from 'node:path';
import { type Clock, systemClock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import { UNSUPPORTED_NAMES } from './catalog.ts';
import { dotnetFinder } from './dotnet/dotnet-finder.ts';
import { type FoundRuntime, type RuntimeFinder, readyStatus } from './finder.ts';
import { javaFinder } from './java-finder.ts';
import { namedInterpretersFile } from './named-interpreters.ts';
import { nodeFinder } from './node-finder.ts';
import { providedFinder } from './provided/provided-finder.ts';
import { pythonFinder } from './python-finder.ts';
import { rubyFinder } from './ruby-finder.ts';
import type { RuntimeStatus, Runtimes } from './runtime.ts';

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

/** Which runtimes this machine has: what each family's finder finds, and what people have named. */
export async function openRuntimes(options: RuntimesOptions): Promise<Runtimes> {
  const { dir, log, clock = systemClock, env = process.env, home = homedir() } = options;
  const host = { env, home };
  const common = { dir, host, log };
  const finders: readonly RuntimeFinder[] = [
    nodeFinder({ ...common, clock }),
    pythonFinder(common),
    rubyFinder(common),
    javaFinder(common),
    dotnetFinder(common),
    providedFinder(),
  ];
  const finderOf = new Map(finders.flatMap((finder) => finder.names.map((name) => [name, finder] as const)));
  const namedFile = namedInterpretersFile(join(dir, 'named-interpreters.json'));
  await Promise.all(finders.map((finder) => finder.look()));

  const named = new Map<string, FoundRuntime>();
  /** One object for as long as the same interpreter is named. */
  const namedRuntime = (name: string): FoundRuntime | undefined => {
    const wanted = finderOf.get(name)?.named;
    const interpreter = wanted === undefined ? undefined : namedFile.get(name);
    if (wanted === undefined || interpreter === undefined) return undefined;
    const known = named.get(name);
    if (known?.path === interpreter.path && known.runtime.version === interpreter.version) return known;
    const found = { runtime: wanted.runtime(name, interpreter), path: interpreter.path };
    named.set(name, found);
    return found;
  };
  const status = (name: string): RuntimeStatus | undefined => {
    const found = namedRuntime(name);
    if (found !== undefined) return readyStatus(name, found);
    if (UNSUPPORTED_NAMES.includes(name)) return { kind: 'unsupported', name };
    return finderOf.get(name)?.status(name);
  };
  const statusAfter = (name: string): RuntimeStatus => {
    const now = status(name);
    if (now === undefined) throw unknown(name);
    return now;
  };
  /** Throws for what cannot be added. */
  const finderFor = (name: string): RuntimeFinder => {
    const finder = finderOf.get(name);
    if (finder !== undefined) return finder;
    throw UNSUPPORTED_NAMES.includes(name) ? new Error(`Lambent does not run ${name} yet.`) : unknown(name);
  };

  return {
    list: () => [...finderOf.keys(), ...UNSUPPORTED_NAMES].flatMap((name) => status(name) ?? []),
    status,
    get: (name) => namedRuntime(name)?.runtime ?? finderFor(name).get(name),
    add: async (name, progress, signal) => {
      const finder = finderFor(name);
      if (namedRuntime(name) === undefined) await finder.add(name, progress, signal);
      return statusAfter(name);
    },
    use: async (name, path, signal) => {
      const finder = finderFor(name);
      if (finder.named === undefined)
        throw new Error(`${name} has no interpreter: the function brings its own program.`);
      namedFile.set(name, await finder.named.inspect(name, path, signal));
      return statusAfter(name);
    },
    forget: (name) => {
      finderFor(name);
      if (!namedFile.remove(name)) throw new Error(`No interpreter was named for ${name}, so there is none to remove.`);
      return statusAfter(name);
    },
  };
}

function unknown(name: string): Error {
  return new Error(`There is no runtime ${name}. Type "lambent runtime list" to see which there are.`);
}
