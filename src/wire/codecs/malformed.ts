/** A request that cannot be read: the caller's mistake. Each protocol answers it in its own words, always with a 4xx. */
export class Malformed extends Error {}

/**
 * Deepest nesting of a body. Recursive shapes (DynamoDB values, documents) are the only way to get far; AWS stops at
 * 32 levels of a DynamoDB item, each of which is two levels here.
 */
export const DEPTH_MAX = 128;

export function assertDepth(depth: number): void {
  if (depth > DEPTH_MAX) throw new Malformed(`The request is nested more than ${DEPTH_MAX} levels deep`);
}
