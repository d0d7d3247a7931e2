import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../lib/clock.ts';
import { isDigest } from '../../store/blobs.ts';
import type { CodeUrl } from './get-function.ts';

/** Where the server answers links to code. */
export const CODE_PATH = '/_lambent/code/';

const VALID_MS = 10 * 60 * 1_000; // AWS: "a link … that's valid for 10 minutes" (GetFunction).

/** Links to code that anybody who has one may follow, for ten minutes; nobody can make one without the key. */
export interface CodeLinks {
  readonly url: CodeUrl;
  /** The digest that a request's path and query (`/_lambent/code/…?…`) give access to; undefined: to none. */
  check(pathAndQuery: string): string | undefined;
}

export function codeLinks(key: Uint8Array, clock: Clock): CodeLinks {
  const signature = (digest: string, expiresMs: string) =>
    createHmac('sha256', key).update(`${digest} ${expiresMs}`).digest('hex');

  return {
    url(digest, { origin }) {
      const expires = String(clock.nowMs() + VALID_MS);
      const query = new URLSearchParams({ expires, signature: signature(digest, expires) });
      return `${origin}${CODE_PATH}${digest}?${query}`;
    },
    check(pathAndQuery) {
      const { pathname, searchParams } = new URL(pathAndQuery, 'http://localhost');
      const digest = pathname.slice(CODE_PATH.length);
      const expires = searchParams.get('expires') ?? '';
      const given = Buffer.from(searchParams.get('signature') ?? '');
      const expected = Buffer.from(signature(digest, expires));
      if (!pathname.startsWith(CODE_PATH) || !isDigest(digest)) return undefined;
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
      return Number(expires) > clock.nowMs() ? digest : undefined;
    },
  };
}
