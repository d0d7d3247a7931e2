import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { manualClock } from '../../lib/testing/manual-clock.ts';
import { AwsError } from '../aws-error.ts';
import { isVersion2Link, verifyVersion2Link } from './version2-link.ts';

// The example of the S3 user guide, "Query string request authentication alternative".
const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const EXPIRES = 1_175_139_620;
const LINK = `/photos/puppy.jpg?AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D&Expires=${EXPIRES}`;
const principal = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', account: '1', arn: 'a', userId: '1', kind: 'root' } as const;

function verify(url: string, options: { atMs?: number; host?: string; method?: string } = {}) {
  const { atMs = (EXPIRES - 1) * 1_000, host = 'johnsmith.s3.amazonaws.com', method = 'GET' } = options;
  const request = { method, url, headers: { host }, body: Buffer.alloc(0) };
  assert.ok(isVersion2Link(request));
  const find = (accessKeyId: string) =>
    accessKeyId === principal.accessKeyId
      ? ({ kind: 'found', secretAccessKey: SECRET, principal } as const)
      : ({ kind: 'unknown-key' } as const);
  return verifyVersion2Link(request, { find }, manualClock(atMs));
}

const code = (expected: string) => (error: unknown) => error instanceof AwsError && error.code === expected;

test('the documented link is let in until it ends, with its bucket in the host or in the path', () => {
  assert.equal(verify(LINK), principal);
  assert.equal(verify(`/johnsmith${LINK}`, { host: 's3.amazonaws.com' }), principal);
  assert.throws(() => verify(LINK, { atMs: EXPIRES * 1_000 }), code('AccessDenied'));
});

test('another method, object, bucket, time or parameter is not what was signed', () => {
  const later = LINK.replace(String(EXPIRES), String(EXPIRES + 1));
  for (const [url, options] of [
    [LINK, { method: 'DELETE' }],
    [LINK.replace('puppy', 'kitten'), {}],
    [LINK, { host: 'janesmith.s3.amazonaws.com' }],
    [later, {}],
    [`${LINK}&versionId=1`, {}],
    [`${LINK}&x-amz-meta-a=b`, {}],
    [LINK.replace('NpgCj', 'xxxxx'), {}],
  ] as const) {
    assert.throws(() => verify(url, options), code('SignatureDoesNotMatch'), url);
  }
  assert.throws(() => verify(LINK.replace('AKIAIOSFODNN7EXAMPLE', 'AKIA')), code('InvalidAccessKeyId'));
  assert.throws(() => verify(LINK.replace(String(EXPIRES), 'soon')), code('AccessDenied'));
});

test('what is asked of an object is signed in order of its names', () => {
  const text = `GET\n\n\n${EXPIRES}\nx-amz-security-token:t\n/b/k?response-content-type=text/x&versionId=1`;
  const signature = encodeURIComponent(createHmac('sha1', SECRET).update(text).digest('base64'));
  const asked = 'versionId=1&response-content-type=text%2Fx&x-amz-security-token=t&unsigned=1';
  const url = `/b/k?${asked}&AWSAccessKeyId=${principal.accessKeyId}&Expires=${EXPIRES}&Signature=${signature}`;
  assert.equal(verify(url, { host: '127.0.0.1:4566' }), principal);
});
