// Who may reach buckets, and what is said of them as a whole.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { deploy, zipOf } from './deploy.ts';
import { s3Client, s3Sdk } from './s3.ts';
import { addAccount, cleanUpOf, lambdaClient, lambdaSdk, ROLE, serve, text } from './server.ts';

const { getSignedUrl } = createRequire(import.meta.url)(
  '@aws-sdk/s3-request-presigner',
) as typeof import('@aws-sdk/s3-request-presigner');
const sdk = s3Sdk();
const OTHER = '222222222222';
const Bucket = 'shared';
const ARN = `arn:aws:s3:::${Bucket}`;

test('another account reaches what the policy of a bucket lets it reach, and nothing else', async (t) => {
  const cleanUp = cleanUpOf(t);
  const server = await serve(cleanUp);
  const other = await addAccount(server, OTHER);
  const [own, guest] = [s3Client(cleanUp, server), s3Client(cleanUp, other)];
  await own.send(new sdk.CreateBucketCommand({ Bucket }));
  const Body = await zipOf({ 'index.mjs': 'export const handler = async () => 1;' });
  await own.send(new sdk.PutObjectCommand({ Bucket, Key: 'open/code.zip', Body }));
  await own.send(new sdk.PutObjectCommand({ Bucket, Key: 'closed/a', Body: 'a' }));
  const read = (Key: string) => guest.send(new sdk.GetObjectCommand({ Bucket, Key }));
  const denied = { name: 'AccessDenied' };
  await assert.rejects(read('open/code.zip'), denied);
  const statement = (more: object) => ({ Effect: 'Allow', Principal: { AWS: OTHER }, Action: 's3:GetObject', ...more });
  const put = (...Statement: object[]) =>
    own.send(new sdk.PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Version: '2012-10-17', Statement }) }));
  await put(statement({ Resource: `${ARN}/open/*` }));
  await (await read('open/code.zip')).Body?.transformToByteArray();
  await assert.rejects(read('closed/a'), denied);
  await assert.rejects(guest.send(new sdk.ListObjectsV2Command({ Bucket })), denied);
  await assert.rejects(guest.send(new sdk.PutObjectCommand({ Bucket, Key: 'open/b', Body: 'b' })), denied);

  const made = await lambdaClient(cleanUp, other).send(
    new (lambdaSdk().CreateFunctionCommand)({
      FunctionName: 'theirs',
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: ROLE.replace('000000000000', OTHER),
      Code: { S3Bucket: Bucket, S3Key: 'open/code.zip' },
    }),
  );
  assert.equal(made.CodeSize, Body.length);

  await put(
    statement({ Resource: `${ARN}/open/*` }),
    { Effect: 'Deny', Principal: '*', Action: 's3:DeleteObject', Resource: `${ARN}/closed/*` },
    {
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:*',
      Resource: `${ARN}/*`,
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    },
  );
  await assert.rejects(own.send(new sdk.DeleteObjectCommand({ Bucket, Key: 'closed/a' })), {
    name: 'AccessDenied',
    message: `User: arn:aws:iam::000000000000:root is not authorized to perform: s3:DeleteObject on resource: "${ARN}/closed/a" with an explicit deny in a resource-based policy`,
  });
  const all = { Objects: [{ Key: 'open/code.zip' }, { Key: 'closed/a' }] };
  // Each key is judged by itself.
  const deleted = await own.send(new sdk.DeleteObjectsCommand({ Bucket, Delete: all }));
  assert.deepEqual(
    [deleted.Deleted?.map(({ Key }) => Key), deleted.Errors?.map(({ Key, Code }) => [Key, Code])],
    [['open/code.zip'], [['closed/a', 'AccessDenied']]],
  );
  await (await own.send(new sdk.GetObjectCommand({ Bucket, Key: 'closed/a' }))).Body?.transformToString();

  // Whoever has denied everything can still take that back.
  await put({ Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: [ARN, `${ARN}/*`] });
  await assert.rejects(own.send(new sdk.ListObjectsV2Command({ Bucket })), denied);
  assert.match((await own.send(new sdk.GetBucketPolicyCommand({ Bucket }))).Policy ?? '', /"Deny"/);
  await own.send(new sdk.DeleteBucketPolicyCommand({ Bucket }));
  await own.send(new sdk.ListObjectsV2Command({ Bucket }));
  await assert.rejects(own.send(new sdk.GetBucketPolicyCommand({ Bucket })), { name: 'NoSuchBucketPolicy' });
  await assert.rejects(own.send(new sdk.GetBucketPolicyStatusCommand({ Bucket })), { name: 'NoSuchBucketPolicy' });

  for (const [policy, message] of [
    ['no json', "Policies must be valid JSON and the first byte must be '{'"],
    [{}, 'Missing required field Statement'],
    [{ Statement: [{ ...statement({ Resource: ARN }), Effect: 'Perhaps' }] }, 'Invalid effect: Perhaps'],
    [{ Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: ARN }] }, 'Missing required field Principal'],
    [{ Statement: [statement({ Resource: ARN, Action: 'sqs:SendMessage' })] }, 'Policy has invalid action'],
    [{ Statement: [statement({ Resource: 'arn:aws:s3:::another/*' })] }, 'Policy has invalid resource'],
    [{ Statement: [statement({ Resource: ARN, Colour: 'red' })] }, 'Unknown field Colour'],
  ] as const) {
    const Policy = typeof policy === 'string' ? policy : JSON.stringify(policy);
    await assert.rejects(own.send(new sdk.PutBucketPolicyCommand({ Bucket, Policy })), {
      name: 'MalformedPolicy',
      message,
    });
  }
});

