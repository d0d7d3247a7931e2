import { AwsError } from '../../../wire/aws-error.ts';
import type { RequestContext } from '../../../wire/service.ts';
import type { Bucket } from '../bucket.ts';
import { readRange } from '../byte-range.ts';
import { judgeRead } from '../conditions.ts';
import type { ByteRange } from '../content.ts';
import type { ObjectVersion } from '../object.ts';
import { refused } from '../refusal.ts';
import type { S3 } from '../s3.ts';
import { bucketOf, shownVersionId } from './asked.ts';
import { shownAttributes } from './attributes.ts';
import { checksumMember, shownChecksum } from './checksums.ts';
import type { S3Operation } from './client.ts';

interface ReadInput {
  readonly Bucket: string | undefined;
  readonly Key: string | undefined;
  readonly ExpectedBucketOwner?: string | undefined;
  readonly VersionId?: string | undefined;
  readonly Range?: string | undefined;
  readonly PartNumber?: number | undefined;
  readonly ChecksumMode?: string | undefined;
  readonly IfMatch?: string | undefined;
  readonly IfNoneMatch?: string | undefined;
  readonly IfModifiedSince?: Date | undefined;
  readonly IfUnmodifiedSince?: Date | undefined;
  readonly SSECustomerAlgorithm?: string | undefined;
  readonly ResponseContentType?: string | undefined;
  readonly ResponseContentLanguage?: string | undefined;
  readonly ResponseContentEncoding?: string | undefined;
  readonly ResponseContentDisposition?: string | undefined;
  readonly ResponseCacheControl?: string | undefined;
  readonly ResponseExpires?: Date | undefined;
}

export function getObject(s3: () => S3): S3Operation<'GetObject'> {
  return (input, context) => {
    const { bucket, object, part } = found(s3(), input, context);
    return { ...shown(input, bucket, object, part), Body: s3().objects.content(object, part?.range) };
  };
}

export function headObject(s3: () => S3): S3Operation<'HeadObject'> {
  return (input, context) => {
    const { bucket, object, part } = found(s3(), input, context);
    return shown(input, bucket, object, part);
  };
}

/** What of an object is asked for, unless it is all of it. */
interface Part {
  readonly range: ByteRange | undefined;
  readonly partNumber?: number;
  readonly checksum?: string | undefined;
}

function found(
  s3: S3,
  input: ReadInput,
  context: RequestContext,
): { bucket: Bucket; object: ObjectVersion; part?: Part } {
  const bucket = bucketOf(s3, input, context);
  const object = s3.objects.read(bucket, input.Key ?? '', input.VersionId);
  if (input.SSECustomerAlgorithm !== undefined) {
    const text = 'The encryption parameters are not applicable to this object.';
    throw new AwsError('InvalidRequest', text, { status: 400 });
  }
  const judgement = judgeRead(
    {
      ifMatch: input.IfMatch,
      ifNoneMatch: input.IfNoneMatch,
      ifModifiedSinceMs: input.IfModifiedSince?.getTime(),
      ifUnmodifiedSinceMs: input.IfUnmodifiedSince?.getTime(),
    },
    object,
  );
  if (judgement.kind === 'failed') throw refused({ kind: 'condition-failed', condition: judgement.condition });
  if (judgement.kind === 'not-modified') {
    const { etag, modifiedMs } = object;
    throw refused({ kind: 'not-modified', etag, modifiedMs, versionId: shownVersionId(bucket, object.versionId) });
  }
  const part = partOf(s3, input, object);
  return { bucket, object, ...(part !== undefined && { part }) };
}

function partOf(s3: S3, { Range: header, PartNumber: partNumber }: ReadInput, object: ObjectVersion): Part | undefined {
  if (partNumber !== undefined) {
    if (header === undefined) return numberedPart(s3, object, partNumber);
    const text = 'Cannot specify both Range header and partNumber query parameter';
    throw new AwsError('InvalidRequest', text, { status: 400 });
  }
  const range = readRange(header, object.bytes);
  if (range.kind === 'all') return undefined;
  if (range.kind === 'part') return { range };
  throw refused({ kind: 'invalid-range', requested: header ?? '', bytes: object.bytes });
}

/** Parts as they were uploaded; an object that was put whole is its own first part. */
function numberedPart(s3: S3, object: ObjectVersion, partNumber: number): Part {
  const count = object.partCount ?? 1;
  if (partNumber < 1 || partNumber > count) {
    throw refused({ kind: 'invalid-part-number', requested: partNumber, count });
  }
  const segments = s3.objects.segments(object);
  const before = segments.slice(0, partNumber - 1).reduce((sum, { bytes }) => sum + bytes, 0);
  const segment = segments[partNumber - 1];
  const last = before + (segment?.bytes ?? 0) - 1;
  return {
    range: last < before ? undefined : { first: before, last },
    partNumber,
    checksum: object.partCount === undefined ? undefined : segment?.checksum,
  };
}

function shown(input: ReadInput, bucket: Bucket, object: ObjectVersion, part: Part | undefined) {
  const range = part?.range;
  const { checksum } = object;
  // A checksum of the whole says nothing of a range, and clients would compare.
  const isWhole = part === undefined || (part.partNumber !== undefined && object.partCount === undefined);
  return {
    ...shownAttributes(object),
    ...overrides(input),
    AcceptRanges: 'bytes',
    ETag: `"${object.etag}"`,
    LastModified: new Date(Math.floor(object.modifiedMs / 1_000) * 1_000),
    ContentLength: range === undefined ? object.bytes : range.last - range.first + 1,
    VersionId: shownVersionId(bucket, object.versionId),
    ...(range !== undefined && { ContentRange: `bytes ${range.first}-${range.last}/${object.bytes}` }),
    ...(part?.partNumber !== undefined && object.partCount !== undefined && { PartsCount: object.partCount }),
    ...(input.ChecksumMode === 'ENABLED' && isWhole && checksum !== undefined && shownChecksum(checksum)),
    ...(input.ChecksumMode === 'ENABLED' &&
      !isWhole &&
      checksum !== undefined && {
        ...checksumMember(checksum.algorithm, part?.checksum),
      }),
  };
}

/** `response-content-type` and its like, which links to objects use. */
function overrides(input: ReadInput) {
  return {
    ...(input.ResponseContentType !== undefined && { ContentType: input.ResponseContentType }),
    ...(input.ResponseContentLanguage !== undefined && { ContentLanguage: input.ResponseContentLanguage }),
    ...(input.ResponseContentEncoding !== undefined && { ContentEncoding: input.ResponseContentEncoding }),
    ...(input.ResponseContentDisposition !== undefined && { ContentDisposition: input.ResponseContentDisposition }),
    ...(input.ResponseCacheControl !== undefined && { CacheControl: input.ResponseCacheControl }),
    ...(input.ResponseExpires !== undefined && { Expires: input.ResponseExpires }),
  };
}
