import { own } from '../lib/own.ts';
import { LATEST, type Place } from './function.ts';
import type { Functions } from './functions.ts';
import { lookUp } from './qualifier.ts';

/** What rules the asynchronous invocations of a version or an alias. */
export interface EventSettings {
  /** How often an event is tried again after an error of the function. */
  readonly retriesMax: number;
  /** How long an event may wait, from when it was accepted. */
  readonly ageMsMax: number;
  /** ARNs of what is told of successes, and of events that are given up. */
  readonly onSuccess: string | undefined;
  readonly onFailure: string | undefined;
  /** ARN of the queue or topic that gets the events that are given up. */
  readonly deadLetterArn: string | undefined;
  readonly roleArn: string;
  readonly reserved: number | undefined;
}

// AWS: "By default, … tries it two more times", "up to 6 hours" (invocation-async-error-handling).
const RETRIES_MAX = 2;
const AGE_S_MAX = 21_600;

/** As they are now; undefined if there is no such function, version or alias. */
export function eventSettings(
  functions: Pick<Functions, 'get'>,
  where: Place,
  name: string,
  qualifier: string | undefined,
): EventSettings | undefined {
  const entry = functions.get({ account: where.account, region: where.region, name });
  const version = entry === undefined ? undefined : lookUp(entry, qualifier);
  if (entry === undefined || version === undefined) return undefined;
  const config = own(entry.head.eventInvokes, qualifier ?? LATEST);
  const { deadLetterArn, roleArn } = version.definition.settings;
  return {
    retriesMax: config?.retriesMax ?? RETRIES_MAX,
    ageMsMax: (config?.eventAgeMaxS ?? AGE_S_MAX) * 1_000,
    onSuccess: config?.onSuccess,
    onFailure: config?.onFailure,
    deadLetterArn,
    roleArn,
    reserved: entry.head.reserved,
  };
}
