import { lambdaSdk, type TestServer } from '../test/server.ts';

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
  const caught = new Error('caught');
  let bytes: Buffer | undefined;
  const client = new LambdaClient({
    endpoint: server.env.AWS_ENDPOINT_URL ?? '',
    region: server.env.AWS_REGION ?? '',
    credentials: {
      accessKeyId: server.env.AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: server.env.AWS_SECRET_ACCESS_KEY ?? '',
    },
    maxAttempts: 1,
    requestHandler: {
      handle(request: import('@smithy/types').HttpRequest & { body?: Uint8Array | string }) {
        const headers = Object.entries(request.headers).map(([name, value]) => `${name}: ${value}\r\n`);
        const head = `${request.method} ${request.path} HTTP/1.1\r\n${headers.join('')}\r\n`;
        bytes = Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(request.body)]);
        throw caught;
      },
    },
  });
  const command = new InvokeCommand({ FunctionName: functionName, InvocationType: type, Payload: event });
  await client.send(command).catch((error: unknown) => {
    if (error !== caught) throw error;
  });
  if (bytes === undefined) throw new Error('the client sent nothing');
  return bytes;
}
