import type { ReadOnlyMount } from '../sandbox.ts';

/**
 * Turns a path as inside a sandbox into the host's, for an adapter that mounts nothing: the target of a mount, and
 * what lies below it. Any other text stays as it is.
 */
export function translation(mounts: readonly ReadOnlyMount[]): (word: string) => string {
  // The longest first: a mount may lie below another's target.
  const byLength = mounts.toSorted((a, b) => b.target.length - a.target.length);
  return (word) => {
    const mount = byLength.find(({ target }) => word === target || word.startsWith(`${target}/`));
    return mount === undefined ? word : mount.source + word.slice(mount.target.length);
  };
}
