import { own } from '../lib/own.ts';
import type { Entry } from './catalogue.ts';
import { type FunctionKey, functionArn, type Head, isPublished, LATEST, type Version } from './function.ts';
import { aliasOf, versionAt } from './qualifier.ts';
import { Refused } from './refusal.ts';
import { runtimeVersionArn } from './runtime-version-arn.ts';

/** When a version may get another interpreter. */
export type RuntimeUpdates =
  | { readonly on: 'auto' | 'function-update' }
  /** Of this runtime, and of this version of it; another runtime of the function undoes it. */
  | { readonly on: 'manual'; readonly runtime: string; readonly runtimeVersionArn: string };

/** What a caller asks for. */
export type RuntimeUpdatesRequest =
  | { readonly on: 'auto' | 'function-update' }
  | { readonly on: 'manual'; readonly runtimeVersionArn: string };

/** The version that a qualifier means, where aliases mean none. Throws `Refused`. */
function ownVersion(entry: Entry, qualifier: string | undefined): Version {
  if (qualifier !== undefined && aliasOf(entry.head, qualifier) !== undefined) {
    throw new Refused({ kind: 'runtime-of-alias', arn: functionArn(entry.head.key, qualifier) });
  }
  return versionAt(entry, qualifier);
}

/** What was set for a version, or automatic updates. Throws `Refused` if there is no such version. */
export function runtimeUpdatesOf(entry: Entry, qualifier: string | undefined): RuntimeUpdates {
  const { version, definition } = ownVersion(entry, qualifier);
  const set = own(entry.head.runtimeUpdates, version);
  const isStale = set?.on === 'manual' && set.runtime !== definition.settings.runtime;
  return set === undefined || isStale ? { on: 'auto' } : set;
}

/**
 * The head with other runtime updates of a version. Throws `Refused` for a runtime version that is not the one which is
 * installed now: `current`, undefined if there is none.
 */
export function setRuntimeUpdates(
  entry: Entry,
  qualifier: string | undefined,
  request: RuntimeUpdatesRequest,
  current: (runtime: string) => string | undefined,
): { head: Head; updates: RuntimeUpdates } {
  const { version, definition } = ownVersion(entry, qualifier);
  const { runtime } = definition.settings;
  if (request.on === 'manual') assertInstalled(entry.head.key, runtime, request.runtimeVersionArn, current(runtime));
  const updates: RuntimeUpdates = request.on === 'manual' ? { ...request, runtime } : request;
  return { head: { ...entry.head, runtimeUpdates: { ...kept(entry.head), [version]: updates } }, updates };
}

/** Those of versions that exist: a number is never given twice, so what a deleted version had is only of no use. */
function kept(head: Head): Record<string, RuntimeUpdates> {
  const all = Object.entries(head.runtimeUpdates ?? {});
  return Object.fromEntries(all.filter(([version]) => version === LATEST || isPublished(head, version)));
}

function assertInstalled({ region }: FunctionKey, runtime: string, asked: string, version: string | undefined): void {
  const installed = version === undefined ? undefined : runtimeVersionArn(region, runtime, version);
  if (asked !== installed) throw new Refused({ kind: 'no-such-runtime-version', arn: asked, runtime, installed });
}
