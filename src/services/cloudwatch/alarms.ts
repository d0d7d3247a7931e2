import type { Outbox } from '../../delivery/outbox.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import { SqliteFile } from '../../store/sqlite/sqlite-file.ts';
import {
  type Alarm,
  type AlarmSettings,
  type AlarmState,
  alarmArn,
  INTERVALS_S,
  intervalOf,
  isComposite,
  isMetricAlarm,
  type MetricSettings,
  type StateValue,
} from './alarm.ts';
import { actionsOf, type KeptAction, postedOf } from './alarm-actions.ts';
import { criteriaOf, datapointsOf, isLowSample } from './alarm-data.ts';
import { configurationChange, stateChange } from './alarm-history.ts';
import { reasonDataOf, reasonOf, timestamp } from './alarm-reason.ts';
import { alarmNameOf, alarmsIn, holds, readRule } from './alarm-rule.ts';
import { ALARMS_SCHEMA, AlarmStore } from './alarm-store.ts';
import { DASHBOARDS_SCHEMA, Dashboards } from './dashboards.ts';
import { evaluateAlarm } from './evaluate-alarm.ts';
import type { Scope } from './metric.ts';
import type { MetricStore } from './metric-store.ts';
import { CloudWatchRefused } from './refusal.ts';

export interface AlarmsOptions {
  /** Of the SQLite file. */
  readonly path: string;
  /** The values that alarms watch, and what brings those that are under way there. */
  readonly metrics: () => { readonly store: Pick<MetricStore, 'series' | 'list'>; settle(): Promise<void> };
  readonly post: Outbox['post'];
  readonly uuid: () => string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** So long after the end of a period it is looked at: what is put in its last moment has come by then. */
const LATE_MS = 1_000;
const AT_ONCE = 100;
/** When actions could not be handed over. */
const TROUBLE_MS = 10_000;
/** AWS keeps the history of an alarm for 30 days, also when the alarm is deleted. */
const HISTORY_MS = 30 * 86_400_000;
/** Composite alarms may watch each other; a change goes on through so many at most. */
const CHAIN_MAX = 1_000;

type NewState = Pick<AlarmState, 'value' | 'reason' | 'reasonData'>;

/** Alarms: kept, evaluated when they are due, and told of when they change. */
export class Alarms implements AsyncDisposable {
  readonly store: AlarmStore;
  /** They have nothing to do with alarms but the file. */
  readonly dashboards: Dashboards;
  readonly #file: SqliteFile;
  readonly #options: AlarmsOptions;
  readonly #timers = new Map<number, Disposable>();
  readonly #evaluating = new Set<Promise<void>>();
  #posting: Promise<void> = Promise.resolve();
  #trouble: Disposable | undefined;
  #isClosed = false;

  /** Begins to evaluate the alarms that are there, and hands over what has to be done for them still. */
  constructor(options: AlarmsOptions) {
    this.#options = options;
    this.#file = new SqliteFile(options.path, { what: 'the alarms', formats: [ALARMS_SCHEMA, DASHBOARDS_SCHEMA] });
    this.store = new AlarmStore(this.#file);
    this.dashboards = new Dashboards(this.#file, () => options.clock.nowMs());
    for (const interval of INTERVALS_S) this.#arm(interval);
    this.#post();
  }

  /** Makes an alarm, or gives it other settings: its state stays, and its tags, too, as AWS says. */
  async put(
    scope: Scope,
    name: string,
    settings: AlarmSettings,
    tags: Readonly<Record<string, string>>,
  ): Promise<void> {
    const nowMs = this.#options.clock.nowMs();
    await this.#file.write(() => {
      const before = this.store.find(scope, name);
      if (before !== undefined && before.settings.kind !== settings.kind)
        throw new CloudWatchRefused({ kind: 'other-kind-of-alarm', name });
      const first = { value: 'INSUFFICIENT_DATA', reason: 'Unchecked: Initial alarm creation' } as const;
      const state = before?.state ?? { ...first, updatedMs: nowMs, transitionedMs: nowMs };
      const alarm = { ...scope, name, settings, state, tags: before?.tags ?? tags, configuredMs: nowMs };
      this.store.put(alarm);
      this.#addHistory(configurationChange(alarm, before === undefined ? 'Create' : 'Update'), alarm);
      if (isComposite(alarm))
        this.#judge(alarm, `was ${before === undefined ? 'created' : 'updated'} and its alarm rule evaluates to`);
    });
    this.#arm(intervalOf(settings));
    this.#post();
  }

