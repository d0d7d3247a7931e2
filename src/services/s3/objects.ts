import type { Readable } from 'node:stream';
import type { ChecksumAlgorithm } from '../../lib/checksum.ts';
import type { Bucket } from './bucket.ts';
import type { Actor, ChangeKind } from './change.ts';
import type { WriteConditions } from './conditions.ts';
import { type ByteRange, contentOf, streamOf } from './content.ts';
import { addMarker, addVersion, assertAsExpected, changeOf, removeVersion } from './new-version.ts';
import {
  type Attributes,
  KEY_BYTES_MAX,
  METADATA_BYTES_MAX,
  type ObjectVersion,
  PUT_BYTES_MAX,
  type Segment,
  type StoredChecksum,
  type Tags,
  type Version,
} from './object.ts';
import { refused, S3Refused } from './refusal.ts';
import type { S3Store } from './s3-store.ts';
import { discardStaged, holdStaged, type StagedBody, settleStaged, stageBody } from './stage-body.ts';
import { isVersionId } from './version-id.ts';

/** S3's own choice where the client has none ("Checking object integrity", S3 user guide). */
export const DEFAULT_ALGORITHM: ChecksumAlgorithm = 'crc64nvme';

export interface PutRequest {
  readonly attributes: Attributes;
  readonly tags: Tags;
  readonly conditions: WriteConditions;
  readonly actor: Actor;
  /** `Put`, or `Post` for an upload by a form. */
  readonly changeKind: ChangeKind;
  /** Undefined: as long as the body is. */
  readonly bytes?: number | undefined;
  /** Base64. */
  readonly md5?: string | undefined;
  /** Undefined: S3 chooses one. */
  readonly checksum?: BodyChecksum | undefined;
  /** Smaller than one put may be where a form says so. */
  readonly bytesMax?: number;
  readonly signal: AbortSignal;
}

/** `expected`: base64; it is asked once the body has come, since it may stand after it. */
export interface BodyChecksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly expected?: string | undefined;
}

export interface CopyRequest {
  /** Undefined: those of the source. */
  readonly attributes: Attributes | undefined;
  readonly tags: Tags | undefined;
  /** Undefined: the source's. */
  readonly algorithm: ChecksumAlgorithm | undefined;
  readonly conditions: WriteConditions;
  readonly actor: Actor;
  readonly signal: AbortSignal;
}

export interface RemoveRequest {
  readonly key: string;
  readonly versionId: string | undefined;
  /** An ETag. */
  readonly ifMatch?: string | undefined;
}

export interface Removal {
  /** Of the version that went, or of the marker that came. */
  readonly versionId: string | undefined;
  readonly marker: 'none' | 'added' | 'removed';
}

