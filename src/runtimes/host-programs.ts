import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { Host } from './finder.ts';

/** Whether a program is on PATH, or in one of these directories beyond it. */
export function hasProgram(program: string, { env }: Host, ...beyond: readonly string[]): boolean {
  return [...(env.PATH ?? '').split(delimiter), ...beyond].some(
    (directory) => directory !== '' && statSync(join(directory, program), { throwIfNoEntry: false })?.isFile(),
  );
}

const APT_MS_MAX = 20_000;

/** Whether Debian's package manager has a package of this name. */
export async function aptOffers(name: string, host: Host, signal: AbortSignal): Promise<boolean> {
  if (!hasProgram('apt-cache', host)) return false;
  try {
    const { stdout } = await promisify(execFile)('apt-cache', ['policy', name], {
      timeout: APT_MS_MAX,
      signal,
      env: { ...host.env, LC_ALL: 'C' },
    });
    return /^ {2}Candidate: (?!\(none\))/m.test(stdout);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Error) return false; // A package manager that does not answer offers nothing.
    throw error;
  }
}
