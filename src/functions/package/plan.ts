import type { PackageLimits, PackageRefusal } from './limits.ts';

/** What the zip's directory says of one entry. Nothing of it is to be trusted. */
export interface ZipEntry {
  /** With forward slashes (yauzl turns backslashes into those); one at the end marks a directory. */
  readonly name: string;
  /** Type and permissions as `stat` knows them; 0 when the zip was not made on Unix. */
  readonly unixMode: number;
  readonly uncompressedBytes: number;
  readonly encrypted: boolean;
}

/** What to write, by path relative to the package's root. Parents come before their children. */
export interface Plan<Entry extends ZipEntry> {
  readonly directories: readonly string[];
  readonly files: ReadonlyMap<string, { entry: Entry; mode: 0o644 | 0o755 }>;
  readonly links: ReadonlyMap<string, Entry>;
}

/**
 * Decides where each entry goes, or why the package is refused: entries that would leave the root, that hide behind a
 * link, that are no file, directory or link, or that cannot stand beside another one.
 */
export function planPackage<Entry extends ZipEntry>(
  entries: Iterable<Entry>,
  limits: PackageLimits,
): Plan<Entry> | PackageRefusal {
  const directories = new Set<string>();
  const files = new Map<string, { entry: Entry; mode: 0o644 | 0o755 }>();
  const links = new Map<string, Entry>();
  let declaredBytes = 0;
  let count = 0;

  for (const entry of entries) {
    count += 1;
    const path = normalPath(entry.name);
    const kind = kindOf(entry);
    if (count > limits.entriesMax) return unreadable(`more than ${limits.entriesMax} entries`);
    if (path === undefined) return unreadable(`the path ${JSON.stringify(entry.name.slice(0, 200))}`);
    if (kind === undefined) return unreadable(`${path} is neither a file nor a directory nor a link`);
    if (entry.encrypted) return unreadable(`${path} is encrypted`);
    // Only to refuse early: what counts is counted while inflating.
    declaredBytes += entry.uncompressedBytes;
    if (declaredBytes > limits.unzippedBytesMax) {
      return { kind: 'unzipped-too-large', bytesMax: limits.unzippedBytesMax };
    }

    const parents = parentsOf(path);
    for (const parent of parents) {
      if (files.has(parent) || links.has(parent))
        return unreadable(`${path} lies under ${parent}, which is no directory`);
      directories.add(parent);
    }
    if (kind === 'directory') {
      if (path === '') continue;
      if (files.has(path) || links.has(path)) return unreadable(`${path} is a directory and something else`);
      directories.add(path);
      continue;
    }
    if (path === '' || directories.has(path)) return unreadable(`${path} is a directory and something else`);
    // The same file twice: archivers append a newer one, and the last one counts, as for every unzip. A link never
    // replaces a file or the other way round.
    if (kind === 'file') {
      if (links.has(path)) return unreadable(`${path} is a link and a file`);
      files.set(path, { entry, mode: (entry.unixMode & 0o111) === 0 ? 0o644 : 0o755 });
    } else {
      if (files.has(path)) return unreadable(`${path} is a link and a file`);
      links.set(path, entry);
    }
  }
  if (count === 0) return { kind: 'empty-zip' };
  const inOrder = [...directories].sort((one, other) => one.split('/').length - other.split('/').length);
  return { directories: inOrder, files, links };
}

/**
 * Whether a link, followed as the kernel would through all the package's links, ever steps out of the root. A target
 * that does not exist, or a loop, stays inside.
 */
export function linkLeaves(path: string, targets: ReadonlyMap<string, string>): boolean {
  let steps = 0;
  const at: string[] = [];
  const walk = (relative: string): boolean => {
    if (relative.startsWith('/')) return true;
    for (const step of relative.split('/')) {
      if (step === '' || step === '.') continue;
      if (step === '..') {
        if (at.pop() === undefined) return true;
        continue;
      }
      at.push(step);
      const target = targets.get(at.join('/'));
      if (target === undefined) continue;
      // Linux gives up after 40 links (path_resolution(7)), so nothing behind the fortieth is ever reached.
      steps += 1;
      if (steps > 40) return false;
      at.pop();
      if (walk(target)) return true;
    }
    return false;
  };
  return walk(path);
}

const NAME_BYTES_MAX = 255; // Linux: NAME_MAX
const PATH_BYTES_MAX = 3_000; // Linux: PATH_MAX is 4,096 with the directory that the package is unpacked to.

/** The path without empty and `.` steps; undefined if it is absolute, climbs, or is no path. '' is the root itself. */
function normalPath(name: string): string | undefined {
  if (name === '' || name.startsWith('/') || /^[A-Za-z]:/.test(name) || name.includes('\0')) return undefined;
  const steps = name.split('/').filter((step) => step !== '' && step !== '.');
  if (steps.includes('..') || steps.some((step) => Buffer.byteLength(step) > NAME_BYTES_MAX)) return undefined;
  const path = steps.join('/');
  return Buffer.byteLength(path) > PATH_BYTES_MAX ? undefined : path;
}

function parentsOf(path: string): string[] {
  const steps = path.split('/');
  return steps.slice(1).map((_, index) => steps.slice(0, index + 1).join('/'));
}

const TYPE_MASK = 0o170000;
const TYPES: ReadonlyMap<number, 'file' | 'directory' | 'link'> = new Map([
  [0o100000, 'file'],
  [0o040000, 'directory'],
  [0o120000, 'link'],
]);

function kindOf({ name, unixMode }: ZipEntry): 'file' | 'directory' | 'link' | undefined {
  const type = unixMode & TYPE_MASK;
  if (type === 0) return name.endsWith('/') ? 'directory' : 'file';
  const kind = TYPES.get(type);
  // A name that ends in a slash is a directory's; one that claims to be something else as well is a trick.
  return name.endsWith('/') && kind !== 'directory' ? undefined : kind;
}

const unreadable = (detail: string): PackageRefusal => ({ kind: 'unreadable-zip', detail });
