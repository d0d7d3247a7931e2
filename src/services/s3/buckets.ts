import { BUCKETS_MAX, type Bucket, isBucketName, TAGS_SETTING, type Versioning } from './bucket.ts';
import type { BucketQuery } from './bucket-table.ts';
import type { Tags } from './object.ts';
import { refused } from './refusal.ts';
import type { S3Store } from './s3-store.ts';

/** Who wants to reach a bucket. */
export interface Caller {
  readonly account: string;
  /** Whether the bucket's own policy lets a caller of another account in. */
  readonly isLetIn: () => boolean;
}

/** What can be done with buckets. Everything throws `S3Refused`. */
export function bucketsOf(store: S3Store) {
  const { buckets, versions, uploads, clock } = store;

  return {
    /** The bucket of that name, if the caller may see it at all. */
    reach(name: string, caller: Caller): Bucket {
      const bucket = buckets.find(name);
      if (bucket === undefined) throw refused({ kind: 'no-such-bucket', bucket: name });
      if (bucket.account !== caller.account && !caller.isLetIn())
        throw refused({ kind: 'not-your-bucket', bucket: name });
      return bucket;
    },
    list: (query: BucketQuery): Bucket[] => buckets.list(query),
    /** `existingIsFine`: as in the oldest region, whoever creates his own bucket again has succeeded. */
    async create(
      name: string,
      { tags, ...owner }: { account: string; region: string; tags?: Tags | undefined },
      existingIsFine: boolean,
    ): Promise<void> {
      if (!isBucketName(name)) throw refused({ kind: 'invalid-bucket-name', bucket: name });
      await store.commit(() => {
        const existing = buckets.find(name);
        if (existing !== undefined) {
          const isOwn = existing.account === owner.account;
          if (isOwn && existingIsFine && existing.region === owner.region) return;
          throw refused({ kind: 'bucket-exists', bucket: name, owner: isOwn ? 'you' : 'somebody-else' });
        }
        if (buckets.count(owner.account) >= BUCKETS_MAX) {
          throw refused({ kind: 'too-many-buckets', countMax: BUCKETS_MAX });
        }
        const id = buckets.add({ name, ...owner, createdMs: clock.nowMs() });
        if (tags !== undefined) buckets.setSetting(id, TAGS_SETTING, JSON.stringify(tags));
      });
    },
    /** Only an empty one: without objects, versions, delete markers. Uploads under way go with it, as on AWS. */
    async remove(bucket: Bucket): Promise<void> {
      await store.free(() => {
        store.bucketNow(bucket);
        if (!versions.isEmpty(bucket.id)) throw refused({ kind: 'bucket-not-empty', bucket: bucket.name });
        for (const upload of [...uploads.from(bucket.id, { key: '', id: 0 })]) {
          store.segments.removeAll(upload.contentId);
          uploads.remove(upload.id);
        }
        buckets.remove(bucket.id);
      });
    },
    async setVersioning(bucket: Bucket, versioning: Versioning): Promise<void> {
      await store.commit(() => buckets.setVersioning(store.bucketNow(bucket).id, versioning));
    },
  };
}

export type Buckets = ReturnType<typeof bucketsOf>;
