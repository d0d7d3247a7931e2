import { close, lchownSync, mkdirSync, opendirSync, openSync, rmdirSync } from 'node:fs';
import type { TmpVolume } from '../sandbox.ts';
import { MOUNT, mount, unmount } from '../system/linux.ts';

/**
 * So many files are handed over to the next sandbox's user, which takes some 25 ms in which the server stands still;
 * whoever has left more finds an empty `/tmp`, as AWS may give it any time.
 */
export const HANDED_OVER_MAX = 4_096;

/** A file system in memory. It is mounted in the staging area, and bound into the slot of one sandbox at a time. */
export class Volume implements TmpVolume {
  readonly bytes: number;
  readonly path: string;
  /** The user of the host whom the files belong to. */
  #uid: number | undefined;
  /**
   * Keeps the file system from being freed. To free 1 GB takes the kernel 190 ms, in whoever lets go of it last: that is
   * to be Node's thread pool, where `close` runs, and not the thread that unmounts.
   */
  #rootFd: number | undefined;
  #isTaken = false;
  #isDisposed = false;

  /** Throws when `bytes` is not a whole positive number: to the kernel, 0 means no limit. */
  constructor(path: string, bytes: number) {
    if (!Number.isSafeInteger(bytes) || bytes <= 0) throw new Error(`not a size of a /tmp: ${bytes} bytes`);
    this.path = path;
    this.bytes = bytes;
    mkdirSync(path);
    try {
      this.#mount();
    } catch (error) {
      rmdirSync(path);
      throw error;
    }
  }

  /** Makes it one sandbox's, whose processes are this user of the host; `undefined`: they all are the same one. Throws. */
  take(uid: number | undefined): void {
    if (this.#isDisposed) throw new Error('this /tmp has been disposed of');
    if (this.#isTaken) throw new Error('this /tmp is attached to another sandbox that lives');
    if (uid !== this.#uid && this.#uid !== undefined && uid !== undefined) this.#handOver(uid);
    this.#uid = uid;
    this.#isTaken = true;
  }

  /** Its sandbox's processes are all gone, and so are its mounts: only then may we walk through what they left. */
  giveBack(): void {
    this.#isTaken = false;
    if (this.#isDisposed) this.#letGo();
  }

  /** Frees its memory, or leaves that to the end of the sandbox that has it. Idempotent. */
  [Symbol.dispose](): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    unmount(this.path);
    rmdirSync(this.path);
    if (!this.#isTaken) this.#letGo();
  }

  #mount(): void {
    mount({
      source: 'tmp',
      target: this.path,
      type: 'tmpfs',
      flags: MOUNT.NO_SUID | MOUNT.NO_DEV,
      data: `mode=1777,size=${this.bytes}`,
    });
    try {
      this.#rootFd = openSync(this.path, 'r');
    } catch (error) {
      unmount(this.path);
      throw error;
    }
  }

  #handOver(uid: number): void {
    if (giveFiles(this.path, uid)) return;
    unmount(this.path);
    this.#letGo();
    this.#mount();
  }

  #letGo(): void {
    // SAFE: Linux frees the number whatever it answers, and a directory in memory has nothing left to be written.
    if (this.#rootFd !== undefined) close(this.#rootFd, () => {});
    this.#rootFd = undefined;
  }
}

/** Makes everything in a directory another user's. False: there is too much of it, or it lies too deep. */
function giveFiles(top: string, uid: number): boolean {
  const directories = [Buffer.from(top)];
  let count = 0;
  for (let dir = directories.pop(); dir !== undefined; dir = directories.pop()) {
    let entries: ReturnType<typeof openBytes>;
    try {
      entries = openBytes(dir);
    } catch (error) {
      // A path may get longer than the kernel takes in one call.
      if ((error as NodeJS.ErrnoException).code === 'ENAMETOOLONG') return false;
      throw error;
    }
    try {
      for (let entry = entries.readSync(); entry !== null; entry = entries.readSync()) {
        count += 1;
        if (count > HANDED_OVER_MAX) return false;
        // SAFE: opened with names as bytes, which is what Node's types cannot say.
        const path = Buffer.concat([dir, Buffer.from('/'), entry.name as unknown as Buffer]);
        lchownSync(path, uid, uid);
        if (entry.isDirectory()) directories.push(path);
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENAMETOOLONG') return false;
      throw error;
    } finally {
      entries.closeSync();
    }
  }
  return true;
}

/** Names need not be text. */
function openBytes(dir: Buffer) {
  return opendirSync(dir as unknown as string, { encoding: 'buffer' as BufferEncoding });
}
