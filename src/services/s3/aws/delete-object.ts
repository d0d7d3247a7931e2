import { AwsError } from '../../../wire/aws-error.ts';
import type { Bucket } from '../bucket.ts';
import type { Removal, RemoveRequest } from '../objects.ts';
import { S3Refused } from '../refusal.ts';
import type { S3 } from '../s3.ts';
import { actorOf, bucketOf, notImplemented, shownVersionId } from './asked.ts';
import type { S3Operation } from './client.ts';
import { refusalToAws } from './refusal-to-aws.ts';

/** AWS: DeleteObjects. */
const DELETES_MAX = 1_000;

export function deleteObject(s3: () => S3): S3Operation<'DeleteObject'> {
  return async (input, context) => {
    if (input.IfMatchLastModifiedTime !== undefined) throw notImplemented('x-amz-if-match-last-modified-time');
    if (input.IfMatchSize !== undefined) throw notImplemented('x-amz-if-match-size');
    const bucket = bucketOf(s3(), input, context);
    const removal: RemoveRequest = { key: input.Key ?? '', versionId: input.VersionId, ifMatch: input.IfMatch };
    const [done] = await s3().objects.remove(bucket, [removal], actorOf(context));
    if (done === undefined || done instanceof S3Refused) throw done ?? new Error('a removal has no outcome');
    return {
      ...(done.marker !== 'none' && { DeleteMarker: true }),
      VersionId: done.versionId === undefined ? undefined : shownVersionId(bucket, done.versionId),
    };
  };
}

export function deleteObjects(s3: () => S3): S3Operation<'DeleteObjects'> {
  return async (input, context) => {
    const { Objects: objects = [], Quiet: quiet } = input.Delete ?? {};
    if (objects.length === 0 || objects.length > DELETES_MAX) {
      throw new AwsError(
        'MalformedXML',
        'The XML you provided was not well-formed or did not validate against our published schema',
        { status: 400 },
      );
    }
    const bucket = bucketOf(s3(), { Bucket: input.Bucket, ExpectedBucketOwner: input.ExpectedBucketOwner }, context);
    const removals = objects.map(({ Key: key = '', VersionId: versionId, ETag: ifMatch }) => ({
      key,
      versionId,
      ifMatch,
    }));
    const outcomes = await s3().objects.remove(bucket, removals, actorOf(context));
    const Errors = outcomes.flatMap((outcome, at) =>
      outcome instanceof S3Refused ? failed(removals[at], outcome) : [],
    );
    const Deleted = outcomes.flatMap((outcome, at) =>
      outcome instanceof S3Refused ? [] : deleted(bucket, removals[at], outcome),
    );
    return { ...(!quiet && { Deleted }), ...(Errors.length > 0 && { Errors }) };
  };
}

function deleted(bucket: Bucket, removal: RemoveRequest | undefined, { versionId, marker }: Removal) {
  const shown = versionId === undefined ? undefined : shownVersionId(bucket, versionId);
  return {
    Key: removal?.key,
    ...(removal?.versionId !== undefined && { VersionId: removal.versionId }),
    ...(marker !== 'none' && { DeleteMarker: true, DeleteMarkerVersionId: shown }),
  };
}

function failed(removal: RemoveRequest | undefined, { refusal }: S3Refused) {
  const { code, message } = refusalToAws(refusal);
  return { Key: removal?.key, VersionId: removal?.versionId, Code: code, Message: message };
}
