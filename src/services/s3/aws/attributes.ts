import { AwsError } from '../../../wire/aws-error.ts';
import type { Attributes, ObjectVersion, Tags } from '../object.ts';
import { refused } from '../refusal.ts';
import { notImplemented } from './asked.ts';

/** Those whose objects can be read at once; the others are archives, from which one has to restore. */
const READABLE_CLASSES = new Set([
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER_IR',
]);
const ARCHIVE_CLASSES = new Set(['GLACIER', 'DEEP_ARCHIVE', 'OUTPOSTS', 'SNOW', 'EXPRESS_ONEZONE']);

/** What S3 sends where nobody said a type. */
const DEFAULT_TYPE = 'binary/octet-stream';

interface AttributeInput {
  readonly ContentType?: string | undefined;
  readonly ContentEncoding?: string | undefined;
  readonly ContentDisposition?: string | undefined;
  readonly ContentLanguage?: string | undefined;
  readonly CacheControl?: string | undefined;
  readonly Expires?: Date | undefined;
  readonly StorageClass?: string | undefined;
  readonly ServerSideEncryption?: string | undefined;
  readonly Metadata?: Readonly<Record<string, string>> | undefined;
}

interface Unsupported {
  readonly ACL?: string | undefined;
  readonly GrantFullControl?: string | undefined;
  readonly GrantRead?: string | undefined;
  readonly GrantReadACP?: string | undefined;
  readonly GrantWriteACP?: string | undefined;
  readonly ObjectLockMode?: string | undefined;
  readonly ObjectLockLegalHoldStatus?: string | undefined;
  readonly ObjectLockRetainUntilDate?: Date | undefined;
  readonly SSECustomerAlgorithm?: string | undefined;
  readonly SSEKMSKeyId?: string | undefined;
  readonly WebsiteRedirectLocation?: string | undefined;
  readonly WriteOffsetBytes?: number | undefined;
}

/** Access lists that say what holds anyway: buckets belong to their owners as a whole. */
const OWNERS_ACLS = new Set(['private', 'bucket-owner-full-control']);

/** Throws for what we would have to pass over in silence. */
export function assertSupported(input: Unsupported): void {
  const asked: [string, unknown][] = [
    ['x-amz-grant-full-control', input.GrantFullControl],
    ['x-amz-grant-read', input.GrantRead],
    ['x-amz-grant-read-acp', input.GrantReadACP],
    ['x-amz-grant-write-acp', input.GrantWriteACP],
    ['x-amz-object-lock-mode', input.ObjectLockMode],
    ['x-amz-object-lock-legal-hold', input.ObjectLockLegalHoldStatus],
    ['x-amz-object-lock-retain-until-date', input.ObjectLockRetainUntilDate],
    ['x-amz-server-side-encryption-customer-algorithm', input.SSECustomerAlgorithm],
    ['x-amz-server-side-encryption-aws-kms-key-id', input.SSEKMSKeyId],
    ['x-amz-website-redirect-location', input.WebsiteRedirectLocation],
    ['x-amz-write-offset-bytes', input.WriteOffsetBytes],
  ];
  for (const [header, value] of asked) if (value !== undefined) throw notImplemented(header);
  if (input.ACL !== undefined && !OWNERS_ACLS.has(input.ACL)) {
    // AWS's answer for buckets with the ownership that all new ones have.
    throw new AwsError('AccessControlListNotSupported', 'The bucket does not allow ACLs', { status: 400 });
  }
}

