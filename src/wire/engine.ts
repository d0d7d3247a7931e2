import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import type { Authenticate, Authenticated } from './authenticate.ts';
import { AwsError, UNMODELLED } from './aws-error.ts';
import { Call } from './call.ts';
import { isTree } from './codecs/tree.ts';
import { checksOf } from './constraints.ts';
import { decideError, isOurs } from './error-answer.ts';
import { protocolOf, type RequestHead } from './identify.ts';
import { awsQuery } from './protocols/aws-query.ts';
import type { Answer, Protocol } from './protocols/protocol.ts';
import { restJson1 } from './protocols/rest.ts';
import { restXml } from './protocols/rest-xml.ts';
import { awsJson1_0, awsJson1_1, rpcv2Cbor } from './protocols/rpc.ts';
import { createRouter } from './route.ts';
import { s3Headers } from './s3-headers.ts';
import { isStreaming, type Operation, payloadMember, readModel } from './schema.ts';
import { type Loaded, selectOperation, selectService, unsupported } from './select.ts';
import { isStreamed, isWhole, sendStream, sendWhole } from './send.ts';
import type { ProtocolName, RequestContext, ServiceDefinition } from './service.ts';
import { sourceIpOf } from './source-ip.ts';
import { validate } from './validation.ts';
import { assertWhole } from './whole-numbers.ts';

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
    const call = new Call(req, newRequestId(), bodyBytesMax);
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
    const definition = await selectService(services, call, load);
    call.service = definition;
    const protocolName = protocolOf(definition, call.head);
    const protocol = PROTOCOL[protocolName];
    const service = load(definition);
    const { operation, labels, isFormer } = await selectOperation(service, protocolName, call);
    call.operation = operation.name;
    const handler = definition.handlers[operation.name];
    if (handler === undefined) throw unsupported(`${definition.name}'s operation ${operation.name}`);

    const payload = payloadMember(operation.input);
    const streams = payload !== undefined && isStreaming(payload);
    const authenticated = streams ? authenticateStream(call) : await authenticateWhole(call);
    const sent = streams ? (authenticated.body ?? call.req) : await call.plainBody();
    const body = isFormer ? formerBody(operation, call.head.query) : sent;
    const query = protocolName === 'awsQuery' ? await call.parameters() : call.head.query;
    const headers = definition.dialect === 's3' ? s3Headers(call.head) : call.head.headers;
    const input = protocol.read(operation, { ...call.head, headers, query, labels, body, origin: originOf(call.req) });
    if (definition.fractions !== undefined) assertWhole(input, definition.fractions);
    const checks = checksOf(service.constraints[operation.name] ?? {}, input);
    (definition.validate ?? validate)(checks);
    const output = await handler(input, contextOf(call, authenticated, signal));
    return protocol.write(definition, operation, isTree(output) ? output : {}, call.requestId);
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
    const answer = PROTOCOL[protocolName].writeError(
      service,
      decideError(error, requestId, service, protocolName, model),
    );
    return error instanceof AwsError ? { ...answer, headers: { ...answer.headers, ...error.headers } } : answer;
  }

  function authenticateStream({ req, service }: Call): Authenticated {
    return authenticate({ ...requestOf(req), expectedService: service?.signingName, body: { stream: req } });
  }

  async function authenticateWhole(call: Call): Promise<Authenticated> {
    const { req, service } = call;
    // Chunk signatures are checked while the body streams by, also for an operation that wants it whole.
    if (String(req.headers['x-amz-content-sha256']).startsWith('STREAMING-')) {
      const authenticated = authenticateStream(call);
      if (authenticated.body !== undefined) await call.replaceBody(authenticated.body);
      return authenticated;
    }
    return authenticate({ ...requestOf(req), expectedService: service?.signingName, body: await call.wireBody() });
  }

  function load(definition: ServiceDefinition): Loaded {
    const known = loaded.get(definition);
    if (known !== undefined) return known;
    const model = readModel(definition.load());
    const constraints = definition.constraints?.() ?? {};
    const service = { definition, model, route: createRouter(definition, model), constraints };
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

/** What newer clients would have sent in the body. */
function formerBody({ input }: Operation, query: RequestHead['query']): Buffer {
  const members = query.flatMap(([name, text]): [string, string | number][] => {
    const member = input?.members.find((one) => one.name === name);
    return member === undefined ? [] : [[name, member.shape.kind === 'number' ? Number(text) : text]];
  });
  return Buffer.from(JSON.stringify(Object.fromEntries(members)));
}

/** Answers for requests of which no service is known. */
const UNKNOWN_SERVICE: ServiceDefinition = {
  name: 'unknown',
  signingName: '',
  protocols: ['restJson1', 'awsJson1_0', 'awsJson1_1', 'awsQuery', 'rpcv2Cbor'],
  load: () => ({}),
  handlers: {},
};

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
    // Whoever knows policies puts the answers in their place.
    mayReach: () => false,
    assertMay: () => {},
    signal,
    headers: req.headers,
    sourceIp: sourceIpOf(req),
    origin: originOf(req),
  };
}

function originOf({ headers, socket }: IncomingMessage): string {
  const scheme = 'encrypted' in socket ? 'https' : 'http';
  return `${scheme}://${headers.host ?? `${socket.localAddress}:${socket.localPort}`}`;
}
