import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Outcome } from '../environments/spec.ts';
import { manualClock } from '../lib/testing/manual-clock.ts';
import type { ScopedSample } from '../services/cloudwatch/recorder.ts';
import { lambdaMetrics } from './lambda-metrics.ts';

const MINUTE_MS = 60_000;
const NOON_MS = Date.UTC(2026, 0, 15, 12);
const RUNNABLE = {
  ...{ account: '111122223333', region: 'us-east-1', name: 'orders', version: '7' },
  functionArn: 'arn:aws:lambda:us-east-1:111122223333:function:orders',
};
const ASKED = {
  runnable: RUNNABLE,
  invokedArn: `${RUNNABLE.functionArn}:live`,
  ...{ reserved: undefined, provisioned: 0, provisionedBy: undefined, provisionedTotal: 0, claimed: 0 },
};
const DONE = { kind: 'answer', durationMs: 12.345, initMs: undefined } as Outcome;

test('an invocation counts in the minute in which it began, with all its dimensions', () => {
  const { metrics, clock, drained } = bench();
  const running = metrics.began(ASKED, false);
  assert.deepEqual(drained('Invocations'), [], 'not before its end');
  clock.advance(MINUTE_MS);
  running.ended(DONE);
  const sets = ['', 'orders', 'orders orders:live', 'orders orders:live 7'];
  assert.deepEqual(
    drained('Invocations', 'Duration', 'Errors', 'Throttles'),
    sets.flatMap((dimensions) => [
      ['Duration', dimensions, NOON_MS, 1, 12.35],
      ['Errors', dimensions, NOON_MS, 1, 0],
      ['Invocations', dimensions, NOON_MS, 1, 1],
      ['Throttles', dimensions, NOON_MS, 1, 0],
    ]),
  );
  assert.deepEqual(drained('Invocations'), [], 'once');
});

test('the most that ran at once, of a function and of all, also while nothing begins', () => {
  const { metrics, clock, drained, woken } = bench();
  const running = [ASKED, ASKED, { ...ASKED, reserved: 5 }].map((asked) => metrics.began(asked, false));
  running[0]?.ended(DONE);
  assert.deepEqual(drained('ConcurrentExecutions', 'UnreservedConcurrentExecutions'), [
    ['ConcurrentExecutions', '', NOON_MS, 1, 3],
    ['UnreservedConcurrentExecutions', '', NOON_MS, 1, 2],
    ['ConcurrentExecutions', 'orders', NOON_MS, 1, 3],
  ]);
  clock.advance(MINUTE_MS);
  woken.count = 0;
  drained();
  assert.equal(woken.count > 0, true, 'it is to be looked at again');
  assert.deepEqual(drained('ConcurrentExecutions'), [
    ['ConcurrentExecutions', '', NOON_MS + MINUTE_MS, 1, 2],
    ['ConcurrentExecutions', 'orders', NOON_MS + MINUTE_MS, 1, 2],
  ]);
  for (const one of running.slice(1)) one.ended(DONE);
  clock.advance(MINUTE_MS);
  drained();
  assert.deepEqual(drained('ConcurrentExecutions'), []);
});

test('errors, throttles, what was never run, provisioned concurrency, and what others count by name', () => {
  const { metrics, drained } = bench();
  metrics.began(ASKED, false).ended({ ...DONE, kind: 'function-error' });
  metrics.began(ASKED, false).ended(undefined);
  metrics.began({ ...ASKED, provisionedBy: 'live' }, true).ended(DONE);
  metrics.began({ ...ASKED, provisionedBy: 'live' }, false).ended(DONE);
  metrics.throttled(ASKED);
  const { account, region } = RUNNABLE;
  metrics.count('AsyncEventsReceived', { account, region, function: 'orders' }, 3);
  metrics.observe('AsyncEventAge', { account, region, function: 'orders' }, 250);
  metrics.count('FilteredOutEventCount', { account, region, mapping: 'some' });
  const all = drained();
  const sums = Object.fromEntries(all.filter(([, set]) => set === 'orders').map(([name, , , , sum]) => [name, sum]));
  assert.deepEqual(sums, {
    ...{ Invocations: 3, Errors: 1, Throttles: 1, Duration: 37.05, ConcurrentExecutions: 1 },
    ...{ ProvisionedConcurrencyInvocations: 1, ProvisionedConcurrencySpilloverInvocations: 1 },
    ...{ AsyncEventsReceived: 3, AsyncEventAge: 250 },
  });
  assert.ok(!all.some(([name]) => name === 'FilteredOutEventCount'));
});

/** `drained`: name, values of the dimensions in their order, time, number and sum, of all metrics or of some. */
function bench() {
  const clock = manualClock(NOON_MS);
  const woken = { count: 0 };
  const wake = () => {
    woken.count += 1;
  };
  const metrics = lambdaMetrics({ clock, wake });
  const shown = ({ metric, atMs, sketch }: ScopedSample) =>
    [
      metric.name,
      metric.dimensions.map(({ value }) => value).join(' '),
      atMs,
      sketch.count,
      round(sketch.sum),
    ] as const;
  const drained = (...names: string[]) =>
    metrics
      .drain()
      .map(shown)
      .filter(([name]) => names.length === 0 || names.includes(name))
      .sort(([one, set], [other, otherSet]) => (set < otherSet || (set === otherSet && one < other) ? -1 : 1));
  return { metrics, clock, drained, woken };
}

const round = (sum: number) => Math.round(sum * 1_000) / 1_000;
