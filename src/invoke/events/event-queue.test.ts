import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Posted } from '../../delivery/outbox.ts';
import type { EventSettings } from '../../functions/event-settings.ts';
import { openLog } from '../../lib/log.ts';
import { countedMetrics } from '../../lib/metrics.ts';
import { manualClock } from '../../lib/testing/manual-clock.ts';
import { pass, turns, until } from '../../lib/testing/turns.ts';
import type { InvokeRequest, InvokeResult } from '../frontend.ts';
import { openEventQueue } from './event-queue.ts';

const ARN = 'arn:aws:lambda:us-east-1:111122223333:function:f';
const QUEUE = 'arn:aws:sqs:us-east-1:111122223333:dead';
const TOPIC = 'arn:aws:sns:us-east-1:111122223333:news';

test('nothing is opened before the first event', async (t) => {
  const { events, path, accept } = await bench(t);
  await events.resume();
  assert.equal(existsSync(path), false);
  await accept();
  assert.equal(existsSync(path), true);
});

test('an event that fails runs at once, after one minute and after two, and its end is told to both', async (t) => {
  const { accept, runs, posted, clock, settings } = await bench(t);
  settings.onFailure = TOPIC;
  settings.deadLetterArn = QUEUE;
  await accept('{"order":7}');
  await until(() => runs.length === 1);
  await pass(clock, 59_999);
  assert.equal(runs.length, 1);
  await pass(clock, 1);
  await until(() => runs.length === 2);
  await pass(clock, 119_999);
  assert.equal(runs.length, 2);
  await pass(clock, 1);
  await until(() => posted.length === 2);
  assert.deepEqual(
    runs.map(({ requestId, payload }) => [requestId, payload.toString()]),
    Array(3).fill(['the id', '{"order":7}']),
  );
  const [destination, dead] = posted;
  assert.deepEqual([destination?.arn, destination?.purpose], [TOPIC, 'destination']);
  const record = JSON.parse(destination?.message.body.toString() ?? '');
  assert.equal(record.requestContext.condition, 'RetriesExhausted');
  assert.deepEqual([dead?.arn, dead?.purpose, dead?.message.body.toString()], [QUEUE, 'dead-letter', '{"order":7}']);
  assert.equal(dead?.message.attributes?.ErrorMessage?.value, 'no');
  assert.deepEqual(dead?.from, {
    kind: 'role',
    roleArn: 'arn:aws:iam::111122223333:role/r',
    sourceArn: ARN,
    sourceAccount: '111122223333',
  });
});

test('success is told to its destination, and to no dead-letter queue', async (t) => {
  const { accept, posted, settings, results } = await bench(t);
  Object.assign(settings, { onSuccess: TOPIC, onFailure: QUEUE, deadLetterArn: QUEUE });
  results.push(answer('{"ok":true}'));
  await accept();
  await until(() => posted.length === 1);
  assert.deepEqual(
    posted.map(({ arn }) => arn),
    [TOPIC],
  );
});

test('an event that would be too old at its next run is given up at once', async (t) => {
  const { accept, runs, posted, settings } = await bench(t);
  Object.assign(settings, { onFailure: TOPIC, ageMsMax: 60_000 });
  await accept();
  await until(() => posted.length === 1);
  assert.equal(JSON.parse(posted[0]?.message.body.toString() ?? '').requestContext.condition, 'EventAgeExceeded');
  assert.equal(runs.length, 1);
});

test('throttles do not count, and are tried again after 1, 2, 4 … seconds', async (t) => {
  const { accept, runs, clock, results } = await bench(t);
  const throttled: InvokeResult = {
    kind: 'refused',
    refusal: { kind: 'throttled', reason: 'ConcurrentInvocationLimitExceeded' },
  };
  results.push(throttled, throttled, throttled, answer('1'));
  await accept();
  for (const [run, ms] of [1_000, 2_000, 4_000].entries()) {
    await until(() => runs.length === run + 1);
    await pass(clock, ms - 1);
    assert.equal(runs.length, run + 1);
    await pass(clock, 1);
  }
  await until(() => runs.length === 4);
});

test('what is changed of the configuration rules events that were accepted before', async (t) => {
  const { accept, runs, posted, clock, settings } = await bench(t);
  settings.onFailure = TOPIC;
  await accept();
  await until(() => runs.length === 1);
  await turns();
  settings.retriesMax = 1;
  await pass(clock, 60_000);
  await until(() => posted.length === 1);
  assert.equal(runs.length, 2);
});

