import { join } from 'node:path';
import { PYTHON_VERSIONS } from './catalog.ts';
import type { FinderOptions, RuntimeFinder } from './finder.ts';
import { hostFinder } from './host-finder.ts';
import { pythonAdvice, pythonCommand } from './python-advice.ts';
import { findPythonInterpreters, inspectPython } from './python-interpreters.ts';
import { pythonRuntime } from './python-runtime.ts';

export function pythonFinder({ dir, host, log }: FinderOptions): RuntimeFinder {
  const cacheFile = join(dir, 'python-interpreters.json');
  return hostFinder({
    versions: new Map(PYTHON_VERSIONS.map((version) => [`python${version}`, version])),
    search: () => findPythonInterpreters({ versions: PYTHON_VERSIONS, ...host, cacheFile, log }),
    command: (_name, version) => pythonCommand(version, host),
    advice: (_name, version, signal) => pythonAdvice(version, host, signal),
    named: {
      inspect: (_name, path, signal) => inspectPython(path, host.home, signal),
      runtime: pythonRuntime,
    },
  });
}
