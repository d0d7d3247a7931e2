import { hash } from 'node:crypto';
import { AwsError } from '../aws-error.ts';
import { basicIso } from './amz-date.ts';
import type { Dialect } from './dialect.ts';

/** Why a signature, or the payload it covers, is refused. */
export type SignatureRefusal =
  | { kind: 'missing-token' }
  | { kind: 'header-and-query' }
  | { kind: 'not-a-signature'; authorization: string }
  | { kind: 'not-key-value'; part: string; authorization: string }
  | { kind: 'incomplete-header'; missing: readonly string[]; authorization: string }
  | { kind: 'incomplete-query'; missing: readonly string[] }
  | { kind: 'unsupported-algorithm'; algorithm: string; form: 'header' | 'query' }
  | { kind: 'malformed-credential'; credential: string; form: 'header' | 'query' }
  | { kind: 'malformed-date'; date: string; form: 'header' | 'query' }
  | { kind: 'malformed-expires'; expires: string }
  | { kind: 'expires-too-long' }
  | { kind: 'wrong-scope'; problems: readonly ScopeProblem[]; form: 'header' | 'query' }
  | ({ kind: 'expired' } & OutOfTime)
  | ({ kind: 'not-yet-current' } & OutOfTime)
  | { kind: 'host-unsigned' }
  | { kind: 'headers-unsigned'; names: readonly string[] }
  | { kind: 'unknown-key'; accessKeyId: string }
  | { kind: 'token-invalid' }
  | { kind: 'token-expired' }
  | { kind: 'mismatch'; accessKeyId: string; signature: string; stringToSign: string; canonicalRequest?: string }
  | { kind: 'payload-hash-missing' }
  | { kind: 'payload-hash-malformed' }
  | { kind: 'payload-hash-mismatch'; claimed: string; computed: string };

export interface OutOfTime {
  readonly amzDate: string;
  readonly requestSeconds: number;
  readonly nowSeconds: number;
  /** How far both may lie apart. */
  readonly windowSeconds: number;
  readonly form: 'header' | 'query';
}

export type ScopeProblem =
  | { kind: 'region'; got: string }
  | { kind: 'service'; got: string; expected: string }
  | { kind: 'terminator'; got: string }
  | { kind: 'date'; got: string; amzDate: string };

/**
 * AWS's code, text and status. The common texts are those that the services' shared front end answers, as collected
 * in public bug reports; S3's are those of its own front end and of its list of error codes.
 */
export function refusalToAws(refusal: SignatureRefusal, dialect: Dialect): AwsError {
  return dialect === 's3' ? s3Refusal(refusal) : commonRefusal(refusal, dialect);
}

type CommonDialect = Exclude<Dialect, 's3'>;

/** [JSON code, query code]: the query protocol leaves out the suffix, and has its own words for two of them. */
const INCOMPLETE = ['IncompleteSignatureException', 'IncompleteSignature', 400] as const;
const INVALID = ['InvalidSignatureException', 'SignatureDoesNotMatch', 403] as const;
const UNRECOGNIZED = ['UnrecognizedClientException', 'InvalidClientTokenId', 403] as const;
const EXPIRED = ['ExpiredTokenException', 'ExpiredToken', 403] as const;
const MISSING = ['MissingAuthenticationTokenException', 'MissingAuthenticationToken', 403] as const;

const MISMATCH_TEXT =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.';

