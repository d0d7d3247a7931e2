import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import type { Authenticate, Authenticated } from './authenticate.ts';
import { AwsError, UNMODELLED } from './aws-error.ts';
import { BodyTooLarge, decompressed, readWhole } from './body.ts';
import { isTree, type Tree } from './codecs/tree.ts';
import { decideError, isOurs } from './error-answer.ts';
import { candidates, hostBucket, isForm, protocolOf, type RequestHead, scopedService, targetOf } from './identify.ts';
import { awsQuery, queryParameters } from './protocols/aws-query.ts';
import type { Answer, Protocol } from './protocols/protocol.ts';
import { restJson1 } from './protocols/rest.ts';
import { restXml } from './protocols/rest-xml.ts';
import { awsJson1_0, awsJson1_1, rpcv2Cbor } from './protocols/rpc.ts';
import { createRouter, type Match } from './route.ts';
import { isStreaming, type Model, payloadMember, readModel } from './schema.ts';
import { isStreamed, isWhole, sendStream, sendWhole } from './send.ts';
import type { ProtocolName, RequestContext, ServiceDefinition } from './service.ts';

export interface EngineOptions {
  readonly services: readonly ServiceDefinition[];
  readonly authenticate: Authenticate;
  readonly clock: Clock;
  readonly log: Logger;
  /** Makes request ids: lower-case UUIDs, as AWS's are. */
  readonly newRequestId: () => string;
  /** Aborts every `context.signal`: the server stops. */
  readonly stopping: AbortSignal;
  /** Largest body that is read whole, in bytes, for services without a limit of their own. */
  readonly bodyBytesMax?: number;
}

export interface Engine {
  /** Answers one request of any AWS client. Never throws; a client that has left is not answered. */
  readonly handle: (req: IncomingMessage, res: ServerResponse) => void;
  /** Loads the schemas of a service, so that its first request need not. Throws on an unknown name. */
  readonly warm: (serviceName: string) => void;
  /**
   * Writes an error in a service's own form, for doors that do not go through `handle`. Schemas are loaded only for
   * codes that the service models. Does nothing but close when the answer has begun.
   */
  readonly writeError: (res: ServerResponse, serviceName: string, error: unknown, requestId: string) => void;
}

/** AWS Lambda's limit of a whole request (lambda-facts 3): 50 MiB of zip in base64, and its envelope. */
export const BODY_BYTES_MAX = 70_167_211;

const PROTOCOL: Readonly<Record<ProtocolName, Protocol>> = {
  restJson1,
  restXml,
  awsJson1_0,
  awsJson1_1,
  awsQuery,
  rpcv2Cbor,
};

interface Loaded {
  readonly definition: ServiceDefinition;
  readonly model: Model;
  readonly route: ReturnType<typeof createRouter>;
}

/** What is known of a request so far: errors are written, and logged, with as much as there is. */
interface Call {
  readonly requestId: string;
  readonly req: IncomingMessage;
  readonly head: RequestHead;
  service: ServiceDefinition | undefined;
  operation: string | undefined;
  /** The body, once it has been read whole; streams stay in `req`. */
  body: Buffer | undefined;
}

