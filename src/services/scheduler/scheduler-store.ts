import type { Logger } from '../../lib/log.ts';
import { TIMETABLE_TABLE } from '../../schedules/timetable.ts';
import { SqliteFile } from '../../store/sqlite/sqlite-file.ts';
import { QUEUE_TABLE } from '../../store/sqlite/sqlite-queue.ts';
import type { Group, Schedule, ScheduleName, ScheduleSettings, Scope } from './schedule.ts';

// AUTOINCREMENT matters: what was said of a removed schedule must not be taken for a new one.
const TABLES = `
  CREATE TABLE groups (
    account TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT NULL, tags TEXT NOT NULL, created_ms INTEGER NOT NULL,
    modified_ms INTEGER NOT NULL, PRIMARY KEY (account, region, name)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE schedules (
    id INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, region TEXT NOT NULL, "group" TEXT NOT NULL,
    name TEXT NOT NULL, settings TEXT NOT NULL, is_enabled INTEGER NOT NULL, anchor_ms INTEGER NOT NULL,
    created_ms INTEGER NOT NULL, modified_ms INTEGER NOT NULL, UNIQUE (account, region, "group", name)
  ) STRICT;
  -- What was asked for with a client token, so that the same request does nothing more.
  CREATE TABLE tokens (
    account TEXT NOT NULL, region TEXT NOT NULL, token TEXT NOT NULL, request TEXT NOT NULL, until_ms INTEGER NOT NULL,
    PRIMARY KEY (account, region, token)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX tokens_until ON tokens (until_ms);
`;

/** Old tokens that are removed with each new one. */
const TOKENS_SWEPT = 4;

export function openSchedulerFile(path: string, log: Logger): SqliteFile {
  return new SqliteFile(path, {
    what: 'the schedules',
    formats: [`${TABLES}; ${TIMETABLE_TABLE}; ${QUEUE_TABLE}`],
    pragmas: { auto_vacuum: 'INCREMENTAL' },
    log,
  });
}

export interface SchedulePage {
  readonly group: string | undefined;
  readonly prefix: string;
  readonly isEnabled: boolean | undefined;
  /** The one that it begins behind. */
  readonly after: ScheduleName;
  readonly countMax: number;
}

/** Rows of schedules, groups and tokens. What changes them belongs into a transaction of the file. */
export class SchedulerStore {
  readonly #file: SqliteFile;

  constructor(file: SqliteFile) {
    this.#file = file;
  }

  schedule({ account, region }: Scope, { group, name }: ScheduleName): Schedule | undefined {
    const row = this.#file
      .sql('SELECT * FROM schedules WHERE account = ? AND region = ? AND "group" = ? AND name = ?')
      .get(account, region, group, name);
    return row && toSchedule(row);
  }

  /** By group and name. */
  schedules({ account, region }: Scope, { group, prefix, isEnabled, after, countMax }: SchedulePage): Schedule[] {
    // Each by the index of its own: a group is not looked for among all the others.
    const place = group === undefined ? '("group", name) > (?3, ?4)' : '"group" = ?3 AND name > ?4';
    const isBehind = group === undefined || after.group === group;
    return this.#file
      .sql(
        `SELECT * FROM schedules WHERE account = ?1 AND region = ?2 AND ${place} AND substr(name, 1, length(?5)) = ?5
         AND (?6 IS NULL OR is_enabled = ?6) ORDER BY "group", name LIMIT ?7`,
      )
      .all(
        ...[account, region, group ?? after.group, isBehind ? after.name : '', prefix],
        ...[isEnabled === undefined ? null : Number(isEnabled), countMax],
      )
      .map(toSchedule);
  }

  countSchedules({ account, region }: Scope): number {
    return Number(
      this.#file.sql('SELECT count(*) AS n FROM schedules WHERE account = ? AND region = ?').get(account, region)?.n,
    );
  }

  namesIn({ account, region }: Scope, group: string): string[] {
    return this.#file
      .sql('SELECT name FROM schedules WHERE account = ? AND region = ? AND "group" = ?')
      .all(account, region, group)
      .map(({ name }) => String(name));
  }

