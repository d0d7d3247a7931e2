import type { DeleteMarker, ObjectVersion, Tags, Version } from './object.ts';
import type { S3Database } from './s3-database.ts';

/** Where a walk through a bucket's keys begins. */
export interface KeyStart {
  /** Whether the key itself is the first. */
  readonly kind: 'at' | 'after';
  readonly key: string;
}

type Row = Record<string, unknown>;

/** Versions of objects, and delete markers. Changes belong within a commit. */
export function versionTable(database: S3Database) {
  return {
    latest(bucketId: number, key: string): Version | undefined {
      const row = database
        .sql('SELECT * FROM versions WHERE bucketId = ? AND key = ? ORDER BY rank LIMIT 1')
        .get(bucketId, key);
      return row && toVersion(row);
    },
    find(bucketId: number, key: string, versionId: string): Version | undefined {
      const row = database
        .sql('SELECT * FROM versions WHERE bucketId = ? AND key = ? AND versionId = ?')
        .get(bucketId, key, versionId);
      return row && toVersion(row);
    },
    isEmpty(bucketId: number): boolean {
      return database.sql('SELECT 1 FROM versions WHERE bucketId = ? LIMIT 1').get(bucketId) === undefined;
    },
    /** Latest versions that are no delete markers, in order of their keys. Only one walk at a time. */
    *objects(bucketId: number, start: KeyStart): Generator<ObjectVersion> {
      const sql =
        start.kind === 'at'
          ? 'SELECT * FROM versions WHERE bucketId = ? AND isLatest = 1 AND isMarker = 0 AND key >= ? ORDER BY key'
          : 'SELECT * FROM versions WHERE bucketId = ? AND isLatest = 1 AND isMarker = 0 AND key > ? ORDER BY key';
      for (const row of database.sql(sql).iterate(bucketId, start.key)) {
        const version = toVersion(row);
        if (version.kind === 'object') yield version;
      }
    },
    /** All versions in order of their keys, the newest of a key first. Only one walk at a time. */
    *versions(bucketId: number, start: KeyStart): Generator<Version> {
      const sql =
        start.kind === 'at'
          ? 'SELECT * FROM versions WHERE bucketId = ? AND key >= ? ORDER BY key, rank'
          : 'SELECT * FROM versions WHERE bucketId = ? AND key > ? ORDER BY key, rank';
      for (const row of database.sql(sql).iterate(bucketId, start.key)) {
        yield toVersion(row);
      }
    },
    /** The older ones of one key's versions: those below a sequence number. */
    olderThan(bucketId: number, key: string, sequence: number): Version[] {
      return database
        .sql('SELECT * FROM versions WHERE bucketId = ? AND key = ? AND rank > ? ORDER BY rank')
        .all(bucketId, key, -sequence)
        .map(toVersion);
    },
    /** It becomes the latest. A version of the same id must have been removed before. */
    add(version: Version): void {
      database
        .sql('UPDATE versions SET isLatest = 0 WHERE bucketId = ? AND key = ? AND isLatest = 1')
        .run(version.bucketId, version.key);
      const object = version.kind === 'object' ? version : undefined;
      database
        .sql('INSERT INTO versions VALUES (?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
        .run(
          version.bucketId,
          version.key,
          -version.sequence,
          version.versionId,
          object === undefined ? 1 : 0,
          version.modifiedMs,
          object?.bytes ?? 0,
          object?.etag ?? '',
          object?.contentId ?? 0,
          object?.partCount ?? null,
          object?.checksum === undefined ? null : JSON.stringify(object.checksum),
          JSON.stringify(object?.attributes ?? {}),
          JSON.stringify(object?.tags ?? {}),
        );
    },
    /** The one before it becomes the latest, if it was. Its content is the caller's. */
    remove({ bucketId, key, sequence, isLatest }: Version): void {
      database.sql('DELETE FROM versions WHERE bucketId = ? AND key = ? AND rank = ?').run(bucketId, key, -sequence);
      if (!isLatest) return;
      database
        .sql(
          `UPDATE versions SET isLatest = 1 WHERE bucketId = ?1 AND key = ?2 AND rank =
           (SELECT min(rank) FROM versions WHERE bucketId = ?1 AND key = ?2)`,
        )
        .run(bucketId, key);
    },
    setTags({ bucketId, key, sequence }: ObjectVersion, tags: Tags): void {
      database
        .sql('UPDATE versions SET tags = ? WHERE bucketId = ? AND key = ? AND rank = ?')
        .run(JSON.stringify(tags), bucketId, key, -sequence);
    },
  };
}

export type VersionTable = ReturnType<typeof versionTable>;

// SAFE: only `add` and `setTags` write these rows, so their JSON is of our own types.
function toVersion(row: Row): Version {
  const common: Omit<DeleteMarker, 'kind'> = {
    bucketId: Number(row.bucketId),
    key: String(row.key),
    versionId: String(row.versionId),
    isLatest: row.isLatest === 1,
    sequence: -Number(row.rank),
    modifiedMs: Number(row.modifiedMs),
  };
  if (row.isMarker === 1) return { kind: 'marker', ...common };
  return {
    kind: 'object',
    ...common,
    bytes: Number(row.bytes),
    etag: String(row.etag),
    contentId: Number(row.contentId),
    partCount: row.partCount === null ? undefined : Number(row.partCount),
    checksum: row.checksum === null ? undefined : JSON.parse(String(row.checksum)),
    attributes: JSON.parse(String(row.attributes)),
    tags: JSON.parse(String(row.tags)),
  };
}
