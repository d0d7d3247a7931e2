// Peers are no dependencies of ours: each lies in a directory of its own in the user's cache, in the pinned version.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const INSTALL_MS_MAX = 300_000;

/** The directory for a peer of that version; a new version gets another. */
export function peerDirectory(name: string, version: string): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'lambent/peers', `${name}-${version}`);
}

/** `packages` with their versions, into `directory/node_modules`. No script of theirs is run. */
export async function installFromNpm(directory: string, packages: readonly string[]): Promise<void> {
  await once(directory, async () => {
    await writeFile(join(directory, 'package.json'), '{"private":true}');
    const flags = ['--save-exact', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    await run('npm', ['install', ...flags, ...packages], { cwd: directory, timeout: INSTALL_MS_MAX });
  });
}

/** `packages` with their versions, into a virtual environment in `directory`. */
export async function installFromPypi(directory: string, packages: readonly string[]): Promise<void> {
  await once(directory, async () => {
    await run('python3', ['-m', 'venv', directory], { timeout: INSTALL_MS_MAX });
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages];
    await run(join(directory, 'bin/python3'), pip, { timeout: INSTALL_MS_MAX });
  });
}

/** What was interrupted is done again from the start: the mark is written last. */
async function once(directory: string, install: () => Promise<void>): Promise<void> {
  const mark = join(directory, '.complete');
  if (existsSync(mark)) return;
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  await install();
  await writeFile(mark, '');
}
