import assert from 'node:assert/strict';
import { test } from 'node:test';
import { processorLoad } from './processor-load.ts';
import { manualClock } from './testing/manual-clock.ts';

test('processors are busy if they had hardly an idle moment since the last look', () => {
  const clock = manualClock(0);
  let times = { idle: 0, all: 0 };
  const isBusy = processorLoad(clock, () => times);
  const look = (afterMs: number, idle: number) => {
    clock.advance(afterMs);
    times = { idle: times.idle + idle, all: times.all + 100 };
    return isBusy();
  };
  assert.equal(isBusy(), true, 'nothing is known yet');
  assert.equal(look(200, 16), false);
  assert.equal(look(199, 0), false, 'too soon to look again');
  assert.equal(look(1, 0), true);
  assert.equal(look(500, 100), false);
  assert.equal(look(2_001, 100), true, 'what was long ago says nothing of now');
  assert.equal(look(300, 14), true);
});

test('the processors of this machine have times', () => {
  const clock = manualClock(0);
  const isBusy = processorLoad(clock);
  isBusy();
  clock.advance(1_000);
  assert.equal(typeof isBusy(), 'boolean');
});
