import { serve } from '../../test/server.ts';
import { deploy } from '../deploy.ts';
import { source } from '../functions.ts';
import { signedInvoke } from '../signed-request.ts';
import type { Peer } from './peer.ts';

const FUNCTION = 'echo';

/** Lambent as it is installed, but for `args`. */
export function lambentPeer(name: string, is: string, args: readonly string[]): Peer {
  return {
    name,
    is,
    install: async () => {},
    async start(cleanUp) {
      const server = await serve(cleanUp, { args });
      const { pid, port, readyMs } = server.process;
      return {
        ...{ pid, port, readyMs },
        deploy: () =>
          deploy(server, {
            ...{ name: FUNCTION, runtime: 'nodejs24.x', memoryMb: 1769 },
            files: { 'index.mjs': source('echo.mjs') },
          }),
        request: (event) => signedInvoke(server, FUNCTION, event),
      };
    },
  };
}
