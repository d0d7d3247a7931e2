import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openLog } from '../../lib/log.ts';
import { manualClock } from '../../lib/testing/manual-clock.ts';
import { shrinkLater } from './shrink-later.ts';

test('a file is made smaller step by step, a while after something was deleted, and not after it is closed', () => {
  const clock = manualClock(0);
  const steps: number[] = [];
  let stepsLeft = 3;
  const shrink = () => {
    steps.push(clock.nowMs());
    if (steps.length === 5) throw new Error('the disk is full');
    stepsLeft -= 1;
    return stepsLeft > 0;
  };
  const shrinking = shrinkLater({ shrink }, { clock, log: openLog('silent') });
  clock.advance(200_000);
  assert.deepEqual(steps, []);
  shrinking.wake();
  clock.advance(30_000);
  shrinking.wake();
  clock.advance(30_040);
  assert.deepEqual(steps, [260_000, 260_020, 260_040]);
  clock.advance(200_000);
  assert.equal(steps.length, 3);
  stepsLeft = 10;
  shrinking.wake();
  clock.advance(200_000);
  assert.equal(steps.length, 5, 'one that fails is the last until something else is deleted');
  shrinking.wake();
  shrinking[Symbol.dispose]();
  shrinking.wake();
  clock.advance(200_000);
  assert.equal(steps.length, 5);
});
