import type { SqliteFile } from '../../store/sqlite/sqlite-file.ts';
import { type Alarm, type AlarmSettings, type AlarmState, intervalOf } from './alarm.ts';
import type { Scope } from './metric.ts';

export const ALARMS_SCHEMA = `
  CREATE TABLE alarms (
    id INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT NULL, interval_s INTEGER NOT NULL,
    settings TEXT NOT NULL, state TEXT NOT NULL, tags TEXT NOT NULL, configured_ms INTEGER NOT NULL,
    UNIQUE (account, region, name)
  );
  CREATE INDEX alarms_by_interval ON alarms (interval_s, id);
  CREATE TABLE alarm_history (
    id INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, alarm TEXT NOT NULL, kind TEXT NOT NULL,
    type TEXT NOT NULL, at_ms INTEGER NOT NULL, summary TEXT NOT NULL, data TEXT NOT NULL
  );
  CREATE INDEX alarm_history_of ON alarm_history (account, region, alarm, id);
  CREATE INDEX alarm_history_at ON alarm_history (at_ms);
  CREATE TABLE alarm_actions (id INTEGER PRIMARY KEY, action TEXT NOT NULL);
`;

export const HISTORY_TYPES = ['ConfigurationUpdate', 'StateUpdate', 'Action'] as const;
export type HistoryType = (typeof HISTORY_TYPES)[number];

export interface HistoryItem {
  readonly alarm: string;
  readonly kind: AlarmSettings['kind'];
  readonly type: HistoryType;
  readonly atMs: number;
  readonly summary: string;
  /** JSON. */
  readonly data: string;
}

/** Items behind the one with this id, in either direction; undefined: from the begin. */
export interface HistoryQuery {
  readonly alarm: string | undefined;
  readonly type: HistoryType | undefined;
  readonly kinds: readonly AlarmSettings['kind'][];
  readonly fromMs: number;
  readonly toMs: number;
  readonly newestFirst: boolean;
  readonly after: number | undefined;
  readonly countMax: number;
}

/** What is to be done because a state has changed: kept with the change, until the outbox has it. */
export interface PendingAction {
  readonly id: number;
  /** JSON. */
  readonly action: string;
}

interface AlarmRow {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly settings: string;
  readonly state: string;
  readonly tags: string;
  readonly configured_ms: number;
}

const COLUMNS = 'account, region, name, settings, state, tags, configured_ms';

/** Alarms, their history and what is to be done for them. Writes belong into the file's `write`. */
export class AlarmStore {
  readonly #file: SqliteFile;

  constructor(file: SqliteFile) {
    this.#file = file;
  }

  find({ account, region }: Scope, name: string): Alarm | undefined {
    const row = this.#file
      .sql(`SELECT ${COLUMNS} FROM alarms WHERE account = ? AND region = ? AND name = ?`)
      .get(account, region, name);
    return row && alarmOf(row as unknown as AlarmRow); // SAFE: the columns that are asked for.
  }

  /** In the order of their names, behind `after`. */
  *list({ account, region }: Scope, after = ''): Generator<Alarm> {
    const rows = this.#file
      .sql(`SELECT ${COLUMNS} FROM alarms WHERE account = ? AND region = ? AND name > ? ORDER BY name`)
      .iterate(account, region, after);
    for (const row of rows) yield alarmOf(row as unknown as AlarmRow); // SAFE: the columns that are asked for.
  }

  composites({ account, region }: Scope): Alarm[] {
    const rows = this.#file
      .sql(`SELECT ${COLUMNS} FROM alarms WHERE account = ? AND region = ? AND interval_s = 0 ORDER BY name`)
      .all(account, region);
    return rows.map((row) => alarmOf(row as unknown as AlarmRow)); // SAFE: the columns that are asked for.
  }

  /** Those of all scopes that are evaluated at this interval, behind an id. */
  due(intervalS: number, after: number, countMax: number): { id: number; alarm: Alarm }[] {
    const rows = this.#file
      .sql(`SELECT id, ${COLUMNS} FROM alarms WHERE interval_s = ? AND id > ? ORDER BY id LIMIT ?`)
      .all(intervalS, after, countMax);
    // SAFE: the columns that are asked for.
    return rows.map((row) => ({ id: Number(row.id), alarm: alarmOf(row as unknown as AlarmRow) }));
  }

