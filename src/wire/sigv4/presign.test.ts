import assert from 'node:assert/strict';
import { test } from 'node:test';
import { presign } from './presign.ts';
import { stoppedClock } from './testing/captured-request.ts';
import { createVerifier } from './verify.ts';

const credentials = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const principal = { accessKeyId: '', account: '123456789012', arn: '', userId: '', kind: 'root' } as const;
const nowMs = Date.UTC(2013, 4, 24);

/** Follows the link `afterMs` after it was made. */
function follow(link: string, afterMs = 0) {
  const { host, pathname, search } = new URL(link);
  const find = () => ({ kind: 'found', secretAccessKey: credentials.secretAccessKey, principal }) as const;
  const verify = createVerifier({ find }, stoppedClock(nowMs + afterMs));
  return verify({ method: 'GET', url: `${pathname}${search}`, headers: { host }, body: Buffer.alloc(0) });
}

test('a link is signed as in the example of AWS’s documentation', () => {
  const link = presign('https://examplebucket.s3.amazonaws.com/test.txt', {
    credentials,
    region: 'us-east-1',
    service: 's3',
    nowMs,
    expiresSeconds: 86_400,
  });
  assert.equal(
    new URL(link).searchParams.get('X-Amz-Signature'),
    'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
  );
  follow(link);
});

test('a link of any service is accepted until it expires', () => {
  for (const service of ['s3', 'lambda']) {
    for (const path of ['/', '/a%20b/c:d', '/x?versionId=1&a-b=%20&a=', '/?b&a']) {
      const link = presign(`http://127.0.0.1:4566${path}`, {
        credentials,
        region: 'eu-west-1',
        service,
        nowMs: nowMs + 999,
        expiresSeconds: 600,
      });
      assert.equal(follow(link).service, service);
      follow(link, 600_000);
      assert.throws(() => follow(link, 601_000), { message: /expired/ });
      assert.throws(() => follow(link.replace('4566/', '4566/x')), { message: /does not match/ });
    }
  }
});

test('a link lives at least a second and at most a week', () => {
  const make = (expiresSeconds: number) =>
    presign('http://localhost/', { credentials, region: 'us-east-1', service: 's3', nowMs, expiresSeconds });
  for (const seconds of [1, 604_800]) follow(make(seconds));
  for (const seconds of [0, 604_801, 1.5]) assert.throws(() => make(seconds), RangeError);
});
