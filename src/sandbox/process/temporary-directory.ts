import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { TmpVolume } from '../sandbox.ts';
import type { Reaper } from './reaper.ts';

/** A directory of the host that stands in for `/tmp`. Its size is not limited: `can` says so. */
export class TemporaryDirectory implements TmpVolume {
  readonly bytes: number;
  /** What functions are told to write to. */
  readonly path: string;
  /** For a function without layers. */
  readonly emptyOpt: string;
  readonly #dir: string;
  readonly #reaper: Reaper;
  #isTaken = false;
  #isDisposed = false;

  /** Throws when `bytes` is not a whole positive number. */
  constructor(bytes: number, reaper: Reaper) {
    if (!Number.isSafeInteger(bytes) || bytes <= 0) throw new Error(`not a size of a /tmp: ${bytes} bytes`);
    this.bytes = bytes;
    this.#reaper = reaper;
    this.#dir = mkdtempSync(`${tmpdir()}/lambent-`);
    reaper.began('directory', this.#dir);
    this.path = `${this.#dir}/tmp`;
    this.emptyOpt = `${this.#dir}/opt`;
    mkdirSync(this.path);
    mkdirSync(this.emptyOpt);
  }

  /** Makes it one sandbox's. Throws. */
  take(): void {
    if (this.#isDisposed) throw new Error('this /tmp has been disposed of');
    if (this.#isTaken) throw new Error('this /tmp is attached to another sandbox that lives');
    this.#isTaken = true;
  }

  giveBack(): void {
    this.#isTaken = false;
  }

  /** Idempotent. */
  [Symbol.dispose](): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    // SAFE: made by us with mkdtemp; what a function wrote there is removed with it, links are not followed.
    rmSync(this.#dir, { recursive: true, force: true, maxRetries: 3 });
    this.#reaper.ended('directory', this.#dir);
  }
}
