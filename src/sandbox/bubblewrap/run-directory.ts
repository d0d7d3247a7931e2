import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { Clock } from '../../lib/clock.ts';
import { sweep } from '../cgroups/cgroups.ts';
import { SystemCallError } from '../system/libc.ts';
import { unmount } from '../system/linux.ts';
import { makeDirectory } from './staging.ts';

// What a server leaves behind when it is killed: its processes die with it (bwrap --die-with-parent) and its mounts
// with its mount namespace; empty control groups and one small directory stay. The directory is named after the
// process, which tells the next server whether its owner lives, and holds the list of the control groups.

/** The mount point for the server's own file system. Every user may walk to it. */
export const STAGE = 'stage';
const CGROUPS = 'cgroups';
const SWEEP_MS_MAX = 2_000;

/** `/run/lambent` for the administrator; an ordinary user's own runtime directory otherwise. Throws if it is foreign. */
export function runBase(isAdministrator: boolean): string {
  if (isAdministrator) return '/run/lambent';
  const base = `${process.env.XDG_RUNTIME_DIR ?? tmpdir()}/lambent-${ownerOf('/proc/self')}`;
  mkdirSync(base, { recursive: true, mode: 0o700 });
  const { uid } = lstatSync(base);
  // Where everybody may write, somebody else may have been first.
  if (uid !== process.getuid?.()) throw new Error(`${base} belongs to another user (${uid}): remove it`);
  return base;
}

let opened = 0;

/** A name for what this process makes: its id, when it started, and a number, as a process may open several. */
export function processName(): string {
  opened += 1;
  return `lambent-${process.pid}-${startTime(process.pid)}-${opened}`;
}

/** Makes the directory, with the note of where the control groups are going to be. */
export function makeRunDirectory(base: string, name: string, cgroupDirs: readonly string[]): string {
  const dir = `${base}/${name}`;
  if (!existsSync(base)) makeDirectory(base);
  makeDirectory(dir);
  writeFileSync(`${dir}/${CGROUPS}`, cgroupDirs.join('\n'));
  makeDirectory(`${dir}/${STAGE}`);
  return dir;
}

export function removeRunDirectory(dir: string): void {
  // Nothing is removed recursively here: behind a mount that was forgotten lie the host's own files.
  const stage = `${dir}/${STAGE}`;
  if (existsSync(stage)) {
    try {
      unmount(stage);
    } catch (error) {
      // It was mounted in a mount namespace that is gone.
      if (!(error instanceof SystemCallError) || error.code !== 'EINVAL') throw error;
    }
    rmdirSync(stage);
  }
  rmSync(`${dir}/${CGROUPS}`, { force: true });
  rmdirSync(dir);
}

/** Cleans up behind every server that has died. Answers what could not be removed within two seconds. */
export async function sweepDeadServers(base: string, clock: Clock): Promise<string[]> {
  const dead = existsSync(base) ? readdirSync(base).filter((name) => !isAlive(name)) : [];
  const deadlineMs = clock.monotonicMs() + SWEEP_MS_MAX;
  const left: string[] = [];
  for (const name of dead) {
    const dir = `${base}/${name}`;
    const dirs = existsSync(`${dir}/${CGROUPS}`) ? readFileSync(`${dir}/${CGROUPS}`, 'utf8').split('\n') : [];
    let remaining = dirs.filter((cgroup) => cgroup !== '');
    for (;;) {
      remaining = remaining.filter((cgroup) => !sweep(cgroup));
      if (remaining.length === 0 || clock.monotonicMs() > deadlineMs) break;
      await clock.sleep(5);
    }
    if (remaining.length > 0) left.push(...remaining);
    else removeIfThere(dir);
  }
  return left;
}

// Two servers that start together may sweep the same directory.
function removeIfThere(dir: string): void {
  try {
    removeRunDirectory(dir);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

function isAlive(name: string): boolean {
  const match = /^lambent-(\d+)-(\d+)-\d+$/.exec(name);
  // Not named by us, so not ours to remove.
  if (match === null) return true;
  return startTime(Number(match[1])) === match[2];
}

/** When a process started, in the kernel's ticks since boot: with the id, a name that no later process will have. */
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command's name stands in parentheses and may hold anything, so count from the last one: the 22nd field.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined; // No such process.
  }
}

/** The user's number outside our user namespace, for a name that two users do not share. */
function ownerOf(path: string): number {
  const [line = ''] = readFileSync(`${path}/uid_map`, 'utf8').trim().split('\n');
  return Number(line.trim().split(/\s+/)[1] ?? 0);
}
