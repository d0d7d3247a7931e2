import type { IncomingHttpHeaders } from 'node:http';

// The canonical request of Signature Version 4, from the bytes as received ("Create a signed AWS API request" in the
// IAM user guide). Every form has a fast path: what SDKs send for most operations is already canonical.

const UNRESERVED = /^[A-Za-z0-9\-._~]*$/;
const BLANKS = / {2}|\t/;
const PLAIN_PATH = /^[A-Za-z0-9\-._~/]*$/;

/**
 * The path of every service but S3: dot segments and doubled slashes removed, then encoded once more than it was sent,
 * so that an ARN sent as `%3A` is signed as `%253A`.
 */
export function canonicalPath(path: string): string {
  const normal = path.includes('//') || path.includes('/.') ? withoutDotSegments(path) : path;
  if (normal === '') return '/';
  return PLAIN_PATH.test(normal) ? normal : normal.replace(/[^A-Za-z0-9\-._~/]/g, percent);
}

/** S3's path: encoded exactly once, nothing normalised, for a key may hold `//` or `..`. */
export function canonicalS3Path(path: string): string {
  if (path === '') return '/';
  return PLAIN_PATH.test(path) ? path : path.replace(/%[0-9A-Fa-f]{2}|[^A-Za-z0-9\-._~/]/g, once);
}

/** Sorted by encoded name, then value; without the parameter `except`. A missing `=` is added. */
export function canonicalQuery(query: string, except?: string): string {
  if (query === '') return '';
  const pairs: [name: string, value: string][] = [];
  for (const part of query.split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const name = encodedOnce(equals < 0 ? part : part.slice(0, equals));
    if (name !== except) pairs.push([name, equals < 0 ? '' : encodedOnce(part.slice(equals + 1))]);
  }
  // Whole `name=value` strings must not be compared: `=` sorts after the `-` of a longer name.
  if (pairs.length > 1) pairs.sort(byNameThenValue);
  let text = '';
  for (const [name, value] of pairs) text += text === '' ? `${name}=${value}` : `&${name}=${value}`;
  return text;
}

/** One header's value as signed: trimmed, runs of blanks made one, repeated headers joined with a bare comma. */
export function canonicalHeaderValue(
  name: string,
  headers: IncomingHttpHeaders,
  rawHeaders: readonly string[] | undefined,
): string {
  const value = headers[name];
  // A name such as `constructor` finds what is no header; an absent header is signed as empty.
  if (typeof value !== 'string') return Array.isArray(value) ? value.map(oneSpaced).join(',') : '';
  // Node joins repeated headers with `, `, and so may a client: only the raw headers know which it was.
  if (rawHeaders !== undefined && value.includes(', ')) return repeatedValues(name, rawHeaders) ?? oneSpaced(value);
  return oneSpaced(value);
}

function repeatedValues(name: string, rawHeaders: readonly string[]): string | undefined {
  const values: string[] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    if (rawHeaders[at]?.toLowerCase() === name) values.push(oneSpaced(rawHeaders[at + 1] ?? ''));
  }
  return values.length > 1 ? values.join(',') : undefined;
}

function oneSpaced(value: string): string {
  return BLANKS.test(value) ? value.trim().replace(/[ \t]+/g, ' ') : value.trim();
}

function withoutDotSegments(path: string): string {
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') kept.pop();
    else if (segment !== '' && segment !== '.') kept.push(segment);
  }
  return `/${kept.join('/')}${kept.length > 0 && path.endsWith('/') ? '/' : ''}`;
}

function encodedOnce(text: string): string {
  if (UNRESERVED.test(text)) return text;
  // A bare plus is a blank in a query; a literal one arrives as %2B.
  return text.replaceAll('+', ' ').replace(/%[0-9A-Fa-f]{2}|[^A-Za-z0-9\-._~]/g, once);
}

/** Decodes one escape or takes one character, and encodes it: upper-case hex, unreserved characters bare. */
function once(match: string): string {
  if (match.length !== 3) return percent(match);
  const character = String.fromCharCode(Number.parseInt(match.slice(1), 16));
  return UNRESERVED.test(character) ? character : match.toUpperCase();
}

/** Node hands over header lines as Latin-1: one character is one byte of what the client sent. */
function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}

function byNameThenValue(a: readonly [string, string], b: readonly [string, string]): number {
  if (a[0] !== b[0]) return a[0] < b[0] ? -1 : 1;
  return a[1] < b[1] ? -1 : a[1] > b[1] ? 1 : 0;
}
