/** The value below which `percent` of the values lie (nearest rank). Throws for no values. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const found = sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
  if (found === undefined) throw new Error('nothing was measured');
  return found;
}

export const median = (values: readonly number[]): number => percentile(values, 50);

/** Whether a number keeps what the README promises of it. */
export function promise(value: number, bound: { atMost: number } | { atLeast: number }): string {
  return 'atMost' in bound
    ? `promised <= ${bound.atMost}: ${value <= bound.atMost ? 'kept' : 'BROKEN'}`
    : `promised >= ${bound.atLeast}: ${value >= bound.atLeast ? 'kept' : 'BROKEN'}`;
}
