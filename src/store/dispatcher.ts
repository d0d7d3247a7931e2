// Works on what waits in a queue: bounded in all, and fair to its groups. Per group only a few numbers are in memory; what
// waits is on the disk.
//
// Fairness: a group may be worked on as often at once as there are free slots left, so the first one gets half of all, two
// get a third each, and there is always something left for the next one (dynamic thresholds, Choudhury and Hahne 1998).
// Within that a group has a window, which shrinks when its messages are throttled, and grows while they are late: quickly as
// long as the machine has processor time left, since more at once end sooner then; without it only for work that takes
// long, and slowly, since more at once would only be slower, each in an environment of its own.

import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import { bytesOf, type Queue, type QueueMessage } from './queue.ts';

/** What has become of a message. */
export type Verdict =
  | { readonly kind: 'settled' }
  /** To come again. `throttled`: there was no room for it, so there is none for its group's other messages either. */
  | { readonly kind: 'postponed'; readonly dueMs: number; readonly state: string; readonly throttled?: boolean };

export interface DispatcherOptions {
  readonly queue: Queue;
  readonly clock: Clock;
  readonly log: Logger;
  /** Messages that are worked on at once, over all groups. */
  readonly slots: number;
  /** What rejects is tried again later. `signal` aborts when the dispatcher is stopped for good. */
  readonly work: (message: QueueMessage, signal: AbortSignal) => Promise<Verdict>;
  /** How many of a group may be worked on at once, if that is known; asked again and again. */
  readonly limitOf?: (group: string) => number | undefined;
  /** Whether the machine has no processor time left; asked while messages are late. */
  readonly isBusy: () => boolean;
}

export interface Dispatcher extends AsyncDisposable {
  /** A message has been put. */
  wake(group: string, dueMs: number): void;
  /** Begins no more. What is under way goes on to its end. */
  stop(): void;
}

/** Of messages in memory at once; one more begins as long as there are less. */
const BYTES_MAX = 64 * 1024 * 1024;
const WINDOW_START = 16;
/** A window grows by one in so many milliseconds … */
const GROWTH_MS = 20;
/** … or on a busy machine in so many, for work that takes that long … */
const BUSY_GROWTH_MS = 1_000;
/** … while the group's first message is later than this. */
const LATE_MS = 1_000;
/** After a throttle, before the group's next message is tried. */
const PAUSE_MS = 1_000;
/** How often a group is looked at that is held up by others, by its window or by its limit. */
const HELD_UP_MS = 100;
/** After the disk refused, or a mistake of ours. */
const TROUBLE_MS = 1_000;

interface Group {
  readonly name: string;
  inFlight: number;
  window: number;
  grownMs: number;
  /** How long its work takes, on average, the latest counting most. */
  workMs: number;
  pausedUntilMs: number;
  /** Of the first message that nobody works on; undefined: there is none. */
  dueMs: number | undefined;
}

