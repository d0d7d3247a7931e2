/** Work that outlives the request that started it. Whoever starts it here need not wait; whoever ends the server does. */
export interface Background extends AsyncDisposable {
  /** Starts the work; it stops when the signal aborts. An error of the work is told to `onError`. */
  run(work: (signal: AbortSignal) => Promise<void>): void;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

export function background(onError: (error: unknown) => void): Background {
  const stopping = new AbortController();
  const underWay = new Set<Promise<void>>();
  const idle = async () => {
    while (underWay.size > 0) await Promise.all(underWay);
  };
  return {
    run(work) {
      if (stopping.signal.aborted) return;
      const running = work(stopping.signal)
        .catch((error) => {
          if (!stopping.signal.aborted) onError(error);
        })
        .finally(() => underWay.delete(running));
      underWay.add(running);
    },
    idle,
    async [Symbol.asyncDispose]() {
      stopping.abort(new Error('the server stops'));
      await idle();
    },
  };
}