export function createEngine(options: EngineOptions): Engine {
  const { services, authenticate, clock, log, newRequestId, stopping, bodyBytesMax = BODY_BYTES_MAX } = options;
  const loaded = new Map<ServiceDefinition, Loaded>();
  const leaving = new Set<AbortController>();
  const stop = () => {
    for (const call of leaving) call.abort(stopping.reason);
  };
  stopping.addEventListener('abort', stop, { once: true });

  return {
    handle: (req, res) => {
      serve(req, res).catch((error) => {
        // Only sending can fail here, and then nobody listens any more.
        log.error({ err: error }, 'an answer could not be sent');
        res.destroy();
      });
    },
    warm: (serviceName) => {
      load(serviceNamed(serviceName));
    },
    writeError: (res, serviceName, error, requestId) => {
      if (res.headersSent) {
        res.destroy();
        return;
      }
      const service = serviceNamed(serviceName);
      const answer = errorAnswer(error, requestId, service, service.protocols[0]);
      if (isWhole(answer)) sendWhole(res, answer, requestId, service);
    },
  };

  async function serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const startedMs = clock.monotonicMs();
    const call: Call = {
      requestId: newRequestId(),
      req,
      head: headOf(req),
      service: undefined,
      operation: undefined,
      body: undefined,
    };
    const left = new AbortController();
    if (stopping.aborted) left.abort(stopping.reason);
    leaving.add(left);
    res.once('close', () => {
      leaving.delete(left);
      if (!res.writableFinished) left.abort(new Error('the client left'));
    });

    const answer = await respond(call, left.signal).catch((error) => failed(call, error, left.signal));
    await send(res, answer, call);
    log.debug({
      requestId: call.requestId,
      service: call.service?.name,
      operation: call.operation,
      status: answer.status,
      ms: clock.monotonicMs() - startedMs,
    });
  }

  async function respond(call: Call, signal: AbortSignal): Promise<Answer> {
    const { head } = call;
    const definition = await serviceOf(call);
    call.service = definition;
    const service = load(definition);
    const protocolName = protocolOf(definition, head);
    const protocol = PROTOCOL[protocolName];
    if (protocolName === 'awsQuery') await bodyOf(call);
    const { operation, labels } = operationOf(service, protocolName, call);
    call.operation = operation.name;
    const handler = definition.handlers[operation.name];
    if (handler === undefined) throw unsupported(`${definition.name}'s operation ${operation.name}`);

    const payload = payloadMember(operation.input);
    const streams = payload !== undefined && isStreaming(payload);
    const authenticated = streams ? authenticateStream(call) : await authenticateWhole(call);
    const body = streams
      ? (authenticated.body ?? call.req)
      : await decompressed(await bodyOf(call), encodingOf(call), limitOf(call)).catch((error) => tooLarge(call, error));
    const input = protocol.read(operation, { ...head, labels, body, origin: originOf(call.req) });
    const output = await handler(input, contextOf(call, authenticated, signal));
    return protocol.write(definition, operation, isTree(output) ? (output as Tree) : {}, call.requestId);
  }

  function failed(call: Call, error: unknown, signal: AbortSignal): Answer {
    const { requestId, head, operation } = call;
    const service = call.service ?? UNKNOWN_SERVICE;
    // Whatever fails after the client has left most likely fails because of it, and nobody reads the answer.
    if (isOurs(error) && !signal.aborted) {
      log.error({ err: error, requestId, service: service.name, operation }, 'a request failed');
    }
    return errorAnswer(error, requestId, service, protocolOf(service, head));
  }

  function errorAnswer(
    error: unknown,
    requestId: string,
    service: ServiceDefinition,
    protocolName: ProtocolName,
  ): Answer {
    const known = error instanceof AwsError && UNMODELLED[error.code] !== undefined;
    const model = service === UNKNOWN_SERVICE || known ? loaded.get(service)?.model : load(service).model;
    return PROTOCOL[protocolName].writeError(service, decideError(error, requestId, service, protocolName, model));
  }

  /** Tells the service, reading the form of a query request if nothing else tells. */
  async function serviceOf(call: Call): Promise<ServiceDefinition> {
    const { head } = call;
    const possible = candidates(services, head);
    const [first] = possible;
    if (first === undefined) throw unsupported(`the service ${scopedService(head) ?? targetOf(head)?.service}`);
    if (possible.length === 1) return first;
    const asksByQuery = isForm(head) || head.query.some(([name]) => name === 'Action');
    const found = asksByQuery ? await byVersion(call, possible) : possible.find((service) => serves(service, head));
    if (found !== undefined) return found;
    throw new AwsError('UnknownOperationException', `No service answers ${head.method} ${head.path}`);
  }

  async function byVersion(call: Call, possible: readonly ServiceDefinition[]): Promise<ServiceDefinition | undefined> {
    const body = isForm(call.head) ? await bodyOf(call) : Buffer.alloc(0);
    const version = queryParameters({ query: call.head.query, body }).find(([name]) => name === 'Version')?.[1];
    return possible.find(({ protocols, apiVersion }) => protocols.includes('awsQuery') && apiVersion === version);
  }

  function serves(definition: ServiceDefinition, head: RequestHead): boolean {
    const [protocol] = definition.protocols;
    const isRest = protocol === 'restJson1' || protocol === 'restXml';
    return isRest && load(definition).route({ ...head, hostBucket: bucketOf(definition, head) }) !== undefined;
  }

  function operationOf({ definition, model, route }: Loaded, protocol: ProtocolName, call: Call): Match {
    const { head } = call;
    if (protocol === 'restJson1' || protocol === 'restXml') {
      const match = route({ ...head, hostBucket: bucketOf(definition, head) });
      if (match !== undefined) return match;
      throw new AwsError(
        'UnknownOperationException',
        `${definition.name} has no operation ${head.method} ${head.path}`,
      );
    }
    const name = protocol === 'awsQuery' ? actionOf(call) : targetedOperation(definition, head);
    const operation = model.operations.get(name);
    if (operation !== undefined) return { operation, labels: new Map() };
    const message =
      protocol === 'awsQuery'
        ? `The action ${name} is not valid for this web service.` // IAM's words.
        : `${definition.name} has no operation ${name}`;
    throw new AwsError('UnknownOperationException', message);
  }

  function authenticateStream({ req, service }: Call): Authenticated {
    return authenticate({ ...requestOf(req), expectedService: service?.signingName, body: { stream: req } });
  }

  async function authenticateWhole(call: Call): Promise<Authenticated> {
    const { req, service } = call;
    // Chunk signatures are checked while the body streams by, also for an operation that wants it whole.
    if (String(req.headers['x-amz-content-sha256']).startsWith('STREAMING-') && call.body === undefined) {
      const authenticated = authenticateStream(call);
      call.body = await readWhole(authenticated.body ?? req, limitOf(call)).catch((error) => tooLarge(call, error));
      return authenticated;
    }
    return authenticate({ ...requestOf(req), expectedService: service?.signingName, body: await bodyOf(call) });
  }

  async function bodyOf(call: Call): Promise<Buffer> {
    call.body ??= await wholeBody(call).catch((error) => tooLarge(call, error));
    return call.body;
  }

  async function wholeBody(call: Call): Promise<Buffer> {
    const { req } = call;
    if (Number(req.headers['content-length'] ?? 0) > limitOf(call)) throw new BodyTooLarge();
    return readWhole(req, limitOf(call));
  }

  function tooLarge(call: Call, error: unknown): never {
    if (!(error instanceof BodyTooLarge)) throw error;
    const operation = call.operation === undefined ? '' : ` for the ${call.operation} operation`;
    const message = `Request must be smaller than ${limitOf(call)} bytes${operation}`;
    throw new AwsError('RequestEntityTooLargeException', message);
  }

  function limitOf({ service }: Call): number {
    return service?.bodyBytesMax ?? bodyBytesMax;
  }

  function load(definition: ServiceDefinition): Loaded {
    const known = loaded.get(definition);
    if (known !== undefined) return known;
    const model = readModel(definition.load());
    const service = { definition, model, route: createRouter(definition, model) };
    loaded.set(definition, service);
    return service;
  }

  function serviceNamed(name: string): ServiceDefinition {
    const service = services.find((candidate) => candidate.name === name);
    if (service === undefined) throw new Error(`there is no service ${name}`);
    return service;
  }

  async function send(res: ServerResponse, answer: Answer, call: Call): Promise<void> {
    const { req, requestId, service, operation } = call;
    if (isWhole(answer)) sendWhole(res, answer, requestId, service);
    if (isStreamed(answer)) {
      await sendStream(res, answer, requestId, service).catch((error) => {
        const gone = error.code === 'ERR_STREAM_PREMATURE_CLOSE';
        log[gone ? 'debug' : 'error'](
          { err: error, requestId, service: service?.name, operation },
          'an answer broke off',
        );
      });
    }
    // What the client still sends is taken and dropped, so that it gets to reading our answer.
    if (!req.complete && !req.destroyed) req.unpipe().resume();
  }
}

