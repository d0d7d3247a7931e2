import { type Files, zipOf } from '../test/deploy.ts';
import { lambdaClient, lambdaSdk, ROLE, settled, type TestServer } from '../test/server.ts';

export interface Deployment {
  readonly name: string;
  readonly runtime: string;
  /** Default: `index.handler`. */
  readonly handler?: string;
  /** By path inside the zip; `bootstrap` is made executable. */
  readonly files: Files;
  readonly memoryMb: number;
}

/** Creates the function, and waits until it can be invoked. */
export async function deploy(server: TestServer, deployment: Deployment): Promise<void> {
  const { name, runtime, handler, files, memoryMb } = deployment;
  await using cleanUp = new AsyncDisposableStack();
  const client = lambdaClient(cleanUp, server);
  await client.send(
    new (lambdaSdk().CreateFunctionCommand)({
      FunctionName: name,
      Runtime: runtime as 'nodejs24.x', // SAFE: the server judges names of runtimes, not the client's list.
      Handler: handler ?? 'index.handler',
      MemorySize: memoryMb,
      Timeout: 30,
      Role: ROLE,
      Code: { ZipFile: await zipOf(files) },
    }),
  );
  await settled(client, name);
}
