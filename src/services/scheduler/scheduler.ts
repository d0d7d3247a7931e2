import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { Timetable } from '../../schedules/timetable.ts';
import type { SqliteFile } from '../../store/sqlite/sqlite-file.ts';
import { Fires } from './fires.ts';
import { SCHEDULER_FILE, type SchedulerOptions } from './open-scheduler.ts';
import { isDueAlike, planOf } from './plan.ts';
import { SchedulerRefused } from './refusal.ts';
import {
  DEFAULT_GROUP,
  type Group,
  type Schedule,
  type ScheduleName,
  type ScheduleSettings,
  type Scope,
  scheduleArn,
} from './schedule.ts';
import { openSchedulerFile, type SchedulePage, SchedulerStore } from './scheduler-store.ts';

// Quotas for Amazon EventBridge Scheduler, User Guide.
const SCHEDULES_MAX = 1_000_000;
const GROUPS_MAX = 500;
const TAGS_MAX = 50;
/** AWS does not say for how long it remembers a token. */
const TOKEN_MS = 3_600_000;

/** A request that does nothing when it comes again. */
export interface Once {
  /** undefined: it was sent without one, and comes once. */
  readonly token: string | undefined;
  /** All that was asked for. */
  readonly request: unknown;
}

/** Schedules in our own words: what changes resolves when it is durable. Throws `SchedulerRefused`. */
export class Scheduler implements AsyncDisposable {
  readonly #options: SchedulerOptions;
  readonly #file: SqliteFile;
  readonly #store: SchedulerStore;
  readonly #fires: Fires;
  readonly #timetable: Timetable;

