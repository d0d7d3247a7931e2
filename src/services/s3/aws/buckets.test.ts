import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { refusal, sdk, serveS3, withBucket } from './testing/serve-s3.ts';

test('nothing is on the disk before the first request', async (t) => {
  const { dataDir, client } = await serveS3(t);
  assert.ok(!existsSync(join(dataDir, 's3')));
  await client.send(new sdk.ListBucketsCommand({}));
  assert.ok(existsSync(join(dataDir, 's3', 's3.db')));
});

test('a bucket is created, found, listed and deleted', async (t) => {
  const { client, Bucket } = await withBucket(t);
  const head = await client.send(new sdk.HeadBucketCommand({ Bucket }));
  assert.equal(head.BucketRegion, 'us-east-1');
  const { Buckets, Owner } = await client.send(new sdk.ListBucketsCommand({}));
  assert.deepEqual(
    Buckets?.map(({ Name, CreationDate }) => [Name, CreationDate instanceof Date]),
    [[Bucket, true]],
  );
  assert.match(Owner?.ID ?? '', /^[0-9a-f]{64}$/);
  const { LocationConstraint } = await client.send(new sdk.GetBucketLocationCommand({ Bucket }));
  assert.equal(LocationConstraint, undefined);
  await client.send(new sdk.DeleteBucketCommand({ Bucket }));
  await assert.rejects(client.send(new sdk.HeadBucketCommand({ Bucket })), refusal('NotFound', 404));
  await assert.rejects(client.send(new sdk.DeleteBucketCommand({ Bucket })), refusal('NoSuchBucket', 404));
});

test('only an empty bucket is deleted', async (t) => {
  const { client, Bucket } = await withBucket(t);
  await client.send(new sdk.PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
  await assert.rejects(client.send(new sdk.DeleteBucketCommand({ Bucket })), refusal('BucketNotEmpty', 409));
  await client.send(new sdk.DeleteObjectCommand({ Bucket, Key: 'k' }));
  await client.send(new sdk.DeleteBucketCommand({ Bucket }));
});

test('who creates his bucket again has succeeded in us-east-1, and is refused elsewhere', async (t) => {
  const { clientWith } = await serveS3(t);
  const here = clientWith({ region: 'us-east-1' });
  await here.send(new sdk.CreateBucketCommand({ Bucket: 'first' }));
  await here.send(new sdk.CreateBucketCommand({ Bucket: 'first' }));
  const there = clientWith({ region: 'eu-west-1' });
  await there.send(new sdk.CreateBucketCommand({ Bucket: 'second' }));
  await assert.rejects(
    there.send(new sdk.CreateBucketCommand({ Bucket: 'second' })),
    refusal('BucketAlreadyOwnedByYou', 409),
  );
  const { LocationConstraint } = await there.send(new sdk.GetBucketLocationCommand({ Bucket: 'second' }));
  assert.equal(LocationConstraint, 'eu-west-1');
  await assert.rejects(
    there.send(
      new sdk.CreateBucketCommand({
        Bucket: 'third',
        CreateBucketConfiguration: { LocationConstraint: 'ap-south-1' },
      }),
    ),
    refusal('IllegalLocationConstraintException', 400),
  );
});

test('names keep to the rules of buckets', async (t) => {
  const { client } = await serveS3(t);
  const create = (Bucket: string) => client.send(new sdk.CreateBucketCommand({ Bucket }));
  await create('abc');
  await create('a'.repeat(63));
  await create('my.bucket-1');
  for (const name of ['ab', 'a'.repeat(64), 'Upper', 'under_score', 'a..b', '192.168.1.1', '-a-', 'xn--abc']) {
    await assert.rejects(create(name), refusal('InvalidBucketName', 400), name);
  }
});

test('the list of buckets comes in pages, by prefix and by region', async (t) => {
  const { clientWith, client } = await serveS3(t);
  for (const Bucket of ['aa1', 'aa2', 'bb1', 'bb2', 'bb3']) await client.send(new sdk.CreateBucketCommand({ Bucket }));
  await clientWith({ region: 'eu-west-1' }).send(new sdk.CreateBucketCommand({ Bucket: 'bb4' }));
  const pages: string[][] = [];
  for await (const page of sdk.paginateListBuckets({ client, pageSize: 2 }, { Prefix: 'bb' })) {
    pages.push(page.Buckets?.map(({ Name = '' }) => Name) ?? []);
  }
  assert.deepEqual(pages, [
    ['bb1', 'bb2'],
    ['bb3', 'bb4'],
  ]);
  const { Buckets } = await client.send(new sdk.ListBucketsCommand({ BucketRegion: 'eu-west-1' }));
  assert.deepEqual(
    Buckets?.map(({ Name, BucketRegion }) => [Name, BucketRegion]),
    [['bb4', 'eu-west-1']],
  );
  await assert.rejects(
    client.send(new sdk.ListBucketsCommand({ MaxBuckets: 10_001 })),
    refusal('InvalidArgument', 400),
  );
});

test('an error has the members that S3 gives it', async (t) => {
  const { client } = await serveS3(t);
  await assert.rejects(
    client.send(new sdk.ListObjectsV2Command({ Bucket: 'nobodys' })),
    (error: Record<string, unknown>) => {
      assert.equal(error.name, 'NoSuchBucket');
      assert.equal(error.BucketName, 'nobodys');
      assert.ok(error.RequestId !== undefined && error.HostId !== undefined);
      return true;
    },
  );
});

test('what is not there yet says so, by its name', async (t) => {
  const { client, Bucket } = await withBucket(t);
  await assert.rejects(
    client.send(new sdk.GetBucketMetadataConfigurationCommand({ Bucket })),
    (error: { name: string; message: string; $metadata: { httpStatusCode?: number } }) => {
      assert.deepEqual([error.name, error.$metadata.httpStatusCode], ['NotImplemented', 501]);
      assert.match(error.message, /GetBucketMetadataConfiguration/);
      return true;
    },
  );
});

test('what is not set on a bucket is told as AWS tells it, and can be taken away', async (t) => {
  const { client, Bucket } = await withBucket(t);
  const missing = (name: string, message: string) => (error: Error & { BucketName?: string }) => {
    assert.deepEqual([error.message, error.BucketName], [message, Bucket]);
    return refusal(name, 404)(error);
  };
  await assert.rejects(
    client.send(new sdk.GetBucketLifecycleConfigurationCommand({ Bucket })),
    missing('NoSuchLifecycleConfiguration', 'The lifecycle configuration does not exist'),
  );
  await assert.rejects(
    client.send(new sdk.GetBucketWebsiteCommand({ Bucket })),
    missing('NoSuchWebsiteConfiguration', 'The specified bucket does not have a website configuration'),
  );
  await assert.rejects(
    client.send(new sdk.GetBucketReplicationCommand({ Bucket })),
    missing('ReplicationConfigurationNotFoundError', 'The replication configuration was not found'),
  );
  await assert.rejects(
    client.send(new sdk.GetObjectLockConfigurationCommand({ Bucket })),
    missing('ObjectLockConfigurationNotFoundError', 'Object Lock configuration does not exist for this bucket'),
  );
  await client.send(new sdk.DeleteBucketLifecycleCommand({ Bucket }));
  await client.send(new sdk.DeleteBucketWebsiteCommand({ Bucket }));
  await client.send(new sdk.DeleteBucketReplicationCommand({ Bucket }));
  for (const list of [
    new sdk.ListBucketAnalyticsConfigurationsCommand({ Bucket }),
    new sdk.ListBucketInventoryConfigurationsCommand({ Bucket }),
    new sdk.ListBucketMetricsConfigurationsCommand({ Bucket }),
    new sdk.ListBucketIntelligentTieringConfigurationsCommand({ Bucket }),
  ]) {
    // SAFE: the four answer alike; the client's types cannot tell.
    const { $metadata, ...answered } = (await client.send(list as never)) as { $metadata: object };
    assert.deepEqual(answered, { IsTruncated: false });
  }

  const Rules = [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' as const }, BucketKeyEnabled: false }];
  const encryption = () => client.send(new sdk.GetBucketEncryptionCommand({ Bucket }));
  assert.deepEqual((await encryption()).ServerSideEncryptionConfiguration?.Rules, Rules);
  const encrypt = (SSEAlgorithm: 'AES256' | 'aws:kms') => {
    const ServerSideEncryptionConfiguration = { Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm } }] };
    return client.send(new sdk.PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration }));
  };
  await encrypt('AES256');
  await assert.rejects(encrypt('aws:kms'), refusal('NotImplemented', 501));
  await client.send(new sdk.DeleteBucketEncryptionCommand({ Bucket }));
  assert.deepEqual((await encryption()).ServerSideEncryptionConfiguration?.Rules, Rules);
  await assert.rejects(
    client.send(new sdk.GetBucketWebsiteCommand({ Bucket: 'nobodys' })),
    refusal('NoSuchBucket', 404),
  );
});

