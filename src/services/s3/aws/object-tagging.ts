import type { S3 } from '../s3.ts';
import { actorOf, bucketOf, shownVersionId } from './asked.ts';
import { tagsOf } from './attributes.ts';
import type { S3Operation } from './client.ts';

export function getObjectTagging(s3: () => S3): S3Operation<'GetObjectTagging'> {
  return (input, context) => {
    const bucket = bucketOf(s3(), input, context);
    const { tags, versionId } = s3().objects.read(bucket, input.Key ?? '', input.VersionId);
    return {
      TagSet: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
      VersionId: shownVersionId(bucket, versionId),
    };
  };
}

export function putObjectTagging(s3: () => S3): S3Operation<'PutObjectTagging'> {
  return async (input, context) => {
    const bucket = bucketOf(s3(), input, context);
    const tags = tagsOf(input.Tagging?.TagSet ?? []);
    const object = s3().objects.read(bucket, input.Key ?? '', input.VersionId);
    await s3().objects.setTags(bucket, object, tags, actorOf(context));
    return { VersionId: shownVersionId(bucket, object.versionId) };
  };
}

export function deleteObjectTagging(s3: () => S3): S3Operation<'DeleteObjectTagging'> {
  return async (input, context) => {
    const bucket = bucketOf(s3(), input, context);
    const object = s3().objects.read(bucket, input.Key ?? '', input.VersionId);
    await s3().objects.setTags(bucket, object, {}, actorOf(context));
    return { VersionId: shownVersionId(bucket, object.versionId) };
  };
}
