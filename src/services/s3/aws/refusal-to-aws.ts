import { StorageFull } from '../../../store/outage.ts';
import { AwsError } from '../../../wire/aws-error.ts';
import { type S3Refusal, S3Refused } from '../refusal.ts';

interface Extra {
  readonly members?: Record<string, unknown>;
  readonly headers?: Record<string, string>;
}

/** The error that the client gets, for whatever an operation threw. */
export function errorToAws(error: unknown): unknown {
  if (error instanceof S3Refused) return refusalToAws(error.refusal, error);
  // Not AWS's: its disks do not fill. A client that repeats the request would find it as full.
  if (error instanceof StorageFull) {
    return new AwsError('InternalError', `${error.message}.`, { status: 507, cause: error });
  }
  return error;
}

/** S3's code, status, text and members ("Error responses", Amazon S3 API reference, and what clients have recorded). */
export function refusalToAws(refusal: S3Refusal, cause?: unknown): AwsError {
  const error = (code: string, status: number, message: string, { members = {}, headers = {} }: Extra = {}) =>
    new AwsError(code, message, { status, members, headers, cause });

  switch (refusal.kind) {
    case 'no-such-bucket':
      return error('NoSuchBucket', 404, 'The specified bucket does not exist', {
        members: { BucketName: refusal.bucket },
      });
    case 'not-your-bucket':
      return error('AccessDenied', 403, 'Access Denied');
    case 'bucket-exists':
      return refusal.owner === 'you'
        ? error(
            'BucketAlreadyOwnedByYou',
            409,
            'Your previous request to create the named bucket succeeded and you already own it.',
            { members: { BucketName: refusal.bucket } },
          )
        : error(
            'BucketAlreadyExists',
            409,
            'The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.',
            { members: { BucketName: refusal.bucket } },
          );
    case 'invalid-bucket-name':
      return error('InvalidBucketName', 400, 'The specified bucket is not valid.', {
        members: { BucketName: refusal.bucket },
      });
    case 'too-many-buckets':
      return error('TooManyBuckets', 400, 'You have attempted to create more buckets than allowed');
    case 'bucket-not-empty':
      return error('BucketNotEmpty', 409, 'The bucket you tried to delete is not empty', {
        members: { BucketName: refusal.bucket },
      });
    case 'no-such-key':
      return error('NoSuchKey', 404, 'The specified key does not exist.', {
        members: { Key: refusal.key },
        ...(refusal.deleteMarker && { headers: markerHeaders(refusal.deleteMarker.versionId) }),
      });
    case 'no-such-version':
      return error('NoSuchVersion', 404, 'The specified version does not exist.', {
        members: { Key: refusal.key, VersionId: refusal.versionId },
      });
    case 'invalid-version-id':
      return error('InvalidArgument', 400, 'Invalid version id specified', {
        members: { ArgumentName: 'versionId', ArgumentValue: refusal.versionId },
      });
    case 'is-delete-marker':
      return error('MethodNotAllowed', 405, 'The specified method is not allowed against this resource.', {
        members: { Method: 'GET', ResourceType: 'DeleteMarker' },
        headers: {
          ...markerHeaders(refusal.versionId),
          Allow: 'DELETE',
          'Last-Modified': new Date(refusal.modifiedMs).toUTCString(),
        },
      });
    case 'key-too-long':
      return error('KeyTooLongError', 400, 'Your key is too long', {
        members: { Size: refusal.bytes, MaxSizeAllowed: refusal.bytesMax },
      });
    case 'metadata-too-large':
      return error('MetadataTooLarge', 400, 'Your metadata headers exceed the maximum allowed metadata size', {
        members: { Size: refusal.bytes, MaxSizeAllowed: refusal.bytesMax },
      });
    case 'too-large':
      return error('EntityTooLarge', 400, 'Your proposed upload exceeds the maximum allowed size', {
        members: { ProposedSize: refusal.bytes, MaxSizeAllowed: refusal.bytesMax },
      });
    case 'incomplete-body':
      return error(
        'IncompleteBody',
        400,
        'You did not provide the number of bytes specified by the Content-Length HTTP header',
      );
    case 'bad-md5':
      return error('BadDigest', 400, 'The Content-MD5 you specified did not match what we received.', {
        members: { ExpectedDigest: refusal.expected, CalculatedDigest: refusal.calculated },
      });
    case 'bad-checksum':
      return error(
        'BadDigest',
        400,
        `The ${refusal.algorithm.toUpperCase()} you specified did not match the calculated checksum.`,
      );
    case 'condition-failed':
      return error('PreconditionFailed', 412, 'At least one of the pre-conditions you specified did not hold', {
        members: { Condition: refusal.condition },
      });
    case 'not-modified':
      return error('NotModified', 304, 'Not Modified', {
        headers: {
          ETag: `"${refusal.etag}"`,
          'Last-Modified': new Date(refusal.modifiedMs).toUTCString(),
          ...(refusal.versionId !== undefined && { 'x-amz-version-id': refusal.versionId }),
        },
      });
    case 'invalid-range':
      return error('InvalidRange', 416, 'The requested range is not satisfiable', {
        members: { RangeRequested: refusal.requested, ActualObjectSize: refusal.bytes },
        headers: { 'Content-Range': `bytes */${refusal.bytes}` },
      });
    case 'invalid-part-number':
      return error('InvalidPartNumber', 416, 'The requested partnumber is not satisfiable', {
        members: { PartNumberRequested: refusal.requested, ActualPartCount: refusal.count },
      });
    case 'invalid-tag':
      return error('InvalidTag', 400, refusal.message);
    case 'no-such-upload':
      return error(
        'NoSuchUpload',
        404,
        'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
        { members: { UploadId: refusal.uploadId } },
      );
    case 'invalid-part':
      return error(
        'InvalidPart',
        400,
        "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
        { members: { UploadId: refusal.uploadId, PartNumber: refusal.partNumber, ETag: refusal.etag } },
      );
    case 'invalid-part-order':
      return error(
        'InvalidPartOrder',
        400,
        'The list of parts was not in ascending order. Parts must be ordered by part number.',
        { members: { UploadId: refusal.uploadId } },
      );
    case 'part-too-small':
      return error('EntityTooSmall', 400, 'Your proposed upload is smaller than the minimum allowed size', {
        members: {
          ProposedSize: refusal.bytes,
          MinSizeAllowed: refusal.bytesMin,
          PartNumber: refusal.partNumber,
          ETag: refusal.etag,
        },
      });
    case 'wrong-upload-size':
      return error(
        'InvalidRequest',
        400,
        `The provided 'x-amz-mp-object-size' header value ${refusal.expected} does not match what was computed: ${refusal.calculated}`,
      );
    case 'upload-checksum':
      return error('InvalidRequest', 400, refusal.message);
  }
}

function markerHeaders(versionId: string): Record<string, string> {
  return { 'x-amz-delete-marker': 'true', 'x-amz-version-id': versionId };
}
