import { mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises';
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
}

/** No letter waits for so long: one that is older was written just before a crash, and nobody knows of it. */
const FORGOTTEN_MS = 14 * 86_400_000;

const ID = /^[0-9a-f-]{36}$/;

/** Makes the directory if it is not there, and removes forgotten letters. */
export async function openLetterFiles(directory: string, uuid: () => string, nowMs: number): Promise<LetterFiles> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    if (ID.test(name) && nowMs - (await stat(path)).mtimeMs > FORGOTTEN_MS) await rm(path, { force: true });
  }
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
  };
}
