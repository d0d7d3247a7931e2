import { join } from 'node:path';
import type { Host } from './finder.ts';
import { aptOffers, hasProgram } from './host-programs.ts';

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

function has(program: string, host: Host): boolean {
  return hasProgram(program, host, join(host.env.PYENV_ROOT ?? join(host.home, '.pyenv'), 'bin'));
}
