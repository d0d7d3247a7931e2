// A story people tell of Lambda: a photo that is uploaded to a bucket becomes a thumbnail.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import sharp from 'sharp';
import { pack } from '../examples/pack.ts';
import { checkout } from '../scripts/server-process.ts';
import { logged } from './logs.ts';
import { createRole } from './roles.ts';
import { s3Client, s3Sdk } from './s3.ts';
import { cleanUpOf, lambdaClient, lambdaSdk, patience, serve } from './server.ts';

const Bucket = 'my-photos';
const FunctionName = 'photos';

test('photos that are uploaded to a bucket become thumbnails beside them', async (t) => {
  const cleanUp = cleanUpOf(t);
  const server = await serve(cleanUp);
  const lambda = lambdaClient(cleanUp, server);
  const s3 = s3Client(cleanUp, server);
  const sdk = { ...s3Sdk(), ...lambdaSdk() };
  const Key = 'code/photos.zip';
  const Body = await pack(join(checkout, 'examples/photos'), ['sharp', '@aws-sdk/client-s3']);
  await s3.send(new sdk.CreateBucketCommand({ Bucket }));
  await s3.send(new sdk.PutObjectCommand({ Bucket, Key, Body }));
  const Statement = {
    Effect: 'Allow',
    Action: ['s3:GetObject', 's3:PutObject'],
    Resource: `arn:aws:s3:::${Bucket}/*`,
  };
  const Role = await createRole(cleanUp, server, { name: 'photos', policy: { Version: '2012-10-17', Statement } });
  const { FunctionArn } = await lambda.send(
    new sdk.CreateFunctionCommand({
      FunctionName,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      MemorySize: 1024,
      Timeout: 30,
      Role,
      Code: { S3Bucket: Bucket, S3Key: Key },
    }),
  );
  await sdk.waitUntilFunctionActiveV2(patience(lambda), { FunctionName });
  await lambda.send(
    new sdk.AddPermissionCommand({
      FunctionName,
      StatementId: 'bucket',
      Action: 'lambda:InvokeFunction',
      Principal: 's3.amazonaws.com',
      SourceArn: `arn:aws:s3:::${Bucket}`,
      SourceAccount: '000000000000',
    }),
  );
  const FilterRules = [
    { Name: 'prefix' as const, Value: 'uploads/' },
    { Name: 'suffix' as const, Value: '.jpg' },
  ];
  await s3.send(
    new sdk.PutBucketNotificationConfigurationCommand({
      Bucket,
      NotificationConfiguration: {
        LambdaFunctionConfigurations: [
          { LambdaFunctionArn: FunctionArn, Events: ['s3:ObjectCreated:*'], Filter: { Key: { FilterRules } } },
        ],
      },
    }),
  );

  const names = ['one.jpg', 'two & a half.jpg', 'drei/größer.jpg'];
  for (const [index, name] of names.entries()) {
    const background = { r: 80 * (index + 1), g: 0, b: 0 };
    const photo = await sharp({ create: { width: 1_600, height: 1_200, channels: 3, background } })
      .jpeg()
      .toBuffer();
    await s3.send(new sdk.PutObjectCommand({ Bucket, Key: `uploads/${name}`, Body: photo }));
  }
  for (const [index, name] of names.entries()) {
    await logged(server, FunctionName, `made thumbnails/${name}`);
    const made = await s3.send(new sdk.GetObjectCommand({ Bucket, Key: `thumbnails/${name}` }));
    assert.equal(made.ContentType, 'image/jpeg');
    const small = sharp(await made.Body?.transformToByteArray());
    const { width, height } = await small.metadata();
    assert.deepEqual([width, height], [320, 240]);
    const { dominant } = await small.stats();
    assert.ok(Math.abs(dominant.r - 80 * (index + 1)) < 16, `${name} is another photo: ${JSON.stringify(dominant)}`);
  }
  const { KeyCount } = await s3.send(new sdk.ListObjectsV2Command({ Bucket, Prefix: 'thumbnails/' }));
  assert.equal(KeyCount, names.length, 'a thumbnail makes no thumbnails');
});
