import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import type { TestContext } from 'node:test';
import { pino } from 'pino';
import { systemClock } from '../lib/clock.ts';
import type { Authenticate } from './authenticate.ts';
import { createEngine, type Engine, type EngineOptions } from './engine.ts';
import { scopedService } from './identify.ts';
import type { RequestContext, ServiceDefinition } from './service.ts';

/** A server for tests: a real listener and the engine, with an authenticator that lets everybody in. */
export interface TestServer {
  readonly engine: Engine;
  readonly endpoint: string;
  readonly port: number;
  /** Log lines of level error, parsed. */
  readonly errors: Record<string, unknown>[];
  readonly requests: IncomingHttpHeaders[];
}

export async function serve(
  t: Pick<TestContext, 'after'>,
  services: readonly ServiceDefinition[],
  options: Partial<EngineOptions> = {},
): Promise<TestServer> {
  const errors: Record<string, unknown>[] = [];
  const requests: IncomingHttpHeaders[] = [];
  const lines = new Writable({
    write: (line, _encoding, done) => {
      errors.push(JSON.parse(String(line)));
      done();
    },
  });
  const engine = createEngine({
    services,
    authenticate: everybody,
    clock: systemClock,
    log: pino({ level: 'error' }, lines),
    newRequestId: randomUUID,
    stopping: new AbortController().signal,
    ...options,
  });
  const server = createServer((req, res) => {
    requests.push(req.headers);
    engine.handle(req, res);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  const { port } = server.address() as AddressInfo;
  return { engine, endpoint: `http://127.0.0.1:${port}`, port, errors, requests };
}

/** Lets everybody in as the root of one account; the region is that of the credential scope. */
export const everybody: Authenticate = ({ headers }) => ({
  principal: {
    accessKeyId: 'AKIDEXAMPLE',
    account: '123456789012',
    arn: 'arn:aws:iam::123456789012:root',
    userId: '123456789012',
    kind: 'root',
  },
  region: /\/([a-z0-9-]+)\/[a-z0-9-]+\/aws4_request/.exec(headers.authorization ?? '')?.[1] ?? 'us-east-1',
  service: scopedService({ method: '', path: '', query: [], headers }) ?? '',
});

/** What a client of the SDK needs to reach the server. No retries: a test sees the first answer. */
export function clientOf({ endpoint }: TestServer) {
  return {
    endpoint,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
    maxAttempts: 1,
  };
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** One request by hand, for what no client would send. */
export async function raw(
  { port }: TestServer,
  { method = 'POST', path = '/', headers = {}, body = '' }: RawRequest,
): Promise<RawAnswer> {
  const sent = request({ host: '127.0.0.1', port, method, path, headers });
  sent.end(body);
  const [answer] = await once(sent, 'response');
  sent.on('error', () => {}); // SAFE: the answer is there; that the server does not want the rest of the body is no failure.
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk);
  return { status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks).toString('utf8') };
}

export interface RawRequest {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
}

/** The header by which a request names its service; nobody checks the signature here. */
export function scope(service: string): { authorization: string } {
  return {
    authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20240101/eu-west-1/${service}/aws4_request, SignedHeaders=host, Signature=0`,
  };
}

/** A handler that keeps what it received, and answers `output`. */
export function recorder<Input, Output>(output: Output) {
  const received: { input: Input; context: RequestContext }[] = [];
  const handler = (input: Input, context: RequestContext): Output => {
    received.push({ input, context });
    return output;
  };
  return { received, handler };
}
