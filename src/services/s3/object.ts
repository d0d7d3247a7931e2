import type { ChecksumAlgorithm } from '../../lib/checksum.ts';

// AWS's quotas: "Amazon S3 multipart upload limits" and "Amazon Simple Storage Service endpoints and quotas".
export const KEY_BYTES_MAX = 1_024;
export const METADATA_BYTES_MAX = 2 * 1_024;
/** Of one put, one part and one copy. */
export const PUT_BYTES_MAX = 5 * 1024 ** 3;
export const PARTS_MAX = 10_000;
/** Of every part but the last. */
export const PART_BYTES_MIN = 5 * 1024 ** 2;

/** What a caller says of an object; none of it changes what the object does. */
export interface Attributes {
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly contentDisposition?: string;
  readonly contentLanguage?: string;
  readonly cacheControl?: string;
  /** An HTTP date. */
  readonly expires?: string;
  /** Undefined: STANDARD. */
  readonly storageClass?: string;
  /** The caller asked for encryption at rest in S3's own keeping. */
  readonly encrypted?: boolean;
  /** Names in lower case. */
  readonly metadata: Readonly<Record<string, string>>;
}

export type Tags = Readonly<Record<string, string>>;

/** `composite`: the checksum of the parts' checksums. */
export interface StoredChecksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly type: 'full-object' | 'composite';
  /** Base64; a composite one ends with `-<number of parts>`. */
  readonly value: string;
}

/** One version of an object. */
export interface ObjectVersion {
  readonly kind: 'object';
  readonly bucketId: number;
  readonly key: string;
  /** `null` where versioning did not give it one. */
  readonly versionId: string;
  readonly isLatest: boolean;
  /** Larger for each later change of the whole store. */
  readonly sequence: number;
  readonly modifiedMs: number;
  readonly bytes: number;
  /** Without quotes. */
  readonly etag: string;
  readonly contentId: number;
  /** Undefined: it was put in one piece. */
  readonly partCount: number | undefined;
  readonly checksum: StoredChecksum | undefined;
  readonly attributes: Attributes;
  readonly tags: Tags;
}

/** Says that the object is deleted, while its versions remain. */
export interface DeleteMarker {
  readonly kind: 'marker';
  readonly bucketId: number;
  readonly key: string;
  readonly versionId: string;
  readonly isLatest: boolean;
  readonly sequence: number;
  readonly modifiedMs: number;
}

export type Version = ObjectVersion | DeleteMarker;

/** One piece of an object's bytes: the whole, or what one part of an upload brought. Small ones lie in the table. */
export interface Segment {
  readonly number: number;
  readonly bytes: number;
  /** Lower-case hex. */
  readonly md5: string;
  /** Base64. */
  readonly checksum: string | undefined;
  readonly modifiedMs: number;
  readonly place:
    | { readonly kind: 'file'; readonly file: string }
    | { readonly kind: 'inline'; readonly data: Uint8Array };
}
