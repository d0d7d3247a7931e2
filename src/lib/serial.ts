/** Runs what belongs to one key one after the other, in the order of the calls. */
export type Serial = <T>(key: string, work: () => Promise<T>) => Promise<T>;

export function serial(): Serial {
  const tails = new Map<string, Promise<unknown>>();
  return <T>(key: string, work: () => Promise<T>): Promise<T> => {
    const turn = (tails.get(key) ?? Promise.resolve()).then(work);
    // SAFE: whoever called gets the error through `turn`; the next in line must run in any case.
    const tail = turn.then(
      () => {},
      () => {},
    );
    tails.set(key, tail);
    tail.then(() => {
      if (tails.get(key) === tail) tails.delete(key);
    });
    return turn;
  };
}
