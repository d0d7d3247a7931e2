import { chmodSync, mkdirSync, readFileSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { SystemCallError } from '../system/libc.ts';
import { MOUNT, mount, unmount } from '../system/linux.ts';
import { Volume } from './volume.ts';

// A small file system in memory, seen by the server and, in parts, by its sandboxes. Its mounts are shared: what the
// server binds into a slot's directory appears at once in the sandbox that has this directory as its `/var/task`.
//   etc/ …            what every sandbox sees as /etc (see skeleton.ts)
//   slots/<id>/task   mount points, one slot for each sandbox
//   slots/<id>/opt
//   slots/<id>/tmp
//   volumes/<n>       file systems of their own that appear as a sandbox's /tmp, one after the other (see volume.ts)
//   read-only/<n>     directories of the host, bound once for all who use them: sandboxes run as users who may not
//                     walk to the originals (/root/…), and a propagated mount keeps the flags it was bound with

const STAGING_BYTES_MAX = 16 * 1024 * 1024;

export interface Slot {
  readonly dir: string;
  /** Binds a directory of the staging area, so that the sandbox sees it with the flags that it is mounted with there. */
  bind(name: SlotMount, source: string): void;
  /** Unbinds and removes everything. */
  free(): void;
}
export const SLOT_MOUNTS = ['task', 'opt', 'tmp'] as const;
export type SlotMount = (typeof SLOT_MOUNTS)[number];

export interface ReadOnlyBind extends Disposable {
  readonly path: string;
}

export interface Staging extends Disposable {
  readonly dir: string;
  slot(id: string): Slot;
  /** A new file system for `/tmp`. Throws. */
  volume(bytes: number): Volume;
  /**
   * A path under which every user can read a file or directory of the host, and nobody can write it. Bound once for
   * all who ask; unbound when the last has disposed of it. Throws when there is no such file.
   */
  readOnly(source: string): ReadOnlyBind;
}

export function openStaging(dir: string): Staging {
  mount({
    source: 'lambent',
    target: dir,
    type: 'tmpfs',
    flags: MOUNT.NO_SUID | MOUNT.NO_DEV,
    data: `mode=0755,size=${STAGING_BYTES_MAX}`,
  });
  const binds = new Map<string, { path: string; users: number }>();
  let numbered = 0;
  try {
    mount({ source: 'none', target: dir, flags: MOUNT.SHARED });
    makeDirectory(`${dir}/slots`);
    makeDirectory(`${dir}/read-only`);
    makeDirectory(`${dir}/volumes`);
  } catch (error) {
    unmount(dir);
    throw error;
  }

  return {
    dir,
    slot: (id) => openSlot(`${dir}/slots/${id}`),
    volume: (bytes) => {
      numbered += 1;
      return new Volume(`${dir}/volumes/${numbered}`, bytes);
    },
    readOnly: (source) => {
      const stats = statSync(source);
      // By its identity, not its path: a path may come to mean another directory while this one is still in use.
      const key = `${stats.dev}:${stats.ino}`;
      let bind = binds.get(key);
      if (bind === undefined) {
        numbered += 1;
        bind = { path: `${dir}/read-only/${numbered}`, users: 0 };
        bindReadOnly(source, bind.path, stats.isDirectory());
        binds.set(key, bind);
      }
      const held = bind;
      held.users += 1;
      let isHeld = true;
      return {
        path: held.path,
        [Symbol.dispose]: () => {
          if (!isHeld) return;
          isHeld = false;
          held.users -= 1;
          if (held.users > 0) return;
          binds.delete(key);
          unmount(held.path);
          removeMountPoint(held.path, stats.isDirectory());
        },
      };
    },
    [Symbol.dispose]: () => unmount(dir),
  };
}

/** A directory that every user may walk through, whatever our umask is. */
export function makeDirectory(path: string): void {
  mkdirSync(path, { recursive: true });
  chmodSync(path, 0o755);
}

function openSlot(dir: string): Slot {
  const bound = new Set<SlotMount>();
  makeDirectory(dir);
  for (const name of SLOT_MOUNTS) makeDirectory(`${dir}/${name}`);
  return {
    dir,
    bind: (name, source) => {
      mount({ source, target: `${dir}/${name}`, flags: MOUNT.BIND });
      bound.add(name);
    },
    free: () => {
      for (const name of bound) unmount(`${dir}/${name}`);
      bound.clear();
      for (const name of SLOT_MOUNTS) rmdirSync(`${dir}/${name}`);
      // SAFE: nothing is mounted below, or the lines above would have failed, so what is removed is our own files.
      rmSync(dir, { recursive: true });
    },
  };
}

function bindReadOnly(source: string, target: string, isDirectory: boolean): void {
  if (isDirectory) mkdirSync(target);
  else writeFileSync(target, '');
  let isMounted = false;
  try {
    mount({ source, target, flags: MOUNT.BIND });
    isMounted = true;
    const flags = MOUNT.BIND | MOUNT.REMOUNT | MOUNT.READ_ONLY | MOUNT.NO_SUID | MOUNT.NO_DEV;
    try {
      mount({ source: 'none', target, flags });
    } catch (error) {
      if (!(error instanceof SystemCallError) || error.code !== 'EPERM') throw error;
      // In a user namespace, flags that the host set may not be taken away, so they are named again.
      mount({ source: 'none', target, flags: flags | flagsOf(target) });
    }
  } catch (error) {
    if (isMounted) unmount(target);
    removeMountPoint(target, isDirectory);
    throw error;
  }
}

function removeMountPoint(path: string, isDirectory: boolean): void {
  if (isDirectory) rmdirSync(path);
  else rmSync(path);
}

const FLAG_WORDS: Record<string, number> = {
  noexec: MOUNT.NO_EXEC,
  noatime: MOUNT.NO_ATIME,
  nodiratime: MOUNT.NO_DIR_ATIME,
  relatime: MOUNT.REL_ATIME,
};

function flagsOf(mountPoint: string): number {
  const line = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .findLast((candidate) => candidate.split(' ')[4] === mountPoint);
  const words = line?.split(' ')[5]?.split(',') ?? [];
  return words.reduce((flags, word) => flags | (FLAG_WORDS[word] ?? 0), 0);
}
