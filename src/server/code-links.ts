import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Clock } from '../lib/clock.ts';
import type { Authenticate } from '../wire/authenticate.ts';
import { AwsError } from '../wire/aws-error.ts';
import { presign } from '../wire/sigv4/index.ts';

const PATH = '/_lambent/code/';
const DIGEST = /^[0-9a-f]{64}$/;
/** AWS: the link of GetFunction works for ten minutes. */
const LINK_SECONDS = 600;

export interface CodeLinkPorts {
  readonly authenticate: Authenticate;
  readonly rootKey: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly clock: Clock;
  openCode(digest: string): Promise<{ bytes: number; content: Readable } | undefined>;
  writeError(response: ServerResponse, error: unknown): void;
}

/** Where GetFunction's `Code.Location` leads: a presigned link that anybody who has it may read until it expires. */
export function codeLinks(ports: CodeLinkPorts) {
  return {
    url: (digest: string, where: { origin: string; region: string }): string =>
      presign(`${where.origin}${PATH}${digest}`, {
        credentials: ports.rootKey,
        region: where.region,
        service: 's3',
        nowMs: ports.clock.nowMs(),
        expiresSeconds: LINK_SECONDS,
      }),

    /** Answers requests for code, and false for all others, which it leaves untouched. */
    handle: (request: IncomingMessage, response: ServerResponse): boolean => {
      const url = request.url ?? '';
      if (!url.startsWith(PATH)) return false;
      request.resume();
      serve(ports, url, request, response).catch((error: unknown) => {
        if (response.headersSent) response.destroy();
        else ports.writeError(response, error);
      });
      return true;
    },
  };
}

async function serve(
  ports: CodeLinkPorts,
  url: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const caller = ports.authenticate({
    method: request.method ?? 'GET',
    url,
    headers: request.headers,
    rawHeaders: request.rawHeaders,
    expectedService: 's3',
    body: Buffer.alloc(0),
  });
  // Only links that were made here: whoever knows a digest, and has a key of any account, could sign one for himself.
  if (caller.principal.accessKeyId !== ports.rootKey.accessKeyId) throw new AwsError('AccessDeniedException', null);
  const digest = url.slice(PATH.length).split('?', 1)[0] ?? '';
  // A link of ours that somebody has changed leads to nothing, either.
  const code = DIGEST.test(digest) ? await ports.openCode(digest) : undefined;
  if (code === undefined) {
    response.writeHead(404, { 'Content-Type': 'text/plain' });
    response.end('This code is no longer here: its function was changed or deleted.\n');
    return;
  }
  response.writeHead(200, { 'Content-Type': 'application/zip', 'Content-Length': code.bytes });
  await pipeline(code.content, response);
}
