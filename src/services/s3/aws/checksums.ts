import type { IncomingHttpHeaders } from 'node:http';
import { CHECKSUM_ALGORITHMS, type ChecksumAlgorithm, isChecksumAlgorithm } from '../../../lib/checksum.ts';
import { AwsError } from '../../../wire/aws-error.ts';
import type { StoredChecksum } from '../object.ts';
import type { BodyChecksum } from '../objects.ts';
import { notImplemented } from './asked.ts';

const PREFIX = 'x-amz-checksum-';
const DIGEST_BYTES: Readonly<Record<ChecksumAlgorithm, number>> = {
  crc32: 4,
  crc32c: 4,
  crc64nvme: 8,
  sha1: 20,
  sha256: 32,
  sha512: 64,
  md5: 16,
};

/** The member of requests and answers that holds a checksum of each kind. */
const MEMBERS = {
  crc32: 'ChecksumCRC32',
  crc32c: 'ChecksumCRC32C',
  crc64nvme: 'ChecksumCRC64NVME',
  sha1: 'ChecksumSHA1',
  sha256: 'ChecksumSHA256',
  sha512: 'ChecksumSHA512',
  md5: 'ChecksumMD5',
} as const satisfies Record<ChecksumAlgorithm, string>;

type ChecksumMembers = { -readonly [Algorithm in ChecksumAlgorithm as (typeof MEMBERS)[Algorithm]]?: string };

/** The algorithm's name as AWS writes it. */
export function shownAlgorithm(
  algorithm: ChecksumAlgorithm,
): 'CRC32' | 'CRC32C' | 'CRC64NVME' | 'SHA1' | 'SHA256' | 'SHA512' | 'MD5' {
  return algorithm.toUpperCase() as 'CRC32'; // SAFE: AWS's names are ours in capitals.
}

/** Throws for one that we do not have. */
export function algorithmOf(name: string | undefined): ChecksumAlgorithm | undefined {
  if (name === undefined) return undefined;
  const lower = name.toLowerCase();
  if (isChecksumAlgorithm(lower)) return lower;
  if (['XXHASH64', 'XXHASH3', 'XXHASH128'].includes(name)) throw notImplemented(`checksum ${name}`);
  throw new AwsError(
    'InvalidRequest',
    'Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256, SHA512, MD5]',
    { status: 400 },
  );
}

export function shownChecksum({ algorithm, value, type }: StoredChecksum): ChecksumMembers & {
  ChecksumType: 'FULL_OBJECT' | 'COMPOSITE';
} {
  return { [MEMBERS[algorithm]]: value, ChecksumType: type === 'composite' ? 'COMPOSITE' : 'FULL_OBJECT' };
}

export function checksumMember(algorithm: ChecksumAlgorithm, value: string | undefined): ChecksumMembers {
  return value === undefined ? {} : { [MEMBERS[algorithm]]: value };
}

/** The checksum that a structure of a request claims. */
export function claimedIn(input: ChecksumMembers): { algorithm: ChecksumAlgorithm; value: string } | undefined {
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    const value = input[MEMBERS[algorithm]];
    if (value !== undefined) return { algorithm, value };
  }
  return undefined;
}

/**
 * Which checksum a body comes with: in a header, or behind the body, where the wire compares it. Undefined: none.
 * ("Checking object integrity for data uploads", S3 user guide.)
 */
export function checksumOfBody(headers: IncomingHttpHeaders): BodyChecksum | undefined {
  const claims = Object.entries(headers).filter(
    ([name]) => name.startsWith(PREFIX) && name !== `${PREFIX}type` && name !== `${PREFIX}algorithm`,
  );
  const trailer = String(headers['x-amz-trailer'] ?? '').toLowerCase();
  const trailing = trailer.startsWith(PREFIX) ? trailer.slice(PREFIX.length) : undefined;
  if (claims.length + (trailing === undefined ? 0 : 1) > 1) {
    const text = 'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.';
    throw new AwsError('InvalidRequest', text, { status: 400 });
  }
  const wanted = headers['x-amz-sdk-checksum-algorithm'];
  if (trailing !== undefined && isChecksumAlgorithm(trailing)) return { algorithm: trailing };
  const [claim] = claims;
  if (claim === undefined) {
    if (wanted === undefined) return undefined;
    const text =
      'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.';
    throw new AwsError('InvalidRequest', text, { status: 400 });
  }
  const [name, value] = claim;
  const algorithm = algorithmOf(name.slice(PREFIX.length).toUpperCase());
  if (algorithm === undefined) return undefined;
  return { algorithm, expected: assertDigest(algorithm, String(value)) };
}

/** Throws unless it is base64 of as many bytes as the algorithm has. */
export function assertDigest(algorithm: ChecksumAlgorithm, value: string): string {
  const bytes = Buffer.from(value, 'base64');
  if (bytes.length === DIGEST_BYTES[algorithm] && bytes.toString('base64') === value) return value;
  throw new AwsError('InvalidRequest', `Value for ${PREFIX}${algorithm} header is invalid.`, { status: 400 });
}

/** Base64 of 16 bytes. */
export function md5OfBody(headers: IncomingHttpHeaders): string | undefined {
  const header = headers['content-md5'];
  if (header === undefined) return undefined;
  const value = String(header);
  const bytes = Buffer.from(value, 'base64');
  if (bytes.length === 16 && bytes.toString('base64') === value) return value;
  throw new AwsError('InvalidDigest', 'The Content-MD5 you specified was invalid.', {
    status: 400,
    members: { 'Content-MD5': value },
  });
}

/** Without the envelope of chunks. S3 takes no body of which it does not know how long it will be. */
export function bytesOfBody(headers: IncomingHttpHeaders): number {
  const isChunked = String(headers['x-amz-content-sha256']).startsWith('STREAMING-');
  const header = isChunked ? headers['x-amz-decoded-content-length'] : headers['content-length'];
  if (header === undefined) {
    throw new AwsError('MissingContentLength', 'You must provide the Content-Length HTTP header.', { status: 411 });
  }
  return Number(header);
}
