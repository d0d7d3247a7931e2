/** The value below which `percent` of the values lie (nearest rank). Throws for no values. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const found = sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
  if (found === undefined) throw new Error('nothing was measured');
  return found;
}

export const median = (values: readonly number[]): number => percentile(values, 50);

/** An aim, and whether a number reaches it. */
export function aim(value: number, bound: { atMost: number } | { atLeast: number }): string {
  return 'atMost' in bound
    ? `<= ${bound.atMost}, ${value <= bound.atMost ? 'met' : 'MISSED'}`
    : `>= ${bound.atLeast.toFixed(2)}, ${value >= bound.atLeast ? 'met' : 'MISSED'}`;
}
