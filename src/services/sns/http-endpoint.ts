import type { IncomingMessage } from 'node:http';
import { request as httpRequest } from '../../lib/http.ts';

/** AWS waits so long for an endpoint's answer (Amazon SNS Developer Guide, HTTP/S notifications). */
const ANSWER_MS_MAX = 15_000;
/** What an endpoint answers is read so far, and not looked at: only its status means anything. */
const ANSWER_BYTES_MAX = 64 * 1024;

/** How an endpoint has answered; `no-answer`: nothing that HTTP knows, or not in time. */
export type PostOutcome =
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'no-answer'; readonly why: string };

/** Posts a text. Never rejects. Redirects are not followed. */
export async function post(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  signal: AbortSignal,
): Promise<PostOutcome> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS_MAX)]);
  const outcome = await postOnce(url, headers, body, limit);
  // The endpoint has closed a connection that nothing came over for a while, just when it was used again.
  return outcome.kind === 'connection-was-closed' ? postOnce(url, headers, body, limit).then(told) : told(outcome);
}

type OnceOutcome = PostOutcome | { readonly kind: 'connection-was-closed' };

function told(outcome: OnceOutcome): PostOutcome {
  return outcome.kind === 'connection-was-closed' ? { kind: 'no-answer', why: 'the connection was closed' } : outcome;
}

function postOnce(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  limit: AbortSignal,
): Promise<OnceOutcome> {
  return new Promise((resolve) => {
    const fail = (error: Error) =>
      resolve({ kind: 'no-answer', why: limit.aborted ? 'no answer in time' : error.message });
    try {
      const target = new URL(url);
      // Basic authentication stands in the URL (Developer Guide); node:http takes it from there.
      const request = requestFor(target)(target, {
        method: 'POST',
        headers: { ...headers, 'Content-Length': String(Buffer.byteLength(body)) },
        signal: limit,
      });
      request.on('error', (error: NodeJS.ErrnoException) => {
        if (request.reusedSocket && error.code === 'ECONNRESET') resolve({ kind: 'connection-was-closed' });
        else fail(error);
      });
      // Without an answer that is one, as after 101 Switching Protocols, nothing else may come; once resolved, no matter.
      request.on('close', () => fail(new Error('the connection was closed')));
      request.on('response', (response: IncomingMessage) => {
        const answered = () => resolve({ kind: 'status', status: response.statusCode ?? 0 });
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes <= ANSWER_BYTES_MAX) return;
          answered();
          response.destroy();
        });
        response.on('end', answered);
        response.on('error', fail);
      });
      request.end(body);
    } catch (error) {
      // No URL at all, or one that Node refuses.
      fail(error as Error);
    }
  });
}

function requestFor({ protocol }: URL): typeof httpRequest {
  // Not imported: see src/lib/http.ts.
  return protocol === 'https:' ? process.getBuiltinModule('node:https').request : httpRequest;
}