test('another account deletes several objects at once where it may delete each, and versions only where it may delete those', async (t) => {
  const cleanUp = cleanUpOf(t);
  const server = await serve(cleanUp);
  const [own, guest] = [s3Client(cleanUp, server), s3Client(cleanUp, await addAccount(server, OTHER))];
  await own.send(new sdk.CreateBucketCommand({ Bucket }));
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await own.send(new sdk.PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  const versions = new Map<string, string | undefined>();
  for (const Key of ['open/a', 'open/b', 'closed/a']) {
    versions.set(Key, (await own.send(new sdk.PutObjectCommand({ Bucket, Key, Body: Key }))).VersionId);
  }
  const remove = async (client: typeof own, ...Objects: { Key: string; VersionId?: string | undefined }[]) => {
    const { Deleted = [], Errors = [] } = await client.send(
      new sdk.DeleteObjectsCommand({ Bucket, Delete: { Objects } }),
    );
    return [Deleted.map(({ Key }) => Key), Errors.map(({ Key, Code }) => `${Key} ${Code}`)];
  };
  const allow = (...Action: string[]) =>
    own.send(
      new sdk.PutBucketPolicyCommand({
        Bucket,
        Policy: JSON.stringify({
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Principal: { AWS: OTHER }, Action, Resource: `${ARN}/open/*` }],
        }),
      }),
    );
  const oldest = { Key: 'open/b', VersionId: versions.get('open/b') };
  assert.deepEqual(await remove(guest, { Key: 'open/a' }), [[], ['open/a AccessDenied']]);
  await allow('s3:DeleteObject', 's3:GetObject');
  assert.deepEqual(await remove(guest, { Key: 'open/a' }, { Key: 'closed/a' }, oldest), [
    ['open/a'],
    ['closed/a AccessDenied', 'open/b AccessDenied'],
  ]);
  const denied = { name: 'AccessDenied' };
  await assert.rejects(guest.send(new sdk.GetObjectCommand({ Bucket, ...oldest })), denied);
  await assert.rejects(guest.send(new sdk.DeleteObjectCommand({ Bucket, ...oldest })), denied);
  const CopySource = `${Bucket}/open/b?versionId=${oldest.VersionId}`;
  await guest.send(new sdk.CreateBucketCommand({ Bucket: 'theirs' }));
  const copy = () => guest.send(new sdk.CopyObjectCommand({ Bucket: 'theirs', Key: 'copy', CopySource }));
  await assert.rejects(copy(), denied);
  await allow('s3:DeleteObjectVersion', 's3:GetObjectVersion');
  await copy();
  const { Body } = await guest.send(new sdk.GetObjectCommand({ Bucket, ...oldest }));
  assert.equal(await Body?.transformToString(), 'open/b');
  assert.deepEqual(await remove(guest, oldest, { Key: 'open/b' }), [['open/b'], ['open/b AccessDenied']]);
});

