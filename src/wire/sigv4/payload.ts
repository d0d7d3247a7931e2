import { hash } from 'node:crypto';
import type { AuthenticationRequest } from '../authenticate.ts';
import type { Claim } from './claim.ts';
import type { Dialect } from './dialect.ts';
import { refusalToAws } from './refusal.ts';

/** How a request's body is covered by its signature. */
export type Payload =
  /** The body is a Buffer and its hash was signed, or the signature leaves it out. */
  | { readonly kind: 'settled' }
  /** A stream that must turn out to have the hash that was signed, in lower-case hex. */
  | { readonly kind: 'hashed'; readonly sha256: string }
  /** `aws-chunked`; the chunks' signatures continue the request's. */
  | { readonly kind: 'chunked'; readonly signed: boolean; readonly trailer: boolean };

/** The payload's line in the canonical request, and what remains to be checked of the body. */
export interface CoveredPayload {
  readonly line: string;
  readonly payload: Payload;
}

const SETTLED: Payload = { kind: 'settled' };
const UNSIGNED = 'UNSIGNED-PAYLOAD';
const SHA256_HEX = /^[0-9a-f]{64}$/;

/** `x-amz-content-sha256` of chunked bodies ("Authenticating Requests", Amazon S3 API reference). SigV4a's are missing on purpose. */
const CHUNKED: ReadonlyMap<string, Payload> = new Map([
  ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD', { kind: 'chunked', signed: true, trailer: false }],
  ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER', { kind: 'chunked', signed: true, trailer: true }],
  ['STREAMING-UNSIGNED-PAYLOAD-TRAILER', { kind: 'chunked', signed: false, trailer: true }],
] as const);

/**
 * Outside S3 the hash is computed, whatever the header says: a header is only a claim, and a wrong one shows as a
 * signature that does not match. S3 signs the header's text, and the body is then held to it.
 */
export function coveredPayload(request: AuthenticationRequest, claim: Claim, dialect: Dialect): CoveredPayload {
  const { body } = request;
  if (dialect === 's3') return coveredByS3(request, claim);
  if (Buffer.isBuffer(body)) return { line: hash('sha256', body, 'hex'), payload: SETTLED };
  const claimed = claimedHash(request);
  if (claimed === undefined || !SHA256_HEX.test(claimed)) {
    throw new Error('a streamed body without x-amz-content-sha256 must be read whole before it is authenticated');
  }
  return { line: claimed, payload: { kind: 'hashed', sha256: claimed } };
}

function coveredByS3(request: AuthenticationRequest, claim: Claim): CoveredPayload {
  const claimed = claimedHash(request) ?? (claim.form === 'query' ? presignedHash(request.url) : undefined);
  if (claimed === undefined) throw refusalToAws({ kind: 'payload-hash-missing' }, 's3');
  if (claimed === UNSIGNED) return { line: claimed, payload: SETTLED };
  const chunked = CHUNKED.get(claimed);
  if (chunked !== undefined) return { line: claimed, payload: chunked };
  if (!SHA256_HEX.test(claimed)) throw refusalToAws({ kind: 'payload-hash-malformed' }, 's3');

  if (!Buffer.isBuffer(request.body)) return { line: claimed, payload: { kind: 'hashed', sha256: claimed } };
  const computed = hash('sha256', request.body, 'hex');
  if (computed !== claimed) throw refusalToAws({ kind: 'payload-hash-mismatch', claimed, computed }, 's3');
  return { line: claimed, payload: SETTLED };
}

/** How the body is sent, where nobody checks signatures: chunked bodies have to be decoded all the same. */
export function unverifiedPayload(request: AuthenticationRequest): Payload {
  const chunked = CHUNKED.get(claimedHash(request) ?? '');
  return chunked?.kind === 'chunked' ? { ...chunked, signed: false } : SETTLED;
}

function claimedHash(request: AuthenticationRequest): string | undefined {
  const header = request.headers['x-amz-content-sha256'];
  return Array.isArray(header) ? header[0] : header;
}

function presignedHash(url: string): string {
  return new URLSearchParams(url.slice(url.indexOf('?') + 1)).get('X-Amz-Content-Sha256') ?? UNSIGNED;
}
