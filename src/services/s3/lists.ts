import type { Bucket } from './bucket.ts';
import { type Listed, list, startAfter } from './listing.ts';
import type { ObjectVersion, Version } from './object.ts';
import type { S3Store } from './s3-store.ts';
import type { Upload } from './upload-table.ts';
import { sequenceOf } from './version-id.ts';
import type { KeyStart } from './version-table.ts';

export interface ListBase {
  readonly prefix: string;
  readonly delimiter: string | undefined;
  readonly countMax: number;
}

/** Lists of what is in a bucket. */
export function listsOf({ versions, uploads }: S3Store) {
  return {
    objects: (bucket: Bucket, query: ListBase & { start: KeyStart }): Listed<ObjectVersion> =>
      list((start) => versions.objects(bucket.id, start), query),

    /** After a key, or within its versions after one of them. */
    versions(
      bucket: Bucket,
      query: ListBase & { after: { key: string; versionId: string | undefined } },
    ): Listed<Version> {
      const { prefix, delimiter, after } = query;
      const first = after.versionId === undefined ? [] : older(bucket, after.key, after.versionId);
      const begin = startAfter(after.key, prefix, delimiter);
      let isFirst = true;
      const walk = function* (start: KeyStart): Generator<Version> {
        if (isFirst) yield* first;
        isFirst = false;
        yield* versions.versions(bucket.id, start);
      };
      return list(walk, { ...query, start: begin });
    },

    /** After a key, or, of that key, after one upload. */
    uploads(
      bucket: Bucket,
      query: ListBase & { after: { key: string; uploadId: string | undefined } },
    ): Listed<Upload> {
      const { prefix, delimiter, after } = query;
      const within = after.uploadId === undefined ? undefined : uploads.byUploadId(after.uploadId);
      let isFirst = true;
      const walk = function* (start: KeyStart): Generator<Upload> {
        const afterId = within !== undefined && isFirst ? within.id : Number.MAX_SAFE_INTEGER;
        isFirst = false;
        yield* uploads.from(bucket.id, { key: start.key, id: start.kind === 'at' ? 0 : afterId });
      };
      const start =
        within === undefined ? startAfter(after.key, prefix, delimiter) : { kind: 'after' as const, key: after.key };
      return list(walk, { ...query, start });
    },
  };

  /** What comes behind a version among those of its key, also when that version is gone. */
  function older(bucket: Bucket, key: string, versionId: string): Version[] {
    const sequence = sequenceOf(versionId) ?? versions.find(bucket.id, key, versionId)?.sequence;
    return versions.olderThan(bucket.id, key, sequence ?? Number.MAX_SAFE_INTEGER);
  }
}

export type Lists = ReturnType<typeof listsOf>;
