import type { IncomingHttpHeaders } from 'node:http';
import type { RequestHead } from './identify.ts';

/** Parameters of the signature itself, and of checks that would be of a body that the signer has not seen. */
const OWN =
  /^x-amz-(?:algorithm|credential|date|expires|signedheaders|signature|security-token|content-sha256|checksum-.*|sdk-.*|trailer)$/;

/**
 * The headers of a request to S3 with those that its signed link carries in the query: whoever signs a link moves its
 * `x-amz-` headers there, so that whoever follows it need not send them (S3 API reference, "Authenticating Requests: Using
 * Query Parameters"). A header that was sent goes before one of the link.
 */
export function withHoistedHeaders({ headers, query }: RequestHead): IncomingHttpHeaders {
  const hoisted = query
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => name.startsWith('x-amz-') && !OWN.test(name));
  return hoisted.length === 0 ? headers : { ...Object.fromEntries(hoisted), ...headers };
}
