import type { Member } from '../schema.ts';
import { assertDepth, Malformed } from './malformed.ts';
import { timestampOfSeconds } from './timestamp.ts';
import { isTree, notConvertible, put, readMembers, type Tree, type TreeStyle, writeMembers } from './tree.ts';

/**
 * CBOR (RFC 8949) as Smithy's RPC v2 uses it: text keys, tag 1 for times. The SDK's own decoder trusts its server: it
 * allocates as many elements as a list claims to have, so a few bytes could exhaust our memory.
 */
const CBOR_STYLE: TreeStyle = {
  nameOf: (member) => member.name,
  readBlob: (value) => {
    if (value instanceof Buffer) return value;
    throw new Malformed(notConvertible(value, 'Blob'));
  },
  readTimestamp: (value) => {
    if (value instanceof Date) return value;
    if (typeof value === 'number') return timestampOfSeconds(value);
    throw new Malformed(notConvertible(value, 'Timestamp'));
  },
  readNumber: (value) => {
    if (typeof value === 'number') return value;
    throw new Malformed(notConvertible(value, 'Number'));
  },
  writeBlob: (bytes) => bytes,
  writeTimestamp: (time) => time,
  writeNumber: (value) => value,
};

/** Reads a body; an empty one has no members. Throws `Malformed`. */
export function readCbor(members: readonly Member[], body: Buffer): Tree {
  return readMembers(members, body.length === 0 ? {} : decodeCbor(body), CBOR_STYLE, 0);
}

export function writeCbor(members: readonly Member[], value: unknown): Buffer {
  return encodeCbor(writeMembers(members, value, CBOR_STYLE));
}

/** One data item that fills the whole buffer. Integers beyond 2^53 lose precision, as in the SDK. Throws `Malformed`. */
export function decodeCbor(body: Buffer): unknown {
  let at = 0;
  const value = item(0);
  if (at !== body.length) throw new Malformed('The CBOR body has bytes after its end');
  return value === BREAK ? unreadable() : value;

  function item(depth: number): unknown {
    assertDepth(depth);
    const { major, minor } = head();
    if (minor === INDEFINITE && major >= 2 && major <= 5) return indefinite(major, depth);
    if (major === 7) return special(minor);
    const count = argument(minor);
    switch (major) {
      case 0:
        return Number(count);
      case 1:
        return Number(-1n - count);
      case 2:
        return take(count);
      case 3:
        return take(count).toString('utf8');
      case 4: {
        // Every element takes a byte, so this bounds what a body may claim.
        fits(count);
        return Array.from({ length: Number(count) }, () => inner(depth));
      }
      case 5: {
        fits(count * 2n);
        const map: Record<string, unknown> = {};
        for (let index = 0; index < Number(count); index += 1) put(map, key(depth), inner(depth));
        return map;
      }
      default:
        return tagged(count, inner(depth));
    }
  }

  function inner(depth: number): unknown {
    const value = item(depth + 1);
    return value === BREAK ? unreadable() : value;
  }

  function key(depth: number): string {
    const name = inner(depth);
    return typeof name === 'string' ? name : unreadable();
  }

  function indefinite(major: number, depth: number): unknown {
    const parts: unknown[] = [];
    for (let part = item(depth + 1); part !== BREAK; part = item(depth + 1)) parts.push(part);
    if (major === 4) return parts;
    if (major === 2) return Buffer.concat(parts.map((part) => (part instanceof Buffer ? part : unreadable())));
    if (major === 3) return parts.map((part) => (typeof part === 'string' ? part : unreadable())).join('');
    if (parts.length % 2 === 1) return unreadable();
    const map: Record<string, unknown> = {};
    for (let index = 0; index < parts.length; index += 2) {
      const name = parts[index];
      put(map, typeof name === 'string' ? name : unreadable(), parts[index + 1]);
    }
    return map;
  }

  function special(minor: number): unknown {
    switch (minor) {
      case 20:
        return false;
      case 21:
        return true;
      case 22:
      case 23:
        return null;
      case 25:
        return float16(take(2n).readUInt16BE());
      case 26:
        return take(4n).readFloatBE();
      case 27:
        return take(8n).readDoubleBE();
      case INDEFINITE:
        return BREAK;
      default:
        return unreadable();
    }
  }

  function head(): { major: number; minor: number } {
    const byte = take(1n).readUInt8();
    return { major: byte >> 5, minor: byte & 31 };
  }

  function argument(minor: number): bigint {
    if (minor < 24) return BigInt(minor);
    if (minor === 24) return BigInt(take(1n).readUInt8());
    if (minor === 25) return BigInt(take(2n).readUInt16BE());
    if (minor === 26) return BigInt(take(4n).readUInt32BE());
    if (minor === 27) return take(8n).readBigUInt64BE();
    return unreadable();
  }

  function fits(count: bigint): void {
    if (count > BigInt(body.length - at)) unreadable();
  }

  function take(count: bigint): Buffer {
    fits(count);
    const start = at;
    at += Number(count);
    return body.subarray(start, at);
  }
}