test('whoever copies an object must be let read it, also where he is let write', async (t) => {
  const cleanUp = cleanUpOf(t);
  const server = await serve(cleanUp);
  const [own, guest] = [s3Client(cleanUp, server), s3Client(cleanUp, await addAccount(server, OTHER))];
  await own.send(new sdk.CreateBucketCommand({ Bucket }));
  await guest.send(new sdk.CreateBucketCommand({ Bucket: 'theirs' }));
  for (const Key of ['open/a', 'closed/a']) await own.send(new sdk.PutObjectCommand({ Bucket, Key, Body: Key }));
  const allow = (Action: string, path: string) => ({
    ...{ Effect: 'Allow', Principal: { AWS: OTHER }, Action },
    Resource: `${ARN}/${path}/*`,
  });
  const Statement = [
    allow('s3:GetObject', 'open'),
    allow('s3:PutObject', '*'),
    { Effect: 'Deny', Principal: '*', Action: 's3:GetObject', Resource: `${ARN}/closed/*` },
  ];
  await own.send(
    new sdk.PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Version: '2012-10-17', Statement }) }),
  );
  const copy = (client: typeof own, key: string, to: string) =>
    client.send(new sdk.CopyObjectCommand({ Bucket: to, Key: 'drop/copy', CopySource: `${Bucket}/${key}` }));
  await copy(guest, 'open/a', 'theirs');
  await copy(guest, 'open/a', Bucket);
  const denied = { name: 'AccessDenied' };
  await assert.rejects(copy(guest, 'closed/a', 'theirs'), denied);
  await assert.rejects(copy(guest, 'drop/copy', 'theirs'), denied);
  await assert.rejects(copy(own, 'closed/a', Bucket), denied);
  const part = { Bucket: 'theirs', Key: 'k', PartNumber: 1 };
  const { UploadId } = await guest.send(new sdk.CreateMultipartUploadCommand({ Bucket: 'theirs', Key: 'k' }));
  const copyPart = (key: string) =>
    guest.send(new sdk.UploadPartCopyCommand({ ...part, UploadId, CopySource: `${Bucket}/${key}` }));
  await copyPart('open/a');
  await assert.rejects(copyPart('drop/copy'), denied);
});

