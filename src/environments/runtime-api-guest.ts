import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { launchFrame, launchScript } from '../runtimes/launch-script.ts';
import { bootstrapProblem, findBootstrap } from '../runtimes/provided/bootstrap.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { gather } from './gather.ts';
import { type Guest, type GuestOwner, type InitAnswer, RESPONSE_BYTES_MAX } from './guest.ts';
import type { Invocation } from './spec.ts';

/** Where the Runtime API listens inside a sandbox. */
export const RUNTIME_API_PORT = 9001;

/** A runtime needs two; each takes a descriptor of the server, and a function may open many. */
const CONNECTIONS_MAX = 64;
const BASE = '/2018-06-01/runtime/';
/** The error type header of the Runtime API; anything else is reported as unknown (lambda-facts 16.1). */
const ERROR_TYPE = /^(Runtime|Function)\.[A-Z][a-zA-Z]+$/;

/**
 * A guest that speaks AWS's HTTP Runtime API: a custom runtime's `bootstrap`. The first process of the sandbox is a
 * small shell that waits for the launch script on descriptor 3 and becomes the bootstrap.
 */
export function runtimeApiGuest(sandbox: Sandbox): Guest & { readonly address: string } {
  const api = runtimeApi();
  const { host, port } = sandbox.listen(RUNTIME_API_PORT, api.server);
  // SAFE: the shell's end of the channel closes when it becomes the bootstrap; a lost sandbox is reported by `exited`.
  sandbox.channel.on('error', () => {});
  sandbox.channel.resume();

  return {
    address: `${host}:${port}`,
    up: Promise.resolve(),
    own: api.own,
    init: (start) => {
      const { paths, codeDir, variables } = start;
      const bootstrap = findBootstrap({ hostDir: codeDir, inside: paths.task }, undefined);
      if (bootstrap.kind !== 'found')
        return api.failInit({ kind: 'no-entrypoint', problem: bootstrapProblem(bootstrap) });
      const launch = { env: variables, cwd: paths.task, program: bootstrap.path, args: [], keepChannel: false };
      sandbox.channel.end(launchFrame(launchScript(launch)));
    },
    invoke: api.invoke,
    close: () => {
      api.close();
      sandbox.channel.destroy();
    },
  };
}

interface RunningInvocation {
  readonly invocation: Invocation;
  readonly deadlineMs: number;
  answered: boolean;
}

