/** Runs work that yields now and then, and lets other work in at each of these places. Rejects when the signal aborts. */
export async function inTurns<Result>(work: Generator<undefined, Result, void>, signal: AbortSignal): Promise<Result> {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
    await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
  }
}
