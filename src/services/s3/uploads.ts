import { createHash } from 'node:crypto';
import { type ChecksumAlgorithm, combineChecksums, startChecksum } from '../../lib/checksum.ts';
import type { Bucket } from './bucket.ts';
import type { Actor } from './change.ts';
import type { WriteConditions } from './conditions.ts';
import { type ByteRange, contentOf, streamOf } from './content.ts';
import { addVersion, assertAsExpected } from './new-version.ts';
import {
  type ObjectVersion,
  PART_BYTES_MIN,
  PARTS_MAX,
  PUT_BYTES_MAX,
  type Segment,
  type StoredChecksum,
} from './object.ts';
import { assertKey, assertMetadata, type BodyChecksum } from './objects.ts';
import { refused } from './refusal.ts';
import type { S3Store } from './s3-store.ts';
import type { SegmentInfo } from './segment-table.ts';
import { discardStaged, holdStaged, type StagedBody, settleStaged, stageBody } from './stage-body.ts';
import type { Upload, UploadRequest } from './upload-table.ts';

export interface UploadPlace {
  readonly bucket: Bucket;
  readonly key: string;
  readonly uploadId: string;
}

/** A part as the client lists it when it completes the upload. */
export interface ListedPart {
  readonly number: number;
  /** Without quotes. */
  readonly etag: string;
  readonly checksum: { readonly algorithm: ChecksumAlgorithm; readonly value: string } | undefined;
}

export interface Completion {
  readonly parts: readonly ListedPart[];
  /** Of the whole object, base64. */
  readonly checksum: { readonly algorithm: ChecksumAlgorithm; readonly value: string } | undefined;
  readonly checksumType: StoredChecksum['type'] | undefined;
  readonly bytes: number | undefined;
  readonly conditions: WriteConditions;
  readonly actor: Actor;
}

/** Objects that are put in parts. Everything throws `S3Refused`. */
export function uploadsOf(store: S3Store) {
  const { uploads, segments, files, clock } = store;

  const find = ({ bucket, key, uploadId }: UploadPlace): Upload => {
    const upload = uploads.find(bucket.id, key, uploadId);
    if (upload === undefined) throw refused({ kind: 'no-such-upload', uploadId });
    return upload;
  };

  const commitPart = async (place: UploadPlace, number: number, staged: StagedBody): Promise<Segment> => {
    const segment = { number, ...staged, modifiedMs: clock.nowMs() };
    using _held = holdStaged(files, staged);
    try {
      await store.commit(() => segments.put(find(place).contentId, segment));
    } catch (error) {
      await discardStaged(files, staged);
      throw error;
    }
    await settleStaged(files, staged);
    return segment;
  };

  return {
    find,

    async begin(bucket: Bucket, key: string, request: UploadRequest): Promise<string> {
      assertKey(key);
      assertMetadata(request.attributes);
      const uploadId = store.randomBytes(48).toString('base64url');
      await store.commit(() => {
        const { id: bucketId } = store.bucketNow(bucket);
        const id = store.database.nextNumber();
        const contentId = store.database.nextNumber();
        uploads.add({ id, uploadId, bucketId, key, contentId, initiatedMs: clock.nowMs(), request });
      });
      return uploadId;
    },

    /** A part of the same number that came before is replaced. */
    async putPart(
      place: UploadPlace,
      number: number,
      body: AsyncIterable<Uint8Array>,
      demands: {
        bytes: number | undefined;
        md5: string | undefined;
        checksum: BodyChecksum | undefined;
        signal: AbortSignal;
      },
    ): Promise<Segment> {
      const { request } = find(place);
      const { checksum: claim, signal, bytes } = demands;
      const isOther = claim !== undefined && claim.algorithm !== request.algorithm;
      // Clients that chose none for the upload send one of their own with each part all the same.
      if (isOther && request.isChosen) {
        const message = `Checksum Type mismatch occurred, expected checksum Type: ${request.algorithm}, actual checksum Type: ${claim.algorithm}`;
        throw refused({ kind: 'upload-checksum', message });
      }
      const checksum = isOther || claim === undefined ? { algorithm: request.algorithm } : claim;
      const otherChecksum = isOther && claim.expected !== undefined ? claim : undefined;
      if (bytes !== undefined && bytes > PUT_BYTES_MAX) {
        throw refused({ kind: 'too-large', bytes, bytesMax: PUT_BYTES_MAX });
      }
      const { md5 } = demands;
      const staged = await stageBody(
        files,
        body,
        { bytesMax: PUT_BYTES_MAX, bytes, md5, checksum, otherChecksum },
        signal,
      );
      return commitPart(place, number, staged);
    },

    async copyPart(
      place: UploadPlace,
      number: number,
      source: { object: ObjectVersion; range: ByteRange | undefined },
      signal: AbortSignal,
    ): Promise<Segment> {
      const { request } = find(place);
      const { object, range } = source;
      const bytes = range === undefined ? object.bytes : range.last - range.first + 1;
      if (bytes > PUT_BYTES_MAX) throw refused({ kind: 'too-large', bytes, bytesMax: PUT_BYTES_MAX });
      const content = streamOf(contentOf(files, segments.of(object.contentId), range));
      const { algorithm } = request;
      const staged = await stageBody(
        files,
        content,
        { bytesMax: PUT_BYTES_MAX, bytes, checksum: { algorithm } },
        signal,
      );
      return commitPart(place, number, staged);
    },

    /** In order of their numbers. */
    parts(place: UploadPlace, query: { after: number; countMax: number }): { upload: Upload; parts: SegmentInfo[] } {
      const upload = find(place);
      return { upload, parts: segments.infos(upload.contentId, query) };
    },

    async abort(place: UploadPlace): Promise<void> {
      await store.free(() => {
        const upload = find(place);
        segments.removeAll(upload.contentId);
        uploads.remove(upload.id);
      });
    },

    /** The object is there with the parts that are listed; the others go. Nothing is copied. */
    async complete(place: UploadPlace, completion: Completion): Promise<ObjectVersion> {
      return store.commit(() => {
        const bucket = store.bucketNow(place.bucket);
        const upload = find(place);
        const known = segments.infos(upload.contentId, { after: 0, countMax: PARTS_MAX });
        const chosen = choose(upload, known, completion);
        assertAsExpected(store, bucket, place.key, completion.conditions);
        const checksum = checksumOf(upload, chosen, completion);
        const bytes = chosen.reduce((sum, part) => sum + part.bytes, 0);
        if (completion.bytes !== undefined && completion.bytes !== bytes) {
          throw refused({ kind: 'wrong-upload-size', expected: completion.bytes, calculated: bytes });
        }
        const kept = new Set(chosen.map(({ number }) => number));
        for (const { number } of known) if (!kept.has(number)) segments.remove(upload.contentId, number);
        uploads.remove(upload.id);
        const { attributes, tags } = upload.request;
        return addVersion(
          store,
          bucket,
          {
            key: place.key,
            modifiedMs: clock.nowMs(),
            bytes,
            etag: etagOf(chosen),
            contentId: upload.contentId,
            partCount: chosen.length,
            checksum,
            attributes,
            tags,
          },
          { kind: 'ObjectCreated:CompleteMultipartUpload', actor: completion.actor },
        );
      });
    },
  };
}