  constructor(options: SchedulerOptions, file: SqliteFile) {
    const { clock, log, random } = options;
    this.#options = options;
    this.#file = file;
    this.#store = new SchedulerStore(file);
    this.#fires = new Fires({ ...options, file, onCompleted: (schedule) => this.#removeCompleted(schedule) });
    this.#timetable = new Timetable({
      ...{ file, clock, log, random },
      fire: ({ key, scheduledMs, isLast }) => {
        const schedule = this.#scheduleOfArn(key);
        // Whatever deletes a schedule takes it from the timetable in the same transaction.
        if (schedule === undefined) log.error({ schedule: key }, 'a schedule that does not exist was due');
        else this.#fires.putWithin(schedule, scheduledMs, isLast);
      },
      onFired: () => this.#fires.wake(),
    });
  }

  schedule(scope: Scope, { group, name }: ScheduleName): Schedule {
    this.group(scope, group);
    const schedule = this.#store.schedule(scope, { group, name });
    if (schedule === undefined) throw new SchedulerRefused({ kind: 'no-such-schedule', name });
    return schedule;
  }

  schedules(scope: Scope, page: SchedulePage): Schedule[] {
    if (page.group !== undefined) this.group(scope, page.group);
    return this.#store.schedules(scope, page);
  }

  createSchedule(scope: Scope, place: ScheduleName, settings: ScheduleSettings, once: Once): Promise<void> {
    return this.#once(scope, once, (nowMs) => {
      this.group(scope, place.group);
      const { name } = place;
      if (this.#store.schedule(scope, place) !== undefined)
        throw new SchedulerRefused({ kind: 'schedule-exists', name });
      if (this.#store.countSchedules(scope) >= SCHEDULES_MAX)
        throw new SchedulerRefused({ kind: 'too-many-schedules', countMax: SCHEDULES_MAX });
      this.#store.addSchedule(scope, place, settings, nowMs);
      this.#plan({ ...scope, ...place, settings, anchorMs: nowMs }, nowMs);
    });
  }

  updateSchedule(scope: Scope, place: ScheduleName, settings: ScheduleSettings, once: Once): Promise<void> {
    return this.#once(scope, once, (nowMs) => {
      const found = this.schedule(scope, place);
      const isAlike = isDueAlike(found.settings, settings);
      const anchorMs = isAlike ? found.anchorMs : nowMs;
      this.#store.setSchedule(found.id, settings, anchorMs, nowMs);
      if (!isAlike) this.#plan({ ...found, settings, anchorMs }, nowMs);
    });
  }

  deleteSchedule(scope: Scope, place: ScheduleName, once: Once): Promise<void> {
    return this.#once(scope, once, () => {
      this.#remove(this.schedule(scope, place));
    });
  }

  group(scope: Scope, name: string): Group {
    const group = this.#store.group(scope, name) ?? (name === DEFAULT_GROUP ? this.#defaultGroup(scope) : undefined);
    if (group === undefined) throw new SchedulerRefused({ kind: 'no-such-group', name });
    return group;
  }

  groups(scope: Scope, page: { prefix: string; after: string; countMax: number }): Group[] {
    const { prefix, after, countMax } = page;
    const made = this.#store.groups(scope, page);
    if (!DEFAULT_GROUP.startsWith(prefix) || DEFAULT_GROUP <= after) return made;
    const all = [...made, this.#defaultGroup(scope)].sort((one, other) => (one.name < other.name ? -1 : 1));
    return all.slice(0, countMax);
  }

  createGroup(scope: Scope, name: string, tags: Readonly<Record<string, string>>, once: Once): Promise<void> {
    assertNotDefault(name);
    return this.#once(scope, once, (nowMs) => {
      if (this.#store.group(scope, name) !== undefined) throw new SchedulerRefused({ kind: 'group-exists', name });
      // The default group counts, too.
      if (this.#store.countGroups(scope) + 1 >= GROUPS_MAX)
        throw new SchedulerRefused({ kind: 'too-many-groups', countMax: GROUPS_MAX });
      this.#store.putGroup({ ...scope, name, tags, createdMs: nowMs, modifiedMs: nowMs });
    });
  }

  /** With all its schedules. */
  deleteGroup(scope: Scope, name: string, once: Once): Promise<void> {
    assertNotDefault(name);
    return this.#once(scope, once, () => {
      this.group(scope, name);
      for (const schedule of this.#store.namesIn(scope, name)) this.#remove({ ...scope, group: name, name: schedule });
      this.#store.removeGroup(scope, name);
    });
  }

  changeTags(
    scope: Scope,
    name: string,
    change: (tags: Readonly<Record<string, string>>) => Record<string, string>,
  ): Promise<void> {
    assertNotDefault(name);
    return this.#file.write(() => {
      const group = this.group(scope, name);
      const tags = change(group.tags);
      if (Object.keys(tags).length > TAGS_MAX) throw new SchedulerRefused({ kind: 'too-many-tags' });
      const nowMs = this.#options.clock.nowMs();
      this.#store.putGroup({ ...group, tags, createdMs: group.createdMs ?? nowMs, modifiedMs: nowMs });
    });
  }

  /** Fires and delivers nothing more; what is under way goes on until it is disposed. */
  async drain(): Promise<void> {
    this.#fires.stop();
    await this.#timetable.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#timetable.stop();
    await this.#fires[Symbol.asyncDispose]();
    this.#file.close();
  }

  /** Nobody has made it, so it has no dates of its own. */
  #defaultGroup(scope: Scope): Group {
    return { ...scope, name: DEFAULT_GROUP, tags: {}, createdMs: undefined, modifiedMs: undefined };
  }

  #plan(schedule: Scope & ScheduleName & Pick<Schedule, 'settings' | 'anchorMs'>, nowMs: number): void {
    const planned = planOf(schedule, nowMs);
    if (planned === undefined) this.#timetable.remove(scheduleArn(schedule));
    else this.#timetable.set(scheduleArn(schedule), planned.plan, planned.afterMs);
  }

  #remove(schedule: Scope & ScheduleName): void {
    this.#store.removeSchedule(schedule, schedule);
    this.#timetable.remove(scheduleArn(schedule));
  }

  /** Unless it was changed since, or made anew. */
  #removeCompleted({ id, arn, modifiedMs }: { id: number; arn: string; modifiedMs: number }): Promise<void> {
    return this.#file.write(() => {
      const found = this.#scheduleOfArn(arn);
      if (found?.id === id && found.modifiedMs === modifiedMs) this.#remove(found);
    });
  }

  #scheduleOfArn(arn: string): Schedule | undefined {
    const [, region, account, group, name] = ARN.exec(arn) ?? [];
    if (region === undefined || account === undefined || group === undefined || name === undefined) return undefined;
    return this.#store.schedule({ account, region }, { group, name });
  }

  #once(scope: Scope, { token, request }: Once, work: (nowMs: number) => void): Promise<void> {
    const hash = createHash('sha256').update(JSON.stringify(request)).digest('base64url');
    return this.#file.write(() => {
      const nowMs = this.#options.clock.nowMs();
      if (token === undefined) return work(nowMs);
      const earlier = this.#store.request(scope, token, nowMs);
      if (earlier === hash) return;
      if (earlier !== undefined) throw new SchedulerRefused({ kind: 'token-used-otherwise', token });
      work(nowMs);
      this.#store.addToken(scope, token, hash, nowMs, nowMs + TOKEN_MS);
    });
  }
}

const ARN = /^arn:aws:scheduler:([^:]+):(\d{12}):schedule\/([^/]+)\/(.+)$/;

function assertNotDefault(name: string): void {
  if (name === DEFAULT_GROUP) throw new SchedulerRefused({ kind: 'default-group' });
}

/** Opens `<dataDir>/scheduler.db`, or makes it. Throws when it cannot be read. */
export function openSchedules(options: SchedulerOptions): Scheduler {
  return new Scheduler(options, openSchedulerFile(join(options.dataDir, SCHEDULER_FILE), options.log));
}
