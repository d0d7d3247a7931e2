import { existsSync, readFileSync, readlinkSync } from 'node:fs';

// The server runs in a mount namespace of its own, and so do its sandboxes' mounts: when they are dead, however that
// came about, the kernel removes every mount they made. Node is not able to enter one by itself (the kernel refuses to
// a process with several threads), so whoever starts the server does, with `ownMountsCommand`.

/** Set to `1` by whoever starts a process in a mount namespace of its own. It never reaches a sandbox. */
export const OWN_MOUNTS_VARIABLE = 'LAMBENT_OWN_MOUNTS';

/**
 * The words that stand before a command to run it with its own mounts. An ordinary user is allowed that in a user
 * namespace. `slave`: mounts of the host go on to appear inside, ours never appear outside.
 */
export function ownMountsCommand(isAdministrator: boolean): string[] {
  const user = isAdministrator ? [] : ['--user', '--map-root-user'];
  return ['unshare', ...user, '--mount', '--propagation', 'slave', '--', 'env', `${OWN_MOUNTS_VARIABLE}=1`];
}

/** Why mounts made here could outlive us or be seen by others; `undefined` when they cannot. */
export function ownMountsMissing(): string | undefined {
  const advice = `start it with bin/lambent, or put this before the command: ${ownMountsCommand(isAdministrator()).join(' ')}`;
  if (process.env[OWN_MOUNTS_VARIABLE] !== '1') return `this process has no mount namespace of its own: ${advice}`;
  if (namespaceOf('self') === namespaceOf('1')) {
    return `${OWN_MOUNTS_VARIABLE} is set, but this process shares the host’s mount namespace: ${advice}`;
  }
  const root = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .find((line) => line.split(' ')[4] === '/');
  if (root?.includes(' shared:')) return `mounts made by this process would appear on the host: ${advice}`;
  return undefined;
}

/** Whether we are root outside of our user namespace as well: within it, its maker looks like root. */
export function isAdministrator(): boolean {
  if (process.getuid?.() !== 0) return false;
  const [, outside] = existsSync(UID_MAP) ? readFileSync(UID_MAP, 'utf8').trim().split(/\s+/) : [];
  return outside === undefined || outside === '0';
}
const UID_MAP = '/proc/self/uid_map'; // Not on other systems.

/** A name that is the same for processes in one mount namespace; unique when we may not look. */
function namespaceOf(pid: string): string | symbol {
  try {
    return readlinkSync(`/proc/${pid}/ns/mnt`);
  } catch {
    return Symbol(pid); // Not permitted: then it is another user's namespace, which is what we hope for.
  }
}
