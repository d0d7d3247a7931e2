import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { source } from '../functions.ts';
import { installFromNpm, peerDirectory } from './package-cache.ts';
import { freePort, type Peer, post, startProcess } from './peer.ts';

const VERSION = '1.20261117.1';
const DIRECTORY = peerDirectory('workerd', VERSION);
const PROGRAM = join(DIRECTORY, 'node_modules/@cloudflare', `workerd-${process.platform}-${machine()}`, 'bin/workerd');
/** Its own kind of handler, around the same one. */
const ADAPTER = `import { handler } from './echo.mjs';
export default { fetch: async (request) => Response.json(await handler(await request.json())) };
`;
const CONFIGURATION = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "echo", worker = (
    modules = [
      (name = "worker.mjs", esModule = embed "worker.mjs"),
      (name = "echo.mjs", esModule = embed "echo.mjs"),
    ],
    compatibilityDate = "2026-11-01",
  ))],
  sockets = [(name = "http", http = (), service = "echo")],
);
`;

export const workerd: Peer = {
  name: `workerd ${VERSION}`,
  is: 'Workers, not Lambda functions: V8 alone, without Node, Python or processes; a server in C++ that runs the handler in its own process, in a V8 isolate that is shared by all requests; no signatures, no logs, no time or memory limits',
  async install() {
    await installFromNpm(DIRECTORY, [`workerd@${VERSION}`]);
    await writeFile(join(DIRECTORY, 'echo.mjs'), source('echo.mjs'));
    await writeFile(join(DIRECTORY, 'worker.mjs'), ADAPTER);
    await writeFile(join(DIRECTORY, 'config.capnp'), CONFIGURATION);
  },
  async start(cleanUp) {
    const port = await freePort();
    const args = ['serve', 'config.capnp', `--socket-addr=http=127.0.0.1:${port}`];
    const started = await startProcess(cleanUp, [PROGRAM, ...args], { port, cwd: DIRECTORY });
    return { ...started, port, request: async (event) => post('/', event) };
  },
};

/** As its packages name it. */
function machine(): string {
  return process.arch === 'x64' ? '64' : process.arch;
}
