/** AWS: default account limit of concurrent executions, over all functions of an account in a region. */
export const CONCURRENT_EXECUTIONS_MAX = 1_000;

/** Counts invocations in flight for each account and region. */
export interface Counting {
  /** A place to run in, given back by `using`; undefined when all are taken. */
  admit(account: string, region: string): Disposable | undefined;
  /** All invocations in flight: the server drains by it. */
  inFlight(): number;
}

export function counting(inFlightMax: number): Counting {
  const inFlight = new Map<string, number>();
  let total = 0;
  return {
    admit(account, region) {
      const key = `${account} ${region}`;
      const now = inFlight.get(key) ?? 0;
      // No await between the look and the count, or two invocations could take the last place.
      if (now >= inFlightMax) return undefined;
      inFlight.set(key, now + 1);
      total += 1;
      let held = true;
      return {
        [Symbol.dispose]: () => {
          if (!held) return;
          held = false;
          total -= 1;
          const left = (inFlight.get(key) ?? 1) - 1;
          if (left === 0) inFlight.delete(key);
          else inFlight.set(key, left);
        },
      };
    },
    inFlight: () => total,
  };
}
