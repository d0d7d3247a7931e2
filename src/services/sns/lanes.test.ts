import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pino } from 'pino';
import { manualClock } from '../../lib/testing/manual-clock.ts';
import { type LanePorts, openLanes, type Verdict } from './lanes.ts';
import { type PendingDelivery, SnsStore } from './sns-store.ts';

const START_MS = Date.parse('2026-01-01T00:00:00Z');
const DONE: Verdict = { kind: 'done' };

test('many dead endpoints leave places for those that live', async (t) => {
  const hanging: PendingDelivery[] = [];
  const done: number[] = [];
  const { lanes, add } = await open(t, {
    attempt: (delivery) => {
      if (delivery.subscriptionId > 120) {
        done.push(delivery.subscriptionId);
        return Promise.resolve({ verdict: DONE, endpoint: 'answers' });
      }
      if (delivery.attempts === 0) {
        // Each fails at first, and then does not answer any more.
        const again = { kind: 'again', stage: 'endpoint', attempts: 1, delayMs: 0 } as const;
        return Promise.resolve({ verdict: again, endpoint: 'fails' });
      }
      hanging.push(delivery);
      return new Promise(() => {});
    },
  });
  for (let id = 1; id <= 120; id += 1) await add(id);
  await turnsUntil(() => hanging.length === 64);
  for (let id = 121; id <= 140; id += 1) await add(id);
  await turnsUntil(() => done.length === 20);
  assert.equal(hanging.length, 64);
  lanes.wake([1]);
  await turns();
  assert.equal(hanging.length, 64);
});

test('endpoints outside that have never answered leave places for queues and functions', async (t) => {
  const hanging: number[] = [];
  const done: number[] = [];
  const { add } = await open(t, {
    whereTo: (id) => ({ account: 'a', isOutside: id <= 120 }),
    attempt: ({ subscriptionId }) => {
      if (subscriptionId <= 120) {
        hanging.push(subscriptionId);
        return new Promise(() => {});
      }
      done.push(subscriptionId);
      return Promise.resolve({ verdict: DONE, endpoint: 'answers' });
    },
  });
  for (let id = 1; id <= 120; id += 1) await add(id);
  await turnsUntil(() => hanging.length === 96);
  await add(121);
  await turnsUntil(() => done.length === 1);
  assert.equal(hanging.length, 96);
});

test('an account whose endpoints never answer leaves places for those of others', async (t) => {
  const silent = { a: 0, b: 0 };
  const answered: number[] = [];
  const accountOf = (id: number) => (id <= 120 ? 'a' : id <= 180 ? 'b' : 'c');
  const { add } = await open(t, {
    whereTo: (id) => ({ account: accountOf(id), isOutside: true }),
    attempt: ({ subscriptionId }) => {
      const account = accountOf(subscriptionId);
      if (account !== 'c') {
        silent[account] += 1;
        return new Promise(() => {});
      }
      answered.push(subscriptionId);
      return Promise.resolve({ verdict: DONE, endpoint: 'answers' });
    },
  });
  for (let id = 1; id <= 120; id += 1) await add(id);
  await turnsUntil(() => silent.a === 96);
  for (let id = 121; id <= 180; id += 1) await add(id);
  await turnsUntil(() => silent.b === 48);
  for (let id = 181; id <= 190; id += 1) await add(id);
  await turnsUntil(() => answered.length === 10);
  assert.deepEqual(silent, { a: 96, b: 48 });
});

test('of one subscription eight are under way until it has answered, then up to 64, and one after it has failed', async (t) => {
  const running: ((endpoint: 'answers' | 'fails') => void)[] = [];
  const { add } = await open(t, {
    attempt: () =>
      new Promise((resolve) => {
        running.push((endpoint) => resolve({ verdict: DONE, endpoint }));
      }),
  });
  for (let at = 0; at < 200; at += 1) await add(1);
  await turnsUntil(() => running.length === 8);
  for (const end of running.splice(0, 2)) end('answers');
  await turnsUntil(() => running.length === 32);
  for (const end of running.splice(0, 8)) end('answers');
  await turnsUntil(() => running.length === 64);
  await turns();
  assert.equal(running.length, 64);
  for (const end of running.splice(0)) end('fails');
  await turnsUntil(() => running.length === 1);
  await turns();
  assert.equal(running.length, 1);
  running.splice(0)[0]?.('answers');
  await turnsUntil(() => running.length === 2);
});

test('a throttled endpoint gets one after the other', async (t) => {
  const times: number[] = [];
  const { clock, add } = await open(t, {
    attempt: () => {
      times.push(clock.nowMs() - START_MS);
      return Promise.resolve({ verdict: DONE, endpoint: 'answers' });
    },
    spacingMs: () => 500,
  });
  for (let at = 0; at < 3; at += 1) await add(1);
  for (let step = 0; step < 3; step += 1) {
    await turns();
    clock.advance(500);
  }
  await turnsUntil(() => times.length === 3);
  assert.deepEqual(times, [0, 500, 1_000]);
});

async function open(t: TestContext, ports: Pick<LanePorts, 'attempt'> & Partial<LanePorts>) {
  const dataDir = await mkdtemp(join(tmpdir(), 'lambent-lanes-'));
  t.after(() => rm(dataDir, { recursive: true, force: true }));
  const clock = manualClock(START_MS);
  const store = new SnsStore(join(dataDir, 'sns.db'), { clock, log: pino({ level: 'fatal' }) });
  const lanes = openLanes({
    store,
    clock,
    log: pino({ level: 'fatal' }),
    spacingMs: () => 0,
    whereTo: () => ({ account: 'a', isOutside: false }),
    ...ports,
  });
  t.after(() => store.close());
  /** One more delivery for the subscription. */
  const add = async (subscriptionId: number) => {
    await store.write(() => {
      const notification = {
        kind: 'Notification',
        id: 'a',
        topicArn: 'b',
        text: 'c',
        attributes: {},
        timestampMs: 0,
      } as const;
      store.addDelivery(subscriptionId, store.addMessage(notification), undefined, clock.nowMs());
    });
    lanes.wake([subscriptionId]);
  };
  return { lanes, clock, store, add };
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

async function turnsUntil(isSo: () => boolean): Promise<void> {
  for (let turn = 0; turn < 20_000 && !isSo(); turn += 1) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(isSo(), 'not yet');
}