/** Works until it is stopped; on what the queue holds already, too. */
export async function openDispatcher(options: DispatcherOptions): Promise<Dispatcher> {
  const { queue, clock, log, slots, work, limitOf, isBusy } = options;
  const groups = new Map<string, Group>();
  /** Those that may have something to do now, longest waiting first. */
  const ready = new Set<Group>();
  const ending = new AbortController();
  const aborted = new Promise<void>((resolve) => ending.signal.addEventListener('abort', () => resolve()));
  const under = new Set<Promise<void>>();
  let inFlight = 0;
  let bytes = 0;
  let unsettled = 0;
  let isStopped = false;
  let isLooking = false;
  let alarm: { atMs: number; timer: Disposable } | undefined;

  const groupOf = (name: string): Group => {
    const known = groups.get(name);
    if (known !== undefined) return known;
    const made: Group = {
      name,
      inFlight: 0,
      window: WINDOW_START,
      grownMs: clock.nowMs(),
      workMs: 0,
      pausedUntilMs: 0,
      dueMs: undefined,
    };
    groups.set(name, made);
    return made;
  };

  const wake = (name: string, dueMs: number): void => {
    const group = groupOf(name);
    group.dueMs = Math.min(group.dueMs ?? dueMs, dueMs);
    ready.add(group);
    look();
  };

  const alarmAt = (atMs: number): void => {
    if (isStopped || (alarm !== undefined && alarm.atMs <= atMs)) return;
    alarm?.timer[Symbol.dispose]();
    const timer = clock.after(Math.max(1, atMs - clock.nowMs()), () => {
      alarm = undefined;
      for (const group of groups.values()) if (group.dueMs !== undefined) ready.add(group);
      look();
    });
    alarm = { atMs, timer };
  };

  /** How many more of the group may begin now. */
  const room = (group: Group, nowMs: number): number => {
    const free = slots - inFlight - group.inFlight;
    const limit = limitOf?.(group.name) ?? Number.POSITIVE_INFINITY;
    const late = group.dueMs !== undefined && nowMs - group.dueMs > LATE_MS;
    if (group.inFlight >= group.window && late) grow(group, nowMs);
    return Math.min(Math.ceil(free / 2), Math.min(group.window, limit) - group.inFlight);
  };

  const grow = (group: Group, nowMs: number): void => {
    const busy = isBusy();
    if (busy && group.workMs < BUSY_GROWTH_MS) {
      group.grownMs = nowMs;
      return;
    }
    const more = Math.floor((nowMs - group.grownMs) / (busy ? BUSY_GROWTH_MS : GROWTH_MS));
    if (more === 0) return;
    // Not more than twice as much: it may have been long since the last look.
    group.window = Math.min(slots, group.window + Math.min(group.window, more));
    group.grownMs = nowMs;
  };

  const look = (): void => {
    if (isLooking || isStopped) return;
    isLooking = true;
    const looking = (async () => {
      try {
        for (const group of ready) {
          if (isStopped || unsettled > 0) break;
          ready.delete(group);
          await begin(group);
        }
      } catch (error) {
        log.error({ err: error }, 'the queue cannot be read now');
        alarmAt(clock.nowMs() + TROUBLE_MS);
      } finally {
        isLooking = false;
      }
    })();
    track(looking);
  };

  /** Takes what the group may do now, and sees to it that it is looked at again. */
  const begin = async (group: Group): Promise<void> => {
    const nowMs = clock.nowMs();
    if (group.dueMs === undefined) {
      if (group.inFlight === 0) groups.delete(group.name);
      return;
    }
    const fromMs = Math.max(group.dueMs, group.pausedUntilMs);
    if (fromMs > nowMs) return alarmAt(fromMs);
    const limit = bytes < BYTES_MAX ? room(group, nowMs) : 0;
    if (limit <= 0) return alarmAt(nowMs + HELD_UP_MS);
    // What is put while the queue is read wakes the group again.
    group.dueMs = undefined;
    let taken: Awaited<ReturnType<Queue['take']>>;
    try {
      taken = await queue.take(group.name, { nowMs, limit, bytesMax: BYTES_MAX - bytes });
    } catch (error) {
      group.dueMs = nowMs;
      throw error;
    }
    // Stopped while the queue was read: what it gave is leased until it is closed, and comes again with the next start.
    if (isStopped) return;
    for (const message of taken.messages) run(group, message);
    const { nextDueMs } = taken;
    if (nextDueMs !== undefined) group.dueMs = Math.min(group.dueMs ?? nextDueMs, nextDueMs);
    if (group.dueMs !== undefined) ready.add(group);
    else if (group.inFlight === 0) groups.delete(group.name);
  };

  const run = (group: Group, message: QueueMessage): void => {
    group.inFlight += 1;
    inFlight += 1;
    bytes += bytesOf(message);
    const beganMs = clock.monotonicMs();
    const running = work(message, ending.signal)
      .catch((error: unknown): Verdict | undefined => {
        // What is stopped was not wrong: it is still in the queue, and comes again with the next start.
        if (ending.signal.aborted) return undefined;
        log.error({ err: error, group: group.name }, 'work on a queued message has failed, and is tried again');
        return { kind: 'postponed', dueMs: clock.nowMs() + TROUBLE_MS, state: message.state };
      })
      .then((verdict) => {
        group.inFlight -= 1;
        inFlight -= 1;
        bytes -= bytesOf(message);
        group.workMs += (clock.monotonicMs() - beganMs - group.workMs) / 8;
        if (verdict === undefined) return undefined;
        if (verdict.kind === 'postponed' && verdict.throttled) {
          group.window = Math.max(1, Math.floor(group.window / 2));
          group.pausedUntilMs = clock.nowMs() + PAUSE_MS;
        }
        ready.add(group);
        look();
        return keep(group, message, verdict);
      });
    track(running);
  };

  /** Writes down what has become of a message. While that fails, no other one is begun: its end could not be kept either. */
  const keep = async (group: Group, message: QueueMessage, verdict: Verdict): Promise<void> => {
    let isTold = false;
    for (;;) {
      try {
        await (verdict.kind === 'settled' ? queue.settle(message.id) : queue.postpone(message.id, verdict));
        break;
      } catch (error) {
        if (ending.signal.aborted) return;
        if (!isTold) {
          unsettled += 1;
          log.error(
            { err: error, group: group.name },
            'the end of a queued message cannot be written; the queue waits',
          );
        }
        isTold = true;
        await Promise.race([clock.sleep(TROUBLE_MS), aborted]);
        if (ending.signal.aborted) return;
      }
    }
    if (isTold) unsettled -= 1;
    if (verdict.kind === 'postponed') wake(group.name, verdict.dueMs);
    else if (isTold) look();
  };

  /** For a stop: none of these rejects. */
  const track = (work: Promise<void>): void => {
    under.add(work);
    work.then(() => under.delete(work));
  };

  for (const { group, dueMs } of await queue.groups()) wake(group, dueMs);

  const stop = () => {
    isStopped = true;
    alarm?.timer[Symbol.dispose]();
  };
  return {
    wake,
    stop,
    async [Symbol.asyncDispose]() {
      stop();
      ending.abort(new Error('Lambent is stopping'));
      await Promise.all(under);
    },
  };
}
