import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openLog } from '../lib/log.ts';
import { manualClock } from '../lib/testing/manual-clock.ts';
import { pass, turns, until } from '../lib/testing/turns.ts';
import { openOutbox, type Posted } from './outbox.ts';
import { DELIVERY_AGE_MS_MAX, limitedRetry, retryDelayMs } from './retry.ts';
import { Undeliverable, type UndeliverableKind } from './undeliverable.ts';

const POSTED: Posted = {
  arn: 'arn:aws:sqs:us-east-1:111122223333:orders',
  message: {
    body: Buffer.from([0, 255, 10]),
    attributes: { RequestID: { type: 'String', value: 'id' } },
    traceHeader: 'Root=1',
  },
  from: {
    kind: 'role',
    roleArn: 'arn:aws:iam::111122223333:role/r',
    sourceArn: 'arn:aws:lambda:us-east-1:111122223333:function:f',
    sourceAccount: '111122223333',
  },
  purpose: 'destination',
};

test('what is posted is delivered as it is; nothing is opened before', async (t) => {
  const { outbox, delivered, path } = await bench(t);
  await outbox.resume();
  assert.equal(existsSync(path), false);
  await outbox.post(POSTED);
  await until(() => delivered.length === 1);
  const { purpose: _, ...expected } = POSTED;
  assert.deepEqual(delivered, [expected]);
});

test('what may pass is tried again after 1, 2, 4 … seconds', async (t) => {
  const { outbox, delivered, clock, failures, attempts } = await bench(t);
  failures.push(undeliverable('unavailable'), new Error('a broken connection'), undeliverable('unavailable'));
  await outbox.post(POSTED);
  for (const [attempt, ms] of [1_000, 2_000, 4_000].entries()) {
    await until(() => attempts.count === attempt + 1);
    await pass(clock, ms - 1);
    assert.equal(attempts.count, attempt + 1);
    await pass(clock, 1);
  }
  await until(() => delivered.length === 1);
});

test('what will not pass is given up at once, and somebody is told', async (t) => {
  const { outbox, delivered, failures, givenUp } = await bench(t);
  const kinds = ['no-such-target', 'unsupported-target', 'denied', 'refused'] as const;
  for (const [at, kind] of kinds.entries()) {
    failures.push(undeliverable(kind));
    await outbox.post(POSTED);
    await until(() => givenUp.length === at + 1);
  }
  assert.deepEqual(
    givenUp.map(({ error }) => (error as Undeliverable).kind),
    kinds,
  );
  assert.deepEqual(givenUp[0]?.posted, POSTED);
  assert.equal(delivered.length, 0);
});

test('what waits is there after a restart', async (t) => {
  const { outbox, delivered, failures, attempts, reopen, clock } = await bench(t);
  failures.push(undeliverable('unavailable'));
  await outbox.post(POSTED);
  await until(() => attempts.count === 1);
  await turns();
  const again = reopen(await outbox[Symbol.asyncDispose]());
  await again.resume();
  await pass(clock, 1_000);
  await until(() => delivered.length === 1);
});

