import { verify, type X509Certificate } from 'node:crypto';
import type { PackageLimits } from '../package/limits.ts';
import { sourceOf, type Zip } from '../package/staged-zip.ts';
import { readSignatureFile, type SignatureFile } from './signature-file.ts';
import { readSignedZip } from './signed-zip.ts';

/** What is known of a package's signature once it has been verified. */
export type Signature =
  | {
      readonly kind: 'valid';
      /** The publisher. */
      readonly profileVersionArn: string;
      readonly jobArn: string;
      readonly expiresMs: number;
    }
  /** Sound, but by a certificate that leads to none of the trusted roots. `authority` names the last one that it led to. */
  | { readonly kind: 'by-stranger'; readonly authority: string }
  /** The content is not what was signed, or the signature is none. */
  | { readonly kind: 'broken'; readonly part: 'content' | 'signature' };

/** Answers undefined for a package that has no signature. Throws only when aborted. */
export type VerifySignature = (zip: Zip, signal: AbortSignal) => Promise<Signature | undefined>;

export interface SignatureOptions {
  /** Certificates of the authorities whose signers are believed. */
  readonly roots: readonly X509Certificate[];
  readonly limits: PackageLimits;
  readonly nowMs: () => number;
  /** Told why a signature could not even be read: the caller learns no more than AWS tells. */
  readonly onUnreadable: (error: unknown) => void;
}

/** Verifies packages that AWS Signer signed, or whoever signs as it does. */
export function signatureVerifier({ roots, limits, nowMs, onUnreadable }: SignatureOptions): VerifySignature {
  return async (zip, signal) => {
    try {
      const signed = await readSignedZip(sourceOf(zip), limits, signal);
      if (signed === undefined) return undefined;
      return judge(readSignatureFile(signed.signature), signed.contentDigest, roots, nowMs());
    } catch (error) {
      signal.throwIfAborted();
      // Whatever else goes wrong does so at bytes that the caller sent.
      onUnreadable(error);
      return { kind: 'broken', part: 'signature' };
    }
  };
}

const CODE_SIGNING = '1.3.6.1.5.5.7.3.3'; // RFC 5280, 4.2.1.12: id-kp-codeSigning
const CHAIN_MAX = 8; // Ours; AWS Signer's have four.

/** Decides on a signature that was taken apart. */
export function judge(
  file: SignatureFile,
  contentDigest: Buffer,
  roots: readonly X509Certificate[],
  nowMs: number,
): Signature {
  if (!isSound(file, nowMs)) return { kind: 'broken', part: 'signature' };
  if (!file.contentDigest.equals(contentDigest)) return { kind: 'broken', part: 'content' };
  const authority = strangerBehind(file, roots);
  if (authority !== undefined) return { kind: 'by-stranger', authority };
  const { profileVersionArn, jobArn, expiresMs } = file;
  return { kind: 'valid', profileVersionArn, jobArn, expiresMs };
}

function isSound({ signer, signedBytes, signature, signedMs, expiresMs, ...claims }: SignatureFile, nowMs: number) {
  const key = signer.publicKey;
  return (
    key.asymmetricKeyDetails?.namedCurve === 'secp384r1' &&
    verify('sha384', signedBytes, { key, dsaEncoding: 'der' }, signature) &&
    !signer.ca &&
    (signer.keyUsage ?? []).includes(CODE_SIGNING) &&
    isValidAt(signer, signedMs) &&
    signedMs <= nowMs &&
    signedMs < expiresMs &&
    areArns(claims)
  );
}

const PROFILE_ARN = /^(arn:[a-zA-Z0-9-]+:signer:[a-z0-9-]+:\d{12}):\/signing-profiles\/[^/]+\/[^/]+$/;
const JOB_ARN = /^(arn:[a-zA-Z0-9-]+:signer:[a-z0-9-]+:\d{12}):\/signing-jobs\/[^/]+$/;

/** A job and a profile of one account and region. */
function areArns({ profileVersionArn, jobArn }: Pick<SignatureFile, 'profileVersionArn' | 'jobArn'>): boolean {
  const owner = PROFILE_ARN.exec(profileVersionArn)?.[1];
  return owner !== undefined && owner === JOB_ARN.exec(jobArn)?.[1];
}

/** The last certificate of a chain that leads to no root; undefined if it leads to one. Certificates count as of the time of signing. */
function strangerBehind(
  { signer, certificates, signedMs }: SignatureFile,
  roots: readonly X509Certificate[],
): string | undefined {
  let last = signer;
  for (let length = 0; length < CHAIN_MAX; length += 1) {
    const issued = (issuer: X509Certificate) => isIssuer(issuer, last, signedMs);
    if (roots.some(issued)) return undefined;
    const issuer = certificates.find(
      (certificate) => certificate.fingerprint256 !== last.fingerprint256 && issued(certificate),
    );
    if (issuer === undefined) break;
    last = issuer;
  }
  return `${last.subject.replaceAll('\n', ', ')}, SHA-256 ${last.fingerprint256}`;
}

function isIssuer(issuer: X509Certificate, of: X509Certificate, signedMs: number): boolean {
  return issuer.ca && isValidAt(issuer, signedMs) && of.checkIssued(issuer) && of.verify(issuer.publicKey);
}

function isValidAt({ validFromDate, validToDate }: X509Certificate, ms: number): boolean {
  return validFromDate.getTime() <= ms && ms <= validToDate.getTime();
}
