import {
  type Definition,
  type Failure,
  functionArn,
  type Head,
  type Lifecycle,
  type Now,
  type Version,
} from './function.ts';
import { Refused } from './refusal.ts';

/** How the work behind a change ended. */
export type Outcome = { ok: true } | ({ ok: false } & Failure);

/** Throws `Refused` while an earlier change of `$LATEST` is under way (lambda-facts 3.2: also while it is created). */
export function assertSettled({ key, latest }: Head): void {
  const { kind } = latest.lifecycle;
  if (kind === 'creating' || kind === 'updating' || kind === 'restoring')
    throw new Refused({ kind: 'update-in-progress', arn: functionArn(key) });
}

/** Throws `Refused` unless the caller knows the newest revision, or did not say which one it knows. */
export function assertRevision({ latest }: Head, revisionId: string | undefined): void {
  if (revisionId !== undefined && revisionId !== latest.revisionId) throw new Refused({ kind: 'stale-revision' });
}

/** `$LATEST` with a new definition whose preparation begins. */
export function beginUpdate(latest: Version, definition: Definition, now: Now): Version {
  return {
    version: latest.version,
    definition,
    lifecycle: updating(latest),
    revisionId: now.uuid(),
    modifiedMs: now.nowMs,
  };
}

function updating({ definition, lifecycle }: Version): Lifecycle {
  switch (lifecycle.kind) {
    // There is nothing yet that could run meanwhile.
    case 'creating':
    case 'creation-failed':
      return { kind: 'creating' };
    case 'active':
      return { kind: 'updating', previous: definition };
    // What it ran is packed away, not lost: invocations run it until the new one is ready, unless it could not be brought back.
    case 'inactive':
      return lifecycle.failure === undefined ? { kind: 'updating', previous: definition } : { kind: 'creating' };
    case 'restoring':
      return { kind: 'creating' };
    case 'updating':
    case 'update-failed':
      return { kind: 'updating', previous: lifecycle.previous };
  }
}

/** The version, which nobody has used for long, with its code packed away; AWS: Inactive. */
export function deactivate({ usedMs: _, ...version }: Version, now: Now): Version {
  return { ...version, lifecycle: { kind: 'inactive' }, revisionId: now.uuid() };
}

/** An inactive version whose preparation begins. */
export function beginRestore(version: Version, now: Now): Version {
  return { ...version, lifecycle: { kind: 'restoring' }, revisionId: now.uuid() };
}

/** The version once its preparation has ended; AWS gives another revision id for that (lambda-facts 5.3). */
export function settle(version: Version, outcome: Outcome, now: Now): Version {
  return { ...version, lifecycle: settled(version.lifecycle, outcome), revisionId: now.uuid() };
}

function settled(lifecycle: Lifecycle, outcome: Outcome): Lifecycle {
  if (outcome.ok) return { kind: 'active' };
  const { reason, reasonCode } = outcome;
  // AWS: "If Lambda fails to recreate the resources, the function returns to the inactive state" (functions-states).
  if (lifecycle.kind === 'restoring') return { kind: 'inactive', failure: { reason, reasonCode } };
  return 'previous' in lifecycle
    ? { kind: 'update-failed', previous: lifecycle.previous, reason, reasonCode }
    : { kind: 'creation-failed', reason, reasonCode };
}

/** Whether no preparation has to be started (again): also what failed is tried once more when the server starts. */
export function isSettled({ lifecycle }: Version): boolean {
  return lifecycle.kind === 'active' || lifecycle.kind === 'inactive';
}

/** What an invocation of this version runs now; undefined if nothing can run. */
export function running({ definition, lifecycle }: Version): Definition | undefined {
  switch (lifecycle.kind) {
    case 'creating':
    case 'creation-failed':
    case 'inactive':
    case 'restoring':
      return undefined;
    case 'active':
      return definition;
    case 'updating':
    case 'update-failed':
      return lifecycle.previous;
  }
}

/** Every definition that a version may still run: its code has to stay. */
export function definitionsOf({ definition, lifecycle }: Version): Definition[] {
  return 'previous' in lifecycle ? [definition, lifecycle.previous] : [definition];
}
