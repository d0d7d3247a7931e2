import { readdirSync, realpathSync, statSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { DOTNET_MAJORS } from '../catalog.ts';
import {
  type FinderOptions,
  type FoundRuntime,
  type Host,
  type Interpreter,
  notReady,
  type RuntimeFinder,
  readyStatus,
} from '../finder.ts';
import { dotnetRuntime } from './dotnet-runtime.ts';

/** .NET is the host's. Nothing is run to find it: the runtimes of a `dotnet` are directories beside it. */
export function dotnetFinder({ host }: Pick<FinderOptions, 'host'>): RuntimeFinder {
  const majors = new Map(DOTNET_MAJORS.map((major) => [`dotnet${major}`, major]));
  const ready = new Map<string, FoundRuntime>();

  const look = async () => {
    const found = places(host).flatMap(interpreters);
    for (const [name, major] of majors) {
      const [newest] = found
        .filter(({ version }) => version.startsWith(`${major}.`))
        .toSorted((one, other) => compare(other.version, one.version));
      if (newest === undefined) ready.delete(name);
      else ready.set(name, { runtime: dotnetRuntime(name, newest), path: newest.path });
    }
  };

  return {
    names: [...majors.keys()],
    look,
    status: (name) => {
      const found = ready.get(name);
      if (found !== undefined) return readyStatus(name, found);
      return { kind: 'missing', name, command: `lambent runtime add ${name}` };
    },
    get: (name) => {
      const found = ready.get(name);
      if (found === undefined) throw notReady(name);
      return found.runtime;
    },
    add: async (name) => {
      await look();
      if (ready.has(name)) return;
      throw new Error(
        `.NET ${majors.get(name)} is not on this machine. Install the package dotnet-runtime-${majors.get(name)}.0 (https://dotnet.microsoft.com/download), and restart Lambent, which finds it by itself. To use a dotnet in another place, type: lambent runtime add ${name} --path FILE`,
      );
    },
    named: {
      inspect: async (_name, path) => {
        const [newest] = interpreters(path).toSorted((one, other) => compare(other.version, one.version));
        if (newest === undefined) throw new Error(`There is no ${path} with a .NET runtime beside it.`);
        return newest;
      },
      runtime: dotnetRuntime,
    },
  };
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

function compare(one: string, other: string): number {
  return one.localeCompare(other, 'en', { numeric: true });
}
