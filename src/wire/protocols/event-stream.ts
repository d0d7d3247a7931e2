import { createRequire } from 'node:module';
import type { Readable } from 'node:stream';
import type { EventStreamCodec } from '@smithy/core/event-streams';
import type { Message, MessageHeaders } from '@smithy/types';
import { AwsError } from '../aws-error.ts';
import { Malformed } from '../codecs/malformed.ts';
import { isTree, type Tree } from '../codecs/tree.ts';
import type { Member, Structure } from '../schema.ts';
import type { EventFormat } from './protocol.ts';

/** Largest message of an event stream in a request; AWS documents 24 MiB of payload and 128 KiB of headers. */
const MESSAGE_BYTES_MAX = 24 * 1024 * 1024 + 128 * 1024 + 16;

/** Total length, header length and their checksum. */
const PRELUDE_BYTES = 12;

const require = createRequire(import.meta.url);
let codec: EventStreamCodec | undefined;

function eventCodec(): EventStreamCodec {
  if (codec === undefined) {
    const { EventStreamCodec } = require('@smithy/core/event-streams') as typeof import('@smithy/core/event-streams');
    codec = new EventStreamCodec(
      (bytes) => Buffer.from(bytes as Uint8Array).toString('utf8'),
      (text) => Buffer.from(text, 'utf8'),
    );
  }
  return codec;
}

/**
 * Encodes what a handler yields, `{ Member: { … } }` each, as it comes. An `AwsError` thrown on the way becomes the
 * stream's last message, an exception that clients throw; anything else breaks the connection, so that no client takes
 * half a stream for a whole one. `initial`: what RPC protocols send first, the output's other members.
 */
export async function* writeEvents(
  union: Structure,
  events: unknown,
  format: EventFormat,
  initial?: { readonly structure: Structure; readonly output: Tree },
): AsyncGenerator<Uint8Array> {
  if (initial !== undefined) {
    const body = format.write(initial.structure, initial.output);
    yield eventMessage(
      { ':message-type': 'event', ':event-type': 'initial-response', ':content-type': format.contentType },
      body,
    );
  }
  try {
    for await (const event of asyncIterable(events)) yield writeEvent(union, event, format);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    yield writeException(union, error, format);
  }
}

/** Decodes a request's events as they arrive. Throws `Malformed` for a broken message; events we do not know are skipped. */
export async function* readEvents(union: Structure, stream: Readable, format: EventFormat): AsyncGenerator<Tree> {
  for await (const bytes of frames(stream)) {
    const { headers, body } = decode(bytes);
    const member = union.members.find(({ name }) => name === headers[':event-type']?.value);
    if (member === undefined) continue;
    yield { [member.name]: readEvent(member, headers, Buffer.from(body), format) };
  }
}

function writeEvent(union: Structure, event: unknown, format: EventFormat): Uint8Array {
  const [name, value] = (isTree(event) ? Object.entries(event) : []).find(([, inner]) => inner !== undefined) ?? [];
  const member = union.members.find((candidate) => candidate.name === name);
  if (member === undefined || !isTree(value)) throw new TypeError(`${union.name} has no event ${name}`);
  const structure = structureOf(member);
  const headers: Record<string, string | MessageHeaders[string]> = {
    ':message-type': 'event',
    ':event-type': member.name,
  };
  for (const { name, traits } of structure.members) {
    if (traits.eventHeader) headers[name] = eventHeader(value[name]);
  }
  const payload = structure.members.find(({ traits }) => traits.eventPayload);
  if (payload === undefined) {
    const inBody = structure.members.filter(({ traits }) => !traits.eventHeader);
    headers[':content-type'] = format.contentType;
    return eventMessage(headers, format.write({ ...structure, members: inBody }, value));
  }
  const inner = value[payload.name];
  if (payload.shape.kind === 'structure' || payload.shape.kind === 'union') {
    headers[':content-type'] = format.contentType;
    return eventMessage(headers, format.write(payload.shape, isTree(inner) ? inner : {}));
  }
  headers[':content-type'] = payload.shape.kind === 'string' ? 'text/plain' : 'application/octet-stream';
  return eventMessage(headers, typeof inner === 'string' || inner instanceof Uint8Array ? inner : '');
}

