import { createHash } from 'node:crypto';
import type { MessageAttribute } from '../message.ts';

/** Hexadecimal, as clients compare it with what they have sent or got. */
export function bodyDigest(body: string): string {
  return createHash('md5').update(body).digest('hex');
}

/**
 * The digest of attributes that clients check, undefined when there are none: by name, each of name, type, kind of value
 * and value, with its length before it ("Calculating the MD5 message digest for message attributes", SQS developer guide).
 */
export function attributesDigest(
  attributes: Readonly<Record<string, MessageAttribute>> | undefined,
): string | undefined {
  const sorted = Object.entries(attributes ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  if (sorted.length === 0) return undefined;
  const digest = createHash('md5');
  const add = (bytes: Uint8Array) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    digest.update(length).update(bytes);
  };
  for (const [name, { type, value }] of sorted) {
    const isBinary = type.startsWith('Binary');
    add(Buffer.from(name));
    add(Buffer.from(type));
    digest.update(Uint8Array.of(isBinary ? BINARY : TEXT));
    add(Buffer.from(value, isBinary ? 'base64' : 'utf8'));
  }
  return digest.digest('hex');
}

const TEXT = 1;
const BINARY = 2;
