import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';
import { lambdaClient, lambdaSdk, ROLE, settled, type TestServer } from '../test/server.ts';

export interface Deployment {
  readonly name: string;
  readonly runtime: string;
  readonly files: Readonly<Record<string, string>>;
  readonly memoryMb: number;
}

export async function deploy(server: TestServer, { name, runtime, files, memoryMb }: Deployment): Promise<void> {
  await using cleanUp = new AsyncDisposableStack();
  const client = lambdaClient(cleanUp, server);
  const zip = new ZipFile();
  for (const [path, contents] of Object.entries(files)) zip.addBuffer(Buffer.from(contents), path);
  zip.end();
  await client.send(
    new (lambdaSdk().CreateFunctionCommand)({
      FunctionName: name,
      Runtime: runtime as import('@aws-sdk/client-lambda').Runtime,
      Handler: 'index.handler',
      MemorySize: memoryMb,
      Timeout: 30,
      Role: ROLE,
      Code: { ZipFile: await buffer(zip.outputStream) },
    }),
  );
  await settled(client, name);
}
