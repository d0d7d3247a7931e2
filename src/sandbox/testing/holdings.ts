import { globSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { runBase } from '../bubblewrap/run-directory.ts';
import { hasEveryUser } from '../bubblewrap/user-numbers.ts';
import { hierarchies } from '../cgroups/hierarchies.ts';

/** What this process and its sandboxes hold of the host: alike before and after. Other servers' things do not count. */
export function holdings(): Record<string, unknown> {
  const ours = `lambent-${process.pid}-`;
  return {
    // Sockets, pipes and process descriptors: what the module loader has open is not ours.
    descriptors: readdirSync('/proc/self/fd').filter((fd) => /^(socket|pipe|anon_inode:\[pidfd|net:)/.test(linkOf(fd)))
      .length,
    children: globSync('/proc/self/task/*/children').flatMap((path) => words(path)).length,
    mounts: mountPoints(ours),
    groups: groupsOf(process.pid),
    temporary: readdirSync(tmpdir()).filter((name) => name.startsWith('lambent-')),
  };
}

/** The control groups of the server with this process id, in every tree. Below its own group, or at the top. */
export function groupsOf(pid: number): string[] {
  const trees = hierarchies(readFileSync('/proc/self/cgroup', 'utf8'), readFileSync('/proc/self/mountinfo', 'utf8'));
  const parents = new Set(trees.flatMap(({ own, mountPoint }) => [own, mountPoint]));
  return [...parents].flatMap((parent) => globSync(`${parent}/lambent-${pid}-*{,/*/}`)).sort();
}

export function mountPoints(part: string): string[] {
  return words('/proc/self/mountinfo', '\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((mountPoint) => mountPoint.includes(part));
}

/** Where servers with this process id keep what the next one has to know. */
export function runDirectoriesOf(pid: number): string[] {
  return globSync(`${runBase(hasEveryUser())}/lambent-${pid}-*`);
}

/** Every process of the host whose command holds this text. */
export function processesWith(part: string): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && words(`/proc/${pid}/cmdline`, '\0').some((word) => word.includes(part)));
}

function words(path: string, separator: string | RegExp = /\s+/): string[] {
  try {
    return readFileSync(path, 'utf8').split(separator).filter(Boolean);
  } catch {
    return []; // The process has ended meanwhile.
  }
}

function linkOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return ''; // It was the descriptor of the directory listing itself.
  }
}
