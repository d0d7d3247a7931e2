// Objects that browsers post as forms, by policies that the official client has signed.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { withoutAwsSettings } from '../scripts/server-process.ts';
import { pythonWithBoto3 } from './boto3.ts';
import { s3Client, s3Sdk } from './s3.ts';
import { addAccount, cleanUpOf, serve } from './server.ts';

const { createPresignedPost } = createRequire(import.meta.url)(
  '@aws-sdk/s3-presigned-post',
) as typeof import('@aws-sdk/s3-presigned-post');
const sdk = s3Sdk();
const Bucket = 'forms';

type Options = Partial<Parameters<typeof createPresignedPost>[1]>;

test('browsers post objects as forms', async (t) => {
  const cleanUp = cleanUpOf(t);
  const server = await serve(cleanUp);
  const s3 = s3Client(cleanUp, server);
  await s3.send(new sdk.CreateBucketCommand({ Bucket }));

  const post = async (options: Options, more: Record<string, string> = {}, content = 'content', client = s3) => {
    const { url, fields } = await createPresignedPost(client as never, { Bucket, Key: 'k', ...options });
    const form = new FormData();
    for (const [name, value] of Object.entries({ ...fields, ...more })) form.append(name, value);
    form.append('file', new File([content], 'größe 1.txt', { type: 'text/plain' }));
    return fetch(url, { method: 'POST', body: form, redirect: 'manual' });
  };
  const read = async (Key: string) => {
    const { Body, ...rest } = await s3.send(new sdk.GetObjectCommand({ Bucket, Key }));
    return { ...rest, text: await Body?.transformToString() };
  };
  const check = async (answer: Response, status: number, code: string, message: string) => {
    const text = await answer.text();
    assert.equal(answer.status, status, text);
    assert.match(text, new RegExp(`<Code>${code}</Code><Message>`));
    assert.ok(text.includes(message), text);
  };

  await t.test('an object is put as the form says', async () => {
    const answer = await post({
      // biome-ignore lint/suspicious/noTemplateCurlyInString: SAFE: it is what S3 replaces, not JavaScript.
      Key: 'in/${filename}',
      Fields: { 'Content-Type': 'text/x-special', 'x-amz-meta-who': 'me', success_action_status: '201' },
      Conditions: [['content-length-range', 1, 100]],
    });
    const text = await answer.text();
    assert.equal(answer.status, 201, text);
    assert.match(
      text,
      /<PostResponse><Location>[^<]+<\/Location><Bucket>forms<\/Bucket><Key>in\/größe 1.txt<\/Key><ETag>/,
    );
    const { text: content, ContentType, Metadata, ETag } = await read('in/größe 1.txt');
    assert.deepEqual([content, ContentType, Metadata], ['content', 'text/x-special', { who: 'me' }]);
    assert.equal(answer.headers.get('etag'), ETag);
  });
  await t.test('the answer is the one that the form asks for', async () => {
    assert.equal((await post({})).status, 204);
    assert.equal((await post({ Fields: { success_action_status: '200' } })).status, 200);
    assert.equal((await post({ Fields: { success_action_status: '418' } })).status, 204);
    const answer = await post({ Fields: { success_action_redirect: 'https://example.com/done?a=1' } });
    assert.equal(answer.status, 303);
    const { origin, searchParams } = new URL(answer.headers.get('location') ?? '');
    assert.equal(origin, 'https://example.com');
    const etag = (await read('k')).ETag ?? '';
    assert.deepEqual(Object.fromEntries(searchParams), { a: '1', bucket: Bucket, key: 'k', etag });
  });
  await t.test('a large file streams through', async () => {
    const content = 'x'.repeat(8 * 1024 * 1024);
    assert.equal((await post({ Key: 'large' }, {}, content)).status, 204);
    assert.equal((await read('large')).ContentLength, content.length);
  });
  await t.test('what the policy does not allow is refused, and leaves nothing', async () => {
    const AccessDenied = 'AccessDenied';
    await check(await post({}, { acl: 'private' }), 403, AccessDenied, 'Extra input fields: acl');
    await check(await post({ Key: 'refused' }, { key: 'other' }), 403, AccessDenied, 'Policy Condition failed: [');
    await check(await post({ Expires: -1 }), 403, AccessDenied, 'Invalid according to Policy: Policy expired.');
    await check(await post({}, { 'X-Amz-Signature': '0'.repeat(64) }), 403, 'SignatureDoesNotMatch', '');
    await check(await post({}, { Policy: 'e30=' }), 403, 'SignatureDoesNotMatch', '');
    const range = (min: number, max: number): Options => ({
      Key: 'refused',
      Conditions: [['content-length-range', min, max]],
    });
    await check(await post(range(8, 10)), 400, 'EntityTooSmall', '<MinSizeAllowed>8</MinSizeAllowed>');
    await check(await post(range(0, 6)), 400, 'EntityTooLarge', '<MaxSizeAllowed>6</MaxSizeAllowed>');
    assert.equal((await post({ ...range(7, 7), Key: 'exactly' })).status, 204);
    await assert.rejects(read('refused'), { name: 'NoSuchKey' });
    await assert.rejects(read('other'), { name: 'NoSuchKey' });
  });
  await t.test('whoever signed it must be allowed to put', async () => {
    const other = s3Client(cleanUp, await addAccount(server, '222222222222'));
    await check(await post({ Key: 'theirs' }, {}, 'x', other), 403, 'AccessDenied', 'Access Denied');
    const Statement = {
      Effect: 'Allow',
      Principal: { AWS: '222222222222' },
      Action: 's3:PutObject',
      Resource: `arn:aws:s3:::${Bucket}/theirs`,
    };
    await s3.send(
      new sdk.PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Version: '2012-10-17', Statement }) }),
    );
    assert.equal((await post({ Key: 'theirs' }, {}, 'x', other)).status, 204);
    await check(await post({ Key: 'mine' }, {}, 'x', other), 403, 'AccessDenied', 'Access Denied');
  });
  await t.test('anybody posts a form without a policy where the bucket lets everybody put', async () => {
    const send = async (key: string) => {
      const form = new FormData();
      form.append('key', key);
      form.append('file', new File(['from anybody'], 'x'));
      return fetch(`${server.env.AWS_ENDPOINT_URL}/${Bucket}`, { method: 'POST', body: form });
    };
    await s3.send(new sdk.DeletePublicAccessBlockCommand({ Bucket }));
    const Resource = `arn:aws:s3:::${Bucket}/drop/*`;
    const Statement = { Effect: 'Allow', Principal: '*', Action: 's3:PutObject', Resource };
    await s3.send(
      new sdk.PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Version: '2012-10-17', Statement }) }),
    );
    assert.equal((await send('drop/a')).status, 204);
    assert.equal((await read('drop/a')).text, 'from anybody');
    await check(await send('elsewhere'), 403, 'AccessDenied', 'Access Denied');
    await assert.rejects(read('elsewhere'), { name: 'NoSuchKey' });
    await s3.send(new sdk.DeleteBucketPolicyCommand({ Bucket }));
    await check(await send('drop/b'), 403, 'AccessDenied', 'Access Denied');
  });
  await t.test('what is no form is told so', async () => {
    const url = `${server.env.AWS_ENDPOINT_URL}/${Bucket}`;
    const send = (body: string | FormData, type?: string) =>
      fetch(url, { method: 'POST', body, ...(type !== undefined && { headers: { 'content-type': type } }) });
    await check(await send('nothing', 'multipart/form-data; boundary=b'), 400, 'MalformedPOSTRequest', '');
    const form = new FormData();
    form.append('file', new File(['x'], 'x'));
    await check(await send(form), 400, 'InvalidArgument', 'Bucket POST must contain a field named');
    const anonymous = new FormData();
    anonymous.append('key', 'k');
    anonymous.append('file', new File(['x'], 'x'));
    await check(await send(anonymous), 403, 'AccessDenied', 'Access Denied');
    const long = new FormData();
    long.append('key', 'k'.repeat(21_000));
    await check(await send(long), 400, 'MaxPostPreDataLengthExceeded', '');
  });
  await t.test('boto3 makes such forms, and sets and reads what a bucket tells', async () => {
    const env = { ...withoutAwsSettings(), ...server.env };
    const script = join(import.meta.dirname, 'boto3-buckets.py');
    const { stdout } = await promisify(execFile)(await pythonWithBoto3(env), [script, Bucket], { env });
    assert.deepEqual(JSON.parse(stdout), {
      posted: 204,
      content: 'by boto3',
      told: [{ Id: 'q', Events: ['s3:ObjectCreated:*'], Rules: [{ Name: 'Prefix', Value: 'in/' }] }],
      test: 's3:TestEvent',
      event: ['ObjectCreated:Put', 'in/a+b'],
      refused: ['InvalidArgument', 'Unable to validate the following destination configurations'],
    });
  });
});