function commonRefusal(refusal: SignatureRefusal, dialect: CommonDialect): AwsError {
  const answer = (codes: readonly [string, string, number], text: string) =>
    new AwsError(codes[dialect === 'query' ? 1 : 0], text, { status: dialect === 'rpc' ? 400 : codes[2] });

  switch (refusal.kind) {
    case 'missing-token':
      // API front ends of REST services leave out the first words.
      return answer(
        MISSING,
        dialect === 'rest' ? 'Missing Authentication Token' : 'Request is missing Authentication Token',
      );
    case 'header-and-query':
      return answer(
        INVALID,
        "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
      );
    case 'not-a-signature':
      return dialect === 'rest'
        ? answer(INCOMPLETE, notKeyValueText(refusal.authorization))
        : answer(MISSING, 'Request is missing Authentication Token');
    case 'not-key-value':
      return answer(INCOMPLETE, notKeyValueText(refusal.authorization));
    case 'incomplete-header':
      return answer(
        INCOMPLETE,
        `${refusal.missing.map(missingHeaderText).join(' ')} (Hashed with SHA-256 and encoded with Base64) Authorization=${fingerprint(refusal.authorization)}`,
      );
    case 'incomplete-query':
      return answer(
        INCOMPLETE,
        `${refusal.missing.map((name) => `AWS query-string parameters must include '${name}'.`).join(' ')} Re-examine the query-string parameters.`,
      );
    case 'unsupported-algorithm':
      return answer(
        INCOMPLETE,
        `Unsupported AWS 'algorithm': '${refusal.algorithm}' (only AWS4-HMAC-SHA256 for now). `,
      );
    case 'malformed-credential':
      return answer(
        INCOMPLETE,
        `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${refusal.credential}'`,
      );
    case 'malformed-date':
      return answer(
        INCOMPLETE,
        `Date must be in ISO-8601 'basic format'. Got '${refusal.date}'. See http://en.wikipedia.org/wiki/ISO_8601`,
      );
    case 'malformed-expires':
    case 'expires-too-long':
      return answer(INCOMPLETE, S3_EXPIRES_TEXTS[expiresProblem(refusal)]);
    case 'wrong-scope':
      return answer(INVALID, refusal.problems.map(scopeText).join(''));
    case 'expired':
      return answer(
        INVALID,
        `Signature expired: ${refusal.amzDate} is now earlier than ${basicIso(refusal.nowSeconds - refusal.windowSeconds)} (${basicIso(refusal.nowSeconds)} - ${minutes(refusal.windowSeconds)} min.)`,
      );
    case 'not-yet-current':
      return answer(
        INVALID,
        `Signature not yet current: ${refusal.amzDate} is still later than ${basicIso(refusal.nowSeconds + refusal.windowSeconds)} (${basicIso(refusal.nowSeconds)} + ${minutes(refusal.windowSeconds)} min.)`,
      );
    case 'host-unsigned':
      return answer(INVALID, "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
    case 'unknown-key':
    case 'token-invalid':
      return answer(UNRECOGNIZED, 'The security token included in the request is invalid.');
    case 'token-expired':
      return answer(EXPIRED, 'The security token included in the request is expired');
    // Outside S3 the payload's hash is always computed, so whatever is wrong with it shows as a mismatch.
    case 'headers-unsigned':
    case 'payload-hash-missing':
    case 'payload-hash-malformed':
    case 'payload-hash-mismatch':
    case 'mismatch':
      return answer(INVALID, MISMATCH_TEXT);
  }
}

function missingHeaderText(name: string): string {
  return name === 'Date'
    ? "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
    : `Authorization header requires '${name}' parameter.`;
}

function notKeyValueText(authorization: string): string {
  return `Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): '${fingerprint(authorization)}'.`;
}

function scopeText(problem: ScopeProblem): string {
  switch (problem.kind) {
    case 'region':
      return 'Credential should be scoped to a valid region. ';
    case 'service':
      return `Credential should be scoped to correct service: '${problem.expected}'. `;
    case 'terminator':
      return `Credential should be scoped with a valid terminator: 'aws4_request', not '${problem.got}'. `;
    case 'date':
      return `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${problem.got}' != '${problem.amzDate.slice(0, 8)}', from '${problem.amzDate}'.`;
  }
}

function s3Refusal(refusal: SignatureRefusal): AwsError {
  switch (refusal.kind) {
    case 'missing-token':
      return new AwsError('AccessDenied', 'Access Denied', { status: 403 });
    case 'header-and-query':
      return new AwsError(
        'InvalidArgument',
        'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified',
        { status: 400 },
      );
    case 'not-a-signature':
      return new AwsError('InvalidArgument', 'Unsupported Authorization Type', { status: 400 });
    case 'not-key-value':
      return malformedHeader(`the authorization component "${refusal.part}" is malformed.`);
    case 'incomplete-header': {
      if (refusal.missing[0] === 'Date') {
        return new AwsError('AccessDenied', 'AWS authentication requires a valid Date or x-amz-date header', {
          status: 403,
        });
      }
      return malformedHeader(
        'the authorization header requires three components: Credential, SignedHeaders, and Signature.',
      );
    }
    case 'incomplete-query':
      return malformedQuery(
        'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
      );
    case 'unsupported-algorithm':
      return refusal.form === 'query'
        ? malformedQuery('X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"')
        : new AwsError(
            'InvalidRequest',
            'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.',
            { status: 400 },
          );
    case 'malformed-credential':
      return malformedIn(
        refusal.form,
        'the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".',
      );
    case 'malformed-date':
      return refusal.form === 'query'
        ? malformedQuery("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"")
        : new AwsError('AccessDenied', 'AWS authentication requires a valid Date or x-amz-date header', {
            status: 403,
          });
    case 'malformed-expires':
    case 'expires-too-long':
      return malformedQuery(S3_EXPIRES_TEXTS[expiresProblem(refusal)]);
    case 'wrong-scope':
      return s3ScopeRefusal(refusal.problems[0], refusal.form);
    case 'expired':
      if (refusal.form === 'query') {
        return new AwsError('AccessDenied', 'Request has expired', {
          status: 403,
          members: {
            'X-Amz-Expires': refusal.windowSeconds,
            Expires: extendedIso(refusal.requestSeconds + refusal.windowSeconds),
            ServerTime: extendedIso(refusal.nowSeconds),
          },
        });
      }
      return tooSkewed(refusal);
    case 'not-yet-current':
      return refusal.form === 'query'
        ? new AwsError('AccessDenied', 'Request is not valid yet', { status: 403 })
        : tooSkewed(refusal);
    case 'host-unsigned':
      return headersUnsigned(['host']);
    case 'headers-unsigned':
      return headersUnsigned(refusal.names);
    case 'unknown-key':
      return new AwsError('InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our records.', {
        status: 403,
        members: { AWSAccessKeyId: refusal.accessKeyId },
      });
    case 'token-invalid':
      return new AwsError('InvalidToken', 'The provided token is malformed or otherwise invalid.', { status: 400 });
    case 'token-expired':
      return new AwsError('ExpiredToken', 'The provided token has expired.', { status: 400 });
    case 'mismatch':
      return new AwsError(
        'SignatureDoesNotMatch',
        'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
        {
          status: 403,
          members: {
            AWSAccessKeyId: refusal.accessKeyId,
            StringToSign: refusal.stringToSign,
            SignatureProvided: refusal.signature,
            StringToSignBytes: hexBytes(refusal.stringToSign),
            // A chunk's signature has no canonical request.
            ...(refusal.canonicalRequest !== undefined && {
              CanonicalRequest: refusal.canonicalRequest,
              CanonicalRequestBytes: hexBytes(refusal.canonicalRequest),
            }),
          },
        },
      );
    case 'payload-hash-missing':
      return new AwsError('InvalidRequest', 'Missing required header for this request: x-amz-content-sha256', {
        status: 400,
      });
    case 'payload-hash-malformed':
      return new AwsError(
        'InvalidArgument',
        'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or a valid sha256 value.',
        { status: 400 },
      );
    case 'payload-hash-mismatch':
      return new AwsError(
        'XAmzContentSHA256Mismatch',
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
        {
          status: 400,
          members: { ClientComputedContentSHA256: refusal.claimed, S3ComputedContentSHA256: refusal.computed },
        },
      );
  }
}

function s3ScopeRefusal(problem: ScopeProblem | undefined, form: 'header' | 'query'): AwsError {
  switch (problem?.kind) {
    case 'region':
      return malformedIn(form, `the region '${problem.got}' is wrong`);
    case 'service':
      return malformedIn(form, `incorrect service "${problem.got}". This endpoint belongs to "${problem.expected}".`);
    case 'terminator':
      return malformedIn(form, `incorrect terminal "${problem.got}". This endpoint uses "aws4_request".`);
    case 'date': {
      const text = `Invalid credential date "${problem.got}". This date is not the same as X-Amz-Date: "${problem.amzDate.slice(0, 8)}".`;
      return form === 'query' ? malformedQuery(text) : malformedHeader(text);
    }
    case undefined:
      throw new Error('a wrong scope names at least one problem');
  }
}

function malformedIn(form: 'header' | 'query', text: string): AwsError {
  return form === 'query'
    ? malformedQuery(`Error parsing the X-Amz-Credential parameter; ${text}`)
    : malformedHeader(text);
}

function malformedHeader(text: string): AwsError {
  return new AwsError('AuthorizationHeaderMalformed', `The authorization header is malformed; ${text}`, {
    status: 400,
  });
}

function malformedQuery(text: string): AwsError {
  return new AwsError('AuthorizationQueryParametersError', text, { status: 400 });
}

function headersUnsigned(names: readonly string[]): AwsError {
  return new AwsError('AccessDenied', 'There were headers present in the request which were not signed', {
    status: 403,
    members: { HeadersNotSigned: names.join(', ') },
  });
}

function tooSkewed(refusal: OutOfTime): AwsError {
  return new AwsError(
    'RequestTimeTooSkewed',
    'The difference between the request time and the current time is too large.',
    {
      status: 403,
      members: {
        RequestTime: refusal.amzDate,
        ServerTime: extendedIso(refusal.nowSeconds),
        MaxAllowedSkewMilliseconds: refusal.windowSeconds * 1000,
      },
    },
  );
}

const S3_EXPIRES_TEXTS = {
  'not-a-number': 'X-Amz-Expires should be a number',
  negative: 'X-Amz-Expires must be non-negative',
  'too-long':
    'X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds',
} as const;

function expiresProblem(refusal: { kind: 'malformed-expires'; expires: string } | { kind: 'expires-too-long' }) {
  if (refusal.kind === 'expires-too-long') return 'too-long';
  return /^-\d+$/.test(refusal.expires) ? 'negative' : 'not-a-number';
}

function minutes(seconds: number): number {
  return Math.round(seconds / 60);
}

function fingerprint(text: string): string {
  return hash('sha256', text, 'base64');
}

function hexBytes(text: string): string {
  return Buffer.from(text, 'latin1')
    .toString('hex')
    .replace(/(..)(?=.)/g, '$1 ');
}

/** S3 writes its own times as `2013-05-24T00:00:00Z`. */
function extendedIso(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;
}