test('whoever looks before he changes something finds what holds of every bucket', async (t) => {
  const { client, Bucket } = await withBucket(t);
  await client.send(new sdk.PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
  const acl = await client.send(new sdk.GetBucketAclCommand({ Bucket }));
  assert.deepEqual(
    acl.Grants?.map(({ Grantee, Permission }) => [Grantee?.ID === acl.Owner?.ID, Grantee?.Type, Permission]),
    [[true, 'CanonicalUser', 'FULL_CONTROL']],
  );
  const ofObject = await client.send(new sdk.GetObjectAclCommand({ Bucket, Key: 'k' }));
  assert.deepEqual(ofObject.Grants, acl.Grants);
  await client.send(new sdk.PutBucketAclCommand({ Bucket, ACL: 'private' }));
  await client.send(new sdk.PutObjectAclCommand({ Bucket, Key: 'k', ACL: 'bucket-owner-full-control' }));
  await assert.rejects(
    client.send(new sdk.PutBucketAclCommand({ Bucket, ACL: 'public-read' })),
    refusal('AccessControlListNotSupported', 400),
  );
  const owned = { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' as const }] };
  const { OwnershipControls } = await client.send(new sdk.GetBucketOwnershipControlsCommand({ Bucket }));
  assert.deepEqual(OwnershipControls, owned);
  await client.send(new sdk.PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls: owned }));
  assert.equal((await client.send(new sdk.GetBucketRequestPaymentCommand({ Bucket }))).Payer, 'BucketOwner');
  assert.equal((await client.send(new sdk.GetBucketAccelerateConfigurationCommand({ Bucket }))).Status, undefined);
  assert.equal((await client.send(new sdk.GetBucketLoggingCommand({ Bucket }))).LoggingEnabled, undefined);
  await assert.rejects(client.send(new sdk.GetBucketAclCommand({ Bucket: 'nobodys' })), refusal('NoSuchBucket', 404));
});
