import { readFileSync } from 'node:fs';

/** What this process alone would free, and its share of what it has in common with others; MB of a million bytes. */
export const proportionalMb = (pid: number): number => field(pid, 'smaps_rollup', 'Pss');

/** What of this process lies in memory. */
export const residentMb = (pid: number): number => field(pid, 'status', 'VmRSS');

function field(pid: number, file: string, name: string): number {
  const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/${file}`, 'utf8'));
  if (found === null) throw new Error(`/proc/${pid}/${file} has no ${name}`);
  return (Number(found[1]) * 1_024) / 1e6;
}
