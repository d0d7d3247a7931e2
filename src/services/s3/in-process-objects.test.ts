import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
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
  const signal = AbortSignal.timeout(120_000);
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

test('whoever writes over an object while others do is acknowledged, and one file is left', async (t) => {
  const dataDir = temporaryDirectory(t);
  const s3 = lazyS3({ dataDir, clock: systemClock, log: recordingLog().log, randomBytes, onChange() {} });
  t.after(() => s3[Symbol.asyncDispose]());
  await s3.open().buckets.create('records', { account: ACCOUNT, region: 'eu-west-1' }, false);
  const objects = inProcessObjects(s3.open, randomUUID);
  const where = { bucket: 'records', key: 'hot' };
  const signal = AbortSignal.timeout(120_000);
  const put = (byte: number) => {
    const body = (async function* () {
      yield Buffer.alloc(100_000, byte);
    })();
    return objects.put(ACCOUNT, where, body, { contentType: 'text/plain', signal });
  };
  await Promise.all(Array.from({ length: 60 }, (_, at) => put(at)));
  const { content } = await objects.get(ACCOUNT, where);
  const bytes = Buffer.concat(await Array.fromAsync(content));
  assert.ok(bytes.length === 100_000 && bytes.equals(Buffer.alloc(100_000, bytes[0])));
  const files = () =>
    readdirSync(join(dataDir, 's3/objects'), { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
  while (files().length > 1) await sleep(20);
  assert.equal(files().length, 1);
});
