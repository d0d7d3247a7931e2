import type { IncomingMessage, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { Sns } from '../sns.ts';

export interface SnsLinkPorts {
  readonly sns: () => Sns;
  readonly newRequestId: () => string;
  readonly writeError: (response: ServerResponse, error: unknown, requestId: string) => void;
}

/** What subscribers open with a plain GET. */
export type Link =
  | { readonly kind: 'certificate'; readonly path: string }
  | { readonly kind: 'confirm' | 'unsubscribe'; readonly query: URLSearchParams };

const require = createRequire(import.meta.url);

/**
 * Answers the links to confirm and to unsubscribe, and the certificate of signatures; tells whether the request was one of
 * these. A signed one is for the engine.
 */
export function snsLinks({ sns, newRequestId, writeError }: SnsLinkPorts) {
  return ({ method, url = '/', headers }: IncomingMessage, response: ServerResponse): boolean => {
    if (method !== 'GET' || headers.authorization !== undefined) return false;
    const link = linkIn(url);
    if (link === undefined) return false;
    const requestId = newRequestId();
    answerTo(sns, link, requestId).then(
      ({ type, body }) => {
        response.writeHead(200, { 'Content-Type': type, 'x-amzn-RequestId': requestId });
        response.end(body);
      },
      (error: unknown) => writeError(response, error, requestId),
    );
    return true;
  };
}

/** The code is loaded with the first link: most servers never see one. */
async function answerTo(sns: () => Sns, link: Link, requestId: string) {
  const { linkAnswer } = require('./link-answers.ts') as typeof import('./link-answers.ts');
  return linkAnswer(sns(), link, requestId);
}

const CERTIFICATE = /^\/SimpleNotificationService-[0-9a-f]{32}\.pem$/;

function linkIn(url: string): Link | undefined {
  if (CERTIFICATE.test(url)) return { kind: 'certificate', path: url };
  if (!url.startsWith('/?') || !url.includes('Action=')) return undefined;
  const query = new URLSearchParams(url.slice(2));
  if (query.has('X-Amz-Signature')) return undefined;
  const action = query.get('Action');
  if (action === 'ConfirmSubscription') return { kind: 'confirm', query };
  if (action === 'Unsubscribe') return { kind: 'unsubscribe', query };
  return undefined;
}
