import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusal, type S3Client, sdk, withBucket } from './testing/serve-s3.ts';

async function fill(client: S3Client, Bucket: string, keys: readonly string[]): Promise<void> {
  for (const Key of keys) await client.send(new sdk.PutObjectCommand({ Bucket, Key, Body: Key }));
}

test('keys come in order of their bytes, in pages, to the end', async (t) => {
  const { client, Bucket } = await withBucket(t);
  // In UTF-16 the last two would come the other way round.
  const keys = ['A', 'a', 'a b', 'a/b', 'b', 'ü', '\u{FFFD}', '\u{1F600}'];
  await fill(client, Bucket, keys.toReversed());
  const pages: string[][] = [];
  for await (const page of sdk.paginateListObjectsV2({ client, pageSize: 3 }, { Bucket })) {
    assert.equal(page.KeyCount, page.Contents?.length);
    pages.push(page.Contents?.map(({ Key = '' }) => Key) ?? []);
  }
  assert.deepEqual(pages, [keys.slice(0, 3), keys.slice(3, 6), keys.slice(6)]);
  const first = await client.send(new sdk.ListObjectsCommand({ Bucket, MaxKeys: 3 }));
  assert.deepEqual([first.IsTruncated, first.NextMarker], [true, undefined]);
  const rest = await client.send(new sdk.ListObjectsCommand({ Bucket, Marker: first.Contents?.at(-1)?.Key ?? '' }));
  assert.deepEqual(
    rest.Contents?.map(({ Key }) => Key),
    keys.slice(3),
  );
  assert.equal(rest.IsTruncated, false);
});

test('a delimiter makes folders, which count as one and are passed over as one', async (t) => {
  const { client, Bucket } = await withBucket(t);
  await fill(client, Bucket, ['a', 'p/1', 'p/2', 'p/q/3', 'q/4', 'r']);
  const seen: unknown[] = [];
  const query = { Bucket, Delimiter: '/' };
  for await (const page of sdk.paginateListObjectsV2({ client, pageSize: 1 }, { ...query })) {
    seen.push(page.Contents?.[0]?.Key ?? page.CommonPrefixes?.[0]?.Prefix);
    assert.equal(page.KeyCount, 1);
  }
  assert.deepEqual(seen, ['a', 'p/', 'q/', 'r']);
  const inside = await client.send(new sdk.ListObjectsV2Command({ ...query, Prefix: 'p/' }));
  assert.deepEqual(
    [inside.Contents?.map(({ Key }) => Key), inside.CommonPrefixes],
    [['p/1', 'p/2'], [{ Prefix: 'p/q/' }]],
  );
  const first = await client.send(new sdk.ListObjectsCommand({ ...query, MaxKeys: 2 }));
  assert.equal(first.NextMarker, 'p/');
  const second = await client.send(new sdk.ListObjectsCommand({ ...query, Marker: 'p/' }));
  assert.deepEqual(second.CommonPrefixes, [{ Prefix: 'q/' }]);
  const after = await client.send(new sdk.ListObjectsV2Command({ Bucket, StartAfter: 'p/2' }));
  assert.deepEqual(
    after.Contents?.map(({ Key }) => Key),
    ['p/q/3', 'q/4', 'r'],
  );
});

test('what XML cannot hold comes encoded, when the client asks', async (t) => {
  const { client, Bucket } = await withBucket(t);
  const Key = 'a b+c/ü\u0001(1)';
  await fill(client, Bucket, [Key]);
  const { Contents, EncodingType } = await client.send(new sdk.ListObjectsV2Command({ Bucket, EncodingType: 'url' }));
  assert.deepEqual([Contents?.[0]?.Key, EncodingType], ['a+b%2Bc/%C3%BC%01%281%29', 'url']);
});

test('a list tells what there is of each object', async (t) => {
  const { client, Bucket } = await withBucket(t);
  await fill(client, Bucket, ['k']);
  const { Contents } = await client.send(new sdk.ListObjectsV2Command({ Bucket, FetchOwner: true }));
  const [{ ETag, Size, StorageClass, ChecksumAlgorithm, ChecksumType, Owner, LastModified } = {}] = Contents ?? [];
  assert.deepEqual(
    { ETag, Size, StorageClass, ChecksumAlgorithm, ChecksumType },
    {
      ETag: '"8ce4b16b22b58894aa86c421e8759df3"',
      Size: 1,
      StorageClass: 'STANDARD',
      ChecksumAlgorithm: ['CRC32'],
      ChecksumType: 'FULL_OBJECT',
    },
  );
  assert.ok(Owner?.ID && LastModified instanceof Date);
});

test('pages keep to their limits, and a made-up token is refused', async (t) => {
  const { client, Bucket } = await withBucket(t);
  await fill(client, Bucket, ['k']);
  const empty = await client.send(new sdk.ListObjectsV2Command({ Bucket, MaxKeys: 0 }));
  assert.deepEqual([empty.KeyCount, empty.IsTruncated], [0, false]);
  const most = await client.send(new sdk.ListObjectsV2Command({ Bucket, MaxKeys: 5_000 }));
  assert.equal(most.MaxKeys, 1_000);
  await assert.rejects(
    client.send(new sdk.ListObjectsV2Command({ Bucket, MaxKeys: -1 })),
    refusal('InvalidArgument', 400),
  );
  await assert.rejects(
    client.send(new sdk.ListObjectsV2Command({ Bucket, ContinuationToken: 'x' })),
    refusal('InvalidArgument', 400),
  );
  await assert.rejects(
    client.send(new sdk.ListObjectVersionsCommand({ Bucket, KeyMarker: 'k', VersionIdMarker: 'x' })),
    refusal('InvalidArgument', 400),
  );
});
