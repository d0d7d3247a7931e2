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
import { dirname, join, sep } from 'node:path';
import type { Logger } from '../lib/log.ts';
import type { Interpreter } from './finder.ts';

export interface InterpreterSearch {
  /** Where they may be, whether or not anything is there. */
  readonly paths: readonly string[];
  /** What was learnt by running an interpreter is kept here, by path, size and time of change. */
  readonly cacheFile: string;
  readonly log: Logger;
  /** Files smaller than this are not interpreters: version managers put small scripts on PATH that look up the real one. */
  readonly bytesMin: number;
  /** Runs an interpreter to ask it about itself; rejects when it is not one that functions should have. */
  probe(path: string): Promise<{ version: string; prefix: string }>;
}

/**
 * The interpreters among these paths, each once, by its real path. Runs those that are not in the cache, side by side; the
 * rest is looked at only from outside.
 */
export async function findInterpreters(search: InterpreterSearch): Promise<Interpreter[]> {
  const known = readCache(search.cacheFile);
  const learnt: Cache = {};
  let news = false;
  await Promise.all(
    realPaths(search.paths).map(async (path) => {
      const stamp = stampOf(path, search.bytesMin);
      if (stamp === undefined) return;
      const entry = known[path];
      if (entry?.stamp === stamp) {
        learnt[path] = entry;
        return;
      }
      news = true;
      learnt[path] = { stamp, found: await found(path, search) };
    }),
  );
  if (news || Object.keys(learnt).length !== Object.keys(known).length) writeCache(search, learnt);
  return Object.entries(learnt).flatMap(([path, { found }]) => (found === undefined ? [] : [{ path, ...found }]));
}

/** The highest patch level of each `major.minor`. */
export function newest(interpreters: readonly Interpreter[]): Map<string, Interpreter> {
  const best = new Map<string, Interpreter>();
  for (const interpreter of interpreters) {
    const { short, patch } = parsed(interpreter.version);
    const other = best.get(short);
    if (other === undefined || parsed(other.version).patch < patch) best.set(short, interpreter);
  }
  return best;
}

/** `bin` of every version under a version manager's directory. */
export function managedBins(directory: string): string[] {
  try {
    return readdirSync(directory).map((name) => join(directory, name, 'bin'));
  } catch {
    return []; // This manager is not in use.
  }
}

function parsed(version: string): { short: string; patch: number } {
  const [major, minor, patch] = version.split('.');
  return { short: `${major}.${minor}`, patch: Number(patch) };
}

async function found(path: string, { probe, log }: InterpreterSearch): Promise<CacheEntry['found']> {
  try {
    return await probe(path);
  } catch (error) {
    log.debug({ error, path }, 'this interpreter cannot run functions');
    return undefined;
  }
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

function writeCache({ cacheFile, log }: InterpreterSearch, cache: Cache): void {
  const temporary = `${cacheFile}.${process.pid}`;
  try {
    mkdirSync(dirname(cacheFile), { recursive: true });
    writeFileSync(temporary, JSON.stringify(cache));
    renameSync(temporary, cacheFile);
  } catch (error) {
    log.debug({ error, cacheFile }, 'cannot remember the interpreters: the next start runs them again');
  }
}

function realPaths(paths: readonly string[]): string[] {
  const real = paths
    .filter((path) => path.startsWith(sep))
    .flatMap((path) => {
      try {
        return [realpathSync(path)];
      } catch {
        return []; // Not there, which is the usual case.
      }
    });
  return [...new Set(real)];
}

function stampOf(path: string, bytesMin: number): string | undefined {
  try {
    accessSync(path, constants.X_OK);
    const { size, mtimeMs } = statSync(path);
    return size < bytesMin ? undefined : `${size}-${mtimeMs}`;
  } catch {
    return undefined; // Not executable for us.
  }
}
