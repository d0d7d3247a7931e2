import type { Logger } from '../../lib/log.ts';
import type { ContentFiles } from './content-files.ts';
import type { S3Database } from './s3-database.ts';
import type { SegmentTable } from './segment-table.ts';

const FILES_AT_ONCE = 100;

/**
 * Removes files that nobody refers to: a row of the garbage table first, then the file, then the row, so that a crash at any
 * instant leaves no file behind for ever. What is being read stays until its reader has left.
 */
export interface Garbage {
  collect(): void;
  /** Waits for the collection under way, and begins none any more. */
  close(): Promise<void>;
}

export function openGarbage(
  { database, segments, files }: { database: Pick<S3Database, 'free'>; segments: SegmentTable; files: ContentFiles },
  log: Logger,
): Garbage {
  let running: Promise<void> | undefined;
  let isWanted = false;
  let isClosed = false;

  async function collectAll(): Promise<void> {
    while (isWanted && !isClosed) {
      isWanted = false;
      for (let after: string | undefined = ''; after !== undefined && !isClosed; ) after = await collectSome(after);
    }
  }

  /** Answers the last one that it has looked at; undefined when it has seen all. Those that are held keep no others. */
  async function collectSome(after: string): Promise<string | undefined> {
    const found = segments.garbage(after, FILES_AT_ONCE);
    const free = found.filter((file) => !files.isHeld(file));
    for (const file of free) await files.remove(file);
    if (free.length > 0) {
      await database.free(() => {
        for (const file of free) segments.forget(file);
      });
    }
    return found.length < FILES_AT_ONCE ? undefined : found.at(-1);
  }

  const collect = () => {
    isWanted = true;
    if (isClosed) return;
    running ??= collectAll()
      .catch((error) => {
        // Harmless: the rows are still there, and the next deletion or start tries them again.
        log.warn({ err: error }, 'bytes of deleted objects cannot be removed now');
      })
      .finally(() => {
        running = undefined;
        // Somebody came after the last look.
        if (isWanted) collect();
      });
  };
  files.onReleased(collect);
  return {
    collect,
    close: async () => {
      isClosed = true;
      await running;
    },
  };
}
