import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { refusal, sdk, withBucket } from './testing/serve-s3.ts';

test('a copy has the bytes and what was said of them, or what is said anew', async (t) => {
  const { client, Bucket } = await withBucket(t);
  for (const size of [10, 100_000]) {
    const Body = randomBytes(size);
    const source = { Bucket, Key: 'a b/ü', Body, ContentType: 'text/x', Metadata: { one: '1' }, Tagging: 'k=v' };
    const put = await client.send(new sdk.PutObjectCommand(source));
    const CopySource = `/${Bucket}/${encodeURIComponent('a b/ü')}`;
    const copied = await client.send(new sdk.CopyObjectCommand({ Bucket, Key: 'copy', CopySource }));
    assert.equal(copied.CopyObjectResult?.ETag, put.ETag);
    // Its bytes do not depend on those of the source.
    await client.send(new sdk.DeleteObjectCommand({ Bucket, Key: 'a b/ü' }));
    const got = await client.send(new sdk.GetObjectCommand({ Bucket, Key: 'copy' }));
    assert.ok(Body.equals(Buffer.from((await got.Body?.transformToByteArray()) ?? [])));
    assert.deepEqual([got.ContentType, got.Metadata, got.TagCount], ['text/x', { one: '1' }, 1]);
    const anew = {
      MetadataDirective: 'REPLACE' as const,
      Metadata: { two: '2' },
      TaggingDirective: 'REPLACE' as const,
    };
    await client.send(
      new sdk.CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/copy`, ...anew, Tagging: '' }),
    );
    const head = await client.send(new sdk.HeadObjectCommand({ Bucket, Key: 'copy' }));
    assert.deepEqual(
      [head.ContentType, head.Metadata, head.TagCount],
      ['binary/octet-stream', { two: '2' }, undefined],
    );
  }
});

test('a copy of what was put in parts is one piece, with a checksum of its own', async (t) => {
  const { client, Bucket } = await withBucket(t);
  const at = { Bucket, Key: 'parts' };
  const { UploadId } = await client.send(new sdk.CreateMultipartUploadCommand(at));
  const { ETag } = await client.send(new sdk.UploadPartCommand({ ...at, UploadId, PartNumber: 1, Body: 'hello' }));
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
  await client.send(new sdk.CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload }));
  const { CopyObjectResult } = await client.send(
    new sdk.CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/parts`, ChecksumAlgorithm: 'SHA256' }),
  );
  assert.equal(CopyObjectResult?.ETag, '"5d41402abc4b2a76b9719d911017c592"');
  assert.equal(CopyObjectResult?.ChecksumSHA256, 'LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=');
});

test('versions are copied by their ids, and conditions are of the source', async (t) => {
  const { client, Bucket } = await withBucket(t, 'versions', 'Enabled');
  const one = await client.send(new sdk.PutObjectCommand({ Bucket, Key: 'k', Body: 'one' }));
  await client.send(new sdk.PutObjectCommand({ Bucket, Key: 'k', Body: 'two' }));
  const copy = (CopySource: string, more: object = {}) =>
    client.send(new sdk.CopyObjectCommand({ Bucket, Key: 'copy', CopySource, ...more }));
  const copied = await copy(`${Bucket}/k?versionId=${one.VersionId}`);
  assert.equal(copied.CopySourceVersionId, one.VersionId);
  const { Body } = await client.send(new sdk.GetObjectCommand({ Bucket, Key: 'copy' }));
  assert.equal(await Body?.transformToString(), 'one');
  await copy(`${Bucket}/k?versionId=${one.VersionId}`, { CopySourceIfMatch: one.ETag });
  await assert.rejects(copy(`${Bucket}/k`, { CopySourceIfMatch: one.ETag }), refusal('PreconditionFailed', 412));
  await assert.rejects(
    copy(`${Bucket}/k?versionId=${one.VersionId}`, { CopySourceIfNoneMatch: one.ETag }),
    refusal('PreconditionFailed', 412),
  );
  await assert.rejects(copy(`${Bucket}/no`), refusal('NoSuchKey', 404));
  await assert.rejects(copy('no-such-bucket/k'), refusal('NoSuchBucket', 404));
  await assert.rejects(copy('nonsense'), refusal('InvalidArgument', 400));
  await assert.rejects(
    client.send(new sdk.CopyObjectCommand({ Bucket, Key: 'k', CopySource: `${Bucket}/k` })),
    refusal('InvalidRequest', 400),
  );
});

test('tags are put, read and deleted, of one version', async (t) => {
  const { client, Bucket } = await withBucket(t, 'versions', 'Enabled');
  const one = await client.send(new sdk.PutObjectCommand({ Bucket, Key: 'k', Body: 'x', Tagging: 'a=1&b=%C3%BC' }));
  await client.send(new sdk.PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
  const tags = async (VersionId?: string) =>
    (await client.send(new sdk.GetObjectTaggingCommand({ Bucket, Key: 'k', VersionId }))).TagSet;
  assert.deepEqual(await tags(one.VersionId), [
    { Key: 'a', Value: '1' },
    { Key: 'b', Value: 'ü' },
  ]);
  const TagSet = [{ Key: 'c', Value: '' }];
  await client.send(new sdk.PutObjectTaggingCommand({ Bucket, Key: 'k', Tagging: { TagSet } }));
  assert.deepEqual(await tags(), TagSet);
  assert.equal((await tags(one.VersionId))?.length, 2);
  await client.send(new sdk.DeleteObjectTaggingCommand({ Bucket, Key: 'k', VersionId: one.VersionId }));
  assert.deepEqual(await tags(one.VersionId), []);
  const twice = { TagSet: [...TagSet, ...TagSet] };
  await assert.rejects(
    client.send(new sdk.PutObjectTaggingCommand({ Bucket, Key: 'k', Tagging: twice })),
    refusal('InvalidTag', 400),
  );
});
