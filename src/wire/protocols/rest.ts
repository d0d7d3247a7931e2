import { isBound, readBindings, writeBindings } from '../codecs/http-bindings.ts';
import { parseJson, REST_JSON } from '../codecs/json.ts';
import { readMembers, readTree, type Tree, writeMembers, writeTree } from '../codecs/tree.ts';
import { isStreaming, type Member, type Operation, payloadMember, type Shape, type Structure } from '../schema.ts';
import type { ServiceDefinition } from '../service.ts';
import { errorMembers } from './error-body.ts';
import { readEvents, writeEvents } from './event-stream.ts';
import type { Answer, EventFormat, Incoming, Protocol } from './protocol.ts';

/** What differs between the REST protocols: the form of structures in bodies, and of errors. */
export interface RestFormat extends Pick<Protocol, 'writeError' | 'events'> {
  readonly contentType: string;
  /** Reads a body that is a structure; `Malformed` if it is not one. */
  readonly readBody: (members: readonly Member[], body: Buffer) => Tree;
  readonly readPayload: (shape: Shape, body: Buffer) => unknown;
  readonly writeBody: (
    service: ServiceDefinition,
    operation: Operation,
    members: readonly Member[],
    output: Tree,
  ) => string;
  readonly writePayload: (service: ServiceDefinition, member: Member, value: unknown) => string;
}

export function restProtocol(format: RestFormat): Protocol {
  return {
    read: ({ input }, incoming) => readInput(format, input, incoming),
    write: (service, operation, output) => writeOutput(format, service, operation, output),
    writeError: format.writeError,
    events: format.events,
  };
}

function readInput(format: RestFormat, input: Structure | undefined, incoming: Incoming): Tree {
  if (input === undefined) return {};
  const bound = readBindings(input.members, incoming);
  const payload = payloadMember(input);
  if (payload !== undefined) {
    const value = readPayload(format, payload, incoming.body);
    return value === undefined ? bound : { ...bound, [payload.name]: value };
  }
  const inBody = input.members.filter((member) => !isBound(member));
  if (inBody.length === 0 || !(incoming.body instanceof Buffer)) return bound;
  return { ...format.readBody(inBody, incoming.body), ...bound };
}

function readPayload(format: RestFormat, payload: Member, body: Incoming['body']): unknown {
  const { shape } = payload;
  if (!Buffer.isBuffer(body)) return shape.kind === 'union' ? readEvents(shape, body, format.events) : body;
  if (body.length === 0) return undefined;
  if (shape.kind === 'blob') return body;
  return shape.kind === 'string' ? body.toString('utf8') : format.readPayload(shape, body);
}

function writeOutput(format: RestFormat, service: ServiceDefinition, operation: Operation, output: Tree): Answer {
  const members = operation.output?.members ?? [];
  const bindings = writeBindings(members, output);
  // A part of a thing is told by its status; no model says so (RFC 9110, section 15.3.7; S3's GetObject).
  const usual = bindings.headers['Content-Range'] === undefined ? operation.http?.[2] : 206;
  const status = bindings.status ?? usual ?? 200;
  const { contentType, body } = outputBody(format, service, operation, output);
  // 204 has no body by definition of HTTP, so no type either.
  if (status === 204 || contentType === undefined) return { status, headers: bindings.headers, body: '' };
  return { status, headers: { 'Content-Type': contentType, ...bindings.headers }, body };
}

function outputBody(
  format: RestFormat,
  service: ServiceDefinition,
  operation: Operation,
  output: Tree,
): { contentType: string | undefined; body: Answer['body'] } {
  const payload = payloadMember(operation.output);
  if (payload === undefined) {
    const inBody = (operation.output?.members ?? []).filter((member) => !isBound(member));
    if (inBody.length === 0) return { contentType: undefined, body: '' };
    return { contentType: format.contentType, body: format.writeBody(service, operation, inBody, output) };
  }
  const value = output[payload.name];
  if (value === undefined || value === null) return { contentType: undefined, body: '' };
  const { shape, traits } = payload;
  if (isStreaming(payload) && shape.kind === 'union') {
    return { contentType: EVENT_STREAM, body: writeEvents(shape, value, format.events) };
  }
  if (shape.kind === 'blob')
    return { contentType: traits.mediaType ?? 'application/octet-stream', body: asBody(value) };
  if (shape.kind === 'string') return { contentType: traits.mediaType ?? 'text/plain', body: String(value) };
  return { contentType: format.contentType, body: format.writePayload(service, payload, value) };
}

export const EVENT_STREAM = 'application/vnd.amazon.eventstream';

function asBody(value: unknown): Answer['body'] {
  if (typeof value === 'string' || value instanceof Uint8Array) return value;
  if (typeof value === 'object' && value !== null && Symbol.asyncIterator in value) {
    // SAFE: a body that is a stream gives bytes; anything else fails when it is written and ends the connection.
    return value as AsyncIterable<Uint8Array>;
  }
  throw new TypeError(`the body of the answer is a ${typeof value}`);
}

const jsonEvents: EventFormat = {
  contentType: 'application/json',
  read: (structure, body) => readJsonBody(structure.members, body),
  write: (structure, value) => JSON.stringify(writeMembers(structure.members, value, REST_JSON)),
};

function readJsonBody(members: readonly Member[], body: Buffer): Tree {
  return readMembers(members, parseJson(body), REST_JSON, 0);
}

/** Lambda, and most services younger than 2012. */
export const restJson1: Protocol = restProtocol({
  contentType: 'application/json',
  readBody: readJsonBody,
  readPayload: (shape, body) => readTree(shape, parseJson(body), REST_JSON, 0),
  writeBody: (_service, _operation, members, output) => JSON.stringify(writeMembers(members, output, REST_JSON)),
  writePayload: (_service, { shape }, value) => JSON.stringify(writeTree(shape, value, REST_JSON)),
  writeError: (_service, error) => {
    const bound = writeBindings(error.shape?.members ?? [], error.members);
    return {
      status: error.status,
      headers: { 'Content-Type': 'application/json', ...bound.headers, 'x-amzn-ErrorType': error.code },
      body: JSON.stringify(errorMembers(error, REST_JSON)),
    };
  },
  events: jsonEvents,
});
