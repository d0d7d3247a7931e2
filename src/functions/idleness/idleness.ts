import { background } from '../../lib/background.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import type { Records } from '../../store/records.ts';
import { versionsOf } from '../catalogue.ts';
import type { Editing } from '../editing.ts';
import type { FunctionKey } from '../function.ts';
import { type Attendance, attend, beginAttendance } from './attendance.ts';
import { type IdleRule, judge } from './idle.ts';

/** Set to true by whoever uses a version; it costs no more than that. */
export interface Use {
  happened: boolean;
}

/** Notes, now and then, which versions are used, and makes those inactive that have not been for long. */
export interface Idleness extends AsyncDisposable {
  /** Of one version: the same object each time. `uid`: the function's. */
  useOf(uid: string, version: string): Use;
  /** Resolves when no look is under way. */
  idle(): Promise<void>;
}

export interface IdlenessOptions {
  readonly editing: Editing;
  readonly records: Records;
  readonly clock: Clock;
  readonly log: Logger;
  /** undefined: no version ever becomes inactive. */
  readonly afterMs: number | undefined;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const RECORD = 'idleness';
const AT_ONCE = 64;
const nameOf = (uid: string, version: string) => `${uid} ${version}`;

/**
 * A use is a mark in memory until the next look writes it down. A server that is killed in between has lost some: the next
 * one then takes every version for used when it starts, so that none becomes inactive too early.
 */
export async function openIdleness({ editing, records, clock, log, afterMs }: IdlenessOptions): Promise<Idleness> {
  const { catalogue, inTurn } = editing;
  const stored = await records.get(RECORD);
  let revision = stored?.revision ?? 0;
  const write = async (attendance: Attendance): Promise<void> => {
    revision = await records.put(RECORD, JSON.stringify(attendance), { ifRevision: revision });
  };
  const last: Attendance | undefined = stored === undefined ? undefined : JSON.parse(stored.value);

  if (afterMs === undefined) {
    // Nothing is noted from now on, which whoever looks next has to know.
    if (last?.isComplete === true) await write({ ...last, isComplete: false });
    const never: Use = { happened: false };
    return { useOf: () => never, idle: async () => {}, [Symbol.asyncDispose]: async () => {} };
  }

  const rule: IdleRule = { afterMs, grainMs: Math.min(DAY_MS, afterMs / 14) };
  const everyMs = Math.min(HOUR_MS, Math.max(rule.grainMs / 4, 100));
  let attendance = beginAttendance(last, clock.nowMs(), everyMs);
  await write(attendance);

  const uses = new Map<string, Use>();
  const useOf = (uid: string, version: string): Use => {
    const name = nameOf(uid, version);
    const known = uses.get(name);
    if (known !== undefined) return known;
    const use = { happened: false };
    uses.set(name, use);
    return use;
  };

  const lookAt = (key: FunctionKey, by: IdleRule) =>
    inTurn(key, async () => {
      const entry = catalogue.get(key);
      if (entry === undefined) return;
      const { uid } = entry.head;
      const happened = versionsOf(entry)
        .map(({ version }) => useOf(uid, version))
        .filter((use) => use.happened);
      const change = judge(entry, ({ version }) => useOf(uid, version).happened, attendance, by, editing.now());
      // Before anything is waited for: what happens from now on is for the next look.
      for (const use of happened) use.happened = false;
      try {
        if (change !== undefined) await catalogue.commit(change);
      } catch (error) {
        for (const use of happened) use.happened = true;
        throw error;
      }
    });

  /** Answers whether all was written down. */
  const look = async (by: IdleRule): Promise<boolean> => {
    attendance = attend(attendance, clock.nowMs(), everyMs);
    const entries = [...catalogue.all()];
    const keys = entries.map(({ head }) => head.key);
    const names = new Set(
      entries.flatMap((entry) => versionsOf(entry).map(({ version }) => nameOf(entry.head.uid, version))),
    );
    for (const name of uses.keys()) if (!names.has(name)) uses.delete(name);
    let isComplete = true;
    for (let from = 0; from < keys.length; from += AT_ONCE) {
      for (const looked of await Promise.allSettled(keys.slice(from, from + AT_ONCE).map((key) => lookAt(key, by)))) {
        if (looked.status === 'fulfilled') continue;
        isComplete = false;
        log.error({ err: looked.reason }, 'whether a function was used could not be stored');
      }
    }
    return isComplete;
  };

  const work = background((error) => log.error({ err: error }, 'looking for idle functions failed'));
  let timer: Disposable;
  const later = (): void => {
    timer = clock.after(everyMs, () => {
      work.run(async (signal) => {
        try {
          await look(rule);
          await write(attendance);
        } finally {
          if (!signal.aborted) later();
        }
      });
    });
  };
  later();

  return {
    useOf,
    idle: work.idle,
    async [Symbol.asyncDispose]() {
      timer[Symbol.dispose]();
      await work[Symbol.asyncDispose]();
      timer[Symbol.dispose]();
      try {
        const isComplete = await look({ ...rule, afterMs: Number.POSITIVE_INFINITY });
        await write({ ...attendance, isComplete });
      } catch (error) {
        log.error({ err: error }, 'whether functions were used could not be stored');
      }
    },
  };
}