test('what has limits of its own is tried as often, and then buried with the reason', async (t) => {
  const { outbox, delivered, failures, attempts, clock, givenUp } = await bench(t);
  failures.push(undeliverable('unavailable'), undeliverable('unavailable'), new Error('a broken connection'));
  await outbox.post({
    ...POSTED,
    purpose: 'rule',
    retries: { retriesMax: 2, ageMsMax: 60_000 },
    deadLetters: { arn: `${POSTED.arn}-dead`, attributes: { RULE_ARN: 'the rule' } },
  });
  await until(() => attempts.count === 1);
  // Half of a second, and of two, is fixed; of the other half the test's chance takes half.
  for (const [attempt, ms] of [750, 1_500].entries()) {
    await pass(clock, ms - 1);
    assert.equal(attempts.count, attempt + 1);
    await pass(clock, 1);
    await until(() => attempts.count > attempt + 1);
  }
  await until(() => delivered.length === 1);
  const text = (value: string) => ({ type: 'String', value });
  assert.deepEqual(delivered, [
    {
      arn: `${POSTED.arn}-dead`,
      from: POSTED.from,
      message: {
        body: POSTED.message.body,
        traceHeader: POSTED.message.traceHeader,
        attributes: {
          RULE_ARN: text('the rule'),
          TARGET_ARN: text(POSTED.arn),
          ERROR_CODE: text('INTERNAL_ERROR'),
          ERROR_MESSAGE: text('a broken connection'),
          RETRY_ATTEMPTS: text('2'),
          EXHAUSTED_RETRY_CONDITION: text('MaximumRetryAttempts'),
        },
      },
    },
  ]);
  assert.deepEqual(
    givenUp.map(({ posted }) => posted.purpose),
    ['rule'],
  );
});

test('limits of its own: attempts, age, and what no attempt helps', () => {
  const limits = { retriesMax: 185, ageMsMax: 86_400_000 };
  const unavailable = undeliverable('unavailable');
  const least = () => 0;
  assert.deepEqual(limitedRetry(unavailable, 1, 0, limits, least), { delayMs: 500 });
  assert.deepEqual(limitedRetry(unavailable, 185, 0, limits, least), { delayMs: 300_000 });
  assert.deepEqual(limitedRetry(unavailable, 186, 0, limits, least), { exhausted: 'MaximumRetryAttempts' });
  const age = { exhausted: 'MaximumEventAgeInSeconds' };
  assert.deepEqual(limitedRetry(unavailable, 1, 86_399_500, limits, least), { delayMs: 500 });
  assert.deepEqual(limitedRetry(unavailable, 1, 86_399_501, limits, least), age);
  assert.deepEqual(limitedRetry(undeliverable('denied'), 1, 0, limits, least), { exhausted: undefined });
  assert.deepEqual(limitedRetry(unavailable, 1, 0, { ...limits, retriesMax: 0 }, least), {
    exhausted: 'MaximumRetryAttempts',
  });
});

test('after six hours nothing is tried any more', () => {
  const error = undeliverable('unavailable');
  assert.equal(retryDelayMs(error, 1, 0), 1_000);
  assert.equal(retryDelayMs(error, 9, 0), 256_000);
  assert.equal(retryDelayMs(error, 10, 0), 300_000);
  assert.equal(retryDelayMs(error, 2_000, DELIVERY_AGE_MS_MAX - 300_000), 300_000);
  assert.equal(retryDelayMs(error, 2_000, DELIVERY_AGE_MS_MAX - 299_999), undefined);
});

const undeliverable = (kind: UndeliverableKind) => new Undeliverable(kind, kind);

/** An outbox over a real file, and a target that fails as the test says. */
async function bench(t: TestContext) {
  const directory = await mkdtemp(join(tmpdir(), 'lambent-outbox-'));
  t.after(() => rm(directory, { recursive: true }));
  const path = join(directory, 'deliveries.db');
  const clock = manualClock(1_000_000);
  const delivered: unknown[] = [];
  const failures: Error[] = [];
  const givenUp: { posted: Posted; error: unknown }[] = [];
  const attempts = { count: 0 };
  const open = () =>
    openOutbox({
      path,
      delivery: {
        deliver: async (arn, message, from) => {
          attempts.count += 1;
          const failure = failures.shift();
          if (failure !== undefined) throw failure;
          delivered.push({ arn, message, from });
        },
      },
      clock,
      log: openLog('silent'),
      random: () => 0.5,
      onGivenUp: (posted, error) => givenUp.push({ posted, error }),
    });
  let outbox = open();
  t.after(() => outbox[Symbol.asyncDispose]());
  const reopen = (_closed: unknown) => {
    outbox = open();
    return outbox;
  };
  return { outbox, path, clock, delivered, failures, givenUp, attempts, reopen };
}
