import type { ChecksumAlgorithm } from '../../lib/checksum.ts';

/** Why a request cannot be done: answers, not failures. */
export type S3Refusal =
  | { kind: 'no-such-bucket'; bucket: string }
  | { kind: 'not-your-bucket'; bucket: string }
  | { kind: 'bucket-exists'; bucket: string; owner: 'you' | 'somebody-else' }
  | { kind: 'invalid-bucket-name'; bucket: string }
  | { kind: 'too-many-buckets'; countMax: number }
  | { kind: 'bucket-not-empty'; bucket: string }
  | { kind: 'no-such-key'; key: string; deleteMarker?: { versionId: string } }
  | { kind: 'no-such-version'; key: string; versionId: string }
  | { kind: 'invalid-version-id'; versionId: string }
  | { kind: 'is-delete-marker'; key: string; versionId: string; modifiedMs: number }
  | { kind: 'key-too-long'; bytes: number; bytesMax: number }
  | { kind: 'metadata-too-large'; bytes: number; bytesMax: number }
  | { kind: 'too-large'; bytes: number; bytesMax: number }
  | { kind: 'incomplete-body' }
  | { kind: 'bad-md5'; expected: string; calculated: string }
  | { kind: 'bad-checksum'; algorithm: ChecksumAlgorithm }
  | { kind: 'condition-failed'; condition: string }
  | { kind: 'not-modified'; etag: string; modifiedMs: number; versionId: string | undefined }
  | { kind: 'invalid-range'; requested: string; bytes: number }
  | { kind: 'invalid-part-number'; requested: number; count: number }
  | { kind: 'invalid-tag'; message: string }
  | { kind: 'no-such-upload'; uploadId: string }
  | { kind: 'invalid-part'; uploadId: string; partNumber: number; etag: string }
  | { kind: 'invalid-part-order'; uploadId: string }
  | { kind: 'part-too-small'; partNumber: number; etag: string; bytes: number; bytesMin: number }
  | { kind: 'wrong-upload-size'; expected: number; calculated: number }
  | { kind: 'upload-checksum'; message: string };

/** Carries a refusal out of the core; `aws/` words it. */
export class S3Refused extends Error {
  readonly refusal: S3Refusal;

  constructor(refusal: S3Refusal, options?: ErrorOptions) {
    super(`S3 refuses: ${refusal.kind}`, options);
    this.refusal = refusal;
  }
}

export function refused(refusal: S3Refusal): S3Refused {
  return new S3Refused(refusal);
}