  /** Those that are not there are deleted already. */
  async delete(scope: Scope, names: readonly string[]): Promise<void> {
    await this.#file.write(() => {
      for (const name of names) {
        const alarm = this.store.find(scope, name);
        if (alarm === undefined) continue;
        this.store.delete(alarm);
        this.#addHistory(configurationChange({ ...alarm, configuredMs: this.#options.clock.nowMs() }, 'Delete'), alarm);
      }
    });
  }

  async enableActions(scope: Scope, names: readonly string[], actionsEnabled: boolean): Promise<void> {
    await this.#file.write(() => {
      for (const name of names) {
        const alarm = this.store.find(scope, name);
        if (alarm === undefined || alarm.settings.actionsEnabled === actionsEnabled) continue;
        const changed = {
          ...alarm,
          settings: { ...alarm.settings, actionsEnabled },
          configuredMs: this.#options.clock.nowMs(),
        };
        this.store.put(changed);
        this.#addHistory(configurationChange(changed, 'Update'), changed);
      }
    });
  }

  /** For tests of what an alarm does: the next evaluation may bring it back. Rejects when there is no such alarm. */
  async setState(scope: Scope, name: string, state: NewState): Promise<void> {
    await this.#file.write(() => this.#apply(this.#existing(scope, name), state));
    this.#post();
  }

  /** Rejects when there is no such alarm. `change` may throw a refusal. */
  async changeTags(
    scope: Scope,
    name: string,
    change: (tags: Readonly<Record<string, string>>) => Record<string, string>,
  ): Promise<void> {
    await this.#file.write(() => {
      const alarm = this.#existing(scope, name);
      this.store.put({ ...alarm, tags: change(alarm.tags) });
    });
  }

  /** Waits for what is being evaluated and handed over. */
  async drain(): Promise<void> {
    await Promise.all(this.#evaluating);
    await this.#posting;
  }

  /** Evaluates and hands over nothing more; what waits stays for the next start. */
  stop(): void {
    this.#isClosed = true;
    for (const timer of this.#timers.values()) timer[Symbol.dispose]();
    this.#trouble?.[Symbol.dispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    await this.drain();
    this.#file.close();
  }

  #existing(scope: Scope, name: string): Alarm {
    const alarm = this.store.find(scope, name);
    if (alarm === undefined) throw new CloudWatchRefused({ kind: 'no-such-alarm', name });
    return alarm;
  }

  /** Looks at the alarms of an interval when it has passed the next time, as long as there are any. */
  #arm(intervalS: number): void {
    if (this.#isClosed || intervalS === 0 || this.#timers.has(intervalS) || !this.store.hasAny(intervalS)) return;
    const { clock, log } = this.#options;
    const intervalMs = intervalS * 1_000;
    const nowMs = clock.nowMs();
    const dueMs = (Math.floor((nowMs - LATE_MS) / intervalMs) + 1) * intervalMs + LATE_MS;
    const timer = clock.after(dueMs - nowMs, () => {
      const evaluating: Promise<void> = this.#evaluateAll(intervalS)
        .catch((error) => log.error({ err: error }, 'alarms could not be evaluated, and wait for the next time'))
        .then(() => {
          this.#evaluating.delete(evaluating);
          this.#timers.delete(intervalS);
          this.#arm(intervalS);
        });
      this.#evaluating.add(evaluating);
    });
    this.#timers.set(intervalS, timer);
  }

  async #evaluateAll(intervalS: number): Promise<void> {
    await this.#options.metrics().settle();
    for (let last = 0; !this.#isClosed; ) {
      const due = this.store.due(intervalS, last, AT_ONCE);
      await Promise.all(due.map(({ alarm }) => this.#evaluate(alarm)));
      const next = due.at(-1)?.id;
      if (next === undefined) return;
      last = next;
    }
  }

  /** What cannot be evaluated keeps its state. */
  async #evaluate(alarm: Alarm): Promise<void> {
    try {
      const state = isMetricAlarm(alarm) ? this.#stateOf(alarm) : undefined;
      if (state === undefined || state.value === alarm.state.value) return;
      await this.#file.write(() => {
        const now = this.store.find(alarm, alarm.name);
        // It has been changed meanwhile: the next look decides.
        if (now?.configuredMs !== alarm.configuredMs || now.state.updatedMs !== alarm.state.updatedMs) return;
        this.#apply(now, state);
      });
      this.#post();
    } catch (error) {
      this.#options.log.error({ err: error, alarm: alarmArn(alarm) }, 'an alarm could not be evaluated');
    }
  }

  #stateOf(alarm: Alarm<MetricSettings>): NewState | undefined {
    const { settings, state } = alarm;
    const nowMs = this.#options.clock.nowMs();
    const criteria = criteriaOf(settings);
    const evaluation = evaluateAlarm(datapointsOf(alarm, this.#options.metrics().store, nowMs), criteria);
    if (evaluation.kind === 'retained' || isLowSample(settings, evaluation.evaluated)) return undefined;
    return {
      value: evaluation.state,
      reason: reasonOf(settings, evaluation, criteria.isBreaching, state.value),
      reasonData: reasonDataOf(settings, evaluation, nowMs),
    };
  }

  /** Within a write: keeps the new state with what it brings about, for the alarm and for those that watch it. */
  #apply(alarm: Alarm, state: NewState): void {
    const changed: Alarm[] = [this.#change(alarm, state)].flatMap((one) => one ?? []);
    for (let at = 0; at < Math.min(changed.length, CHAIN_MAX); at += 1) {
      const by = changed[at];
      if (by === undefined) return;
      for (const composite of this.store.composites(by).filter(isComposite)) {
        const names = alarmsIn(readRule(composite.settings.rule)).map(alarmNameOf);
        if (!names.includes(by.name)) continue;
        const told = `${alarmArn(by)} transitioned to ${by.state.value} at ${longDate(by.state.updatedMs)}`;
        const next = this.#change(composite, {
          value: this.#valueOf(composite.settings.rule, by),
          reason: told,
          reasonData: triggering(by),
        });
        if (next !== undefined) changed.push(next);
      }
    }
  }

  /** A composite alarm that has just been put. */
  #judge(alarm: Alarm & { settings: { rule: string } }, why: string): void {
    const value = this.#valueOf(alarm.settings.rule, alarm);
    const reason = `${alarmArn(alarm)} ${why} ${value}`;
    if (value !== alarm.state.value) this.#apply(alarm, { value, reason });
  }

  #valueOf(rule: string, scope: Scope): StateValue {
    const isMet = holds(readRule(rule), (alarm) => this.store.find(scope, alarmNameOf(alarm))?.state.value);
    return isMet ? 'ALARM' : 'OK';
  }

  /** Answers the alarm if its state has another value now. */
  #change(alarm: Alarm, { value, reason, reasonData }: NewState): Alarm | undefined {
    const { clock, uuid } = this.#options;
    const before = alarm.state;
    if (value === before.value && isComposite(alarm)) return undefined;
    const nowMs = clock.nowMs();
    const transitionedMs = value === before.value ? before.transitionedMs : nowMs;
    const after = { ...alarm, state: { value, reason, reasonData, updatedMs: nowMs, transitionedMs } };
    this.store.setState(after, after.state);
    if (value === before.value) return undefined;
    this.#addHistory(stateChange(after, before), after);
    for (const action of actionsOf({ alarm: after, before }, uuid())) this.store.addAction(JSON.stringify(action));
    return after;
  }

  #addHistory(item: Parameters<AlarmStore['addHistory']>[1], scope: Scope): void {
    this.store.addHistory(scope, item);
    this.store.forgetHistory(this.#options.clock.nowMs() - HISTORY_MS, AT_ONCE);
  }

  /** Hands over what has to be done; after a crash perhaps once more, and never less than once. */
  #post(): void {
    this.#posting = this.#posting
      .then(() => this.#postAll())
      .catch((error) => {
        this.#options.log.error({ err: error }, 'what alarms have to tell must wait');
        if (!this.#isClosed) this.#trouble = this.#options.clock.after(TROUBLE_MS, () => this.#post());
      });
  }

  async #postAll(): Promise<void> {
    for (let waiting = this.store.actions(AT_ONCE); waiting.length > 0; waiting = this.store.actions(AT_ONCE)) {
      for (const { id, action } of waiting) {
        if (this.#isClosed) return;
        await this.#options.post(postedOf(JSON.parse(action) as KeptAction)); // SAFE: written by `#change`.
        await this.#file.write(() => this.store.removeAction(id), 'written');
      }
    }
  }
}

const triggering = (by: Alarm) =>
  JSON.stringify({
    triggeringAlarms: [
      { arn: alarmArn(by), state: { value: by.state.value, timestamp: timestamp(by.state.updatedMs) } },
    ],
  });

/** `Friday 03 January, 2025 17:30:00 UTC`, as AWS's reasons of composite alarms have it. */
function longDate(ms: number): string {
  const part = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat('en-US', { timeZone: 'UTC', ...options }).format(ms);
  const day = part({ day: '2-digit' });
  const date = `${part({ weekday: 'long' })} ${day} ${part({ month: 'long' })}, ${part({ year: 'numeric' })}`;
  return `${date} ${new Date(ms).toISOString().slice(11, 19)} UTC`;
}
