import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Whether a request may be answered. Of one connection so many are in one turn of the event loop; at the next one the
 * connection is broken, and what else it has sent is not read. Clients wait for an answer before they ask again;
 * one that sends thousands of requests at once would have everybody else wait until all are answered.
 */
export function pipelineLimit(requestsMax: number): (request: IncomingMessage) => boolean {
  const asked = new Map<Socket, number>();
  return ({ socket }) => {
    if (asked.size === 0) setImmediate(() => asked.clear());
    const count = (asked.get(socket) ?? 0) + 1;
    asked.set(socket, count);
    if (count <= requestsMax) return true;
    socket.destroy();
    return false;
  };
}
