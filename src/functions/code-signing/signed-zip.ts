import { createHash, type Hash } from 'node:crypto';
import { type Entry, fromBufferPromise, type ZipFile } from 'yauzl';
import type { PackageLimits } from '../package/limits.ts';

/** Where AWS Signer puts its signature. */
export const SIGNATURE_PATH = 'META_INF/aws_signer_signature_v1.0.SF';
const SIGNATURE_BYTES_MAX = 1_048_576; // Ours; those of AWS Signer have about 3,000.

/** A zip with something at the signature's place. */
export interface SignedZip {
  readonly signature: Buffer;
  /** SHA-384 of what a signature is about. */
  readonly contentDigest: Buffer;
}

/**
 * Reads the signature of a zip that was unpacked before, and digests all else: each entry's name and content in the order of
 * the zip's directory, directories too, and the digest of that once more. Times, rights and compression do not count.
 * undefined: it has no signature. Throws for a zip that cannot be read or that has a name twice, and when aborted.
 */
export async function readSignedZip(
  zip: Uint8Array,
  limits: PackageLimits,
  signal: AbortSignal,
): Promise<SignedZip | undefined> {
  const file = await fromBufferPromise(Buffer.from(zip.buffer, zip.byteOffset, zip.byteLength), {
    autoClose: false,
    lazyEntries: true,
  });
  try {
    const entries: Entry[] = [];
    for await (const entry of file.eachEntry()) {
      signal.throwIfAborted();
      entries.push(entry);
    }
    const nameOf = ({ fileNameRaw }: Entry) => fileNameRaw.toString('latin1'); // Byte by byte, whatever they mean.
    const signed = entries.find((entry) => nameOf(entry) === SIGNATURE_PATH);
    if (signed === undefined) return undefined;
    if (new Set(entries.map(nameOf)).size < entries.length) throw new Error('a name stands in the zip twice');

    const content = createHash('sha384');
    let left = limits.unzippedBytesMax;
    for (const entry of entries) {
      if (entry === signed) continue;
      content.update(entry.fileNameRaw);
      left -= await digest(file, entry, left, content, signal);
    }
    return {
      signature: await read(file, signed, signal),
      contentDigest: createHash('sha384').update(content.digest()).digest(),
    };
  } finally {
    file.close();
  }
}

/** Answers how many bytes it were. */
async function digest(file: ZipFile, entry: Entry, max: number, hash: Hash, signal: AbortSignal): Promise<number> {
  let bytes = 0;
  // Leaving the loop by an error destroys the stream.
  for await (const chunk of (await file.openReadStreamPromise(entry)) as AsyncIterable<Buffer>) {
    signal.throwIfAborted();
    bytes += chunk.length;
    if (bytes > max) throw new Error('the zip is larger than it may be');
    hash.update(chunk);
  }
  return bytes;
}

async function read(file: ZipFile, entry: Entry, signal: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of (await file.openReadStreamPromise(entry)) as AsyncIterable<Buffer>) {
    signal.throwIfAborted();
    bytes += chunk.length;
    if (bytes > SIGNATURE_BYTES_MAX) throw new Error('the signature is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
