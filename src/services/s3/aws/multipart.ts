import type { ChecksumAlgorithm } from '../../../lib/checksum.ts';
import { AwsError } from '../../../wire/aws-error.ts';
import { PARTS_MAX, type StoredChecksum } from '../object.ts';
import { DEFAULT_ALGORITHM } from '../objects.ts';
import type { S3 } from '../s3.ts';
import type { SegmentInfo } from '../segment-table.ts';
import type { UploadRequest } from '../upload-table.ts';
import type { ListedPart } from '../uploads.ts';
import { actorOf, argumentError, bucketOf, ownerOf, shownVersionId } from './asked.ts';
import { assertSupported, attributesOf, shownEncryption, tagsOfHeader } from './attributes.ts';
import {
  algorithmOf,
  bytesOfBody,
  checksumMember,
  checksumOfBody,
  claimedIn,
  md5OfBody,
  shownAlgorithm,
} from './checksums.ts';
import type { S3Operation } from './client.ts';
import { rangeOfSource, sourceOf } from './copy-object.ts';
import { encoder, nonEmpty, pageSize } from './list-objects.ts';
import { bodyOf, shownWritten, writeConditionsOf } from './put-object.ts';

export function createMultipartUpload(s3: () => S3): S3Operation<'CreateMultipartUpload'> {
  return async (input, context) => {
    assertSupported(input);
    const bucket = bucketOf(s3(), input, context);
    const chosen = algorithmOf(input.ChecksumAlgorithm);
    const algorithm = chosen ?? DEFAULT_ALGORITHM;
    const request: UploadRequest = {
      attributes: attributesOf(input),
      tags: tagsOfHeader(input.Tagging),
      algorithm,
      checksumType: typeOfUpload(algorithm, input.ChecksumType),
      isChosen: chosen !== undefined,
    };
    const UploadId = await s3().uploads.begin(bucket, input.Key ?? '', request);
    return {
      Bucket: bucket.name,
      Key: input.Key,
      UploadId,
      ...(chosen !== undefined && {
        ChecksumAlgorithm: shownAlgorithm(chosen),
        ChecksumType: shownType(request.checksumType),
      }),
      ...shownEncryption(request.attributes),
    };
  };
}

/** Which algorithms have which types: "Checking object integrity", S3 user guide. The first is the default. */
const TYPES: Readonly<Record<ChecksumAlgorithm, readonly StoredChecksum['type'][]>> = {
  crc64nvme: ['full-object'],
  crc32: ['composite', 'full-object'],
  crc32c: ['composite', 'full-object'],
  sha1: ['composite'],
  sha256: ['composite'],
  sha512: ['composite'],
  md5: ['composite'],
};

function typeOfUpload(algorithm: ChecksumAlgorithm, asked: string | undefined): StoredChecksum['type'] {
  const [usual = 'full-object'] = TYPES[algorithm];
  const type = asked === undefined ? usual : asked === 'COMPOSITE' ? 'composite' : 'full-object';
  if (TYPES[algorithm].includes(type)) return type;
  const text = `The ${asked} checksum type cannot be used with the ${algorithm} checksum algorithm.`;
  throw new AwsError('InvalidRequest', text, { status: 400 });
}

function shownType(type: StoredChecksum['type']): 'COMPOSITE' | 'FULL_OBJECT' {
  return type === 'composite' ? 'COMPOSITE' : 'FULL_OBJECT';
}

export function uploadPart(s3: () => S3): S3Operation<'UploadPart'> {
  return async (input, context) => {
    assertSupported(input);
    const { headers, signal } = context;
    const number = partNumber(input.PartNumber);
    const place = { bucket: bucketOf(s3(), input, context), key: input.Key ?? '', uploadId: input.UploadId ?? '' };
    const { request } = s3().uploads.find(place);
    const part = await s3().uploads.putPart(place, number, bodyOf(input.Body), {
      bytes: bytesOfBody(headers),
      md5: md5OfBody(headers),
      checksum: checksumOfBody(headers),
      signal,
    });
    return {
      ETag: `"${part.md5}"`,
      ...(request.isChosen && checksumMember(request.algorithm, part.checksum)),
      ...shownEncryption(request.attributes),
    };
  };
}

export function uploadPartCopy(s3: () => S3): S3Operation<'UploadPartCopy'> {
  return async (input, context) => {
    assertSupported(input);
    const number = partNumber(input.PartNumber);
    const place = { bucket: bucketOf(s3(), input, context), key: input.Key ?? '', uploadId: input.UploadId ?? '' };
    const { request } = s3().uploads.find(place);
    const { object, sourceVersionId } = sourceOf(s3(), input, context);
    const range = rangeOfSource(input.CopySourceRange, object.bytes);
    const part = await s3().uploads.copyPart(place, number, { object, range }, context.signal);
    return {
      CopyPartResult: {
        ETag: `"${part.md5}"`,
        LastModified: new Date(part.modifiedMs),
        ...(request.isChosen && checksumMember(request.algorithm, part.checksum)),
      },
      CopySourceVersionId: sourceVersionId,
    };
  };
}

function partNumber(number: number | undefined): number {
  if (number !== undefined && Number.isInteger(number) && number >= 1 && number <= PARTS_MAX) return number;
  throw argumentError('partNumber', number, 'Part number must be an integer between 1 and 10000, inclusive');
}

