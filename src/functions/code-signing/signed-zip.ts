import { createHash } from 'node:crypto';
import type { Entry, ZipFile } from 'yauzl';
import type { PackageLimits } from '../package/limits.ts';
import { openEntry, openZip, type ZipSource } from '../package/unpack.ts';

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
 * undefined: it has no signature. Throws for a zip that cannot be read or whose names are doubtful, and when aborted.
 */
export async function readSignedZip(
  zip: ZipSource,
  limits: PackageLimits,
  signal: AbortSignal,
): Promise<SignedZip | undefined> {
  const file = await openZip(zip);
  try {
    const entries: Entry[] = [];
    for await (const entry of file.eachEntry()) {
      signal.throwIfAborted();
      entries.push(entry);
    }
    const signed = entries.find(({ fileName }) => fileName === SIGNATURE_PATH);
    if (signed === undefined) return undefined;
    assertNames(entries);

    const content = createHash('sha384');
    let left = limits.unzippedBytesMax;
    for (const entry of entries) {
      if (entry === signed) continue;
      content.update(entry.fileNameRaw);
      left -= await eachChunk(file, entry, left, signal, (chunk) => content.update(chunk));
    }
    const signature: Buffer[] = [];
    await eachChunk(file, signed, SIGNATURE_BYTES_MAX, signal, (chunk) => signature.push(chunk));
    return {
      signature: Buffer.concat(signature),
      contentDigest: createHash('sha384').update(content.digest()).digest(),
    };
  } finally {
    file.close();
  }
}

/**
 * Signed are the bytes of names; unpacked is what they are read as. A field that nobody signed can name a file anew (APPNOTE
 * 4.6.9), and of two entries with one name the last one is unpacked, so neither may be there.
 */
function assertNames(entries: readonly Entry[]): void {
  const other = entries.find(({ fileName, fileNameRaw }) => !fileNameRaw.equals(Buffer.from(fileName)));
  if (other !== undefined) throw new Error(`${other.fileName} is written otherwise than it is read`);
  if (new Set(entries.map(({ fileName }) => fileName)).size < entries.length) {
    throw new Error('a name stands in the zip twice');
  }
}

/** Answers how many bytes it were. Throws for more than `max`. */
async function eachChunk(
  file: ZipFile,
  entry: Entry,
  max: number,
  signal: AbortSignal,
  take: (chunk: Buffer) => void,
): Promise<number> {
  let bytes = 0;
  // Leaving the loop by an error destroys the stream.
  for await (const chunk of (await openEntry(file, entry)) as AsyncIterable<Buffer>) {
    signal.throwIfAborted();
    bytes += chunk.length;
    if (bytes > max) throw new Error(`${entry.fileName} is larger than it may be`);
    take(chunk);
  }
  return bytes;
}
