import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Posted } from '../../delivery/outbox.ts';
import { type Clock, systemClock } from '../../lib/clock.ts';
import { manualClock } from '../../lib/testing/manual-clock.ts';
import { pass } from '../../lib/testing/turns.ts';
import { recordingLog, type Served, sdk, serveS3, temporaryDirectory } from './aws/testing/serve-s3.ts';
import type { NotificationRule } from './notification.ts';
import { openNotifier } from './notifier.ts';
import { NOTIFICATION_SETTING } from './s3-store.ts';

const Bucket = 'told';
const RULE: NotificationRule = {
  id: 'rule',
  kind: 'queue',
  arn: 'arn:aws:sqs:us-east-1:111122223333:q',
  events: ['s3:ObjectCreated:*'],
  prefix: 'in/',
  suffix: undefined,
};
/** Waits are not waited for; everything else is the real time. */
const impatient: Clock = { ...systemClock, sleep: (_, signal) => systemClock.sleep(1, signal) };

test('what a former process could not hand on is handed on, in its order', async (t) => {
  const dataDir = temporaryDirectory(t);
  const former = await serveS3(t, { dataDir });
  await withRule(former);
  const count = 130; // More than are handed on at once.
  for (let index = 0; index < count; index += 1) await put(former, `in/${index}`);
  await put(former, 'elsewhere');
  await former.close();

  const served = await serveS3(t, { dataDir });
  const posted: Posted[] = [];
  await handOn(served, async (one) => void posted.push(one));
  assert.deepEqual(
    posted.map(keyOf),
    Array.from({ length: count }, (_, index) => `in/${index}`),
  );
  assert.deepEqual(
    [posted[0]?.arn, posted[0]?.purpose, posted[0]?.from],
    [
      RULE.arn,
      'notification',
      {
        kind: 'service',
        service: 's3.amazonaws.com',
        sourceArn: `arn:aws:s3:::${Bucket}`,
        sourceAccount: '000000000000',
      },
    ],
  );
});

test('what cannot be handed on now is tried again, and nothing is forgotten before', async (t) => {
  const served = await serveS3(t);
  await withRule(served);
  for (const key of ['in/a', 'in/b', 'in/c']) await put(served, key);
  const posted: string[] = [];
  let failures = 3;
  await handOn(served, async (one) => {
    if (keyOf(one) === 'in/b' && failures > 0) {
      failures -= 1;
      throw new Error('the disk is full');
    }
    posted.push(keyOf(one));
  });
  assert.equal(failures, 0);
  // Those beside it come again: at least once.
  assert.deepEqual(new Set(posted), new Set(['in/a', 'in/b', 'in/c']));
});

test('a store that cannot be opened is asked less and less often, up to a minute, and then tells all', async () => {
  const clock = manualClock(0);
  const asked: number[] = [];
  let isBroken = true;
  await using notifier = openNotifier({
    store: () => {
      asked.push(clock.nowMs() / 1_000);
      if (isBroken) throw new Error('the store cannot be opened');
      return { waitingChanges: () => [], forgetChanges: async () => {} };
    },
    clock,
    post: async () => {},
    log: recordingLog().log,
  });
  notifier.wake();
  for (let second = 0; second < 200; second += 1) await pass(clock, 1_000);
  assert.deepEqual(asked, [0, 1, 3, 7, 15, 31, 63, 123, 183]);
  isBroken = false;
  await pass(clock, 60_000);
  const well = asked.length;
  isBroken = true;
  notifier.wake();
  await pass(clock, 1_000);
  // It has begun anew.
  assert.deepEqual(asked.slice(well), [260, 261]);
});

test('a bucket that tells nobody keeps nothing', async (t) => {
  const served = await serveS3(t);
  await served.client.send(new sdk.CreateBucketCommand({ Bucket }));
  await put(served, 'in/a');
  assert.deepEqual(served.s3.open().store.waitingChanges(10), []);
});

async function withRule({ client, s3 }: Served): Promise<void> {
  await client.send(new sdk.CreateBucketCommand({ Bucket }));
  const { store } = s3.open();
  await store.commit(() => {
    store.buckets.setSetting(store.buckets.find(Bucket)?.id ?? 0, NOTIFICATION_SETTING, JSON.stringify([RULE]));
  });
}

async function put({ client }: Served, Key: string): Promise<void> {
  await client.send(new sdk.PutObjectCommand({ Bucket, Key, Body: Key }));
}

/** Until nothing waits any more. */
async function handOn({ s3 }: Served, post: (posted: Posted) => Promise<void>): Promise<void> {
  const { store } = s3.open();
  await using notifier = openNotifier({ store: () => store, post, clock: impatient, log: recordingLog().log });
  notifier.wake();
  for (let turns = 0; store.waitingChanges(1).length > 0; turns += 1) {
    assert.ok(turns < 20_000, 'something waits for ever');
    await systemClock.sleep(5);
  }
}

function keyOf({ message }: Posted): string {
  return JSON.parse(message.body.toString()).Records[0].s3.object.key;
}
