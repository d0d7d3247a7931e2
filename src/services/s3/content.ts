import { Readable } from 'node:stream';
import type { ContentFiles } from './content-files.ts';
import type { Segment } from './object.ts';

/** Both inclusive. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/** Read and sent in one piece; also what a slow client makes us hold. */
const READ_BYTES = 256 * 1024;

/**
 * The bytes of an object, or a range of them. Its files are held until the stream closes, so whoever takes it reads it to
 * its end or destroys it. Small ones come as they are.
 */
export function contentOf(
  files: ContentFiles,
  segments: readonly Segment[],
  range: ByteRange | undefined,
): Readable | Uint8Array {
  const pieces = piecesOf(segments, range);
  const [only] = pieces;
  if (only === undefined) return new Uint8Array(0);
  if (pieces.length === 1 && only.segment.place.kind === 'inline') {
    return only.segment.place.data.subarray(only.from, only.until);
  }
  const held = files.hold(pieces.flatMap(({ segment: { place } }) => (place.kind === 'file' ? [place.file] : [])));
  const stream = Readable.from(read(files, pieces), { objectMode: false });
  stream.once('close', () => held[Symbol.dispose]());
  return stream;
}

/** As a stream in any case. */
export function streamOf(content: Readable | Uint8Array): Readable {
  return content instanceof Readable ? content : Readable.from([content], { objectMode: false });
}

interface Piece {
  readonly segment: Segment;
  /** Within the segment; `until` is exclusive. */
  readonly from: number;
  readonly until: number;
}

function piecesOf(segments: readonly Segment[], range: ByteRange | undefined): Piece[] {
  const pieces: Piece[] = [];
  let start = 0;
  for (const segment of segments) {
    const from = Math.max(0, (range?.first ?? 0) - start);
    const until = Math.min(segment.bytes, (range?.last ?? Number.POSITIVE_INFINITY) + 1 - start);
    if (until > from) pieces.push({ segment, from, until });
    start += segment.bytes;
  }
  return pieces;
}

async function* read(files: ContentFiles, pieces: readonly Piece[]): AsyncGenerator<Uint8Array> {
  for (const { segment, from, until } of pieces) {
    if (segment.place.kind === 'inline') {
      yield segment.place.data.subarray(from, until);
      continue;
    }
    await using handle = await files.open(segment.place.file);
    for (let at = from; at < until; ) {
      const wanted = Math.min(READ_BYTES, until - at);
      const { bytesRead, buffer } = await handle.read({ buffer: Buffer.allocUnsafe(wanted), position: at });
      if (bytesRead === 0) throw new Error('the file of an object is shorter than its record says');
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  }
}
