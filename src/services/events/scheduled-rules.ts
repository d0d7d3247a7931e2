import { createHash } from 'node:crypto';
import type { Posted } from '../../delivery/outbox.ts';
import { type Clock, pause } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import { TIMETABLE_TABLE, Timetable } from '../../schedules/timetable.ts';
import { newEvent } from './event.ts';
import type { EventsStore } from './events-store.ts';
import { postingsFor, routeOf } from './routes.ts';
import { isEnabled, type Rule, type RuleKey, ruleArn, ruleOfArn } from './rule.ts';

/** What is due is a row until its targets' deliveries are on the disk. */
export const SCHEDULED_RULES_SCHEMA = `${TIMETABLE_TABLE}
  CREATE TABLE ruleFires (id INTEGER PRIMARY KEY, rule TEXT NOT NULL, scheduledMs INTEGER NOT NULL) STRICT;`;

/** Fires that are handed on together. */
const BATCH = 100;
/** After the disk has refused. */
const TROUBLE_MS = 1_000;
const TARGETS = { after: '', countMax: 1_000 } as const;

export interface ScheduledRulesPorts {
  readonly store: EventsStore;
  readonly clock: Clock;
  readonly log: Logger;
  readonly random: () => number;
  /** Durable once it has resolved. */
  readonly post: (posted: Posted) => Promise<void>;
}

/** Rules that are due at times: each fire is an event to the rule's own targets, and to nobody else. */
export class ScheduledRules implements AsyncDisposable {
  readonly #ports: ScheduledRulesPorts;
  readonly #timetable: Timetable;
  readonly #ending = new AbortController();
  #working: Promise<void> | undefined;
  #isWoken = false;

  /** Goes on with what a former process has left. */
  constructor(ports: ScheduledRulesPorts) {
    const { clock, log, random } = ports;
    const { file } = ports.store;
    this.#ports = ports;
    this.#timetable = new Timetable({
      ...{ file, clock, log, random },
      fire: ({ key, scheduledMs }) => {
        file.sql('INSERT INTO ruleFires (rule, scheduledMs) VALUES (?, ?)').run(key, scheduledMs);
      },
      onFired: () => this.#wake(),
    });
    this.#wake();
  }

  /**
   * The rule is this now; `before`: what it was. Within a transaction of the file. A rate counts from when it was set, and
   * goes on as it was where only other things have changed.
   */
  set(rule: Rule, before: Rule | undefined): void {
    const { schedule } = rule;
    if (schedule === undefined || !isEnabled(rule)) return this.#timetable.remove(ruleArn(rule));
    if (before !== undefined && before.schedule === schedule && isEnabled(before)) return;
    const nowMs = this.#ports.clock.nowMs();
    const plan = { expression: schedule, dialect: 'rules', zone: 'UTC', anchorMs: nowMs, windowMs: 0 } as const;
    this.#timetable.set(ruleArn(rule), plan, nowMs);
  }

  /** Within a transaction of the file. */
  remove(key: RuleKey): void {
    this.#timetable.remove(ruleArn(key));
  }

  /** Fires nothing more, once it has resolved. */
  async stop(): Promise<void> {
    this.#ending.abort(new Error('Lambent is stopping'));
    await this.#timetable.stop();
    await this.#working;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #wake(): void {
    this.#isWoken = true;
    if (this.#working !== undefined || this.#ending.signal.aborted) return;
    this.#working = this.#work().finally(() => {
      this.#working = undefined;
      if (this.#isWoken) this.#wake();
    });
  }

  /** Hands on what is due until nothing is. Never rejects. */
  async #work(): Promise<void> {
    const { store, clock, log } = this.#ports;
    const { signal } = this.#ending;
    while (this.#isWoken && !signal.aborted) {
      this.#isWoken = false;
      try {
        for (;;) {
          const fires = store.file.sql('SELECT * FROM ruleFires ORDER BY id LIMIT ?').all(BATCH);
          if (fires.length === 0 || signal.aborted) break;
          await Promise.all(fires.map(({ rule, scheduledMs }) => this.#hand(String(rule), Number(scheduledMs))));
          // A crash before this hands them on once more, as the same events, which the outbox and most targets then know.
          await store.file.write(() => {
            for (const { id } of fires) store.file.sql('DELETE FROM ruleFires WHERE id = ?').run(Number(id));
          });
        }
      } catch (error) {
        if (signal.aborted) return;
        log.error({ err: error }, 'rules that are due cannot be handed on now, and are tried again');
        this.#isWoken = true;
        await pause(clock, TROUBLE_MS, signal);
      }
    }
  }

  async #hand(arn: string, scheduledMs: number): Promise<void> {
    const { store, clock, post } = this.#ports;
    const key = ruleOfArn(arn);
    const rule = key && store.rule(key);
    // It may have been disabled, or deleted, just when it was due.
    if (rule === undefined || !isEnabled(rule)) return;
    const event = newEvent({
      ...{ account: rule.account, region: rule.region, id: eventIdOf(arn, scheduledMs), timeMs: scheduledMs },
      ...{ source: 'aws.events', detailType: 'Scheduled Event', resources: [arn], detail: '{}' },
    });
    // SAFE: its detail is an object.
    if (event === undefined) return;
    const route = routeOf(rule, store.targets(rule, TARGETS));
    const postings = postingsFor(route, event, 'put', clock.nowMs());
    await Promise.all(
      postings.map((one, at) => post({ ...one, message: { ...one.message, once: `${event.id} ${at}` } })),
    );
  }
}

/** The same for the same fire, so that whoever gets it twice can tell. */
function eventIdOf(arn: string, scheduledMs: number): string {
  const hex = createHash('sha256').update(`${arn} ${scheduledMs}`).digest('hex');
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-8$4-$5');
}
