import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../../../lib/clock.ts';
import { systemClock } from '../../../lib/clock.ts';

/** A request as a server received it. Signatures cover its bytes, so it can be verified, or tampered with, later. */
export interface CapturedRequest {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  rawHeaders: string[];
  body: Buffer;
}

/** Lets `send` talk to a server that answers everything with 200 and an empty body, and returns its first request. */
export async function capture(send: (endpoint: string) => Promise<unknown>): Promise<CapturedRequest> {
  const requests: CapturedRequest[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const parts: Buffer[] = [];
    for await (const part of incoming) parts.push(part);
    const { method = '', url = '', headers, rawHeaders } = incoming;
    requests.push({ method, url, headers, rawHeaders, body: Buffer.concat(parts) });
    outgoing.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  let failure: unknown;
  try {
    const { port } = server.address() as AddressInfo;
    await send(`http://127.0.0.1:${port}`);
  } catch (error) {
    // Few operations can make sense of the empty answer; that matters only if the request itself has not come.
    failure = error;
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  const [first] = requests;
  if (first === undefined) throw new Error('the client sent no request', { cause: failure });
  return first;
}

/** A clock that stands still at `nowMs`. */
export function stoppedClock(nowMs: number): Clock {
  return { ...systemClock, nowMs: () => nowMs };
}
