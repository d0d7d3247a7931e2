import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { source } from '../functions.ts';
import { installFromNpm, peerDirectory } from './package-cache.ts';
import { freePort, type Peer, post, startProcess } from './peer.ts';

const VERSION = '5.0.5';
const DIRECTORY = peerDirectory('functions-framework', VERSION);
const PROGRAM = join(DIRECTORY, 'node_modules/@google-cloud/functions-framework/build/src/main.js');
/** Its own kind of handler, around the same one. */
const ADAPTER = `import { http } from '@google-cloud/functions-framework';
import { handler } from './echo.mjs';
http('echo', async (request, response) => response.json(await handler(request.body)));
`;

export const functionsFramework: Peer = {
  name: `functions-framework ${VERSION}`,
  is: 'one function in the process of an Express server: no isolation, no signatures, no Lambda API, no logs, no time limit',
  async install() {
    await installFromNpm(DIRECTORY, [`@google-cloud/functions-framework@${VERSION}`]);
    await writeFile(join(DIRECTORY, 'echo.mjs'), source('echo.mjs'));
    await writeFile(join(DIRECTORY, 'index.mjs'), ADAPTER);
  },
  async start(cleanUp) {
    const port = await freePort();
    const args = ['--source=index.mjs', '--target=echo', `--port=${port}`];
    const started = await startProcess(cleanUp, [process.execPath, PROGRAM, ...args], { port, cwd: DIRECTORY });
    return { ...started, port, request: async (event) => post('/', event) };
  },
};
