import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import type { SqliteFile } from './sqlite-file.ts';

/** Makes a file smaller in the background. Disposed before the file is closed. */
export interface Shrinking extends Disposable {
  /** Something has been deleted. */
  wake(): void;
}

/** What is deleted in one minute is often filled again in the next. */
const SHRINK_MS = 60_000;
const STEP_MS = 20;

/** See `SqliteFile.shrink`. */
export function shrinkLater(
  file: Pick<SqliteFile, 'shrink'>,
  { clock, log }: { clock: Clock; log: Logger },
): Shrinking {
  let timer: Disposable | undefined;
  let isOver = false;
  const shrinkAfter = (ms: number): void => {
    timer = clock.after(ms, () => {
      timer = undefined;
      try {
        if (file.shrink()) shrinkAfter(STEP_MS);
      } catch (error) {
        // Harmless: the file stays as large as it is until something else is deleted.
        log.warn({ err: error }, 'a file of the store cannot be made smaller now');
      }
    });
  };
  return {
    wake() {
      if (timer === undefined && !isOver) shrinkAfter(SHRINK_MS);
    },
    [Symbol.dispose]() {
      isOver = true;
      timer?.[Symbol.dispose]();
    },
  };
}
