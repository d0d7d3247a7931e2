import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { Malformed } from './codecs/malformed.ts';

/** A body over its limit; who asked knows the operation and words the answer. */
export class BodyTooLarge extends Error {}

/**
 * Reads a stream whole. Rejects with `BodyTooLarge` once it exceeds `bytesMax`, and lets the rest run into the void: a
 * client that is cut off while it sends does not read our answer.
 */
export function readWhole(stream: Readable, bytesMax: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const settle = (outcome: () => void) => {
      stream.off('data', onData).off('end', onEnd).off('error', onError).off('close', onClose);
      outcome();
    };
    const onData = (chunk: Buffer) => {
      bytes += chunk.length;
      chunks.push(chunk);
      if (bytes <= bytesMax) return;
      settle(() => reject(new BodyTooLarge()));
      stream.on('error', () => {}); // SAFE: the request is answered with the error above, whatever else happens to it.
      stream.resume();
    };
    const onEnd = () => settle(() => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    const onError = (error: Error) => settle(() => reject(error));
    const onClose = () => settle(() => reject(new Error('the client left before the end of its request')));
    stream.on('data', onData).on('end', onEnd).on('error', onError).on('close', onClose);
  });
}

const gunzipBytes = promisify(gunzip);

/**
 * Undoes `Content-Encoding: gzip`, which clients use where the model allows it (CloudWatch's PutMetricData). Rejects with
 * `BodyTooLarge` before more than `bytesMax` came out of it, and with `Malformed` when it is not gzip.
 */
export async function decompressed(body: Buffer, encoding: string | undefined, bytesMax: number): Promise<Buffer> {
  if (encoding?.trim().toLowerCase() !== 'gzip') return body;
  try {
    return await gunzipBytes(body, { maxOutputLength: bytesMax });
  } catch (error) {
    if (error instanceof RangeError) throw new BodyTooLarge();
    throw new Malformed('The body is not valid gzip', { cause: error });
  }
}
