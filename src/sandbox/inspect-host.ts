import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter } from 'node:path';
import { promisify } from 'node:util';
import { isAdministrator, ownMountsMissing } from './own-mounts.ts';

export interface BubblewrapTools {
  readonly bwrap: string;
  readonly setpriv: string;
  readonly prlimit: string;
}

/** Something the bubblewrap sandbox needs. `command`: what to type to have it, where we know. */
export interface HostNeed {
  readonly name: string;
  readonly isMet: boolean;
  readonly detail: string;
  readonly command?: string | undefined;
}

export interface HostInspection {
  readonly needs: readonly HostNeed[];
  /** Where the programs are, when every need is met. Whether they really work shows only when one is tried. */
  readonly tools: BubblewrapTools | undefined;
}

const BUBBLEWRAP_VERSION_MIN = [0, 8]; // The first with `--size`, and the one we test with.
const ASK_VERSION_MS_MAX = 30_000;
const UTIL_LINUX = ['setpriv', 'prlimit', 'unshare'] as const;

/** What this host can do for functions' isolation, and what is missing. For `lambent doctor`, and to choose an adapter. */
export async function inspectHost(): Promise<HostInspection> {
  if (process.platform !== 'linux') {
    const detail = `isolation needs Linux’s namespaces, and this is ${process.platform}`;
    return { needs: [{ name: 'Linux', isMet: false, detail }], tools: undefined };
  }
  const [bwrap, setpriv, prlimit] = [findTool('bwrap'), findTool('setpriv'), findTool('prlimit')];
  const needs = [
    await bubblewrapNeed(bwrap),
    ...UTIL_LINUX.map((name) => toolNeed(name, 'util-linux')),
    await libraryNeed(),
    userNamespaceNeed(),
    ownMountsNeed(),
  ];
  const isComplete = needs.every(({ isMet }) => isMet) && bwrap && setpriv && prlimit;
  return { needs, tools: isComplete ? { bwrap, setpriv, prlimit } : undefined };
}

async function bubblewrapNeed(path: string | undefined): Promise<HostNeed> {
  const name = 'bubblewrap';
  const minimum = BUBBLEWRAP_VERSION_MIN.join('.');
  if (path === undefined)
    return { name, isMet: false, detail: 'bwrap is not installed', command: installCommand(name) };
  try {
    const { stdout } = await promisify(execFile)(path, ['--version'], { timeout: ASK_VERSION_MS_MAX });
    const [major = 0, minor = 0] = (/(\d+)\.(\d+)/.exec(stdout) ?? []).slice(1).map(Number);
    const [wantedMajor = 0, wantedMinor = 0] = BUBBLEWRAP_VERSION_MIN;
    const isMet = major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
    return { name, isMet, detail: isMet ? stdout.trim() : `${stdout.trim()} is too old: ${minimum} is needed` };
  } catch (error) {
    return { name, isMet: false, detail: `${path} --version fails: ${error}` };
  }
}

function toolNeed(name: (typeof UTIL_LINUX)[number], packageName: string): HostNeed {
  const path = findTool(name);
  if (path !== undefined) return { name, isMet: true, detail: path };
  return { name, isMet: false, detail: `${name} is not installed`, command: installCommand(packageName) };
}

async function libraryNeed(): Promise<HostNeed> {
  // Imported here: other systems’ C libraries lack what that file declares.
  const { canSpawn } = await import('./system/linux.ts');
  const isMet = canSpawn();
  return { name: 'C library', isMet, detail: isMet ? 'glibc 2.34 or newer' : 'glibc 2.34 or newer is needed' };
}

function userNamespaceNeed(): HostNeed {
  const isMet = existsSync('/proc/self/ns/user');
  return { name: 'user namespaces', isMet, detail: isMet ? 'the kernel has them' : 'the kernel is built without them' };
}

function ownMountsNeed(): HostNeed {
  const missing = ownMountsMissing();
  return { name: 'own mounts', isMet: missing === undefined, detail: missing ?? 'in a mount namespace of its own' };
}

function findTool(name: string): string | undefined {
  const directories = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
  return directories.map((directory) => `${directory}/${name}`).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // Not there, or not for us.
  }
}

const INSTALLERS = [
  ['apt-get', 'apt-get install -y'],
  ['dnf', 'dnf install -y'],
  ['zypper', 'zypper install -y'],
  ['pacman', 'pacman -S --noconfirm'],
  ['apk', 'apk add'],
] as const;

function installCommand(packageName: string): string | undefined {
  const installer = INSTALLERS.find(([program]) => findTool(program) !== undefined);
  if (installer === undefined) return undefined;
  return `${isAdministrator() ? '' : 'sudo '}${installer[1]} ${packageName}`;
}
