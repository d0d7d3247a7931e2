import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Buckets } from './buckets.ts';
import type { Lists } from './lists.ts';
import type { ObjectsOfStore } from './objects.ts';
import type { S3Ports, S3Store } from './s3-store.ts';
import type { Uploads } from './uploads.ts';

const require = createRequire(import.meta.url);

/** S3's own words without its wire. */
export interface S3 {
  readonly store: S3Store;
  readonly buckets: Buckets;
  readonly objects: ObjectsOfStore;
  readonly lists: Lists;
  readonly uploads: Uploads;
}

/** S3 that loads its code and opens its files at the first use, and closes what it has opened. */
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
      opened ??= (require('./open-s3.ts') as typeof import('./open-s3.ts')).openS3(ports);
      return opened;
    },
    isUsed: () => opened !== undefined || existsSync(join(ports.dataDir, 's3')),
    async [Symbol.asyncDispose]() {
      isClosed = true;
      await opened?.store.close();
    },
  };
}
