import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { openLog } from '../../lib/log.ts';
import { manualClock } from '../../lib/testing/manual-clock.ts';
import { openSns, SNS_FILE } from './open-sns.ts';
import { SnsStore } from './sns-store.ts';

const SCOPE = { account: '123456789012', region: 'us-east-1' };

test('the file of the topics becomes small again after a flood has been delivered', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'lambent-shrink-'));
  t.after(() => rm(dataDir, { recursive: true }));
  const clock = manualClock(1_000_000);
  const path = join(dataDir, SNS_FILE);
  const store = new SnsStore(path, { clock, log: openLog('silent') });
  t.after(() => store.close());
  const text = 'x'.repeat(100_000);
  const notification = { kind: 'Notification', id: 'a', topicArn: 'b', text, attributes: {}, timestampMs: 0 } as const;
  await store.write(() => {
    for (let at = 0; at < 120; at += 1) store.addDelivery(1, store.addMessage(notification), undefined, 0);
  });
  await store.free(() => {
    for (const id of store.dueDeliveries(1, 1, 200)) {
      const delivery = store.delivery(id);
      if (delivery !== undefined) store.removeDelivery(delivery);
    }
  });
  const full = statSync(path).size;
  clock.advance(120_000);
  assert.ok(full > 10_000_000, `${full} bytes`);
  assert.ok(statSync(path).size < 5_000_000, `${statSync(path).size} bytes`);
});

test('what was on its way from a topic that is deleted goes nowhere, and is gone after a while, however much it was', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'lambent-strays-'));
  t.after(() => rm(dataDir, { recursive: true }));
  const clock = manualClock(1_000_000);
  const delivered: string[] = [];
  await using opened = openSns({
    ...{ dataDir, clock, log: openLog('silent'), random: Math.random, randomBytes, uuid: randomUUID },
    deliver: async (arn) => {
      if (arn.endsWith(':dead')) throw new Error('it cannot be reached now');
      delivered.push(arn);
    },
    relay: undefined,
  });
  const sns = opened.core();
  const endpoint = (name: string) => `arn:aws:sqs:${SCOPE.region}:${SCOPE.account}:${name}`;
  for (const [topic, queue] of [
    ['first', 'dead'],
    ['second', 'live'],
  ] as const) {
    await sns.createTopic(SCOPE, topic, { settings: {}, tags: {}, isMetBy: () => true });
    await sns.subscribe(SCOPE, topic, {
      ...{ account: SCOPE.account, principal: 'me', protocol: 'sqs', endpoint: endpoint(queue) },
      ...{ settings: { rawDelivery: true }, ownsEndpoint: true, origin: '' },
    });
  }
  const drafts = Array.from({ length: 1_700 }, (_, at) => ({ text: `${at}`, attributes: {} }));
  await sns.publish(SCOPE, 'first', drafts);
  using file = new DatabaseSync(join(dataDir, SNS_FILE), { readOnly: true });
  const rows = () =>
    ['deliveries', 'messages'].map((name) => Number(file.prepare(`SELECT count(*) AS n FROM ${name}`).get()?.n));
  assert.deepEqual(rows(), [1_700, 1_700]);
  await sns.deleteTopic(SCOPE, 'first');
  await sns.publish(SCOPE, 'second', drafts.slice(0, 3));
  for (let turn = 0; turn < 200 && rows().some((count) => count > 0); turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(20);
  }
  assert.deepEqual(rows(), [0, 0]);
  assert.deepEqual(delivered, Array(3).fill(endpoint('live')));
});

test('deliveries to subscriptions that have gone are deleted some at a time, and no others', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'lambent-strays-'));
  t.after(() => rm(dataDir, { recursive: true }));
  const store = new SnsStore(join(dataDir, SNS_FILE), { clock: manualClock(0), log: openLog('silent') });
  t.after(() => store.close());
  const subscription = {
    ...{
      topicId: 1,
      account: SCOPE.account,
      principal: 'me',
      protocol: 'sqs' as const,
      settings: {},
      state: 'confirmed' as const,
    },
    ...{ tokenMs: 0, confirmedByAuthenticated: true, authenticateOnUnsubscribe: false, origin: '' },
  };
  const notification = {
    kind: 'Notification',
    id: 'a',
    topicArn: 'b',
    text: 'c',
    attributes: {},
    timestampMs: 0,
  } as const;
  const [one = 0, two = 0, three = 0] = await store.write(() =>
    ['x', 'y', 'z'].map((name) => {
      const id = store.addSubscription({ ...subscription, uuid: name, endpoint: name, token: name });
      for (let at = 0; at < 120; at += 1) store.addDelivery(id, store.addMessage(notification), undefined, 0);
      return id;
    }),
  );
  const left = () => [one, two, three].map((id) => store.dueDeliveries(id, 1, 1_000).length);
  await store.free(() => store.removeSubscription(two));
  assert.equal(await store.free(() => store.removeStrays(100)), 100);
  assert.deepEqual(left(), [120, 20, 120]);
  assert.equal(await store.free(() => store.removeStrays(100)), 20);
  assert.equal(await store.free(() => store.removeStrays(100)), 0);
  assert.deepEqual(left(), [120, 0, 120]);
  assert.deepEqual(store.subscriptionsWithDeliveries(), [one, three]);
});

test('what a topic in order remembers of its messages is gone after a while, however many they were', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'lambent-sweep-'));
  t.after(() => rm(dataDir, { recursive: true }));
  const clock = manualClock(1_000_000);
  await using opened = openSns({
    ...{ dataDir, clock, log: openLog('silent'), random: Math.random, randomBytes, uuid: randomUUID },
    deliver: async () => {},
    relay: undefined,
  });
  const sns = opened.core();
  const settings = { fifo: { contentBasedDeduplication: true, throughputScope: 'Topic' } } as const;
  await sns.createTopic(SCOPE, 'news.fifo', { settings, tags: {}, isMetBy: () => true });
  const drafts = Array.from({ length: 1_700 }, (_, at) => ({ text: `${at}`, attributes: {}, groupId: 'g' }));
  await sns.publish(SCOPE, 'news.fifo', drafts);
  using file = new DatabaseSync(join(dataDir, SNS_FILE), { readOnly: true });
  const remembered = () => Number(file.prepare('SELECT count(*) AS n FROM deduplications').get()?.n);
  assert.equal(remembered(), 1_700);
  clock.advance(600_000);
  for (let turn = 0; turn < 200 && remembered() > 0; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(20);
  }
  assert.equal(remembered(), 0);
});
