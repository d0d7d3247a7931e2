import type { IncomingHttpHeaders } from 'node:http';

/**
 * How a service words its refusals. `rest`: JSON over REST, such as Lambda; `rpc`: JSON or CBOR over one path, such as
 * DynamoDB, where every refusal is a 400; `query`: XML with IAM's common error codes; `s3`: S3's own codes and texts.
 */
export type Dialect = 'rest' | 'rpc' | 'query' | 's3';

/** Signing names that S3's rules hold for: one encoding of the path, unsigned and chunked payloads. */
const S3_LIKE = new Set(['s3', 's3express', 's3-object-lambda', 's3-outposts']);

/** REST services in XML; they share their error codes with the query protocol. */
const XML_SERVICES = new Set(['cloudfront', 'route53', 'iam', 'sts']);

/** `service` is the signing name; the empty string when the request names none. */
export function dialectOf(service: string, headers: IncomingHttpHeaders): Dialect {
  if (S3_LIKE.has(service)) return 's3';
  if (headers['x-amz-target'] !== undefined || headers['smithy-protocol'] !== undefined) return 'rpc';
  if (XML_SERVICES.has(service)) return 'query';
  const contentType = headers['content-type'];
  return contentType?.startsWith('application/x-www-form-urlencoded') ? 'query' : 'rest';
}
