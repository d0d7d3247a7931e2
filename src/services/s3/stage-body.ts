import { createHash } from 'node:crypto';
import { type ChecksumAlgorithm, startChecksum } from '../../lib/checksum.ts';
import type { ContentFiles, NewFile } from './content-files.ts';
import type { Segment } from './object.ts';
import { refused } from './refusal.ts';

/** Up to here bytes lie in the table itself: one shared commit instead of a file with two syncs of its own. */
export const INLINE_BYTES_MAX = 16 * 1024;

/** What a body must turn out to be. */
export interface BodyDemands {
  readonly bytesMax: number;
  readonly bytes?: number | undefined;
  /** Base64. */
  readonly md5?: string | undefined;
  /** Computed, and compared where the client has said it (base64). */
  readonly checksum: DemandedChecksum;
  /** Compared as well, and then forgotten. */
  readonly otherChecksum?: DemandedChecksum | undefined;
}

export interface DemandedChecksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly expected?: string | undefined;
}

export type StagedBody = Pick<Segment, 'bytes' | 'md5' | 'checksum' | 'place'>;

/** Writes a body to the disk without ever holding all of it. Whatever fails, nothing of it stays. Throws `S3Refused`. */
export async function stageBody(
  files: ContentFiles,
  body: AsyncIterable<Uint8Array>,
  demands: BodyDemands,
  signal: AbortSignal,
): Promise<StagedBody> {
  const md5 = createHash('md5');
  const checksum = startChecksum(demands.checksum.algorithm);
  const other = demands.otherChecksum && startChecksum(demands.otherChecksum.algorithm);
  const small: Uint8Array[] = [];
  let bytes = 0;
  let file: NewFile | undefined;
  try {
    for await (const chunk of body) {
      signal.throwIfAborted();
      bytes += chunk.length;
      if (bytes > demands.bytesMax) throw refused({ kind: 'too-large', bytes, bytesMax: demands.bytesMax });
      md5.update(chunk);
      checksum.update(chunk);
      other?.update(chunk);
      if (bytes <= INLINE_BYTES_MAX) {
        small.push(chunk);
        continue;
      }
      file ??= await files.create();
      for (const waiting of small.splice(0)) await file.write(waiting);
      await file.write(chunk);
    }
    signal.throwIfAborted();
    if (demands.bytes !== undefined && demands.bytes !== bytes) throw refused({ kind: 'incomplete-body' });
    const digest = md5.digest();
    const sum = checksum.digest().toString('base64');
    assertMd5(demands.md5, digest);
    assertSum(demands.checksum, sum);
    if (demands.otherChecksum) assertSum(demands.otherChecksum, other?.digest().toString('base64'));
    await file?.finish();
    const place: Segment['place'] =
      file === undefined ? { kind: 'inline', data: Buffer.concat(small) } : { kind: 'file', file: file.file };
    return { bytes, md5: digest.toString('hex'), checksum: sum, place };
  } catch (error) {
    await file?.discard();
    throw error;
  }
}

/**
 * To be held from before the commit until it is settled: somebody else may replace the object at once, and its file must not
 * be removed while it is being moved.
 */
export function holdStaged(files: ContentFiles, { place }: Pick<Segment, 'place'>): Disposable {
  return files.hold(place.kind === 'file' ? [place.file] : []);
}

/** Throws away what was staged and then not used. */
export async function discardStaged(files: ContentFiles, { place }: Pick<Segment, 'place'>): Promise<void> {
  if (place.kind === 'file') await files.discard(place.file);
}

export async function settleStaged(files: ContentFiles, { place }: Pick<Segment, 'place'>): Promise<void> {
  if (place.kind === 'file') await files.settle(place.file);
}

function assertMd5(expected: string | undefined, digest: Buffer): void {
  const calculated = digest.toString('base64');
  if (expected !== undefined && expected !== calculated) throw refused({ kind: 'bad-md5', expected, calculated });
}

function assertSum({ algorithm, expected }: DemandedChecksum, sum: string | undefined): void {
  if (expected !== undefined && expected !== sum) throw refused({ kind: 'bad-checksum', algorithm });
}
