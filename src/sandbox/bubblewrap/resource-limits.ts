import { readFileSync } from 'node:fs';

// What AWS's own functions read from getrlimit (lambda-facts 7.4): soft and hard limit.
const OF_EVERY_PROCESS = {
  core: [10_737_418_240, 10_737_418_240],
  memlock: [65_536, 65_536],
  nofile: [1_024, 1_024],
  stack: [8_388_608, Number.POSITIVE_INFINITY],
} as const;
const PROCESSES = [742, 742] as const;

const LINES = {
  core: 'Max core file size',
  memlock: 'Max locked memory',
  nofile: 'Max open files',
  nproc: 'Max processes',
  stack: 'Max stack size',
} as const;
type Resource = keyof typeof LINES;

/**
 * Options of `prlimit`. Not above what this server may have itself: only some administrators may raise that.
 * `countProcesses` only where a sandbox has a user number of its own: the kernel counts by user.
 */
export function resourceLimitOptions({ countProcesses }: { countProcesses: boolean }): string[] {
  const own = readFileSync('/proc/self/limits', 'utf8');
  const wanted: Partial<Record<Resource, readonly [number, number]>> = countProcesses
    ? { ...OF_EVERY_PROCESS, nproc: PROCESSES }
    : OF_EVERY_PROCESS;
  return Object.entries(wanted).map(([resource, [soft, hard]]) => {
    const hardest = hardLimit(own, LINES[resource as Resource]); // SAFE: `wanted` has no other keys.
    return `--${resource}=${word(Math.min(soft, hardest))}:${word(Math.min(hard, hardest))}`;
  });
}

function hardLimit(limits: string, name: string): number {
  const line = limits.split('\n').find((candidate) => candidate.startsWith(name)) ?? '';
  const [, hard] = line.slice(name.length).trim().split(/\s+/);
  return hard === undefined || hard === 'unlimited' ? Number.POSITIVE_INFINITY : Number(hard);
}

function word(limit: number): string {
  return limit === Number.POSITIVE_INFINITY ? 'unlimited' : String(limit);
}
