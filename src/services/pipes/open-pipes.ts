import { createRequire } from 'node:module';
import { PIPES } from './pipe.ts';
import type { Pipes, PipesOptions } from './pipes.ts';

export interface OpenPipes extends AsyncDisposable {
  /** Loads the pipes, and reads for those that run, when first called. Rejects when they cannot be read. */
  core(): Promise<Pipes>;
  /** Loads them if there are any. */
  resume(): Promise<void>;
  /** See `Pipes.drain`. */
  drain(signal: AbortSignal): Promise<void>;
}

const require = createRequire(import.meta.url);

/** Nothing of it is loaded before somebody asks for a pipe, or one is there to be read for. */
export function openPipesLate(options: PipesOptions): OpenPipes {
  let opened: Promise<Pipes> | undefined;
  let isClosed = false;
  const core = (): Promise<Pipes> => {
    if (isClosed) return Promise.reject(new Error('the pipes are closed'));
    if (opened !== undefined) return opened;
    const opening = (require('./pipes.ts') as typeof import('./pipes.ts')).openPipes(options);
    opened = opening;
    opening.catch(() => {
      // Whoever asked for them is told; the next one tries again.
      opened = undefined;
    });
    return opening;
  };
  /** The pipes, if they are open or about to be. Whoever asked for them is told why they could not be opened. */
  const underWay = async (): Promise<Pipes | undefined> => {
    const [outcome] = await Promise.allSettled([opened]);
    return outcome.status === 'fulfilled' ? outcome.value : undefined;
  };
  return {
    core,
    async resume() {
      const [first] = await options.records.list(PIPES, { limit: 1 });
      if (first !== undefined && !isClosed) await core();
    },
    drain: async (signal) => await (await underWay())?.drain(signal),
    async [Symbol.asyncDispose]() {
      isClosed = true;
      await (await underWay())?.[Symbol.asyncDispose]();
    },
  };
}
