import type { Bucket } from '../bucket.ts';
import type { Listed } from '../listing.ts';
import type { ObjectVersion, Version } from '../object.ts';
import type { S3 } from '../s3.ts';
import { isVersionId } from '../version-id.ts';
import type { KeyStart } from '../version-table.ts';
import { argumentError, bucketOf, ownerOf } from './asked.ts';
import { shownAlgorithm } from './checksums.ts';
import type { S3Operation } from './client.ts';

/** AWS: a page of any list of objects. */
export const PAGE_MAX = 1_000;

export function listObjects(s3: () => S3): S3Operation<'ListObjects'> {
  return (input, context) => {
    const bucket = bucketOf(s3(), input, context);
    const { Prefix: prefix = '', Marker: marker = '' } = input;
    const delimiter = nonEmpty(input.Delimiter);
    const countMax = pageSize(input.MaxKeys, 'max-keys');
    const page = s3().lists.objects(bucket, { prefix, delimiter, countMax, start: { kind: 'after', key: marker } });
    const encode = encoder(input.EncodingType);
    const last = page.next?.last;
    return {
      Name: bucket.name,
      Prefix: encode(prefix),
      Marker: encode(marker),
      MaxKeys: countMax,
      ...shownPage(page, bucket, encode, true),
      ...(delimiter !== undefined && { Delimiter: encode(delimiter) }),
      // Without a delimiter the last key is the next marker.
      ...(last !== undefined &&
        delimiter !== undefined && { NextMarker: encode('item' in last ? last.item.key : last.prefix) }),
      ...(input.EncodingType !== undefined && { EncodingType: input.EncodingType }),
    };
  };
}

export function listObjectsV2(s3: () => S3): S3Operation<'ListObjectsV2'> {
  return (input, context) => {
    const bucket = bucketOf(s3(), input, context);
    const { Prefix: prefix = '', StartAfter: startAfter, ContinuationToken: token } = input;
    const delimiter = nonEmpty(input.Delimiter);
    const countMax = pageSize(input.MaxKeys, 'max-keys');
    const start = token === undefined ? { kind: 'after' as const, key: startAfter ?? '' } : startOfToken(token);
    const page = s3().lists.objects(bucket, { prefix, delimiter, countMax, start });
    const encode = encoder(input.EncodingType);
    return {
      Name: bucket.name,
      Prefix: encode(prefix),
      MaxKeys: countMax,
      KeyCount: page.items.length + page.prefixes.length,
      ...shownPage(page, bucket, encode, input.FetchOwner === true),
      ...(delimiter !== undefined && { Delimiter: encode(delimiter) }),
      ...(startAfter !== undefined && { StartAfter: encode(startAfter) }),
      ...(token !== undefined && { ContinuationToken: token }),
      ...(page.next !== undefined && { NextContinuationToken: tokenOf(page.next.start) }),
      ...(input.EncodingType !== undefined && { EncodingType: input.EncodingType }),
    };
  };
}