  addSchedule({ account, region }: Scope, { group, name }: ScheduleName, settings: ScheduleSettings, nowMs: number) {
    this.#file
      .sql(
        `INSERT INTO schedules (account, region, "group", name, settings, is_enabled, anchor_ms, created_ms, modified_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?7)`,
      )
      .run(account, region, group, name, JSON.stringify(settings), Number(settings.isEnabled), nowMs);
  }

  setSchedule(id: number, settings: ScheduleSettings, anchorMs: number, nowMs: number): void {
    this.#file
      .sql('UPDATE schedules SET settings = ?, is_enabled = ?, anchor_ms = ?, modified_ms = ? WHERE id = ?')
      .run(JSON.stringify(settings), Number(settings.isEnabled), anchorMs, nowMs, id);
  }

  removeSchedule({ account, region }: Scope, { group, name }: ScheduleName): void {
    this.#file
      .sql('DELETE FROM schedules WHERE account = ? AND region = ? AND "group" = ? AND name = ?')
      .run(account, region, group, name);
  }

  group({ account, region }: Scope, name: string): Group | undefined {
    const row = this.#file
      .sql('SELECT * FROM groups WHERE account = ? AND region = ? AND name = ?')
      .get(account, region, name);
    return row && toGroup(row);
  }

  groups({ account, region }: Scope, page: { prefix: string; after: string; countMax: number }): Group[] {
    return this.#file
      .sql(
        `SELECT * FROM groups WHERE account = ?1 AND region = ?2 AND name > ?3 AND substr(name, 1, length(?4)) = ?4
         ORDER BY name LIMIT ?5`,
      )
      .all(account, region, page.after, page.prefix, page.countMax)
      .map(toGroup);
  }

  countGroups({ account, region }: Scope): number {
    return Number(
      this.#file.sql('SELECT count(*) AS n FROM groups WHERE account = ? AND region = ?').get(account, region)?.n,
    );
  }

  putGroup({ account, region, name, tags, createdMs, modifiedMs }: Group & { createdMs: number; modifiedMs: number }) {
    this.#file
      .sql('INSERT OR REPLACE INTO groups VALUES (?, ?, ?, ?, ?, ?)')
      .run(account, region, name, JSON.stringify(tags), createdMs, modifiedMs);
  }

  removeGroup({ account, region }: Scope, name: string): void {
    this.#file.sql('DELETE FROM groups WHERE account = ? AND region = ? AND name = ?').run(account, region, name);
  }

  /** What was asked for with this token. */
  request({ account, region }: Scope, token: string, nowMs: number): string | undefined {
    const row = this.#file
      .sql('SELECT request FROM tokens WHERE account = ? AND region = ? AND token = ? AND until_ms > ?')
      .get(account, region, token, nowMs);
    return row && String(row.request);
  }

  addToken({ account, region }: Scope, token: string, request: string, nowMs: number, untilMs: number): void {
    this.#file
      .sql(
        `DELETE FROM tokens WHERE (account, region, token) IN
         (SELECT account, region, token FROM tokens WHERE until_ms <= ? LIMIT ${TOKENS_SWEPT})`,
      )
      .run(nowMs);
    this.#file
      .sql('INSERT OR REPLACE INTO tokens VALUES (?, ?, ?, ?, ?)')
      .run(account, region, token, request, untilMs);
  }
}

type Row = Record<string, unknown>;

// SAFE, of the casts below: what is in a column was written by the methods above, in these types.
function toSchedule(row: Row): Schedule {
  return {
    id: Number(row.id),
    account: String(row.account),
    region: String(row.region),
    group: String(row.group),
    name: String(row.name),
    settings: JSON.parse(String(row.settings)) as ScheduleSettings,
    anchorMs: Number(row.anchor_ms),
    createdMs: Number(row.created_ms),
    modifiedMs: Number(row.modified_ms),
  };
}

function toGroup(row: Row): Group {
  return {
    account: String(row.account),
    region: String(row.region),
    name: String(row.name),
    tags: JSON.parse(String(row.tags)) as Record<string, string>,
    createdMs: Number(row.created_ms),
    modifiedMs: Number(row.modified_ms),
  };
}