test('a policy that lets everybody in is refused until public access is not blocked any more', async (t) => {
  const cleanUp = cleanUpOf(t);
  const server = await serve(cleanUp);
  const [own, guest] = [s3Client(cleanUp, server), s3Client(cleanUp, await addAccount(server, OTHER))];
  await own.send(new sdk.CreateBucketCommand({ Bucket }));
  await own.send(new sdk.PutObjectCommand({ Bucket, Key: 'k', Body: 'open' }));
  const Statement = [{ Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `${ARN}/*` }];
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  const put = () => own.send(new sdk.PutBucketPolicyCommand({ Bucket, Policy }));
  const block = (BlockPublicPolicy: boolean, RestrictPublicBuckets: boolean) =>
    own.send(
      new sdk.PutPublicAccessBlockCommand({
        Bucket,
        PublicAccessBlockConfiguration: { BlockPublicPolicy, RestrictPublicBuckets },
      }),
    );
  await assert.rejects(put(), { name: 'AccessDenied', message: /because public policies are prevented by/ });
  const url = `${server.env.AWS_ENDPOINT_URL}/${Bucket}/k`;
  assert.equal((await fetch(url)).status, 403);
  await block(false, true);
  await put();
  assert.equal((await fetch(url)).status, 403);
  const { PolicyStatus } = await own.send(new sdk.GetBucketPolicyStatusCommand({ Bucket }));
  assert.equal(PolicyStatus?.IsPublic, true);
  await assert.rejects(guest.send(new sdk.GetObjectCommand({ Bucket, Key: 'k' })), { name: 'AccessDenied' });
  const { PublicAccessBlockConfiguration } = await own.send(new sdk.GetPublicAccessBlockCommand({ Bucket }));
  assert.equal(PublicAccessBlockConfiguration?.RestrictPublicBuckets, true);
  await own.send(new sdk.DeletePublicAccessBlockCommand({ Bucket }));
  await assert.rejects(own.send(new sdk.GetPublicAccessBlockCommand({ Bucket })), {
    name: 'NoSuchPublicAccessBlockConfiguration',
  });
  const { Body } = await guest.send(new sdk.GetObjectCommand({ Bucket, Key: 'k' }));
  assert.equal(await Body?.transformToString(), 'open');
  const anonymous = await fetch(url);
  assert.deepEqual([anonymous.status, await anonymous.text()], [200, 'open']);
  const denied = await fetch(url, { method: 'PUT', body: 'changed' });
  assert.equal(denied.status, 403);
  assert.match(await denied.text(), /<Code>AccessDenied<\/Code><Message>Access Denied<\/Message>/);
  assert.equal((await fetch(`${server.env.AWS_ENDPOINT_URL}/${Bucket}`)).status, 403);
  assert.equal((await fetch(`${server.env.AWS_ENDPOINT_URL}/`)).status, 403);
});