/** The Runtime API of one environment: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html and lambda-facts 16.1. */
function runtimeApi() {
  let owner: GuestOwner | undefined;
  let initialised = false;
  let current: RunningInvocation | undefined;
  let last: string | undefined;
  let waiting: ServerResponse | undefined;

  const failInit = (answer: InitAnswer) => owner?.onInit(answer);

  const next = (response: ServerResponse) => {
    if (!initialised) {
      initialised = true;
      owner?.onInit({ kind: 'done' });
    }
    waiting?.destroy();
    if (current !== undefined && !current.answered) return deliver(current, response);
    waiting = response;
    response.once('close', () => {
      if (waiting === response) waiting = undefined;
    });
  };

  const answer = async (request: IncomingMessage, response: ServerResponse, id: string, isError: boolean) => {
    if (current === undefined || id !== current.invocation.requestId) {
      request.resume();
      if (id === last)
        return refuse(
          response,
          403,
          'InvalidStateTransition',
          `State transition from Ready to ${isError ? 'InvocationErrorResponse' : 'InvocationResponse'} failed for runtime. Error: State transition is not allowed`,
        );
      return refuse(response, 400, 'InvalidRequestID', 'Invalid request ID');
    }
    if (current.answered) {
      request.resume();
      return refuse(
        response,
        403,
        'InvalidStateTransition',
        `State transition from ${isError ? 'InvocationErrorResponse' : 'InvocationResponse'} to ${isError ? 'InvocationErrorResponse' : 'InvocationResponse'} failed for runtime. Error: State transition is not allowed`,
      );
    }
    const mode = request.headers['lambda-runtime-function-response-mode'];
    if (!isError && mode !== undefined && mode !== 'streaming') {
      request.resume();
      return refuse(response, 400, 'InvalidFunctionResponseMode', 'Invalid function response mode');
    }
    const running = current;
    running.answered = true;
    const body = await readBody(request);
    if (body === 'cut-off') {
      // The runtime broke off in the middle: it may still answer, or its end will be noticed.
      running.answered = false;
      return;
    }
    last = id;
    current = undefined;
    if (body === 'too-long') {
      refuse(
        response,
        413,
        'RequestEntityTooLarge',
        `Exceeded maximum allowed payload size (${RESPONSE_BYTES_MAX} bytes).`,
      );
      return owner?.onAnswer({ kind: 'response-too-large' });
    }
    accept(response);
    const trailerType = request.trailers['lambda-runtime-function-error-type'];
    if (!isError && trailerType === undefined) return owner?.onAnswer({ kind: 'response', payload: body });
    const payload = isError
      ? body
      : Buffer.from(String(request.trailers['lambda-runtime-function-error-body'] ?? ''), 'base64');
    const given = isError ? request.headers['lambda-runtime-function-error-type'] : trailerType;
    owner?.onAnswer({
      kind: 'error',
      payload,
      errorType: typeof given === 'string' && ERROR_TYPE.test(given) ? given : undefined,
    });
  };

  const initError = async (request: IncomingMessage, response: ServerResponse) => {
    if (initialised) {
      request.resume();
      return refuse(
        response,
        403,
        'InvalidStateTransition',
        'State transition from Ready to InitError failed for runtime. Error: State transition is not allowed',
      );
    }
    // From here on, so that only one body at a time is held.
    initialised = true;
    const body = await readBody(request);
    if (!Buffer.isBuffer(body)) initialised = false;
    if (body === 'cut-off') return;
    if (body === 'too-long')
      return refuse(
        response,
        413,
        'RequestEntityTooLarge',
        `Exceeded maximum allowed payload size (${RESPONSE_BYTES_MAX} bytes).`,
      );
    accept(response);
    owner?.onInit({ kind: 'error', payload: body });
  };

  const route = async (request: IncomingMessage, response: ServerResponse): Promise<unknown> => {
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    if (path === `${BASE}invocation/next`) return request.method === 'GET' ? next(response) : plain(response, 405, '');
    if (path === `${BASE}init/error`)
      return request.method === 'POST' ? initError(request, response) : plain(response, 405, '');
    if (path === '/2018-06-01/ping') return plain(response, 200, 'pong');
    const [id, verb, ...more] = path.startsWith(`${BASE}invocation/`) ? path.slice(BASE.length + 11).split('/') : [];
    if (id !== undefined && more.length === 0 && (verb === 'response' || verb === 'error')) {
      return request.method === 'POST' ? answer(request, response, id, verb === 'error') : plain(response, 405, '');
    }
    request.resume();
    return plain(response, 404, '404 page not found');
  };

  const server: Server = createServer((request, response) => {
    // Nothing in a route throws but a socket that has gone, and then nobody waits for the answer.
    route(request, response).catch(() => response.destroy());
  });
  // A runtime waits in `next` for as long as its environment lives.
  server.requestTimeout = 0;
  server.headersTimeout = 0;
  server.keepAliveTimeout = 0;
  server.timeout = 0;
  server.maxConnections = CONNECTIONS_MAX;
  // SAFE: once it listens, a server's errors are those of single connections that it could not take.
  server.on('error', () => {});

  return {
    server,
    failInit,
    own: (nextOwner: GuestOwner) => {
      owner = nextOwner;
    },
    invoke: (invocation: Invocation, deadlineMs: number) => {
      current = { invocation, deadlineMs, answered: false };
      const response = waiting;
      waiting = undefined;
      // Not waiting yet: it is still on its way back from the last answer, and its next `next` gets this event.
      if (response !== undefined) deliver(current, response);
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function deliver(running: RunningInvocation, response: ServerResponse): void {
  const { invocation } = running;
  const headers: Record<string, string | number> = {
    'Content-Type': 'application/json',
    'Content-Length': invocation.event.length,
    'Lambda-Runtime-Aws-Request-Id': invocation.requestId,
    'Lambda-Runtime-Deadline-Ms': running.deadlineMs,
    'Lambda-Runtime-Invoked-Function-Arn': invocation.invokedArn,
    'Lambda-Runtime-Trace-Id': invocation.traceId,
  };
  if (invocation.clientContext) headers['Lambda-Runtime-Client-Context'] = headerText(invocation.clientContext);
  if (invocation.cognitoIdentity) headers['Lambda-Runtime-Cognito-Identity'] = headerText(invocation.cognitoIdentity);
  response.writeHead(200, headers);
  response.end(invocation.event);
}

/** A JSON text as a header: its UTF-8 bytes; what breaks a header can only be white space of JSON, or no JSON at all. */
function headerText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a header must not hold.
  return Buffer.from(text.replaceAll(/[\u0000-\u001f\u007f]/g, ' ')).toString('latin1');
}

function accept(response: ServerResponse): void {
  response.writeHead(202, { 'Content-Type': 'application/json' });
  response.end('{"status":"OK"}\n');
}

function refuse(response: ServerResponse, status: number, errorType: string, errorMessage: string): void {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify({ errorMessage, errorType }));
}

function plain(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain' });
  response.end(text);
}

/** The whole body, at most the response limit; longer ones are read to their end and dropped, so that the runtime gets its 413. */
async function readBody(request: IncomingMessage): Promise<Buffer | 'too-long' | 'cut-off'> {
  let whole = gather();
  let bytes = 0;
  try {
    for await (const part of request) {
      bytes += (part as Buffer).length;
      if (bytes <= RESPONSE_BYTES_MAX) whole.add(part as Buffer);
      else whole = gather();
    }
  } catch {
    // The connection broke; the caller is told so.
    return 'cut-off';
  }
  if (!request.complete) return 'cut-off';
  return bytes > RESPONSE_BYTES_MAX ? 'too-long' : whole.bytes();
}
