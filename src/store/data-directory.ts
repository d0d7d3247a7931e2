import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Blobs } from './blobs.ts';
import { lockDataDirectory } from './data-directory-lock.ts';
import { openFileBlobs, syncDirectory } from './files/file-blobs.ts';
import type { Records } from './records.ts';
import { openSqliteRecords } from './sqlite/sqlite-records.ts';

/** All that one server keeps: copy it and you have moved the server. */
export interface DataDirectory extends AsyncDisposable {
  readonly path: string;
  readonly records: Records;
  /** Deployment packages. One owner: the control plane deletes what no function refers to. */
  readonly blobs: Blobs;
}

/**
 * Opens the directory, and makes it if it is missing; only its owner may enter it, since it holds code, environment
 * variables and keys. Throws `DataDirectoryInUse` while another server has it.
 */
export async function openDataDirectory(path: string): Promise<DataDirectory> {
  await mkdir(path, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
    throw new Error(`${path} cannot be the data directory. Choose another one with --data-dir`, { cause });
  });
  await chmod(path, 0o700);
  await using opened = new AsyncDisposableStack();
  opened.use(lockDataDirectory(path));
  const records = opened.use(openSqliteRecords(join(path, 'records.db')));
  const blobs = await openFileBlobs(join(path, 'blobs'));
  await syncDirectory(path);
  const owned = opened.move();
  return { path, records, blobs, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
