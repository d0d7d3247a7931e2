import { constants } from 'node:os';
import type { SandboxExit } from './sandbox.ts';
import type { ProcessEnd } from './system/linux.ts';

const SIGNALS = Object.keys(constants.signals) as NodeJS.Signals[];
// A shell, and bwrap, report a signal as 128 and its number. A program that exits with such a code by itself cannot
// be told apart; by convention it means the same.
const SIGNAL_CODE_BASE = 128;

/** What became of the first process, from how the outermost process of its sandbox ended. */
export function sandboxExit(end: ProcessEnd, killedForMemory: boolean): SandboxExit {
  const number = end.kind === 'signal' ? end.number : end.code - SIGNAL_CODE_BASE;
  const signal = SIGNALS.find((name) => constants.signals[name] === number);
  if (signal !== undefined) return { code: undefined, signal, killedForMemory };
  return { code: end.kind === 'code' ? end.code : undefined, signal: undefined, killedForMemory };
}
