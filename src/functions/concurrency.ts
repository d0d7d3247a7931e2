import type { Entry } from './catalogue.ts';
import { type FunctionKey, functionArn, type Head, type Now, type Provisioned, type Version } from './function.ts';
import { running } from './life-cycle.ts';
import { Refused } from './refusal.ts';

/** AWS: default quota of concurrent executions, over all functions of an account in a region (lambda-facts 4.3). */
export const CONCURRENT_EXECUTIONS_MAX = 1_000;
/** AWS: what reservations must leave to the functions without one (lambda-facts 10.1). */
export const UNRESERVED_MIN = 100;

/** Provisioned concurrency of all of a function's versions. */
export function provisionedTotal({ provisioned }: Head): number {
  let total = 0;
  // No Object.values: this lies on the path of every invoke.
  for (const version in provisioned) total += provisioned[version]?.requested ?? 0;
  return total;
}

/** What a function takes out of its account's concurrency for itself; provisioned is part of reserved, not on top of it. */
export function claimOf(head: Head): number {
  return head.reserved ?? provisionedTotal(head);
}

/**
 * The head with this concurrency reserved, `unreserved` being what its account has left now. Throws `Refused`
 * (lambda-facts 10.1).
 */
export function reserve(head: Head, reserved: number, unreserved: number): Head {
  if (unreserved + claimOf(head) - reserved < UNRESERVED_MIN) throw new Refused({ kind: 'reserves-too-much' });
  const provisioned = provisionedTotal(head);
  if (reserved < provisioned) throw new Refused({ kind: 'reserves-too-little', reserved, provisioned });
  return { ...head, reserved };
}

/**
 * The head with provisioned concurrency for a published version, which gets another revision (lambda-facts 10.2).
 * Throws `Refused`.
 */
export function provision(
  head: Head,
  version: Version,
  request: { readonly requested: number; readonly unreserved: number },
  now: Now,
): { head: Head; version: Version; modifiedMs: number } {
  const { requested, unreserved } = request;
  const { reserved, provisioned = {} } = head;
  if (version.definition.settings.snapStart === true) throw new Refused({ kind: 'provisions-snap-start' });
  if (running(version) === undefined && version.lifecycle.kind !== 'creating') {
    throw new Refused({ kind: 'wrong-state', state: 'Failed' });
  }
  const before = provisioned[version.version]?.requested ?? 0;
  if (reserved !== undefined) {
    if (provisionedTotal(head) - before + requested > reserved) {
      throw new Refused({ kind: 'provisions-more-than-reserved' });
    }
  } else {
    const left = unreserved + before;
    if (requested > left) throw new Refused({ kind: 'provisions-more-than-left', left });
    if (left - requested < UNRESERVED_MIN) throw new Refused({ kind: 'provisions-too-much' });
  }
  const config: Provisioned = { requested, modifiedMs: now.nowMs };
  return {
    head: { ...head, provisioned: { ...provisioned, [version.version]: config } },
    version: { ...version, revisionId: now.uuid() },
    modifiedMs: now.nowMs,
  };
}

/** The head without provisioned concurrency for this version; the same head if it had none. */
export function withoutProvisioned(head: Head, version: string): Head {
  if (head.provisioned?.[version] === undefined) return head;
  const { [version]: _, ...provisioned } = head.provisioned;
  return { ...head, provisioned };
}

/** The published version that a qualifier of provisioned concurrency means. Throws `Refused`. */
export function provisionable(entry: Entry | undefined, key: FunctionKey, qualifier: string): Version {
  const version = entry?.versions.get(qualifier);
  if (version !== undefined) return version;
  const arn = functionArn(key, qualifier);
  throw new Refused({ kind: /^[0-9]+$/.test(qualifier) ? 'no-such-function' : 'no-such-alias', arn });
}
