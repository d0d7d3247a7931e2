import type { IncomingHttpHeaders } from 'node:http';
import type { Member, Shape } from '../schema.ts';
import { Malformed } from './malformed.ts';
import { readText, type TextStyle, writeText } from './text.ts';
import { isTree, put, type Tree } from './tree.ts';

/** Members of REST requests and answers that travel outside the body. */
export interface BoundRequest {
  /** Values of the path template's labels, decoded. */
  readonly labels: ReadonlyMap<string, string>;
  /** Query parameters in their order, decoded. */
  readonly query: readonly (readonly [name: string, value: string])[];
  readonly headers: IncomingHttpHeaders;
}

const IN_HEADER: TextStyle = { timestamps: 'http-date', fraction: 'when-set' };
const IN_URL: TextStyle = { timestamps: 'date-time', fraction: 'when-set' };

/** Whether a member is not in the body. */
export function isBound({ traits }: Member): boolean {
  return (
    traits.httpLabel !== undefined ||
    traits.httpQuery !== undefined ||
    traits.httpQueryParams !== undefined ||
    traits.httpHeader !== undefined ||
    traits.httpPrefixHeaders !== undefined ||
    traits.httpPayload !== undefined ||
    traits.httpResponseCode !== undefined
  );
}

/** Reads all bound members but the payload. Throws `Malformed`. */
export function readBindings(members: readonly Member[], request: BoundRequest): Record<string, unknown> {
  const read: Record<string, unknown> = {};
  for (const member of members) {
    const value = readBinding(member, members, request);
    if (value !== undefined) read[member.name] = value;
  }
  return read;
}

/** Status (where the output says it) and headers of an answer. */
export function writeBindings(
  members: readonly Member[],
  output: Tree,
): { status: number | undefined; headers: Record<string, string> } {
  let status: number | undefined;
  const headers: Record<string, string> = {};
  for (const { name, shape, traits } of members) {
    const value = output[name];
    if (value === undefined || value === null) continue;
    if (traits.httpResponseCode && typeof value === 'number') status = value;
    if (traits.httpHeader !== undefined) {
      const text = writeHeader(shape, value, traits.mediaType);
      if (text !== undefined) headers[traits.httpHeader] = text;
    }
    if (traits.httpPrefixHeaders !== undefined && isTree(value)) {
      for (const [key, inner] of Object.entries(value))
        headers[traits.httpPrefixHeaders + key] = headerSafe(String(inner));
    }
  }
  return { status, headers };
}

function readBinding({ name, shape, traits }: Member, all: readonly Member[], request: BoundRequest): unknown {
  if (traits.httpLabel) {
    const label = request.labels.get(name);
    return label === undefined ? undefined : readText(shape, label, IN_URL);
  }
  if (traits.httpQuery !== undefined) {
    const values = request.query.filter(([given]) => given === traits.httpQuery).map(([, value]) => value);
    return readQueryValues(shape, values);
  }
  if (traits.httpQueryParams) {
    const bound = new Set(all.map((member) => member.traits.httpQuery));
    return readQueryMap(
      shape,
      request.query.filter(([given]) => !bound.has(given)),
    );
  }
  if (traits.httpHeader !== undefined) {
    const header = request.headers[traits.httpHeader.toLowerCase()];
    if (header === undefined) return undefined;
    return readHeader(shape, decoded(typeof header === 'string' ? header : header.join(', ')), traits.mediaType);
  }
  if (traits.httpPrefixHeaders !== undefined) return readPrefixHeaders(traits.httpPrefixHeaders, request.headers);
  return undefined;
}

function readQueryValues(shape: Shape, values: readonly string[]): unknown {
  const first = values[0];
  if (first === undefined) return undefined;
  if (shape.kind === 'list') return values.map((value) => readText(shape.element.shape, value, IN_URL));
  // A number or time without a value (`?max-keys=`) is one that was not given.
  return first === '' && shape.kind !== 'string' ? undefined : readText(shape, first, IN_URL);
}

function readQueryMap(shape: Shape, pairs: BoundRequest['query']): Tree | undefined {
  if (shape.kind !== 'map' || pairs.length === 0) return undefined;
  const valueShape = shape.value.shape;
  const read: Record<string, unknown> = {};
  for (const [name, value] of pairs) {
    const sofar = Object.hasOwn(read, name) ? read[name] : undefined;
    if (valueShape.kind === 'list') put(read, name, [...(Array.isArray(sofar) ? sofar : []), value]);
    else if (sofar === undefined) put(read, name, value);
  }
  return read;
}

function readHeader(shape: Shape, text: string, mediaType: string | undefined): unknown {
  if (shape.kind === 'list') {
    return splitHeader(text, shape.element.shape).map((item) => readText(shape.element.shape, item, IN_HEADER));
  }
  // Smithy: a text with a media type is base64 in a header.
  if (shape.kind === 'string') return mediaType === undefined ? text : Buffer.from(text, 'base64').toString('utf8');
  return text === '' ? undefined : readText(shape, text.trim(), IN_HEADER);
}

function readPrefixHeaders(prefix: string, headers: IncomingHttpHeaders): Tree | undefined {
  const lowerPrefix = prefix.toLowerCase();
  const read: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(lowerPrefix) && value !== undefined) {
      put(read, name.slice(prefix.length), decoded(typeof value === 'string' ? value : value.join(', ')));
    }
  }
  return Object.keys(read).length === 0 ? undefined : read;
}

/** Items of a list header: at commas, except in quotes; HTTP dates hold one comma each. */
function splitHeader(text: string, element: Shape): string[] {
  if (element.kind === 'timestamp' && (element.format ?? 'http-date') === 'http-date') {
    const parts = text.split(',').map((part) => part.trim());
    if (parts.length % 2 === 1) throw new Malformed('A header has an incomplete date');
    return parts.flatMap((part, index) => (index % 2 === 0 ? [`${part}, ${parts[index + 1]}`] : []));
  }
  const items = text.match(/"(?:[^"\\]|\\.)*"|[^,"]+/g) ?? [];
  return items
    .map((item) => item.trim())
    .filter((item) => item !== '')
    .map((item) => (item.startsWith('"') ? item.slice(1, -1).replace(/\\(.)/g, '$1') : item));
}

function writeHeader(shape: Shape, value: unknown, mediaType: string | undefined): string | undefined {
  if (shape.kind === 'list') {
    if (!Array.isArray(value)) throw new TypeError(`a list header of the answer is a ${typeof value}`);
    if (value.length === 0) return undefined;
    return value
      .map((item) => {
        const text = headerSafe(writeText(shape.element.shape, item, IN_HEADER));
        return shape.element.shape.kind === 'string' && /[",]/.test(text)
          ? `"${text.replace(/["\\]/g, '\\$&')}"`
          : text;
      })
      .join(', ');
  }
  if (shape.kind === 'string' && mediaType !== undefined) return Buffer.from(String(value)).toString('base64');
  return headerSafe(writeText(shape, value, IN_HEADER));
}

/** Node reads header octets as Latin-1; clients send UTF-8. What is no UTF-8 stays as it was read. */
function decoded(header: string): string {
  if (!/[\u0080-\u00ff]/.test(header)) return header;
  const text = Buffer.from(header, 'latin1').toString('utf8');
  return text.includes('\ufffd') ? header : text;
}

/** Values come from callers (S3 metadata): what a header cannot hold goes out as UTF-8 octets, and line ends as blanks. */
function headerSafe(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: SAFE: these are the characters that headers forbid.
  return Buffer.from(text.replace(/[\u0000-\u0008\u000a-\u001f\u007f]/g, ' '), 'utf8').toString('latin1');
}
