import type { ChecksumAlgorithm } from '../../lib/checksum.ts';
import type { Attributes, StoredChecksum, Tags } from './object.ts';
import type { S3Database } from './s3-database.ts';

/** What the object will be, said when its upload began. */
export interface UploadRequest {
  readonly attributes: Attributes;
  readonly tags: Tags;
  readonly algorithm: ChecksumAlgorithm;
  readonly checksumType: StoredChecksum['type'];
  /** Whether the client chose it: S3 keeps a checksum of its own choice to itself until the end. */
  readonly isChosen: boolean;
}

/** A multipart upload under way. */
export interface Upload {
  /** Larger for later ones. */
  readonly id: number;
  readonly uploadId: string;
  readonly bucketId: number;
  readonly key: string;
  readonly contentId: number;
  readonly initiatedMs: number;
  readonly request: UploadRequest;
}

/** Multipart uploads under way. Changes belong within a commit. */
export function uploadTable(database: S3Database) {
  return {
    find(bucketId: number, key: string, uploadId: string): Upload | undefined {
      const row = database
        .sql('SELECT * FROM uploads WHERE uploadId = ? AND bucketId = ? AND key = ?')
        .get(uploadId, bucketId, key);
      return row && toUpload(row);
    },
    byUploadId(uploadId: string): Upload | undefined {
      const row = database.sql('SELECT * FROM uploads WHERE uploadId = ?').get(uploadId);
      return row && toUpload(row);
    },
    isEmpty(bucketId: number): boolean {
      return database.sql('SELECT 1 FROM uploads WHERE bucketId = ? LIMIT 1').get(bucketId) === undefined;
    },
    /** In order of their keys, the oldest of a key first: those from `key` on, of that key only those after `id`. */
    *from(bucketId: number, start: { key: string; id: number }): Generator<Upload> {
      const rows = database
        .sql('SELECT * FROM uploads WHERE bucketId = ?1 AND (key, id) > (?2, ?3) ORDER BY key, id')
        .iterate(bucketId, start.key, start.id);
      for (const row of rows) yield toUpload(row);
    },
    add({ id, uploadId, bucketId, key, contentId, initiatedMs, request }: Upload): void {
      database
        .sql('INSERT INTO uploads VALUES (?, ?, ?, ?, ?, ?, ?)')
        .run(id, uploadId, bucketId, key, contentId, initiatedMs, JSON.stringify(request));
    },
    remove(id: number): void {
      database.sql('DELETE FROM uploads WHERE id = ?').run(id);
    },
  };
}

export type UploadTable = ReturnType<typeof uploadTable>;

function toUpload(row: Record<string, unknown>): Upload {
  return {
    id: Number(row.id),
    uploadId: String(row.uploadId),
    bucketId: Number(row.bucketId),
    key: String(row.key),
    contentId: Number(row.contentId),
    initiatedMs: Number(row.initiatedMs),
    request: JSON.parse(String(row.request)), // SAFE: only `add` writes it.
  };
}