/** What can be done with objects. Everything throws `S3Refused`. */
export function objectsOf(store: S3Store) {
  const { versions, segments, files, clock } = store;

  const commitStaged = async (
    bucket: Bucket,
    staged: StagedBody,
    object: { key: string; attributes: Attributes; tags: Tags; algorithm: ChecksumAlgorithm | undefined },
    { conditions, actor, changeKind }: { conditions: WriteConditions; actor: Actor; changeKind: ChangeKind },
  ): Promise<ObjectVersion> => {
    const { key, attributes, tags, algorithm } = object;
    using _held = holdStaged(files, staged);
    let version: ObjectVersion;
    try {
      version = await store.commit(() => {
        const now = store.bucketNow(bucket);
        assertAsExpected(store, now, key, conditions);
        const contentId = store.database.nextNumber();
        const modifiedMs = clock.nowMs();
        segments.put(contentId, { number: 1, ...staged, modifiedMs });
        const checksum: StoredChecksum | undefined =
          staged.checksum === undefined || algorithm === undefined
            ? undefined
            : { algorithm, type: 'full-object', value: staged.checksum };
        const { bytes, md5: etag } = staged;
        return addVersion(
          store,
          now,
          { key, modifiedMs, bytes, etag, contentId, partCount: undefined, checksum, attributes, tags },
          { kind: changeKind, actor },
        );
      });
    } catch (error) {
      await discardStaged(files, staged);
      throw error;
    }
    await settleStaged(files, staged);
    return version;
  };

  return {
    /** Resolves once the object is on the disk and can be read. */
    async put(
      bucket: Bucket,
      key: string,
      body: AsyncIterable<Uint8Array>,
      request: PutRequest,
    ): Promise<ObjectVersion> {
      const { attributes, tags, bytes, md5, conditions, signal, bytesMax = PUT_BYTES_MAX } = request;
      assertKey(key);
      assertMetadata(attributes);
      if (bytes !== undefined && bytes > bytesMax) throw refused({ kind: 'too-large', bytes, bytesMax });
      // Looked at again in the commit; here it saves the client from sending in vain.
      assertAsExpected(store, bucket, key, conditions);
      const checksum = request.checksum ?? { algorithm: DEFAULT_ALGORITHM };
      const staged = await stageBody(files, body, { bytesMax, bytes, md5, checksum }, signal);
      return commitStaged(bucket, staged, { key, attributes, tags, algorithm: checksum.algorithm }, request);
    },

    /** Undefined `versionId`: the latest. Throws when that is a delete marker. */
    read(bucket: Bucket, key: string, versionId: string | undefined): ObjectVersion {
      const version = this.version(bucket, key, versionId);
      if (version.kind === 'object') return version;
      if (versionId === undefined) throw refused({ kind: 'no-such-key', key, deleteMarker: version });
      throw refused({ kind: 'is-delete-marker', key, versionId, modifiedMs: version.modifiedMs });
    },

    version(bucket: Bucket, key: string, versionId: string | undefined): Version {
      assertKey(key);
      if (versionId === undefined) {
        const latest = versions.latest(bucket.id, key);
        if (latest === undefined) throw refused({ kind: 'no-such-key', key });
        return latest;
      }
      if (!isVersionId(versionId)) throw refused({ kind: 'invalid-version-id', versionId });
      const version = versions.find(bucket.id, key, versionId);
      if (version === undefined) throw refused({ kind: 'no-such-version', key, versionId });
      return version;
    },

    /** To be called in the same turn as `read`: from then on its bytes stay. See `contentOf`. */
    content: (object: ObjectVersion, range: ByteRange | undefined): Readable | Uint8Array =>
      contentOf(files, segments.of(object.contentId), range),

    segments: (object: ObjectVersion): Segment[] => segments.of(object.contentId),

    async remove(bucket: Bucket, removals: readonly RemoveRequest[], actor: Actor): Promise<(Removal | S3Refused)[]> {
      return store.free(() => {
        const now = store.bucketNow(bucket);
        return removals.map((removal) => {
          try {
            return removeOne(store, now, removal, actor);
          } catch (error) {
            // One that may not go does not keep the others; anything else ends the whole commit.
            if (error instanceof S3Refused) return error;
            throw error;
          }
        });
      });
    },

    /** A new object with the source's bytes. Where it can be, they are not even read. */
    async copy(
      source: ObjectVersion,
      target: { readonly bucket: Bucket; readonly key: string },
      request: CopyRequest,
    ): Promise<ObjectVersion> {
      const { bucket, key } = target;
      const { conditions, actor, signal } = request;
      const attributes = request.attributes ?? source.attributes;
      assertKey(key);
      assertMetadata(attributes);
      if (source.bytes > PUT_BYTES_MAX) {
        throw refused({ kind: 'too-large', bytes: source.bytes, bytesMax: PUT_BYTES_MAX });
      }
      const algorithm = request.algorithm ?? source.checksum?.algorithm ?? DEFAULT_ALGORITHM;
      const pieces = segments.of(source.contentId);
      const [only] = pieces;
      const isKnown = source.checksum?.algorithm === algorithm && source.partCount === undefined;
      const staged =
        pieces.length === 1 && only !== undefined && isKnown
          ? await duplicate(only)
          : await stageBody(
              files,
              streamOf(contentOf(files, pieces, undefined)),
              { bytesMax: PUT_BYTES_MAX, bytes: source.bytes, checksum: { algorithm } },
              signal,
            );
      return commitStaged(
        bucket,
        staged,
        { key, attributes, tags: request.tags ?? source.tags, algorithm },
        { conditions, actor, changeKind: 'ObjectCreated:Copy' },
      );
    },

    async setTags(bucket: Bucket, object: ObjectVersion, tags: Tags, actor: Actor): Promise<void> {
      await store.commit(() => {
        const now = store.bucketNow(bucket);
        const { key, versionId } = object;
        const found = versions.find(now.id, key, versionId);
        if (found?.kind !== 'object') throw refused({ kind: 'no-such-key', key });
        versions.setTags(found, tags);
        const kind = Object.keys(tags).length === 0 ? 'ObjectTagging:Delete' : 'ObjectTagging:Put';
        store.note(now, changeOf(store, now, found, { kind, actor }));
      });
    },
  };

  async function duplicate({ bytes, md5, checksum, place }: Segment): Promise<StagedBody> {
    if (place.kind === 'inline') return { bytes, md5, checksum, place };
    using _held = files.hold([place.file]);
    return { bytes, md5, checksum, place: { kind: 'file', file: await files.duplicate(place.file) } };
  }
}

