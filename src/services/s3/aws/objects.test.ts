import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { INLINE_BYTES_MAX } from '../stage-body.ts';
import { refusal, sdk, withBucket } from './testing/serve-s3.ts';

const bytesOf = async (body: { transformToByteArray(): Promise<Uint8Array> } | undefined) =>
  Buffer.from((await body?.transformToByteArray()) ?? []);

test('an object comes back as it was put, small and large', async (t) => {
  const { client, Bucket } = await withBucket(t);
  for (const size of [0, 1, INLINE_BYTES_MAX, INLINE_BYTES_MAX + 1, 3_000_000]) {
    const Body = randomBytes(size);
    const put = await client.send(new sdk.PutObjectCommand({ Bucket, Key: `o${size}`, Body }));
    const md5 = createHash('md5').update(Body).digest('hex');
    assert.equal(put.ETag, `"${md5}"`);
    const got = await client.send(new sdk.GetObjectCommand({ Bucket, Key: `o${size}` }));
    assert.ok(Body.equals(await bytesOf(got.Body)), `${size} bytes`);
    assert.deepEqual([got.ContentLength, got.ETag, got.AcceptRanges], [size, put.ETag, 'bytes']);
    const head = await client.send(new sdk.HeadObjectCommand({ Bucket, Key: `o${size}` }));
    assert.deepEqual([head.ContentLength, head.ETag], [size, put.ETag]);
  }
});

test('a stream is stored as it comes', async (t) => {
  const { client, Bucket } = await withBucket(t);
  const pieces = Array.from({ length: 20 }, (_, index) => Buffer.alloc(50_000, index));
  await client.send(
    new sdk.PutObjectCommand({ Bucket, Key: 'stream', Body: Readable.from(pieces), ContentLength: 1_000_000 }),
  );
  const got = await client.send(new sdk.GetObjectCommand({ Bucket, Key: 'stream' }));
  assert.ok(Buffer.concat(pieces).equals(await bytesOf(got.Body)));
});

test('what is said of an object comes back with it', async (t) => {
  const { client, Bucket } = await withBucket(t);
  const said = {
    ContentType: 'text/plain; charset=utf-8',
    ContentEncoding: 'gzip',
    ContentDisposition: 'attachment; filename="a.txt"',
    ContentLanguage: 'de',
    CacheControl: 'max-age=60',
    Expires: new Date('2030-01-02T03:04:05Z'),
    Metadata: { colour: 'blue', 'two-words': 'a, b' },
    StorageClass: 'STANDARD_IA' as const,
  };
  await client.send(new sdk.PutObjectCommand({ Bucket, Key: 'a/b c+d%/ü', Body: 'x', ...said, Tagging: 'k=v&l=w' }));
  for (const Command of [sdk.GetObjectCommand, sdk.HeadObjectCommand]) {
    const got = await client.send(new Command({ Bucket, Key: 'a/b c+d%/ü' }));
    const { ContentType, ContentEncoding, ContentDisposition, ContentLanguage, CacheControl } = got;
    const { ExpiresString, Metadata, StorageClass, TagCount } = got;
    assert.deepEqual(
      {
        ContentType,
        ContentEncoding,
        ContentDisposition,
        ContentLanguage,
        CacheControl,
        Expires: new Date(ExpiresString ?? ''),
        Metadata,
        StorageClass,
      },
      said,
    );
    assert.equal(TagCount, 2);
  }
  const plain = await client.send(new sdk.PutObjectCommand({ Bucket, Key: 'plain', Body: Buffer.from('x') }));
  assert.ok(plain.ETag);
  const { ContentType } = await client.send(new sdk.HeadObjectCommand({ Bucket, Key: 'plain' }));
  assert.equal(ContentType, 'application/octet-stream');
});

test('what is not there is told as S3 tells it', async (t) => {
  const { client, Bucket } = await withBucket(t);
  await assert.rejects(
    client.send(new sdk.GetObjectCommand({ Bucket, Key: 'no' })),
    (error: { name: string; message: string; Key?: string }) => {
      assert.deepEqual(
        [error.name, error.message, error.Key],
        ['NoSuchKey', 'The specified key does not exist.', 'no'],
      );
      return true;
    },
  );
  await assert.rejects(client.send(new sdk.HeadObjectCommand({ Bucket, Key: 'no' })), refusal('NotFound', 404));
  await client.send(new sdk.DeleteObjectCommand({ Bucket, Key: 'no' }));
});

test('the bytes of what is replaced or deleted leave the disk', async (t) => {
  const { client, Bucket, dataDir, close } = await withBucket(t);
  const put = (Key: string) => client.send(new sdk.PutObjectCommand({ Bucket, Key, Body: randomBytes(50_000) }));
  await put('a');
  await put('a');
  await put('b');
  await client.send(new sdk.DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'b' }, { Key: 'c' }] } }));
  await close();
  const files = readdirSync(join(dataDir, 's3', 'objects'), { recursive: true, withFileTypes: true });
  assert.equal(files.filter((entry) => entry.isFile()).length, 1);
});

test('a reader keeps what it reads while it is deleted', async (t) => {
  const { client, Bucket } = await withBucket(t);
  const Body = randomBytes(8_000_000);
  await client.send(new sdk.PutObjectCommand({ Bucket, Key: 'k', Body }));
  const got = await client.send(new sdk.GetObjectCommand({ Bucket, Key: 'k' }));
  await client.send(new sdk.DeleteObjectCommand({ Bucket, Key: 'k' }));
  await assert.rejects(client.send(new sdk.GetObjectCommand({ Bucket, Key: 'k' })), refusal('NoSuchKey', 404));
  assert.ok(Body.equals(await bytesOf(got.Body)));
});

test('keys, metadata and tags keep to their limits', async (t) => {
  const { client, Bucket } = await withBucket(t);
  const put = (more: object) => client.send(new sdk.PutObjectCommand({ Bucket, Key: 'k', Body: 'x', ...more }));
  await put({ Key: 'ü'.repeat(512) });
  await assert.rejects(put({ Key: `${'ü'.repeat(512)}a` }), refusal('KeyTooLongError', 400));
  await put({ Metadata: { m: 'x'.repeat(2_047) } });
  await assert.rejects(put({ Metadata: { m: 'x'.repeat(2_048) } }), refusal('MetadataTooLarge', 400));
  const tags = (count: number) => Array.from({ length: count }, (_, index) => `k${index}=v`).join('&');
  await put({ Tagging: tags(10) });
  await assert.rejects(put({ Tagging: tags(11) }), refusal('BadRequest', 400));
  await put({ Tagging: `k=${'v'.repeat(256)}` });
  await assert.rejects(put({ Tagging: `k=${'v'.repeat(257)}` }), refusal('InvalidTag', 400));
  await assert.rejects(put({ Tagging: `${'k'.repeat(129)}=v` }), refusal('InvalidTag', 400));
  await assert.rejects(put({ ObjectLockMode: 'GOVERNANCE' }), refusal('NotImplemented', 501));
  await assert.rejects(put({ ACL: 'public-read' }), refusal('AccessControlListNotSupported', 400));
});
