import { actionOfVersion } from '../../../identity/index.ts';
import { AwsError } from '../../../wire/aws-error.ts';
import type { RequestContext } from '../../../wire/service.ts';
import { judgeRead } from '../conditions.ts';
import type { ByteRange } from '../content.ts';
import type { ObjectVersion } from '../object.ts';
import { PUT_BYTES_MAX } from '../object.ts';
import { refused } from '../refusal.ts';
import type { S3 } from '../s3.ts';
import { actorOf, argumentError, bucketOf, notImplemented, shownVersionId } from './asked.ts';
import { assertSupported, attributesOf, shownEncryption, tagsOfHeader } from './attributes.ts';
import { algorithmOf, shownChecksum } from './checksums.ts';
import type { S3Operation } from './client.ts';
import { writeConditionsOf } from './put-object.ts';

export interface SourceInput {
  readonly CopySource?: string | undefined;
  readonly ExpectedSourceBucketOwner?: string | undefined;
  readonly CopySourceIfMatch?: string | undefined;
  readonly CopySourceIfNoneMatch?: string | undefined;
  readonly CopySourceIfModifiedSince?: Date | undefined;
  readonly CopySourceIfUnmodifiedSince?: Date | undefined;
  readonly CopySourceSSECustomerAlgorithm?: string | undefined;
}

export function copyObject(s3: () => S3): S3Operation<'CopyObject'> {
  return async (input, context) => {
    assertSupported(input);
    const bucket = bucketOf(s3(), input, context);
    const key = input.Key ?? '';
    const { object: source, sourceVersionId } = sourceOf(s3(), input, context);
    const isReplaced = directive(input.MetadataDirective, 'x-amz-metadata-directive') === 'REPLACE';
    const areTagsReplaced = directive(input.TaggingDirective, 'x-amz-tagging-directive') === 'REPLACE';
    const said = attributesOf(input);
    const isSame = source.bucketId === bucket.id && source.key === key && source.isLatest;
    const changesNothing = said.storageClass === undefined && said.encrypted === undefined;
    if (isSame && !isReplaced && changesNothing && input.ChecksumAlgorithm === undefined) {
      const text =
        "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.";
      throw new AwsError('InvalidRequest', text, { status: 400 });
    }
    if (source.bytes > PUT_BYTES_MAX) {
      const text = `The specified copy source is larger than the maximum allowable size for a copy source: ${PUT_BYTES_MAX}`;
      throw new AwsError('InvalidRequest', text, { status: 400 });
    }
    const { storageClass: _class, encrypted: _encrypted, ...kept } = source.attributes;
    const version = await s3().objects.copy(
      source,
      { bucket, key },
      {
        // How a copy is kept is never taken over from the source.
        attributes: isReplaced
          ? said
          : {
              ...kept,
              ...(said.storageClass !== undefined && { storageClass: said.storageClass }),
              ...(said.encrypted && { encrypted: true }),
            },
        tags: areTagsReplaced ? tagsOfHeader(input.Tagging) : undefined,
        algorithm: algorithmOf(input.ChecksumAlgorithm),
        conditions: writeConditionsOf(input),
        actor: actorOf(context),
        signal: context.signal,
      },
    );
    return {
      CopyObjectResult: {
        ETag: `"${version.etag}"`,
        LastModified: new Date(version.modifiedMs),
        ...(version.checksum !== undefined && shownChecksum(version.checksum)),
      },
      CopySourceVersionId: sourceVersionId,
      VersionId: shownVersionId(bucket, version.versionId),
      ...shownEncryption(version.attributes),
    };
  };
}

const READ = 's3:GetObject';

/** The object to copy from, if the caller may read it and its conditions are met. */
export function sourceOf(
  s3: S3,
  input: SourceInput,
  context: RequestContext,
): { object: ObjectVersion; sourceVersionId: string | undefined } {
  if (input.CopySourceSSECustomerAlgorithm !== undefined) {
    throw notImplemented('x-amz-copy-source-server-side-encryption-customer-algorithm');
  }
  const { bucket: name, key, versionId } = readSource(input.CopySource ?? '');
  const asked = { Bucket: name, Key: key, ExpectedBucketOwner: input.ExpectedSourceBucketOwner };
  // The operation itself is judged as the write that it is.
  const read = actionOfVersion(READ, versionId);
  context.assertMay(read, `arn:aws:s3:::${name}/${key}`);
  const bucket = bucketOf(s3, asked, { ...context, mayReach: (arn) => context.mayReach(arn, read) });
  const object = s3.objects.read(bucket, key, versionId);
  const judgement = judgeRead(
    {
      ifMatch: input.CopySourceIfMatch,
      ifNoneMatch: input.CopySourceIfNoneMatch,
      ifModifiedSinceMs: input.CopySourceIfModifiedSince?.getTime(),
      ifUnmodifiedSinceMs: input.CopySourceIfUnmodifiedSince?.getTime(),
    },
    object,
  );
  if (judgement.kind !== 'met') {
    const condition = judgement.kind === 'failed' ? judgement.condition : notModifiedCondition(input);
    throw refused({ kind: 'condition-failed', condition: `x-amz-copy-source-${condition}` });
  }
  return { object, sourceVersionId: shownVersionId(bucket, object.versionId) };
}

function notModifiedCondition({ CopySourceIfNoneMatch: none }: SourceInput): string {
  return none === undefined ? 'If-Modified-Since' : 'If-None-Match';
}

/** `bucket/key` or `/bucket/key`, percent-encoded, with `?versionId=…` behind it. */
function readSource(text: string): { bucket: string; key: string; versionId: string | undefined } {
  const [, path = '', versionId] = /^(.*?)(?:\?versionId=([^?]*))?$/s.exec(text) ?? [];
  const refuse = () =>
    argumentError(
      'x-amz-copy-source',
      text,
      'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
    );
  let plain: string;
  try {
    plain = decodeURIComponent(path).replace(/^\//, '');
  } catch {
    throw refuse(); // What is not percent-encoded correctly is told as what it is: no source.
  }
  if (plain.startsWith('arn:')) throw notImplemented('access points');
  const slash = plain.indexOf('/');
  if (slash < 1 || slash === plain.length - 1) throw refuse();
  return { bucket: plain.slice(0, slash), key: plain.slice(slash + 1), versionId };
}

/** `x-amz-copy-source-range`: stricter than that of a read. */
export function rangeOfSource(header: string | undefined, bytes: number): ByteRange | undefined {
  if (header === undefined) return undefined;
  const [, first = '', last = ''] = /^bytes=(\d+)-(\d+)$/.exec(header) ?? [];
  if (first === '' || Number(first) > Number(last)) {
    const text =
      'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy';
    throw argumentError('x-amz-copy-source-range', header, text);
  }
  if (Number(last) >= bytes) {
    const text = `Range specified is not valid for source object of size: ${bytes}`;
    throw argumentError('x-amz-copy-source-range', header, text);
  }
  return { first: Number(first), last: Number(last) };
}

function directive(value: string | undefined, name: string): 'COPY' | 'REPLACE' {
  if (value === undefined || value === 'COPY') return 'COPY';
  if (value === 'REPLACE') return 'REPLACE';
  throw argumentError(name, value, `Unknown ${name.includes('tagging') ? 'tagging' : 'metadata'} directive.`);
}
