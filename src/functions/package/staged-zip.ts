import type { ZipSource } from './unpack.ts';

/** A package that was written to a file because it may be too large for memory; the file goes with its owner. */
export interface StagedZip {
  readonly path: string;
  readonly bytes: number;
  /** Lower-case hex SHA-256. */
  readonly digest: string;
}

/** A package as it came: within a request, or from a bucket. */
export type Zip = Uint8Array | StagedZip;

export function sourceOf(zip: Zip): ZipSource {
  return zip instanceof Uint8Array ? { kind: 'bytes', bytes: zip } : { kind: 'file', path: zip.path };
}
