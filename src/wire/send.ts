import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Answer } from './protocols/protocol.ts';
import type { ServiceDefinition } from './service.ts';

type WholeAnswer = Answer & { readonly body: string | Uint8Array };
type StreamedAnswer = Answer & { readonly body: Exclude<Answer['body'], string | Uint8Array> };

export function isWhole(answer: Answer): answer is WholeAnswer {
  return typeof answer.body === 'string' || answer.body instanceof Uint8Array;
}

export function isStreamed(answer: Answer): answer is StreamedAnswer {
  return !isWhole(answer);
}

/** Sends an answer that is there. Does nothing when the client has left. */
export function sendWhole(
  res: ServerResponse,
  { status, headers, body }: WholeAnswer,
  requestId: string,
  service: ServiceDefinition | undefined,
): void {
  if (res.destroyed) return;
  const bytes = typeof body === 'string' ? Buffer.from(body, 'utf8') : body;
  // To HEAD and in 204 the length is not that of the body: absent, or what the handler said.
  const lengthless = status === 204 || status === 304 || (res.req.method === 'HEAD' && bytes.byteLength === 0);
  const length = lengthless ? {} : { 'Content-Length': String(bytes.byteLength) };
  res.writeHead(status, { ...headers, ...requestIdHeaders(requestId, service), ...length });
  res.end(bytes);
}

/**
 * Sends an answer as its body comes, no faster than the client takes it. Rejects when either side fails, and then both
 * are destroyed: half an answer must not look like a whole one.
 */
export async function sendStream(
  res: ServerResponse,
  { status, headers, body }: StreamedAnswer,
  requestId: string,
  service: ServiceDefinition | undefined,
): Promise<void> {
  const stream = body instanceof Readable ? body : Readable.from(body, { objectMode: false });
  if (res.destroyed) {
    stream.destroy();
    return;
  }
  res.writeHead(status, { ...headers, ...requestIdHeaders(requestId, service) });
  if (res.req.method === 'HEAD') {
    stream.destroy();
    res.end();
    return;
  }
  // The first event of a stream may take its time; that the request was accepted shows at once. Not by `flushHeaders`,
  // which sends headers as UTF-8, while ours already are octets (S3 metadata).
  res.write(Buffer.alloc(0));
  await pipeline(stream, res);
}

function requestIdHeaders(requestId: string, service: ServiceDefinition | undefined): Record<string, string> {
  const common = { 'x-amzn-RequestId': requestId };
  return service?.dialect === 's3' ? { ...common, 'x-amz-request-id': requestId, 'x-amz-id-2': requestId } : common;
}
