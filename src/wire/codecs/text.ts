import type { Shape, TimestampFormat } from '../schema.ts';
import { Malformed } from './malformed.ts';
import { formatTimestamp, parseTimestamp } from './timestamp.ts';

/** How single values are written where everything is text: headers, labels, queries, forms, XML. */
export interface TextStyle {
  readonly timestamps: TimestampFormat;
  readonly fraction: 'always' | 'when-set';
}

/** Reads one value. Throws `Malformed` when the text is not of the shape. */
export function readText(shape: Shape, text: string, style: TextStyle): unknown {
  switch (shape.kind) {
    case 'string':
      return text;
    case 'boolean':
      return readBoolean(text);
    case 'number':
      return readNumber(text);
    case 'blob':
      return readBase64(text);
    case 'timestamp':
      return parseTimestamp(text, shape.format ?? style.timestamps);
    default:
      throw new Malformed(`Unexpected text where a ${shape.kind} is expected`);
  }
}

/** Writes one value. Throws when the value is not of the shape, which is a handler's mistake. */
export function writeText(shape: Shape, value: unknown, style: TextStyle): string {
  if (shape.kind === 'timestamp' && value instanceof Date) {
    return formatTimestamp(value, shape.format ?? style.timestamps, style.fraction);
  }
  if (shape.kind === 'blob' && value instanceof Uint8Array) return base64(value);
  const isScalar = shape.kind === 'string' || shape.kind === 'number' || shape.kind === 'boolean';
  if (isScalar && typeof value === shape.kind) return String(value);
  throw new TypeError(`a ${shape.kind} of the answer is a ${typeof value}`);
}

/** Strict base64 with padding, the only form AWS takes. Throws `Malformed`. */
export function readBase64(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  // Node skips what is not base64, so the number of bytes gives it away; the URL alphabet it takes as well.
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  if (bytes.length !== (text.length / 4) * 3 - padding || text.includes('-') || text.includes('_')) {
    throw new Malformed('Invalid base64');
  }
  return bytes;
}

/** Base64 of a view's own bytes, which may be a part of a larger buffer. */
export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

function readBoolean(text: string): boolean {
  // Old clients of the query protocol write Python's `True`.
  const lower = text.toLowerCase();
  if (lower === 'true') return true;
  if (lower === 'false') return false;
  throw new Malformed(`'${shortened(text)}' cannot be converted to Boolean`);
}

function readNumber(text: string): number {
  if (text === 'NaN' || text === 'Infinity' || text === '-Infinity') return Number(text);
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)) {
    throw new Malformed(`'${shortened(text)}' cannot be converted to Number`);
  }
  return Number(text);
}

const shortened = (text: string) => (text.length > 100 ? `${text.slice(0, 100)}…` : text);
