import type { AuthenticationRequest } from '../authenticate.ts';
import type { AwsError } from '../aws-error.ts';
import { basicIsoOfHttpDate } from './amz-date.ts';
import { type Dialect, dialectOf } from './dialect.ts';
import { refusalToAws, type SignatureRefusal } from './refusal.ts';

/** What a request says of its own signature. Nothing of it is verified. */
export interface Claim {
  readonly form: 'header' | 'query';
  /** `<access key>/<date>/<region>/<service>/aws4_request`, as written. */
  readonly credential: string;
  /** Names separated by semicolons, as written. */
  readonly signedHeaders: string;
  readonly signature: string;
  /** In ISO 8601's basic format, or whatever the client wrote in its place. */
  readonly amzDate: string;
  readonly algorithm: string;
  readonly sessionToken: string | undefined;
  /** Query form only: X-Amz-Expires as written. */
  readonly expires: string | undefined;
}

const ALGORITHM_MARK = 'X-Amz-Algorithm=';

/** The signature that a request carries in its Authorization header or in its query. Throws AWS's refusal otherwise. */
export function claimOf(request: AuthenticationRequest): Claim {
  const { authorization } = request.headers;
  const presigned = isPresigned(request.url);
  if (authorization === undefined) {
    if (presigned) return queryClaim(request);
    if (isVersion2(request.url)) {
      throw refusalToAws({ kind: 'unsupported-algorithm', algorithm: 'AWS', form: 'header' }, 's3');
    }
    throw refusalToAws({ kind: 'missing-token' }, guessedDialect(request, ''));
  }
  if (presigned) throw refusalToAws({ kind: 'header-and-query' }, guessedDialect(request, authorization));
  return headerClaim(request, authorization);
}

/** S3's older links, which boto3 still makes unless it is told otherwise: `AWSAccessKeyId`, `Signature`, `Expires`. */
function isVersion2(url: string): boolean {
  return url.includes('AWSAccessKeyId=') && url.includes('Signature=');
}

function isPresigned(url: string): boolean {
  const query = url.indexOf('?');
  if (query < 0) return false;
  const at = url.indexOf(ALGORITHM_MARK, query + 1);
  return at === query + 1 || (at > 0 && url[at - 1] === '&');
}

/** `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`, in any order, separated by commas or blanks. */
function headerClaim(request: AuthenticationRequest, authorization: string): Claim {
  const algorithm = authorization.slice(0, endOfField(authorization, 0));
  if (algorithm === 'AWS') {
    throw refusal(request, authorization, { kind: 'unsupported-algorithm', algorithm, form: 'header' });
  }
  if (!algorithm.startsWith('AWS4-')) throw refusal(request, authorization, { kind: 'not-a-signature', authorization });

  let credential = '';
  let signedHeaders = '';
  let signature = '';
  let from = algorithm.length;
  while (from < authorization.length) {
    const separator = authorization.charCodeAt(from);
    if (separator === BLANK || separator === COMMA) {
      from += 1;
      continue;
    }
    const to = endOfField(authorization, from);
    const equals = authorization.indexOf('=', from);
    if (equals < 0 || equals > to) {
      const part = authorization.slice(from, to);
      throw refusal(request, authorization, { kind: 'not-key-value', part, authorization });
    }
    const value = authorization.slice(equals + 1, to);
    if (authorization.startsWith('Credential=', from)) credential = value;
    else if (authorization.startsWith('SignedHeaders=', from)) signedHeaders = value;
    else if (authorization.startsWith('Signature=', from)) signature = value;
    from = to;
  }

  const { headers } = request;
  const amzDate = single(headers['x-amz-date']) ?? (headers.date && (basicIsoOfHttpDate(headers.date) ?? headers.date));
  if (credential === '' || signature === '' || signedHeaders === '' || !amzDate) {
    const missing: string[] = [];
    if (credential === '') missing.push('Credential');
    if (signature === '') missing.push('Signature');
    if (signedHeaders === '') missing.push('SignedHeaders');
    if (!amzDate) missing.push('Date');
    throw refusal(request, authorization, { kind: 'incomplete-header', missing, authorization });
  }

  return {
    form: 'header',
    credential,
    signedHeaders,
    signature,
    amzDate,
    algorithm,
    sessionToken: single(headers['x-amz-security-token']),
    expires: undefined,
  };
}

const BLANK = 0x20;
const COMMA = 0x2c;

function endOfField(authorization: string, from: number): number {
  const comma = authorization.indexOf(',', from);
  const blank = authorization.indexOf(' ', from);
  if (comma < 0) return blank < 0 ? authorization.length : blank;
  return blank < 0 || comma < blank ? comma : blank;
}

function queryClaim(request: AuthenticationRequest): Claim {
  const { url } = request;
  // URLSearchParams decodes any bytes without throwing; only X-Amz-* values, which are ASCII, are taken from it.
  const query = new URLSearchParams(url.slice(url.indexOf('?') + 1));
  const credential = query.get('X-Amz-Credential');
  const signature = query.get('X-Amz-Signature');
  const signedHeaders = query.get('X-Amz-SignedHeaders');
  const amzDate = query.get('X-Amz-Date');
  const algorithm = query.get('X-Amz-Algorithm');
  const missing: string[] = [];
  if (!algorithm) missing.push('X-Amz-Algorithm');
  if (!credential) missing.push('X-Amz-Credential');
  if (!signature) missing.push('X-Amz-Signature');
  if (!signedHeaders) missing.push('X-Amz-SignedHeaders');
  if (!amzDate) missing.push('X-Amz-Date');
  if (!algorithm || !credential || !signature || !signedHeaders || !amzDate) {
    throw refusalToAws({ kind: 'incomplete-query', missing }, guessedDialect(request, credential ?? ''));
  }
  return {
    form: 'query',
    credential,
    signedHeaders,
    signature,
    amzDate,
    algorithm,
    sessionToken: query.get('X-Amz-Security-Token') ?? undefined,
    expires: query.get('X-Amz-Expires') ?? undefined,
  };
}

function refusal(request: AuthenticationRequest, authorization: string, why: SignatureRefusal): AwsError {
  return refusalToAws(why, guessedDialect(request, authorization));
}

/** Before the credential has been read: the service is guessed from whatever looks like a scope. */
function guessedDialect(request: AuthenticationRequest, text: string): Dialect {
  const service = request.expectedService ?? /\/([a-z0-9-]+)\/aws4_request/.exec(text)?.[1] ?? '';
  return dialectOf(service, request.headers);
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
