import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DeliveryPolicyFlaw,
  effectivePolicy,
  readSubscriptionPolicy,
  readTopicPolicy,
  scheduleOf,
} from './delivery-policy.ts';
import { jittered, MAIL, MANAGED, type RetrySchedule, retryDelayMs } from './retry-schedule.ts';

test('queues and functions are tried again as AWS documents it: 100,015 times', () => {
  assert.deepEqual(delays(MANAGED, 6), [0, 0, 0, 1_000, 1_000, 1_000]);
  assert.equal(retryDelayMs(MANAGED, 15), 20_000);
  assert.equal(retryDelayMs(MANAGED, 100_015), 20_000);
  assert.equal(retryDelayMs(MANAGED, 100_016), undefined);
});

test('mail is tried again as AWS documents it: 50 times over six hours', () => {
  assert.deepEqual(delays(MAIL, 3), [10_000, 10_000, 10_000]);
  assert.equal(retryDelayMs(MAIL, 12), 600_000);
  assert.equal(retryDelayMs(MAIL, 50), 600_000);
  assert.equal(retryDelayMs(MAIL, 51), undefined);
  const hours = delays(MAIL, 50).reduce<number>((sum, ms) => sum + (ms ?? 0), 0) / 3_600_000;
  assert.ok(hours > 6 && hours < 7.5, `${hours} hours`);
});

test('the phases of a delivery policy follow each other', () => {
  const healthyRetryPolicy = {
    numRetries: 8,
    numNoDelayRetries: 1,
    numMinDelayRetries: 2,
    numMaxDelayRetries: 1,
    minDelayTarget: 1,
    maxDelayTarget: 16,
  };
  const schedule = (backoffFunction: string) =>
    scheduleOf(
      effectivePolicy(undefined, JSON.stringify({ healthyRetryPolicy: { ...healthyRetryPolicy, backoffFunction } })),
    );
  assert.deepEqual(delays(schedule('linear'), 9), [0, 1_000, 1_000, 1_000, 6_000, 11_000, 16_000, 16_000, undefined]);
  assert.deepEqual(delays(schedule('exponential'), 9).slice(3), [1_000, 2_000, 4_000, 8_000, 16_000, undefined]);
  const geometric = delays(schedule('geometric'), 7)
    .slice(3)
    .map((ms) => Math.round((ms ?? 0) / 100));
  assert.deepEqual(geometric, [10, 25, 63, 160]);
  assert.deepEqual(delays(schedule('arithmetic'), 7).slice(3), [1_000, 3_500, 8_500, 16_000]);
});

test('a topic may forbid policies of its subscriptions', () => {
  const own = JSON.stringify({ healthyRetryPolicy: { numRetries: 9 } });
  const policy = (disableSubscriptionOverrides: boolean) =>
    effectivePolicy(JSON.stringify({ http: { disableSubscriptionOverrides } }), own).retry.numRetries;
  assert.equal(policy(false), 9);
  assert.equal(policy(true), 3);
});

test('a wait is jittered by a tenth at most, and never shorter', () => {
  assert.equal(
    jittered(1_000, () => 0),
    1_000,
  );
  assert.equal(
    jittered(1_000, () => 0.999),
    1_100,
  );
  assert.equal(
    jittered(0, () => 0.999),
    0,
  );
});

test('numbers of a delivery policy are held to AWS’s limits, on both sides', () => {
  const retry = (members: object) => readSubscriptionPolicy(JSON.stringify({ healthyRetryPolicy: members }));
  const fine = [
    { minDelayTarget: 1, maxDelayTarget: 20 },
    { numRetries: 0 },
    { numRetries: 100, minDelayTarget: 1, maxDelayTarget: 36 },
    { numRetries: 3, numNoDelayRetries: 3 },
    { numRetries: 1, minDelayTarget: 3_600, maxDelayTarget: 3_600 },
  ];
  const flawed = [
    { minDelayTarget: 0 },
    { maxDelayTarget: 3_601 },
    { numRetries: -1 },
    { numRetries: 101, minDelayTarget: 1, maxDelayTarget: 1 },
    { numRetries: 1.5 },
    { numRetries: '3' },
    { numRetries: 3, numNoDelayRetries: 4 },
    { minDelayTarget: 20, maxDelayTarget: 19 },
    { numRetries: 100, minDelayTarget: 1, maxDelayTarget: 37 },
    { backoffFunction: 'cubic' },
    { colour: 'red' },
  ];
  for (const members of fine) retry(members);
  for (const members of flawed) assert.throws(() => retry(members), DeliveryPolicyFlaw, JSON.stringify(members));
  for (const policy of ['', '[]', '{"colour":1}', '{"throttlePolicy":{"maxReceivesPerSecond":0}}'])
    assert.throws(() => readSubscriptionPolicy(policy), DeliveryPolicyFlaw, policy);
  for (const policy of [
    '{}',
    '{"http":1}',
    '{"http":{"colour":1}}',
    '{"http":{"defaultRequestPolicy":{"headerContentType":"image/png"}}}',
  ])
    assert.throws(() => readTopicPolicy(policy), DeliveryPolicyFlaw, policy);
});

const delays = (schedule: RetrySchedule, count: number) =>
  Array.from({ length: count }, (_, at) => retryDelayMs(schedule, at + 1));
