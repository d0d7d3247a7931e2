import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { source } from '../functions.ts';
import { installFromNpm, peerDirectory } from './package-cache.ts';
import { freePort, type Peer, post, startProcess } from './peer.ts';

/** The newest that works with version 3 of the Serverless Framework: version 4 wants an account. */
const VERSION = '13.9.0';
const FRAMEWORK_VERSION = '3.40.0';
const DIRECTORY = peerDirectory('serverless-offline', VERSION);
const PROGRAM = join(DIRECTORY, 'node_modules/serverless/bin/serverless.js');
const CONFIGURATION = `service: peer
frameworkVersion: '3'
provider: { name: aws, runtime: nodejs20.x, region: us-east-1, memorySize: 1769, timeout: 30 }
plugins: [serverless-offline]
functions: { echo: { handler: echo.handler } }
`;

export const serverlessOffline: Peer = {
  name: `serverless-offline ${VERSION}`,
  is: "Lambda's Invoke for the functions of one project, each in threads of the same process: no isolation, no signatures, no other operation of Lambda",
  async install() {
    await installFromNpm(DIRECTORY, [`serverless@${FRAMEWORK_VERSION}`, `serverless-offline@${VERSION}`]);
    await writeFile(join(DIRECTORY, 'echo.mjs'), source('echo.mjs'));
    await writeFile(join(DIRECTORY, 'serverless.yml'), CONFIGURATION);
  },
  async start(cleanUp) {
    const [port, httpPort] = [await freePort(), await freePort()];
    const args = ['offline', '--host', '127.0.0.1', '--lambdaPort', String(port), '--httpPort', String(httpPort)];
    const env = { ...process.env, SLS_TELEMETRY_DISABLED: '1', SLS_NOTIFICATIONS_MODE: 'off' };
    const command = [process.execPath, PROGRAM, ...args] as const;
    const started = await startProcess(cleanUp, command, { port, cwd: DIRECTORY, env });
    return {
      ...{ ...started, port },
      request: async (event) => post('/2015-03-31/functions/peer-dev-echo/invocations', event),
    };
  },
};
