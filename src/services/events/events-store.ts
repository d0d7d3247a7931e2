import { SqliteFile } from '../../store/sqlite/sqlite-file.ts';
import { ARCHIVES_SCHEMA } from './archive-store.ts';
import { type Bus, type BusKey, type BusSettings, DEFAULT_BUS, type Scope, type Tags } from './bus.ts';
import type { Rule, RuleKey, RuleTarget } from './rule.ts';
import { SCHEDULED_RULES_SCHEMA } from './scheduled-rules.ts';

const SCHEMA = `
  CREATE TABLE buses (account TEXT, region TEXT, bus TEXT, settings TEXT NOT NULL, createdMs INTEGER, changedMs INTEGER,
    PRIMARY KEY (account, region, bus)) STRICT, WITHOUT ROWID;
  CREATE TABLE rules (account TEXT, region TEXT, bus TEXT, rule TEXT, settings TEXT NOT NULL,
    PRIMARY KEY (account, region, bus, rule)) STRICT, WITHOUT ROWID;
  CREATE TABLE targets (account TEXT, region TEXT, bus TEXT, rule TEXT, id TEXT, arn TEXT NOT NULL, settings TEXT NOT NULL,
    PRIMARY KEY (account, region, bus, rule, id)) STRICT, WITHOUT ROWID;
  CREATE INDEX targetsByArn ON targets (account, region, bus, arn);`;

const OF_BUS = 'account = ? AND region = ? AND bus = ?';
const OF_RULE = `${OF_BUS} AND rule = ?`;

/** What a page of a list is asked for: names behind this one, that begin so. */
export interface Page {
  readonly after: string;
  readonly prefix?: string | undefined;
  readonly countMax: number;
}

/**
 * Buses, rules and targets in one SQLite file. Reads are at once; what changes is called within `write` of the file, whose
 * promise resolves when it is durable.
 */
export class EventsStore {
  readonly file: SqliteFile;

  constructor(path: string) {
    this.file = new SqliteFile(path, {
      what: 'the event buses',
      formats: [SCHEMA, ARCHIVES_SCHEMA, SCHEDULED_RULES_SCHEMA],
    });
  }

  /** The default bus is there without having been made. */
  bus(key: BusKey): Bus | undefined {
    const row = this.file.sql(`SELECT * FROM buses WHERE ${OF_BUS}`).get(...placeOf(key));
    if (row !== undefined) return toBus(row);
    return key.bus === DEFAULT_BUS ? defaultBus(key) : undefined;
  }

  /** Those that were made or changed. */
  buses({ account, region }: Scope, { after, prefix = '', countMax }: Page): Bus[] {
    const rows = this.file
      .sql(
        'SELECT * FROM buses WHERE account = ? AND region = ? AND bus > ? AND substr(bus, 1, ?) = ? ORDER BY bus LIMIT ?',
      )
      .all(account, region, after, prefix.length, prefix, countMax);
    return rows.map(toBus);
  }

  countBuses({ account, region }: Scope): number {
    return count(
      this.file.sql('SELECT count(*) AS n FROM buses WHERE account = ? AND region = ?').get(account, region),
    );
  }

  putBus({ createdMs, changedMs, account, region, bus, ...settings }: Bus): void {
    this.file
      .sql('INSERT OR REPLACE INTO buses VALUES (?, ?, ?, ?, ?, ?)')
      .run(account, region, bus, JSON.stringify(settings), createdMs ?? null, changedMs ?? null);
  }

  removeBus(key: BusKey): void {
    this.file.sql(`DELETE FROM buses WHERE ${OF_BUS}`).run(...placeOf(key));
  }

  rule(key: RuleKey): Rule | undefined {
    const row = this.file.sql(`SELECT * FROM rules WHERE ${OF_RULE}`).get(...placeOf(key), key.rule);
    return row && toRule(row);
  }

  rules(key: BusKey, { after, prefix = '', countMax }: Page): Rule[] {
    const rows = this.file
      .sql(`SELECT * FROM rules WHERE ${OF_BUS} AND rule > ? AND substr(rule, 1, ?) = ? ORDER BY rule LIMIT ?`)
      .all(...placeOf(key), after, prefix.length, prefix, countMax);
    return rows.map(toRule);
  }

  /** Names of the rules on the bus with this target. */
  ruleNamesOf(key: BusKey, arn: string, { after, countMax }: Page): string[] {
    const rows = this.file
      .sql(`SELECT DISTINCT rule FROM targets WHERE ${OF_BUS} AND arn = ? AND rule > ? ORDER BY rule LIMIT ?`)
      .all(...placeOf(key), arn, after, countMax);
    return rows.map((row) => String(row.rule));
  }

  countRules(key: BusKey): number {
    return count(this.file.sql(`SELECT count(*) AS n FROM rules WHERE ${OF_BUS}`).get(...placeOf(key)));
  }

  putRule({ account, region, bus, rule, ...settings }: Rule): void {
    this.file
      .sql('INSERT OR REPLACE INTO rules VALUES (?, ?, ?, ?, ?)')
      .run(account, region, bus, rule, JSON.stringify(settings));
  }

  removeRule(key: RuleKey): void {
    this.file.sql(`DELETE FROM rules WHERE ${OF_RULE}`).run(...placeOf(key), key.rule);
  }

  targets(key: RuleKey, { after, countMax }: Page): RuleTarget[] {
    const rows = this.file
      .sql(`SELECT settings FROM targets WHERE ${OF_RULE} AND id > ? ORDER BY id LIMIT ?`)
      .all(...placeOf(key), key.rule, after, countMax);
    // SAFE: written by `putTarget`.
    return rows.map(({ settings }) => JSON.parse(String(settings)) as RuleTarget);
  }

  countTargets(key: RuleKey): number {
    return count(this.file.sql(`SELECT count(*) AS n FROM targets WHERE ${OF_RULE}`).get(...placeOf(key), key.rule));
  }

  putTarget({ account, region, bus, rule }: RuleKey, target: RuleTarget): void {
    this.file
      .sql('INSERT OR REPLACE INTO targets VALUES (?, ?, ?, ?, ?, ?, ?)')
      .run(account, region, bus, rule, target.id, target.arn, JSON.stringify(target));
  }

  /** Whether there was one. */
  removeTarget(key: RuleKey, id: string): boolean {
    const { changes } = this.file
      .sql(`DELETE FROM targets WHERE ${OF_RULE} AND id = ?`)
      .run(...placeOf(key), key.rule, id);
    return Number(changes) > 0;
  }
}

export const placeOf = ({ account, region, bus }: BusKey): [string, string, string] => [account, region, bus];

type Row = Record<string, unknown>;

const count = (row: Row | undefined): number => Number(row?.n);
const msOf = (value: unknown): number | undefined => (value === null ? undefined : Number(value));

function defaultBus({ account, region }: Scope): Bus {
  const tags: Tags = {};
  return { account, region, bus: DEFAULT_BUS, tags, createdMs: undefined, changedMs: undefined };
}

// SAFE, of the casts below: what is in a column was written by the methods above, in these types.
function toBus(row: Row): Bus {
  return {
    ...(JSON.parse(String(row.settings)) as BusSettings),
    account: String(row.account),
    region: String(row.region),
    bus: String(row.bus),
    createdMs: msOf(row.createdMs),
    changedMs: msOf(row.changedMs),
  };
}

function toRule(row: Row): Rule {
  return {
    ...(JSON.parse(String(row.settings)) as Omit<Rule, keyof RuleKey>),
    account: String(row.account),
    region: String(row.region),
    bus: String(row.bus),
    rule: String(row.rule),
  };
}
