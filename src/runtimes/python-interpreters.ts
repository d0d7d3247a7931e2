import { statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Logger } from '../lib/log.ts';
import type { Interpreter } from './finder.ts';
import { findInterpreters, managedBins, newest } from './interpreter-search.ts';
import { inspectProgram } from './named-program.ts';

export interface PythonSearch {
  /** Major and minor versions to look for, for example `3.12`. */
  readonly versions: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly cacheFile: string;
  readonly log: Logger;
}

/**
 * The host's interpreters, the newest of each version: on PATH, in the system's usual places, and those that pyenv and
 * uv manage.
 */
export async function findPythonInterpreters(search: PythonSearch): Promise<Map<string, Interpreter>> {
  const { cacheFile, log, home } = search;
  const probe = (path: string) => inspectPython(path, home);
  return newest(await findInterpreters({ paths: candidates(search), cacheFile, log, bytesMin: 4096, probe }));
}

/** In the order in which a shell would find them. */
function candidates({ versions, env, home }: PythonSearch): string[] {
  const directories = [
    ...(env.PATH ?? '').split(delimiter),
    '/usr/local/bin',
    '/usr/bin',
    ...managedBins(join(env.PYENV_ROOT ?? join(home, '.pyenv'), 'versions')),
    ...managedBins(join(env.UV_PYTHON_INSTALL_DIR ?? join(home, '.local/share/uv/python'))),
  ];
  return directories.flatMap((directory) => versions.map((version) => join(directory, `python${version}`)));
}

const PROBE = `
import sys, ssl, ctypes, sqlite3, json
print(json.dumps({"version": "%d.%d.%d" % sys.version_info[:3], "final": sys.version_info[3] == "final", "prefix": sys.base_prefix}))
`;

/** Asks an interpreter about itself. Throws when it does not run, or is not one that functions should have. */
export async function inspectPython(path: string, home: string, signal?: AbortSignal): Promise<Interpreter> {
  const python = await inspectProgram(path, ['-I', '-c', PROBE], signal);
  const { prefix, version } = python;
  const [major, minor] = version.split('.');
  // The whole prefix is shown to functions: it must be an interpreter's own tree, and nobody's home.
  const isOwn = prefix !== '/' && home !== prefix && !home.startsWith(`${prefix}/`);
  const isWhole =
    prefix === '/usr' || statSync(join(prefix, 'bin', `python${major}.${minor}`), { throwIfNoEntry: false })?.isFile();
  if (!isOwn || !isWhole) throw new Error(`${path} is part of ${prefix}, which is no interpreter's own directory.`);
  return python;
}
