import { replaceVersions } from '../activation.ts';
import { type Entry, versionsOf } from '../catalogue.ts';
import { provisionedPart } from '../concurrency.ts';
import { type Change, LATEST, type Now, type Version } from '../function.ts';
import { deactivate } from '../life-cycle.ts';
import type { Attendance } from './attendance.ts';

export interface IdleRule {
  /** A version that has not been used for so long becomes inactive. */
  readonly afterMs: number;
  /** Uses are noted in steps of so much, by the later end, so that a version in steady use is seldom written. */
  readonly grainMs: number;
}

/**
 * What a look at a function changes: versions that were used since the last one get a note of that, unless they have one for
 * now already; those that have not been used for long become inactive. `$LATEST` is used with any of its versions.
 * undefined: nothing changes. Only what is active is judged.
 */
export function judge(
  entry: Entry,
  wasUsed: (version: Version) => boolean,
  { attendedMs, usedMsMin }: Pick<Attendance, 'attendedMs' | 'usedMsMin'>,
  { afterMs, grainMs }: IdleRule,
  now: Now,
): Change | undefined {
  const active = versionsOf(entry).filter(({ lifecycle }) => lifecycle.kind === 'active');
  const isUsed = (version: Version) =>
    version.usedMs === undefined || wasUsed(version) || provisionedPart(entry.head, version.version) !== undefined;
  const isFunctionUsed = active.some(isUsed);
  const changed = active.flatMap((version) => {
    const { usedMs } = version;
    // $LATEST is what tools look at before they change a function, though in production nobody may invoke it.
    if (usedMs === undefined || isUsed(version) || (version.version === LATEST && isFunctionUsed)) {
      const isNoted = usedMs !== undefined && usedMs >= attendedMs;
      return isNoted ? [] : [{ ...version, usedMs: Math.ceil(attendedMs / grainMs) * grainMs }];
    }
    return Math.max(usedMs, usedMsMin) + afterMs <= attendedMs ? [deactivate(version, now)] : [];
  });
  return changed.length === 0 ? undefined : replaceVersions(entry.head, changed);
}
