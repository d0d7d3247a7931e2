import { lambdaSdk, type TestServer } from '../test/server.ts';

/** What makes a client of any service catch its requests instead of sending them. */
export interface CatchingConfiguration {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly maxAttempts: number;
  readonly requestHandler: { handle(request: HttpRequest): never };
}

type HttpRequest = import('@smithy/types').HttpRequest & { body?: Uint8Array | string };

/**
 * The bytes of an Invoke as the official client signs and sends them. They stay valid for five minutes, so a load
 * generator may send them again and again and spend nothing on signing: what is measured is the server.
 */
export async function signedInvoke(
  server: TestServer,
  functionName: string,
  event: string,
  type: 'RequestResponse' | 'Event' = 'RequestResponse',
): Promise<Buffer> {
  const { InvokeCommand, LambdaClient } = lambdaSdk();
  const command = new InvokeCommand({ FunctionName: functionName, Payload: event, InvocationType: type });
  return signedBytes(server, (configuration) => new LambdaClient(configuration).send(command));
}

/** The same for whatever `send` sends by a client of this configuration. */
export async function signedBytes(
  server: TestServer,
  send: (configuration: CatchingConfiguration) => Promise<unknown>,
): Promise<Buffer> {
  const caught = new Error('caught');
  let bytes: Buffer | undefined;
  const handle = (request: HttpRequest): never => {
    const headers = Object.entries(request.headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const query = new URLSearchParams(request.query as Record<string, string>).toString();
    const target = query === '' ? request.path : `${request.path}?${query}`;
    const head = `${request.method} ${target} HTTP/1.1\r\n${headers.join('')}\r\n`;
    bytes = Buffer.concat([Buffer.from(head, 'latin1'), bytesOf(request.body)]);
    throw caught;
  };
  await send({
    endpoint: server.env.AWS_ENDPOINT_URL ?? '',
    region: server.env.AWS_REGION ?? '',
    credentials: {
      accessKeyId: server.env.AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: server.env.AWS_SECRET_ACCESS_KEY ?? '',
    },
    maxAttempts: 1,
    requestHandler: { handle },
  }).catch((error: unknown) => {
    if (error !== caught) throw error;
  });
  if (bytes === undefined) throw new Error('the client sent nothing');
  return bytes;
}

/** Some clients' bodies are arrays that complain when they are treated as anything else, as `Buffer.from` does. */
function bytesOf(body: Uint8Array | string = ''): Uint8Array {
  return typeof body === 'string' ? Buffer.from(body) : new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
}
