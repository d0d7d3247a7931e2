import type { Entry } from './catalogue.ts';
import type { Change, Now, Version } from './function.ts';
import { isSettled, type Outcome, settle } from './life-cycle.ts';

/** The versions of a function that wait to be prepared, one for each definition. */
export function unsettled({ head, versions }: Entry): Version[] {
  const byDefinition = new Map<string, Version>();
  for (const version of [head.latest, ...versions.values()]) {
    if (!isSettled(version) && !byDefinition.has(version.definition.id))
      byDefinition.set(version.definition.id, version);
  }
  return [...byDefinition.values()];
}

/** What the end of a definition's preparation changes; undefined if nothing waits for it, or it failed as before. */
export function settleDefinition(
  { head, versions }: Entry,
  id: string,
  outcome: Outcome,
  now: Now,
): Change | undefined {
  const waits = (version: Version) =>
    version.definition.id === id && !isSettled(version) && (outcome.ok || !('reason' in version.lifecycle));
  const settled = [...versions.values()].filter(waits).map((version) => settle(version, outcome, now));
  if (!waits(head.latest)) return settled.length === 0 ? undefined : { head, versions: settled };
  return { head: { ...head, latest: settle(head.latest, outcome, now) }, versions: settled };
}
