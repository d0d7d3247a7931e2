import { createHmac, hash, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../lib/clock.ts';
import { Recent } from '../../lib/recent.ts';
import type { AuthenticationRequest } from '../authenticate.ts';
import type { Principal } from '../service.ts';
import { basicIsoSeconds } from './amz-date.ts';
import { canonicalHeaderValue, canonicalPath, canonicalQuery, canonicalS3Path } from './canonical.ts';
import { type Claim, claimOf } from './claim.ts';
import { type Dialect, dialectOf } from './dialect.ts';
import { coveredPayload, type Payload } from './payload.ts';
import { refusalToAws, type ScopeProblem } from './refusal.ts';
import { type CredentialScope, scopeText, signingKey } from './signing-key.ts';

// Verification of Signature Version 4, on the path of every request. What costs is kept: a day's signing key and its
// parsed scope, under the credential's own text, and only once a signature with it was right, so that nobody can push
// keys out without holding one.

/** Who owns an access key. Called for every request, so that a revoked key is refused at once. */
export interface Keyring {
  find(accessKeyId: string, sessionToken: string | undefined): FoundKey;
}

export type FoundKey =
  /** The secret of one access key id never changes: signing keys are kept by the id. */
  | { readonly kind: 'found'; readonly secretAccessKey: string; readonly principal: Principal }
  | { readonly kind: 'unknown-key' }
  | { readonly kind: 'token-invalid' }
  | { readonly kind: 'token-expired' };

export interface Verified extends CredentialScope {
  readonly principal: Principal;
  readonly dialect: Dialect;
  readonly payload: Payload;
  /** What the signatures of the chunks of a body continue. */
  readonly seed: SignatureSeed;
}

export interface SignatureSeed {
  readonly accessKeyId: string;
  readonly key: KeyObject;
  readonly amzDate: string;
  readonly scope: string;
  /** Lower-case hex. */
  readonly signature: string;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';
/** AWS: "the request's time must be within 5 minutes", as in the text of its refusal. */
const WINDOW_SECONDS = 5 * 60;
/** S3's is longer: `MaxAllowedSkewMilliseconds` 900000 in its refusal. */
const S3_WINDOW_SECONDS = 15 * 60;
/** Seven days: the maximum of X-Amz-Expires. */
const EXPIRES_SECONDS_MAX = 604_800;
const KEYS_MAX = 4_096;

const SIGNATURE_HEX = /^[0-9a-f]{64}$/;
const REGION = /^(?:[a-z]{2,8}(?:-[a-z]{2,12}){1,3}-\d{1,2}|aws-global)$/;
const DATE = /^\d{8}$/;

interface KnownCredential extends CredentialScope {
  readonly accessKeyId: string;
  /** `aws4_request`, unless the client got it wrong. */
  readonly terminator: string;
  /** The scope as the string to sign has it. */
  readonly scope: string;
}

interface ProvenCredential extends KnownCredential {
  readonly key: KeyObject;
}

/** Makes the verification for one set of keys. The function throws AWS's refusal, in the service's own words. */
export function createVerifier(keyring: Keyring, clock: Clock): (request: AuthenticationRequest) => Verified {
  const proven = new Recent<ProvenCredential>(KEYS_MAX);

  return (request) => {
    const claim = claimOf(request);
    const known = proven.get(claim.credential);
    const service = known?.service ?? claim.credential.split('/')[3] ?? '';
    const dialect = dialectOf(request.expectedService ?? service, request.headers);

    checkTime(claim, clock, dialect);
    checkSignedHeaders(claim, request, dialect);
    if (claim.algorithm !== ALGORITHM) {
      const { algorithm, form } = claim;
      throw refusalToAws({ kind: 'unsupported-algorithm', algorithm, form }, dialect);
    }
    const credential = known ?? parseCredential(claim, dialect);
    checkScope(credential, claim, request, dialect);

    const owner = keyring.find(credential.accessKeyId, claim.sessionToken);
    if (owner.kind === 'unknown-key') {
      throw refusalToAws({ kind: 'unknown-key', accessKeyId: credential.accessKeyId }, dialect);
    }
    if (owner.kind !== 'found') throw refusalToAws({ kind: owner.kind }, dialect);

    const key = known?.key ?? signingKey(owner.secretAccessKey, credential);
    const { line, payload } = coveredPayload(request, claim, dialect);
    const canonicalRequest = canonicalOf(request, claim, dialect, line);
    const { amzDate, signature } = claim;
    const stringToSign = stringToSignOf(amzDate, credential.scope, canonicalRequest);
    if (!isSignedBy(key, stringToSign, signature)) {
      const { accessKeyId } = credential;
      throw refusalToAws({ kind: 'mismatch', accessKeyId, signature, stringToSign, canonicalRequest }, dialect);
    }
    if (known === undefined) proven.set(claim.credential, { ...credential, key });

    return {
      principal: owner.principal,
      date: credential.date,
      region: credential.region,
      service: credential.service,
      dialect,
      payload,
      seed: { accessKeyId: credential.accessKeyId, key, amzDate, scope: credential.scope, signature },
    };
  };
}

/** Compares in constant time. */
export function isSignedBy(key: KeyObject, stringToSign: string, signature: string): boolean {
  if (!SIGNATURE_HEX.test(signature)) return false;
  // As text: Node makes that in half the time that it takes for bytes.
  const expected = createHmac('sha256', key).update(stringToSign).digest('hex');
  return timingSafeEqual(Buffer.from(expected, 'latin1'), Buffer.from(signature, 'latin1'));
}

export function stringToSignOf(amzDate: string, scope: string, canonicalRequest: string): string {
  // Header bytes were read as Latin-1, so Latin-1 gives back what the client signed.
  const digest = hash('sha256', Buffer.from(canonicalRequest, 'latin1'), 'hex');
  return `${ALGORITHM}\n${amzDate}\n${scope}\n${digest}`;
}

function checkTime(claim: Claim, clock: Clock, dialect: Dialect): void {
  const { amzDate, form } = claim;
  const requestSeconds = basicIsoSeconds(amzDate);
  if (requestSeconds === undefined) throw refusalToAws({ kind: 'malformed-date', date: amzDate, form }, dialect);
  const skewSeconds = dialect === 's3' ? S3_WINDOW_SECONDS : WINDOW_SECONDS;
  const lifeSeconds = form === 'query' ? expiresSeconds(claim, dialect) : skewSeconds;
  // Whole seconds, as the signature's own time has them: exactly at the limit is still in time.
  const nowSeconds = Math.floor(clock.nowMs() / 1000);
  if (requestSeconds < nowSeconds - lifeSeconds) {
    const window = { amzDate, requestSeconds, nowSeconds, windowSeconds: lifeSeconds, form };
    throw refusalToAws({ kind: 'expired', ...window }, dialect);
  }
  if (requestSeconds > nowSeconds + skewSeconds) {
    const window = { amzDate, requestSeconds, nowSeconds, windowSeconds: skewSeconds, form };
    throw refusalToAws({ kind: 'not-yet-current', ...window }, dialect);
  }
}

/** How long a presigned request lives. S3 requires the parameter; elsewhere one without it lives like any request. */
function expiresSeconds(claim: Claim, dialect: Dialect): number {
  const { expires } = claim;
  if (expires === undefined) {
    if (dialect === 's3') throw refusalToAws({ kind: 'incomplete-query', missing: ['X-Amz-Expires'] }, dialect);
    return WINDOW_SECONDS;
  }
  if (!/^\d{1,15}$/.test(expires)) throw refusalToAws({ kind: 'malformed-expires', expires }, dialect);
  const seconds = Number(expires);
  if (seconds > EXPIRES_SECONDS_MAX) throw refusalToAws({ kind: 'expires-too-long' }, dialect);
  return seconds;
}

function checkSignedHeaders(claim: Claim, request: AuthenticationRequest, dialect: Dialect): void {
  if (!isSigned('host', claim.signedHeaders)) throw refusalToAws({ kind: 'host-unsigned' }, dialect);
  if (dialect !== 's3') return;
  // S3 takes no x-amz- header that the signature does not cover. The payload's hash is covered by its own line.
  const names: string[] = [];
  for (const name in request.headers) {
    if (!name.startsWith('x-amz-') || name === 'x-amz-content-sha256') continue;
    if (!isSigned(name, claim.signedHeaders)) names.push(name);
  }
  if (names.length > 0) throw refusalToAws({ kind: 'headers-unsigned', names }, dialect);
}

function isSigned(name: string, signedHeaders: string): boolean {
  const at = signedHeaders.indexOf(name);
  if (at < 0) return false;
  const end = at + name.length;
  if ((at === 0 || signedHeaders[at - 1] === ';') && (end === signedHeaders.length || signedHeaders[end] === ';')) {
    return true;
  }
  // The first hit was part of a longer name.
  return signedHeaders.split(';').includes(name);
}

function parseCredential(claim: Claim, dialect: Dialect): KnownCredential {
  const parts = claim.credential.split('/');
  const [accessKeyId, date, region, service, terminator] = parts;
  if (parts.length !== 5 || !accessKeyId || !date || !region || !service || !terminator) {
    throw refusalToAws({ kind: 'malformed-credential', credential: claim.credential, form: claim.form }, dialect);
  }
  return { accessKeyId, date, region, service, terminator, scope: scopeText({ date, region, service }) };
}

function checkScope(credential: KnownCredential, claim: Claim, request: AuthenticationRequest, dialect: Dialect): void {
  const { date, region, service, terminator } = credential;
  const { expectedService } = request;
  const problems: ScopeProblem[] = [];
  if (!REGION.test(region)) problems.push({ kind: 'region', got: region });
  if (expectedService !== undefined && service !== expectedService) {
    problems.push({ kind: 'service', got: service, expected: expectedService });
  }
  if (terminator !== 'aws4_request') problems.push({ kind: 'terminator', got: terminator });
  if (!DATE.test(date) || !claim.amzDate.startsWith(date)) {
    problems.push({ kind: 'date', got: date, amzDate: claim.amzDate });
  }
  if (problems.length > 0) throw refusalToAws({ kind: 'wrong-scope', problems, form: claim.form }, dialect);
}

function canonicalOf(request: AuthenticationRequest, claim: Claim, dialect: Dialect, payloadLine: string): string {
  const { url, headers, rawHeaders } = request;
  const { signedHeaders } = claim;
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const query =
    mark < 0 ? '' : canonicalQuery(url.slice(mark + 1), claim.form === 'query' ? 'X-Amz-Signature' : undefined);
  let text = `${request.method}\n${dialect === 's3' ? canonicalS3Path(path) : canonicalPath(path)}\n${query}\n`;
  let from = 0;
  while (from <= signedHeaders.length) {
    const separator = signedHeaders.indexOf(';', from);
    const to = separator < 0 ? signedHeaders.length : separator;
    const name = signedHeaders.slice(from, to);
    text += `${name}:${canonicalHeaderValue(name, headers, rawHeaders)}\n`;
    from = to + 1;
  }
  return `${text}\n${signedHeaders}\n${payloadLine}`;
}
