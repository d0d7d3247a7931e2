import { randomBytes } from 'node:crypto';
import { closeSync, openSync, rmSync, statfsSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Logger } from '../../lib/log.ts';

/**
 * A part of the disk that is kept so that things can be deleted when nothing more fits: a deletion is written down before it
 * makes room. While it is given up, the store takes nothing new, or that would take what deletions need.
 */
export interface Reserve {
  /** Whether it is given up, and the disk has no room to make it again. */
  isGone(): boolean;
  giveUp(): void;
  /** The store has closed its file, and so left the place of its WAL: that is kept for the next start. */
  close(): void;
}

/** What SQLite needs to open a file. */
const OPENING_BYTES = 1024 * 1024;

/**
 * Kept beside the file at `path`. `what` is that, for the log: "the queue store". `bytes`: at least what its WAL holds that has to
 * find a place in the file, since the WAL cannot begin anew before, and nothing can be deleted without it.
 */
export function openReserve(path: string, { what, bytes, log }: { what: string; bytes: number; log: Logger }): Reserve {
  const reserve = `${path}-reserve`;
  // It is made again when there is room for as much beside it, so that it is not given up at once.
  const roomBytesMin = 2 * bytes;
  const freeBytes = (): number => {
    const { bavail, bsize } = statfsSync(dirname(path));
    return bavail * bsize;
  };
  const tellFull = (): void => {
    log.error(
      { file: path, freeBytes: roomBytesMin },
      `the disk is full: ${what} takes nothing new until so many bytes are free; what it holds can be read and deleted. Make room on the disk, or move the data directory to a larger one`,
    );
  };
  let isThere = isWhole(reserve, bytes) || (freeBytes() >= bytes && make(reserve, bytes));
  if (!isThere) tellFull();
  const giveUp = (): void => {
    if (isThere) tellFull();
    isThere = false;
    rmSync(reserve, { force: true });
  };
  if (freeBytes() < OPENING_BYTES) giveUp();

  return {
    isGone() {
      if (isThere) return false;
      isThere = freeBytes() >= roomBytesMin && make(reserve, bytes);
      if (isThere) log.info({ file: path }, `there is room on the disk again: ${what} takes new data`);
      return !isThere;
    },
    giveUp,
    close() {
      if (!isThere && freeBytes() >= bytes) make(reserve, bytes);
    },
  };
}

/** One that was cut short by a crash is made anew. */
function isWhole(path: string, bytes: number): boolean {
  return statSync(path, { throwIfNoEntry: false })?.size === bytes;
}

/** Whether there was room for it. */
function make(path: string, bytes: number): boolean {
  // No zeros: where files are compressed or have holes, those keep no room.
  const piece = randomBytes(1024 * 1024);
  try {
    const file = openSync(path, 'w', 0o600);
    try {
      for (let made = 0; made < bytes; ) made += writeSync(file, piece, 0, Math.min(piece.length, bytes - made));
    } finally {
      closeSync(file);
    }
    return true;
  } catch {
    // There is no room, which is the answer; a disk that is broken otherwise tells so with the next write of the store.
    rmSync(path, { force: true });
    return false;
  }
}
