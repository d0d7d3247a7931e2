// Queues in the whole server: by every AWS CLI that is here, over kill -9, and from inside a function.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { withoutAwsSettings } from '../scripts/server-process.ts';
import { noting } from '../src/wire/testing/seen-answers.ts';
import { awsCli } from './aws-cli.ts';
import { pythonWithBoto3 } from './boto3.ts';
import { deploy, invoke } from './deploy.ts';
import { cleanUpOf, lambdaClient, serve, type TestServer, temporaryDirectory } from './server.ts';

const require = createRequire(import.meta.url);
const sdk = require('@aws-sdk/client-sqs') as typeof import('@aws-sdk/client-sqs');

/** Debian's CLI speaks the query protocol, newer ones speak JSON. */
const CLIS = ['aws', '/usr/bin/aws'].filter((aws) => !aws.startsWith('/') || existsSync(aws));

for (const aws of CLIS) {
  test(`the AWS CLI (${aws}) makes a queue, sends, receives, deletes, and is told what is wrong`, async (t) => {
    const cleanUp = cleanUpOf(t);
    const server = await serve(cleanUp);
    const sqs = await awsCli({ ...withoutAwsSettings(), ...server.env }, 'sqs', aws);
    const { QueueUrl } = await sqs('create-queue', '--queue-name', 'orders', '--attributes', 'VisibilityTimeout=500');
    assert.equal(QueueUrl, `http://127.0.0.1:${server.process.port}/000000000000/orders`);
    const url = ['--queue-url', QueueUrl];
    const attributes = JSON.stringify({ colour: { DataType: 'String', StringValue: 'grün' } });
    // The CLI itself checks the MD5s of what it sends and gets.
    const sent = await sqs('send-message', ...url, '--message-body', 'eins & zwei', '--message-attributes', attributes);
    const wanted = ['--attribute-names', 'All', '--message-attribute-names', 'All'];
    const { Messages } = await sqs('receive-message', ...url, ...wanted, '--wait-time-seconds', '5');
    assert.equal(Messages[0].Body, 'eins & zwei');
    assert.equal(Messages[0].MessageId, sent.MessageId);
    assert.deepEqual(Messages[0].MessageAttributes.colour, { StringValue: 'grün', DataType: 'String' });
    assert.equal(Messages[0].Attributes.ApproximateReceiveCount, '1');
    const hidden = await sqs('get-queue-attributes', ...url, '--attribute-names', 'All');
    assert.equal(hidden.Attributes.ApproximateNumberOfMessagesNotVisible, '1');
    assert.equal(hidden.Attributes.VisibilityTimeout, '500');
    const entries = JSON.stringify([{ Id: 'one', ReceiptHandle: Messages[0].ReceiptHandle }]);
    const deleted = await sqs('delete-message-batch', ...url, '--entries', entries);
    assert.deepEqual(deleted.Successful, [{ Id: 'one' }]);
    await assert.rejects(sqs('get-queue-url', '--queue-name', 'none'), /AWS\.SimpleQueueService\.NonExistentQueue/);
  });
}

test('boto3 makes queues, sends, receives in order, buries, and is told what is wrong', async (t) => {
  const server = await serve(cleanUpOf(t));
  const env = { ...withoutAwsSettings(), ...server.env };
  const script = join(import.meta.dirname, 'boto3-sqs.py');
  const { stdout } = await promisify(execFile)(await pythonWithBoto3(env), [script], { env });
  assert.deepEqual(JSON.parse(stdout), {
    tags: { team: 'red' },
    sources: [true],
    message: ['eins & <zwei> €', 'grün', [0, 255]],
    received: '1',
    again: 0,
    dead: ['eins & <zwei> €', true],
    batch: 10,
    bodies: Array.from({ length: 10 }, (_, at) => `m${at}`),
    deleted: 10,
    left: ['0', '0', '0'],
    order: ['one', 'two'],
    pages: [2, 1],
    refused: [
      ['AWS.SimpleQueueService.NonExistentQueue', 'QueueDoesNotExist', 400],
      ['ReceiptHandleIsInvalid', 'ReceiptHandleIsInvalid', 404],
      ['AWS.SimpleQueueService.BatchEntryIdsNotDistinct', 'BatchEntryIdsNotDistinct', 400],
      ['AWS.SimpleQueueService.PurgeQueueInProgress', 'PurgeQueueInProgress', 403],
    ],
  });
});

