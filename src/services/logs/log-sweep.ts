import type { SqliteFile } from '../../store/sqlite/sqlite-file.ts';

const DAY_MS = 86_400_000;
/** Free pages that stay for what comes next; … */
const PAGES_KEPT = 64;
/** … and those given back to the file system by one step. */
const PAGES_GIVEN_BACK = 1_000;
/** Chunks that are deleted before the size is looked at again. */
const EVICTED_AT_ONCE = 8;

/** Deletes what nobody shall find any more, in small steps: a long transaction would hold up every invocation. */
export class LogSweep {
  readonly #file: SqliteFile;
  readonly #lastChunk: () => number;

  constructor(file: SqliteFile, lastChunk: () => number) {
    this.#file = file;
    this.#lastChunk = lastChunk;
  }

  /** What is in use of the file, in bytes. */
  usedBytes(): number {
    return (this.#pragma('page_count') - this.#pragma('freelist_count')) * this.#pragma('page_size');
  }

  #pragma(name: 'page_count' | 'freelist_count' | 'page_size'): number {
    return Number(this.#file.sql(`PRAGMA ${name}`).get()?.[name]);
  }

  /**
   * Deletes up to `chunksMax` chunks of removed streams, or older than their group's retention, or the oldest of all while the
   * file holds more than `bytesMax`; true when more may be left.
   */
  step(nowMs: number, chunksMax: number, bytesMax: number): boolean {
    const swept = this.#file.transaction(() => {
      this.#mark();
      return this.#removed(chunksMax) || this.#expired(nowMs, chunksMax) || this.evict(bytesMax, chunksMax) > 0;
    }, 'written');
    const freePages = this.#pragma('freelist_count');
    if (freePages > PAGES_KEPT) this.#file.giveBack(PAGES_GIVEN_BACK);
    return swept || freePages > PAGES_KEPT + PAGES_GIVEN_BACK;
  }

  /**
   * Deletes the oldest chunks of all groups, at most about `chunksMax`, until the file holds no more than `bytesMax`; with the
   * last events of a stream the stream goes, too. Within a transaction. Answers how many rows have gone.
   */
  evict(bytesMax: number, chunksMax: number): number {
    let gone = 0;
    while (gone < chunksMax && this.usedBytes() > bytesMax) {
      const rows = this.#file
        .sql('SELECT id, groupId, streamId, bytes FROM chunks ORDER BY id LIMIT ?')
        .all(EVICTED_AT_ONCE);
      if (gone === 0) this.#mark();
      if (rows.length === 0) return gone + this.#evictStreams();
      for (const row of rows) this.#forget(Number(row.id), Number(row.groupId), Number(row.bytes));
      for (const streamId of new Set(rows.map((row) => Number(row.streamId)))) {
        this.#file
          .sql('DELETE FROM streams WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM chunks WHERE streamId = ?1)')
          .run(streamId);
      }
      gone += rows.length;
    }
    return gone;
  }

  /** Only streams are left to fill the file. */
  #evictStreams(): number {
    const { changes } = this.#file
      .sql('DELETE FROM streams WHERE id IN (SELECT id FROM streams ORDER BY id LIMIT ?)')
      .run(EVICTED_AT_ONCE);
    return Number(changes);
  }

  #removed(chunksMax: number): boolean {
    const removed = this.#file.sql('SELECT id FROM removedStreams LIMIT 1').get();
    if (!removed) return false;
    const { changes } = this.#file
      .sql('DELETE FROM chunks WHERE id IN (SELECT id FROM chunks WHERE streamId = ? LIMIT ?) ')
      .run(Number(removed.id), chunksMax);
    if (changes === 0) this.#file.sql('DELETE FROM removedStreams WHERE id = ?').run(Number(removed.id));
    return true;
  }

  #expired(nowMs: number, chunksMax: number): boolean {
    const expired = this.#file
      .sql(
        `SELECT g.id AS groupId, c.id, c.bytes FROM groups g JOIN chunks c ON c.groupId = g.id AND c.lastMs < ? - g.retentionDays * ${DAY_MS}
       WHERE g.retentionDays IS NOT NULL LIMIT ?`,
      )
      .all(nowMs, chunksMax);
    for (const { groupId, id, bytes } of expired) this.#forget(Number(id), Number(groupId), Number(bytes));
    return expired.length > 0;
  }

  #forget(chunkId: number, groupId: number, bytes: number): void {
    this.#file.sql('DELETE FROM chunks WHERE id = ?').run(chunkId);
    this.#file.sql('UPDATE groups SET storedBytes = max(0, storedBytes - ?) WHERE id = ?').run(bytes, groupId);
  }

  /** The newest chunk may be among those that go, and its id is not to be given away again. */
  #mark(): void {
    this.#file.sql('UPDATE lastChunk SET id = ?').run(this.#lastChunk());
  }
}
