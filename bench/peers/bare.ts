import { join } from 'node:path';
import { freePort, type Peer, post, type Running, startProcess } from './peer.ts';

/** The least that a Node server can do: see `bare-server.ts`. */
export const bare: Peer = {
  name: 'bare node:http',
  is: 'no peer but the yardstick: the handler in the process of a node:http server',
  install: async () => {},
  start: startBare,
};

export async function startBare(cleanUp: AsyncDisposableStack): Promise<Running> {
  const port = await freePort();
  const program = join(import.meta.dirname, '../bare-server.ts');
  const started = await startProcess(cleanUp, [process.execPath, program, String(port)], { port });
  return { ...started, port, request: async (event) => post('/', event) };
}
