import { execFile, spawn } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { Clock } from '../lib/clock.ts';

export interface InstalledNode {
  readonly version: string;
  /** Holds `bin/node`. */
  readonly directory: string;
}

/** The Node of a package directory as npm unpacks it; `undefined` if there is none. */
export function installedNode(directory: string): InstalledNode | undefined {
  try {
    const { version } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as { version: string };
    // Some packages of older Nodes write their version as `v18.20.8`.
    return statSync(join(directory, 'bin/node')).isFile()
      ? { version: version.replace(/^v/, ''), directory }
      : undefined;
  } catch {
    return undefined; // Not installed.
  }
}

const DOWNLOAD_PREFIX = '.download-';
const PROGRESS_MS = 10_000;

/**
 * Installs the newest Node of a major version from its npm package into `target`, with the host's npm and without any
 * script of the package. It appears whole or not at all, also when several processes install it at once: the first to
 * finish wins, and the others take what it has put there. Throws with what to type next.
 */
export async function installNode(options: {
  npmPackage: string;
  major: number;
  target: string;
  progress: (line: string) => void;
  clock: Clock;
  env: Readonly<Record<string, string | undefined>>;
  signal: AbortSignal;
}): Promise<InstalledNode> {
  const { npmPackage, major, target, progress, clock, env, signal } = options;
  const parent = join(target, '..');
  const npm = npmOnPath(env.PATH ?? '');
  if (npm === undefined) {
    throw new Error(
      `Installing Node ${major} needs npm, and there is none on PATH. Install Node.js with npm, for example with your system's package manager, and run this command again.`,
    );
  }
  mkdirSync(parent, { recursive: true });
  removeAbandoned(parent);
  const download = mkdtempSync(join(parent, `${DOWNLOAD_PREFIX}${process.pid}-`));
  try {
    progress(`Downloading Node ${major} (package ${npmPackage}, about 45 MB).`);
    // npm looks for a project upwards; this one is the download's own.
    writeFileSync(join(download, 'package.json'), '{"private":true}');
    using _ticker = everySoOften(clock, progress, `Still downloading Node ${major}.`);
    await runNpm(npm, download, `${npmPackage}@${major}`, env, signal);
    const unpacked = join(download, 'node_modules', npmPackage);
    const version = await versionOf(join(unpacked, 'bin/node'), signal);
    if (!version.startsWith(`${major}.`)) {
      throw new Error(`The package ${npmPackage} holds Node ${version} where Node ${major} was expected.`);
    }
    moveInto(unpacked, target);
    progress(`Node ${version} is installed in ${target}.`);
  } finally {
    rmSync(download, { recursive: true, force: true });
  }
  const installed = installedNode(target);
  if (installed === undefined) throw new Error(`Node ${major} is not in ${target} after its installation.`);
  return installed;
}

function npmOnPath(path: string): string | undefined {
  return path
    .split(delimiter)
    .filter((directory) => directory !== '')
    .map((directory) => join(directory, 'npm'))
    .find((file) => statSync(file, { throwIfNoEntry: false })?.isFile());
}

/** Downloads of processes that were killed in the middle. */
function removeAbandoned(parent: string): void {
  for (const name of readdirSync(parent)) {
    const pid = new RegExp(`^\\${DOWNLOAD_PREFIX}(\\d+)-`).exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(parent, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'; // It lives, and is someone else's.
  }
}

function everySoOften(clock: Clock, progress: (line: string) => void, line: string): Disposable {
  let timer = clock.after(PROGRESS_MS, tick);
  function tick() {
    progress(line);
    timer = clock.after(PROGRESS_MS, tick);
  }
  return { [Symbol.dispose]: () => timer[Symbol.dispose]() };
}

const NPM_STDERR_CHARS_MAX = 2000;

async function runNpm(
  npm: string,
  directory: string,
  wanted: string,
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<void> {
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'];
  const child = spawn(npm, ['install', ...options, '--prefix', directory, wanted], {
    cwd: directory,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
    signal,
  });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said = (said + chunk).slice(-NPM_STDERR_CHARS_MAX);
  });
  let failure: Error | undefined;
  child.once('error', (error) => {
    failure = error;
  });
  // Also after an abort: npm writes until it has ended, and what it writes to is removed afterwards.
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (failure !== undefined) throw failure;
  if (code !== 0) throw new Error(`npm could not install ${wanted}:\n${said.trim()}`);
}

const VERSION_MS_MAX = 30_000;

async function versionOf(node: string, signal: AbortSignal): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(node, ['--version'], { timeout: VERSION_MS_MAX, signal, env: {} });
    return stdout.trim().replace(/^v/, '');
  } catch (error) {
    throw new Error(`The downloaded ${node} does not run on this machine.`, { cause: error });
  }
}

function moveInto(from: string, target: string): void {
  try {
    renameSync(from, target);
  } catch (error) {
    // Another process was faster; what it has put there is as good.
    if (installedNode(target) === undefined) throw new Error(`cannot move ${from} to ${target}`, { cause: error });
  }
}
