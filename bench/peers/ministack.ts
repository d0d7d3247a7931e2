import { dirname, join } from 'node:path';
import { zipOf } from '../../test/deploy.ts';
import { lambdaSdk, ROLE } from '../../test/server.ts';
import { source } from '../functions.ts';
import { installFromPypi, peerDirectory } from './package-cache.ts';
import { freePort, type Peer, post, startProcess } from './peer.ts';

const VERSION = '1.5.33';
const DIRECTORY = peerDirectory('ministack', VERSION);

export const ministack: Peer = {
  name: `ministack ${VERSION}`,
  is: 'an emulator of many AWS services; its local mode, without Docker, runs Node and Python functions in plain processes: no isolation, no signatures checked by default',
  install: () => installFromPypi(DIRECTORY, [`ministack==${VERSION}`]),
  async start(cleanUp) {
    const port = await freePort();
    const env = {
      ...process.env,
      ...{ GATEWAY_PORT: String(port), BIND_HOST: '127.0.0.1', LAMBDA_EXECUTOR: 'local', LOG_LEVEL: 'WARNING' },
      // It takes the Node that it finds: the same for all.
      PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
    };
    const started = await startProcess(cleanUp, [join(DIRECTORY, 'bin/ministack')], { port, env });
    return {
      ...{ ...started, port },
      deploy: () => create(port),
      request: async (event) => post('/2015-03-31/functions/echo/invocations', event),
    };
  },
};

async function create(port: number): Promise<void> {
  const { CreateFunctionCommand, LambdaClient, waitUntilFunctionActiveV2 } = lambdaSdk();
  const client = new LambdaClient({
    ...{ endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1' },
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  try {
    await client.send(
      new CreateFunctionCommand({
        ...{ FunctionName: 'echo', Runtime: 'nodejs24.x', Handler: 'index.handler', Role: ROLE },
        ...{ MemorySize: 1769, Timeout: 30 },
        Code: { ZipFile: await zipOf({ 'index.mjs': source('echo.mjs') }) },
      }),
    );
    await waitUntilFunctionActiveV2({ client, maxWaitTime: 60, minDelay: 1 }, { FunctionName: 'echo' });
  } finally {
    client.destroy();
  }
}
