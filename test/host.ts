// What a server holds on this host, seen from outside, so that a leak shows. Linux only, as sandboxes are.
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** One process for ever: numbers are used again, number and start time together are not. */
export interface HostProcess {
  readonly pid: number;
  readonly parent: number;
  readonly startTime: string;
  readonly isZombie: boolean;
}

function processAt(pid: number): HostProcess | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    // It has ended since we saw its number, which is what undefined says.
    return undefined;
  }
  // The name in parentheses may hold anything; after it: state, parent, …, start time as the 22nd field of all.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { pid, parent: Number(fields[1]), startTime: fields[19] ?? '', isZombie: fields[0] === 'Z' };
}

/** All processes below this one, sandboxes' included: the host sees into their process namespaces. */
export function descendants(ofPid: number): HostProcess[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => processAt(Number(name)))
    .filter((found) => found !== undefined);
  const found: HostProcess[] = [];
  for (let parents = new Set([ofPid]); parents.size > 0; ) {
    const children = all.filter((one) => parents.has(one.parent));
    found.push(...children);
    parents = new Set(children.map((one) => one.pid));
  }
  return found;
}

export function isAlive(one: HostProcess): boolean {
  const now = processAt(one.pid);
  return now !== undefined && now.startTime === one.startTime && !now.isZombie;
}

/** Whether a process still runs the program that makes sandboxes, and so nothing of a function's yet. */
export function isBeingMade(one: HostProcess): boolean {
  try {
    return basename(readlinkSync(`/proc/${one.pid}/exe`)) === 'bwrap';
  } catch {
    // It has ended since, so it is nothing any more.
    return false;
  }
}

/** Processes in these control groups and in those below them: also those born after somebody looked for descendants. */
export function members(groups: readonly string[]): HostProcess[] {
  const pids = groups.flatMap((group) => {
    try {
      return readFileSync(join(group, 'cgroup.procs'), 'utf8')
        .split('\n')
        .filter((line) => line !== '');
    } catch {
      // The group has been removed, so nobody is in it.
      return [];
    }
  });
  return [...new Set(pids)].map((pid) => processAt(Number(pid))).filter((found) => found !== undefined);
}

/** The control group directories that these processes are in, beyond those that `ours` is in. */
export function controlGroups(of: readonly HostProcess[], ours: number): string[] {
  const shared = new Set(directories(ours));
  return [...new Set(of.flatMap((one) => directories(one.pid)))].filter((directory) => !shared.has(directory));
}

function directories(pid: number): string[] {
  let groups: string;
  try {
    groups = readFileSync(`/proc/${pid}/cgroup`, 'utf8');
  } catch {
    // It has ended, so it is in none.
    return [];
  }
  return groups
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [, controllers = '', path = ''] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
      const roots =
        controllers === ''
          ? ['/sys/fs/cgroup', '/sys/fs/cgroup/unified']
          : [`/sys/fs/cgroup/${controllers}`, `/sys/fs/cgroup/${controllers.replace('name=', '')}`];
      return roots.map((root) => root + path).filter((directory) => path !== '/' && existsSync(directory));
    });
}

export function openDescriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** Mounts in the namespace of a process. */
export function mounts(pid: number): number {
  return readFileSync(`/proc/${pid}/mountinfo`, 'utf8').trim().split('\n').length;
}

/** These directories and those beside them: groups whose processes are gone are still there. */
export function siblings(groups: readonly string[]): string[] {
  const parents = [...new Set(groups.map((group) => dirname(group)))];
  return parents.filter(existsSync).flatMap((parent) =>
    readdirSync(parent, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(parent, entry.name)),
  );
}
