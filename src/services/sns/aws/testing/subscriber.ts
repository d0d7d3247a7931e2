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
  /** How it answers: by default as it should. */
  answer: 'thanks' | 'slow' | 'nothing' | 'endless' | 'closes-used-connections';
}

/** A real HTTP server that takes what topics send. */
export async function subscriber(t: TestContext, { answer = 'thanks' }: { answer?: Subscriber['answer'] } = {}) {
  const received: Received[] = [];
  const statuses: number[] = [];
  const used = new WeakSet<object>();
  const server = createServer(async (request, response) => {
    if (found.answer === 'closes-used-connections' && used.has(request.socket)) {
      request.socket.resetAndDestroy();
      return;
    }
    used.add(request.socket);
    received.push({ headers: request.headers, body: await text(request) });
    if (found.answer === 'nothing') return;
    response.statusCode = statuses.shift() ?? 200;
    if (found.answer === 'slow') await new Promise((resolve) => setTimeout(resolve, 300));
    if (found.answer !== 'endless') {
      response.end('thanks');
      return;
    }
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(16_384)));
    };
    response.on('drain', more);
    more();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/inbox`;
  const found: Subscriber = { url, received, statuses, answer };
  return found;
}

/** The document in a request. */
export function documentIn(received: Received | undefined): Record<string, string> {
  return JSON.parse(received?.body ?? '');
}
