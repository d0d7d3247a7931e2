import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusal, sdk, withBucket } from './testing/serve-s3.ts';

test('every put is a version of its own, and each can be read', async (t) => {
  const { client, Bucket } = await withBucket(t, 'versions', 'Enabled');
  const put = (Body: string) => client.send(new sdk.PutObjectCommand({ Bucket, Key: 'k', Body }));
  const one = await put('one');
  const two = await put('two');
  assert.notEqual(one.VersionId, two.VersionId);
  const read = async (VersionId?: string) => {
    const { Body } = await client.send(new sdk.GetObjectCommand({ Bucket, Key: 'k', VersionId }));
    return Body?.transformToString();
  };
  assert.deepEqual([await read(), await read(one.VersionId), await read(two.VersionId)], ['two', 'one', 'two']);
  const gone = await client.send(new sdk.DeleteObjectCommand({ Bucket, Key: 'k', VersionId: two.VersionId }));
  assert.deepEqual([gone.VersionId, gone.DeleteMarker], [two.VersionId, undefined]);
  assert.equal(await read(), 'one');
  await assert.rejects(read(two.VersionId), refusal('NoSuchVersion', 404));
  await assert.rejects(read('nonsense'), refusal('InvalidArgument', 400));
});

test('a deleted object leaves a marker, whose removal brings it back', async (t) => {
  const { client, Bucket } = await withBucket(t, 'versions', 'Enabled');
  await client.send(new sdk.PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
  const marker = await client.send(new sdk.DeleteObjectCommand({ Bucket, Key: 'k' }));
  assert.equal(marker.DeleteMarker, true);
  await assert.rejects(client.send(new sdk.GetObjectCommand({ Bucket, Key: 'k' })), refusal('NoSuchKey', 404));
  await assert.rejects(
    client.send(new sdk.GetObjectCommand({ Bucket, Key: 'k', VersionId: marker.VersionId })),
    refusal('MethodNotAllowed', 405),
  );
  assert.equal((await client.send(new sdk.ListObjectsV2Command({ Bucket }))).KeyCount, 0);
  const list = await client.send(new sdk.ListObjectVersionsCommand({ Bucket }));
  assert.deepEqual(
    [list.Versions?.map(({ IsLatest }) => IsLatest), list.DeleteMarkers?.map(({ IsLatest }) => IsLatest)],
    [[false], [true]],
  );
  await assert.rejects(client.send(new sdk.DeleteBucketCommand({ Bucket })), refusal('BucketNotEmpty', 409));
  await client.send(new sdk.DeleteObjectCommand({ Bucket, Key: 'k', VersionId: marker.VersionId }));
  await client.send(new sdk.GetObjectCommand({ Bucket, Key: 'k' }));
});

test('suspended, puts and deletes replace the null version and keep the others', async (t) => {
  const { client, Bucket } = await withBucket(t);
  const put = (Body: string) => client.send(new sdk.PutObjectCommand({ Bucket, Key: 'k', Body }));
  const set = (Status: 'Enabled' | 'Suspended') =>
    client.send(new sdk.PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));
  const ids = async () => {
    const { Versions = [], DeleteMarkers = [] } = await client.send(new sdk.ListObjectVersionsCommand({ Bucket }));
    return [Versions.map(({ VersionId }) => VersionId), DeleteMarkers.map(({ VersionId }) => VersionId)];
  };
  const status = async () => (await client.send(new sdk.GetBucketVersioningCommand({ Bucket }))).Status;
  assert.equal(await status(), undefined);
  assert.equal((await put('before')).VersionId, undefined);
  await set('Enabled');
  assert.equal(await status(), 'Enabled');
  const kept = await put('kept');
  assert.deepEqual(await ids(), [[kept.VersionId, 'null'], []]);
  await set('Suspended');
  assert.equal((await put('after')).VersionId, 'null');
  assert.deepEqual(await ids(), [['null', kept.VersionId], []]);
  const marker = await client.send(new sdk.DeleteObjectCommand({ Bucket, Key: 'k' }));
  assert.deepEqual([marker.DeleteMarker, marker.VersionId], [true, 'null']);
  assert.deepEqual(await ids(), [[kept.VersionId], ['null']]);
});

test('a list of versions comes in pages, also while they are being removed', async (t) => {
  const { client, Bucket } = await withBucket(t, 'versions', 'Enabled');
  for (const Key of ['a', 'b', 'b', 'b', 'c/1', 'c/2']) {
    await client.send(new sdk.PutObjectCommand({ Bucket, Key, Body: 'x' }));
  }
  await client.send(new sdk.DeleteObjectCommand({ Bucket, Key: 'b' }));
  const folders = await client.send(new sdk.ListObjectVersionsCommand({ Bucket, Delimiter: '/', Prefix: '' }));
  assert.deepEqual([folders.Versions?.length, folders.CommonPrefixes], [4, [{ Prefix: 'c/' }]]);
  let next: { KeyMarker?: string; VersionIdMarker?: string } | undefined = {};
  let removed = 0;
  while (next !== undefined) {
    const {
      Versions = [],
      DeleteMarkers = [],
      ...page
    } = await client.send(new sdk.ListObjectVersionsCommand({ Bucket, MaxKeys: 2, ...next }));
    const Objects = [...Versions, ...DeleteMarkers].map(({ Key = '', VersionId }) => ({ Key, VersionId }));
    const { Deleted = [] } = await client.send(new sdk.DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    removed += Deleted.length;
    next = page.IsTruncated
      ? { KeyMarker: page.NextKeyMarker ?? '', VersionIdMarker: page.NextVersionIdMarker ?? '' }
      : undefined;
  }
  assert.equal(removed, 7);
  await client.send(new sdk.DeleteBucketCommand({ Bucket }));
});
