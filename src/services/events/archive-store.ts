import type { SqliteFile } from '../../store/sqlite/sqlite-file.ts';
import type { Archive, ArchiveKey, ArchiveSettings, Replay, ReplayKey } from './archive.ts';
import type { BusKey, Scope } from './bus.ts';
import type { Page } from './events-store.ts';

/** AUTOINCREMENT matters: what is left of a deleted archive must not become a new one's. */
export const ARCHIVES_SCHEMA = `
  CREATE TABLE archives (id INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, region TEXT NOT NULL, archive TEXT NOT NULL,
    bus TEXT NOT NULL, settings TEXT NOT NULL, createdMs INTEGER NOT NULL, events INTEGER NOT NULL, bytes INTEGER NOT NULL,
    UNIQUE (account, region, archive)) STRICT;
  CREATE TABLE archived (id INTEGER PRIMARY KEY, archiveId INTEGER NOT NULL, timeMs INTEGER NOT NULL, event TEXT NOT NULL) STRICT;
  CREATE INDEX archivedByTime ON archived (archiveId, timeMs, id);
  CREATE TABLE replays (account TEXT, region TEXT, replay TEXT, replayed TEXT NOT NULL,
    PRIMARY KEY (account, region, replay)) STRICT, WITHOUT ROWID;`;

const OF_SCOPE = 'account = ? AND region = ?';
const LISTED = `${OF_SCOPE} AND %s > ? AND substr(%s, 1, ?) = ? ORDER BY %s`;
const MS_A_DAY = 86_400_000;
/** In the place of days that an archive keeps its events. */
const REMOVED = -1;

/** An event that an archive holds. */
export interface Archived {
  readonly id: number;
  readonly timeMs: number;
  readonly event: string;
}

/** Archives, their events, and replays, in the file of the buses. What changes is called within `write` of the file. */
export class ArchiveStore {
  readonly file: SqliteFile;

  constructor(file: SqliteFile) {
    this.file = file;
  }

  archive({ account, region, archive }: ArchiveKey): Archive | undefined {
    const row = this.file.sql(`SELECT * FROM archives WHERE ${OF_SCOPE} AND archive = ?`).get(account, region, archive);
    return row && toArchive(row);
  }

  /** All behind a name; pages are cut by who filters them further. */
  archives({ account, region }: Scope, { after, prefix = '' }: Omit<Page, 'countMax'>): Archive[] {
    return this.file
      .sql(`SELECT * FROM archives WHERE ${LISTED.replaceAll('%s', 'archive')}`)
      .all(account, region, after, prefix.length, prefix)
      .map(toArchive);
  }

  archivesOfBus({ account, region, bus }: BusKey): Archive[] {
    return this.file
      .sql(`SELECT * FROM archives WHERE ${OF_SCOPE} AND bus = ?`)
      .all(account, region, bus)
      .map(toArchive);
  }

  addArchive({ account, region, archive, bus, createdMs, ...settings }: Omit<Archive, 'id' | 'count' | 'bytes'>): void {
    this.file
      .sql(
        `INSERT INTO archives (account, region, archive, bus, settings, createdMs, events, bytes)
         VALUES (?, ?, ?, ?, ?, ?, 0, 0)`,
      )
      .run(account, region, archive, bus, JSON.stringify(settings), createdMs);
  }

  setArchive(id: number, { pattern, description, retentionDays }: ArchiveSettings): void {
    const settings: ArchiveSettings = { pattern, description, retentionDays };
    this.file.sql('UPDATE archives SET settings = ? WHERE id = ?').run(JSON.stringify(settings), id);
  }

  /** It is nobody's from now on, and goes with its events, which the next sweeps remove. */
  removeArchive(id: number): void {
    this.file
      .sql("UPDATE archives SET account = '', archive = CAST(id AS TEXT), bus = '', settings = ? WHERE id = ?")
      .run(JSON.stringify({ retentionDays: REMOVED }), id);
  }

