import { createHash, type Hash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync, readFileSync, renameSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { serial } from '../../lib/serial.ts';
import { type Blobs, isDigest } from '../../store/blobs.ts';
import { outage } from '../../store/outage.ts';
import type { Signature } from '../code-signing/signature.ts';
import { keep } from './kept.ts';
import type { PackageLimits, PackageRefusal } from './limits.ts';
import { type StagedZip, sourceOf, type Zip } from './staged-zip.ts';
import { unpack, type ZipSource } from './unpack.ts';

/** A package that is safely stored. It stays at least until `held` is disposed. */
export interface StoredCode {
  /** Lower-case hex SHA-256 of the zip. */
  readonly digest: string;
  /** Of the zip. */
  readonly bytes: number;
  /** undefined: it has none, or came before signatures were verified. */
  readonly signature?: Signature | undefined;
}

/**
 * Deployment packages: the zips as blobs, which are the truth, and their content unpacked once for all environments,
 * which can always be made again. A package goes when nobody holds it any more.
 */
export interface CodeStore extends AsyncDisposable {
  /** Checks, unpacks and stores a zip. A refused one leaves nothing behind. */
  add(zip: Zip, signal: AbortSignal): Promise<{ code: StoredCode; held: Disposable } | PackageRefusal>;
  /** Whether a zip would be taken, without storing it. */
  check(zip: Zip, signal: AbortSignal): Promise<StoredCode | PackageRefusal>;
  /**
   * Writes a zip that does not come within a request to a file, where it stays until it is disposed. Destroys `content` when
   * it is refused: such a zip may be as large as what is in it.
   */
  stage(
    content: Readable,
    bytes: number,
    signal: AbortSignal,
  ): Promise<({ readonly zip: StagedZip } & AsyncDisposable) | PackageRefusal>;
  /** Keeps the package of this digest, which is there, and its unpacked content until disposed. */
  hold(digest: string): Disposable;
  /** Keeps the package alone: its unpacked content goes when nobody else keeps that, and is made again when it is needed. */
  holdPacked(digest: string): Disposable;
  /** The directory with the unpacked content; unpacks it again if it was lost. */
  directory(digest: string): Promise<string>;
  /** Of all files of the unpacked content together. */
  unzippedBytes(digest: string): Promise<number>;
  /** The zip, byte for byte. */
  open(digest: string): Promise<{ bytes: number; content: Readable } | undefined>;
  /** Removes every package, and all unpacked content, that nobody holds: what a crash left over. */
  sweep(): Promise<void>;
  /** Resolves when the removals that have begun are done. */
  idle(): Promise<void>;
  /** No more is removed: what is let go from now on, the next start sweeps. */
  [Symbol.asyncDispose](): Promise<void>;
}

export interface CodeStoreOptions {
  readonly blobs: Blobs;
  /** Directory for unpacked code, whose content is this store's alone. */
  readonly root: string;
  readonly limits: PackageLimits;
  /** Told of removals that failed; the next sweep tries again. */
  readonly onError: (error: unknown) => void;
}

export async function openCodeStore({ blobs, root, limits, onError }: CodeStoreOptions): Promise<CodeStore> {
  const unfinished = join(root, 'unfinished');
  await mkdir(root, { recursive: true, mode: 0o755 });
  await distrustAfterReboot(root);
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished);

  const sizes = new Map<string, number>();
  const oneAtATime = serial();
  let temporaries = 0;

  const pathOf = (digest: string) => {
    if (!isDigest(digest)) throw new Error(`not a digest: ${digest.slice(0, 200)}`);
    return join(root, digest); // SAFE: 64 hex digits.
  };

  /** Unpacks to a temporary directory and hands that to `use`; whatever `use` leaves of it is removed. */
  const unpacked = async <T>(
    source: ZipSource,
    signal: AbortSignal,
    use: (directory: string) => Promise<T>,
  ): Promise<T | PackageRefusal> => {
    temporaries += 1;
    const directory = join(unfinished, String(temporaries));
    try {
      await mkdir(directory);
      return (await unpack(source, directory, limits, signal)) ?? (await use(directory));
    } catch (error) {
      signal.throwIfAborted();
      throw outage('unpack a deployment package', error);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  };

  const removeUnpacked = async (digest: string): Promise<void> => {
    const path = pathOf(digest);
    if (!existsSync(path)) return;
    // First out of the way, and at once: somebody may ask for it while it goes, and half of it is not it.
    temporaries += 1;
    const going = join(unfinished, String(temporaries));
    renameSync(path, going);
    await rm(going, { recursive: true, force: true });
  };
  const unpackedOnes = keep({ oneAtATime, onError, remove: removeUnpacked });
  const packages = keep({
    oneAtATime,
    onError,
    remove: async (digest) => {
      sizes.delete(digest);
      // The blob goes last: as long as it is there, a sweep finds what is left.
      await removeUnpacked(digest);
      await blobs.delete(digest);
    },
  });
  const hold = (digest: string): Disposable => {
    const held = new DisposableStack();
    held.use(packages.hold(digest));
    held.use(unpackedOnes.hold(digest));
    return held;
  };

  const idle = async () => {
    await packages.idle();
    await unpackedOnes.idle();
  };

  const measure = async (zip: Zip): Promise<StoredCode | PackageRefusal> => {
    if (!(zip instanceof Uint8Array)) {
      return zip.bytes === 0 ? { kind: 'empty-zip' } : { digest: zip.digest, bytes: zip.bytes };
    }
    if (zip.length > limits.zippedBytesMax) return { kind: 'zip-too-large', bytesMax: limits.zippedBytesMax };
    if (zip.length === 0) return { kind: 'empty-zip' };
    // SAFE: a view of plain memory; the cast only tells that it is not shared between threads.
    const digest = await crypto.subtle.digest('SHA-256', zip as Uint8Array<ArrayBuffer>);
    return { digest: Buffer.from(digest).toString('hex'), bytes: zip.length };
  };

  const directory = async (digest: string): Promise<string> => {
    const path = pathOf(digest);
    if (existsSync(path)) return path;
    // Not to be aborted: many invocations may be waiting for the one that unpacks.
    const never = new AbortController().signal;
    await oneAtATime(digest, async () => {
      if (existsSync(path)) return;
      temporaries += 1;
      const zip = join(unfinished, `${temporaries}.zip`);
      try {
        const blob = await blobs.get(digest);
        if (blob === undefined) throw new Error(`the code ${digest} is lost`);
        await pipeline(blob.content, createWriteStream(zip, { flags: 'wx', mode: 0o600 }));
        const refusal = await unpacked({ kind: 'file', path: zip }, never, async (directory) => {
          await rename(directory, path);
          return undefined;
        });
        if (refusal !== undefined) throw new Error(`the stored code ${digest} is damaged: ${JSON.stringify(refusal)}`);
      } finally {
        await rm(zip, { force: true });
      }
    });
    return path;
  };

  return {
    async add(zip, signal) {
      const code = await measure(zip);
      if ('kind' in code) return code;
      // Held before it is there, so that the end of the same code elsewhere does not remove it under our hands.
      const held = hold(code.digest);
      try {
        const refusal = await oneAtATime(code.digest, async () => {
          if (existsSync(pathOf(code.digest)) && (await isStored(blobs, code.digest))) return undefined;
          return unpacked(sourceOf(zip), signal, async (directory) => {
            await blobs.put(contentOf(zip), signal);
            await rm(pathOf(code.digest), { recursive: true, force: true });
            await rename(directory, pathOf(code.digest));
            return undefined;
          });
        });
        if (refusal === undefined) return { code, held };
        held[Symbol.dispose]();
        return refusal;
      } catch (error) {
        held[Symbol.dispose]();
        throw error;
      }
    },
    async check(zip, signal) {
      const code = await measure(zip);
      if ('kind' in code) return code;
      return unpacked(sourceOf(zip), signal, async () => code);
    },
    async stage(content, bytes, signal) {
      const bytesMax = limits.unzippedBytesMax;
      if (bytes > bytesMax) {
        content.destroy();
        return { kind: 'unzipped-too-large', bytesMax };
      }
      temporaries += 1;
      const path = join(unfinished, `${temporaries}.zip`);
      const sum = createHash('sha256');
      try {
        await pipeline(content, digesting(sum), createWriteStream(path, { flags: 'wx', mode: 0o600 }), { signal });
      } catch (error) {
        await rm(path, { force: true });
        signal.throwIfAborted();
        throw outage('take in a deployment package', error);
      }
      const zip: StagedZip = { path, bytes, digest: sum.digest('hex') };
      return { zip, [Symbol.asyncDispose]: () => rm(path, { force: true }) };
    },
    hold,
    holdPacked: packages.hold,
    async unzippedBytes(digest) {
      const known = sizes.get(digest);
      if (known !== undefined) return known;
      using _ = hold(digest);
      const bytes = await bytesIn(await directory(digest));
      sizes.set(digest, bytes);
      return bytes;
    },
    directory,
    open: (digest) => blobs.get(digest),
    async sweep() {
      for (const name of await readdir(root)) {
        if (!isDigest(name)) continue;
        packages.letGo(name);
        unpackedOnes.letGo(name);
      }
      for await (const { digest } of blobs.list()) packages.letGo(digest);
      await idle();
    },
    idle,
    async [Symbol.asyncDispose]() {
      await packages[Symbol.asyncDispose]();
      await unpackedOnes[Symbol.asyncDispose]();
    },
  };
}

/**
 * Unpacked files are not synced one by one, which would cost seconds for a large package. After a reboot, which may
 * have been a power cut, they are thrown away and unpacked again from the blob when they are needed.
 */
async function distrustAfterReboot(root: string): Promise<void> {
  const marker = join(root, 'boot-id');
  const boot = bootId();
  if (boot !== undefined && existsSync(marker) && readFileSync(marker, 'utf8') === boot) return;
  for (const name of await readdir(root)) await rm(join(root, name), { recursive: true, force: true });
  if (boot !== undefined) await writeFile(marker, boot);
}

/** Another one each time the machine starts; undefined where the system has none. */
function bootId(): string | undefined {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8');
  } catch {
    return undefined; // Then nothing unpacked outlives the server, which only costs time.
  }
}

async function bytesIn(directory: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) bytes += await bytesIn(path);
    else if (entry.isFile()) bytes += (await stat(path)).size;
  }
  return bytes;
}

async function isStored(blobs: Blobs, digest: string): Promise<boolean> {
  const blob = await blobs.get(digest);
  blob?.content.destroy();
  return blob !== undefined;
}

async function* contentOf(zip: Zip): AsyncGenerator<Uint8Array> {
  if (zip instanceof Uint8Array) yield zip;
  else yield* createReadStream(zip.path);
}

/** Passes on what comes, and adds it to the sum. */
function digesting(sum: Hash) {
  return async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      sum.update(chunk);
      yield chunk;
    }
  };
}