export function listObjectVersions(s3: () => S3): S3Operation<'ListObjectVersions'> {
  return (input, context) => {
    const bucket = bucketOf(s3(), input, context);
    const { Prefix: prefix = '', KeyMarker: key = '', VersionIdMarker: versionId } = input;
    const delimiter = nonEmpty(input.Delimiter);
    const countMax = pageSize(input.MaxKeys, 'max-keys');
    if (versionId !== undefined && key === '') {
      throw argumentError(
        'version-id-marker',
        versionId,
        'A version-id marker cannot be specified without a key marker.',
      );
    }
    if (versionId !== undefined && !isVersionId(versionId)) {
      throw argumentError('version-id-marker', versionId, 'Invalid version id specified');
    }
    const page = s3().lists.versions(bucket, { prefix, delimiter, countMax, after: { key, versionId } });
    const encode = encoder(input.EncodingType);
    const last = page.next?.last;
    return {
      Name: bucket.name,
      Prefix: encode(prefix),
      KeyMarker: encode(key),
      VersionIdMarker: versionId ?? '',
      MaxKeys: countMax,
      IsTruncated: page.next !== undefined,
      Versions: page.items
        .filter(isObject)
        .map((object) => ({ ...shownObject(object, encode), ...shownVersion(object, bucket) })),
      DeleteMarkers: page.items
        .filter((version) => version.kind === 'marker')
        .map((marker) => ({
          Key: encode(marker.key),
          LastModified: new Date(marker.modifiedMs),
          ...shownVersion(marker, bucket),
        })),
      CommonPrefixes: page.prefixes.map((common) => ({ Prefix: encode(common) })),
      ...(delimiter !== undefined && { Delimiter: encode(delimiter) }),
      ...(last !== undefined && { NextKeyMarker: encode('item' in last ? last.item.key : last.prefix) }),
      ...(last !== undefined && 'item' in last && { NextVersionIdMarker: last.item.versionId }),
      ...(input.EncodingType !== undefined && { EncodingType: input.EncodingType }),
    };
  };
}

function isObject(version: Version): version is ObjectVersion {
  return version.kind === 'object';
}

function shownPage(page: Listed<ObjectVersion>, bucket: Bucket, encode: (text: string) => string, withOwner: boolean) {
  return {
    IsTruncated: page.next !== undefined,
    Contents: page.items.map((object) => ({
      ...shownObject(object, encode),
      ...(withOwner && { Owner: ownerOf(bucket.account) }),
    })),
    CommonPrefixes: page.prefixes.map((common) => ({ Prefix: encode(common) })),
  };
}

function shownObject(object: ObjectVersion, encode: (text: string) => string) {
  const { key, modifiedMs, etag, bytes, attributes, checksum } = object;
  return {
    Key: encode(key),
    LastModified: new Date(modifiedMs),
    ETag: `"${etag}"`,
    Size: bytes,
    // SAFE: only classes of the model are stored.
    StorageClass: (attributes.storageClass ?? 'STANDARD') as 'STANDARD',
    ...(checksum !== undefined && {
      ChecksumAlgorithm: [shownAlgorithm(checksum.algorithm)],
      ChecksumType: checksum.type === 'composite' ? ('COMPOSITE' as const) : ('FULL_OBJECT' as const),
    }),
  };
}

function shownVersion({ versionId, isLatest }: Version, { account }: Bucket) {
  return { VersionId: versionId, IsLatest: isLatest, Owner: ownerOf(account) };
}

/** How many a page shows. More than AWS shows is asked for in vain. */
export function pageSize(asked: number | undefined, name: string): number {
  if (asked === undefined) return PAGE_MAX;
  if (asked < 0 || asked > 2_147_483_647) {
    throw argumentError(name, asked, `Argument ${name} must be an integer between 0 and 2147483647`);
  }
  return Math.min(asked, PAGE_MAX);
}

/** `encoding-type=url`, for keys with characters that XML 1.0 cannot hold. */
export function encoder(encodingType: string | undefined): (text: string) => string {
  if (encodingType === undefined) return (text) => text;
  if (encodingType !== 'url') {
    throw argumentError('encoding-type', encodingType, 'Invalid Encoding Method specified in Request');
  }
  return (text) =>
    encodeURIComponent(text)
      .replace(/[!'()]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
      .replaceAll('%2F', '/')
      .replaceAll('%20', '+');
}

export function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

function tokenOf(start: KeyStart): string {
  return Buffer.from(`${start.kind} ${start.key}`).toString('base64');
}

function startOfToken(token: string): KeyStart {
  const text = Buffer.from(token, 'base64').toString('utf8');
  const [, kind, key = ''] = /^(at|after) (.*)$/s.exec(text) ?? [];
  if (Buffer.from(text).toString('base64') === token && (kind === 'at' || kind === 'after')) return { kind, key };
  throw argumentError('continuation-token', token, 'The continuation token provided is incorrect');
}
