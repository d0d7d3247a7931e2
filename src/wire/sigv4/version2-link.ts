import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../lib/clock.ts';
import type { AuthenticationRequest } from '../authenticate.ts';
import { AwsError } from '../aws-error.ts';
import { hostBucket } from '../identify.ts';
import type { Principal } from '../service.ts';
import { refusalToAws } from './refusal.ts';
import type { Keyring } from './verify.ts';

// Signed links of Signature Version 2, which S3 takes beside version 4: boto3 and the AWS CLI still make them unless they
// are told otherwise ("Signing and authenticating REST requests (AWS signature version 2)", S3 user guide).

/** Parameters that belong to what is asked for, and so are signed with the path. */
const SIGNED_PARAMETERS = new Set([
  'accelerate',
  'acl',
  'cors',
  'defaultObjectAcl',
  'delete',
  'encryption',
  'lifecycle',
  'location',
  'logging',
  'notification',
  'object-lock',
  'partNumber',
  'policy',
  'publicAccessBlock',
  'replication',
  'requestPayment',
  'response-cache-control',
  'response-content-disposition',
  'response-content-encoding',
  'response-content-language',
  'response-content-type',
  'response-expires',
  'restore',
  'retention',
  'select',
  'select-type',
  'tagging',
  'torrent',
  'uploadId',
  'uploads',
  'versionId',
  'versioning',
  'versions',
  'website',
]);

/** Whether the request is such a link. */
export function isVersion2Link({ url, headers }: AuthenticationRequest): boolean {
  return headers.authorization === undefined && /[?&]AWSAccessKeyId=/.test(url) && /[?&]Signature=/.test(url);
}

/** Who signed the link. Throws S3's refusal when it has ended, or is not what was signed. */
export function verifyVersion2Link(request: AuthenticationRequest, keyring: Keyring, clock: Clock): Principal {
  const query = new URLSearchParams(request.url.slice(request.url.indexOf('?') + 1));
  const accessKeyId = query.get('AWSAccessKeyId') ?? '';
  const expires = query.get('Expires') ?? '';
  const signature = query.get('Signature') ?? '';
  if (!/^\d{1,12}$/.test(expires)) throw denied('Invalid date (should be seconds since epoch): ', expires);
  if (Number(expires) * 1_000 <= clock.nowMs()) {
    throw new AwsError('AccessDenied', 'Request has expired', {
      status: 403,
      members: { Expires: isoOf(Number(expires) * 1_000), ServerTime: isoOf(clock.nowMs()) },
    });
  }
  const owner = keyring.find(accessKeyId, query.get('x-amz-security-token') ?? undefined);
  if (owner.kind === 'unknown-key') throw refusalToAws({ kind: 'unknown-key', accessKeyId }, 's3');
  if (owner.kind !== 'found') throw refusalToAws({ kind: owner.kind }, 's3');
  const stringToSign = stringToSignOf(request, query, expires);
  const expected = createHmac('sha1', owner.secretAccessKey).update(stringToSign).digest();
  const given = Buffer.from(signature, 'base64');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw refusalToAws({ kind: 'mismatch', accessKeyId, signature, stringToSign }, 's3');
  }
  return owner.principal;
}

function stringToSignOf(
  { method, url, headers }: AuthenticationRequest,
  query: URLSearchParams,
  expires: string,
): string {
  const amz = new Map<string, string>();
  for (const [name, value] of query) if (name.toLowerCase().startsWith('x-amz-')) amz.set(name.toLowerCase(), value);
  for (const [name, value] of Object.entries(headers))
    if (name.startsWith('x-amz-')) amz.set(name, String(value).trim());
  const amzLines = [...amz.entries()].sort(byName).map(([name, value]) => `${name}:${value}\n`);
  const parameters = [...query]
    .filter(([name]) => SIGNED_PARAMETERS.has(name))
    .sort(byName)
    .map(([name, value]) => (value === '' ? name : `${name}=${value}`));
  const bucket = hostBucket(headers.host);
  const path = url.slice(0, url.indexOf('?'));
  const resource = `${bucket === undefined ? '' : `/${bucket}`}${path}`;
  const asked = parameters.length === 0 ? resource : `${resource}?${parameters.join('&')}`;
  const lines = [method, String(headers['content-md5'] ?? ''), String(headers['content-type'] ?? ''), expires];
  return `${lines.join('\n')}\n${amzLines.join('')}${asked}`;
}

const byName = ([one]: readonly [string, string], [other]: readonly [string, string]) => (one < other ? -1 : 1);

const isoOf = (ms: number) => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

function denied(text: string, value: string): AwsError {
  return new AwsError('AccessDenied', text + value, { status: 403 });
}
