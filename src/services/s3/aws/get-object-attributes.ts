import type { S3 } from '../s3.ts';
import { argumentError, bucketOf, shownVersionId } from './asked.ts';
import { checksumMember, shownChecksum } from './checksums.ts';
import type { S3Operation } from './client.ts';
import { pageSize } from './list-objects.ts';

/** What an object is, as far as it is asked for. */
export function getObjectAttributes(s3: () => S3): S3Operation<'GetObjectAttributes'> {
  return (input, context) => {
    const bucket = bucketOf(s3(), input, context);
    const object = s3().objects.read(bucket, input.Key ?? '', input.VersionId);
    const asked = new Set<string>(input.ObjectAttributes);
    const { checksum, etag, bytes, attributes, partCount, modifiedMs, versionId } = object;
    return {
      LastModified: new Date(Math.floor(modifiedMs / 1_000) * 1_000),
      VersionId: shownVersionId(bucket, versionId),
      ...(asked.has('ETag') && { ETag: etag }),
      ...(asked.has('ObjectSize') && { ObjectSize: bytes }),
      // SAFE: only classes of the model are stored.
      ...(asked.has('StorageClass') && { StorageClass: (attributes.storageClass ?? 'STANDARD') as 'STANDARD' }),
      ...(asked.has('Checksum') && checksum !== undefined && { Checksum: shownChecksum(checksum) }),
      ...(asked.has('ObjectParts') && partCount !== undefined && { ObjectParts: parts(partCount) }),
    };

    function parts(count: number) {
      const after = Number(input.PartNumberMarker ?? 0);
      if (!Number.isInteger(after) || after < 0) {
        const text = 'Argument part-number-marker must be an integer between 0 and 2147483647';
        throw argumentError('part-number-marker', input.PartNumberMarker, text);
      }
      const countMax = pageSize(input.MaxParts, 'max-parts');
      // Numbers of the completed object: 1, 2, 3, whatever those of its upload were.
      const shown = s3()
        .objects.segments(object)
        .map((segment, index) => ({ ...segment, number: index + 1 }))
        .slice(after, after + countMax);
      const last = shown.at(-1)?.number ?? after;
      return {
        TotalPartsCount: count,
        PartNumberMarker: String(after),
        ...(last < count && { NextPartNumberMarker: String(last) }),
        MaxParts: countMax,
        IsTruncated: last < count,
        // As on AWS, parts are told one by one only where their checksums make up the object's.
        ...(checksum?.type === 'composite' && {
          Parts: shown.map(({ number, bytes: Size, checksum: value }) => ({
            PartNumber: number,
            Size,
            ...checksumMember(checksum.algorithm, value),
          })),
        }),
      };
    }
  };
}