/** Numbers as the shortest integer or a 64-bit float, `Date` as tag 1. */
export function encodeCbor(value: unknown): Buffer {
  const parts: Buffer[] = [];
  write(value);
  return Buffer.concat(parts);

  function write(value: unknown): void {
    if (typeof value === 'number') writeNumber(value);
    else if (typeof value === 'string') writeBytes(3, Buffer.from(value, 'utf8'));
    else if (typeof value === 'boolean') parts.push(Buffer.of(value ? 0xf5 : 0xf4));
    else if (value === null) parts.push(Buffer.of(0xf6));
    else if (value instanceof Uint8Array) writeBytes(2, value);
    else if (value instanceof Date) {
      parts.push(Buffer.of(0xc1));
      writeNumber(value.getTime() / 1_000);
    } else if (Array.isArray(value)) {
      parts.push(header(4, value.length));
      value.forEach(write);
    } else if (isTree(value)) {
      const entries = Object.entries(value);
      parts.push(header(5, entries.length));
      for (const [name, inner] of entries) {
        write(name);
        write(inner);
      }
    } else throw new TypeError(`CBOR has no form for a ${typeof value}`);
  }

  function writeBytes(major: number, bytes: Uint8Array): void {
    parts.push(header(major, bytes.byteLength), Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  }

  function writeNumber(value: number): void {
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
      parts.push(value >= 0 ? header(0, value) : header(1, -1 - value));
      return;
    }
    const float = Buffer.alloc(9);
    float.writeUInt8(0xfb);
    float.writeDoubleBE(value, 1);
    parts.push(float);
  }
}

const INDEFINITE = 31;
/** Ends an item of indefinite length; never a value. */
const BREAK = Symbol('break');

function unreadable(): never {
  throw new Malformed('The body is not valid CBOR');
}

function tagged(tag: bigint, value: unknown): unknown {
  if (tag === 1n) return typeof value === 'number' ? timestampOfSeconds(value) : unreadable();
  // The other tags (big numbers, decimals) stand for shapes that no schema of ours has: the value alone will not fit.
  return value;
}

function float16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1_024) * 2 ** (exponent - 15);
}

function header(major: number, count: number): Buffer {
  if (count < 24) return Buffer.of((major << 5) | count);
  if (count < 2 ** 8) return Buffer.of((major << 5) | 24, count);
  const wide = count < 2 ** 16 ? 2 : count < 2 ** 32 ? 4 : 8;
  const bytes = Buffer.alloc(1 + wide);
  bytes.writeUInt8((major << 5) | (wide === 2 ? 25 : wide === 4 ? 26 : 27));
  if (wide === 2) bytes.writeUInt16BE(count, 1);
  else if (wide === 4) bytes.writeUInt32BE(count, 1);
  else bytes.writeBigUInt64BE(BigInt(count), 1);
  return bytes;
}
