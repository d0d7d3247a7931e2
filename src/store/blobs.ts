import type { Readable } from 'node:stream';

export interface BlobInfo {
  /** Lower-case hex SHA-256 of the content: the blob's name. */
  readonly digest: string;
  readonly bytes: number;
}

/** Content-addressed bytes of any size. What `put` has answered is durable; a failed `put` leaves nothing behind. */
export interface Blobs {
  /** Stores what comes, without ever holding all of it. The same content twice is stored once. */
  put(content: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<BlobInfo>;
  /** Whoever takes `content` reads it to its end or destroys it. */
  get(digest: string): Promise<{ bytes: number; content: Readable } | undefined>;
  list(): AsyncIterable<BlobInfo>;
  /** Already gone is a success. */
  delete(digest: string): Promise<void>;
}

const DIGEST = /^[0-9a-f]{64}$/;

/** Digests become file names, so nothing else may pass. */
export function isDigest(text: string): boolean {
  return DIGEST.test(text);
}
