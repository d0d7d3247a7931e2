import { setImmediate as othersTurn } from 'node:timers/promises';
import { actionOfVersion } from '../../../identity/index.ts';
import { AwsError } from '../../../wire/aws-error.ts';
import type { RequestContext } from '../../../wire/service.ts';
import type { Bucket } from '../bucket.ts';
import type { Removal, RemoveRequest } from '../objects.ts';
import { S3Refused } from '../refusal.ts';
import type { S3 } from '../s3.ts';
import { actorOf, bucketOf, notImplemented, shownVersionId } from './asked.ts';
import type { S3Operation } from './client.ts';
import { refusalToAws } from './refusal-to-aws.ts';

/** AWS: DeleteObjects. */
const DELETES_MAX = 1_000;
const JUDGED_AT_ONCE = 20;

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
    // Each key is judged by itself, also those of a bucket that lets the caller do nothing else.
    const asked = { Bucket: input.Bucket, ExpectedBucketOwner: input.ExpectedBucketOwner };
    const bucket = bucketOf(s3(), asked, { ...context, mayReach: () => true });
    const all = objects.map(({ Key: key = '', VersionId: versionId, ETag: ifMatch }) => ({ key, versionId, ifMatch }));
    const refusals = new Map<RemoveRequest, AwsError | undefined>();
    for (const [at, removal] of all.entries()) {
      // A policy of 20 KB is read for each of a thousand keys: others get their turn in between.
      if (at % JUDGED_AT_ONCE === JUDGED_AT_ONCE - 1) await othersTurn();
      refusals.set(removal, refusalOf(bucket, removal, context));
    }
    const removals = all.filter((removal) => refusals.get(removal) === undefined);
    const outcomes = await s3().objects.remove(bucket, removals, actorOf(context));
    for (const [at, outcome] of outcomes.entries()) {
      const removal = removals[at];
      if (removal !== undefined && outcome instanceof S3Refused) refusals.set(removal, refusalToAws(outcome.refusal));
    }
    const Errors = [...refusals].flatMap(([removal, why]) => (why === undefined ? [] : failed(removal, why)));
    const Deleted = outcomes.flatMap((outcome, at) =>
      outcome instanceof S3Refused ? [] : deleted(bucket, removals[at], outcome),
    );
    return { ...(!quiet && { Deleted }), ...(Errors.length > 0 && { Errors }) };
  };
}

/** Why the caller may not delete this one; undefined: he may. */
function refusalOf(bucket: Bucket, { key, versionId }: RemoveRequest, context: RequestContext): AwsError | undefined {
  const action = actionOfVersion('s3:DeleteObject', versionId);
  const arn = `arn:aws:s3:::${bucket.name}/${key}`;
  try {
    context.assertMay(action, arn);
  } catch (error) {
    if (error instanceof AwsError) return denied(error.message);
    throw error;
  }
  return bucket.account === context.account || context.mayReach(arn, action) ? undefined : denied('Access Denied');
}

const denied = (message: string) => new AwsError('AccessDenied', message, { status: 403 });

function deleted(bucket: Bucket, removal: RemoveRequest | undefined, { versionId, marker }: Removal) {
  const shown = versionId === undefined ? undefined : shownVersionId(bucket, versionId);
  return {
    Key: removal?.key,
    ...(removal?.versionId !== undefined && { VersionId: removal.versionId }),
    ...(marker !== 'none' && { DeleteMarker: true, DeleteMarkerVersionId: shown }),
  };
}

function failed({ key, versionId }: RemoveRequest, { code, message }: AwsError) {
  return { Key: key, VersionId: versionId, Code: code, Message: message };
}
