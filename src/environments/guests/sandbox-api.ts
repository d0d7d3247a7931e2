import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createDoor, type Socket } from 'node:net';
import { createServer } from '../../lib/http.ts';
import { pipelineLimit } from '../../lib/pipeline-limit.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';

/** Answers a request, or returns false and leaves it untouched. */
export type SandboxRoute = (request: IncomingMessage, response: ServerResponse) => boolean;

/** The HTTP server that a sandbox's processes reach as AWS_LAMBDA_RUNTIME_API. */
export interface SandboxApi {
  /** `host:port`, as from inside. */
  readonly address: string;
  /** The first route that takes a request answers it. */
  route(route: SandboxRoute): void;
  close(): void;
}

/** Where it listens inside. */
export const SANDBOX_API_PORT = 9001;

/** A runtime needs two, each extension one or two; each takes a descriptor of the server, and a function may open many. */
const CONNECTIONS_MAX = 64;

/**
 * Of all headers, and of all trailers: runtimes put into them why a function has failed. AWS's client for Java sends causes
 * of up to 1 MB (`Lambda-Runtime-Function-XRay-Error-Cause`), and a runtime that is refused one reports no error at all.
 */
const HEADER_BYTES_MAX = 1024 * 1024 + 64 * 1024;

/** No runtime or extension sends a request on a connection before it has the answer to the last one. */
const PIPELINED_MAX = 16;

/** Listens in the sandbox. Nothing of HTTP is set up before somebody connects: most functions never do. */
export function sandboxApi(sandbox: Sandbox): SandboxApi {
  const routes: SandboxRoute[] = [];
  const sockets = new Set<Socket>();
  let http: Server | undefined;
  // As an HTTP server has it: a client may end its side before it has the answer, and what is short is sent at once.
  const door = createDoor({ allowHalfOpen: true, noDelay: true }, (socket) => {
    // A server that does not listen itself keeps no list of its connections.
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    http ??= server(routes);
    http.emit('connection', socket);
  });
  door.maxConnections = CONNECTIONS_MAX;
  // SAFE: once it listens, a server's errors are those of single connections that it could not take.
  door.on('error', () => {});
  const { host, port } = sandbox.listen(SANDBOX_API_PORT, door);
  return {
    address: `${host}:${port}`,
    route: (route) => void routes.push(route),
    close: () => {
      door.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function server(routes: readonly SandboxRoute[]): Server {
  const mayBeAnswered = pipelineLimit(PIPELINED_MAX);
  const http = createServer({ maxHeaderSize: HEADER_BYTES_MAX }, (request, response) => {
    if (!mayBeAnswered(request)) return;
    for (const route of routes) if (route(request, response)) return;
    request.resume();
    response.writeHead(404, { 'Content-Type': 'text/plain' });
    response.end('404 page not found');
  });
  // A runtime or an extension waits in `next` for as long as its environment lives.
  http.requestTimeout = 0;
  http.headersTimeout = 0;
  http.keepAliveTimeout = 0;
  http.timeout = 0;
  return http;
}