  /** Nothing, if the archive is gone. */
  addEvent(archiveId: number, timeMs: number, event: string): void {
    const { changes } = this.file
      .sql("UPDATE archives SET events = events + 1, bytes = bytes + ? WHERE id = ? AND account <> ''")
      .run(Buffer.byteLength(event), archiveId);
    if (Number(changes) === 0) return;
    this.file
      .sql('INSERT INTO archived (archiveId, timeMs, event) VALUES (?, ?, ?)')
      .run(archiveId, Math.trunc(timeMs), event);
  }

  /** Those that a replay has still to tell, in their order. */
  eventsOf({ archiveId, fromMs, toMs, told }: Replay, countMax: number): Archived[] {
    const rows = this.file
      .sql(
        `SELECT id, timeMs, event FROM archived WHERE archiveId = ? AND (timeMs, id) > (?, ?) AND timeMs < ?
         ORDER BY timeMs, id LIMIT ?`,
      )
      .all(archiveId, told?.timeMs ?? fromMs, told?.id ?? -1, toMs, countMax);
    return rows.map((row) => ({ id: Number(row.id), timeMs: Number(row.timeMs), event: String(row.event) }));
  }

  /** Removes up to so many events that are older than their archive keeps them, or whose archive is gone. Answers how many. */
  sweep(nowMs: number, countMax: number): number {
    let count = 0;
    const losing = this.file.sql("SELECT * FROM archives WHERE json_extract(settings, '$.retentionDays') <> 0").all();
    for (const { id, retentionDays } of losing.map(toArchive)) {
      const untilMs = retentionDays === REMOVED ? Number.MAX_SAFE_INTEGER : nowMs - retentionDays * MS_A_DAY;
      const stale = this.file
        .sql(
          `SELECT id, length(CAST(event AS BLOB)) AS bytes FROM archived WHERE archiveId = ? AND timeMs < ?
           ORDER BY timeMs, id LIMIT ?`,
        )
        .all(id, untilMs, countMax - count);
      for (const row of stale) this.file.sql('DELETE FROM archived WHERE id = ?').run(Number(row.id));
      const bytes = stale.reduce((sum, row) => sum + Number(row.bytes), 0);
      this.file
        .sql('UPDATE archives SET events = events - ?, bytes = bytes - ? WHERE id = ?')
        .run(stale.length, bytes, id);
      count += stale.length;
      if (count === countMax) break;
      if (retentionDays === REMOVED) this.file.sql('DELETE FROM archives WHERE id = ?').run(id);
    }
    return count;
  }

  replay({ account, region, replay }: ReplayKey): Replay | undefined {
    const row = this.file.sql(`SELECT * FROM replays WHERE ${OF_SCOPE} AND replay = ?`).get(account, region, replay);
    return row && toReplay(row);
  }

  /** All behind a name; pages are cut by who filters them further. */
  replays({ account, region }: Scope, { after, prefix = '' }: Omit<Page, 'countMax'>): Replay[] {
    return this.file
      .sql(`SELECT * FROM replays WHERE ${LISTED.replaceAll('%s', 'replay')}`)
      .all(account, region, after, prefix.length, prefix)
      .map(toReplay);
  }

  /** Of everybody, those that have not ended. */
  activeReplays(): Replay[] {
    return this.file
      .sql("SELECT * FROM replays WHERE json_extract(replayed, '$.state') IN ('STARTING', 'RUNNING', 'CANCELLING')")
      .all()
      .map(toReplay);
  }

  putReplay({ account, region, replay, ...replayed }: Replay): void {
    this.file
      .sql('INSERT OR REPLACE INTO replays VALUES (?, ?, ?, ?)')
      .run(account, region, replay, JSON.stringify(replayed));
  }
}

type Row = Record<string, unknown>;

// SAFE, of the casts below: what is in a column was written by the methods above, in these types.
function toArchive(row: Row): Archive {
  return {
    ...(JSON.parse(String(row.settings)) as ArchiveSettings),
    id: Number(row.id),
    account: String(row.account),
    region: String(row.region),
    archive: String(row.archive),
    bus: String(row.bus),
    createdMs: Number(row.createdMs),
    count: Number(row.events),
    bytes: Number(row.bytes),
  };
}

function toReplay(row: Row): Replay {
  return {
    ...(JSON.parse(String(row.replayed)) as Omit<Replay, keyof ReplayKey>),
    account: String(row.account),
    region: String(row.region),
    replay: String(row.replay),
  };
}
