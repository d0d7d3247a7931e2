import { PROVIDED_NAMES } from '../catalog.ts';
import { foundRuntimes, type RuntimeFinder } from '../finder.ts';
import { providedRuntime } from './provided-runtime.ts';

/** Custom runtimes need nothing of this machine: the function brings its own program. */
export function providedFinder(): RuntimeFinder {
  const ready = foundRuntimes((name) => ({ kind: 'unsupported', name }));
  for (const name of PROVIDED_NAMES) ready.set(name, { runtime: providedRuntime(name), path: 'bootstrap' });
  return { names: PROVIDED_NAMES, look: async () => {}, status: ready.status, get: ready.get, add: async () => {} };
}
