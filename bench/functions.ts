// The functions that are measured. `counter` counts its own invocations: an answer other than 1 was no cold start.
import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { checkout, runLambent } from '../scripts/server-process.ts';
import { findCompiler } from '../src/runtimes/dotnet/dotnet-guest.ts';
import type { Deployment } from './deploy.ts';

const run = promisify(execFile);
const DIRECTORY = join(import.meta.dirname, 'functions');

export function source(name: string): string {
  return readFileSync(join(DIRECTORY, name), 'utf8');
}

export interface CounterFunction extends Pick<Deployment, 'files' | 'handler'> {
  readonly label: string;
}

/**
 * The counter for this runtime, more than one where it may be written in several languages. `path`: of the interpreter, as
 * `lambent runtime list` tells it. Empty for a runtime that the bench has no function for. Throws when it cannot be compiled.
 */
export async function counters(runtime: string, path: string): Promise<CounterFunction[]> {
  const label = runtime;
  if (runtime.startsWith('nodejs')) {
    return [{ label, handler: 'index.handler', files: { 'index.mjs': source('counter.mjs') } }];
  }
  if (runtime.startsWith('python')) {
    return [{ label, handler: 'index.handler', files: { 'index.py': source('counter.py') } }];
  }
  if (runtime.startsWith('ruby')) {
    return [{ label, handler: 'index.handler', files: { 'index.rb': source('counter.rb') } }];
  }
  if (runtime.startsWith('java')) {
    const compiled = await compiling('Counter.java', 'Counter.class', (file, directory) =>
      run(join(dirname(path), 'javac'), ['-d', directory, '--release', '11', file]),
    );
    return [{ label, handler: 'Counter::handle', files: { 'Counter.class': compiled } }];
  }
  if (runtime.startsWith('dotnet')) return inCSharp(runtime, path);
  if (runtime === 'provided.al2023') {
    const shell = readFileSync(join(checkout, 'examples/shell/bootstrap'));
    const bash = {
      ...{ label: `${label}, bash`, handler: 'counter.count' },
      files: { bootstrap: shell, 'counter.sh': source('counter.sh') },
    };
    return [bash, ...(await inGo(label))];
  }
  return [];
}

/** None where there is no SDK. */
async function inCSharp(label: string, dotnet: string): Promise<CounterFunction[]> {
  const compiler = findCompiler([dotnet]);
  if (compiler === undefined) return [];
  const added = await runLambent(['runtime', 'add', label]);
  if (added.code !== 0) throw new Error(`cannot add ${label}: ${added.stderr}`);
  const major = label.slice('dotnet'.length);
  const libraries = globSync(join(dirname(dotnet), `shared/Microsoft.NETCore.App/${major}.*/*.dll`));
  const flags = ['-nologo', '-noconfig', '-nostdlib', '-optimize+', '-target:library'];
  const library = await compiling('counter.cs', 'counter.dll', (file, directory) => {
    const references = libraries.map((path) => `-r:${path}`);
    const args = [compiler.csc, ...flags, `-out:${join(directory, 'counter.dll')}`, ...references, file];
    return run(compiler.dotnet, ['exec', ...args]);
  });
  // As `dotnet publish` writes them, for a library without packages.
  const target = `.NETCoreApp,Version=v${major}.0`;
  const deps = {
    runtimeTarget: { name: target, signature: '' },
    targets: { [target]: { 'counter/1.0.0': { runtime: { 'counter.dll': {} } } } },
    libraries: { 'counter/1.0.0': { type: 'project', serviceable: false, sha512: '' } },
  };
  const framework = { name: 'Microsoft.NETCore.App', version: `${major}.0.0` };
  const config = { runtimeOptions: { tfm: `net${major}.0`, framework } };
  const files = {
    'counter.dll': library,
    'counter.deps.json': JSON.stringify(deps),
    'counter.runtimeconfig.json': JSON.stringify(config),
  };
  return [{ label, handler: 'counter::Counter::Handle', files }];
}

/** None where there is no Go. */
async function inGo(label: string): Promise<CounterFunction[]> {
  try {
    await run('go', ['version']);
  } catch {
    // The bench says which rows are missing; this one then is.
    return [];
  }
  const env = { ...process.env, CGO_ENABLED: '0', GOTOOLCHAIN: 'local' };
  const bootstrap = await compiling('counter.go', 'bootstrap', (file, directory) =>
    run('go', ['build', '-ldflags', '-s -w', '-o', join(directory, 'bootstrap'), file], { env }),
  );
  return [{ label: `${label}, Go`, handler: 'bootstrap', files: { bootstrap } }];
}

async function compiling(
  name: string,
  result: string,
  compile: (file: string, directory: string) => Promise<unknown>,
): Promise<Buffer> {
  const directory = await mkdtemp(join(tmpdir(), 'lambent-bench-'));
  try {
    const file = join(directory, name);
    await copyFile(join(DIRECTORY, name), file);
    await compile(file, directory);
    return await readFile(join(directory, result));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
