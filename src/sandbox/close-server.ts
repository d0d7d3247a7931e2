import type { Server } from 'node:net';

/** Closes a server at once, whoever is still connected to it. */
export function closeServer(server: Server): void {
  server.close();
  // Those of node:http keep idle connections open.
  if ('closeAllConnections' in server && typeof server.closeAllConnections === 'function') server.closeAllConnections();
}
