import type { ResourcesOf } from '../../../wire/service.ts';

/** What policies call the bucket or the object of a request (Actions for Amazon S3, service authorization reference). */
export const s3Resources: ResourcesOf = (operation, { Bucket: bucket, Key: key }) => {
  // Its handler asks for each object that it names, and answers for each.
  if (operation === 'DeleteObjects') return [];
  if (typeof bucket !== 'string') return ['*'];
  return [typeof key === 'string' ? `arn:aws:s3:::${bucket}/${key}` : `arn:aws:s3:::${bucket}`];
};
