import { own } from '../lib/own.ts';
import type { Entry } from './catalogue.ts';
import { assertDestinations, type FunctionExists, type GivenDestinations } from './destination.ts';
import { type EventInvokeConfig, type FunctionKey, functionArn, type Head, LATEST, type Now } from './function.ts';
import { byQualifier, lookUp } from './qualifier.ts';
import { Refused } from './refusal.ts';

/** What a caller gives; undefined is nothing. */
export interface EventInvokeRequest extends GivenDestinations {
  readonly retriesMax?: number | undefined;
  readonly eventAgeMaxS?: number | undefined;
}

/** A configuration and what it belongs to: `$LATEST`, a version's number, or an alias's name. */
export interface OwnedEventInvokeConfig extends EventInvokeConfig {
  readonly qualifier: string;
}

/** Throws `Refused`, which does not tell a missing configuration from a missing function or version (lambda-facts 9.4). */
export function eventInvokeConfigOf(
  entry: Entry | undefined,
  key: FunctionKey,
  qualifier = LATEST,
): OwnedEventInvokeConfig {
  const config = own(entry?.head.eventInvokes, qualifier);
  if (config === undefined) throw missing(key, qualifier);
  return { ...config, qualifier };
}

/** The function that events for this qualifier would run. Throws `Refused`. */
export function eventInvokable(entry: Entry | undefined, qualifier: string | undefined): Entry {
  if (entry !== undefined && lookUp(entry, qualifier) !== undefined) return entry;
  throw new Refused({ kind: 'no-function-for-events' });
}

/** `$LATEST` first, then versions by number, then aliases by name. */
export function eventInvokeConfigsOf({ eventInvokes }: Head): OwnedEventInvokeConfig[] {
  return Object.entries(eventInvokes ?? {})
    .map(([qualifier, config]) => ({ ...config, qualifier }))
    .sort((one, other) => byQualifier(one.qualifier, other.qualifier));
}

/** The head with this configuration in place of what there was. Throws `Refused` (lambda-facts 9.4). */
export function putEventInvokeConfig(
  { head }: Entry,
  qualifier: string | undefined,
  request: EventInvokeRequest,
  exists: FunctionExists,
  now: Now,
): Head {
  assertDestinations(request, head.key, exists);
  return withConfig(head, qualifier, request, now);
}

/** The head with a configuration in which what is not given stays as it was. Throws `Refused` (lambda-facts 9.4). */
export function updateEventInvokeConfig(
  entry: Entry,
  qualifier: string | undefined,
  request: EventInvokeRequest,
  exists: FunctionExists,
  now: Now,
): Head {
  const { head } = entry;
  const before = eventInvokeConfigOf(entry, head.key, qualifier);
  // Only what is given: the function that was a destination may have gone since.
  assertDestinations(request, head.key, exists);
  const { onSuccess = before.onSuccess, onFailure = before.onFailure } = request;
  const { retriesMax = before.retriesMax, eventAgeMaxS = before.eventAgeMaxS } = request;
  return withConfig(head, qualifier, { retriesMax, eventAgeMaxS, onSuccess, onFailure }, now);
}

/** The head without a configuration that must be there. Throws `Refused`. */
export function deleteEventInvokeConfig(entry: Entry | undefined, key: FunctionKey, qualifier = LATEST): Head {
  const without = entry === undefined ? undefined : withoutEventInvokeConfig(entry.head, qualifier);
  if (without === undefined || without === entry?.head) throw missing(key, qualifier);
  return without;
}

/** The head without the configuration of a qualifier; the same head if there is none. */
export function withoutEventInvokeConfig(head: Head, qualifier = LATEST): Head {
  if (own(head.eventInvokes, qualifier) === undefined) return head;
  const { [qualifier]: _, ...eventInvokes } = head.eventInvokes ?? {};
  return { ...head, eventInvokes };
}

const missing = (key: FunctionKey, qualifier: string) =>
  new Refused({ kind: 'no-event-invoke-config', arn: functionArn(key, qualifier) });

function withConfig(head: Head, qualifier = LATEST, request: EventInvokeRequest, { nowMs }: Now): Head {
  const { onSuccess, onFailure, ...limits } = request;
  const config: EventInvokeConfig = {
    ...limits,
    onSuccess: onSuccess ?? undefined,
    onFailure: onFailure ?? undefined,
    modifiedMs: nowMs,
  };
  return { ...head, eventInvokes: { ...head.eventInvokes, [qualifier]: config } };
}
