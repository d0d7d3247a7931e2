import type { IncomingMessage, ServerResponse } from 'node:http';
import type { SandboxRoute } from '../guests/sandbox-api.ts';
import type { EnvironmentLog } from '../logs/environment-log.ts';
import type { EnvironmentSpec } from '../spec.ts';
import { EXTENSION_EVENTS, type Extension, type ExtensionEvent, type Extensions } from './extensions.ts';
import { readSubscription } from './telemetry-subscription.ts';

const BASE = '/2020-01-01/extension/';
const SUBSCRIBE_PATHS: ReadonlyMap<string, 'telemetry' | 'logs'> = new Map([
  ['/2022-07-01/telemetry', 'telemetry'],
  ['/2020-08-15/logs', 'logs'],
]);
/** No request of these APIs has more to say. */
const BODY_BYTES_MAX = 64 * 1024;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The Extensions API, Telemetry API and Logs API of one environment, in AWS's words (lambda-facts 16.2, 16.3). */
export function extensionsRoute(parts: {
  extensions: Extensions;
  log: EnvironmentLog;
  spec: Pick<EnvironmentSpec, 'account' | 'name' | 'version' | 'handler'>;
}): SandboxRoute {
  return (request, response) => {
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    const api = SUBSCRIBE_PATHS.get(path);
    const [method, act] =
      api === undefined
        ? (OPERATIONS.get(path.startsWith(BASE) ? path.slice(BASE.length) : '') ?? [])
        : (['PUT', (call: Call) => subscribe(call, api)] as const);
    if (act === undefined) return false;
    if (request.method !== method) {
      request.resume();
      response.writeHead(405, { Allow: method }).end();
      return true;
    }
    // Nothing in an operation throws but a socket that has gone, and then nobody waits for the answer.
    act({ ...parts, request, response }).catch(() => response.destroy());
    return true;
  };
}

