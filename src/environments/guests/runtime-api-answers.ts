// What a runtime is answered, and how its bodies are read.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gather } from './gather.ts';
import { RESPONSE_BYTES_MAX } from './guest.ts';

const ACCEPTED = '{"status":"OK"}\n';
const ACCEPTED_HEADERS = ['Content-Type', 'application/json', 'Content-Length', String(ACCEPTED.length)];

export function accept(response: ServerResponse): void {
  response.writeHead(202, ACCEPTED_HEADERS);
  response.end(ACCEPTED);
}

export function refuse(response: ServerResponse, status: number, errorType: string, errorMessage: string): void {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify({ errorMessage, errorType }));
}

export function refuseTooLong(response: ServerResponse): void {
  const message = `Exceeded maximum allowed payload size (${RESPONSE_BYTES_MAX} bytes).`;
  refuse(response, 413, 'RequestEntityTooLarge', message);
}

export function refuseTransition(response: ServerResponse, from: string, to: string): void {
  const message = `State transition from ${from} to ${to} failed for runtime. Error: State transition is not allowed`;
  refuse(response, 403, 'InvalidStateTransition', message);
}

export function plain(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain' });
  response.end(text);
}

/**
 * Calls `done` once with the whole body, at most the response limit; a longer one is read to its end and dropped, so that
 * the runtime gets its 413. `cut-off`: the connection broke before its end.
 */
export function readBody(request: IncomingMessage, done: (body: Buffer | 'too-long' | 'cut-off') => void): void {
  let whole = gather();
  let bytes = 0;
  request.on('data', (part: Buffer) => {
    bytes += part.length;
    if (bytes <= RESPONSE_BYTES_MAX) whole.add(part);
    else whole = gather();
  });
  request.once('end', () => done(bytes > RESPONSE_BYTES_MAX ? 'too-long' : whole.bytes()));
  // SAFE: an error is followed by the close.
  request.on('error', () => {});
  request.once('close', () => {
    if (!request.complete) done('cut-off');
  });
}