test('nothing is opened before the first request, and what was acknowledged outlives kill -9 and SIGTERM', async (t) => {
  const cleanUp = cleanUpOf(t);
  const dataDir = await temporaryDirectory(cleanUp);
  const first = await serve(cleanUp, { dataDir });
  assert.ok(!existsSync(join(dataDir, 'queues.db')));
  const before = sqsClient(cleanUp, first);
  const { QueueUrl } = await before.createQueue({ QueueName: 'orders' });
  await before.sendMessage({ QueueUrl, MessageBody: 'a' });
  await first.process.kill();

  const second = await serve(cleanUp, { dataDir });
  const after = sqsClient(cleanUp, second);
  // A URL from before names another port, and is as good.
  assert.equal((await after.receiveMessage({ QueueUrl, VisibilityTimeout: 0 })).Messages?.[0]?.Body, 'a');
  const Entries = [{ Id: '1', MessageBody: 'b' }];
  await after.sendMessageBatch({ QueueUrl, Entries });
  // Somebody waits while the server stops, and is answered.
  const empty = await after.createQueue({ QueueName: 'empty' });
  const waiting = after.receiveMessage({ QueueUrl: empty.QueueUrl, WaitTimeSeconds: 20 });
  // Whatever was asked later has been answered, so the server has that one, too.
  await after.getQueueUrl({ QueueName: 'empty' });
  const stopped = second.process.stop();
  assert.equal((await waiting).Messages, undefined);
  await stopped;

  const third = sqsClient(cleanUp, await serve(cleanUp, { dataDir }));
  const { Messages = [] } = await third.receiveMessage({ QueueUrl, MaxNumberOfMessages: 10 });
  assert.deepEqual(Messages.map(({ Body }) => Body).sort(), ['a', 'b']);
});

test('a function reaches queues by the platform’s address alone, under its own role', async (t) => {
  const cleanUp = cleanUpOf(t);
  // The function signs with nothing but zeros.
  const server = await serve(cleanUp, { args: ['--auth', 'relaxed'] });
  const sqs = sqsClient(cleanUp, server);
  const { QueueUrl } = await sqs.createQueue({ QueueName: 'orders' });
  const lambda = lambdaClient(cleanUp, server);
  await deploy(lambda, { name: 'sender', runtime: 'nodejs24.x', files: { 'index.mjs': SENDER } });
  const { text, error } = await invoke(lambda, 'sender', { name: 'orders' });
  assert.equal(error, undefined, text);
  assert.match(JSON.parse(text).QueueUrl, /^http:\/\/127\.0\.0\.1:4566\/000000000000\/orders$/);
  const MessageSystemAttributeNames = ['SenderId' as const];
  const { Messages } = await sqs.receiveMessage({ QueueUrl, WaitTimeSeconds: 5, MessageSystemAttributeNames });
  assert.equal(Messages?.[0]?.Body, 'from inside');
  assert.match(Messages?.[0]?.Attributes?.SenderId ?? '', /:sender$/);
});

const SENDER = `
const { AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SESSION_TOKEN } = process.env;
const call = async (operation, input) => {
  const scope = AWS_ACCESS_KEY_ID + '/20260101/' + AWS_REGION + '/sqs/aws4_request';
  const headers = {
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': 'AmazonSQS.' + operation,
    'x-amz-security-token': AWS_SESSION_TOKEN,
    authorization: 'AWS4-HMAC-SHA256 Credential=' + scope + ', SignedHeaders=host, Signature=0',
  };
  const answer = await fetch(AWS_ENDPOINT_URL, { method: 'POST', headers, body: JSON.stringify(input) });
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
};
export const handler = async ({ name }) => {
  const { QueueUrl } = await call('GetQueueUrl', { QueueName: name });
  await call('SendMessage', { QueueUrl, MessageBody: 'from inside' });
  return { QueueUrl };
};`;

function sqsClient(cleanUp: AsyncDisposableStack, { env }: TestServer) {
  const credentials = { accessKeyId: env.AWS_ACCESS_KEY_ID ?? '', secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '' };
  const config = {
    endpoint: env.AWS_ENDPOINT_URL ?? '',
    region: env.AWS_REGION ?? '',
    credentials,
    useQueueUrlAsEndpoint: false,
  };
  const client = new sdk.SQS(noting(config));
  cleanUp.defer(() => client.destroy());
  return client;
}
