import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { constants, copyFile, type FileHandle, link, mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../../lib/log.ts';
import { syncDirectory } from '../../store/files/file-blobs.ts';
import { outage } from '../../store/outage.ts';

/** A file that nobody refers to yet. */
export interface NewFile {
  readonly file: string;
  /** Rejects with `StorageFull` when nothing more fits. */
  write(bytes: Uint8Array): Promise<void>;
  /** Resolves once all of it is on the disk under its name. */
  finish(): Promise<void>;
  discard(): Promise<void>;
}

export interface ContentFiles {
  create(): Promise<NewFile>;
  /** The same bytes under another name, as durable as a finished new file. */
  duplicate(file: string): Promise<string>;
  /** Throws away a finished file that nobody came to refer to. */
  discard(file: string): Promise<void>;
  /** Moves a file that is now referred to to its place. Where it cannot, it is read where it is until the next start. */
  settle(file: string): Promise<void>;
  open(file: string): Promise<FileHandle>;
  /** Already gone is a success. */
  remove(file: string): Promise<void>;
  /** While they are held, the owner of the files does not remove them. */
  hold(files: readonly string[]): Disposable;
  isHeld(file: string): boolean;
  /** Called whenever a file is held no more. */
  onReleased(then: () => void): void;
}

/**
 * Bytes of objects, immutable files of random names. A new one is written in `unfinished` and moved once the store
 * refers to it; so all that a crash can leave lies there, and the next start need not look at millions of files.
 */
export function openContentFiles(
  directory: string,
  ports: { newName: () => string; isReferredTo: (file: string) => boolean; log: Logger },
): ContentFiles {
  const { log } = ports;
  const unfinished = join(directory, 'unfinished');
  mkdirSync(unfinished, { recursive: true, mode: 0o700 });
  for (const file of readdirSync(unfinished)) {
    if (!ports.isReferredTo(file)) {
      // Recursively: what somebody else has left here must not keep all objects from being read.
      rmSync(join(unfinished, file), { recursive: true });
      continue;
    }
    mkdirSync(shelfOf(directory, file), { recursive: true, mode: 0o700 });
    renameSync(join(unfinished, file), join(shelfOf(directory, file), file));
  }
  const syncUnfinished = shared(() => syncDirectory(unfinished));
  const held = new Map<string, number>();
  let released = () => {};
  // SAFE: names are our own random numbers in hex, so paths stay inside.
  const newPath = (file: string) => join(unfinished, file);
  const placeOf = (file: string) => join(shelfOf(directory, file), file);

  return {
    async create() {
      const file = ports.newName();
      const handle = await open(newPath(file), 'wx', 0o600).catch((error) => {
        throw outage('store an object', error);
      });
      return {
        file,
        async write(bytes) {
          try {
            // A nearly full disk takes less than it is offered, and says so only by the count.
            for (let at = 0; at < bytes.length; ) at += (await handle.write(bytes, at)).bytesWritten;
          } catch (error) {
            throw outage('store an object', error);
          }
        },
        async finish() {
          try {
            await handle.sync();
            await handle.close();
            await syncUnfinished();
          } catch (error) {
            throw outage('store an object', error);
          }
        },
        async discard() {
          await handle.close();
          await rm(newPath(file), { force: true });
        },
      };
    },
    async duplicate(file) {
      const copy = ports.newName();
      const source = await existing([placeOf(file), newPath(file), placeOf(file)]);
      try {
        await link(source.path, newPath(copy)).catch(async () => {
          // A file system without links, or one file with too many of them.
          await copyFile(source.path, newPath(copy), constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
          await using handle = await open(newPath(copy), 'r+');
          await handle.sync();
        });
        await syncUnfinished();
      } catch (error) {
        await rm(newPath(copy), { force: true });
        throw outage('copy an object', error);
      } finally {
        await source.handle.close();
      }
      return copy;
    },
    discard: (file) => rm(newPath(file), { force: true }),
    async settle(file) {
      const move = () => rename(newPath(file), placeOf(file));
      const moveToNewShelf = () => mkdir(shelfOf(directory, file), { recursive: true, mode: 0o700 }).then(move);
      const isMoved = await move()
        .catch(moveToNewShelf)
        .then(
          () => true,
          () => false,
        );
      // Harmless where it is not: it is stored, whoever opens it looks in both places, and the next start moves it.
      if (!isMoved) log.warn({ file }, 'the file of an object stays where it was written');
    },
    // It may be on its way from one place to the other.
    open: async (file) => (await existing([placeOf(file), newPath(file), placeOf(file)])).handle,
    async remove(file) {
      await rm(newPath(file), { force: true });
      await rm(placeOf(file), { force: true });
    },
    hold(files) {
      for (const file of files) held.set(file, (held.get(file) ?? 0) + 1);
      let isHolding = true;
      return {
        [Symbol.dispose]: () => {
          if (!isHolding) return;
          isHolding = false;
          for (const file of files) {
            const count = (held.get(file) ?? 1) - 1;
            if (count === 0) held.delete(file);
            else held.set(file, count);
          }
          released();
        },
      };
    },
    isHeld: (file) => held.has(file),
    onReleased: (then) => {
      released = then;
    },
  };
}

/** A directory with all files in it would be slow to look through for people and their tools. */
function shelfOf(directory: string, file: string): string {
  return join(directory, file.slice(0, 2));
}

async function existing(paths: readonly string[]): Promise<{ path: string; handle: FileHandle }> {
  let failure: unknown;
  for (const path of paths) {
    try {
      return { path, handle: await open(path) };
    } catch (error) {
      failure = error;
    }
  }
  throw new Error('the bytes of an object cannot be opened', { cause: failure });
}

/** Callers that come while it runs share the next run: one that began before they came may have missed their work. */
function shared(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  return () => {
    if (next !== undefined) return next;
    const before = running?.catch(() => {}) ?? Promise.resolve(); // SAFE: those who shared that run have its error.
    next = before.then(() => {
      running = next;
      next = undefined;
      return work();
    });
    return next;
  };
}
