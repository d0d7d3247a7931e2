import type { Entry } from './catalogue.ts';
import type { Editing } from './editing.ts';
import { type FunctionKey, type FunctionUrl, functionArn, type Head } from './function.ts';
import {
  createUrl,
  deleteUrl,
  type FunctionUrlRequest,
  type OwnedFunctionUrl,
  type UrlOwner,
  updateUrl,
  urlable,
  urlOf,
  urlsOf,
} from './function-url.ts';

/** HTTP addresses of functions and of their aliases. */
export interface FunctionUrls {
  createUrl(
    key: FunctionKey,
    owner: UrlOwner,
    request: FunctionUrlRequest & Pick<FunctionUrl, 'auth'>,
  ): Promise<OwnedFunctionUrl>;
  /** Changes what is given of a URL that must be there. */
  updateUrl(key: FunctionKey, owner: UrlOwner, request: FunctionUrlRequest): Promise<OwnedFunctionUrl>;
  /** The URL that must be there. */
  url(key: FunctionKey, owner: UrlOwner): OwnedFunctionUrl;
  deleteUrl(key: FunctionKey, owner: UrlOwner): Promise<void>;
  /** The unqualified function's first, then aliases' by name. */
  urls(key: FunctionKey, owner: UrlOwner): OwnedFunctionUrl[];
  /** Whether there is a URL with this id, of whatever function. */
  hasUrl(id: string): boolean;
}

/** `onStored` is to be told of each function that is stored. */
export function functionUrls({
  catalogue,
  now,
  inTurn,
}: Editing): FunctionUrls & { onStored(key: FunctionKey, entry: Entry | undefined): void } {
  const ids = new Set<string>();
  const idsOf = new Map<string, readonly string[]>();
  const onStored = (key: FunctionKey, entry: Entry | undefined): void => {
    const name = functionArn(key);
    for (const id of idsOf.get(name) ?? []) ids.delete(id);
    const own = entry === undefined ? [] : urlsOf(entry.head).map(({ id }) => id);
    for (const id of own) ids.add(id);
    if (own.length > 0) idsOf.set(name, own);
    else idsOf.delete(name);
  };
  for (const entry of catalogue.all()) onStored(entry.head.key, entry);

  const change = (key: FunctionKey, owner: UrlOwner, decide: (head: Head) => Head): Promise<OwnedFunctionUrl> =>
    inTurn(key, async () => {
      const head = decide(urlable(catalogue.get(key), owner).head);
      return urlOf((await catalogue.commit({ head, versions: [] })).head, owner);
    });

  return {
    createUrl: (key, owner, request) => change(key, owner, (head) => createUrl(head, owner, request, now())),
    updateUrl: (key, owner, request) => change(key, owner, (head) => updateUrl(head, owner, request, now())),
    url: (key, owner) => urlOf(catalogue.get(key)?.head, owner),
    deleteUrl: (key, owner) =>
      inTurn(key, async () => {
        await catalogue.commit({ head: deleteUrl(catalogue.get(key)?.head, owner), versions: [] });
      }),
    urls: (key, owner) => urlsOf(urlable(catalogue.get(key), owner).head),
    hasUrl: (id) => ids.has(id),
    onStored,
  };
}