/** Answers for requests of which no service is known. */
const UNKNOWN_SERVICE: ServiceDefinition = {
  name: 'unknown',
  signingName: '',
  protocols: ['restJson1', 'awsJson1_0', 'awsJson1_1', 'awsQuery', 'rpcv2Cbor'],
  load: () => ({}),
  handlers: {},
};

function unsupported(what: string): AwsError {
  return new AwsError('NotImplemented', `Lambent does not support ${what} yet.`);
}

function headOf(req: IncomingMessage): RequestHead {
  const url = req.url ?? '/';
  const at = url.indexOf('?');
  return {
    method: req.method ?? 'GET',
    path: at < 0 ? url : url.slice(0, at),
    query: at < 0 ? [] : [...new URLSearchParams(url.slice(at + 1))],
    headers: req.headers,
  };
}

function requestOf({ method = 'GET', url = '/', headers, rawHeaders }: IncomingMessage) {
  return { method, url, headers, rawHeaders };
}

function contextOf(
  { requestId, req }: Call,
  { principal, region }: Authenticated,
  signal: AbortSignal,
): RequestContext {
  return {
    requestId,
    region,
    account: principal.account,
    principal,
    signal,
    headers: req.headers,
    origin: originOf(req),
  };
}

function originOf({ headers, socket }: IncomingMessage): string {
  const scheme = 'encrypted' in socket ? 'https' : 'http';
  return `${scheme}://${headers.host ?? `${socket.localAddress}:${socket.localPort}`}`;
}

function bucketOf({ dialect }: ServiceDefinition, { headers }: RequestHead): string | undefined {
  return dialect === 's3' ? hostBucket(headers.host) : undefined;
}

function encodingOf({ req }: Call): string | undefined {
  return req.headers['content-encoding'];
}

function actionOf({ head, body = Buffer.alloc(0) }: Call): string {
  return queryParameters({ query: head.query, body }).find(([name]) => name === 'Action')?.[1] ?? '';
}

function targetedOperation({ target }: ServiceDefinition, head: RequestHead): string {
  const asked = targetOf(head);
  return asked !== undefined && asked.service === target ? asked.operation : '';
}
