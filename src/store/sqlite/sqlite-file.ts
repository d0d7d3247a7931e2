import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Logger } from '../../lib/log.ts';
import { outage, StorageFull } from '../outage.ts';
import { type Durability, type GroupCommit, groupCommit, type Room } from './group-commit.ts';
import { openReserve, type Reserve } from './reserve.ts';

/** What a store keeps in its file, and how. */
export interface SqliteForm {
  /** For errors: "the queue store". */
  readonly what: string;
  /**
   * SQL that makes each format of the file out of the one before, and the first one out of nothing. What files in use were
   * made with is never changed: a new format is one more entry.
   */
  readonly formats: readonly [string, ...string[]];
  /** Beside WAL and FULL. `auto_vacuum` takes effect in new files alone. */
  readonly pragmas?: Readonly<Record<string, string | number>>;
  /** Where given: deletions go through when the disk is full, and the log tells when that begins and ends; see `free`. */
  readonly log?: Logger | undefined;
}

/**
 * One SQLite file that nobody else writes; others may read it meanwhile. Everything is synchronous and throws what SQLite
 * throws, but for `write`. What changes the file belongs into `write` or `transaction`; reads need neither.
 */
export class SqliteFile {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #group: GroupCommit;
  readonly #reserve: Reserve | undefined;
  #durability: Durability = 'synced';

  /**
   * Opens the file, makes it if it is missing, and brings it to the newest format. Throws an error that names the path and
   * the way out; a file that a newer Lambent wrote is refused and left as it is. `read` is what the store needs of the file
   * at once: if that fails, the file counts as one that cannot be opened.
   */
  constructor(
    path: string,
    { what, formats, pragmas = {}, log }: SqliteForm,
    read: (file: SqliteFile) => void = () => {},
  ) {
    let database: DatabaseSync | undefined;
    try {
      if (log !== undefined) {
        const pages = Number(pragmas.wal_autocheckpoint ?? CHECKPOINT_PAGES) + CHECKPOINT_PAGES;
        this.#reserve = openReserve(path, { what, bytes: pages * PAGE_BYTES, log });
      }
      database = new DatabaseSync(path);
      const format = Number(database.prepare('PRAGMA user_version').get()?.user_version);
      if (format > formats.length) throw new NewerFormat(format, formats.length);
      for (const [name, value] of Object.entries(pragmas)) database.exec(`PRAGMA ${name} = ${value}`);
      database.exec('PRAGMA journal_mode = WAL; PRAGMA temp_store = MEMORY');
      // A power failure may take back what is made here, as a whole; the next start makes it again.
      database.exec('PRAGMA synchronous = NORMAL');
      if (format < formats.length) {
        const steps = formats.slice(format).join(';\n');
        database.exec(`BEGIN IMMEDIATE; ${steps}; PRAGMA user_version = ${formats.length}; COMMIT`);
      }
      // A commit is on the disk when it returns; with NORMAL a power failure may take the last ones back.
      database.exec('PRAGMA synchronous = FULL');
      this.#database = database;
      this.#begin = database.prepare('BEGIN IMMEDIATE');
      this.#commit = database.prepare('COMMIT');
      const room = this.#reserve && this.#roomOf(this.#reserve);
      this.#group = groupCommit(what, (work, durability) => this.transaction(work, durability), room);
      read(this);
    } catch (cause) {
      database?.close();
      throw openingError(what, path, cause);
    }
  }

  /** The statement with this text, prepared once. Texts are constants of the code, so they are few. */
  sql(text: string): StatementSync {
    let statement = this.#statements.get(text);
    if (statement === undefined) {
      statement = this.#database.prepare(text);
      this.#statements.set(text, statement);
    }
    return statement;
  }

  /**
   * Runs `work` within the next transaction, together with what else is written in this turn of the event loop; see
   * `GroupCommit.run`: `work` decides, throws its refusals before its first write, and its answer is durable.
   */
  write<T>(work: () => T, durability?: Durability): Promise<T> {
    return this.#group.run(work, durability);
  }

  /**
   * The same for what deletes, or has to be written down before something can be deleted. Once the disk has been found full,
   * `write` is refused with `StorageFull` until there is room again, while this goes through.
   */
  free<T>(work: () => T, durability?: Durability): Promise<T> {
    return this.#group.run(work, durability, 'frees');
  }

