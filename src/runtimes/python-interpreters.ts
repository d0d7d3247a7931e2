import { execFile } from 'node:child_process';
import {
  accessSync,
  constants,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, dirname, join, sep } from 'node:path';
import { promisify } from 'node:util';
import type { Logger } from '../lib/log.ts';

/** A Python that runs functions: the program, its full version, and the directory tree it consists of. */
export interface PythonInterpreter {
  readonly path: string;
  readonly version: string;
  readonly prefix: string;
}

export interface PythonSearch {
  /** Major and minor versions to look for, for example `3.12`. */
  readonly versions: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** What was learnt by running an interpreter is kept here, by path, size and time of change. */
  readonly cacheFile: string;
  readonly log: Logger;
}

/**
 * The host's interpreters, the newest of each version: on PATH, in the system's usual places, and those that pyenv and
 * uv manage. Runs those that are not in the cache, side by side; the rest is looked at only from outside.
 */
export async function findPythonInterpreters(search: PythonSearch): Promise<Map<string, PythonInterpreter>> {
  const known = readCache(search.cacheFile);
  const learnt: Cache = {};
  let news = false;
  await Promise.all(
    candidates(search).map(async (path) => {
      const stamp = stampOf(path);
      if (stamp === undefined) return;
      const entry = known[path];
      if (entry?.stamp === stamp) {
        learnt[path] = entry;
        return;
      }
      news = true;
      learnt[path] = { stamp, found: await probe(path, search.home, search.log) };
    }),
  );
  if (news || Object.keys(learnt).length !== Object.keys(known).length) writeCache(search, learnt);
  return newest(
    Object.entries(learnt).flatMap(([path, { found }]) => (found === undefined ? [] : [{ path, ...found }])),
  );
}

/** The highest patch level of each version. */
export function newest(interpreters: readonly PythonInterpreter[]): Map<string, PythonInterpreter> {
  const best = new Map<string, PythonInterpreter>();
  for (const interpreter of interpreters) {
    const { short, patch } = parsed(interpreter.version);
    const other = best.get(short);
    if (other === undefined || parsed(other.version).patch < patch) best.set(short, interpreter);
  }
  return best;
}

function parsed(version: string): { short: string; patch: number } {
  const [major, minor, patch] = version.split('.');
  return { short: `${major}.${minor}`, patch: Number(patch) };
}

interface CacheEntry {
  readonly stamp: string;
  /** Absent: runs no functions. */
  readonly found?: { readonly version: string; readonly prefix: string } | undefined;
}
type Cache = Record<string, CacheEntry>;

function readCache(file: string): Cache {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Cache; // SAFE: only `writeCache` writes it, as a whole.
  } catch {
    return {}; // None yet, or not readable: everything is learnt anew.
  }
}

function writeCache({ cacheFile, log }: PythonSearch, cache: Cache): void {
  const temporary = `${cacheFile}.${process.pid}`;
  try {
    mkdirSync(dirname(cacheFile), { recursive: true });
    writeFileSync(temporary, JSON.stringify(cache));
    renameSync(temporary, cacheFile);
  } catch (error) {
    log.debug({ error, cacheFile }, 'cannot remember the Python interpreters: the next start runs them again');
  }
}

/** Real paths, each once, in the order in which a shell would find them. */
function candidates({ versions, env, home }: PythonSearch): string[] {
  const directories = [
    ...(env.PATH ?? '').split(delimiter),
    '/usr/local/bin',
    '/usr/bin',
    ...managed(join(env.PYENV_ROOT ?? join(home, '.pyenv'), 'versions')),
    ...managed(join(env.UV_PYTHON_INSTALL_DIR ?? join(home, '.local/share/uv/python'))),
  ];
  const paths = directories
    .filter((directory) => directory.startsWith(sep))
    .flatMap((directory) => versions.map((version) => join(directory, `python${version}`)))
    .flatMap((path) => {
      try {
        return [realpathSync(path)];
      } catch {
        return []; // Not there, which is the usual case.
      }
    });
  return [...new Set(paths)];
}

/** `bin` of every version under a version manager's directory. */
function managed(directory: string): string[] {
  try {
    return readdirSync(directory).map((name) => join(directory, name, 'bin'));
  } catch {
    return []; // This manager is not in use.
  }
}

function stampOf(path: string): string | undefined {
  try {
    accessSync(path, constants.X_OK);
    const { size, mtimeMs } = statSync(path);
    // Version managers put small scripts on PATH that look up the real program; that is found in its own place.
    if (size < 4096) return undefined;
    return `${size}-${mtimeMs}`;
  } catch {
    return undefined; // Not executable for us.
  }
}

const PROBE_MS_MAX = 10_000;
const PROBE = `
import sys, ssl, ctypes, sqlite3, json
print(json.dumps({"version": "%d.%d.%d" % sys.version_info[:3], "final": sys.version_info[3] == "final", "prefix": sys.base_prefix}))
`;

/** Asks an interpreter about itself. `undefined`: it does not run, or is not one that functions should have. */
async function probe(path: string, home: string, log: Logger): Promise<CacheEntry['found']> {
  try {
    const { stdout } = await promisify(execFile)(path, ['-I', '-c', PROBE], { timeout: PROBE_MS_MAX, env: {} });
    const { version, final, prefix } = JSON.parse(stdout) as { version: string; final: boolean; prefix: string };
    const { short } = parsed(version);
    // The whole prefix is shown to functions: it must be an interpreter's own tree, and nobody's home.
    const isOwn = prefix !== '/' && home !== prefix && !home.startsWith(`${prefix}/`);
    const isWhole =
      prefix === '/usr' || statSync(join(prefix, 'bin', `python${short}`), { throwIfNoEntry: false })?.isFile();
    return final && isOwn && isWhole ? { version, prefix } : undefined;
  } catch (error) {
    log.debug({ error, path }, 'this Python cannot run functions');
    return undefined;
  }
}
