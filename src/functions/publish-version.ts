import { isDeepStrictEqual } from 'node:util';
import type { Change, Definition, Head, Now, Version } from './function.ts';
import { assertRevision, assertSettled } from './life-cycle.ts';
import { Refused } from './refusal.ts';

export interface PublishRequest {
  /** Only the version's; `$LATEST` keeps its own. */
  readonly description?: string | undefined;
  /** Hex digest that the caller takes for the code of `$LATEST`, and that as the caller wrote it. */
  readonly expectedCode?: { readonly given: string; readonly current: string } | undefined;
  readonly revisionId?: string | undefined;
}

/**
 * Publishes `$LATEST` (lambda-facts 5.1). Without a change since the last time the answer is that version again, and
 * `change` is undefined. Throws `Refused`.
 */
export function publishVersion(
  head: Head,
  request: PublishRequest,
  now: Now,
): { number: number; change: Change | undefined } {
  assertSettled(head);
  assertRevision(head, request.revisionId);
  const { latest, lastPublished, published } = head;
  const { kind } = latest.lifecycle;
  if (kind !== 'active' && kind !== 'inactive') throw new Refused({ kind: 'wrong-state', state: 'Failed' });
  const { expectedCode } = request;
  if (expectedCode !== undefined && expectedCode.given !== expectedCode.current) {
    throw new Refused({ kind: 'other-code', ...expectedCode });
  }
  if (
    lastPublished !== undefined &&
    published.includes(lastPublished.number) &&
    isSameContent(lastPublished.definition, latest.definition)
  ) {
    return { number: lastPublished.number, change: undefined };
  }
  const change = addVersion({ ...head, latest: { ...latest, revisionId: now.uuid() } }, request.description, now);
  return { number: head.nextVersion, change };
}

/** The head with one more version, made from `$LATEST` as it stands; both are to be prepared if that one is, and the version with SnapStart always. */
export function addVersion(head: Head, description: string | undefined, now: Now): Change {
  const { definition, lifecycle, modifiedMs } = head.latest;
  const version: Version = {
    version: String(head.nextVersion),
    definition:
      description === undefined ? definition : { ...definition, settings: { ...definition.settings, description } },
    lifecycle: lifecycle.kind === 'active' && definition.settings.snapStart !== true ? lifecycle : { kind: 'creating' },
    revisionId: now.uuid(),
    modifiedMs,
  };
  return {
    head: {
      ...head,
      nextVersion: head.nextVersion + 1,
      published: [...head.published, head.nextVersion],
      lastPublished: { number: head.nextVersion, definition },
    },
    versions: [version],
  };
}

function isSameContent(one: Definition, other: Definition): boolean {
  return isDeepStrictEqual(content(one), content(other));
}

/** As it would come back from the store, where a member that is undefined is none. */
function content({ id: _, ...rest }: Definition): unknown {
  return JSON.parse(JSON.stringify(rest));
}
