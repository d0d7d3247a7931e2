import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import { againIfFull } from '../../store/outage.ts';
import { shrinkLater } from '../../store/sqlite/shrink-later.ts';
import type { Bucket } from './bucket.ts';
import { type BucketTable, bucketTable } from './bucket-table.ts';
import type { ObjectChange, WaitingChange } from './change.ts';
import { type ContentFiles, openContentFiles } from './content-files.ts';
import { type Garbage, openGarbage } from './garbage.ts';
import { type NotificationRule, rulesFor } from './notification.ts';
import { refused } from './refusal.ts';
import { S3Database } from './s3-database.ts';
import { type SegmentTable, segmentTable } from './segment-table.ts';
import { type UploadTable, uploadTable } from './upload-table.ts';
import { type VersionTable, versionTable } from './version-table.ts';

/** The setting whose presence makes changes of a bucket's objects wait for who notifies. */
export const NOTIFICATION_SETTING = 'notification';

export interface S3Ports {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly randomBytes: (count: number) => Buffer;
  /** Called when changes wait, after they are on the disk. */
  readonly onChange: () => void;
}

/** All that the service keeps, opened: tables, files, and the changes that wait to be told. */
export interface S3Store {
  readonly clock: Clock;
  readonly log: Logger;
  readonly database: S3Database;
  readonly buckets: BucketTable;
  readonly versions: VersionTable;
  readonly segments: SegmentTable;
  readonly uploads: UploadTable;
  readonly files: ContentFiles;
  readonly garbage: Garbage;
  readonly randomBytes: (count: number) => Buffer;
  /** Within a commit: the bucket as it is now. Throws `S3Refused` when it is gone. */
  bucketNow(bucket: Bucket): Bucket;
  /** Within a commit, beside the change itself. Who is told hears of it after the commit. */
  note(bucket: Bucket, change: ObjectChange): void;
  /** Commits, tells the changes that were noted, and lets garbage be collected. */
  commit<T>(work: () => T): Promise<T>;
  /** The same for what deletes; see `SqliteFile.free`. */
  free<T>(work: () => T): Promise<T>;
  /** Changes that nobody has taken yet, the oldest first. */
  waitingChanges(countMax: number): WaitingChange[];
  /** They have been handed on durably. */
  forgetChanges(ids: readonly number[]): Promise<void>;
  close(): Promise<void>;
}

/** Opens the store below the data directory, and makes it if it is missing. Removes what a crash left. */
export function openS3Store(ports: S3Ports): S3Store {
  const { clock, log, randomBytes } = ports;
  const directory = join(ports.dataDir, 's3');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const database = new S3Database(join(directory, 's3.db'), log);
  const segments = segmentTable(database);
  const files = openContentFiles(join(directory, 'objects'), {
    newName: () => randomBytes(16).toString('hex'),
    isReferredTo: segments.refersTo,
    log,
  });
  const garbage = openGarbage({ database, segments, files }, log);
  garbage.collect();
  const buckets = bucketTable(database);
  const shrinking = shrinkLater(database, { clock, log });
  let isNoted = false;

  const told = async <T>(write: (work: () => [T, boolean]) => Promise<[T, boolean]>, work: () => T): Promise<T> => {
    const [value, mustTell] = await write(() => {
      isNoted = false;
      return [work(), isNoted];
    });
    if (mustTell) ports.onChange();
    garbage.collect();
    shrinking.wake();
    return value;
  };

  return {
    clock,
    log,
    database,
    buckets,
    versions: versionTable(database),
    segments,
    uploads: uploadTable(database),
    files,
    garbage,
    randomBytes,
    bucketNow(bucket) {
      const now = buckets.find(bucket.name);
      // A new bucket may have taken the name meanwhile.
      if (now?.id !== bucket.id) throw refused({ kind: 'no-such-bucket', bucket: bucket.name });
      return now;
    },
    note(bucket, change) {
      const rules = rulesFor(notificationRules(buckets, bucket.id), change);
      if (rules.length === 0) return;
      const told = rules.map(({ id, kind, arn }) => ({ id, kind, arn }));
      const waiting: Omit<WaitingChange, 'id'> = { change, rules: told };
      database.sql('INSERT INTO changes VALUES (?, ?)').run(database.nextNumber(), JSON.stringify(waiting));
      isNoted = true;
    },
    commit: (work) => told((noting) => database.write(noting), work),
    free: (work) => againIfFull(() => told((noting) => database.free(noting), work)),
    waitingChanges: (countMax) =>
      database
        .sql('SELECT id, change FROM changes ORDER BY id LIMIT ?')
        .all(countMax)
        .map(({ id, change }) => ({ id: Number(id), ...JSON.parse(String(change)) })), // SAFE: written by `note`.
    forgetChanges: (ids) =>
      database.free(() => {
        for (const id of ids) database.sql('DELETE FROM changes WHERE id = ?').run(id);
      }),
    async close() {
      await garbage.close();
      shrinking[Symbol.dispose]();
      database.close();
    },
  };
}

/** Whom the bucket tells of its changes. */
export function notificationRules(buckets: BucketTable, bucketId: number): NotificationRule[] {
  const setting = buckets.setting(bucketId, NOTIFICATION_SETTING);
  return setting === undefined ? [] : JSON.parse(setting); // SAFE: written by PutBucketNotificationConfiguration.
}
