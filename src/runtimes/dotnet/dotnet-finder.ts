import { readdirSync, realpathSync, statSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { DOTNET_MAJORS } from '../catalog.ts';
import type { FinderOptions, Host, Interpreter, RuntimeFinder } from '../finder.ts';
import { hostFinder } from '../host-finder.ts';
import { dotnetRuntime } from './dotnet-runtime.ts';

/** Nothing is run to find .NET: the runtimes of a `dotnet` are directories beside it. */
export function dotnetFinder({ host }: Pick<FinderOptions, 'host'>): RuntimeFinder {
  return hostFinder({
    versions: new Map(DOTNET_MAJORS.map((major) => [`dotnet${major}`, String(major)])),
    search: async () => newestOfMajors(places(host).flatMap(interpreters)),
    command: (name) => `lambent runtime add ${name}`,
    advice: (name, major) =>
      `.NET ${major} is not on this machine. Install the package dotnet-runtime-${major}.0 (https://dotnet.microsoft.com/download), and restart Lambent, which finds it by itself. To use a dotnet in another place, type: lambent runtime add ${name} --path FILE`,
    named: {
      inspect: async (_name, path) => {
        const [newest] = interpreters(path).toSorted(newerFirst);
        if (newest === undefined) throw new Error(`There is no ${path} with a .NET runtime beside it.`);
        return newest;
      },
      runtime: dotnetRuntime,
    },
  });
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
