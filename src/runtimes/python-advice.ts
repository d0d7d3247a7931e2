import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { Host } from './finder.ts';

/** The command to type for a missing Python, as far as it can be told without running anything. */
export function pythonCommand(version: string, host: Host): string {
  if (has('pyenv', host)) return `pyenv install ${version}`;
  if (has('brew', host)) return `brew install python@${version}`;
  if (has('dnf', host)) return `dnf install python${version}`;
  // Debian and Ubuntu have one or two versions each: asking takes a while, so that command asks.
  return `lambent runtime add python${version}`;
}

/** How to get a missing Python on this host, in whole sentences. Asks the package manager where there is one to ask. */
export async function pythonAdvice(version: string, host: Host, signal: AbortSignal): Promise<string> {
  const then = 'Then restart Lambent, which finds it by itself.';
  if (await aptOffers(`python${version}`, host, signal)) {
    return `Python ${version} is not on this machine. Type: apt-get install python${version}. ${then}`;
  }
  const command = pythonCommand(version, host);
  if (!command.startsWith('lambent ')) return `Python ${version} is not on this machine. Type: ${command}. ${then}`;
  return `Python ${version} is not on this machine, and its package manager does not offer it. Install pyenv (https://github.com/pyenv/pyenv) and type: pyenv install ${version}. ${then}`;
}

const APT_MS_MAX = 20_000;

/** Whether Debian's package manager has a package of this name. */
export async function aptOffers(name: string, host: Host, signal: AbortSignal): Promise<boolean> {
  if (!has('apt-cache', host)) return false;
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

function has(program: string, { env, home }: Host): boolean {
  const directories = [...(env.PATH ?? '').split(delimiter), join(env.PYENV_ROOT ?? join(home, '.pyenv'), 'bin')];
  return directories.some(
    (directory) => directory !== '' && statSync(join(directory, program), { throwIfNoEntry: false })?.isFile(),
  );
}
