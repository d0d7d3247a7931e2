import type { Readable } from 'node:stream';
import type { WriteConditions } from '../conditions.ts';
import type { ObjectVersion } from '../object.ts';
import type { S3 } from '../s3.ts';
import { actorOf, bucketOf, notImplemented, shownVersionId } from './asked.ts';
import { assertSupported, attributesOf, shownEncryption, tagsOfHeader } from './attributes.ts';
import { bytesOfBody, checksumOfBody, md5OfBody, shownChecksum } from './checksums.ts';
import type { S3Operation } from './client.ts';

export function putObject(s3: () => S3): S3Operation<'PutObject'> {
  return async (input, context) => {
    const { headers, signal } = context;
    assertSupported(input);
    const bucket = bucketOf(s3(), input, context);
    const version = await s3().objects.put(bucket, input.Key ?? '', bodyOf(input.Body), {
      attributes: attributesOf(input),
      tags: tagsOfHeader(input.Tagging),
      conditions: writeConditionsOf(input),
      actor: actorOf(context),
      changeKind: 'ObjectCreated:Put',
      bytes: bytesOfBody(headers),
      md5: md5OfBody(headers),
      checksum: checksumOfBody(headers),
      signal,
    });
    return { ...shownWritten(version), VersionId: shownVersionId(bucket, version.versionId) };
  };
}

/** What is told of an object that has just been written. */
export function shownWritten({ etag, checksum, attributes }: ObjectVersion) {
  return {
    ETag: `"${etag}"`,
    ...(checksum !== undefined && shownChecksum(checksum)),
    ...shownEncryption(attributes),
  };
}

/** Not destroyed when it is left early: the client is still to read why. The engine takes what comes after. */
export function bodyOf(body: Readable | undefined): AsyncIterable<Uint8Array> {
  if (body === undefined) throw new Error('a request with a streaming body has no stream');
  return { [Symbol.asyncIterator]: () => body.iterator({ destroyOnReturn: false }) };
}

export function writeConditionsOf(input: {
  IfMatch?: string | undefined;
  IfNoneMatch?: string | undefined;
}): WriteConditions {
  const { IfMatch: ifMatch, IfNoneMatch: ifNoneMatch } = input;
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*') throw notImplemented('If-None-Match');
  return { ifMatch, ifAbsent: ifNoneMatch === '*' };
}
