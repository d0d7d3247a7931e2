import type { Entry } from './catalogue.ts';
import { type Change, type Head, LATEST, type Now, type Version } from './function.ts';
import { isSettled, type Outcome, settle } from './life-cycle.ts';
import { runnableId } from './to-runnable.ts';

/**
 * What versions that share it are prepared once for: their definition. A published version with SnapStart is prepared by
 * itself, since its hooks run then.
 */
export function preparationOf({ version, definition }: Version): string {
  const byItself = version !== LATEST && definition.settings.snapStart === true;
  return byItself ? runnableId(version, definition) : definition.id;
}

/** The versions of a function that wait to be prepared, one for each preparation. */
export function unsettled({ head, versions }: Entry): Version[] {
  const byPreparation = new Map<string, Version>();
  for (const version of [head.latest, ...versions.values()]) {
    const preparation = preparationOf(version);
    if (!isSettled(version) && !byPreparation.has(preparation)) byPreparation.set(preparation, version);
  }
  return [...byPreparation.values()];
}

/** The change that puts these versions of a function, of which `$LATEST` may be one, in the place of those it has. */
export function replaceVersions(head: Head, versions: readonly Version[]): Change {
  const latest = versions.find(({ version }) => version === LATEST) ?? head.latest;
  return { head: { ...head, latest }, versions: versions.filter(({ version }) => version !== LATEST) };
}

/** AWS's code for a version that has failed since there is no interpreter for it. */
export const INVALID_RUNTIME = 'InvalidRuntime';

/** Those that have failed for want of a runtime which is there now, one for each preparation. */
export function runnableNow(entry: Entry, isThere: (runtime: string) => boolean): Version[] {
  return unsettled(entry).filter(
    ({ lifecycle, definition }) =>
      'reasonCode' in lifecycle && lifecycle.reasonCode === INVALID_RUNTIME && isThere(definition.settings.runtime),
  );
}

/** What the end of a preparation changes; undefined if nothing waits for it, or it failed as before. */
export function settlePrepared(
  { head, versions }: Entry,
  preparation: string,
  outcome: Outcome,
  now: Now,
): Change | undefined {
  const failedSo = ({ lifecycle }: Version) =>
    !outcome.ok && 'reasonCode' in lifecycle && lifecycle.reasonCode === outcome.reasonCode;
  const waits = (version: Version) =>
    preparationOf(version) === preparation && !isSettled(version) && !failedSo(version);
  const settled = [...versions.values()].filter(waits).map((version) => settle(version, outcome, now));
  if (!waits(head.latest)) return settled.length === 0 ? undefined : { head, versions: settled };
  return { head: { ...head, latest: settle(head.latest, outcome, now) }, versions: settled };
}
