import type { Member, Shape, TimestampFormat } from '../schema.ts';
import { assertDepth, Malformed } from './malformed.ts';

/**
 * JSON and CBOR both arrive as a tree of plain values; this walks such a tree by a schema. What differs between them
 * (blobs, times, numbers) is a `TreeStyle`.
 */
export interface TreeStyle {
  readonly nameOf: (member: Member) => string;
  readonly readBlob: (value: unknown) => Buffer;
  readonly readTimestamp: (value: unknown, format: TimestampFormat | undefined) => Date;
  readonly readNumber: (value: unknown) => number;
  readonly writeBlob: (bytes: Uint8Array) => unknown;
  readonly writeTimestamp: (time: Date, format: TimestampFormat | undefined) => unknown;
  readonly writeNumber: (value: number) => unknown;
}

export type Tree = { readonly [name: string]: unknown };

/** Reads the members of a structure. Unknown members are skipped, as AWS does; throws `Malformed`. */
export function readMembers(members: readonly Member[], value: unknown, style: TreeStyle, depth: number): Tree {
  assertDepth(depth);
  if (!isTree(value)) throw new Malformed(unexpected(value));
  const read: Record<string, unknown> = {};
  for (const member of members) {
    const name = style.nameOf(member);
    const inner = Object.hasOwn(value, name) ? value[name] : undefined;
    if (inner !== undefined && inner !== null) read[member.name] = readTree(member.shape, inner, style, depth + 1);
  }
  return read;
}

export function readTree(shape: Shape, value: unknown, style: TreeStyle, depth: number): unknown {
  assertDepth(depth);
  switch (shape.kind) {
    case 'string':
      if (typeof value !== 'string') throw new Malformed(notConvertible(value, 'String'));
      return value;
    case 'boolean':
      if (typeof value !== 'boolean') throw new Malformed(notConvertible(value, 'Boolean'));
      return value;
    case 'number':
      return style.readNumber(value);
    case 'blob':
      return style.readBlob(value);
    case 'timestamp':
      return style.readTimestamp(value, shape.format);
    case 'list':
      if (!Array.isArray(value)) throw new Malformed(unexpected(value));
      return value.map((element) => {
        if (element !== null) return readTree(shape.element.shape, element, style, depth + 1);
        if (shape.sparse) return null;
        throw new Malformed('Unexpected null in a list');
      });
    case 'map':
      return readMap(shape, value, style, depth);
    case 'structure':
    case 'union':
      return readMembers(shape.members, value, style, depth);
    case 'document':
      assertDocumentDepth(value, depth);
      return value;
    case 'unit':
      return undefined;
  }
}

/** Writes the members of a structure that are there. Throws when a value is not of its shape: a handler's mistake. */
export function writeMembers(members: readonly Member[], value: unknown, style: TreeStyle): Tree {
  const written: Record<string, unknown> = {};
  if (!isTree(value)) throw new TypeError(`a structure of the answer is a ${typeof value}`);
  for (const member of members) {
    const inner = value[member.name];
    if (inner !== undefined && inner !== null) written[style.nameOf(member)] = writeTree(member.shape, inner, style);
  }
  return written;
}

export function writeTree(shape: Shape, value: unknown, style: TreeStyle): unknown {
  switch (shape.kind) {
    case 'string':
    case 'boolean':
      if (typeof value === shape.kind) return value;
      break;
    case 'number':
      if (typeof value === 'number') return style.writeNumber(value);
      break;
    case 'blob':
      if (value instanceof Uint8Array) return style.writeBlob(value);
      break;
    case 'timestamp':
      if (value instanceof Date) return style.writeTimestamp(value, shape.format);
      break;
    case 'list':
      if (Array.isArray(value)) {
        return value
          .filter((element) => shape.sparse || (element !== null && element !== undefined))
          .map((element) => (element === null ? null : writeTree(shape.element.shape, element, style)));
      }
      break;
    case 'map':
      if (isTree(value)) {
        const written: Record<string, unknown> = {};
        for (const [key, inner] of Object.entries(value)) {
          if (inner !== undefined && inner !== null) put(written, key, writeTree(shape.value.shape, inner, style));
          else if (shape.sparse) put(written, key, null);
        }
        return written;
      }
      break;
    case 'structure':
    case 'union':
      return writeMembers(shape.members, value, style);
    case 'document':
      return value;
    case 'unit':
      return {};
  }
  throw new TypeError(`a ${shape.kind} of the answer is a ${typeof value}`);
}

/** Sets a key that came from a caller: `__proto__` becomes a key like any other, not the object's prototype. */
export function put(into: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(into, key, { value, enumerable: true, configurable: true, writable: true });
  else into[key] = value;
}

export function isTree(value: unknown): value is Tree {
  if (typeof value !== 'object' || value === null) return false;
  return !(Array.isArray(value) || value instanceof Uint8Array || value instanceof Date);
}

/** AWS's words for a value of the wrong kind, as DynamoDB answers them. */
export function notConvertible(value: unknown, wanted: string): string {
  if (typeof value === 'object') return unexpected(value);
  const found = typeof value === 'boolean' ? String(value).toUpperCase() : (typeof value).toUpperCase();
  return `${found}_VALUE cannot be converted to ${wanted}`;
}

function readMap(shape: Extract<Shape, { kind: 'map' }>, value: unknown, style: TreeStyle, depth: number): Tree {
  if (!isTree(value)) throw new Malformed(unexpected(value));
  const read: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) {
    if (inner !== null && inner !== undefined) put(read, key, readTree(shape.value.shape, inner, style, depth + 1));
    else if (shape.sparse) put(read, key, null);
  }
  return read;
}

function unexpected(value: unknown): string {
  if (Array.isArray(value)) return 'Start of list found where not expected';
  return isTree(value) ? 'Start of structure or map found where not expected.' : 'Unexpected field type';
}

function assertDocumentDepth(value: unknown, depth: number): void {
  assertDepth(depth);
  if (typeof value !== 'object' || value === null) return;
  for (const inner of Object.values(value)) assertDocumentDepth(inner, depth + 1);
}
