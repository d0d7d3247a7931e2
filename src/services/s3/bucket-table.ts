import type { Bucket, Versioning } from './bucket.ts';
import type { S3Database } from './s3-database.ts';

export interface BucketQuery {
  readonly account: string;
  readonly prefix: string;
  /** Only names after this one. */
  readonly after: string;
  readonly region: string | undefined;
  readonly countMax: number;
}

/** Buckets and their settings. Changes belong within a commit. */
export function bucketTable(database: S3Database) {
  return {
    find(name: string): Bucket | undefined {
      const row = database.sql('SELECT * FROM buckets WHERE name = ?').get(name);
      return row && toBucket(row);
    },
    /** In order of their names. */
    list({ account, prefix, after, region, countMax }: BucketQuery): Bucket[] {
      return database
        .sql(
          `SELECT * FROM buckets WHERE account = ?1 AND name > ?2 AND substr(name, 1, length(?3)) = ?3
           AND (?4 IS NULL OR region = ?4) ORDER BY name LIMIT ?5`,
        )
        .all(account, after, prefix, region ?? null, countMax)
        .map(toBucket);
    },
    count(account: string): number {
      return Number(database.sql('SELECT count(*) AS count FROM buckets WHERE account = ?').get(account)?.count);
    },
    /** Answers its id. */
    add({ name, account, region, createdMs }: Omit<Bucket, 'id' | 'versioning'>): number {
      const { lastInsertRowid } = database
        .sql("INSERT INTO buckets (name, account, region, createdMs, versioning) VALUES (?, ?, ?, ?, 'off')")
        .run(name, account, region, createdMs);
      return Number(lastInsertRowid);
    },
    remove(id: number): void {
      database.sql('DELETE FROM bucketSettings WHERE bucketId = ?').run(id);
      database.sql('DELETE FROM buckets WHERE id = ?').run(id);
    },
    setVersioning(id: number, versioning: Versioning): void {
      database.sql('UPDATE buckets SET versioning = ? WHERE id = ?').run(versioning, id);
    },
    setting(bucketId: number, name: string): string | undefined {
      const row = database.sql('SELECT value FROM bucketSettings WHERE bucketId = ? AND name = ?').get(bucketId, name);
      return row && String(row.value);
    },
    /** Undefined removes it. */
    setSetting(bucketId: number, name: string, value: string | undefined): void {
      if (value === undefined) {
        database.sql('DELETE FROM bucketSettings WHERE bucketId = ? AND name = ?').run(bucketId, name);
      } else {
        database.sql('INSERT OR REPLACE INTO bucketSettings VALUES (?, ?, ?)').run(bucketId, name, value);
      }
    },
  };
}

export type BucketTable = ReturnType<typeof bucketTable>;

type Row = Record<string, unknown>;

function toBucket(row: Row): Bucket {
  return {
    id: Number(row.id),
    name: String(row.name),
    account: String(row.account),
    region: String(row.region),
    createdMs: Number(row.createdMs),
    versioning: row.versioning as Versioning, // SAFE: only `setVersioning` and `add` write it.
  };
}
