// Code of functions and layers that lies in a bucket.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { invoke, zipOf } from './deploy.ts';
import { s3Client, s3Sdk } from './s3.ts';
import { addAccount, cleanUpOf, inRegion, lambdaClient, lambdaSdk, patience, ROLE, serve } from './server.ts';

const sdk = lambdaSdk();
const { CreateBucketCommand, PutBucketVersioningCommand, PutObjectCommand } = s3Sdk();

const answering = (text: string) =>
  zipOf({ 'index.mjs': `export const handler = async () => ${JSON.stringify(text)};` });
const base = { Runtime: 'nodejs24.x', Handler: 'index.handler', Role: ROLE, Timeout: 30 } as const;

test('a function and its new code come from a bucket, by key and by version', async (t) => {
  const cleanUp = cleanUpOf(t);
  const server = await serve(cleanUp);
  const lambda = lambdaClient(cleanUp, server);
  const s3 = s3Client(cleanUp, server);
  const Bucket = 'code';
  await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  const put = async (text: string) =>
    s3.send(new PutObjectCommand({ Bucket, Key: 'hello.zip', Body: await answering(text) }));
  const { VersionId: first } = await put('first');
  await put('second');

  const FunctionName = 'hello';
  const Code = { S3Bucket: Bucket, S3Key: 'hello.zip' };
  await lambda.send(new sdk.CreateFunctionCommand({ ...base, FunctionName, Code }));
  await sdk.waitUntilFunctionActiveV2(patience(lambda), { FunctionName });
  assert.equal((await invoke(lambda, FunctionName)).text, '"second"');

  await lambda.send(new sdk.UpdateFunctionCodeCommand({ FunctionName, ...Code, S3ObjectVersion: first }));
  await sdk.waitUntilFunctionUpdatedV2(patience(lambda), { FunctionName });
  assert.equal((await invoke(lambda, FunctionName)).text, '"first"');
});

test('a zip of more than 50 MB deploys from a bucket, as a function and as a layer', async (t) => {
  const cleanUp = cleanUpOf(t);
  const server = await serve(cleanUp);
  const lambda = lambdaClient(cleanUp, server);
  const s3 = s3Client(cleanUp, server);
  await s3.send(new CreateBucketCommand({ Bucket: 'code' }));
  const zip = await zipOf({ 'index.mjs': 'export const handler = async () => 1;', noise: randomBytes(53_000_000) });
  assert.ok(zip.length > 52_428_800);
  await s3.send(new PutObjectCommand({ Bucket: 'code', Key: 'large.zip', Body: zip }));
  const from = { S3Bucket: 'code', S3Key: 'large.zip' };
  const made = await lambda.send(new sdk.CreateFunctionCommand({ ...base, FunctionName: 'large', Code: from }));
  assert.equal(made.CodeSize, zip.length);
  await sdk.waitUntilFunctionActiveV2(patience(lambda), { FunctionName: 'large' });
  assert.equal((await invoke(lambda, 'large')).text, '1');
  const layer = await lambda.send(new sdk.PublishLayerVersionCommand({ LayerName: 'large', Content: from }));
  assert.equal(layer.Content?.CodeSize, zip.length);
});

test('code that is not there, not readable or elsewhere is refused in the words of S3', async (t) => {
  const cleanUp = cleanUpOf(t);
  const server = await serve(cleanUp);
  const lambda = lambdaClient(cleanUp, server);
  const s3 = s3Client(cleanUp, server);
  const other = s3Client(cleanUp, await addAccount(server, '222222222222'));
  const far = s3Client(cleanUp, inRegion(server, 'eu-west-1'));
  await s3.send(new CreateBucketCommand({ Bucket: 'code' }));
  await other.send(new CreateBucketCommand({ Bucket: 'not-mine' }));
  await far.send(new CreateBucketCommand({ Bucket: 'far-away' }));
  await far.send(new PutObjectCommand({ Bucket: 'far-away', Key: 'k', Body: await answering('far') }));
  await other.send(new PutObjectCommand({ Bucket: 'not-mine', Key: 'k', Body: await answering('theirs') }));
  await s3.send(new PutObjectCommand({ Bucket: 'code', Key: 'text', Body: 'no zip' }));
  await s3.send(new PutObjectCommand({ Bucket: 'code', Key: 'empty', Body: '' }));

  const check = async (bucket: string, key: string, name: string, message: string, version?: string) => {
    const Code = { S3Bucket: bucket, S3Key: key, S3ObjectVersion: version };
    const refusal = { name, message };
    await assert.rejects(lambda.send(new sdk.CreateFunctionCommand({ ...base, FunctionName: 'f', Code })), refusal);
    await assert.rejects(lambda.send(new sdk.PublishLayerVersionCommand({ LayerName: 'l', Content: Code })), refusal);
  };
  const getObject = (code: string, text: string) =>
    `Error occurred while GetObject. S3 Error Code: ${code}. S3 Error Message: ${text}`;
  const INVALID = 'InvalidParameterValueException';
  await check('nowhere', 'k', INVALID, getObject('NoSuchBucket', 'The specified bucket does not exist'));
  await check('code', 'missing', INVALID, getObject('NoSuchKey', 'The specified key does not exist.'));
  await check(
    'far-away',
    'k',
    INVALID,
    getObject(
      'PermanentRedirect',
      'The bucket is in this region: eu-west-1. Please use this region to retry the request',
    ),
  );
  await check(
    'not-mine',
    'k',
    'AccessDeniedException',
    'Your access has been denied by S3, please make sure your request credentials have permission to GetObject for not-mine/k. S3 Error Code: AccessDenied. S3 Error Message: Access Denied',
  );
  await check(
    'code',
    'text',
    INVALID,
    'Could not unzip uploaded file. Please check your file, then try to upload again.',
  );
  await check('code', 'empty', INVALID, 'Uploaded file must be a non-empty zip');
});
