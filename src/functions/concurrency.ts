import { own } from '../lib/own.ts';
import type { Entry } from './catalogue.ts';
import {
  type FunctionKey,
  functionArn,
  type Head,
  isNumber,
  LATEST,
  type Now,
  type Provisioned,
  type Version,
} from './function.ts';
import { running } from './life-cycle.ts';
import { aliasOf, lookUp, versionAt } from './qualifier.ts';
import { Refused } from './refusal.ts';

/** AWS: default quota of concurrent executions, over all functions of an account in a region (lambda-facts 4.3). */
export const CONCURRENT_EXECUTIONS_MAX = 1_000;
/** AWS: what reservations must leave to the functions without one (lambda-facts 10.1). */
export const UNRESERVED_MIN = 100;

/** Provisioned concurrency of all of a function's versions and aliases. */
export function provisionedTotal({ provisioned }: Head): number {
  let total = 0;
  // No Object.values: this lies on the path of every invoke.
  for (const qualifier in provisioned) total += provisioned[qualifier]?.requested ?? 0;
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

/** Provisioned concurrency that serves a version's invocations, and the qualifier it was given to: its own, or an alias's. */
export interface ProvisionedPart {
  readonly qualifier: string;
  readonly requested: number;
}

/**
 * The provisioned concurrency that a version can use. An alias's is that of the version it points to, however that is
 * invoked, and with a weight also of the other one, unless that has its own.
 */
export function provisionedPart(head: Head, version: string): ProvisionedPart | undefined {
  let ofWeight: ProvisionedPart | undefined;
  // No Object.entries: this lies on the path of every invoke.
  for (const qualifier in head.provisioned) {
    const requested = head.provisioned[qualifier]?.requested ?? 0;
    const alias = aliasOf(head, qualifier);
    if ((alias?.version ?? qualifier) === version) return { qualifier, requested };
    if (alias?.routing?.version === version) ofWeight ??= { qualifier, requested };
  }
  return ofWeight;
}

/**
 * The head with provisioned concurrency for a published version, or for the alias that points to it; the version gets
 * another revision (lambda-facts 10.2). Throws `Refused`.
 */
export function provision(
  entry: Entry,
  qualifier: string,
  request: { readonly requested: number; readonly unreserved: number },
  now: Now,
): { head: Head; version: Version; modifiedMs: number } {
  const { requested, unreserved } = request;
  const { head } = entry;
  const { reserved, provisioned = {} } = head;
  const version = versionAt(entry, qualifier);
  if (aliasOf(head, qualifier)?.routing !== undefined) throw new Refused({ kind: 'provisions-weights' });
  assertProvisionable(version);
  if (isProvisionedByOther(head, qualifier, version.version)) {
    throw new Refused({ kind: isNumber(qualifier) ? 'provisioned-by-alias' : 'provisioned-already' });
  }
  const before = own(provisioned, qualifier)?.requested ?? 0;
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
    head: { ...head, provisioned: { ...provisioned, [qualifier]: config } },
    version: { ...version, revisionId: now.uuid() },
    modifiedMs: now.nowMs,
  };
}

/** Throws `Refused` if an alias would take its provisioned concurrency where that cannot be. `head`: with the alias as it shall be. */
export function assertAliasCanMove(before: Entry, head: Head, name: string): void {
  const alias = aliasOf(head, name);
  if (alias === undefined || own(head.provisioned, name) === undefined) return;
  if (alias.version === aliasOf(before.head, name)?.version) return;
  assertProvisionable(before.versions.get(alias.version));
  if (isProvisionedByOther(head, name, alias.version)) throw new Refused({ kind: 'provisioned-already' });
}

/** Throws `Refused`; undefined is `$LATEST`. */
function assertProvisionable(version: Version | undefined): void {
  if (version === undefined || version.version === LATEST) throw new Refused({ kind: 'provisions-latest' });
  if (version.definition.settings.snapStart === true) throw new Refused({ kind: 'provisions-snap-start' });
  const { kind } = version.lifecycle;
  if (kind === 'inactive') throw new Refused({ kind: 'wrong-state', state: 'Inactive' });
  if (running(version) === undefined && kind !== 'creating' && kind !== 'restoring') {
    throw new Refused({ kind: 'wrong-state', state: 'Failed' });
  }
}

function isProvisionedByOther(head: Head, qualifier: string, version: string): boolean {
  return Object.keys(head.provisioned ?? {}).some(
    (other) => other !== qualifier && (aliasOf(head, other)?.version ?? other) === version,
  );
}

/** The head without provisioned concurrency for this version or alias; the same head if it had none. */
export function withoutProvisioned(head: Head, qualifier: string): Head {
  if (own(head.provisioned, qualifier) === undefined) return head;
  const { [qualifier]: _, ...provisioned } = head.provisioned ?? {};
  return { ...head, provisioned };
}

/** The function whose published version or alias a qualifier of provisioned concurrency means. Throws `Refused`. */
export function provisionable(entry: Entry | undefined, key: FunctionKey, qualifier: string): Entry {
  if (entry !== undefined && lookUp(entry, qualifier) !== undefined) return entry;
  const arn = functionArn(key, qualifier);
  throw new Refused({
    kind: isNumber(qualifier) || qualifier.includes('$') ? 'no-such-function' : 'no-such-alias',
    arn,
  });
}