test('a bucket has tags and rules for browsers, which come back as they were put', async (t) => {
  const cleanUp = cleanUpOf(t);
  const server = await serve(cleanUp);
  const s3 = s3Client(cleanUp, server);
  await s3.send(new sdk.CreateBucketCommand({ Bucket }));
  await assert.rejects(s3.send(new sdk.GetBucketTaggingCommand({ Bucket })), { name: 'NoSuchTagSet' });
  const TagSet = [{ Key: 'team', Value: 'red' }];
  await s3.send(new sdk.PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }));
  assert.deepEqual((await s3.send(new sdk.GetBucketTaggingCommand({ Bucket }))).TagSet, TagSet);
  await s3.send(new sdk.CreateBucketCommand({ Bucket: 'tagged', CreateBucketConfiguration: { Tags: TagSet } }));
  assert.deepEqual((await s3.send(new sdk.GetBucketTaggingCommand({ Bucket: 'tagged' }))).TagSet, TagSet);
  await s3.send(new sdk.DeleteBucketTaggingCommand({ Bucket }));
  await assert.rejects(s3.send(new sdk.GetBucketTaggingCommand({ Bucket })), { name: 'NoSuchTagSet' });

  await assert.rejects(s3.send(new sdk.GetBucketCorsCommand({ Bucket })), { name: 'NoSuchCORSConfiguration' });
  const CORSRules = [
    {
      ID: 'app',
      AllowedOrigins: ['https://*.example.com'],
      AllowedMethods: ['GET', 'PUT'],
      AllowedHeaders: ['x-amz-*'],
      ExposeHeaders: ['ETag'],
      MaxAgeSeconds: 60,
    },
  ];
  const putCors = (more: object) =>
    s3.send(
      new sdk.PutBucketCorsCommand({
        Bucket,
        CORSConfiguration: { CORSRules: [{ ...CORSRules[0], ...more }] as never },
      }),
    );
  await putCors({});
  assert.deepEqual((await s3.send(new sdk.GetBucketCorsCommand({ Bucket }))).CORSRules, CORSRules);
  const url = `${server.env.AWS_ENDPOINT_URL}/${Bucket}/k`;
  const ask = (origin: string, method: string) =>
    fetch(url, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': method, 'access-control-request-headers': 'x-amz-date' },
    });
  const allowed = await ask('https://app.example.com', 'PUT');
  assert.equal(allowed.status, 200);
  assert.equal(allowed.headers.get('access-control-allow-origin'), 'https://app.example.com');
  assert.equal(allowed.headers.get('access-control-allow-methods'), 'GET, PUT');
  assert.equal(allowed.headers.get('access-control-allow-headers'), 'x-amz-date');
  assert.equal(allowed.headers.get('access-control-max-age'), '60');
  const forbidden = await ask('https://app.example.org', 'PUT');
  assert.equal(forbidden.status, 403);
  assert.match(
    await forbidden.text(),
    /<Code>AccessForbidden<\/Code><Message>CORSResponse: This CORS request is not allowed/,
  );
  await s3.send(new sdk.PutObjectCommand({ Bucket, Key: 'k', Body: 'k' }));
  const signed = await getSignedUrl(s3 as never, new sdk.GetObjectCommand({ Bucket, Key: 'k' }) as never);
  const got = await fetch(signed, { headers: { origin: 'https://app.example.com' } });
  assert.deepEqual([got.status, await got.text()], [200, 'k']);
  assert.equal(got.headers.get('access-control-allow-origin'), 'https://app.example.com');
  assert.equal(got.headers.get('access-control-expose-headers'), 'ETag');
  assert.equal((await fetch(signed)).headers.get('access-control-allow-origin'), null);
  await assert.rejects(putCors({ AllowedMethods: ['PATCH'] }), {
    name: 'InvalidRequest',
    message: 'Found unsupported HTTP method in CORS config. Unsupported method is PATCH',
  });
  await assert.rejects(putCors({ AllowedOrigins: ['https://*.*.com'] }), { name: 'InvalidRequest' });
  await s3.send(new sdk.DeleteBucketCorsCommand({ Bucket }));
  await assert.rejects(s3.send(new sdk.GetBucketCorsCommand({ Bucket })), { name: 'NoSuchCORSConfiguration' });
  assert.match(await (await ask('https://app.example.com', 'PUT')).text(), /CORS is not enabled for this bucket/);
});

test('the record of a failed event becomes an object of the bucket that is its destination', async (t) => {
  const cleanUp = cleanUpOf(t);
  const server = await serve(cleanUp, { env: { LAMBENT_EVENT_RETRY: '0.05' } });
  const lambda = lambdaClient(cleanUp, server);
  const s3 = s3Client(cleanUp, server);
  await s3.send(new sdk.CreateBucketCommand({ Bucket }));
  const FunctionName = 'failing';
  await deploy(lambda, {
    name: FunctionName,
    runtime: 'nodejs24.x',
    files: { 'index.mjs': 'export const handler = async () => { throw new Error("no"); };' },
  });
  const { InvokeCommand, PutFunctionEventInvokeConfigCommand } = lambdaSdk();
  await lambda.send(
    new PutFunctionEventInvokeConfigCommand({
      FunctionName,
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnFailure: { Destination: ARN } },
    }),
  );
  await lambda.send(new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload: '{"a":1}' }));
  let found: string | undefined;
  for (let tries = 0; found === undefined && tries < 2_400; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    found = (await s3.send(new sdk.ListObjectsV2Command({ Bucket }))).Contents?.[0]?.Key;
  }
  const form = /^aws\/lambda\/async\/failing\/\d{4}\/\d\d\/\d\d\/\d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\d-[0-9a-f-]{36}$/;
  assert.match(found ?? '', form);
  const { Body } = await s3.send(new sdk.GetObjectCommand({ Bucket, Key: found }));
  const record = JSON.parse(text(await Body?.transformToByteArray()));
  assert.deepEqual([record.requestContext.condition, record.requestPayload], ['RetriesExhausted', { a: 1 }]);
});
