import { readExpression } from '../../schedules/expression.ts';
import type { Plan } from '../../schedules/timetable.ts';
import type { Schedule, ScheduleSettings } from './schedule.ts';

/**
 * AWS fires within a minute of the time, so a single time that has just passed when its schedule is made is still due; an
 * older one never is.
 */
const JUST_PASSED_MS = 60_000;

/** When the schedule is due, and after which moment first; undefined: it is disabled. */
export function planOf(
  { settings, anchorMs }: Pick<Schedule, 'settings' | 'anchorMs'>,
  nowMs: number,
): { plan: Plan; afterMs: number } | undefined {
  const { expression, zone, startMs, endMs, isEnabled, windowMinutes = 0 } = settings;
  if (!isEnabled) return undefined;
  const kind = readExpression(expression, 'schedules')?.kind;
  const plan: Plan = {
    ...{ expression, dialect: 'schedules', zone },
    anchorMs: startMs ?? anchorMs,
    // Neither limits a single time (API reference, CreateSchedule).
    ...(kind === 'at' ? {} : { fromMs: startMs, untilMs: endMs }),
    windowMs: windowMinutes * 60_000,
  };
  if (kind === 'at') return { plan, afterMs: nowMs - JUST_PASSED_MS };
  // A rate without a start begins at once (User Guide, "Rate-based schedules").
  return { plan, afterMs: kind === 'rate' ? nowMs - 1 : nowMs };
}

/** Whether a change leaves alone when the schedule is due: a rate then goes on as it was. */
export function isDueAlike(one: ScheduleSettings, other: ScheduleSettings): boolean {
  const keys = ['expression', 'zone', 'startMs', 'endMs', 'isEnabled', 'windowMinutes'] as const;
  return keys.every((key) => one[key] === other[key]);
}
