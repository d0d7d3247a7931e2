// When each of many schedules is due next, in a table of its owner's file. Fires are made in the transaction that moves a
// schedule on to its next time, so a fire is neither lost nor made twice, whenever the process is killed
// (docs/decisions/022-a-fire-is-a-row.md).

import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import type { SqliteFile } from '../store/sqlite/sqlite-file.ts';
import { type Dialect, type Expression, nextDueMs, readExpression } from './expression.ts';
import { latestDueMs } from './latest.ts';

/** The table, for the formats of its owner's file. */
export const TIMETABLE_TABLE = `
  CREATE TABLE timetable (
    key TEXT PRIMARY KEY, plan TEXT NOT NULL, scheduled_ms INTEGER NOT NULL, due_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX timetable_due ON timetable (due_ms);
`;

/** When something is due. */
export interface Plan {
  /** One that `readExpression` takes. */
  readonly expression: string;
  readonly dialect: Dialect;
  readonly zone: string;
  /** From when a rate counts. */
  readonly anchorMs: number;
  /** Nothing is due before, or after. */
  readonly fromMs?: number | undefined;
  readonly untilMs?: number | undefined;
  /** A fire may come so much later than it is due, and is spread over that time. 0: it comes at once. */
  readonly windowMs: number;
}

export interface Fire {
  readonly key: string;
  /** The time that the expression names; with the key, it is the identity of the fire. */
  readonly scheduledMs: number;
  /** Nothing comes after it. */
  readonly isLast: boolean;
}

export interface TimetableOptions {
  /** Has `TIMETABLE_TABLE`. It is the owner's, who closes it after `stop`. */
  readonly file: SqliteFile;
  readonly clock: Clock;
  readonly log: Logger;
  readonly random: () => number;
  /**
   * Writes the fire down, within the transaction that moves its schedule on. Must neither await nor throw, but for errors
   * of SQLite, which undo the transaction: all its fires come again.
   */
  readonly fire: (fire: Fire) => void;
  /** Fires were written down, and are on the disk. */
  readonly onFired: () => void;
}

/** Fires in one transaction, so that the event loop is not held up for long. */
const BATCH = 200;
/** The clock is looked at as often as that, since it may jump, and since the machine may sleep. */
const LOOK_MS_MAX = 15_000;
/** After the disk has refused. */
const TROUBLE_MS = 1_000;
/** AWS fires within a minute of the time: what is later than that is told. */
const LATE_MS = 60_000;
/** Late fires that are told one by one. */
const TOLD_MAX = 20;

interface Row {
  readonly key: string;
  readonly plan: string;
  readonly scheduled_ms: number;
  readonly due_ms: number;
}

interface Late {
  readonly schedule: string;
  readonly firesFor: string;
  /** Times before it that get no fire of their own. */
  readonly passedOverFrom?: string;
}

/** One timer, whatever the number of schedules. */
export class Timetable {
  readonly #options: TimetableOptions;
  #timer: { atMs: number; disposable: Disposable } | undefined;
  #firing: Promise<void> | undefined;
  #isStopped = false;

  constructor(options: TimetableOptions) {
    this.#options = options;
    this.#lookAt(options.clock.nowMs());
  }

  /**
   * Puts a schedule in, or in the place of the one with this key, due first after `afterMs`. Within a transaction of the
   * file. Answers when it is due; undefined: never, and it is not kept.
   */
  set(key: string, plan: Plan, afterMs: number): number | undefined {
    const scheduledMs = nextOf(plan, afterMs);
    this.#put(key, plan, scheduledMs);
    return scheduledMs;
  }

  /** Within a transaction of the file. */
  remove(key: string): void {
    this.#options.file.sql('DELETE FROM timetable WHERE key = ?').run(key);
  }

  /** When it is due next; undefined: never again. */
  next(key: string): number | undefined {
    const row = this.#options.file.sql('SELECT scheduled_ms FROM timetable WHERE key = ?').get(key);
    return row && Number(row.scheduled_ms);
  }

