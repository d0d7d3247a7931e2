import { PROVIDED_NAMES } from '../catalog.ts';
import { notReady, type RuntimeFinder, readyStatus } from '../finder.ts';
import { providedRuntime } from './provided-runtime.ts';

/** Custom runtimes need nothing of this machine: the function brings its own program. */
export function providedFinder(): RuntimeFinder {
  const runtimes = new Map(PROVIDED_NAMES.map((name) => [name, providedRuntime(name)]));
  const get = (name: string) => {
    const runtime = runtimes.get(name);
    if (runtime === undefined) throw notReady(name);
    return runtime;
  };
  return {
    names: PROVIDED_NAMES,
    look: async () => {},
    status: (name) => readyStatus(name, { runtime: get(name), path: 'bootstrap' }),
    get,
    add: async () => {},
  };
}