export type Uploads = ReturnType<typeof uploadsOf>;

/** The parts that the client lists, as they came. */
function choose(upload: Upload, known: readonly SegmentInfo[], { parts }: Completion): SegmentInfo[] {
  const { uploadId } = upload;
  const byNumber = new Map(known.map((part) => [part.number, part]));
  let before = 0;
  for (const { number } of parts) {
    if (number <= before) throw refused({ kind: 'invalid-part-order', uploadId });
    before = number;
  }
  return parts.map(({ number, etag, checksum }, index) => {
    const part = byNumber.get(number);
    const isAsListed =
      part?.md5 === etag &&
      (checksum === undefined || checksum.algorithm !== upload.request.algorithm || checksum.value === part.checksum);
    if (part === undefined || !isAsListed) throw refused({ kind: 'invalid-part', uploadId, partNumber: number, etag });
    if (part.bytes < PART_BYTES_MIN && index < parts.length - 1) {
      throw refused({ kind: 'part-too-small', partNumber: number, etag, bytes: part.bytes, bytesMin: PART_BYTES_MIN });
    }
    return part;
  });
}

/** The MD5 of the parts' MD5s, and how many they are. */
function etagOf(parts: readonly SegmentInfo[]): string {
  const hash = createHash('md5');
  for (const { md5 } of parts) hash.update(md5, 'hex');
  return `${hash.digest('hex')}-${parts.length}`;
}

function checksumOf(upload: Upload, parts: readonly SegmentInfo[], completion: Completion): StoredChecksum {
  const { algorithm, checksumType } = upload.request;
  if (completion.checksumType !== undefined && completion.checksumType !== checksumType) {
    const message = `The upload was created using the ${shownType(checksumType)} checksum mode. The complete request must use the same checksum mode.`;
    throw refused({ kind: 'upload-checksum', message });
  }
  const digests = parts.map(({ checksum = '', bytes }) => ({ digest: Buffer.from(checksum, 'base64'), bytes }));
  const value = checksumType === 'composite' ? composite(algorithm, digests) : whole(algorithm, digests);
  const { checksum: claimed } = completion;
  // A composite one may be claimed with or without the number of its parts.
  const isRight = claimed === undefined || claimed.value === value || `${claimed.value}-${parts.length}` === value;
  if (!isRight || (claimed !== undefined && claimed.algorithm !== algorithm)) {
    throw refused({ kind: 'bad-checksum', algorithm: claimed?.algorithm ?? algorithm });
  }
  return { algorithm, type: checksumType, value };
}

function shownType(type: StoredChecksum['type']): string {
  return type === 'composite' ? 'COMPOSITE' : 'FULL_OBJECT';
}

function composite(algorithm: ChecksumAlgorithm, digests: readonly { digest: Buffer }[]): string {
  const sum = startChecksum(algorithm);
  for (const { digest } of digests) sum.update(digest);
  return `${sum.digest().toString('base64')}-${digests.length}`;
}

function whole(algorithm: ChecksumAlgorithm, digests: readonly { digest: Buffer; bytes: number }[]): string {
  const sum = combineChecksums(algorithm, digests);
  if (sum === undefined) throw new Error(`an upload began with full-object ${algorithm}, which cannot be combined`);
  return sum.toString('base64');
}
