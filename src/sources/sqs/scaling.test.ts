import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backedOff, firstScale, grown, nextPlaceMs, rescaled, rested, scaleRule, shrunk } from './scaling.ts';

const ON_DEMAND = scaleRule({});

test('five batches at first, 300 more a minute, and never more than 1,000', () => {
  const first = firstScale(ON_DEMAND, 0);
  assert.equal(first.batches, 5);
  assert.equal(grown(first, ON_DEMAND, 60_000).batches, 305);
  assert.equal(grown(first, ON_DEMAND, 199_000).batches, 1_000);
  assert.equal(grown(first, ON_DEMAND, 9_000_000).batches, 1_000);
  // In many small steps as in a large one.
  let scale = first;
  for (let ms = 100; ms <= 60_000; ms += 100) scale = grown(scale, ON_DEMAND, ms);
  assert.equal(Math.round(scale.batches), 305);
});

test('the next place comes after a fifth of a second, and none beyond the last', () => {
  assert.equal(nextPlaceMs(firstScale(ON_DEMAND, 0), ON_DEMAND, 0), 200);
  assert.equal(nextPlaceMs({ batches: 5.5, atMs: 0 }, ON_DEMAND, 0), 100);
  assert.equal(nextPlaceMs({ batches: 1_000, atMs: 0 }, ON_DEMAND, 0), undefined);
});

test('free places save up no growth', () => {
  const scale = rested(firstScale(ON_DEMAND, 0), 600_000);
  assert.equal(grown(scale, ON_DEMAND, 600_200).batches, 6);
});

test('an empty queue brings it back to five, but not below what still runs', () => {
  const scale = { batches: 400, atMs: 0 };
  assert.equal(shrunk(scale, ON_DEMAND, { running: 30, nowMs: 1 }).batches, 30);
  assert.equal(shrunk(scale, ON_DEMAND, { running: 0, nowMs: 1 }).batches, 5);
  assert.equal(shrunk({ batches: 3, atMs: 0 }, ON_DEMAND, { running: 0, nowMs: 1 }).batches, 3);
});

test('failures take it down, little by little, to one batch at a time', () => {
  assert.equal(backedOff({ batches: 100, atMs: 0 }, 'failed', 1).batches, 90);
  assert.equal(backedOff({ batches: 5, atMs: 0 }, 'throttled', 1).batches, 4);
  assert.equal(backedOff({ batches: 1, atMs: 0 }, 'failed', 1).batches, 1);
});

test('for ten seconds after a throttle nothing grows, after a failure it does at once', () => {
  const scale = backedOff({ batches: 5, atMs: 0 }, 'throttled', 0);
  assert.equal(grown(rested(scale, 5_000), ON_DEMAND, 10_000).batches, 4);
  assert.equal(nextPlaceMs(scale, ON_DEMAND, 4_000), 6_200);
  assert.equal(grown(scale, ON_DEMAND, 10_200).batches, 5);
  assert.equal(grown(backedOff({ batches: 5, atMs: 0 }, 'failed', 0), ON_DEMAND, 200).batches, 5);
});

test('a maximum concurrency holds, also below five', () => {
  assert.deepEqual(scaleRule({ concurrencyMax: 2 }), { initial: 2, max: 2, perMinute: 300 });
  const rule = scaleRule({ concurrencyMax: 20 });
  assert.equal(grown(firstScale(rule, 0), rule, 600_000).batches, 20);
});

test('provisioned pollers take ten batches each, and grow three times as fast', () => {
  const rule = scaleRule({ pollers: { min: 2, max: 30 } });
  const first = firstScale(rule, 0);
  assert.equal(first.batches, 20);
  assert.equal(Math.round(grown(first, rule, 6_000).batches), 120);
  assert.equal(grown(first, rule, 60_000).batches, 300);
});

test('a change of settings keeps what was reached within the new bounds', () => {
  assert.equal(rescaled({ batches: 100, atMs: 0 }, scaleRule({ concurrencyMax: 10 })).batches, 10);
  assert.equal(rescaled({ batches: 2, atMs: 0 }, scaleRule({})).batches, 5);
  assert.equal(rescaled({ batches: 100, atMs: 0 }, scaleRule({})).batches, 100);
});