  /** Runs `work` in a transaction of its own, at once. What it throws undoes it. Not within `write`. */
  transaction<T>(work: () => T, durability: Durability = 'synced'): T {
    if (durability !== this.#durability) {
      this.#database.exec(`PRAGMA synchronous = ${durability === 'synced' ? 'FULL' : 'NORMAL'}`);
      this.#durability = durability;
    }
    this.#begin.run();
    try {
      const result = work();
      this.#commit.run();
      return result;
    } catch (error) {
      // On some errors, such as a full disk, SQLite has rolled back by itself; another ROLLBACK would hide the first error.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  /** Whether most of the file is free, and more than `pagesMax` pages (of 4 KiB), which may stay for what comes next. */
  isMostlyFree(pagesMax: number): boolean {
    const free = Number(this.sql('PRAGMA freelist_count').get()?.freelist_count);
    return free > pagesMax && free * 2 > Number(this.sql('PRAGMA page_count').get()?.page_count);
  }

  /** Gives up to so many free pages back to the file system. The file must have been made with `auto_vacuum: 'INCREMENTAL'`. */
  giveBack(pages: number): void {
    // Not a statement that is run: each of its steps frees one page.
    this.#database.exec(`PRAGMA incremental_vacuum(${pages})`);
  }

  /**
   * Gives free pages back to the file system, a few at a time; true when most of the file is free, and so there is more to be given
   * back soon. For a file with `auto_vacuum: 'INCREMENTAL'`; not within `write`.
   */
  shrink(): boolean {
    if (!this.isMostlyFree(PAGES_KEPT)) return false;
    this.giveBack(PAGES_AT_ONCE);
    const isMoreFree = this.isMostlyFree(PAGES_KEPT);
    if (!isMoreFree) this.checkpoint();
    return isMoreFree;
  }

  /** Makes the file as short as it has become; SQLite does it by itself only after much has been written. Not within `write`. */
  checkpoint(): void {
    this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  }

  #roomOf(reserve: Reserve): Room {
    /** Brings the WAL into the file, so that it begins anew in the place that it has. */
    const bringIn = (sql = '') => {
      try {
        this.#database.exec(`${sql}; PRAGMA wal_checkpoint(RESTART)`);
      } catch (error) {
        // Harmless: it is tried again with the next deletion, which tells its client if it finds no place.
        if (!(outage('', error) instanceof StorageFull)) throw error;
      }
    };
    return {
      isOut: reserve.isGone,
      make() {
        reserve.giveUp();
        bringIn();
      },
      made() {
        // Only what leaves the file makes room on the disk.
        if (reserve.isGone()) bringIn(`PRAGMA incremental_vacuum(${PAGES_GIVEN_BACK})`);
      },
    };
  }

  /** Commits what waits, and refuses more. */
  close(): void {
    if (!this.#database.isOpen) return;
    this.#group.close();
    this.#database.close();
    this.#reserve?.close();
  }
}

const PAGE_BYTES = 4_096;
/** SQLite's own: so many pages stand in the WAL before they are brought into the file. */
const CHECKPOINT_PAGES = 1_000;
/** 4 MiB, which a file may keep for what comes next. */
const PAGES_KEPT = 1_000;
/** So that nobody waits for long. */
const PAGES_AT_ONCE = 1_000;
/** With each deletion on a full disk. */
const PAGES_GIVEN_BACK = 256;

class NewerFormat extends Error {
  constructor(format: number, formatMax: number) {
    super(
      `it was written by a newer Lambent (format ${format}, this one reads ${formatMax}); start that one, or give another data directory with --data-dir`,
    );
  }
}

/** By primary result code (sqlite.org/rescode.html). */
const ADVICE: Readonly<Record<number, string>> = {
  3: 'the user of this process must be allowed to read and write it',
  5: 'another process has it open; stop that one',
  6: 'another process has it open; stop that one',
  8: 'the user of this process must be allowed to write it and its directory',
  10: "look for the disk's errors in the system's log",
  11: 'put a backup in its place, or move it away with the -wal and -shm beside it, to begin with an empty one',
  14: 'its directory must be there, and the user of this process must be allowed to write it',
  26: 'put a backup in its place, or move it away with the -wal and -shm beside it, to begin with an empty one',
};

function openingError(what: string, path: string, cause: unknown): Error {
  const known = outage(`open ${what} ${path}`, cause);
  if (known instanceof StorageFull) return known;
  const { message, errcode } = cause as Error & { errcode?: number };
  // Extended codes have the primary one in their lowest byte.
  const advice = errcode === undefined ? undefined : ADVICE[errcode & 0xff];
  return new Error(`cannot open ${what} ${path}: ${message}${advice === undefined ? '' : `: ${advice}`}`, { cause });
}
