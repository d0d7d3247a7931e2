import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, opendir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Blobs, isDigest } from '../blobs.ts';
import { outage } from '../outage.ts';

/** Blobs as files named by their digest. Removes what a dead process left half written. */
export async function openFileBlobs(directory: string): Promise<Blobs> {
  const unfinished = join(directory, 'unfinished');
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true, mode: 0o700 });
  let started = 0;
  // SAFE: only 64 hex digits pass, so the path stays inside.
  const pathOf = (digest: string) => {
    if (!isDigest(digest)) throw new Error(`not a digest: ${digest.slice(0, 200)}`);
    return join(directory, digest);
  };

  return {
    async put(content, signal) {
      started += 1;
      const temporary = join(unfinished, String(started));
      try {
        const info = await writeDurably(temporary, content, signal);
        await rename(temporary, pathOf(info.digest));
        await syncDirectory(directory);
        return info;
      } catch (error) {
        await rm(temporary, { force: true });
        if (signal?.aborted) throw error;
        throw outage('store a blob', error);
      }
    },
    async get(digest) {
      const file = await open(pathOf(digest)).catch(unlessMissing);
      if (file === undefined) return undefined;
      const { size } = await file.stat();
      return { bytes: size, content: file.createReadStream() };
    },
    async *list() {
      for await (const { name } of await opendir(directory)) {
        if (!isDigest(name)) continue;
        const found = await stat(join(directory, name)).catch(unlessMissing); // Deleted meanwhile: not to be listed.
        if (found !== undefined) yield { digest: name, bytes: found.size };
      }
    },
    async delete(digest) {
      await rm(pathOf(digest), { force: true });
      await syncDirectory(directory);
    },
  };
}

async function writeDurably(path: string, content: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined) {
  await using file = await open(path, 'wx', 0o600);
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of content) {
    signal?.throwIfAborted();
    hash.update(chunk);
    bytes += chunk.length;
    await writeAll(file, chunk);
  }
  signal?.throwIfAborted();
  await file.sync();
  return { digest: hash.digest('hex'), bytes };
}

/** A nearly full disk takes less than it is offered, and says so only by the count. */
async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let offset = 0; offset < chunk.length; ) {
    offset += (await file.write(chunk, offset)).bytesWritten;
  }
}

/** A rename is durable only once the directory is. */
export async function syncDirectory(path: string): Promise<void> {
  await using directory = await open(path, 'r');
  await directory.sync();
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
