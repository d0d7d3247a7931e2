import type { Serial } from '../../lib/serial.ts';

/** Things by name, each of which stays while somebody holds it and is removed, in the background, when nobody does. */
export interface Kept extends AsyncDisposable {
  /** Keeps it until disposed. */
  hold(name: string): Disposable;
  /** Removes it, unless somebody holds it when its turn has come. */
  letGo(name: string): void;
  /** Resolves when the removals that have begun are done. */
  idle(): Promise<void>;
  /** No more is removed. Resolves as `idle`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** `remove` is called while nobody else has the name's turn of `oneAtATime`; what it rejects with is told to `onError`. */
export function keep(options: {
  oneAtATime: Serial;
  remove: (name: string) => Promise<void>;
  onError: (error: unknown) => void;
}): Kept {
  const { oneAtATime, remove, onError } = options;
  const holds = new Map<string, number>();
  const removals = new Set<Promise<void>>();
  let closed = false;

  const letGo = (name: string): void => {
    if (closed) return;
    const removal = oneAtATime(name, async () => {
      if (!holds.has(name)) await remove(name);
    })
      .catch(onError)
      .finally(() => removals.delete(removal));
    removals.add(removal);
  };
  const idle = async () => {
    await Promise.all(removals);
  };

  return {
    hold(name) {
      holds.set(name, (holds.get(name) ?? 0) + 1);
      let held = true;
      return {
        [Symbol.dispose]: () => {
          if (!held) return;
          held = false;
          const left = (holds.get(name) ?? 0) - 1;
          if (left > 0) return void holds.set(name, left);
          holds.delete(name);
          letGo(name);
        },
      };
    },
    letGo,
    idle,
    async [Symbol.asyncDispose]() {
      closed = true;
      await idle();
    },
  };
}
