import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from './clock.ts';

test('a sleep that is aborted rejects with the signal’s reason, before and during it', async () => {
  const reason = new Error('enough');
  await assert.rejects(systemClock.sleep(60_000, AbortSignal.abort(reason)), (error) => error === reason);
  const controller = new AbortController();
  const sleeping = systemClock.sleep(60_000, controller.signal);
  controller.abort(reason);
  await assert.rejects(sleeping, (error) => error === reason);
});

/** What sums of such numbers are wrong by, at most. */
const ROUNDED_MS = 1e-6;

test('nothing is early: what comes after some milliseconds comes when they are over, by the same clock', async () => {
  const lengths = Array.from({ length: 400 }, (_, at) => 1 + (at % 20) + at / 400);
  const early: number[] = [];
  const waits = lengths.map(async (ms) => {
    const startMs = systemClock.monotonicMs();
    await systemClock.sleep(ms);
    const betweenMs = systemClock.monotonicMs();
    await new Promise<void>((resolve) => systemClock.after(ms, resolve));
    early.push(
      ...[betweenMs - startMs, systemClock.monotonicMs() - betweenMs].filter((tookMs) => tookMs < ms - ROUNDED_MS),
    );
  });
  await Promise.all([...waits, systemClock.sleep(100)]);
  assert.deepEqual(early, []);
});

test('what is years away does not come at once', async () => {
  let hasCome = false;
  const come = () => {
    hasCome = true;
  };
  const leaving = new AbortController();
  const reason = new Error('long enough');
  const sleeping = systemClock.sleep(2 ** 40, leaving.signal).then(come, (error) => assert.equal(error, reason));
  using _timer = systemClock.after(2 ** 40, come);
  await systemClock.sleep(50);
  leaving.abort(reason);
  await sleeping;
  assert.equal(hasCome, false);
});
