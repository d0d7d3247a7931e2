import type { Segment } from './object.ts';
import type { S3Database } from './s3-database.ts';

type Row = Record<string, unknown>;

/** What a segment is, without its bytes. */
export type SegmentInfo = Omit<Segment, 'place'>;

/** Where the bytes of objects and of uploads under way lie. Changes belong within a commit. */
export function segmentTable(database: S3Database) {
  const sql = (text: string) => database.sql(text);
  return {
    /** In order of their numbers. The data of small ones comes with them. */
    of(contentId: number): Segment[] {
      return sql('SELECT * FROM segments WHERE contentId = ? ORDER BY number').all(contentId).map(toSegment);
    },
    infos(contentId: number, query: { after: number; countMax: number }): SegmentInfo[] {
      return sql(
        `SELECT number, bytes, md5, checksum, modifiedMs FROM segments WHERE contentId = ? AND number > ?
         ORDER BY number LIMIT ?`,
      )
        .all(contentId, query.after, query.countMax)
        .map(toInfo);
    },
    files(contentId: number): string[] {
      return sql('SELECT file FROM segments WHERE contentId = ? AND file IS NOT NULL')
        .all(contentId)
        .map(({ file }) => String(file));
    },
    /** What had the same number before is thrown away. */
    put(contentId: number, { number, bytes, md5, checksum, modifiedMs, place }: Segment): void {
      this.remove(contentId, number);
      sql('INSERT INTO segments VALUES (?, ?, ?, ?, ?, ?, ?, ?)').run(
        contentId,
        number,
        bytes,
        md5,
        checksum ?? null,
        modifiedMs,
        place.kind === 'file' ? place.file : null,
        place.kind === 'inline' ? place.data : null,
      );
    },
    remove(contentId: number, number: number): void {
      sql(
        `INSERT OR IGNORE INTO garbage SELECT file FROM segments
         WHERE contentId = ? AND number = ? AND file IS NOT NULL`,
      ).run(contentId, number);
      sql('DELETE FROM segments WHERE contentId = ? AND number = ?').run(contentId, number);
    },
    removeAll(contentId: number): void {
      sql('INSERT OR IGNORE INTO garbage SELECT file FROM segments WHERE contentId = ? AND file IS NOT NULL').run(
        contentId,
      );
      sql('DELETE FROM segments WHERE contentId = ?').run(contentId);
    },
    refersTo(file: string): boolean {
      return sql('SELECT 1 FROM segments WHERE file = ?').get(file) !== undefined;
    },
    /** In order of their names: those behind `after`. */
    garbage(after: string, countMax: number): string[] {
      return sql('SELECT file FROM garbage WHERE file > ? ORDER BY file LIMIT ?')
        .all(after, countMax)
        .map(({ file }) => String(file));
    },
    forget(file: string): void {
      sql('DELETE FROM garbage WHERE file = ?').run(file);
    },
  };
}

export type SegmentTable = ReturnType<typeof segmentTable>;

function toInfo(row: Row): SegmentInfo {
  return {
    number: Number(row.number),
    bytes: Number(row.bytes),
    md5: String(row.md5),
    checksum: row.checksum === null ? undefined : String(row.checksum),
    modifiedMs: Number(row.modifiedMs),
  };
}

function toSegment(row: Row): Segment {
  const { file, data } = row;
  const place: Segment['place'] =
    data instanceof Uint8Array ? { kind: 'inline', data } : { kind: 'file', file: String(file) };
  return { ...toInfo(row), place };
}
