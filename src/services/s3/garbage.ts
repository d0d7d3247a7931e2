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
      const found = segments.garbage(FILES_AT_ONCE + 1);
      const free = found.slice(0, FILES_AT_ONCE).filter((file) => !files.isHeld(file));
      if (free.length === 0) continue;
      for (const file of free) await files.remove(file);
      await database.free(() => {
        for (const file of free) segments.forget(file);
      });
      isWanted ||= found.length > FILES_AT_ONCE;
    }
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