export type ObjectsOfStore = ReturnType<typeof objectsOf>;

export function assertKey(key: string): void {
  const bytes = Buffer.byteLength(key);
  if (bytes > KEY_BYTES_MAX) throw refused({ kind: 'key-too-long', bytes, bytesMax: KEY_BYTES_MAX });
}

export function assertMetadata({ metadata }: Attributes): void {
  const bytes = Object.entries(metadata).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value),
    0,
  );
  if (bytes > METADATA_BYTES_MAX) throw refused({ kind: 'metadata-too-large', bytes, bytesMax: METADATA_BYTES_MAX });
}

/** Within a commit. What is not there any more is a success: callers repeat their deletes. */
function removeOne(store: S3Store, bucket: Bucket, { key, versionId, ifMatch }: RemoveRequest, actor: Actor): Removal {
  assertKey(key);
  if (ifMatch !== undefined) assertAsExpected(store, bucket, key, { ifMatch });
  if (versionId !== undefined) {
    if (!isVersionId(versionId)) throw refused({ kind: 'invalid-version-id', versionId });
    const found = store.versions.find(bucket.id, key, versionId);
    if (found === undefined) return { versionId, marker: 'none' };
    removeVersion(store, found);
    store.note(bucket, changeOf(store, bucket, removedNow(store, found), { kind: 'ObjectRemoved:Delete', actor }));
    return { versionId, marker: found.kind === 'marker' ? 'removed' : 'none' };
  }
  if (bucket.versioning === 'off') {
    const found = store.versions.latest(bucket.id, key);
    if (found === undefined) return { versionId: undefined, marker: 'none' };
    removeVersion(store, found);
    store.note(bucket, changeOf(store, bucket, removedNow(store, found), { kind: 'ObjectRemoved:Delete', actor }));
    return { versionId: undefined, marker: 'none' };
  }
  const marker = addMarker(store, bucket, key, store.clock.nowMs());
  store.note(bucket, changeOf(store, bucket, marker, { kind: 'ObjectRemoved:DeleteMarkerCreated', actor }));
  return { versionId: marker.versionId, marker: 'added' };
}

/** Its removal is later than its creation, also by the sequencer. */
function removedNow(store: S3Store, version: Version): Version {
  return { ...version, sequence: store.database.nextNumber() };
}
