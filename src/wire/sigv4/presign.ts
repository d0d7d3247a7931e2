import { createHmac, hash } from 'node:crypto';
import { basicIso } from './amz-date.ts';
import { canonicalPath, canonicalQuery, canonicalS3Path } from './canonical.ts';
import { type CredentialScope, scopeText, signingKey } from './signing-key.ts';
import { stringToSignOf } from './verify.ts';

export interface PresignOptions {
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
  readonly region: string;
  /** Signing name. For `s3` the body is left unsigned, for others it must be empty. */
  readonly service: string;
  readonly nowMs: number;
  /** 1 to 604,800 seconds. */
  readonly expiresSeconds: number;
}

const EMPTY_SHA256 = hash('sha256', '', 'hex');

/** A link to `url` (absolute, its path and query already encoded) that GETs it with these credentials until it expires. */
export function presign(url: string, options: PresignOptions): string {
  const { credentials, region, service, nowMs, expiresSeconds } = options;
  if (!Number.isInteger(expiresSeconds) || expiresSeconds < 1 || expiresSeconds > 604_800) {
    throw new RangeError(`a link lives from 1 to 604800 seconds, not ${expiresSeconds}`);
  }
  const target = new URL(url);
  const amzDate = basicIso(Math.floor(nowMs / 1000));
  const scope: CredentialScope = { date: amzDate.slice(0, 8), region, service };
  const parameters = new URLSearchParams({
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `${credentials.accessKeyId}/${scopeText(scope)}`,
    'X-Amz-Date': amzDate,
    'X-Amz-Expires': String(expiresSeconds),
    'X-Amz-SignedHeaders': 'host',
  });
  if (credentials.sessionToken !== undefined) parameters.set('X-Amz-Security-Token', credentials.sessionToken);
  const query = canonicalQuery(target.search === '' ? `${parameters}` : `${target.search.slice(1)}&${parameters}`);

  const path = service === 's3' ? canonicalS3Path(target.pathname) : canonicalPath(target.pathname);
  const payload = service === 's3' ? 'UNSIGNED-PAYLOAD' : EMPTY_SHA256;
  const canonicalRequest = `GET\n${path}\n${query}\nhost:${target.host}\n\nhost\n${payload}`;
  const signature = createHmac('sha256', signingKey(credentials.secretAccessKey, scope))
    .update(stringToSignOf(amzDate, scopeText(scope), canonicalRequest))
    .digest('hex');
  return `${target.origin}${target.pathname}?${query}&X-Amz-Signature=${signature}`;
}
