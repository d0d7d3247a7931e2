import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export class DataDirectoryInUse extends Error {
  override readonly name = 'DataDirectoryInUse';

  constructor(directory: string, pid: string) {
    super(
      `the data directory ${directory} is in use by the process ${pid}: stop that one, or give another directory with --data-dir`,
    );
  }
}

/**
 * Locks the directory until disposed or until this process is dead, however it dies: the lock is one that the kernel
 * holds on an open file (SQLite's exclusive lock), not a file that somebody must delete. Throws `DataDirectoryInUse`.
 */
export function lockDataDirectory(directory: string): Disposable {
  const pidPath = join(directory, 'pid');
  const database = new DatabaseSync(join(directory, 'lock.db'), { timeout: 0 });
  try {
    // Locking mode EXCLUSIVE keeps the lock of the first write after its commit, until the file is closed.
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; PRAGMA user_version = 1; COMMIT;');
  } catch (error) {
    database.close();
    if (isBusy(error)) throw new DataDirectoryInUse(directory, holderPid(pidPath));
    throw new Error(`cannot lock the data directory ${directory}`, { cause: error });
  }
  writeFileSync(pidPath, String(process.pid), { mode: 0o600 });
  return { [Symbol.dispose]: () => database.isOpen && database.close() };
}

const SQLITE_BUSY = 5;

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
}

/** The holder writes its pid just after it has the lock; who comes in between cannot know it yet. */
function holderPid(pidPath: string): string {
  try {
    return readFileSync(pidPath, 'utf8');
  } catch {
    return 'that has just started'; // Only the text of the error is the poorer.
  }
}
