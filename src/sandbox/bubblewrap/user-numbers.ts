import { readFileSync } from 'node:fs';

/** One user number of the host for each living sandbox, so that the kernel's bounds per user do not join them. */
export interface UserNumbers {
  /** Throws when all are taken. */
  take(): UserNumber;
}
export interface UserNumber extends Disposable {
  readonly uid: number;
}

export const SANDBOXES_MAX = 2_048;
// From 2^20, past the people's and services' accounts, to below 2^30 + 2^20. Two servers of one host have other
// process ids and so other numbers; should the ids wrap around onto the same, the namespaces still hold.
const FIRST = 2 ** 20;
const SERVERS_MAX = 2 ** 19;

export function userNumbers(pid: number): UserNumbers {
  const base = FIRST + (pid % SERVERS_MAX) * SANDBOXES_MAX;
  const taken = new Set<number>();
  return {
    take: () => {
      let slot = 0;
      while (taken.has(slot)) slot += 1;
      if (slot >= SANDBOXES_MAX)
        throw new Error(`${SANDBOXES_MAX} sandboxes are alive: that is the most one server holds`);
      taken.add(slot);
      return { uid: base + slot, [Symbol.dispose]: () => void taken.delete(slot) };
    },
  };
}

/**
 * Whether processes can be given any user number of the host: not in a user namespace, where an ordinary user has
 * but the one number, and all sandboxes share it.
 */
export function hasEveryUser(): boolean {
  const [inside, outside, count] = readFileSync('/proc/self/uid_map', 'utf8').trim().split(/\s+/).map(Number);
  return (
    process.getuid?.() === 0 && inside === 0 && outside === 0 && (count ?? 0) > FIRST + SERVERS_MAX * SANDBOXES_MAX
  );
}
