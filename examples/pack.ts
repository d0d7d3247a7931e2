// Packs a function's directory, and the npm packages it needs, into a zip as Lambda wants it.
// On the command line: node examples/pack.ts DIRECTORY ZIP [PACKAGE …]
import { existsSync, globSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { ZipFile } from 'yazl';

const checkout = resolve(import.meta.dirname, '..');

/**
 * The zip of what is in `directory`, and of this checkout's copies of `packages` with everything they depend on, under
 * `node_modules/`. Optional dependencies come along when they are installed: native builds for this platform are such.
 * Executable bits are kept. The same files give the same bytes.
 */
export function pack(directory: string, packages: readonly string[] = []): Promise<Buffer> {
  const zip = new ZipFile();
  for (const path of filesIn(directory)) add(path, relative(directory, path));
  const closure = new Set<string>();
  for (const name of packages) collect(name, checkout, closure);
  for (const dir of [...closure].sort()) {
    // A package nested in another is in the set by itself.
    for (const path of filesIn(dir)) {
      if (!relative(dir, path).startsWith('node_modules/')) add(path, relative(checkout, path));
    }
  }
  zip.end();
  return buffer(zip.outputStream);

  function add(path: string, name: string): void {
    const mode = statSync(path).mode & 0o111 ? 0o100755 : 0o100644;
    zip.addFile(path, name, { mode, mtime: new Date(1980, 0, 1) });
  }
}

function filesIn(directory: string): string[] {
  return globSync('**/*', { cwd: directory })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile())
    .sort();
}

/** Adds the directory of a package, as seen from `from`, and of all it depends on. */
function collect(name: string, from: string, into: Set<string>, isOptional = false): void {
  const dir = find(name, from);
  if (dir === undefined) {
    if (isOptional) return;
    throw new Error(`${name} is not installed; type: npm install`);
  }
  if (into.has(dir)) return;
  into.add(dir);
  const manifest: { dependencies?: Record<string, string>; optionalDependencies?: Record<string, string> } = JSON.parse(
    readFileSync(join(dir, 'package.json'), 'utf8'),
  );
  for (const next of Object.keys(manifest.optionalDependencies ?? {})) collect(next, dir, into, true);
  for (const next of Object.keys(manifest.dependencies ?? {})) collect(next, dir, into);
}

/** Looks as Node does: in the nearest `node_modules`, then in each one above, up to the checkout's. */
function find(name: string, from: string): string | undefined {
  for (let at = from; at.startsWith(checkout); at = dirname(at)) {
    const dir = join(at, 'node_modules', name);
    if (existsSync(join(dir, 'package.json'))) return dir;
  }
  return undefined;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [directory, zip, ...packages] = process.argv.slice(2);
  if (directory === undefined || zip === undefined) {
    console.error('usage: node examples/pack.ts DIRECTORY ZIP [PACKAGE …]');
    process.exitCode = 2;
  } else {
    writeFileSync(zip, await pack(resolve(directory), packages));
  }
}