test('with a reserved concurrency of one, events run one after the other', async (t) => {
  const { accept, runs, settings, holding } = await bench(t);
  settings.reserved = 1;
  const held = holding();
  for (let event = 0; event < 3; event += 1) await accept();
  for (const count of [1, 2, 3]) {
    await until(() => runs.length === count);
    await turns();
    assert.equal(runs.length, count);
    held.shift()?.(answer('1'));
  }
});

test('what waits for its next run is there after a restart, and does not run earlier', async (t) => {
  const { accept, runs, clock, reopen } = await bench(t);
  await accept();
  await until(() => runs.length === 1);
  await turns();
  await reopen();
  await pass(clock, 59_999);
  assert.equal(runs.length, 1);
  await pass(clock, 1);
  await until(() => runs.length === 2);
});

test('an event that runs when the server goes away runs again with the next one', async (t) => {
  const { accept, runs, holding, reopen } = await bench(t);
  holding();
  await accept();
  await until(() => runs.length === 1);
  await reopen();
  await until(() => runs.length === 2);
  assert.deepEqual(runs[0], runs[1]);
});

test('the record of an event that cannot be stored is tried again, and the event is not run again for it', async (t) => {
  const { accept, runs, posted, clock, settings, results, outage } = await bench(t);
  settings.onSuccess = TOPIC;
  results.push(answer('1'));
  outage.isOn = true;
  await accept();
  await until(() => outage.refused === 1);
  await pass(clock, 1_000);
  await until(() => outage.refused === 2);
  outage.isOn = false;
  await pass(clock, 1_000);
  await until(() => posted.length === 1);
  assert.equal(runs.length, 1);
});

/** An event queue over a real file, whose functions answer as the test says: with an error unless there is a result. */
async function bench(t: TestContext) {
  const directory = await mkdtemp(join(tmpdir(), 'lambent-events-'));
  t.after(() => rm(directory, { recursive: true }));
  const path = join(directory, 'events.db');
  const clock = manualClock(1_000_000);
  const runs: InvokeRequest[] = [];
  const posted: Posted[] = [];
  const results: InvokeResult[] = [];
  const outage = { isOn: false, refused: 0 };
  const settings: Mutable<EventSettings> = {
    retriesMax: 2,
    ageMsMax: 21_600_000,
    onSuccess: undefined,
    onFailure: undefined,
    deadLetterArn: undefined,
    roleArn: 'arn:aws:iam::111122223333:role/r',
    reserved: undefined,
  };
  let held: ((result: InvokeResult) => void)[] | undefined;
  const open = () =>
    openEventQueue({
      path,
      invoke: (request) => {
        runs.push(request);
        if (held === undefined)
          return Promise.resolve(results.shift() ?? ran('function-error', '{"errorMessage":"no"}'));
        return new Promise((resolve) => held?.push(resolve));
      },
      settings: () => settings,
      outbox: {
        post: async (one) => {
          if (outage.isOn) {
            outage.refused += 1;
            throw new Error('the disk is full');
          }
          posted.push(one);
        },
      },
      metrics: countedMetrics(),
      clock,
      uuid: randomUUID,
      log: openLog('silent'),
      delays: { errorMs: 60_000 },
    });
  let events = open();
  t.after(() => events[Symbol.asyncDispose]());
  return {
    events,
    path,
    clock,
    runs,
    posted,
    results,
    settings,
    outage,
    accept: (payload = '{}') => events.accept({ ...REQUEST, payload: Buffer.from(payload) }, ARN),
    /** From now on, runs end when the test says so. */
    holding: () => {
      held = [];
      return held;
    },
    reopen: async () => {
      await events[Symbol.asyncDispose]();
      events = open();
      await events.resume();
    },
  };
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

const REQUEST: InvokeRequest = {
  account: '111122223333',
  region: 'us-east-1',
  name: 'f',
  qualifier: undefined,
  type: 'Event',
  payload: Buffer.from(''),
  requestId: 'the id',
  traceId: 'trace',
  clientContext: undefined,
  cognitoIdentity: undefined,
  wantsTail: false,
};

const answer = (payload: string) => ran('answer', payload);

function ran(kind: 'answer' | 'function-error', payload: string): InvokeResult {
  const times = { durationMs: 1, billedMs: 1, initMs: undefined, maxMemoryMb: 1 };
  return { kind: 'ran', outcome: { kind, payload: Buffer.from(payload), version: '1', ...times, tail: undefined } };
}
