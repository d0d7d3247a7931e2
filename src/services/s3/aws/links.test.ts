import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { manualClock } from '../../../lib/testing/manual-clock.ts';
import { sdk, serveS3, withBucket } from './testing/serve-s3.ts';

const require = createRequire(import.meta.url);
const { getSignedUrl } = require('@aws-sdk/s3-request-presigner') as typeof import('@aws-sdk/s3-request-presigner');
const { NodeHttpHandler } = require('@smithy/node-http-handler') as typeof import('@smithy/node-http-handler');

test('whoever has a signed link reads, writes and deletes what it is for', async (t) => {
  const { client, Bucket } = await withBucket(t);
  const Key = 'a b/ü+%.txt';
  const put = await getSignedUrl(
    client,
    new sdk.PutObjectCommand({ Bucket, Key, Metadata: { colour: 'blue' }, ContentType: 'text/plain' }),
  );
  assert.equal((await fetch(put, { method: 'PUT', body: 'hello' })).status, 200);
  const head = await client.send(new sdk.HeadObjectCommand({ Bucket, Key }));
  assert.deepEqual(head.Metadata, { colour: 'blue' }, 'the link carries it');
  const get = await getSignedUrl(client, new sdk.GetObjectCommand({ Bucket, Key, ResponseContentType: 'text/x' }));
  const answer = await fetch(get);
  assert.deepEqual([answer.status, answer.headers.get('content-type'), await answer.text()], [200, 'text/x', 'hello']);
  assert.equal((await fetch(get, { headers: { range: 'bytes=1-2' } })).status, 206);
  // What is no date is no condition.
  assert.equal((await fetch(get, { headers: { 'if-modified-since': 'tomorrow' } })).status, 200);
  const other = await fetch(get.replace('.txt', '.zip'));
  assert.deepEqual([other.status, /<Code>(\w+)/.exec(await other.text())?.[1]], [403, 'SignatureDoesNotMatch']);
  const remove = await getSignedUrl(client, new sdk.DeleteObjectCommand({ Bucket, Key }));
  assert.equal((await fetch(remove, { method: 'DELETE' })).status, 204);
  assert.equal((await fetch(get)).status, 404);
});

test('a link ends when it says', async (t) => {
  const clock = manualClock(Date.now());
  const { client, endpoint } = await serveS3(t, { clock });
  await client.send(new sdk.CreateBucketCommand({ Bucket: 'links' }));
  await client.send(new sdk.PutObjectCommand({ Bucket: 'links', Key: 'k', Body: 'x' }));
  const url = await getSignedUrl(client, new sdk.GetObjectCommand({ Bucket: 'links', Key: 'k' }), { expiresIn: 60 });
  assert.equal((await fetch(url)).status, 200);
  // The client signs by its own clock, which may be some seconds ahead of this one by now.
  clock.advance(90_000);
  const late = await fetch(url);
  assert.equal(late.status, 403);
  assert.match(await late.text(), /<Code>AccessDenied<\/Code><Message>Request has expired</);
  const nobody = await fetch(`${endpoint}/links/k`);
  assert.deepEqual([nobody.status, /<Code>(\w+)/.exec(await nobody.text())?.[1]], [403, 'AccessDenied']);
});

test('the bucket may stand in the host', async (t) => {
  const { clientWith, port } = await withBucket(t);
  const lookup = (_host: string, options: { all?: boolean }, done: (...result: unknown[]) => void) =>
    options.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4);
  const client = clientWith({
    endpoint: `http://s3.localhost:${port}`,
    forcePathStyle: false,
    requestHandler: new NodeHttpHandler({ httpAgent: new Agent({ lookup: lookup as never }) }),
  });
  await client.send(new sdk.PutObjectCommand({ Bucket: 'pictures', Key: 'a/b', Body: 'x' }));
  const got = await client.send(new sdk.GetObjectCommand({ Bucket: 'pictures', Key: 'a/b' }));
  assert.equal(await got.Body?.transformToString(), 'x');
  const { Contents } = await client.send(new sdk.ListObjectsV2Command({ Bucket: 'pictures' }));
  assert.deepEqual(
    Contents?.map(({ Key }) => Key),
    ['a/b'],
  );
});
