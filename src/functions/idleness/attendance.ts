/**
 * For how long servers have looked after these functions: the time that idleness is measured in. It stands still while
 * no server runs, or the machine sleeps, and does not follow a wall clock that jumps.
 */
export interface Attendance {
  readonly attendedMs: number;
  /** By the wall clock, when somebody looked last. */
  readonly lookedMs: number;
  /** Every function counts as used at least then: what was noted before may have been lost. */
  readonly usedMsMin: number;
  /** Whether the server that looked last wrote down all that it knew. */
  readonly isComplete: boolean;
}

/** One more look. Nobody looks later than twice the interval unless nobody was there. */
export function attend(before: Attendance, nowMs: number, everyMs: number): Attendance {
  const sinceMs = Math.min(Math.max(nowMs - before.lookedMs, 0), 2 * everyMs);
  return { ...before, attendedMs: before.attendedMs + sinceMs, lookedMs: nowMs, isComplete: false };
}

/** A server starts. `before`: what the last one wrote; undefined: there was none. */
export function beginAttendance(before: Attendance | undefined, nowMs: number, everyMs: number): Attendance {
  if (before === undefined) return { attendedMs: 0, lookedMs: nowMs, usedMsMin: 0, isComplete: false };
  const now = attend(before, nowMs, everyMs);
  // What the last one did not write down happened before now, at the latest.
  return before.isComplete ? now : { ...now, usedMsMin: now.attendedMs };
}
