import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, globSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Interpreter } from '../finder.ts';
import { makingDirectory } from '../making-directory.ts';

const SOURCE_DIR = fileURLToPath(new URL('../../../guest/dotnet', import.meta.url));
const COMPILE_MS_MAX = 120_000;

/** Where the guest of this version of Lambent is, made or not. */
export function guestDirectory(dir: string): string {
  const hash = createHash('sha256');
  for (const file of sources()) hash.update(`${file}\0`).update(readFileSync(file)).update('\0');
  return join(dir, 'dotnet', `guest-${hash.digest('hex').slice(0, 16)}`);
}

/** A library runs on the .NET that it was compiled for, and on later ones: there is one for each. */
export function guestFile({ version }: Pick<Interpreter, 'version'>): string {
  return `guest.net${version.split('.')[0]}.dll`;
}

/** Whether some version of Lambent has made a guest here: a person has once asked for class libraries. */
export function hadGuest(dir: string): boolean {
  return globSync('dotnet/guest-*/*.dll', { cwd: dir }).length > 0;
}

/** A C# compiler, and the `dotnet` that runs it. */
export interface Compiler {
  readonly dotnet: string;
  readonly csc: string;
}

/** The newest compiler of the SDKs beside these programs; nothing is run. */
export function findCompiler(dotnets: readonly string[]): Compiler | undefined {
  const found = dotnets.flatMap((dotnet) =>
    globSync('sdk/*/Roslyn/bincore/csc.dll', { cwd: dirname(dotnet) }).map((csc) => ({ dotnet, csc })),
  );
  const [newest] = found.toSorted((one, other) => other.csc.localeCompare(one.csc, 'en', { numeric: true }));
  return newest === undefined ? undefined : { dotnet: newest.dotnet, csc: join(dirname(newest.dotnet), newest.csc) };
}

/**
 * Compiles the guest for this .NET, against its own libraries, if that has not been done. Sandboxes see the directory already:
 * the file appears in it as a whole, also when several processes make it at once. Throws with what the compiler says.
 */
export async function makeGuest(
  guestDir: string,
  runtime: Interpreter,
  compiler: Compiler,
  signal: AbortSignal,
): Promise<void> {
  const target = join(guestDir, guestFile(runtime));
  if (existsSync(target)) return;
  mkdirSync(guestDir, { recursive: true });
  using making = makingDirectory(dirname(guestDir));
  const made = join(making.path, guestFile(runtime));
  const libraries = join(runtime.prefix, 'shared/Microsoft.NETCore.App', runtime.version);
  const references = globSync('*.dll', { cwd: libraries }).map((name) => `-r:${join(libraries, name)}`);
  // C# 10 is what the oldest SDK that has it, .NET 6's, compiles.
  const options = [
    '-nologo',
    '-noconfig',
    '-nostdlib',
    '-langversion:10',
    '-nullable:enable',
    '-optimize+',
    '-deterministic',
  ];
  const args = ['exec', compiler.csc, ...options, `-out:${made}`, ...references, ...sources()];
  try {
    await promisify(execFile)(compiler.dotnet, args, {
      cwd: making.path,
      env: { HOME: making.path, DOTNET_SYSTEM_GLOBALIZATION_INVARIANT: '1' },
      timeout: COMPILE_MS_MAX,
      signal,
    });
  } catch (error) {
    signal.throwIfAborted();
    const said = String((error as { stdout?: unknown }).stdout ?? '').trim(); // SAFE: only shown.
    throw new Error(`cannot compile what runs .NET class libraries with ${compiler.csc}: ${said}`, { cause: error });
  }
  // Sandboxes run as users of their own, who must be able to read it.
  chmodSync(made, 0o644);
  renameSync(made, target);
}

function sources(): string[] {
  return globSync('*.cs', { cwd: SOURCE_DIR })
    .toSorted()
    .map((name) => join(SOURCE_DIR, name));
}