interface Call {
  readonly extensions: Extensions;
  readonly log: EnvironmentLog;
  readonly spec: Pick<EnvironmentSpec, 'account' | 'name' | 'version' | 'handler'>;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

// A map, and no object: a function chooses the path, and every object has a `constructor`.
const OPERATIONS: ReadonlyMap<string, readonly ['GET' | 'POST', (call: Call) => Promise<void>]> = new Map([
  ['register', ['POST', register]],
  ['event/next', ['GET', next]],
  ['init/error', ['POST', (call) => failing(call, 'InitError')]],
  ['exit/error', ['POST', (call) => failing(call, 'ExitError')]],
]);

async function register({ extensions, spec, request, response }: Call): Promise<void> {
  const body = await readBody(request);
  const name = header(request, 'lambda-extension-name');
  if (name === '') return refuse(response, 'Extension.InvalidExtensionName', 'Empty extension name');
  const wish = readEvents(body);
  if (wish.kind === 'malformed') return refuse(response, 'InvalidRequestFormat', wish.why);
  const events: ExtensionEvent[] = [];
  for (const event of wish.events) {
    const isEvent = (EXTENSION_EVENTS as readonly string[]).includes(event);
    if (!isEvent) return refuse(response, 'Extension.InvalidEventType', `${event}: ErrorInvalidEventType`);
    if (event === 'SHUTDOWN' && !extensions.isExternal(name))
      return refuse(response, 'Extension.InvalidEventType', `${event}: ShutdownEventNotSupportedForInternalExtension`);
    // SAFE: it has just been looked up in the list.
    if (!events.includes(event as ExtensionEvent)) events.push(event as ExtensionEvent);
  }
  const registered = extensions.register(name, events);
  if ('errorType' in registered && !('identifier' in registered))
    return refuse(response, registered.errorType, registered.errorMessage);
  const features = header(request, 'lambda-extension-accept-feature').split(',');
  const accountId = features.some((feature) => feature.trim() === 'accountId') ? { accountId: spec.account } : {};
  const { name: functionName, version: functionVersion, handler } = spec;
  response.setHeader('Lambda-Extension-Identifier', registered.identifier);
  answer(response, 200, { ...accountId, functionName, functionVersion, handler });
}

async function next(call: Call): Promise<void> {
  call.request.resume();
  const extension = identified(call);
  if (extension === undefined) return;
  const refusal = call.extensions.next(extension, call.response);
  if (refusal !== undefined) refuse(call.response, refusal.errorType, refusal.errorMessage);
}

async function failing(call: Call, phase: 'InitError' | 'ExitError'): Promise<void> {
  const { extensions, request, response } = call;
  await readBody(request);
  const extension = identified(call);
  if (extension === undefined) return;
  const errorType = header(request, 'lambda-extension-function-error-type');
  if (errorType === '')
    return refuse(response, 'Extension.MissingHeader', 'Lambda-Extension-Function-Error-Type not found');
  const refusal = extensions.failing(extension, phase, errorType);
  if (refusal !== undefined) return refuse(response, refusal.errorType, refusal.errorMessage);
  answer(response, 202, { status: 'OK' });
}

async function subscribe(call: Call, api: 'telemetry' | 'logs'): Promise<void> {
  const { log, request, response } = call;
  const body = await readBody(request);
  const extension = identified(call);
  if (extension === undefined) return;
  const read = readSubscription(api, extension.name, body);
  const prefix = api === 'logs' ? 'Logs' : 'Telemetry';
  if (read.kind === 'invalid') {
    const errorType = api === 'logs' ? 'Logs.ValidationError' : 'ValidationError';
    return answer(response, 400, { errorType, errorMessage: read.problems.join('; ') });
  }
  const result = log.subscribe(read.subscription);
  if (result === 'closed')
    return refuse(response, `${prefix}.SubscriptionClosed`, `${prefix} API subscription is closed`);
  if (result === 'other-api') {
    const other = api === 'logs' ? 'Telemetry' : 'Logs';
    return refuse(response, `${prefix}.SubscriptionClosed`, `Already subscribed using the ${other} API`);
  }
  answer(response, 200, 'OK');
}

/** The extension that asks; undefined: the request has been refused. */
function identified({ extensions, request, response }: Call): Extension | undefined {
  const identifier = header(request, 'lambda-extension-identifier');
  if (identifier === '') {
    const missing = 'Missing Lambda-Extension-Identifier header';
    refuse(response, 'Extension.MissingExtensionIdentifier', missing);
    return undefined;
  }
  if (!UUID.test(identifier)) {
    refuse(response, 'Extension.InvalidExtensionIdentifier', 'Invalid Lambda-Extension-Identifier');
    return undefined;
  }
  const extension = extensions.find(identifier.toLowerCase());
  if (extension === undefined)
    refuse(response, 'Extension.UnknownExtensionIdentifier', `Unknown extension ${identifier.toLowerCase()}`);
  return extension;
}

type Events = { kind: 'events'; events: readonly string[] } | { kind: 'malformed'; why: string };

function readEvents(body: string | undefined): Events {
  if (body === undefined) return { kind: 'malformed', why: `body is longer than ${BODY_BYTES_MAX} bytes` };
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch (error) {
    const why = body === '' ? 'unexpected end of JSON input' : error instanceof Error ? error.message : 'no JSON';
    return { kind: 'malformed', why };
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    return { kind: 'malformed', why: 'body is no JSON object' };
  const { events = [], configurationKeys } = parsed as { events?: unknown; configurationKeys?: unknown };
  if (Array.isArray(configurationKeys) && configurationKeys.length > 0)
    return { kind: 'malformed', why: 'configurationKeys are deprecated; use environment variables instead' };
  if (!Array.isArray(events) || !events.every((event) => typeof event === 'string'))
    return { kind: 'malformed', why: 'events is no list of strings' };
  return { kind: 'events', events };
}

/** The body as text; undefined: it is too long, and its rest is not kept. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes <= BODY_BYTES_MAX) chunks.push(chunk as Buffer);
  }
  return bytes > BODY_BYTES_MAX ? undefined : Buffer.concat(chunks).toString();
}

function header(request: IncomingMessage, name: string): string {
  const value = request.headers[name];
  return typeof value === 'string' ? value : '';
}

function refuse(response: ServerResponse, errorType: string, errorMessage: string): void {
  answer(response, 403, { errorMessage, errorType });
}

function answer(response: ServerResponse, status: number, body: object | string): void {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(`${JSON.stringify(body)}\n`);
}
