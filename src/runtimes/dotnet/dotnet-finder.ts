import { existsSync, mkdirSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { DOTNET_MAJORS } from '../catalog.ts';
import type { FinderOptions, Host, Interpreter, RuntimeFinder } from '../finder.ts';
import { hostFinder } from '../host-finder.ts';
import { aptOffers } from '../host-programs.ts';
import { findCompiler, guestDirectory, guestFile, hadGuest, makeGuest } from './dotnet-guest.ts';
import { dotnetRuntime } from './dotnet-runtime.ts';

const LOOK_MS_MAX = 120_000;

/**
 * .NET is the host's. Nothing is run to find it: the runtimes of a `dotnet` are directories beside it. What drives class
 * libraries is compiled with the host's SDK, for a person who has asked for .NET; executables run without it.
 */
export function dotnetFinder({ dir, host, log }: FinderOptions): RuntimeFinder {
  const guestDir = guestDirectory(dir);
  const search = () => newestOfMajors(places(host).flatMap(interpreters));
  /** False: there is no compiler. `dotnet` is looked at before the host's own. */
  const prepare = async (runtime: Interpreter, signal: AbortSignal): Promise<boolean> => {
    const compiler = findCompiler([runtime.path, ...[...search().values()].map(({ path }) => path)]);
    if (compiler === undefined) return existsSync(join(guestDir, guestFile(runtime)));
    await makeGuest(guestDir, runtime, compiler, signal);
    return true;
  };
  const versions = new Map(DOTNET_MAJORS.map((major) => [`dotnet${major}`, String(major)]));
  const finder = hostFinder({
    versions,
    search: async () => search(),
    command: (name) => `lambent runtime add ${name}`,
    advice: (name, major, signal) => advice(name, major, host, signal),
    named: {
      inspect: async (_name, path, signal) => {
        const [newest] = interpreters(path).toSorted(newerFirst);
        if (newest === undefined) throw new Error(`There is no ${path} with a .NET runtime beside it.`);
        await prepare(newest, signal);
        return newest;
      },
      runtime: (name, interpreter) => dotnetRuntime(name, interpreter, guestDir),
    },
  });
  return {
    ...finder,
    look: async () => {
      // Sandboxes that wait before a person asks for class libraries see the directory that the library comes into.
      if (search().size > 0) mkdirSync(guestDir, { recursive: true });
      await finder.look();
      // Afterwards another .NET, or a new version of Lambent, needs no word.
      if (!hadGuest(dir)) return;
      for (const runtime of search().values()) {
        try {
          await prepare(runtime, AbortSignal.timeout(LOOK_MS_MAX));
        } catch (error) {
          log.warn({ err: error, dotnet: runtime.path }, 'cannot prepare .NET class libraries');
        }
      }
    },
    add: async (name, progress, signal) => {
      await finder.add(name, progress, signal);
      const major = versions.get(name);
      const runtime = major === undefined ? undefined : search().get(major);
      if (runtime === undefined) return;
      progress(`Preparing ${name} for ${runtime.path}.`);
      if (await prepare(runtime, signal)) return;
      progress(
        `Executables run on it. Class libraries (Assembly::Type::Method) need a C# compiler once: install the package dotnet-sdk-${major}.0, and run this command again.`,
      );
    },
  };
}

async function advice(name: string, major: string, host: Host, signal: AbortSignal): Promise<string> {
  const sdk = `dotnet-sdk-${major}.0`;
  const install = (await aptOffers(sdk, host, signal))
    ? `Type: apt-get install ${sdk}; then: lambent runtime add ${name}`
    : `Install the package ${sdk} (https://dotnet.microsoft.com/download), and type: lambent runtime add ${name}`;
  return `.NET ${major} is not on this machine. ${install}. To use a dotnet in another place, type: lambent runtime add ${name} --path FILE`;
}

function newestOfMajors(found: readonly Interpreter[]): Map<string, Interpreter> {
  // What comes later takes the place: the newest one comes last.
  return new Map(
    found
      .toSorted(newerFirst)
      .reverse()
      .map((one) => [one.version.split('.')[0] ?? '', one]),
  );
}

/** Where a `dotnet` may be, whether or not there is one. */
function places({ env, home }: Host): string[] {
  const path = (env.PATH ?? '').split(delimiter).filter((directory) => directory.startsWith('/'));
  const roots = [
    env.DOTNET_ROOT,
    ...path,
    '/usr/share/dotnet',
    '/usr/lib/dotnet',
    '/usr/lib64/dotnet',
    join(home, '.dotnet'),
  ];
  return roots.flatMap((root) => (root ? [join(root, 'dotnet')] : []));
}

/** The released runtimes that this `dotnet` has; none if it is not one. */
function interpreters(dotnet: string): Interpreter[] {
  try {
    const path = realpathSync(dotnet);
    if (!statSync(path).isFile()) return [];
    const prefix = dirname(path);
    return readdirSync(join(prefix, 'shared/Microsoft.NETCore.App'))
      .filter((version) => /^\d+\.\d+\.\d+$/.test(version))
      .map((version) => ({ path, version, prefix }));
  } catch {
    return []; // Not there, which is the usual case.
  }
}

function newerFirst(one: Interpreter, other: Interpreter): number {
  return other.version.localeCompare(one.version, 'en', { numeric: true });
}
