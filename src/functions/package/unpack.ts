import { chmod, type FileHandle, mkdir, open, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { type Entry, fromBufferPromise, openPromise, type ZipFile } from 'yauzl';
import type { PackageLimits, PackageRefusal } from './limits.ts';
import { linkLeaves, type Plan, planPackage, type ZipEntry } from './plan.ts';

/** A package as bytes in memory (it came within a request), or as a file. */
export type ZipSource = { kind: 'bytes'; bytes: Uint8Array } | { kind: 'file'; path: string };

const WRITERS = 8; // Enough to keep the thread pool busy; more only costs memory.
const LINK_TARGET_BYTES_MAX = 4_096; // Linux: PATH_MAX

/**
 * Writes the package's content below `root`, an empty directory: files 0644 or 0755, directories 0755, links that stay
 * inside. Sizes are counted while inflating. Answers why the package is refused, if it is; `root` is then half filled,
 * and whoever made it removes it. Throws on outages and aborts.
 */
export async function unpack(
  source: ZipSource,
  root: string,
  limits: PackageLimits,
  signal: AbortSignal,
): Promise<PackageRefusal | undefined> {
  let zip: ZipFile | undefined;
  try {
    zip = await openZip(source);
    if (zip.entryCount > limits.entriesMax) throw new Unreadable(`more than ${limits.entriesMax} entries`);
    const entries: (ZipEntry & { zipped: Entry })[] = [];
    for await (const zipped of zip.eachEntry()) {
      signal.throwIfAborted();
      entries.push(readEntry(zipped));
    }
    const plan = planPackage(entries, limits);
    if ('kind' in plan) return plan;
    await write(zip, plan, root, budget(limits.unzippedBytesMax), signal);
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof TooLarge) return { kind: 'unzipped-too-large', bytesMax: limits.unzippedBytesMax };
    if (isOutage(error)) throw error;
    // Whatever else yauzl or zlib complains about, it is the zip that is wrong.
    return { kind: 'unreadable-zip', detail: String(error) };
  } finally {
    zip?.close();
  }
}

class TooLarge extends Error {}
class Unreadable extends Error {}

/** Errors of the file system are ours, all others the package's. */
function isOutage(error: unknown): boolean {
  // EEXIST: two names that this file system, which ignores case, takes for one.
  return error instanceof Error && 'syscall' in error && (error as NodeJS.ErrnoException).code !== 'EEXIST';
}

export function openZip(source: ZipSource): Promise<ZipFile> {
  const options = { autoClose: false, lazyEntries: true };
  if (source.kind === 'file') return openPromise(source.path, options);
  const { buffer, byteOffset, byteLength } = source.bytes;
  return fromBufferPromise(Buffer.from(buffer, byteOffset, byteLength), options);
}

const MADE_ON_UNIX = new Set([3, 19]); // APPNOTE 4.4.2.2: Unix, OS X (Darwin)

function readEntry(zipped: Entry): ZipEntry & { zipped: Entry } {
  const unix = MADE_ON_UNIX.has(zipped.versionMadeBy >>> 8);
  return {
    zipped,
    name: zipped.fileName,
    unixMode: unix ? zipped.externalFileAttributes >>> 16 : 0,
    uncompressedBytes: zipped.uncompressedSize,
    encrypted: zipped.isEncrypted(),
  };
}

async function write(
  zip: ZipFile,
  plan: Plan<ZipEntry & { zipped: Entry }>,
  root: string,
  spend: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  // SAFE: every path of the plan stays below the root, and nothing that is written so far is a link.
  await chmod(root, 0o755);
  for (const directory of plan.directories) {
    await mkdir(join(root, directory));
    await chmod(join(root, directory), 0o755); // The process's umask may have taken rights away.
  }

  const files = plan.files.entries();
  const stopping = new AbortController();
  const writer = async () => {
    for (const [path, { entry, mode }] of files) {
      if (stopping.signal.aborted || signal.aborted) return;
      await using file = await open(join(root, path), 'wx', mode);
      await file.chmod(mode);
      await inflate(await openEntry(zip, entry.zipped), entry.zipped.crc32, file, spend);
    }
  };
  const writers = Array.from({ length: WRITERS }, () => writer().finally(() => stopping.abort()));
  // All have to be done before the caller may remove what they write to.
  for (const outcome of await Promise.allSettled(writers)) if (outcome.status === 'rejected') throw outcome.reason;
  signal.throwIfAborted();

  const targets = new Map<string, string>();
  for (const [path, { zipped }] of plan.links) {
    if (zipped.uncompressedSize > LINK_TARGET_BYTES_MAX) throw new Unreadable(`the target of ${path} is too long`);
    const target = Buffer.concat(await Array.fromAsync(await openEntry(zip, zipped))).toString();
    if (target === '' || target.includes('\0')) throw new Unreadable(`${path} links to no path`);
    targets.set(path, target);
  }
  // Links come last, so that nothing can ever be written through one.
  for (const [path, target] of targets) {
    if (linkLeaves(path, targets)) throw new Unreadable(`${path} links to ${target}, outside of the package`);
    await symlink(target, join(root, path));
  }
}

/** Whoever gets the stream reads or destroys it. */
export async function openEntry(zip: ZipFile, entry: Entry): Promise<Readable> {
  const content = await zip.openReadStreamPromise(entry);
  // Hostile bytes may fail before the reader listens, and an error that nobody listens to ends the process. SAFE: the
  // stream remembers the error, and the reader gets it.
  content.on('error', () => {});
  return content;
}

async function inflate(
  content: Readable,
  expectedCrc32: number,
  file: FileHandle,
  spend: (bytes: number) => void,
): Promise<void> {
  let seen = 0;
  // Leaving the loop by an error destroys the stream.
  for await (const chunk of content as AsyncIterable<Buffer>) {
    spend(chunk.length);
    seen = crc32(chunk, seen);
    await file.writeFile(chunk);
  }
  if (seen !== expectedCrc32) throw new Unreadable('a checksum is wrong');
}

function budget(bytesMax: number): (bytes: number) => void {
  let left = bytesMax;
  return (bytes) => {
    left -= bytes;
    if (left < 0) throw new TooLarge();
  };
}