export function completeMultipartUpload(s3: () => S3): S3Operation<'CompleteMultipartUpload'> {
  return async (input, context) => {
    const bucket = bucketOf(s3(), input, context);
    const listed = input.MultipartUpload?.Parts ?? [];
    if (listed.length === 0 || listed.length > PARTS_MAX) throw malformed();
    const parts = listed.map((part): ListedPart => {
      if (part.PartNumber === undefined || part.ETag === undefined) throw malformed();
      return { number: part.PartNumber, etag: part.ETag.replaceAll('"', ''), checksum: claimedIn(part) };
    });
    const place = { bucket, key: input.Key ?? '', uploadId: input.UploadId ?? '' };
    const version = await s3().uploads.complete(place, {
      parts,
      checksum: claimedIn(input),
      checksumType:
        input.ChecksumType === undefined ? undefined : input.ChecksumType === 'COMPOSITE' ? 'composite' : 'full-object',
      bytes: input.MpuObjectSize,
      conditions: writeConditionsOf(input),
      actor: actorOf(context),
    });
    return {
      Location: `${context.origin}/${bucket.name}/${version.key.split('/').map(encodeURIComponent).join('/')}`,
      Bucket: bucket.name,
      Key: version.key,
      ...shownWritten(version),
      VersionId: shownVersionId(bucket, version.versionId),
    };
  };
}

function malformed(): AwsError {
  const text = 'The XML you provided was not well-formed or did not validate against our published schema';
  return new AwsError('MalformedXML', text, { status: 400 });
}

export function abortMultipartUpload(s3: () => S3): S3Operation<'AbortMultipartUpload'> {
  return async (input, context) => {
    const bucket = bucketOf(s3(), input, context);
    await s3().uploads.abort({ bucket, key: input.Key ?? '', uploadId: input.UploadId ?? '' });
    return {};
  };
}

export function listParts(s3: () => S3): S3Operation<'ListParts'> {
  return (input, context) => {
    const bucket = bucketOf(s3(), input, context);
    const after = Number(input.PartNumberMarker ?? 0);
    if (!Number.isInteger(after) || after < 0) {
      const text = 'Argument part-number-marker must be an integer between 0 and 2147483647';
      throw argumentError('part-number-marker', input.PartNumberMarker, text);
    }
    const countMax = pageSize(input.MaxParts, 'max-parts');
    const place = { bucket, key: input.Key ?? '', uploadId: input.UploadId ?? '' };
    const { upload, parts: found } = s3().uploads.parts(place, { after, countMax: countMax + 1 });
    const parts = found.slice(0, countMax);
    const isTruncated = found.length > countMax && countMax > 0;
    const { algorithm, checksumType, isChosen, attributes } = upload.request;
    return {
      Bucket: bucket.name,
      Key: upload.key,
      UploadId: upload.uploadId,
      PartNumberMarker: String(after),
      MaxParts: countMax,
      IsTruncated: isTruncated,
      // The client's pages go on as long as there is a next marker.
      ...(isTruncated && { NextPartNumberMarker: String(parts.at(-1)?.number) }),
      Parts: parts.map((part) => shownPart(part, isChosen ? algorithm : undefined)),
      Initiator: ownerOf(bucket.account),
      Owner: ownerOf(bucket.account),
      StorageClass: (attributes.storageClass ?? 'STANDARD') as 'STANDARD', // SAFE: only classes of the model are stored.
      ...(isChosen && { ChecksumAlgorithm: shownAlgorithm(algorithm), ChecksumType: shownType(checksumType) }),
    };
  };
}

function shownPart(
  { number, md5, bytes, modifiedMs, checksum }: SegmentInfo,
  algorithm: ChecksumAlgorithm | undefined,
) {
  return {
    PartNumber: number,
    ETag: `"${md5}"`,
    Size: bytes,
    LastModified: new Date(modifiedMs),
    ...(algorithm !== undefined && checksumMember(algorithm, checksum)),
  };
}

export function listMultipartUploads(s3: () => S3): S3Operation<'ListMultipartUploads'> {
  return (input, context) => {
    const bucket = bucketOf(s3(), input, context);
    const { Prefix: prefix = '', KeyMarker: key = '', UploadIdMarker: marker } = input;
    const delimiter = nonEmpty(input.Delimiter);
    const countMax = pageSize(input.MaxUploads, 'max-uploads');
    // Without a key marker the other one is not looked at (API reference, ListMultipartUploads).
    const after = { key, uploadId: key === '' ? undefined : nonEmpty(marker) };
    const page = s3().lists.uploads(bucket, { prefix, delimiter, countMax, after });
    const encode = encoder(input.EncodingType);
    const last = page.next?.last;
    return {
      Bucket: bucket.name,
      KeyMarker: encode(key),
      UploadIdMarker: marker ?? '',
      Prefix: encode(prefix),
      MaxUploads: countMax,
      IsTruncated: page.next !== undefined,
      Uploads: page.items.map(({ uploadId, key, initiatedMs, request }) => ({
        UploadId: uploadId,
        Key: encode(key),
        Initiated: new Date(initiatedMs),
        StorageClass: (request.attributes.storageClass ?? 'STANDARD') as 'STANDARD', // SAFE: only classes of the model are stored.
        Owner: ownerOf(bucket.account),
        Initiator: ownerOf(bucket.account),
        ...(request.isChosen && {
          ChecksumAlgorithm: shownAlgorithm(request.algorithm),
          ChecksumType: shownType(request.checksumType),
        }),
      })),
      CommonPrefixes: page.prefixes.map((common) => ({ Prefix: encode(common) })),
      ...(delimiter !== undefined && { Delimiter: encode(delimiter) }),
      ...(last !== undefined && { NextKeyMarker: encode('item' in last ? last.item.key : last.prefix) }),
      ...(last !== undefined && 'item' in last && { NextUploadIdMarker: last.item.uploadId }),
      ...(input.EncodingType !== undefined && { EncodingType: input.EncodingType }),
    };
  };
}
