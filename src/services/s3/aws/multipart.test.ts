import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startChecksum } from '../../../lib/checksum.ts';
import { PART_BYTES_MIN } from '../object.ts';
import { refusal, type S3Client, sdk, withBucket } from './testing/serve-s3.ts';

/** A `const` object of bytes that differ, without the cost of random ones. */
const partOf = (bytes: number, fill: number) => Buffer.alloc(bytes, fill);
const filesIn = (dataDir: string) =>
  readdirSync(join(dataDir, 's3', 'objects'), { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  ).length;

async function begin(client: S3Client, Bucket: string, more: object = {}) {
  const { UploadId } = await client.send(new sdk.CreateMultipartUploadCommand({ Bucket, Key: 'k', ...more }));
  const at = { Bucket, Key: 'k', UploadId };
  return {
    at,
    put: async (PartNumber: number, Body: Buffer) => {
      const { ETag, ChecksumCRC32 } = await client.send(new sdk.UploadPartCommand({ ...at, PartNumber, Body }));
      return { PartNumber, ETag, ...(ChecksumCRC32 !== undefined && { ChecksumCRC32 }) };
    },
    complete: (Parts: object[], more: object = {}) =>
      client.send(new sdk.CompleteMultipartUploadCommand({ ...at, MultipartUpload: { Parts }, ...more })),
  };
}

test('parts become one object, whose ETag is that of their MD5s', async (t) => {
  const { client, Bucket, dataDir, close } = await withBucket(t);
  const bodies = [partOf(PART_BYTES_MIN, 1), partOf(PART_BYTES_MIN + 7, 2), partOf(100, 3)];
  const upload = await begin(client, Bucket, { ContentType: 'text/x', Metadata: { a: 'b' } });
  const parts = [];
  // In any order, one of them twice, one of them in vain; numbers may have gaps.
  for (const [number, body] of [
    [7, bodies[2]],
    [1, partOf(10, 9)],
    [3, bodies[1]],
    [1, bodies[0]],
    [5, partOf(50_000, 8)],
  ] as const) {
    parts.push(await upload.put(number, body ?? Buffer.alloc(0)));
  }
  const [last, , second, first] = parts;
  const done = await upload.complete([first ?? {}, second ?? {}, last ?? {}]);
  const md5s = bodies.map((body) => createHash('md5').update(body).digest());
  assert.equal(done.ETag, `"${createHash('md5').update(Buffer.concat(md5s)).digest('hex')}-3"`);
  const whole = Buffer.concat(bodies);
  const got = await client.send(new sdk.GetObjectCommand({ Bucket, Key: 'k' }));
  assert.ok(whole.equals(Buffer.from((await got.Body?.transformToByteArray()) ?? [])));
  assert.deepEqual([got.ContentType, got.Metadata, got.ETag], ['text/x', { a: 'b' }, done.ETag]);

  const from = PART_BYTES_MIN - 3;
  const ranged = await client.send(new sdk.GetObjectCommand({ Bucket, Key: 'k', Range: `bytes=${from}-${from + 5}` }));
  assert.deepEqual(Buffer.from((await ranged.Body?.transformToByteArray()) ?? []), whole.subarray(from, from + 6));
  const part = await client.send(new sdk.GetObjectCommand({ Bucket, Key: 'k', PartNumber: 2 }));
  assert.equal(part.ContentRange, `bytes ${PART_BYTES_MIN}-${2 * PART_BYTES_MIN + 6}/${whole.length}`);
  assert.equal(part.PartsCount, 3);
  assert.ok(bodies[1]?.equals(Buffer.from((await part.Body?.transformToByteArray()) ?? [])));
  await assert.rejects(
    client.send(new sdk.GetObjectCommand({ Bucket, Key: 'k', PartNumber: 4 })),
    refusal('InvalidPartNumber', 416),
  );
  await assert.rejects(client.send(new sdk.ListPartsCommand(upload.at)), refusal('NoSuchUpload', 404));
  await close();
  assert.equal(filesIn(dataDir), 2, 'the third part lies in its record; what was not listed is gone');
});

test('the list of parts must be right: order, ETags, sizes', async (t) => {
  const { client, Bucket } = await withBucket(t);
  const { complete, put, at } = await begin(client, Bucket);
  const small = await put(1, partOf(PART_BYTES_MIN - 1, 1));
  const last = await put(2, partOf(1, 2));
  await assert.rejects(complete([last, small]), refusal('InvalidPartOrder', 400));
  await assert.rejects(complete([small, small]), refusal('InvalidPartOrder', 400));
  await assert.rejects(complete([small, last]), refusal('EntityTooSmall', 400));
  await assert.rejects(complete([{ ...last, ETag: `"${'0'.repeat(32)}"` }]), refusal('InvalidPart', 400));
  await assert.rejects(complete([{ ...last, PartNumber: 3 }]), refusal('InvalidPart', 400));
  await assert.rejects(complete([]), refusal('MalformedXML', 400));
  await assert.rejects(complete([last], { MpuObjectSize: 2 }), refusal('InvalidRequest', 400));
  const large = await put(1, partOf(PART_BYTES_MIN, 1));
  await complete([large, last], { MpuObjectSize: PART_BYTES_MIN + 1 });
  for (const PartNumber of [0, 10_001]) {
    await assert.rejects(
      client.send(new sdk.UploadPartCommand({ ...at, PartNumber, Body: 'x' })),
      refusal('InvalidArgument', 400),
    );
  }
});

test('checksums of parts make that of the object, whole or of its parts', async (t) => {
  const { client, Bucket } = await withBucket(t);
  const bodies = [partOf(PART_BYTES_MIN, 4), partOf(77, 5)];
  const sum = (algorithm: 'crc32' | 'crc64nvme' | 'sha256', ...pieces: Buffer[]) => {
    const started = startChecksum(algorithm);
    for (const piece of pieces) started.update(piece);
    return started.digest();
  };
  const head = async () => client.send(new sdk.HeadObjectCommand({ Bucket, Key: 'k', ChecksumMode: 'ENABLED' }));
  const upload = async (more: object, completion: object = {}) => {
    const { complete, at } = await begin(client, Bucket, more);
    const parts = [];
    for (const [index, Body] of bodies.entries()) {
      const PartNumber = index + 1;
      const { $metadata, ServerSideEncryption, ...part } = await client.send(
        new sdk.UploadPartCommand({ ...at, PartNumber, Body, ...more }),
      );
      parts.push({ PartNumber, ...part });
    }
    return complete(parts, completion);
  };
  await upload({ ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' });
  assert.equal((await head()).ChecksumCRC32, sum('crc32', ...bodies).toString('base64'));
  assert.equal((await head()).ChecksumType, 'FULL_OBJECT');

  await upload({ ChecksumAlgorithm: 'SHA256' });
  const composite = sum('sha256', ...bodies.map((body) => sum('sha256', body))).toString('base64');
  assert.equal((await head()).ChecksumSHA256, `${composite}-2`);
  assert.equal((await head()).ChecksumType, 'COMPOSITE');
  const { ObjectParts } = await client.send(
    new sdk.GetObjectAttributesCommand({ Bucket, Key: 'k', ObjectAttributes: ['ObjectParts', 'Checksum'] }),
  );
  assert.deepEqual(
    ObjectParts?.Parts?.map(({ Size, ChecksumSHA256 }) => [Size, ChecksumSHA256]),
    bodies.map((body) => [body.length, sum('sha256', body).toString('base64')]),
  );

  const right = sum('crc64nvme', ...bodies).toString('base64');
  await upload({ ChecksumAlgorithm: 'CRC64NVME' }, { ChecksumCRC64NVME: right, ChecksumType: 'FULL_OBJECT' });
  assert.equal((await head()).ChecksumCRC64NVME, right);
  await assert.rejects(
    upload({ ChecksumAlgorithm: 'CRC64NVME' }, { ChecksumCRC64NVME: Buffer.alloc(8).toString('base64') }),
    refusal('BadDigest', 400),
  );
  await assert.rejects(
    begin(client, Bucket, { ChecksumAlgorithm: 'SHA256', ChecksumType: 'FULL_OBJECT' }),
    refusal('InvalidRequest', 400),
  );
  await assert.rejects(
    begin(client, Bucket, { ChecksumAlgorithm: 'CRC64NVME', ChecksumType: 'COMPOSITE' }),
    refusal('InvalidRequest', 400),
  );
});

test('parts are copied from objects, whole or a range of them', async (t) => {
  const { client, Bucket } = await withBucket(t);
  const source = randomBytes(PART_BYTES_MIN + 1_000);
  await client.send(new sdk.PutObjectCommand({ Bucket, Key: 'src/a b', Body: source }));
  const { at, complete } = await begin(client, Bucket);
  const copy = async (PartNumber: number, CopySourceRange?: string) => {
    const CopySource = `${Bucket}/src/a%20b`;
    const answer = await client.send(
      new sdk.UploadPartCopyCommand({ ...at, PartNumber, CopySource, ...(CopySourceRange && { CopySourceRange }) }),
    );
    return { PartNumber, ...answer.CopyPartResult, LastModified: undefined };
  };
  const parts = [await copy(1), await copy(2, 'bytes=10-19')];
  await assert.rejects(copy(3, `bytes=0-${source.length}`), refusal('InvalidArgument', 400));
  await assert.rejects(copy(3, 'bytes=5-'), refusal('InvalidArgument', 400));
  await complete(parts);
  const got = await client.send(new sdk.GetObjectCommand({ Bucket, Key: 'k' }));
  const expected = Buffer.concat([source, source.subarray(10, 20)]);
  assert.ok(expected.equals(Buffer.from((await got.Body?.transformToByteArray()) ?? [])));
});

test('uploads under way and their parts are listed in pages, and are gone when aborted', async (t) => {
  const { client, Bucket, dataDir, close } = await withBucket(t);
  const ids: (string | undefined)[] = [];
  for (const Key of ['a', 'b', 'b', 'c/d']) {
    ids.push((await client.send(new sdk.CreateMultipartUploadCommand({ Bucket, Key }))).UploadId);
  }
  const seen: (string | undefined)[] = [];
  let next: { KeyMarker?: string; UploadIdMarker?: string } | undefined = {};
  while (next !== undefined) {
    const page: import('@aws-sdk/client-s3').ListMultipartUploadsCommandOutput = await client.send(
      new sdk.ListMultipartUploadsCommand({ Bucket, MaxUploads: 1, ...next }),
    );
    seen.push(...(page.Uploads ?? []).map(({ UploadId }) => UploadId));
    next = page.IsTruncated
      ? { KeyMarker: page.NextKeyMarker ?? '', UploadIdMarker: page.NextUploadIdMarker ?? '' }
      : undefined;
  }
  assert.deepEqual(seen, ids);
  const folders = await client.send(new sdk.ListMultipartUploadsCommand({ Bucket, Delimiter: '/' }));
  assert.deepEqual([folders.Uploads?.length, folders.CommonPrefixes], [3, [{ Prefix: 'c/' }]]);

  const at = { Bucket, Key: 'a', UploadId: ids[0] };
  for (const PartNumber of [1, 2, 3]) {
    await client.send(new sdk.UploadPartCommand({ ...at, PartNumber, Body: partOf(20_000, PartNumber) }));
  }
  const numbers: (number | undefined)[][] = [];
  for await (const page of sdk.paginateListParts({ client, pageSize: 2 }, at)) {
    numbers.push(page.Parts?.map(({ PartNumber }) => PartNumber) ?? []);
  }
  assert.deepEqual(numbers, [[1, 2], [3]]);
  await client.send(new sdk.AbortMultipartUploadCommand(at));
  await assert.rejects(client.send(new sdk.AbortMultipartUploadCommand(at)), refusal('NoSuchUpload', 404));
  await assert.rejects(
    client.send(new sdk.UploadPartCommand({ ...at, PartNumber: 1, Body: 'x' })),
    refusal('NoSuchUpload', 404),
  );
  await client.send(new sdk.DeleteBucketCommand({ Bucket }));
  await close();
  assert.equal(filesIn(dataDir), 0);
});