export function attributesOf(input: AttributeInput): Attributes {
  const { StorageClass: storageClass, ServerSideEncryption: encryption } = input;
  if (storageClass !== undefined && !READABLE_CLASSES.has(storageClass)) {
    if (ARCHIVE_CLASSES.has(storageClass)) throw notImplemented(`x-amz-storage-class ${storageClass}`);
    throw new AwsError('InvalidStorageClass', 'The storage class you specified is not valid', {
      status: 400,
      members: { StorageClassRequested: storageClass },
    });
  }
  if (encryption !== undefined && encryption !== 'AES256') {
    throw notImplemented(`x-amz-server-side-encryption ${encryption}`);
  }
  return withoutUndefined({
    contentType: nonEmpty(input.ContentType),
    contentEncoding: contentEncoding(input.ContentEncoding),
    contentDisposition: nonEmpty(input.ContentDisposition),
    contentLanguage: nonEmpty(input.ContentLanguage),
    cacheControl: nonEmpty(input.CacheControl),
    expires: input.Expires?.toUTCString(),
    storageClass: storageClass === 'STANDARD' ? undefined : storageClass,
    encrypted: encryption === 'AES256' ? true : undefined,
    metadata: input.Metadata ?? {},
  });
}

/** How attributes are told with an object. */
export function shownAttributes({ attributes, tags }: ObjectVersion) {
  const tagCount = Object.keys(tags).length;
  return {
    ContentType: attributes.contentType ?? DEFAULT_TYPE,
    ContentEncoding: attributes.contentEncoding,
    ContentDisposition: attributes.contentDisposition,
    ContentLanguage: attributes.contentLanguage,
    CacheControl: attributes.cacheControl,
    Expires: attributes.expires === undefined ? undefined : new Date(attributes.expires),
    Metadata: { ...attributes.metadata },
    // SAFE: only classes of the model are stored.
    StorageClass: attributes.storageClass as 'STANDARD_IA' | undefined,
    ...shownEncryption(attributes),
    TagCount: tagCount === 0 ? undefined : tagCount,
  };
}

export function shownEncryption({ encrypted }: Attributes): { ServerSideEncryption?: 'AES256' } {
  return encrypted ? { ServerSideEncryption: 'AES256' } : {};
}

const TAGS_MAX = 10;
const BUCKET_TAGS_MAX = 50;
const TAG_KEY_MAX = 128;
const TAG_VALUE_MAX = 256;
const TAG_TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** `x-amz-tagging`: a query string. */
export function tagsOfHeader(header: string | undefined): Tags {
  if (header === undefined || header === '') return {};
  const pairs = [...new URLSearchParams(header)];
  return tagsOf(pairs.map(([Key, Value]) => ({ Key, Value })));
}

/** Throws InvalidTag, with S3's text ("Object tagging" and "Using cost allocation tags", S3 user guide, for the limits). */
export function tagsOf(
  set: readonly { Key?: string | undefined; Value?: string | undefined }[],
  of: 'object' | 'bucket' = 'object',
): Tags {
  const refuse = (message: string) => refused({ kind: 'invalid-tag', message });
  const tags = new Map<string, string>();
  for (const { Key: key = '', Value: value = '' } of set) {
    if (key === '' || key.length > TAG_KEY_MAX || !TAG_TEXT.test(key)) {
      throw refuse('The TagKey you have provided is invalid');
    }
    if (value.length > TAG_VALUE_MAX || !TAG_TEXT.test(value)) {
      throw refuse('The TagValue you have provided is invalid');
    }
    if (key.startsWith('aws:')) throw refuse('System tags cannot be added/updated by requester');
    if (tags.has(key)) throw refuse('Cannot provide multiple Tags with the same key');
    tags.set(key, value);
  }
  if (of === 'object' && tags.size > TAGS_MAX) {
    throw new AwsError('BadRequest', 'Object tags cannot be greater than 10', { status: 400 });
  }
  if (tags.size > BUCKET_TAGS_MAX) {
    throw new AwsError('BadRequest', 'Bucket tag count cannot be greater than 50', { status: 400 });
  }
  return Object.fromEntries(tags);
}

/** `aws-chunked` says how the request is sent, not what the object is. */
function contentEncoding(header: string | undefined): string | undefined {
  const kept = (header ?? '')
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'aws-chunked');
  return nonEmpty(kept.join(','));
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

function withoutUndefined<T extends object>(value: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  const defined = Object.entries(value).filter(([, inner]) => inner !== undefined);
  // SAFE: what is left out reads as undefined, which the type allows where it occurs.
  return Object.fromEntries(defined) as { [Key in keyof T]: Exclude<T[Key], undefined> };
}