  hasAny(intervalS: number): boolean {
    return this.#file.sql('SELECT 1 FROM alarms WHERE interval_s = ? LIMIT 1').get(intervalS) !== undefined;
  }

  put({ account, region, name, settings, state, tags, configuredMs }: Alarm): void {
    this.#file
      .sql(
        `INSERT INTO alarms (account, region, name, interval_s, settings, state, tags, configured_ms)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (account, region, name) DO UPDATE SET interval_s = excluded.interval_s, settings = excluded.settings,
           state = excluded.state, tags = excluded.tags, configured_ms = excluded.configured_ms`,
      )
      .run(
        ...[account, region, name, intervalOf(settings), JSON.stringify(settings), JSON.stringify(state)],
        ...[JSON.stringify(tags), configuredMs],
      );
  }

  setState({ account, region, name }: Alarm, state: AlarmState): void {
    this.#file
      .sql('UPDATE alarms SET state = ? WHERE account = ? AND region = ? AND name = ?')
      .run(JSON.stringify(state), account, region, name);
  }

  delete({ account, region, name }: Alarm): void {
    this.#file.sql('DELETE FROM alarms WHERE account = ? AND region = ? AND name = ?').run(account, region, name);
  }

  addHistory({ account, region }: Scope, { alarm, kind, type, atMs, summary, data }: HistoryItem): void {
    this.#file
      .sql(
        `INSERT INTO alarm_history (account, region, alarm, kind, type, at_ms, summary, data)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(account, region, alarm, kind, type, atMs, summary, data);
  }

  history({ account, region }: Scope, query: HistoryQuery): (HistoryItem & { readonly id: number })[] {
    const { alarm, type, kinds, fromMs, toMs, newestFirst, after, countMax } = query;
    const conditions = ['account = ?', 'region = ?', 'at_ms >= ?', 'at_ms <= ?'];
    const values: (string | number)[] = [account, region, fromMs, toMs];
    const add = (condition: string, ...more: (string | number)[]) => {
      conditions.push(condition);
      values.push(...more);
    };
    if (alarm !== undefined) add('alarm = ?', alarm);
    if (type !== undefined) add('type = ?', type);
    add(`kind IN (${kinds.map(() => '?').join(', ')})`, ...kinds);
    if (after !== undefined) add(newestFirst ? 'id < ?' : 'id > ?', after);
    const rows = this.#file
      .sql(
        `SELECT id, alarm, kind, type, at_ms, summary, data FROM alarm_history WHERE ${conditions.join(' AND ')}
         ORDER BY id ${newestFirst ? 'DESC' : 'ASC'} LIMIT ?`,
      )
      .all(...values, countMax);
    return rows.map((row) => ({
      id: Number(row.id),
      alarm: String(row.alarm),
      kind: row.kind as AlarmSettings['kind'], // SAFE: as it was added.
      type: row.type as HistoryType, // SAFE: as above.
      atMs: Number(row.at_ms),
      summary: String(row.summary),
      data: String(row.data),
    }));
  }

  /** Answers how many items it has forgotten, at most so many. */
  forgetHistory(beforeMs: number, countMax: number): number {
    const { changes } = this.#file
      .sql('DELETE FROM alarm_history WHERE id IN (SELECT id FROM alarm_history WHERE at_ms < ? LIMIT ?)')
      .run(beforeMs, countMax);
    return Number(changes);
  }

  addAction(action: string): void {
    this.#file.sql('INSERT INTO alarm_actions (action) VALUES (?)').run(action);
  }

  actions(countMax: number): PendingAction[] {
    const rows = this.#file.sql('SELECT id, action FROM alarm_actions ORDER BY id LIMIT ?').all(countMax);
    return rows.map((row) => ({ id: Number(row.id), action: String(row.action) }));
  }

  removeAction(id: number): void {
    this.#file.sql('DELETE FROM alarm_actions WHERE id = ?').run(id);
  }
}

function alarmOf({ account, region, name, settings, state, tags, configured_ms }: AlarmRow): Alarm {
  // SAFE: written by `put` and `setState`.
  return {
    ...{ account, region, name, configuredMs: configured_ms },
    settings: JSON.parse(settings) as AlarmSettings,
    state: JSON.parse(state) as AlarmState,
    tags: JSON.parse(tags) as Record<string, string>,
  };
}
