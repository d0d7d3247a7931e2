import type { IncomingHttpHeaders } from 'node:http';
import { parseTimestamp } from './codecs/timestamp.ts';
import type { RequestHead } from './identify.ts';

/** Parameters of the signature itself, and of checks that would be of a body that the signer has not seen. */
const OWN =
  /^x-amz-(?:algorithm|credential|date|expires|signedheaders|signature|security-token|content-sha256|checksum-.*|sdk-.*|trailer)$/;

/**
 * The headers of a request to S3, as far as they mean anything, with those that its signed link carries in the query: whoever signs a link moves its
 * `x-amz-` headers there, so that whoever follows it need not send them (S3 API reference, "Authenticating Requests: Using
 * Query Parameters"). A header that was sent goes before one of the link.
 */
export function s3Headers({ headers, query }: RequestHead): IncomingHttpHeaders {
  const hoisted = query
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => name.startsWith('x-amz-') && !OWN.test(name));
  const ignored = CONDITIONS.filter((name) => !isDate(headers[name]));
  if (hoisted.length === 0 && ignored.length === 0) return headers;
  const kept = { ...Object.fromEntries(hoisted), ...headers };
  for (const name of ignored) delete kept[name];
  return kept;
}

/** What is no date is no condition (RFC 9110, sections 13.1.3 and 13.1.4). */
const CONDITIONS = ['if-modified-since', 'if-unmodified-since'];

function isDate(header: string | string[] | undefined): boolean {
  if (header === undefined) return true;
  try {
    parseTimestamp(String(header), 'http-date');
    return true;
  } catch {
    return false; // Anything that is thrown says just that.
  }
}