  /** Fires nothing more, once it has resolved. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.disposable[Symbol.dispose]();
    await this.#firing;
  }

  #put(key: string, plan: Plan, scheduledMs: number | undefined): void {
    const { file, random } = this.#options;
    if (scheduledMs === undefined) return this.remove(key);
    const dueMs = scheduledMs + Math.floor(random() * plan.windowMs);
    file
      .sql('INSERT OR REPLACE INTO timetable (key, plan, scheduled_ms, due_ms) VALUES (?, ?, ?, ?)')
      .run(key, JSON.stringify(plan), scheduledMs, dueMs);
    this.#lookAt(dueMs);
  }

  /** Sees to it that the table is looked at then, or earlier. */
  #lookAt(dueMs: number): void {
    const nowMs = this.#options.clock.nowMs();
    const atMs = Math.min(Math.max(dueMs, nowMs), nowMs + LOOK_MS_MAX);
    if (this.#isStopped || (this.#timer !== undefined && this.#timer.atMs <= atMs)) return;
    this.#timer?.disposable[Symbol.dispose]();
    const disposable = this.#options.clock.after(atMs - nowMs, () => {
      this.#timer = undefined;
      this.#firing ??= this.#fireDue().finally(() => {
        this.#firing = undefined;
      });
    });
    this.#timer = { atMs, disposable };
  }

  /** Never rejects. */
  async #fireDue(): Promise<void> {
    const { file, clock, log, onFired } = this.#options;
    try {
      for (;;) {
        const late: Late[] = [];
        const fired = await file.write(() => this.#fireSome(clock.nowMs(), late));
        if (late.length > 0) {
          const told = late.slice(0, TOLD_MAX);
          log.warn(
            { late: told, count: late.length },
            'schedules fire late, since Lambent was not running at their time',
          );
        }
        if (fired > 0) onFired();
        if (fired < BATCH || this.#isStopped) break;
      }
      const next = file.sql('SELECT min(due_ms) AS due_ms FROM timetable').get()?.due_ms;
      if (typeof next === 'number') this.#lookAt(next);
    } catch (error) {
      log.error({ err: error }, 'schedules that are due cannot be written down now; they are tried again');
      this.#lookAt(clock.nowMs() + TROUBLE_MS);
    }
  }

  #fireSome(nowMs: number, late: Late[]): number {
    const { file, fire } = this.#options;
    const due = file.sql('SELECT * FROM timetable WHERE due_ms <= ? ORDER BY due_ms LIMIT ?').all(nowMs, BATCH);
    // SAFE: the columns of the table, as `#put` writes them.
    for (const { key, plan: text, scheduled_ms: firstMs, due_ms: dueMs } of due as unknown as Row[]) {
      const plan = JSON.parse(text) as Plan;
      const scheduledMs = latestToFire(plan, firstMs, nowMs);
      const nextMs = nextOf(plan, scheduledMs);
      if (nowMs - dueMs > LATE_MS) late.push(lateOf(key, firstMs, scheduledMs));
      fire({ key, scheduledMs, isLast: nextMs === undefined });
      this.#put(key, plan, nextMs);
    }
    return due.length;
  }
}

/**
 * Which of the times that have passed gets the fire. Usually there is one. If the server was down, or its machine asleep, for
 * so long that several have passed, the latest alone does: the others have had their day.
 */
function latestToFire(plan: Plan, firstMs: number, nowMs: number): number {
  // Within its window a fire is not late, and a minute is not worth passing over a time.
  const untilMs = Math.min(nowMs - plan.windowMs - LATE_MS, plan.untilMs ?? Number.POSITIVE_INFINITY);
  const secondMs = nextOf(plan, firstMs);
  if (secondMs === undefined || secondMs > untilMs) return firstMs;
  return latestDueMs(expressionOf(plan), plan, { fromMs: firstMs, untilMs });
}

function nextOf(plan: Plan, afterMs: number): number | undefined {
  const { fromMs = Number.NEGATIVE_INFINITY, untilMs = Number.POSITIVE_INFINITY } = plan;
  const nextMs = nextDueMs(expressionOf(plan), plan, Math.max(afterMs, fromMs - 1));
  return nextMs !== undefined && nextMs <= untilMs ? nextMs : undefined;
}

function expressionOf({ expression, dialect }: Plan): Expression {
  const read = readExpression(expression, dialect);
  if (read === undefined) throw new Error(`the timetable has ${expression}, which is no schedule expression`);
  return read;
}

function lateOf(schedule: string, firstMs: number, scheduledMs: number): Late {
  const passedOver = scheduledMs > firstMs ? { passedOverFrom: new Date(firstMs).toISOString() } : {};
  return { schedule, firesFor: new Date(scheduledMs).toISOString(), ...passedOver };
}
