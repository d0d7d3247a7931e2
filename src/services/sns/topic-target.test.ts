import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pino } from 'pino';
import { openDelivery } from '../../delivery/delivery.ts';
import type { Message } from '../../delivery/message.ts';
import type { Sender } from '../../delivery/sender.ts';
import { Undeliverable } from '../../delivery/undeliverable.ts';
import { systemClock } from '../../lib/clock.ts';
import { openSns } from './open-sns.ts';
import type { Sns } from './sns.ts';

const SCOPE = { account: '123456789012', region: 'us-east-1' };
const TOPIC = 'arn:aws:sns:us-east-1:123456789012:news';
const BUCKET: Sender = {
  kind: 'service',
  service: 's3.amazonaws.com',
  sourceArn: 'arn:aws:s3:::photos',
  sourceAccount: SCOPE.account,
};
const ROLE: Sender = {
  kind: 'role',
  roleArn: 'arn:aws:iam::123456789012:role/worker',
  sourceArn: 'arn:aws:lambda:us-east-1:123456789012:function:resize',
  sourceAccount: SCOPE.account,
};

test('a bucket publishes once the topic’s policy lets it, and a function’s role of the account without', async (t) => {
  const { sns, send, got } = await open(t);
  await sns.createTopic(SCOPE, 'news', { settings: {}, tags: {}, isMetBy: () => true });
  assert.equal(await send(TOPIC, { body: Buffer.from('early') }, BUCKET), 'denied');
  const policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 's3.amazonaws.com' },
        Action: 'SNS:Publish',
        Resource: TOPIC,
        Condition: { ArnLike: { 'aws:SourceArn': 'arn:aws:s3:::photos' } },
      },
    ],
  });
  await sns.changeTopic(SCOPE, 'news', ({ settings }) => ({ settings: { ...settings, policy } }));
  await subscribe(sns);
  assert.equal(
    await send(TOPIC, { body: Buffer.from('photo'), subject: 'Amazon S3 Notification' }, BUCKET),
    'delivered',
  );
  const attributes = { ErrorCode: { type: 'Number', value: '200' } };
  assert.equal(await send(TOPIC, { body: Buffer.from('dead letter'), attributes }, ROLE), 'delivered');
  for (let turn = 0; turn < 12_000 && got.length < 2; turn += 1) await systemClock.sleep(10);
  // In any order, as the topic has none.
  const documents = got
    .map(({ body }) => JSON.parse(body.toString()))
    .sort((a, b) => b.Message.localeCompare(a.Message));
  assert.deepEqual(
    documents.map(({ Message, Subject, MessageAttributes }) => ({ Message, Subject, MessageAttributes })),
    [
      { Message: 'photo', Subject: 'Amazon S3 Notification', MessageAttributes: undefined },
      {
        Message: 'dead letter',
        Subject: undefined,
        MessageAttributes: { ErrorCode: { Type: 'Number', Value: '200' } },
      },
    ],
  );
});

test('what a topic never takes is refused for good', async (t) => {
  const { sns, send } = await open(t);
  await sns.createTopic(SCOPE, 'news', { settings: {}, tags: {}, isMetBy: () => true });
  await sns.createTopic(SCOPE, 'news.fifo', {
    settings: { fifo: { contentBasedDeduplication: true } },
    tags: {},
    isMetBy: () => true,
  });
  const largest = Buffer.alloc(262_144, 'a');
  assert.equal(await send(TOPIC, { body: largest }, ROLE), 'delivered');
  assert.equal(await send(TOPIC, { body: Buffer.concat([largest, Buffer.from('a')]) }, ROLE), 'refused');
  assert.equal(await send(TOPIC, { body: Buffer.alloc(0) }, ROLE), 'refused');
  assert.equal(await send(`${TOPIC}-2`, { body: largest }, ROLE), 'no-such-target');
  assert.equal(await send(`${TOPIC}.fifo`, { body: largest }, ROLE), 'refused');
  assert.equal(await send(`${TOPIC}.fifo`, { body: largest, groupId: 'a' }, ROLE), 'delivered');
});

async function open(t: TestContext) {
  const dataDir = await mkdtemp(join(tmpdir(), 'lambent-sns-'));
  t.after(() => rm(dataDir, { recursive: true, force: true }));
  const got: Message[] = [];
  const opened = openSns({
    dataDir,
    clock: systemClock,
    log: pino({ level: 'fatal' }),
    random: Math.random,
    randomBytes,
    uuid: randomUUID,
    deliver: async (_arn, message) => void got.push(message),
    relay: undefined,
  });
  t.after(() => opened[Symbol.asyncDispose]());
  const delivery = openDelivery({ targets: { sns: opened.target }, policies: 'enforced', judgeRole: () => undefined });
  const send = (arn: string, message: Message, from: Sender) =>
    delivery.deliver(arn, message, from, AbortSignal.timeout(60_000)).then(
      () => 'delivered',
      (error: unknown) => (error instanceof Undeliverable ? error.kind : error),
    );
  return { sns: opened.core(), send, got };
}

function subscribe(sns: Sns) {
  return sns.subscribe(SCOPE, 'news', {
    protocol: 'sqs',
    endpoint: 'arn:aws:sqs:us-east-1:123456789012:orders',
    settings: {},
    account: SCOPE.account,
    principal: 'arn:aws:iam::123456789012:root',
    origin: 'http://127.0.0.1:4566',
    ownsEndpoint: true,
  });
}
