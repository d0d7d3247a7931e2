import { existsSync } from 'node:fs';

/** What works on something durable in the background. */
export interface Worker extends AsyncDisposable {
  /** Begins nothing more. */
  stop(): void;
}

/** A worker that is made, with its code and its file, when it is first needed. */
export interface Late<Made extends Worker> extends AsyncDisposable {
  get(): Promise<Made>;
  /** Makes it if its file is there: a former process may have left something in it. Not after a stop. */
  resume(): Promise<void>;
  stop(): void;
}

export function openLate<Made extends Worker>(path: string, make: () => Promise<Made>): Late<Made> {
  let made: Promise<Made> | undefined;
  let isStopped = false;
  const get = (): Promise<Made> => {
    if (made !== undefined) return made;
    const making = make().then((worker) => {
      if (isStopped) worker.stop();
      return worker;
    });
    made = making;
    making.catch(() => {
      // Whoever needed it is told; the next one tries again.
      made = undefined;
    });
    return making;
  };
  return {
    get,
    async resume() {
      if (!isStopped && existsSync(path)) await get();
    },
    stop() {
      isStopped = true;
      made?.then(
        (worker) => worker.stop(),
        () => {}, // SAFE: what could not be made has nothing to stop, and whoever needed it was told.
      );
    },
    async [Symbol.asyncDispose]() {
      isStopped = true;
      // SAFE: what could not be made has nothing to close, and whoever needed it was told.
      const worker = await made?.catch(() => undefined);
      await worker?.[Symbol.asyncDispose]();
    },
  };
}
