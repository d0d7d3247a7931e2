import type { Logger } from '../../lib/log.ts';
import { SqliteFile } from '../../store/sqlite/sqlite-file.ts';

const SCHEMA = `
  CREATE TABLE buckets (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, account TEXT NOT NULL, region TEXT NOT NULL,
    createdMs INTEGER NOT NULL, versioning TEXT NOT NULL
  ) STRICT;
  CREATE INDEX bucketsOfAccount ON buckets (account, name);
  -- What is said of a bucket as a whole: policy, CORS, notifications, tags …; a value is its owner's own JSON.
  CREATE TABLE bucketSettings (
    bucketId INTEGER NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (bucketId, name)
  ) STRICT, WITHOUT ROWID;
  -- rank is the sequence number, negated: the newest version of a key comes first.
  CREATE TABLE versions (
    bucketId INTEGER NOT NULL, key TEXT NOT NULL, rank INTEGER NOT NULL, versionId TEXT NOT NULL,
    isLatest INTEGER NOT NULL, isMarker INTEGER NOT NULL, modifiedMs INTEGER NOT NULL, bytes INTEGER NOT NULL,
    etag TEXT NOT NULL, contentId INTEGER NOT NULL, partCount INTEGER, checksum TEXT, attributes TEXT NOT NULL,
    tags TEXT NOT NULL, PRIMARY KEY (bucketId, key, rank)
  ) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX versionsById ON versions (bucketId, key, versionId);
  CREATE INDEX currentObjects ON versions (bucketId, key) WHERE isLatest = 1 AND isMarker = 0;
  CREATE TABLE segments (
    contentId INTEGER NOT NULL, number INTEGER NOT NULL, bytes INTEGER NOT NULL, md5 TEXT NOT NULL, checksum TEXT,
    modifiedMs INTEGER NOT NULL, file TEXT, data BLOB, PRIMARY KEY (contentId, number)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX segmentsByFile ON segments (file) WHERE file IS NOT NULL;
  -- Files that nobody refers to any more; a row goes once its file has gone.
  CREATE TABLE garbage (file TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
  CREATE TABLE uploads (
    id INTEGER PRIMARY KEY, uploadId TEXT NOT NULL UNIQUE, bucketId INTEGER NOT NULL, key TEXT NOT NULL,
    contentId INTEGER NOT NULL, initiatedMs INTEGER NOT NULL, request TEXT NOT NULL
  ) STRICT;
  CREATE INDEX uploadsByKey ON uploads (bucketId, key, id);
  -- Changes that somebody is to be told of; written with the change, taken by who tells.
  CREATE TABLE changes (id INTEGER PRIMARY KEY, change TEXT NOT NULL) STRICT;
  CREATE TABLE counter (next INTEGER NOT NULL) STRICT;
  INSERT INTO counter VALUES (1);
`;

/** Metadata of all buckets in one SQLite file. Reads are synchronous; writes go through `write`. */
export class S3Database extends SqliteFile {
  constructor(path: string, log: Logger) {
    super(path, { what: 'the bucket store', formats: [SCHEMA], pragmas: { auto_vacuum: 'INCREMENTAL' }, log });
  }

  /** A number that no other call gets, larger than all before. Within a write only. */
  nextNumber(): number {
    return Number(this.sql('UPDATE counter SET next = next + 1 RETURNING next').get()?.next);
  }
}
