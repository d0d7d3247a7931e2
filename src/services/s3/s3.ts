import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Buckets, bucketsOf } from './buckets.ts';
import { type Lists, listsOf } from './lists.ts';
import { type ObjectsOfStore, objectsOf } from './objects.ts';
import { openS3Store, type S3Ports, type S3Store } from './s3-store.ts';
import { type Uploads, uploadsOf } from './uploads.ts';

/** S3's own words without its wire. */
export interface S3 {
  readonly store: S3Store;
  readonly buckets: Buckets;
  readonly objects: ObjectsOfStore;
  readonly lists: Lists;
  readonly uploads: Uploads;
}

/** S3 that opens its files at the first use, and closes what it has opened. */
export interface LazyS3 extends AsyncDisposable {
  /** Throws an outage when the store cannot be opened; the next call tries again. */
  open(): S3;
  /** Whether anything is kept, by this process or a former one. */
  isUsed(): boolean;
}

export function lazyS3(ports: S3Ports): LazyS3 {
  let opened: S3 | undefined;
  let isClosed = false;
  return {
    open() {
      if (isClosed) throw new Error('the bucket store is closed');
      opened ??= assemble(openS3Store(ports));
      return opened;
    },
    isUsed: () => opened !== undefined || existsSync(join(ports.dataDir, 's3')),
    async [Symbol.asyncDispose]() {
      isClosed = true;
      await opened?.store.close();
    },
  };
}

function assemble(store: S3Store): S3 {
  return {
    store,
    buckets: bucketsOf(store),
    objects: objectsOf(store),
    lists: listsOf(store),
    uploads: uploadsOf(store),
  };
}
