import type { Member } from '../schema.ts';
import { Malformed } from './malformed.ts';
import { base64, readBase64 } from './text.ts';
import { formatTimestamp, parseTimestamp, secondsOf, timestampOfSeconds } from './timestamp.ts';
import { notConvertible, readMembers, type Tree, type TreeStyle, writeMembers } from './tree.ts';

const JSON_STYLE: TreeStyle = {
  nameOf: (member) => member.name,
  readBlob: (value) => {
    if (typeof value !== 'string') throw new Malformed(notConvertible(value, 'Blob'));
    return readBase64(value);
  },
  readTimestamp: (value, format) => {
    if (typeof value === 'number') return timestampOfSeconds(value);
    if (typeof value === 'string' && format !== undefined) return parseTimestamp(value, format);
    throw new Malformed(notConvertible(value, 'Timestamp'));
  },
  readNumber: (value) => {
    if (typeof value === 'number') return value;
    if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return Number(value);
    throw new Malformed(notConvertible(value, 'Number'));
  },
  writeBlob: base64,
  writeTimestamp: (time, format = 'epoch-seconds') =>
    format === 'epoch-seconds' ? secondsOf(time) : formatTimestamp(time, format, 'when-set'),
  // JSON has no word for these; Smithy writes them as texts.
  writeNumber: (value) => (Number.isFinite(value) ? value : String(value)),
};

/** restJson1 honours `jsonName`, awsJson does not. */
export const REST_JSON: TreeStyle = { ...JSON_STYLE, nameOf: (member) => member.traits.jsonName ?? member.name };
export const AWS_JSON: TreeStyle = JSON_STYLE;

/** Reads a body; an empty one has no members. Throws `Malformed`. */
export function readJson(members: readonly Member[], body: Uint8Array, style: TreeStyle): Tree {
  return readMembers(members, parseJson(body), style, 0);
}

export function writeJson(members: readonly Member[], value: unknown, style: TreeStyle): string {
  return JSON.stringify(writeMembers(members, value, style));
}

/** Any JSON value; an empty body is `{}`, as AWS takes it. Throws `Malformed`. */
export function parseJson(body: Uint8Array): unknown {
  if (body.byteLength === 0) return {};
  try {
    return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
  } catch (error) {
    // V8's text quotes the body around the mistake; AWS does not, and a body may hold secrets.
    throw new Malformed('Could not parse request body into json', { cause: error });
  }
}
