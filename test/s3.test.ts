// Buckets and objects on a whole server, by the clients that people have: boto3, the AWS CLI, and functions.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { noting } from '../src/wire/testing/seen-answers.ts';
import { pythonWithBoto3 } from './boto3.ts';
import { deploy, invoke } from './deploy.ts';
import { addAccount, cleanUpOf, lambdaClient, serve, type TestServer, temporaryDirectory } from './server.ts';

const run = promisify(execFile);
const sdk = createRequire(import.meta.url)('@aws-sdk/client-s3') as typeof import('@aws-sdk/client-s3');

test('boto3 uploads in parts, downloads, copies, lists, signs links and empties a versioned bucket', async (t) => {
  const cleanUp = cleanUpOf(t);
  const server = await serve(cleanUp);
  const env = { ...process.env, ...server.env };
  const python = await pythonWithBoto3(env);
  const { stdout } = await run(python, [resolve(import.meta.dirname, 's3-boto3.py')], { env });
  assert.equal(stdout.trim(), 'boto3 is content');
});

test('the AWS CLI copies, synchronises, lists, signs links and removes', async (t) => {
  const cleanUp = cleanUpOf(t);
  const server = await serve(cleanUp);
  const here = await temporaryDirectory(cleanUp);
  const env = { ...process.env, ...server.env };
  const aws = async (...args: string[]) => {
    const endpoint = ['--endpoint-url', server.env.AWS_ENDPOINT_URL ?? ''];
    return (await run('aws', ['s3', ...args, ...endpoint], { env, cwd: here })).stdout;
  };
  const large = randomBytes(9_000_000);
  await mkdir(join(here, 'site', 'deep'), { recursive: true });
  await writeFile(join(here, 'site', 'index.html'), '<p>hello</p>');
  await writeFile(join(here, 'site', 'deep', 'ü b.txt'), 'deep');
  await writeFile(join(here, 'large'), large);

  await aws('mb', 's3://by-cli');
  await aws('cp', 'large', 's3://by-cli/large');
  await aws('cp', 's3://by-cli/large', 'back');
  assert.ok(large.equals(await readFile(join(here, 'back'))));
  await aws('sync', 'site', 's3://by-cli/site');
  assert.equal(await aws('sync', 'site', 's3://by-cli/site'), '', 'nothing has changed');
  assert.match(await aws('ls', 's3://by-cli/site/'), /PRE deep\/[\s\S]*12 index\.html/);
  await aws('sync', 's3://by-cli/site', 'again');
  assert.deepEqual((await readdir(join(here, 'again'), { recursive: true })).sort(), [
    'deep',
    'deep/ü b.txt',
    'index.html',
  ]);
  await aws('mv', 's3://by-cli/large', 's3://by-cli/moved');
  const link = (await aws('presign', 's3://by-cli/site/index.html')).trim();
  const answer = await fetch(link);
  assert.deepEqual([answer.headers.get('content-type'), await answer.text()], ['text/html', '<p>hello</p>']);
  await aws('rm', 's3://by-cli', '--recursive');
  assert.equal(await aws('ls', 's3://by-cli'), '');
  await aws('rb', 's3://by-cli');
});

test('a bucket belongs to its account, in every region; its name to nobody else', async (t) => {
  const cleanUp = cleanUpOf(t);
  const server = await serve(cleanUp);
  assert.ok(!existsSync(join(server.dataDir, 's3')), 'a server that nobody asked for a bucket has no store of them');
  const mine = clientOf(cleanUp, server);
  const other = clientOf(cleanUp, await addAccount(server, '111122223333'));
  await mine.send(new sdk.CreateBucketCommand({ Bucket: 'mine' }));
  await mine.send(new sdk.PutObjectCommand({ Bucket: 'mine', Key: 'k', Body: 'x' }));
  const refusedTo = (code: string) => (error: { name?: string }) => error.name === code;
  await assert.rejects(other.send(new sdk.CreateBucketCommand({ Bucket: 'mine' })), refusedTo('BucketAlreadyExists'));
  for (const command of [
    new sdk.GetObjectCommand({ Bucket: 'mine', Key: 'k' }),
    new sdk.PutObjectCommand({ Bucket: 'mine', Key: 'k', Body: 'y' }),
    new sdk.ListObjectsV2Command({ Bucket: 'mine' }),
    new sdk.DeleteBucketCommand({ Bucket: 'mine' }),
  ]) {
    await assert.rejects(other.send(command as never), refusedTo('AccessDenied'), command.constructor.name);
  }
  assert.deepEqual((await other.send(new sdk.ListBucketsCommand({}))).Buckets ?? [], []);
  const owner = { Bucket: 'mine', ExpectedBucketOwner: '111122223333' };
  await assert.rejects(mine.send(new sdk.GetBucketLocationCommand(owner)), refusedTo('AccessDenied'));
});

const COPIER = `
const root = process.env.AWS_ENDPOINT_URL;
exports.handler = async ({ bucket }) => {
  const read = await fetch(root + '/' + bucket + '/in');
  const body = Buffer.from(await read.arrayBuffer()).reverse();
  const written = await fetch(root + '/' + bucket + '/out', { method: 'PUT', body });
  return [read.status, written.status];
};`;

test('a function in its sandbox reads and writes objects', async (t) => {
  const cleanUp = cleanUpOf(t);
  // The function does not sign.
  const server = await serve(cleanUp, { args: ['--auth', 'relaxed'] });
  const lambda = lambdaClient(cleanUp, server);
  const s3 = clientOf(cleanUp, server);
  const Body = randomBytes(300_000);
  await s3.send(new sdk.CreateBucketCommand({ Bucket: 'work' }));
  await s3.send(new sdk.PutObjectCommand({ Bucket: 'work', Key: 'in', Body }));
  await deploy(lambda, { name: 'copier', runtime: 'nodejs24.x', files: { 'index.js': COPIER } });
  const { text } = await invoke(lambda, 'copier', { bucket: 'work' });
  assert.equal(text, '[200,200]');
  const out = await s3.send(new sdk.GetObjectCommand({ Bucket: 'work', Key: 'out' }));
  assert.ok(Body.reverse().equals(Buffer.from((await out.Body?.transformToByteArray()) ?? [])));
});

function clientOf(cleanUp: AsyncDisposableStack, { env }: TestServer) {
  const client = new sdk.S3Client(
    noting({
      endpoint: env.AWS_ENDPOINT_URL ?? '',
      region: env.AWS_REGION ?? '',
      forcePathStyle: true,
      credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID ?? '', secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '' },
    }),
  );
  cleanUp.defer(() => client.destroy());
  return client;
}
