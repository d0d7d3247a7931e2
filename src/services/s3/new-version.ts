import type { Bucket } from './bucket.ts';
import type { Actor, ChangeKind, ObjectChange } from './change.ts';
import { judgeWrite, type WriteConditions } from './conditions.ts';
import type { ObjectVersion, Version } from './object.ts';
import { refused } from './refusal.ts';
import type { S3Store } from './s3-store.ts';
import { NULL_VERSION, versionIdOf } from './version-id.ts';

export type NewObject = Pick<
  ObjectVersion,
  'key' | 'modifiedMs' | 'bytes' | 'etag' | 'contentId' | 'partCount' | 'checksum' | 'attributes' | 'tags'
>;

/** Within a commit: the object is the latest version of its key from now on. What it replaces goes. */
export function addVersion(
  store: S3Store,
  bucket: Bucket,
  object: NewObject,
  change: { kind: ChangeKind; actor: Actor },
): ObjectVersion {
  const { sequence, versionId } = place(store, bucket, object.key);
  const version: ObjectVersion = {
    kind: 'object',
    ...object,
    bucketId: bucket.id,
    versionId,
    isLatest: true,
    sequence,
  };
  store.versions.add(version);
  store.note(bucket, changeOf(store, bucket, version, change));
  return version;
}

/** Within a commit: the key looks deleted from now on. */
export function addMarker(store: S3Store, bucket: Bucket, key: string, modifiedMs: number): Version {
  const { sequence, versionId } = place(store, bucket, key);
  const marker: Version = { kind: 'marker', bucketId: bucket.id, key, versionId, isLatest: true, sequence, modifiedMs };
  store.versions.add(marker);
  return marker;
}

/** Within a commit: one version and its bytes go. */
export function removeVersion(store: S3Store, version: Version): void {
  store.versions.remove(version);
  if (version.kind === 'object') store.segments.removeAll(version.contentId);
}

/** Throws `S3Refused` when the key is not as the writer expects. */
export function assertAsExpected(store: S3Store, bucket: Bucket, key: string, conditions: WriteConditions): void {
  const latest = store.versions.latest(bucket.id, key);
  const judgement = judgeWrite(conditions, latest?.kind === 'object' ? latest : undefined);
  if (judgement.kind === 'missing') throw refused({ kind: 'no-such-key', key });
  if (judgement.kind === 'failed') throw refused({ kind: 'condition-failed', condition: judgement.condition });
}

export function changeOf(
  { clock }: S3Store,
  { name, account, region, versioning }: Bucket,
  version: Version,
  { kind, actor }: { kind: ChangeKind; actor: Actor },
): ObjectChange {
  return {
    kind,
    atMs: clock.nowMs(),
    bucket: { name, account, region },
    key: version.key,
    ...(version.kind === 'object' && kind !== 'ObjectRemoved:Delete' && { bytes: version.bytes, etag: version.etag }),
    ...(versioning !== 'off' && { versionId: version.versionId }),
    sequencer: version.sequence.toString(16).toUpperCase().padStart(18, '0'),
    actor,
  };
}

/** Where nobody keeps versions there is one with the id `null`, which the next one replaces. */
function place(store: S3Store, bucket: Bucket, key: string): { sequence: number; versionId: string } {
  const sequence = store.database.nextNumber();
  if (bucket.versioning === 'enabled') return { sequence, versionId: versionIdOf(sequence, store.randomBytes(18)) };
  const replaced = store.versions.find(bucket.id, key, NULL_VERSION);
  if (replaced !== undefined) removeVersion(store, replaced);
  return { sequence, versionId: NULL_VERSION };
}
