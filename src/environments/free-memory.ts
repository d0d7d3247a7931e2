import { totalmem } from 'node:os';

/** Below this share of the host's memory no environment is added: idle ones go first, then callers wait. */
const FREE_SHARE_MIN = 0.05;
/** From here down idle environments are kept ever shorter, down to `KEEP_ALIVE_PRESSED_MS`. */
const FREE_SHARE_EASY = 0.25;
const KEEP_ALIVE_PRESSED_MS = 5_000;

/** The part of the memory that is free for use, when so many bytes of it are spoken for. */
export function freeShare(takenBytes = 0): number {
  // Of this machine or of the container that the server runs in, whichever is less.
  return (process.availableMemory() - takenBytes) / totalmem();
}

/** Whether nothing more is to be added, when so many bytes of the free memory are spoken for. */
export function isShort(takenBytes = 0): boolean {
  return freeShare(takenBytes) < FREE_SHARE_MIN;
}

/** How often so many bytes fit into a free share before memory begins to be scarce. */
export function plentyFor(bytes: number, share: number): number {
  return Math.max(0, Math.floor(((share - FREE_SHARE_EASY) * totalmem()) / bytes));
}

/** Ever shorter as memory gets scarce, so that what is idle goes before anybody has to wait. */
export function keepAlive(keepAliveMs: number, share: number): number {
  if (share >= FREE_SHARE_EASY) return keepAliveMs;
  const ease = Math.max(0, (share - FREE_SHARE_MIN) / (FREE_SHARE_EASY - FREE_SHARE_MIN));
  return Math.min(keepAliveMs, KEEP_ALIVE_PRESSED_MS + ease * Math.max(0, keepAliveMs - KEEP_ALIVE_PRESSED_MS));
}
