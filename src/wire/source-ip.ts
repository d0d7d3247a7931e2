import type { IncomingMessage } from 'node:http';

/** The client's address; empty when it has left already. An IPv4 client of a socket that takes both versions has its address wrapped. */
export function sourceIpOf({ socket }: IncomingMessage): string {
  return (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
}
