import { mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory } from '../../store/files/file-blobs.ts';
import { outage } from '../../store/outage.ts';

/** Letters on the disk, each a file. A letter of 40 MB in a database would hold up everybody while it is written. */
export interface LetterFiles {
  /** Answers the letter's id once it is durable. */
  write(letter: Uint8Array): Promise<string>;
  /** undefined: there is none any more. */
  read(id: string): Promise<Buffer | undefined>;
  /** Already gone is a success. */
  delete(id: string): Promise<void>;
  /** Removes what a former process wrote just before it died, and nobody knows of: what was there at first, but for these. */
  keepOnly(ids: ReadonlySet<string>): Promise<void>;
}

/** Makes the directory if it is not there. */
export async function openLetterFiles(directory: string, uuid: () => string): Promise<LetterFiles> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const found = await readdir(directory);
  // SAFE: ids are ours.
  const pathOf = (id: string) => join(directory, id);
  return {
    async write(letter) {
      const id = uuid();
      try {
        await using file = await open(pathOf(id), 'wx', 0o600);
        await file.writeFile(letter);
        await file.sync();
        await syncDirectory(directory);
        return id;
      } catch (error) {
        await rm(pathOf(id), { force: true });
        throw outage('keep a letter', error);
      }
    },
    async read(id) {
      try {
        return await readFile(pathOf(id));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
    delete: (id) => rm(pathOf(id), { force: true }),
    async keepOnly(ids) {
      for (const name of found.splice(0)) if (!ids.has(name)) await rm(pathOf(name), { force: true });
    },
  };
}
