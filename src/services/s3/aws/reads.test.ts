import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusal, sdk, withBucket } from './testing/serve-s3.ts';

async function withLetters(t: Parameters<typeof withBucket>[0]) {
  const served = await withBucket(t);
  const { client, Bucket } = served;
  const { ETag } = await client.send(new sdk.PutObjectCommand({ Bucket, Key: 'k', Body: 'abcdefghij' }));
  await client.send(new sdk.PutObjectCommand({ Bucket, Key: 'empty', Body: '' }));
  const get = async (more: object) => {
    const got = await client.send(new sdk.GetObjectCommand({ Bucket, Key: 'k', ...more }));
    return { ...got, text: (await got.Body?.transformToString()) ?? '', status: got.$metadata.httpStatusCode };
  };
  return { ...served, ETag, get };
}

test('ranges: from, to, the last bytes, more than there is, and none', async (t) => {
  const { client, Bucket, get } = await withLetters(t);
  const ranged = async (Range: string) => {
    const { text, status, ContentRange, ContentLength } = await get({ Range });
    return [status, text, ContentRange, ContentLength];
  };
  assert.deepEqual(await ranged('bytes=2-4'), [206, 'cde', 'bytes 2-4/10', 3]);
  assert.deepEqual(await ranged('bytes=9-9'), [206, 'j', 'bytes 9-9/10', 1]);
  assert.deepEqual(await ranged('bytes=7-'), [206, 'hij', 'bytes 7-9/10', 3]);
  assert.deepEqual(await ranged('bytes=-2'), [206, 'ij', 'bytes 8-9/10', 2]);
  assert.deepEqual(await ranged('bytes=-20'), [206, 'abcdefghij', 'bytes 0-9/10', 10]);
  assert.deepEqual(await ranged('bytes=5-99'), [206, 'fghij', 'bytes 5-9/10', 5]);
  for (const whole of ['bytes=4-2', 'bytes=0-1,3-4', 'lines=1-2', 'bytes=-']) {
    assert.deepEqual(await ranged(whole), [200, 'abcdefghij', undefined, 10], whole);
  }
  for (const Range of ['bytes=10-', 'bytes=10-12', 'bytes=-0']) {
    await assert.rejects(get({ Range }), refusal('InvalidRange', 416), Range);
  }
  await assert.rejects(get({ Key: 'empty', Range: 'bytes=0-' }), refusal('InvalidRange', 416));
  const head = await client.send(new sdk.HeadObjectCommand({ Bucket, Key: 'k', Range: 'bytes=2-4' }));
  assert.deepEqual([head.$metadata.httpStatusCode, head.ContentLength], [206, 3]);
  await assert.rejects(get({ Range: 'bytes=0-1', PartNumber: 1 }), refusal('InvalidRequest', 400));
});

test('a read is done when its conditions are met', async (t) => {
  const { ETag, get } = await withLetters(t);
  const past = new Date(Date.now() - 3_600_000);
  const future = new Date(Date.now() + 3_600_000);
  for (const met of [
    { IfMatch: ETag },
    { IfMatch: '*' },
    { IfMatch: `"x", ${ETag}` },
    { IfNoneMatch: '"x"' },
    { IfModifiedSince: past },
    { IfUnmodifiedSince: future },
    { IfMatch: ETag, IfUnmodifiedSince: past },
    { IfNoneMatch: '"x"', IfModifiedSince: future },
  ]) {
    assert.equal((await get(met)).text, 'abcdefghij', JSON.stringify(met));
  }
  for (const failed of [
    { IfMatch: '"x"' },
    { IfUnmodifiedSince: past },
    { IfMatch: '"x"', IfUnmodifiedSince: future },
  ]) {
    await assert.rejects(get(failed), refusal('PreconditionFailed', 412), JSON.stringify(failed));
  }
  for (const unchanged of [{ IfNoneMatch: ETag }, { IfNoneMatch: '*' }, { IfModifiedSince: future }]) {
    await assert.rejects(
      get(unchanged),
      (error: { $metadata: { httpStatusCode: number }; $response: { headers: Record<string, string> } }) =>
        error.$metadata.httpStatusCode === 304 && error.$response.headers.etag === ETag,
      JSON.stringify(unchanged),
    );
  }
});

test('a write is done when its conditions are met, and only one of many is the first', async (t) => {
  const { client, Bucket, ETag } = await withLetters(t);
  const put = (Key: string, more: object) => client.send(new sdk.PutObjectCommand({ Bucket, Key, Body: 'x', ...more }));
  await assert.rejects(put('k', { IfNoneMatch: '*' }), refusal('PreconditionFailed', 412));
  await assert.rejects(put('k', { IfMatch: '"x"' }), refusal('PreconditionFailed', 412));
  await assert.rejects(put('no', { IfMatch: ETag }), refusal('NoSuchKey', 404));
  await assert.rejects(put('k', { IfNoneMatch: ETag }), refusal('NotImplemented', 501));
  await put('k', { IfMatch: ETag });
  const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => put('race', { IfNoneMatch: '*' })));
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
  await assert.rejects(
    client.send(new sdk.DeleteObjectCommand({ Bucket, Key: 'k', IfMatch: ETag })),
    refusal('PreconditionFailed', 412),
  );
});

test('a link may say how the object is to be shown', async (t) => {
  const { get } = await withLetters(t);
  const got = await get({
    ResponseContentType: 'text/y',
    ResponseContentDisposition: 'attachment; filename="x"',
    ResponseCacheControl: 'no-store',
    ResponseContentLanguage: 'fr',
    ResponseContentEncoding: 'identity',
    ResponseExpires: new Date('2031-01-01T00:00:00Z'),
  });
  const { ContentType, ContentDisposition, CacheControl, ContentLanguage, ContentEncoding, ExpiresString } = got;
  assert.deepEqual(
    [ContentType, ContentDisposition, CacheControl, ContentLanguage, ContentEncoding, ExpiresString],
    ['text/y', 'attachment; filename="x"', 'no-store', 'fr', 'identity', 'Wed, 01 Jan 2031 00:00:00 GMT'],
  );
});
