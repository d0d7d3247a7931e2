import { join } from 'node:path';
import { PYTHON_VERSIONS } from './catalog.ts';
import { type FinderOptions, type FoundRuntime, notReady, type RuntimeFinder, readyStatus } from './finder.ts';
import { pythonAdvice, pythonCommand } from './python-advice.ts';
import { findPythonInterpreters, inspectPython } from './python-interpreters.ts';
import { pythonRuntime } from './python-runtime.ts';

/** Python is the host's: Lambent finds it, and says how to install it. */
export function pythonFinder({ dir, host, log }: FinderOptions): RuntimeFinder {
  const versions = new Map(PYTHON_VERSIONS.map((version) => [`python${version}`, version]));
  const ready = new Map<string, FoundRuntime>();

  const look = async () => {
    const cacheFile = join(dir, 'python-interpreters.json');
    const found = await findPythonInterpreters({ versions: PYTHON_VERSIONS, ...host, cacheFile, log });
    for (const [name, version] of versions) {
      const interpreter = found.get(version);
      if (interpreter === undefined) ready.delete(name);
      else ready.set(name, { runtime: pythonRuntime(name, interpreter), path: interpreter.path });
    }
  };
  const versionOf = (name: string): string => {
    const version = versions.get(name);
    if (version === undefined) throw new Error(`not a Python runtime: ${name}`);
    return version;
  };

  return {
    names: [...versions.keys()],
    look,
    status: (name) => {
      const found = ready.get(name);
      if (found !== undefined) return readyStatus(name, found);
      return { kind: 'missing', name, command: pythonCommand(versionOf(name), host) };
    },
    get: (name) => {
      const found = ready.get(name);
      if (found === undefined) throw notReady(name);
      return found.runtime;
    },
    add: async (name, _progress, signal) => {
      await look();
      if (!ready.has(name)) throw new Error(await pythonAdvice(versionOf(name), host, signal));
    },
    named: {
      inspect: (_name, path, signal) => inspectPython(path, host.home, signal),
      runtime: pythonRuntime,
    },
  };
}
