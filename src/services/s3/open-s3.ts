import { bucketsOf } from './buckets.ts';
import { listsOf } from './lists.ts';
import { objectsOf } from './objects.ts';
import type { S3 } from './s3.ts';
import { openS3Store, type S3Ports } from './s3-store.ts';
import { uploadsOf } from './uploads.ts';

/** Opens the files. Throws an outage when they cannot be opened. */
export function openS3(ports: S3Ports): S3 {
  const store = openS3Store(ports);
  return {
    store,
    buckets: bucketsOf(store),
    objects: objectsOf(store),
    lists: listsOf(store),
    uploads: uploadsOf(store),
  };
}
