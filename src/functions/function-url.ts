import { own } from '../lib/own.ts';
import type { Entry } from './catalogue.ts';
import { type Cors, type FunctionUrl, functionArn, type Head, type Now } from './function.ts';
import { aliasOf } from './qualifier.ts';
import { Refused } from './refusal.ts';

/** A function URL belongs to the unqualified function (undefined) or to an alias. */
export type UrlOwner = string | undefined;

export interface OwnedFunctionUrl extends FunctionUrl {
  readonly owner: UrlOwner;
}

/** What a caller gives; undefined is nothing. Cors without any member is none. */
export interface FunctionUrlRequest {
  readonly auth?: FunctionUrl['auth'] | undefined;
  readonly cors?: Cors | undefined;
  readonly invokeMode?: FunctionUrl['invokeMode'];
}

/** What AWS's reference names for AllowMethods; preflights are answered without being asked for. */
const METHODS = ['GET', 'PUT', 'POST', 'DELETE', 'HEAD', 'PATCH', '*'];

/** The function that requests to a URL of this owner would run. Throws `Refused` (lambda-facts 12.1). */
export function urlable(entry: Entry | undefined, owner: UrlOwner): Entry {
  if (entry !== undefined && (owner === undefined || aliasOf(entry.head, owner) !== undefined)) return entry;
  throw new Refused({ kind: 'no-function-for-url' });
}

/** Throws `Refused`, which does not tell a missing URL from a missing function or alias. */
export function urlOf(head: Head | undefined, owner: UrlOwner): OwnedFunctionUrl {
  const url = own(head?.urls, keyOf(owner));
  if (url === undefined) throw new Refused({ kind: 'nothing-to-show' });
  return { ...url, owner };
}

/** The unqualified function's first, then aliases' by name. */
export function urlsOf({ urls }: Head): OwnedFunctionUrl[] {
  return Object.entries(urls ?? {})
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, url]) => ({ ...url, owner: key === '' ? undefined : key }));
}

/** The head with one more URL, under a new id. Throws `Refused`. */
export function createUrl(
  head: Head,
  owner: UrlOwner,
  { auth, cors = {}, invokeMode }: FunctionUrlRequest & Pick<FunctionUrl, 'auth'>,
  now: Now,
): Head {
  assertCors(cors);
  if (own(head.urls, keyOf(owner)) !== undefined) {
    throw new Refused({ kind: 'url-exists', arn: functionArn(head.key, owner) });
  }
  // A version 4 UUID: nobody guesses it, and it never comes again.
  const id = now.uuid().replaceAll('-', '');
  const { nowMs } = now;
  return withUrl(head, owner, { id, auth, cors: kept(cors), invokeMode, createdMs: nowMs, modifiedMs: nowMs });
}

/** The head with a URL in which what is not given stays as it was. Throws `Refused`. */
export function updateUrl(
  head: Head,
  owner: UrlOwner,
  { auth, cors, invokeMode }: FunctionUrlRequest,
  { nowMs }: Now,
): Head {
  const { owner: _, ...before } = urlOf(head, owner);
  if (cors !== undefined) assertCors(cors);
  return withUrl(head, owner, {
    ...before,
    auth: auth ?? before.auth,
    cors: cors === undefined ? before.cors : kept(cors),
    invokeMode: invokeMode ?? before.invokeMode,
    modifiedMs: nowMs,
  });
}

/** The head without a URL that must be there. Throws `Refused`. */
export function deleteUrl(head: Head | undefined, owner: UrlOwner): Head {
  const without = head === undefined ? undefined : withoutUrl(head, owner);
  if (without === undefined || without === head) throw new Refused({ kind: 'nothing-to-show' });
  return without;
}

/** The head without the URL of an owner; the same head if there is none. */
export function withoutUrl(head: Head, owner: UrlOwner): Head {
  if (own(head.urls, keyOf(owner)) === undefined) return head;
  const { [keyOf(owner)]: _, ...urls } = head.urls ?? {};
  return { ...head, urls };
}

function withUrl(head: Head, owner: UrlOwner, url: FunctionUrl): Head {
  return { ...head, urls: { ...head.urls, [keyOf(owner)]: url } };
}

function assertCors(cors: Cors): void {
  if (!isGiven(cors)) return;
  if (cors.allowOrigins === undefined || cors.allowOrigins.length === 0) {
    throw new Refused({ kind: 'cors-without-origins' });
  }
  const method = cors.allowMethods?.find((one) => !METHODS.includes(one));
  if (method !== undefined) throw new Refused({ kind: 'cors-method', method });
}

const kept = (cors: Cors): Cors | undefined => (isGiven(cors) ? cors : undefined);
const isGiven = (cors: Cors) => Object.values(cors).some((member) => member !== undefined);
const keyOf = (owner: UrlOwner): string => owner ?? '';
