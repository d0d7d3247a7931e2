import { foundRuntimes, type Interpreter, type NamedInterpreters, type RuntimeFinder } from './finder.ts';

/** A family whose interpreters are the host's: Lambent finds them, and says how to get one that is missing. */
export interface HostFamily {
  /** AWS's names, newest first, each with the version of the interpreter that it stands for. */
  readonly versions: ReadonlyMap<string, string>;
  /** What this host has: the best interpreter of each version. */
  search(): Promise<ReadonlyMap<string, Interpreter>>;
  /** What to type for a missing one, as far as it can be told without running anything. */
  command(name: string, version: string): string;
  /** How to get a missing one, in whole sentences. May ask the package manager. */
  advice(name: string, version: string, signal: AbortSignal): string | Promise<string>;
  readonly named: NamedInterpreters;
}

/** Installs nothing: `add` looks once more, for what has come since, and throws advice. */
export function hostFinder({ versions, search, command, advice, named }: HostFamily): RuntimeFinder {
  const versionOf = (name: string): string => {
    const version = versions.get(name);
    if (version === undefined) throw new Error(`not a runtime of this family: ${name}`);
    return version;
  };
  const ready = foundRuntimes((name) => ({ kind: 'missing', name, command: command(name, versionOf(name)) }));

  const look = async (): Promise<void> => {
    const found = await search();
    for (const [name, version] of versions) {
      const interpreter = found.get(version);
      if (interpreter === undefined) ready.delete(name);
      else ready.set(name, { runtime: named.runtime(name, interpreter), path: interpreter.path });
    }
  };
  return {
    names: [...versions.keys()],
    look,
    status: ready.status,
    get: ready.get,
    add: async (name, _progress, signal) => {
      await look();
      if (!ready.has(name)) throw new Error(await advice(name, versionOf(name), signal));
    },
    named,
  };
}
