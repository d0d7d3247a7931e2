import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { sdk, serveS3 } from './aws/testing/serve-s3.ts';
import type { NotificationRule } from './notification.ts';
import { NOTIFICATION_SETTING } from './s3-store.ts';

test('every change of a watched bucket waits, in its order, until somebody has taken it', async (t) => {
  let calls = 0;
  const first = await serveS3(t, {
    onChange: () => {
      calls += 1;
    },
  });
  const { client, s3 } = first;
  const [Bucket, Key] = ['watched', 'a b/k'];
  await client.send(new sdk.CreateBucketCommand({ Bucket }));
  await client.send(new sdk.PutObjectCommand({ Bucket, Key, Body: 'nobody is told' }));
  const { store } = s3.open();
  assert.deepEqual([calls, store.waitingChanges(10)], [0, []]);
  const bucket = store.buckets.find(Bucket);
  assert.ok(bucket);
  const events = ['s3:ObjectCreated:*', 's3:ObjectRemoved:*', 's3:ObjectTagging:*'];
  const rules: NotificationRule[] = [
    {
      id: 'all',
      kind: 'queue',
      arn: 'arn:aws:sqs:us-east-1:000000000000:q',
      events,
      prefix: undefined,
      suffix: undefined,
    },
  ];
  await store.commit(() => store.buckets.setSetting(bucket.id, NOTIFICATION_SETTING, JSON.stringify(rules)));

  const put = await client.send(new sdk.PutObjectCommand({ Bucket, Key, Body: randomBytes(20_000) }));
  await client.send(new sdk.CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/a%20b/k` }));
  const Tagging = { TagSet: [{ Key: 'k', Value: 'v' }] };
  await client.send(new sdk.PutObjectTaggingCommand({ Bucket, Key, Tagging }));
  await client.send(new sdk.DeleteObjectTaggingCommand({ Bucket, Key }));
  const { UploadId } = await client.send(new sdk.CreateMultipartUploadCommand({ Bucket, Key }));
  const part = await client.send(new sdk.UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: 'x' }));
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag: part.ETag }] };
  await client.send(new sdk.CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload }));
  await client.send(new sdk.DeleteObjectCommand({ Bucket, Key }));
  await client.send(new sdk.DeleteObjectCommand({ Bucket, Key }));
  const VersioningConfiguration = { Status: 'Enabled' as const };
  await client.send(new sdk.PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  const marker = await client.send(new sdk.DeleteObjectCommand({ Bucket, Key: 'copy' }));

  const told = store.waitingChanges(10);
  const changes = told.map(({ change }) => change);
  assert.equal(calls, changes.length);
  assert.deepEqual(
    changes.map(({ kind, key }) => [kind, key]),
    [
      ['ObjectCreated:Put', Key],
      ['ObjectCreated:Copy', 'copy'],
      ['ObjectTagging:Put', Key],
      ['ObjectTagging:Delete', Key],
      ['ObjectCreated:CompleteMultipartUpload', Key],
      ['ObjectRemoved:Delete', Key],
      ['ObjectRemoved:DeleteMarkerCreated', 'copy'],
    ],
  );
  const [created] = changes;
  assert.deepEqual([created?.bytes, `"${created?.etag}"`, created?.versionId], [20_000, put.ETag, undefined]);
  assert.deepEqual(created?.bucket, { name: Bucket, account: bucket.account, region: 'us-east-1' });
  assert.equal(created?.actor.sourceIp, '127.0.0.1');
  assert.equal(changes.at(-1)?.versionId, marker.VersionId);
  const created_ = changes.filter(({ kind, key }) => key === Key && !kind.startsWith('ObjectTagging'));
  const sequencers = created_.map(({ sequencer }) => sequencer);
  assert.deepEqual(sequencers, sequencers.toSorted());
  assert.ok(sequencers.every((sequencer) => /^[0-9A-F]{18}$/.test(sequencer)));

  await first.close();
  const second = await serveS3(t, { dataDir: first.dataDir });
  const { store: again } = second.s3.open();
  assert.deepEqual(again.waitingChanges(10), told);
  await again.forgetChanges(told.slice(0, 5).map(({ id }) => id));
  assert.deepEqual(again.waitingChanges(10), told.slice(5));
});
