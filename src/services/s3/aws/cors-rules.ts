import type { Bucket } from '../bucket.ts';
import { CORS_SETTING, type CorsRule } from '../cors.ts';
import type { S3 } from '../s3.ts';

/** undefined: the bucket has none. */
export function corsRules({ store }: S3, { id }: Bucket): CorsRule[] | undefined {
  const setting = store.buckets.setting(id, CORS_SETTING);
  return setting === undefined ? undefined : JSON.parse(setting); // SAFE: written by PutBucketCors.
}
