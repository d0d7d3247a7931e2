import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { type AddressInfo, Server as SocketServer } from 'node:net';
import type { Clock } from '../lib/clock.ts';
import { createServer } from '../lib/http.ts';
import type { Logger } from '../lib/log.ts';
import { pipelineLimit } from '../lib/pipeline-limit.ts';
import { answerUnreadable, HEAD_BYTES_MAX } from './unreadable-requests.ts';

/** Answers a request, or answers false and leaves it untouched. */
export type Door = (request: IncomingMessage, response: ServerResponse) => boolean;

export interface Listener extends AsyncDisposable {
  readonly http: Server;
  readonly port: number;
  /** Each request goes to the first that answers it. Until there is one, the server is starting. */
  readonly doors: Door[];
  /** Answers that are not wholly with the system yet: a stop waits for them. */
  underWay(): number;
  /** Takes no new connections, and one last request of each old one. */
  drain(): void;
}

/** The port is taken, or may not be used. */
export class CannotListen extends Error {}

/** Requests that one connection sends before it has any answer; no AWS client sends more than one. */
const PIPELINED_MAX = 64;
/** A client that is still sending its request head after this has gone, or means no good. */
const HEADERS_MS_MAX = 30_000;
/** The largest request is an object of 5 GB, or a part of one: it may come at 1.5 MB a second. */
const REQUEST_MS_MAX = 3_600_000;

/** Listens, and hands requests to the doors. Throws CannotListen. */
export async function openListener(options: {
  host: string;
  port: number;
  clock: Clock;
  log: Logger;
}): Promise<Listener> {
  const doors: Door[] = [];
  const answers = new Set<ServerResponse>();
  let draining = false;
  const mayBeAnswered = pipelineLimit(PIPELINED_MAX);
  const http = createServer({ maxHeaderSize: HEAD_BYTES_MAX }, (request, response) => {
    if (!mayBeAnswered(request)) return;
    answers.add(response);
    response.once('close', () => answers.delete(response));
    response.shouldKeepAlive &&= !draining;
    try {
      for (const door of doors) if (door(request, response)) return;
    } catch (error) {
      // Nobody else would catch it: one request must not end the server for all.
      options.log.error({ err: error, method: request.method }, 'a request could not be taken');
      if (!response.headersSent) response.writeHead(500, { 'Content-Type': 'text/plain' });
      response.end('Lambent could not take this request. Its log says why.\n');
      return;
    }
    // Only in the moments between the first listening and the end of the start.
    response.writeHead(503, { 'Content-Type': 'text/plain', 'Retry-After': '1' });
    response.end('Lambent is starting.\n');
  });
  answerUnreadable(http, answers, options.clock);
  http.headersTimeout = HEADERS_MS_MAX;
  http.requestTimeout = REQUEST_MS_MAX;
  // Clients keep their connections; a server that closes them first makes their next request fail.
  http.keepAliveTimeout = 75_000;
  http.maxRequestsPerSocket = 0;
  const port = await listen(http, options.host, options.port);
  return {
    http,
    port,
    doors,
    underWay: () => answers.size,
    drain() {
      // Not http.close(): to node:http a connection is idle while its answer is still on its way, and is cut off.
      SocketServer.prototype.close.call(http);
      draining = true;
      for (const response of answers) response.shouldKeepAlive = false;
    },
    [Symbol.asyncDispose]: () => closeServer(http),
  };
}

function listen(http: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    http.once('error', (error: NodeJS.ErrnoException) => reject(new CannotListen(listenText(error, host, port))));
    http.listen({ host, port }, () => {
      http.removeAllListeners('error');
      http.on('error', () => {}); // SAFE: once it listens, the server's errors are those of single connections.
      resolve((http.address() as AddressInfo).port); // SAFE: it listens on a host and a port.
    });
  });
}

function listenText(error: NodeJS.ErrnoException, host: string, port: number): string {
  if (error.code === 'EADDRINUSE') {
    return `port ${port} of ${host} is taken by another program. Choose another one with --port, for example --port ${port + 1}`;
  }
  if (error.code === 'EACCES') return `port ${port} may not be used by this user. Choose one above 1023 with --port`;
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND') {
    return `${host} is no address of this machine. Choose one with --host`;
  }
  return `cannot listen on ${host}:${port}: ${error.message}`;
}

function closeServer(http: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    // Closing what is closed already is an error to Node, and what we want.
    http.close(() => resolve());
  });
  http.closeAllConnections();
  return closed;
}
