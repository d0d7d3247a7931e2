import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { systemClock } from '../../lib/clock.ts';
import { recordingLog, temporaryDirectory } from './aws/testing/serve-s3.ts';
import { inProcessObjects } from './in-process-objects.ts';
import { S3Refused } from './refusal.ts';
import { lazyS3 } from './s3.ts';

const ACCOUNT = '111122223333';

test('other rooms put, look at and read objects of the buckets of an account, and of no other', async (t) => {
  const s3 = lazyS3({
    dataDir: temporaryDirectory(t),
    clock: systemClock,
    log: recordingLog().log,
    randomBytes,
    onChange() {},
  });
  t.after(() => s3[Symbol.asyncDispose]());
  await s3.open().buckets.create('records', { account: ACCOUNT, region: 'eu-west-1' }, false);
  const objects = inProcessObjects(s3.open, randomUUID);
  const where = { bucket: 'records', key: 'a/b' };
  const bytes = randomBytes(100_000);
  async function* body() {
    yield bytes;
  }
  const signal = AbortSignal.timeout(10_000);
  const { etag } = await objects.put(ACCOUNT, where, body(), { contentType: 'application/json', signal });
  const { head, content } = await objects.get(ACCOUNT, where);
  assert.deepEqual(
    [head.etag, head.bytes, head.contentType, head.versionId],
    [etag, 100_000, 'application/json', undefined],
  );
  assert.ok(bytes.equals(Buffer.concat(await Array.fromAsync(content))));
  assert.equal((await objects.head(ACCOUNT, where)).bytes, 100_000);
  const refusalOf = (kind: string) => (error: unknown) => error instanceof S3Refused && error.refusal.kind === kind;
  await assert.rejects(objects.head('999999999999', where), refusalOf('not-your-bucket'));
  await assert.rejects(objects.head(ACCOUNT, { ...where, key: 'no' }), refusalOf('no-such-key'));
  await assert.rejects(objects.head(ACCOUNT, { ...where, bucket: 'nowhere' }), refusalOf('no-such-bucket'));
});
