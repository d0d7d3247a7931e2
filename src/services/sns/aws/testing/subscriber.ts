import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';

/** A request as an endpoint has received it. */
export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Subscriber {
  readonly url: string;
  readonly received: Received[];
  /** What the next requests are answered, in this order; then 200. */
  readonly statuses: number[];
}

/** A real HTTP server that takes what topics send. `hangs`: it never answers. */
export async function subscriber(t: TestContext, { hangs = false } = {}): Promise<Subscriber> {
  const received: Received[] = [];
  const statuses: number[] = [];
  const server = createServer(async (request, response) => {
    received.push({ headers: request.headers, body: await text(request) });
    if (hangs) return;
    response.statusCode = statuses.shift() ?? 200;
    response.end('thanks');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/inbox`, received, statuses };
}

/** The document in a request. */
export function documentIn(received: Received | undefined): Record<string, string> {
  return JSON.parse(received?.body ?? '');
}
