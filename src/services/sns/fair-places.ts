/** Places that accounts share. */
export interface FairPlaces {
  /**
   * Whether the account may take one more. It may have as many as are free: alone it gets half, two get a third each, so that
   * there is always one left for the next account, whatever the others do (dynamic thresholds, as in the dispatcher).
   */
  isFree(account: string): boolean;
  /** To be given back by disposing. */
  take(account: string): Disposable;
}

export function fairPlaces(countMax: number): FairPlaces {
  const byAccount = new Map<string, number>();
  let taken = 0;
  const change = (account: string, by: 1 | -1): void => {
    const count = (byAccount.get(account) ?? 0) + by;
    if (count === 0) byAccount.delete(account);
    else byAccount.set(account, count);
    taken += by;
  };
  return {
    isFree: (account) => (byAccount.get(account) ?? 0) < countMax - taken,
    take(account) {
      change(account, 1);
      return { [Symbol.dispose]: () => change(account, -1) };
    },
  };
}
