// Deploys a small function from its source text, and invokes it: what the tests of running functions share.
import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';
import { type LambdaClient, lambdaSdk, patience, ROLE, text } from './server.ts';

export type Files = Readonly<Record<string, string | Buffer>>;

export interface FunctionSource {
  readonly name: string;
  readonly runtime: string;
  /** By default one of the account 000000000000. */
  readonly role?: string;
  readonly handler?: string;
  /** By path inside the zip. A file named `bootstrap`, and those in `bin/`, are made executable. */
  readonly files: Files;
  readonly memoryMb?: number;
  /** By default 30: a busy machine must not fail what is not about time. */
  readonly timeoutS?: number;
  readonly variables?: Record<string, string>;
  /** ARNs of versions. */
  readonly layers?: readonly string[];
  readonly ephemeralMb?: number;
}

export interface Invoked {
  readonly status: number | undefined;
  readonly error: string | undefined;
  /** The answer's text. */
  readonly text: string;
  /** The tail of the log. */
  readonly log: string;
}

export async function zipOf(files: Files): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [path, content] of Object.entries(files)) {
    zip.addBuffer(Buffer.from(content as string), path, {
      mode: /^bootstrap$|^bin\//.test(path) ? 0o100755 : 0o100644,
    });
  }
  zip.end();
  return buffer(zip.outputStream);
}

/** Creates the function and waits until it is active. */
export async function deploy(client: LambdaClient, source: FunctionSource): Promise<void> {
  const { CreateFunctionCommand, waitUntilFunctionActiveV2 } = lambdaSdk();
  await client.send(
    new CreateFunctionCommand({
      FunctionName: source.name,
      Runtime: source.runtime as 'nodejs24.x', // SAFE: the server judges names of runtimes, not the client's list.
      Handler: source.handler ?? 'index.handler',
      Role: source.role ?? ROLE,
      Code: { ZipFile: await zipOf(source.files) },
      MemorySize: source.memoryMb,
      Timeout: source.timeoutS ?? 30,
      Layers: source.layers === undefined ? undefined : [...source.layers],
      EphemeralStorage: source.ephemeralMb === undefined ? undefined : { Size: source.ephemeralMb },
      Environment: source.variables === undefined ? undefined : { Variables: source.variables },
    }),
  );
  await waitUntilFunctionActiveV2(patience(client), { FunctionName: source.name });
}

export async function invoke(client: LambdaClient, name: string, event: unknown = {}): Promise<Invoked> {
  const { InvokeCommand } = lambdaSdk();
  const Payload = event instanceof Uint8Array ? event : Buffer.from(JSON.stringify(event));
  const answer = await client.send(new InvokeCommand({ FunctionName: name, Payload, LogType: 'Tail' }));
  return {
    status: answer.StatusCode,
    error: answer.FunctionError,
    text: text(answer.Payload),
    log: Buffer.from(answer.LogResult ?? '', 'base64').toString(),
  };
}