function writeException(union: Structure, error: AwsError, format: EventFormat): Uint8Array {
  const member = union.members.find(({ shape }) => 'name' in shape && shape.name === error.code);
  if (member === undefined) {
    return eventMessage({ ':message-type': 'error', ':error-code': error.code, ':error-message': error.message }, '');
  }
  const structure = structureOf(member);
  const messageName = structure.members.find(({ name }) => name.toLowerCase() === 'message')?.name ?? 'message';
  const body = format.write(structure, { ...error.members, [messageName]: error.message });
  return eventMessage(
    { ':message-type': 'exception', ':exception-type': member.name, ':content-type': format.contentType },
    body,
  );
}

function readEvent(member: Member, headers: MessageHeaders, body: Buffer, format: EventFormat): Tree {
  const structure = structureOf(member);
  const payload = structure.members.find(({ traits }) => traits.eventPayload);
  const bound = structure.members.filter(({ traits }) => traits.eventHeader);
  const read: Record<string, unknown> = {};
  for (const { name } of bound) {
    const value = headers[name]?.value;
    if (value !== undefined)
      read[name] = typeof value === 'object' && 'bytes' in value ? Number(value.valueOf()) : value;
  }
  if (payload === undefined) {
    const inBody = structure.members.filter(({ traits }) => !traits.eventHeader);
    return { ...read, ...(inBody.length === 0 ? {} : format.read({ ...structure, members: inBody }, body)) };
  }
  const { shape } = payload;
  if (shape.kind === 'structure' || shape.kind === 'union')
    return { ...read, [payload.name]: format.read(shape, body) };
  return { ...read, [payload.name]: shape.kind === 'string' ? body.toString('utf8') : body };
}

/** Whole messages, cut where their first four bytes say. */
async function* frames(stream: Readable): AsyncGenerator<Buffer> {
  let pending: Buffer = Buffer.alloc(0);
  for await (const chunk of stream) {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= PRELUDE_BYTES) {
      const length = pending.readUInt32BE(0);
      if (length < PRELUDE_BYTES || length > MESSAGE_BYTES_MAX)
        throw new Malformed('An event has an impossible length');
      if (pending.length < length) break;
      yield pending.subarray(0, length);
      pending = pending.subarray(length);
    }
  }
  if (pending.length > 0) throw new Malformed('The event stream ends within an event');
}

function decode(bytes: Buffer): Message {
  try {
    return eventCodec().decode(bytes);
  } catch (error) {
    throw new Malformed('An event is not encoded correctly', { cause: error });
  }
}

/** One message of an event stream. A header that is a text is of the type string. */
export function eventMessage(
  headers: Record<string, string | MessageHeaders[string]>,
  body: string | Uint8Array,
): Uint8Array {
  const typed: MessageHeaders = {};
  for (const [name, value] of Object.entries(headers)) {
    typed[name] = typeof value === 'string' ? { type: 'string', value } : value;
  }
  return eventCodec().encode({ headers: typed, body: typeof body === 'string' ? Buffer.from(body, 'utf8') : body });
}

function eventHeader(value: unknown): MessageHeaders[string] {
  if (typeof value === 'boolean') return { type: 'boolean', value };
  if (typeof value === 'number') return { type: 'integer', value };
  if (value instanceof Date) return { type: 'timestamp', value };
  if (value instanceof Uint8Array) return { type: 'binary', value };
  return { type: 'string', value: String(value ?? '') };
}

function structureOf({ name, shape }: Member): Structure {
  if (shape.kind === 'structure' || shape.kind === 'union') return shape;
  throw new TypeError(`the event ${name} is a ${shape.kind}`);
}

function asyncIterable(value: unknown): AsyncIterable<unknown> {
  if (typeof value === 'object' && value !== null && Symbol.asyncIterator in value)
    return value as AsyncIterable<unknown>;
  throw new TypeError(`the event stream of the answer is a ${typeof value}`);
}
