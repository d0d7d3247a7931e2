import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { CHECKSUM_ALGORITHMS, startChecksum } from '../../../lib/checksum.ts';
import { type Served, sdk, withBucket } from './testing/serve-s3.ts';

const require = createRequire(import.meta.url);
const { getSignedUrl } = require('@aws-sdk/s3-request-presigner') as typeof import('@aws-sdk/s3-request-presigner');
const { SignatureV4 } = require('@smithy/signature-v4') as typeof import('@smithy/signature-v4');

const BODY = Buffer.alloc(70_000, 'body ');

/** A put with nothing but these headers: no client adds a checksum of its own. */
async function plainPut({ Bucket, port, credentials }: Served & { Bucket: string }, headers: Record<string, string>) {
  class Sha256 {
    readonly #hash;
    constructor(key?: string | Uint8Array) {
      this.#hash = key === undefined ? createHash('sha256') : createHmac('sha256', key);
    }
    update(data: string | Uint8Array) {
      this.#hash.update(data);
    }
    async digest() {
      return this.#hash.digest();
    }
  }
  const signer = new SignatureV4({
    credentials,
    region: 'us-east-1',
    service: 's3',
    sha256: Sha256 as never,
    uriEscapePath: false,
  });
  const host = `127.0.0.1:${port}`;
  const signed = await signer.sign({
    method: 'PUT',
    protocol: 'http:',
    hostname: '127.0.0.1',
    port,
    path: `/${Bucket}/k`,
    query: {},
    headers: { host, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD', ...headers },
  });
  const answer = await fetch(`http://${host}/${Bucket}/k`, { method: 'PUT', body: BODY, headers: signed.headers });
  const text = await answer.text();
  return { status: answer.status, code: /<Code>(\w+)/.exec(text)?.[1], text, headers: answer.headers };
}

test('every algorithm of the client is computed, compared, kept and told', async (t) => {
  const { client, clientWith, Bucket } = await withBucket(t);
  const trusting = clientWith({ responseChecksumValidation: 'WHEN_REQUIRED' });
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    const ChecksumAlgorithm = algorithm.toUpperCase() as 'CRC32';
    const member = `Checksum${ChecksumAlgorithm}` as 'ChecksumCRC32';
    const sum = startChecksum(algorithm);
    sum.update(BODY);
    const expected = sum.digest().toString('base64');
    // The client sends these as they are given, and does not compute them.
    const isGiven = algorithm === 'sha512' || algorithm === 'md5';
    const chosen = isGiven ? { [member]: expected } : { ChecksumAlgorithm };
    await client.send(new sdk.PutObjectCommand({ Bucket, Key: algorithm, Body: BODY, ...chosen }));
    const head = await client.send(new sdk.HeadObjectCommand({ Bucket, Key: algorithm, ChecksumMode: 'ENABLED' }));
    assert.deepEqual([head[member], head.ChecksumType], [expected, 'FULL_OBJECT'], algorithm);
    // The client compares what it reads by itself.
    const reader = isGiven ? trusting : client;
    const got = await reader.send(new sdk.GetObjectCommand({ Bucket, Key: algorithm }));
    assert.ok(BODY.equals(Buffer.from((await got.Body?.transformToByteArray()) ?? [])));
    const { Checksum } = await client.send(
      new sdk.GetObjectAttributesCommand({ Bucket, Key: algorithm, ObjectAttributes: ['Checksum'] }),
    );
    assert.equal(Checksum?.[member], expected);
    const ranged = await client.send(
      new sdk.HeadObjectCommand({ Bucket, Key: algorithm, ChecksumMode: 'ENABLED', Range: 'bytes=0-1' }),
    );
    assert.equal(ranged[member], undefined);
  }
});

test('what came without a checksum gets CRC64NVME', async (t) => {
  const served = await withBucket(t);
  const put = await plainPut(served, {});
  const sum = startChecksum('crc64nvme');
  sum.update(BODY);
  const expected = sum.digest().toString('base64');
  assert.deepEqual([put.status, put.headers.get('x-amz-checksum-crc64nvme')], [200, expected]);
  const head = await served.client.send(
    new sdk.HeadObjectCommand({ Bucket: served.Bucket, Key: 'k', ChecksumMode: 'ENABLED' }),
  );
  assert.equal(head.ChecksumCRC64NVME, expected);
});

test('a body that is not what its checksum says is refused, and nothing of it stays', async (t) => {
  const served = await withBucket(t);
  const wrong = Buffer.alloc(4, 1).toString('base64');
  const md5 = (text: string) => createHash('md5').update(text).digest('base64');
  const outcomes = [
    await plainPut(served, { 'x-amz-checksum-crc32': wrong }),
    await plainPut(served, { 'x-amz-checksum-crc32': 'AA==' }),
    await plainPut(served, { 'x-amz-checksum-crc32': wrong, 'x-amz-checksum-sha1': wrong }),
    await plainPut(served, { 'x-amz-sdk-checksum-algorithm': 'CRC32' }),
    await plainPut(served, { 'content-md5': md5('something else') }),
    await plainPut(served, { 'content-md5': 'nonsense' }),
  ];
  assert.deepEqual(
    outcomes.map(({ status, code }) => [status, code]),
    [
      [400, 'BadDigest'],
      [400, 'InvalidRequest'],
      [400, 'InvalidRequest'],
      [400, 'InvalidRequest'],
      [400, 'BadDigest'],
      [400, 'InvalidDigest'],
    ],
  );
  assert.match(outcomes[0]?.text ?? '', /The CRC32 you specified did not match the calculated checksum\./);
  assert.equal((await served.client.send(new sdk.ListObjectsV2Command({ Bucket: served.Bucket }))).KeyCount, 0);
  assert.deepEqual(readdirSync(join(served.dataDir, 's3', 'objects', 'unfinished')), []);
  assert.equal(
    (await plainPut(served, { 'content-md5': createHash('md5').update(BODY).digest('base64') })).status,
    200,
  );
});

test('a client that leaves in the middle leaves nothing', async (t) => {
  const served = await withBucket(t);
  const client = served.clientWith({ requestChecksumCalculation: 'WHEN_REQUIRED' });
  const url = await getSignedUrl(client, new sdk.PutObjectCommand({ Bucket: served.Bucket, Key: 'k' }));
  const leaving = new AbortController();
  let sent = 0;
  const body = new ReadableStream({
    pull(controller) {
      sent += 1;
      if (sent > 20) leaving.abort();
      else controller.enqueue(Buffer.alloc(64 * 1024));
    },
  });
  const headers = { 'content-length': '100000000' };
  const init = { method: 'PUT', body, headers, signal: leaving.signal, duplex: 'half' } as RequestInit;
  await assert.rejects(fetch(url, init));
  const unfinished = () => readdirSync(join(served.dataDir, 's3', 'objects', 'unfinished'));
  for (let tries = 0; unfinished().length > 0 && tries < 3_000; tries += 1) await new Promise((r) => setTimeout(r, 20));
  assert.deepEqual(unfinished(), []);
  assert.equal((await served.client.send(new sdk.ListObjectsV2Command({ Bucket: served.Bucket }))).KeyCount, 0);
});
